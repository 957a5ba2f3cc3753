"""`enumd config` shows what is in force."""

import tomllib

import pytest

from enumd.config.writing import example


def test_the_example_is_a_whole_file(enumd):
    """`--example` prints what a new home gets, and it is TOML."""
    text = enumd("config", "--example").stdout

    assert example() == text
    assert "dns" in tomllib.loads(text)


def test_every_setting_tells_its_source(done, home, monkeypatch):
    """File, environment or default: each setting names where its value comes from."""
    home.mkdir()
    (home / "enumd.toml").write_text("[dns]\nworkers = 2\n")
    monkeypatch.setenv("ENUMD_ZONE_TTL_S", "900")

    settings = {row["setting"]: (row["value"], row["source"]) for row in done("config")}

    assert settings["dns.workers"] == (2, "enumd.toml")
    assert settings["zone.ttl_s"] == (900, "ENUMD_ZONE_TTL_S")
    assert settings["numbers.max_digits"] == (15, "default")
    assert settings["dns.listen"][0] == ["127.0.0.1:5300", "[::1]:5300"]


def test_each_peer_is_listed_by_its_name(done, home):
    """The settings of a SIP peer stand under its name, with their sources."""
    home.mkdir()
    (home / "enumd.toml").write_text('[[sip.peers]]\nname = "carrier"\nper_s = 20\n')

    settings = {row["setting"]: (row["value"], row["source"]) for row in done("config")}

    assert settings["sip.peers.carrier.per_s"] == (20, "enumd.toml")
    assert settings["sip.peers.carrier.stateful"] == (True, "default")


def test_an_unknown_setting_names_the_nearest(enumd, home):
    """A misspelt key is a usage error with the file, the key and the name meant."""
    home.mkdir()
    (home / "enumd.toml").write_text("[dns]\nworker = 2\n")

    result = enumd("config")

    assert result.exit_code == 2
    assert "enumd.toml: dns.worker: unknown setting; did you mean workers?" in result.stderr


def test_a_table_is_for_eyes(enumd):
    """On a terminal the values stand as the file has them."""
    assert '["127.0.0.1:5300", "[::1]:5300"]' in enumd("-o", "table", "config").stdout


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://enumd:s3cret@db.example/enumd",
        "postgresql://enumd:a&s3cret@db.example/enumd",
        "postgresql://db.example/enumd?user=enumd&password=s3cret",
    ],
)
def test_a_password_is_not_shown(enumd, done, monkeypatch, url):
    """Neither to eyes nor in JSON; the rest of the url is."""
    monkeypatch.setenv("ENUMD_REGISTRY_URL", url)
    shown = {row["setting"]: row["value"] for row in done("config")}["registry.url"]

    assert "***" in shown and "db.example" in shown
    assert "s3cret" not in shown + enumd("-o", "table", "config").stdout


def test_a_url_without_a_password_is_shown_whole(done, monkeypatch):
    """A port is none."""
    url = "postgresql://db.example:5432/enumd"
    monkeypatch.setenv("ENUMD_REGISTRY_URL", url)

    assert {row["setting"]: row["value"] for row in done("config")}["registry.url"] == url
