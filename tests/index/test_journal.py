"""enumd.index.journal: differences between serials, and how many are kept."""

import random
from dataclasses import replace

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.serial import Serial
from enumd.index import journal
from enumd.index.entries import Entry, EntryState
from enumd.index.journal import Changes, Delta, Journal
from enumd.index.layout import Answer

answers = st.builds(Answer, st.integers(0, 9), st.binary(max_size=30), st.integers(0, 2**32 - 1))
rows = st.lists(st.tuples(st.binary(max_size=9), answers), max_size=4).map(tuple)
entries = st.lists(
    st.tuples(
        st.binary(max_size=9),
        st.builds(Entry, st.sampled_from(EntryState), st.integers(0, 9), st.text(max_size=5)),
    ),
    max_size=3,
).map(tuple)
serials = st.integers(0, 2**32 - 1).map(Serial)


def delta(before, after, removed=(), added=()):
    return Delta(Serial(before), Serial(after), removed, added)


class TestDelta:
    @given(st.builds(Delta, serials, serials, rows, rows, entries, entries))
    def test_there_and_back(self, delta):
        """A difference comes back from its octets."""
        assert Delta.from_octets(delta.to_octets()) == delta

    @pytest.mark.parametrize("keep", [0, 7, 8, 12, -1])
    def test_torn_entry(self, keep):
        """A row that ends too early is refused."""
        with pytest.raises(ValueError, match="torn"):
            Delta.from_octets(delta(1, 2, added=((b"k", Answer(1, b"abc")),)).to_octets()[:keep])

    def test_entry_with_wrong_counts(self):
        """An entry that promises more rows than it has is refused."""
        good = delta(1, 2, added=((b"k", Answer(1, b"")),)).to_octets()
        body = journal.zstandard.ZstdDecompressor().decompress(good[8:])
        bad = good[:8] + journal.zstandard.ZstdCompressor().compress(body[:7] + b"\x05" + body[8:])
        with pytest.raises(ValueError, match="torn"):
            Delta.from_octets(bad)


class TestChanges:
    one, two = Answer(1, b"one"), Answer(1, b"two")

    def test_nothing(self):
        """Without a change there is nothing to tell."""
        assert not Changes()

    def test_order_and_sides(self):
        """New names are added, old ones removed, changed ones both, in the order of keys."""
        changes = Changes()
        changes.note(b"c", self.one, self.two)
        changes.note(b"b", self.one, None)
        changes.note(b"a", None, self.two)
        assert changes
        assert changes.delta(Serial(1), Serial(2)) == delta(
            1,
            2,
            removed=((b"b", self.one), (b"c", self.one)),
            added=((b"a", self.two), (b"c", self.two)),
        )

    def test_way_in_between_is_not_told(self):
        """Of several changes of a name only the first and the last state count."""
        changes = Changes()
        changes.note(b"a", self.one, None)
        changes.note(b"a", None, self.two)
        assert changes.delta(Serial(1), Serial(2)) == delta(
            1, 2, ((b"a", self.one),), ((b"a", self.two),)
        )
        changes.note(b"a", self.two, self.one)
        assert not changes

    def test_entries(self):
        """Entries are told like names, beside them and by themselves."""
        changes, entry = Changes(), Entry(EntryState.SUSPENDED)
        changes.note_entry(b"b", None, entry)
        assert changes
        changes.note_entry(b"a", entry, None)
        changes.note(b"b", self.one, None)
        told = changes.delta(Serial(1), Serial(2))
        assert (told.removed, told.added) == (((b"b", self.one),), ())
        assert (told.entries_removed, told.entries_added) == (((b"a", entry),), ((b"b", entry),))
        changes.note(b"b", None, self.one)
        changes.note_entry(b"b", entry, None)
        changes.note_entry(b"a", None, entry)
        assert not changes

    def test_entries_out_of_proportion(self, monkeypatch):
        """Entries count in the bound as names do."""
        monkeypatch.setattr(journal, "MAX_CHANGE_OCTETS", 7)
        changes = Changes()
        changes.note_entry(b"a", None, Entry(why="long"))
        assert changes.overflown
        assert changes.delta(Serial(1), Serial(2)) == delta(1, 2)

    def test_out_of_proportion(self, monkeypatch):
        """Beyond the bound nothing is kept, and there still was a change."""
        monkeypatch.setattr(journal, "MAX_CHANGE_OCTETS", 7)
        changes = Changes()
        changes.note(b"a", self.one, None)
        assert not changes.overflown
        changes.note(b"b", None, self.one)
        changes.note(b"c", None, self.one)
        assert changes
        assert changes.overflown
        assert changes.delta(Serial(1), Serial(2)) == delta(1, 2)


class TestJournal:
    @pytest.fixture
    def table(self, tmp_path):
        """Yield a journal in a write transaction of its own."""
        with lmdb.open(str(tmp_path / "lmdb"), max_dbs=1) as environment:
            handle = environment.open_db(b"journal")
            with environment.begin(write=True) as transaction:
                yield Journal(transaction, handle)

    def test_empty(self, table):
        """An empty journal knows the newest serial alone."""
        assert table.since(Serial(5), Serial(5)) == []
        assert table.since(Serial(4), Serial(5)) is None
        table.reset()

    def test_chain(self, table):
        """From a known serial the chain leads to the newest, oldest difference first."""
        entries = [delta(2**32 - 1, 1), delta(1, 2), delta(2, 9)]
        for entry in entries:
            table.append(entry)
        assert table.since(Serial(2**32 - 1), Serial(9)) == entries
        assert table.since(Serial(2), Serial(9)) == entries[2:]
        assert table.since(Serial(9), Serial(9)) == []
        assert table.since(Serial(5), Serial(9)) is None
        table.reset()
        assert table.since(Serial(2), Serial(9)) is None

    def test_broken_chain(self, table):
        """Where an entry does not lead to the next one, nothing is known."""
        table.append(delta(1, 2))
        table.append(delta(3, 4))
        assert table.since(Serial(1), Serial(4)) is None
        assert table.since(Serial(3), Serial(5)) is None

    def test_bound_of_entries(self, table, monkeypatch):
        """The oldest entries go when there are too many."""
        monkeypatch.setattr(journal, "MAX_DELTAS", 3)
        for serial in range(1, 9):
            table.append(delta(serial, serial + 1))
        assert table.since(Serial(5), Serial(9)) is None
        assert len(table.since(Serial(6), Serial(9))) == 3

    def test_bound_of_octets(self, table, monkeypatch):
        """The oldest entries go when all together take too much of the file."""
        monkeypatch.setattr(journal, "MAX_OCTETS", 20 * 4096)
        noise = [random.Random(y).randbytes(9000) for y in range(1, 12)]
        for serial, octets in enumerate(noise, 1):
            table.append(delta(serial, serial + 1, added=((b"k", Answer(1, octets)),)))
        assert table.since(Serial(2), Serial(12)) is None
        assert 1 < len(table.since(Serial(9), Serial(12))) < 10

    def test_entry_larger_than_all_bounds(self, table, monkeypatch):
        """An entry that alone is beyond a bound leaves an empty journal."""
        monkeypatch.setattr(journal, "MAX_OCTETS", 0)
        table.append(delta(1, 2))
        assert table.since(Serial(1), Serial(2)) is None
        assert table.since(Serial(2), Serial(2)) == []

    def test_newer_values_come_back(self, table):
        """What was appended is what is read."""
        entry = replace(delta(1, 2), added=((b"", Answer(1, b"soa", mixed=True)),))
        table.append(entry)
        assert table.since(Serial(1), Serial(2)) == [entry]
