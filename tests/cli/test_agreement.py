"""Registry and index are compared name by name."""

import pytest

from enumd.cli import agreement
from enumd.cli.agreement import compare
from enumd.cli.output import Form, Output
from enumd.cli.session import Session
from enumd.index.layout import Answer, pack_digits
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter


@pytest.fixture
def session(home, directory, enumd, tmp_path):
    """Return the session of a home with 300 numbers and a wildcard."""
    rows = [f"+4416329{n:05d},sip,sip:u{n}@example.net\n" for n in range(60000, 60300)]
    (tmp_path / "numbers.csv").write_text("".join(rows))
    assert enumd("import", tmp_path / "numbers.csv").exit_code == 0
    (tmp_path / "more.zone").write_text(
        "$ORIGIN enum.example.org.\n$TTL 300\n"
        "@ IN SOA ns1.example.net. h.example.net. 1 3600 600 86400 60\n"
        '*.9 IN NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@example.net!" .\n'
        'info IN TXT "hello"\n'
    )
    assert enumd("import", tmp_path / "more.zone").exit_code == 0
    return Session(home, Output(Form.TSV))


def compared(session, sample):
    """Return what comparing the home finds."""
    with (
        session.registry() as registry,
        registry.read() as reading,
        IndexReader(session.config.index_path) as reader,
        reader.snapshot() as snapshot,
    ):
        return list(compare(reading, snapshot, sample))


def falsify(session, *changes):
    """Write answers into the index that the registry knows nothing of."""
    with session.registry() as registry:
        registry_id = registry.registry_id
    with IndexWriter(session.config.index_path, registry_id) as writer:

        def work(transaction):
            (zone,) = transaction.zones()
            transaction.put_zone(zone)
            for digits, answer in changes:
                transaction.put(zone.apex, pack_digits(digits), answer)

        writer.publish(work)


@pytest.mark.parametrize("sample", [None, 100, 1000])
def test_what_was_just_published_agrees(session, sample):
    """After a publish nothing differs, whole or by sample, other names than numbers included."""
    ((apex, looked_at, faults),) = compared(session, sample)

    assert (apex, faults) == ("enum.example.org.", [])
    assert "302 names" in looked_at
    assert (looked_at == "all 302 names compared") is (sample is None)


@pytest.mark.parametrize("sample", [None, 1000])
def test_every_kind_of_difference_is_found(session, sample):
    """A name too many, one too few, and other records at one."""
    falsify(
        session,
        ("1632960000", None),
        ("1632960001", Answer(0, b"")),
        ("1632970000", Answer(0, b"")),
    )

    ((_, _, faults),) = compared(session, sample)

    assert sorted(faults) == [
        "has 0.0.0.0.7.9.2.3.6.1, which is not in the registry",
        "has other records at 1.0.0.0.6.9.2.3.6.1 than the registry",
        "lacks 0.0.0.0.6.9.2.3.6.1, which the registry has",
    ]


@pytest.mark.parametrize(
    ("sample", "last"),
    [(None, "differs at 20 names in all"), (1000, "differs at 20 of 302 names compared")],
)
def test_many_differences_are_counted(session, sample, last):
    """A few are named, the rest is a number."""
    falsify(session, *((str(1632960000 + n), Answer(0, b"")) for n in range(20)))

    ((_, _, faults),) = compared(session, sample)

    assert len(faults) == agreement.SHOWN + 1
    assert last == faults[-1]


def test_an_old_serial_is_all_that_is_said(session, home, enumd, monkeypatch):
    """Where the serials differ, the names are not compared."""
    monkeypatch.setattr(Session, "publish", lambda *_: [])
    enumd("number", "claim", "+441632960999", "--holder", "ada@example.net")

    ((_, _, faults),) = compared(session, None)

    assert faults == ["is published with serial 3, the registry has 4"]


def test_zones_on_one_side_only_are_found(session, enumd, monkeypatch):
    """A zone nobody published, and a zone the registry does not have."""
    monkeypatch.setattr(Session, "publish", lambda *_: [])
    enumd("zone", "add", "second.example")
    with session.registry() as registry:
        registry_id = registry.registry_id
    with IndexWriter(session.config.index_path, registry_id) as writer:
        writer.publish(lambda transaction: transaction.remove_zone(b"\4enum\7example\3org\0"))

    found = {apex: faults for apex, _, faults in compared(session, None)}

    assert found["second.example."] == ["is in the registry, and not published"]
    assert found["enum.example.org."] == ["is in the registry, and not published"]


def test_a_published_zone_the_registry_lacks_is_found(session, home, enumd, tmp_path):
    """An index that serves more than the registry has is no index of it."""
    other = Session(tmp_path / "other", Output(Form.TSV))
    enumd("--home", other.home, "init", "--apex", "other.example")
    with (
        other.registry() as registry,
        registry.read() as reading,
        IndexReader(session.config.index_path) as reader,
        reader.snapshot() as snapshot,
    ):
        found = {apex: faults for apex, _, faults in compare(reading, snapshot, None)}

    assert found["enum.example.org."] == ["is published, and not in the registry"]
