"""enumd.index.view: one zone of one snapshot."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumd.core.serial import Serial
from enumd.errors import IndexDamaged, IndexUnreachable
from enumd.index.entries import Entry, EntryState
from enumd.index.environment import attach
from enumd.index.layout import Answer, Zone, is_other, pack_digits, pack_labels
from enumd.index.reader import IndexReader
from enumd.index.tables import ZONES_TABLE, Tables
from enumd.index.writer import IndexWriter

labels = st.sampled_from([b"1", b"2", b"9", b"*", b"a", b"a\x00", b"ns1"])
keys = st.lists(labels, min_size=1, max_size=5).map(tuple).map(pack_labels)
digit_keys = st.from_regex(r"[129]{1,5}\*?", fullmatch=True).map(pack_digits)


@pytest.fixture(scope="module")
def shared(tmp_path_factory, samples):
    """Yield a writer and a reader that all examples of a law use, for a commit costs more."""
    path = tmp_path_factory.mktemp("view") / "index"
    with IndexWriter(path, samples.registry_id) as writer:
        samples.fill(writer, [])
        with IndexReader(path) as reader:
            yield writer, reader


def corrupt(path, table, key, octets):
    """Put *octets* in a table of the first zone, past all that would refuse them."""
    environment = attach(path, writable=True)
    name = table if table == ZONES_TABLE else getattr(Tables.numbered(0), table)
    environment.open_tables([name])
    with environment.writing() as transaction:
        transaction.put(key, octets, db=environment.tables[name])
    environment.release()


class TestOrder:
    @settings(max_examples=60, deadline=None)
    @given(names=st.sets(keys | digit_keys, max_size=12), probes=st.lists(keys, max_size=4))
    def test_neighbours(self, shared, samples, names, probes):
        """Before and after any key stand the names less and greater, nearest first."""
        writer, reader = shared
        samples.fill(writer, [(key, samples.answer(5)) for key in sorted(names)])
        with reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            for key in (b"", *probes, *names):
                less = [k for k, _ in view.before(key)]
                more = [k for k, _ in view.after(key)]
                digits = [n for n in more if not is_other(n) and n != b""]
                here = [key] if key in names and not is_other(key) else []
                assert less == sorted((n for n in names if n < key), reverse=True)
                assert more == sorted(n for n in names if n > key)
                assert view.at_or_after(key)[0] == [*here, *digits, b""][0]
            assert [key for key, _ in view.walk()] == sorted(names)

    def test_two_iterators_at_once(self, shared, samples):
        """Iterators of `before` and `after` do not disturb each other."""
        writer, reader = shared
        names = samples.numbered(6)
        samples.fill(writer, names)
        with reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            less, more = view.before(names[3][0]), view.after(names[2][0])
            found = [next(rows)[0] for rows in (less, more, less, more)]
        assert found == [names[place][0] for place in (2, 3, 1, 4)]


class TestAnswers:
    def test_digits_and_others(self, path, writer, samples):
        """A name is found in its table, with all that is said of it, and nowhere else."""
        number, other = pack_digits("44*"), pack_labels((b"ns1", b"4"))
        answers = {
            number: samples.answer(1, not_after_s=77),
            other: Answer(0, b"", mixed=True, cut=True),
        }
        samples.put(writer, 1, answers.items())
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            assert view.get(number) == answers[number]
            assert view.get_other(other) == answers[other]
            assert view.get(other) is view.get_other(number) is view.get_raw(other) is None
            assert view.decode(view.get_raw(number)) == answers[number]
            assert (view.zone.names, view.zone.wildcards, view.zone.mixed) == (2, 1, 1)

    def test_apex_is_no_name(self, filled, samples):
        """The empty key owns nothing here: the head says what the apex owns."""
        with IndexReader(filled) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            assert view.get(b"") is view.get_other(b"") is view.entry(b"") is None

    def test_inflaters(self, path, writer, samples):
        """A compressed value names the inflater that gives its body back."""
        names = samples.numbered(2000)
        samples.fill(writer, names)
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            value = view.get_raw(names[0][0])
            assert view.inflaters[value[1]](value[2:]) == names[0][1].body
            assert dict(view.walk()) == dict(names)

    def test_where_misses_are_looked_at_closer(self, path, writer, samples):
        """Bounds come with a wildcard and go with it, though serial and counters stay the same."""
        star, other = pack_digits("44*"), pack_digits("45*")
        samples.fill(writer, [])
        with IndexReader(path) as reader:
            for gone, come, bounds in (
                (star, None, ()),
                (star, star, (b"\x55", b"\x56")),
                (star, other, (b"\x56", b"\x57")),
                (other, None, ()),
            ):
                changes = {gone: None} | ({come: samples.answer(1)} if come else {})
                samples.put(writer, 1, changes.items())
                with reader.snapshot() as snapshot:
                    assert snapshot.zones[samples.apex].careful == bounds

    def test_entries(self, path, writer, samples):
        """States stand beside the names, so that DNS does not see them."""
        key, entry = pack_digits("441632"), Entry(EntryState.QUARANTINE, 99)
        samples.fill(writer, [])
        writer.publish(lambda transaction: transaction.put_entry(samples.apex, key, entry))
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            assert view.entry(key) == entry
            assert view.entry(key + b"\x10") is None
            assert view.get(key) is None

    def test_states_in_order(self, path, writer, samples):
        """States are walked from any key on, and back."""
        states = [(pack_digits(f"44{n}"), Entry(EntryState.QUARANTINE, n)) for n in range(3)]
        samples.fill(writer, [])
        writer.publish(lambda transaction: transaction.replace_entries(samples.apex, states))
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            assert list(view.entries_after(b"")) == states
            assert list(view.entries_after(states[0][0])) == states[1:]
            assert list(view.entries_before(b"\xff")) == states[::-1]
            assert list(view.entries_before(states[1][0])) == states[:1]

    def test_journal(self, filled, writer, samples):
        """The journal leads from an older serial to that of the head."""
        key, new = samples.numbered(4)[3]
        samples.put(writer, 2, [(key, new)])
        with IndexReader(filled) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            (delta,) = view.journal(Serial(1))
            assert delta.removed == ((b"", samples.zone(1).answer),)
            assert delta.added == ((b"", samples.zone(2).answer), (key, new))
            assert view.journal(Serial(2)) == []
            assert view.journal(Serial(7)) is None


class TestDamage:
    @pytest.mark.parametrize(
        ("table", "key", "look"),
        [
            ("names", b"\x55", lambda view: view.get(b"\x55")),
            ("names", b"\x55", lambda view: list(view.walk())),
            ("others", b"\xc0", lambda view: view.get_other(b"\xc0")),
            ("entries", b"\x55", lambda view: view.entry(b"\x55")),
            ("entries", b"\x56", lambda view: view.entry(b"\x56")),
            ("entries", b"\x55", lambda view: list(view.entries_after(b""))),
            ("journal", b"\xff" * 8, lambda view: view.journal(Serial(0))),
        ],
    )
    def test_octets_that_make_no_sense(self, filled, samples, table, key, look):
        """What cannot be read is damage, and the zone is named."""
        corrupt(filled, table, key, b"" if key == b"\x56" else b"\x09")
        refused = pytest.raises(IndexDamaged, match="e164")
        with IndexReader(filled) as reader, reader.snapshot() as snapshot, refused:
            look(snapshot.zones[samples.apex])

    def test_lost_dictionary(self, filled, samples):
        """A head that names a dictionary that is not there is damage."""
        head = replace(samples.zone(1), dictionaries=(0,))
        corrupt(filled, ZONES_TABLE, samples.apex, head.to_octets())
        with pytest.raises(IndexDamaged, match="dictionary 0"):
            IndexReader(filled)

    @pytest.mark.parametrize(
        "look",
        [
            lambda v: v.get(b"\x55"),
            lambda v: list(v.after(b"")),
            lambda v: list(v.entries_after(b"")),
        ],
    )
    def test_view_of_a_snapshot_that_has_ended(self, filled, samples, look):
        """A view is of no use after its snapshot, and says so."""
        with IndexReader(filled) as reader:
            with reader.snapshot() as snapshot:
                view = snapshot.zones[samples.apex]
            with pytest.raises(IndexUnreachable):
                look(view)


def test_zone_of_a_view_is_a_head(filled, samples):
    """What a view says of its zone is the head that was published."""
    with IndexReader(filled) as reader, reader.snapshot() as snapshot:
        zone = snapshot.zones[samples.apex].zone
        assert isinstance(zone, Zone)
        assert (zone.serial, zone.names, zone.rrsets) == (Serial(1), 3, samples.zone(1).rrsets)
