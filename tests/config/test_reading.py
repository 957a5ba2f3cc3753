"""What enumd.toml and the environment may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from enumd import config
from enumd.config import Config, DnsSettings, LogSettings
from enumd.errors import ConfigError


def written(home: Path, text: str) -> Path:
    """Return *home* with *text* as its enumd.toml."""
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return home


def refusal(home: Path, environ: dict[str, str] | None = None) -> str:
    """Return the text of the error that loading *home* raises."""
    with pytest.raises(ConfigError) as caught:
        config.load(home, environ or {})
    return str(caught.value)


def test_without_a_file_the_defaults_hold(tmp_path):
    """A home without enumd.toml has every default and paths below itself."""
    got = config.load(tmp_path, {})

    assert got == Config(tmp_path)
    assert got.zone.ttl_s == 300
    assert got.zone.negative_ttl_s == 60
    assert got.registry_url == f"sqlite:///{tmp_path}/registry.db"
    assert got.index_path == tmp_path / "index"


def test_the_environment_goes_before_the_file(tmp_path):
    """ENUMD_<SECTION>_<KEY> overrides the file, in the type of the setting."""
    written(tmp_path, '[dns]\nworkers = 2\nlisten = ["[::1]:53"]\nnsid = "a"\n')
    environ = {
        "ENUMD_DNS_WORKERS": "3",
        "ENUMD_DNS_LISTEN": "127.0.0.1:53, [::1]:53",
        "ENUMD_REGISTRY_URL": "postgresql+psycopg://enumd@db/enumd",
    }

    got = config.load(tmp_path, environ)

    assert got.dns == DnsSettings(("127.0.0.1:53", "[::1]:53"), 3, nsid="a")
    assert got.registry_url == "postgresql+psycopg://enumd@db/enumd"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[dns]\nworker = 2", "dns.worker: unknown setting; did you mean workers?"),
        ("[dsn]\nworkers = 2", "dsn: unknown table; did you mean dns?"),
        ("[kitchen]", "kitchen: unknown table; there are registry, numbers"),
        ("[log]\ncolour = 1", "log.colour: unknown setting; there are level"),
        ("dns = 5", "dns: is a table: write [dns]"),
        ("[dns]\nworkers = 0", "dns.workers: 0 is below 1"),
        ("[dns]\nworkers = 257", "dns.workers: 257 is above 256"),
        ("[dns]\nworkers = true", "dns.workers: True is not a whole number"),
        ("[dns]\nworkers = '2'", "dns.workers: '2' is not a whole number"),
        ("[dns]\nnsid = 2", "dns.nsid: 2 is not a text"),
        ("[dns]\nlisten = '127.0.0.1:53'", "dns.listen: '127.0.0.1:53' is not a list of texts"),
        ("[dns]\nlisten = [53]", "dns.listen: is a list of texts"),
        ("[log]\nlevel = 'loud'", "log.level: 'loud' is none of debug, info, warning, error"),
        (f"[dns]\nnsid = '{'é' * 65}'", "dns.nsid: 130 octets, and at most 128 are allowed"),
        ("[dns", "cannot be read: "),
    ],
)
def test_a_faulty_file_is_refused_at_its_place(tmp_path, text, says):
    """The error names the file, the key, what is wrong and the nearest name there is."""
    got = refusal(written(tmp_path, text))

    assert got.startswith(f"{tmp_path}/enumd.toml: {says}")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    """A directory in place of the file, or octets that are no UTF-8, are named as the fault."""
    (tmp_path / "one" / config.FILE_NAME).mkdir(parents=True)
    (tmp_path / config.FILE_NAME).write_bytes(b"\xff")

    assert "Is a directory" in refusal(tmp_path / "one")
    assert "can't decode" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ENUMD_DNS_WORKERS", "many", "ENUMD_DNS_WORKERS: 'many' is not a whole number"),
        ("ENUMD_DNS_WORKERS", "0", "ENUMD_DNS_WORKERS: dns.workers: 0 is below 1"),
        ("ENUMD_DNS_WORKER", "2", "ENUMD_DNS_WORKER: no such setting; did you mean ENUMD_DNS_WO"),
        ("ENUMD_DSN_WORKERS", "2", "ENUMD_DSN_WORKERS: no such setting; did you mean ENUMD_DNS_"),
    ],
)
def test_a_faulty_variable_is_refused_by_name(tmp_path, variable, value, says):
    """The error names the variable, and the one that was probably meant."""
    assert refusal(tmp_path, {variable: value}).startswith(says)


def test_variables_of_others_are_left_alone(tmp_path):
    """Names a container platform makes up for a service called enumd change nothing."""
    environ = {
        "ENUMD_HOME": "/elsewhere",
        "ENUMD_PORT": "udp://10.0.0.1:53",
        "ENUMD_SERVICE_HOST": "10.0.0.1",
        "ENUMD_DNS_PORT": "udp://10.0.0.1:53",
        "ENUMD_DNS_SERVICE_HOST": "10.0.0.1",
    }

    assert config.load(tmp_path, environ) == Config(tmp_path)


def test_what_needs_a_restart_is_named(tmp_path):
    """Of two configurations those differing settings are named that a server cannot change."""
    old = Config(tmp_path)
    new = Config(tmp_path, dns=DnsSettings(workers=2, nsid="a"), log=LogSettings("error"))

    assert config.restart_needed(old, new) == ["dns.workers"]
    assert config.restart_needed(old, old) == []


def test_a_relative_home_becomes_absolute(tmp_path, monkeypatch):
    """The home is absolute, so that a worker that changes directory still finds it."""
    monkeypatch.chdir(tmp_path)

    assert config.load(Path("here"), {}).home == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[dns]\n\nlisten = " + "[" * 5000 + "]" * 5000, "line 3: brackets are nested too deeply"),
        ("a = " + "{a=" * 5000 + "1" + "}" * 5000, "line 1: brackets are nested too deeply"),
        ("[dns]\nworkers = " + "9" * 5000, "line 2: a number of 5000 digits is none of any"),
        ("[dns]\nworkers = 0x" + "f" * 5000, "a value cannot be used: Exceeds the limit"),
        (
            "[dns.nsid]\n" + ".".join("a" * 5000) + " = 1",
            "a value cannot be used: maximum recursion",
        ),
    ],
    ids=["array", "inline table", "decimal", "hexadecimal", "dotted key"],
)
def test_what_the_reader_itself_fails_at_is_refused(tmp_path, text, says):
    """No file makes anything but a ConfigError, which names the file and the place."""
    said = refusal(written(tmp_path, text))

    assert said.startswith(f"{tmp_path}/enumd.toml: {says}")
    assert len(said) < 500


def test_a_fault_of_the_reader_is_one_of_the_file(tmp_path, monkeypatch):
    """Whatever it raises."""

    def broken(text: str) -> None:
        raise KeyError("inside")

    monkeypatch.setattr("tomllib.loads", broken)

    assert "cannot be read: 'inside'" in refusal(written(tmp_path, ""))
