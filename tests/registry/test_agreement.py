"""Registry and index are compared name by name."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from enumd.core.apex import Apex, parse_name
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import Answer, pack_digits
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter
from enumd.registry import agreement, zones
from enumd.registry.agreement import Agreement, compare
from enumd.registry.changes import Actor
from enumd.registry.imports.importing import ImportOptions, import_file
from enumd.registry.lifecycle import State
from enumd.registry.publish import publish
from enumd.registry.schema import NumberRow

NOW_S = 1_795_000_000
APEX = "enum.example.org."
COUNT = 302
UNTIL_S = 1_802_776_000

ZONE = """\
$ORIGIN enum.example.org.
$TTL 300
@ IN SOA ns.enum.example.org. h.enum.example.org. 1 3600 600 86400 60
*.9 IN NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@example.net!" .
info IN TXT "hello"
"""


@pytest.fixture
def index(tree, tmp_path):
    """Publish 300 numbers, a wildcard and another name; return where."""
    rows = [f"+4416329{n:05d},sip,sip:u{n}@example.net\n" for n in range(60000, 60300)]
    (tmp_path / "numbers.csv").write_text("".join(rows))
    (tmp_path / "more.zone").write_text(ZONE)
    for name in ("numbers.csv", "more.zone"):
        import_file(tree, tmp_path / name, ImportOptions(NOW_S))
    with IndexWriter(tmp_path / "index", tree.registry_id) as writer:
        publish(tree, writer)
    return tmp_path / "index"


def compared(registry, index, sample=None):
    """Return what comparing comes to."""
    with (
        registry.read() as session,
        IndexReader(index) as reader,
        reader.snapshot() as snapshot,
    ):
        return list(compare(session, snapshot, sample))


def falsify(registry, index, *changes, states=()):
    """Write answers and states into the index that the registry knows nothing of."""
    with IndexWriter(index, registry.registry_id) as writer:

        def work(transaction):
            (zone,) = transaction.zones()
            transaction.put_zone(zone)
            for digits, answer in changes:
                transaction.put(zone.apex, pack_digits(digits), answer)
            for digits, state in states:
                transaction.put_entry(zone.apex, pack_digits(digits), state)

        writer.publish(work)


@pytest.fixture
def silent(tree, index):
    """Suspend the numbers of the index but the last two, which are released; return where."""
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        rows = change.session.scalars(select(NumberRow).order_by(NumberRow.digits)).all()
        for row in rows[:-2]:
            row.state, row.suspended_why = State.SUSPENDED.value, "fraud"
        for row in rows[-2:]:
            row.state, row.until_s = State.RELEASED.value, UNTIL_S
        zone = change.lock(zones.show(change.session, parse_name(APEX)))
        change.record(zone, "zone.test")
    with IndexWriter(index, tree.registry_id) as writer:
        publish(tree, writer, rebuild=True)
    return index


@pytest.mark.parametrize("sample", [None, 1000])
def test_what_was_just_published_agrees(tree, index, sample):
    """After a publish nothing differs, names that are no numbers included."""
    ((found),) = compared(tree, index, sample)

    assert Agreement(APEX, COUNT, COUNT, found.serial) == found
    assert found.serial > 1


def test_a_sample_is_bounded(tree, index):
    """A sample looks at no more names than it is given, wherever it begins."""
    for _ in range(10):
        ((found),) = compared(tree, index, 200)

        assert found.faults == ()
        assert 1 <= found.compared <= 200


@pytest.mark.parametrize("sample", [None, 1000])
def test_every_kind_of_difference_is_found(tree, index, sample):
    """A name too many, one too few, and other records at one."""
    falsify(
        tree,
        index,
        ("1632960000", None),
        ("1632960001", Answer(0, b"")),
        ("1632970000", Answer(0, b"")),
    )

    ((found),) = compared(tree, index, sample)

    assert found.differing == 3
    assert sorted(found.faults) == [
        "has 0.0.0.0.7.9.2.3.6.1, which is not in the registry",
        "has other records at 1.0.0.0.6.9.2.3.6.1 than the registry",
        "lacks 0.0.0.0.6.9.2.3.6.1, which the registry has",
    ]


def test_many_differences_are_counted(tree, index):
    """A few are named, the rest is a number."""
    falsify(tree, index, *((str(1632960000 + n), Answer(0, b"")) for n in range(20)))

    ((found),) = compared(tree, index)

    assert len(found.faults) == agreement.SHOWN + 1
    assert found.faults[-1] == "differs at 20 of 302 names compared"


def test_an_old_serial_is_all_that_is_said(tree, index):
    """Where the serials differ, the names are not compared."""
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        zone = zones.show(change.session, parse_name(APEX))
        change.record(change.lock(zone), "zone.test")
        serial = zone.serial

    ((found),) = compared(tree, index)

    assert found.compared == 0
    assert found.faults == (f"is published with serial {serial - 1}, the registry has {serial}",)


def test_zones_on_one_side_only_are_found(tree, index):
    """A zone nobody has published, and one that is published and not in the registry."""
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        zones.add(change, Apex(parse_name("second.example")))
    with IndexWriter(index, tree.registry_id) as writer:

        def work(transaction):
            (zone,) = transaction.zones()
            transaction.remove_zone(zone.apex)
            transaction.put_zone(type(zone)(b"\5third\7example\0", "", zone.serial, zone.rrsets))

        writer.publish(work)

    faults = {found.apex: found.faults for found in compared(tree, index)}

    assert faults == {
        APEX: ("is in the registry, and not published",),
        "second.example.": ("is in the registry, and not published",),
        "third.example.": ("is published, and not in the registry",),
    }


def test_an_empty_zone_agrees(tree, tmp_path):
    """A zone without a number is compared like any other."""
    with IndexWriter(tmp_path / "index", tree.registry_id) as writer:
        publish(tree, writer)

    assert [(one.compared, one.faults) for one in compared(tree, tmp_path / "index", 9)] == [
        (0, ())
    ]


def test_another_state_under_the_same_serial_is_told(tree, index):
    """
    An index that was published before the registry was restored is not compared further.
    """
    with IndexWriter(index, tree.registry_id) as writer:

        def work(transaction):
            (zone,) = transaction.zones()
            transaction.put_zone(replace(zone, made_from=replace(zone.made_from, line="0" * 32)))

        writer.publish(work)

    (found,) = compared(tree, index)
    assert "from another state of the registry" in found.faults[0]


@pytest.mark.parametrize("sample", [None, 1000])
def test_states_agree_after_a_publish(tree, silent, sample):
    """What SIP is told of suspended and released numbers is compared as well."""
    ((found),) = compared(tree, silent, sample)

    assert (found.faults, found.states) == ((), 300)


def test_a_sample_of_states_is_bounded_and_spread(tree, silent):
    """However many states there are, no more are looked at, and not the same ones each time."""
    with (
        tree.read() as session,
        IndexReader(silent) as reader,
        reader.snapshot() as snapshot,
    ):
        ((_, view),) = snapshot.zones.items()
        samples = [
            agreement._published_keys(view.entries_before, view.entries_after, 100)
            for _ in range(20)
        ]
        ((found),) = compare(session, snapshot, 200)

    assert (found.faults, 1 <= found.states <= 200) == ((), True)
    assert all(1 <= len(keys) <= 100 for keys in samples)
    assert len(set(map(min, samples))) > 1


@pytest.mark.parametrize("sample", [None, 1000])
def test_every_kind_of_difference_of_states_is_found(tree, silent, sample):
    """A state too many, one too few, another status and another end; each with its number."""
    falsify(
        tree,
        silent,
        states=[
            ("1632960000", None),
            ("1632970000", Entry(EntryState.QUARANTINE)),
            ("1632960001", Entry(EntryState.QUARANTINE, UNTIL_S)),
            ("1632960299", Entry(EntryState.QUARANTINE, UNTIL_S + 1)),
        ],
    )

    ((found),) = compared(tree, silent, sample)

    assert found.differing == 4
    assert sorted(found.faults) == [
        "says of +441632960000 that it is neither suspended nor in quarantine; "
        "in the registry it is suspended",
        "says of +441632960001 that it is in quarantine until 2027-02-16 11:06:40Z; "
        "in the registry it is suspended",
        "says of +441632960299 that it is in quarantine until 2027-02-16 11:06:41Z; "
        "in the registry it is in quarantine until 2027-02-16 11:06:40Z",
        "says of +441632970000 that it is in quarantine; "
        "in the registry it is neither suspended nor in quarantine",
    ]


def test_many_states_that_differ_are_counted(tree, silent):
    """A few are named, the rest is a number."""
    falsify(tree, silent, states=[(str(1632960000 + n), None) for n in range(20)])

    ((found),) = compared(tree, silent)

    assert len(found.faults) == agreement.SHOWN + 1
    assert found.faults[-1] == "differs at 20 of 300 states compared"
