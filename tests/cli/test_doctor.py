"""`enumd doctor`: every fault is found, and every finding says what to do."""

import socket

import pytest

from tests.former_index import write_former


def ill(rows):
    """Return what is ill and the remedies."""
    return [(what, text, remedy) for what, health, text, remedy in rows if health == "ill"]


def test_a_running_home_is_well(server, findings):
    """With a server running and everything in order all is well, and the status 0."""
    rows, status = findings()

    assert status == 0
    assert {"well"} == {health for _, health, _, _ in rows}
    assert {"files", "clock", "index", "server", "resolver"} == {what for what, *_ in rows}
    assert f"{server} answers enum.example.org. serial 1 in" in rows[-2][2]


def test_every_name_can_be_compared(server, findings, enumd):
    """`--full` compares all names."""
    enumd("number", "claim", "+441632960017", "--holder", "ada@example.net")

    rows, status = findings("--full")

    assert status == 0
    assert "enum.example.org. as in the registry, serial 2, 1 of 1 name compared" in [
        row[2] for row in rows
    ]


def test_without_a_server_the_ports_are_looked_at(findings, home, directory):
    """No server is odd, not ill; whether one could run is checked."""
    (home / "enumd.toml").write_text('[dns]\nlisten = ["127.0.0.1:0"]\n')

    rows, status = findings()

    assert status == 0
    assert ("ports", "well", "127.0.0.1:0 is free", "") in rows
    assert ("server", "odd", "none is running", "Start one: enumd serve") in rows


def test_a_port_in_use_is_ill(findings, home, directory):
    """A configured address somebody else has is named."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (home / "enumd.toml").write_text(f'[dns]\nlisten = ["{address}"]\n')
        rows, status = findings()

    assert status == 1
    ((what, text, _),) = ill(rows)
    assert what == "ports"
    assert address in text


@pytest.mark.parametrize(
    ("name", "mode", "command"),
    [("registry.db", 0o644, "chmod 600"), ("index", 0o755, "chmod 700"), (".", 0o750, "chmod 700")],
)
def test_files_others_may_read_are_ill(findings, home, directory, name, mode, command):
    """Nobody else may read the registry; the remedy is a command that can be copied."""
    path = (home / name).resolve()
    path.chmod(mode)

    rows, status = findings()

    assert status == 1
    assert [("files", f"others may use {path} (mode {mode:o})", f"Run: {command} {path}")] == ill(
        rows
    )


def test_a_missing_home_is_ill(findings, home):
    """Without a home there is nothing to look at but that."""
    rows, status = findings()

    assert status == 1
    assert ("files", f"there is no {home}", "Run `enumd init`, or check --home.") in ill(rows)
    assert any(what == "registry" and "enumd init" in remedy for what, _, remedy in ill(rows))


def test_a_clock_that_was_put_back_is_ill(findings, directory, enumd, monkeypatch):
    """A change from the future means that the clock is wrong."""
    from enumd.cli.session import Session

    real = Session.now_s.func
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(Session, "now_s", property(lambda self: real(self) + 86_400))
        enumd("number", "claim", "+441632960017", "--holder", "ada@example.net")

    rows, status = findings()

    assert status == 1
    ((what, text, remedy),) = ill(rows)
    assert (what, "in the future" in text) == ("clock", True)
    assert "Set the clock" in remedy


def test_an_index_behind_the_registry_is_ill_until_published(
    findings, directory, enumd, monkeypatch
):
    """A change that was committed and not published is found, and the remedy heals it."""
    with monkeypatch.context() as crashed:
        crashed.setattr("enumd.operations.publishing.publish", lambda *_, **__: [])
        enumd("number", "claim", "+441632960017", "--holder", "ada@example.net")

    rows, status = findings()
    assert status == 1
    ((what, text, remedy),) = ill(rows)
    assert what == "index"
    assert "serial 1, the registry has 2" in text
    assert "enumd publish" in remedy

    enumd("publish")
    assert findings()[1] == 0


def test_states_are_compared(findings, directory, enumd, home, monkeypatch):
    """What callers are told of a number without answers is compared, and the remedy heals it."""
    from enumd.index.writer import IndexWriter
    from enumd.registry.database import Registry

    enumd("number", "claim", "+441632960017", "--holder", "ada@example.net")
    enumd("number", "suspend", "+441632960017", "--why", "fraud")
    rows, status = findings()
    agreed = "enum.example.org. suspended or in quarantine as in the registry, 1 compared"
    assert (status, [row[2] for row in rows if row[0] == "states"]) == (0, [agreed])

    with Registry.open(f"sqlite:///{home}/registry.db") as registry:
        registry_id = registry.registry_id
    with IndexWriter(home / "index", registry_id) as writer:
        writer.publish(lambda work: [work.replace_entries(z.apex, []) for z in work.zones()])
    rows, status = findings()
    assert status == 1
    ((what, text, remedy),) = ill(rows)
    assert (what, "says of +441632960017" in text) == ("index", True)
    assert "--rebuild" in remedy

    enumd("publish", "--rebuild")
    assert findings()[1] == 0


def test_an_index_in_the_format_before_is_odd(findings, home, directory, enumd):
    """It answers as it is, which is told, and the next publication makes it anew."""
    index = home / "index"
    former = write_former(index, home / "former")
    (former / "data.mdb").replace(index / "data.mdb")
    (former / "lock.mdb").replace(index / "lock.mdb")

    rows, status = findings()
    (told,) = [row[2:] for row in rows if row[:2] == ("index", "odd")]
    assert status == 0
    assert "format of the enumd before" in told[0]
    assert "enumd publish" in told[1]

    enumd("publish")
    rows, _ = findings()
    assert {health for what, health, *_ in rows if what == "index"} == {"well"}


def test_it_reads_and_writes_nothing(findings, directory, enumd, monkeypatch):
    """Neither doctor nor a publish with nothing to move on opens the registry for writing."""
    from enumd.registry.database import Registry

    monkeypatch.setattr(Registry, "open", None)

    assert findings()[1] == 0
    for words in (("publish",), ("publish", "--rebuild")):
        assert enumd(*words).exit_code == 0


def test_a_torn_index_is_ill(findings, home, directory, enumd):
    """An index that cannot be read is told with the advice of the error."""
    (home / "index" / "data.mdb").write_bytes(b"torn" * 4096)

    rows, status = findings()

    assert status == 1
    assert any(what == "index" and "publish" in remedy for what, _, remedy in ill(rows))


def test_a_table_shows_what_to_do(enumd, home, directory):
    """A person sees the remedy beside the finding."""
    (home / "registry.db").chmod(0o644)

    assert "Run: chmod 600" in enumd("-o", "table", "doctor").stdout
