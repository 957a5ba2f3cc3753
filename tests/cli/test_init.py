"""`enumd init` makes a home that works."""

import stat
import tomllib

import pytest


def mode(path):
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_is_made_and_published(seen, done, home):
    """A new home has a configuration, a registry, a zone, pools, an index; what next is told."""
    text = seen(
        *("init", "--apex", "enum.example.org", "--prefix", "44"),
        *("--ns", "ns1.example.net", "--ns", "ns1.enum.example.org=192.0.2.1,2001:db8::1"),
        *("--pool", "demo:+441632960000-999", "--pool", "more:+441632970000-+441632970009"),
    )

    assert "zone      enum.example.org. for numbers beginning with +44, serial 1" in text
    assert "pool      demo, 1,000 numbers\npool      more, 10 numbers\n" in text
    assert "next      enumd serve" in text
    assert {"enumd.toml", "registry.db", "index"} <= {path.name for path in home.iterdir()}
    assert [[row["zone"], row["serial"], row["published"]] for row in done("zone", "list")] == [
        ["enum.example.org.", 1, 1]
    ]


def test_nobody_else_may_read_it(enumd, home, directory):
    """The home and what is private in it belong to their owner alone."""
    assert mode(home) == 0o700
    assert mode(home / "registry.db") == 0o600
    assert mode(home / "index") == 0o700


def test_the_configuration_explains_itself(home, directory):
    """The new enumd.toml is complete and has a comment for every setting."""
    text = (home / "enumd.toml").read_text()

    assert "negative_ttl_s" in tomllib.loads(text)["zone"]
    assert "\n# " in text


def test_a_configuration_that_is_there_stays(enumd, home):
    """A prepared enumd.toml is used, not replaced."""
    home.mkdir()
    (home / "enumd.toml").write_text("[zone]\nttl_s = 77\n")

    assert enumd("init", "--apex", "enum.example.org").exit_code == 0

    assert "ttl_s = 77\n" in (home / "enumd.toml").read_text()
    assert "ttl_s\t77" in enumd("zone", "show", "enum.example.org").stdout


def test_a_second_init_changes_nothing(refused, directory):
    """A home that has a registry keeps it."""
    error = refused("init", "--apex", "other.example.org")

    assert error["exit_status"] == 4
    assert "registry.db has tables already" in error["text"]


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["--apex", "enum..example"], 2, "not a domain name"),
        (["--apex", "."], 2, "below the root"),
        (["--apex", "enum.example", "--prefix", "4x"], 2, "stands for digits"),
        (["--apex", "enum.example", "--pool", "a:+441-+442"], 0, ""),
        (["--apex", "enum.example", "--prefix", "49", "--pool", "a:+441-+442"], 2, "stands for"),
        (["--apex", "enum.example", "--pool", "a:+442-+441"], 2, "comes after"),
        (["--apex", "enum.example", "--pool", "a:+44l-+442"], 2, "'l' at column 4"),
    ],
)
def test_a_mistake_leaves_no_half_made_home(enumd, home, words, status, text):
    """What is wrong on the command line is said, and the same command, corrected, works."""
    result = enumd("init", *words)

    assert status == result.exit_code
    assert text in result.stderr
    if status:
        assert enumd("init", "--apex", "enum.example").exit_code == 0


def test_an_apex_is_asked_for(enumd):
    """Without an apex there is no zone, and so no directory."""
    result = enumd("init")

    assert result.exit_code == 2
    assert "--apex" in result.stderr


@pytest.mark.parametrize("server", ["ns1.enum.example=localhost", "ns1.enum.example=192.0.2.300"])
def test_an_address_of_a_name_server_is_an_address(enumd, server):
    """Glue is an IP address; a host name there is a usage error naming it."""
    result = enumd("init", "--apex", "enum.example", "--ns", server)

    assert result.exit_code == 2
    assert "is not an IP address" in result.stderr


def test_an_address_for_a_name_elsewhere_is_refused(enumd):
    """A zone has glue for its own names alone."""
    result = enumd("init", "--apex", "enum.example", "--ns", "ns1.example.net=192.0.2.1")

    assert result.exit_code == 2
    assert "ns1.example.net" in result.stderr


def test_the_configuration_is_for_its_owner_alone(home, directory):
    """A url in it may hold a password."""
    assert mode(home / "enumd.toml") == 0o600


def test_the_url_that_was_given_is_kept(enumd, home, tmp_path, monkeypatch):
    """A registry that the environment names is found without it from then on."""
    monkeypatch.setenv("ENUMD_REGISTRY_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    assert enumd("init", "--apex", "enum.example").exit_code == 0
    monkeypatch.delenv("ENUMD_REGISTRY_URL")

    assert enumd("zone", "list").stdout.startswith("enum.example.")
    assert not (home / "registry.db").exists()


def test_no_second_registry_is_made_beside_an_index(refused, home, directory):
    """Where the registry is gone and its numbers are still published, nothing is made anew."""
    (home / "registry.db").unlink()
    error = refused("init", "--apex", "other.example")

    assert error["exit_status"] == 4
    assert "backup" in error["advice"]
    assert not (home / "registry.db").exists()


@pytest.mark.parametrize("words", [("init", "--apex"), ("zone", "add")])
def test_a_name_server_inside_the_zone_brings_its_address(enumd, refused, words):
    """Nobody could find it otherwise; the advice is taken as it is written."""
    if words[0] == "zone":
        enumd("init", "--apex", "other.example")
    error = refused(*words, "enum.example", "--ns", "ns1.enum.example")
    server = error["advice"].split("--ns ")[1].split(" ")[0]

    assert error["exit_status"] == 2
    assert enumd(*words, "enum.example", "--ns", server).exit_code == 0
