"""enumd.index.transaction: zones, and laws that hold after any sequence of changes."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.errors import IndexDamaged, IndexUnreachable
from enumd.index import transaction as module
from enumd.index.checkpoint import Checkpoint
from enumd.index.entries import Entry, EntryState
from enumd.index.files import DATA
from enumd.index.layout import is_other, is_wildcard, pack_labels
from enumd.index.reader import IndexReader
from enumd.index.tables import Tables
from enumd.index.values import Flag
from enumd.index.writer import IndexWriter

ORG = b"\x03org\x00"


class TestZones:
    def test_heads(self, writer, samples):
        """Zones are seen as they are at that point of the transaction, by apex."""

        def work(transaction):
            assert transaction.zones() == ()
            assert transaction.zone(ORG) is None
            stored = transaction.put_zone(replace(samples.zone(1), table=99, names=99))
            assert (stored.table, stored.names) == (0, 0)
            assert transaction.put_zone(samples.zone(1, ORG)).table == 1
            transaction.put(samples.apex, b"\x55", samples.answer(1))
            assert transaction.zone(samples.apex).names == 1
            assert [zone.apex for zone in transaction.zones()] == [ORG, samples.apex]
            transaction.remove_zone(ORG)
            assert [zone.apex for zone in transaction.zones()] == [samples.apex]

        writer.publish(work)
        writer.publish(lambda transaction: transaction.remove_zone(ORG))

    def test_head_again(self, path, writer, samples):
        """A head put again changes serial, prefix and RRsets and leaves the names alone."""
        samples.fill(writer, samples.numbered(3))
        soa = samples.zone(2).soa
        txt = RRset(RRType.TXT, 60, (b"\x02hi",))
        head = replace(samples.zone(2), prefix="44", rrsets=(soa, txt))
        returned = writer.publish(lambda transaction: transaction.put_zone(head))
        stored = samples.walk(path)[1]
        assert stored == returned
        assert (stored.prefix, stored.serial, stored.rrsets) == ("44", Serial(2), (soa, txt))
        assert (stored.names, stored.table) == (3, 0)

    @pytest.mark.parametrize("rrsets", [slice(1, None), slice(None)])
    def test_soa_of_another_serial(self, writer, samples, rrsets):
        """A head whose SOA is missing or tells another serial is refused."""
        head = replace(samples.zone(1), rrsets=samples.zone(2).rrsets[rrsets])
        with pytest.raises(ValueError, match="SOA"):
            writer.publish(lambda transaction: transaction.put_zone(head))

    def test_removed_and_made_again(self, path, writer, samples):
        """A zone that comes back gets new tables, for servers may still read the old ones."""
        samples.fill(writer, samples.numbered(3))
        with IndexReader(path) as reader, reader.snapshot() as before:
            writer.publish(lambda transaction: transaction.remove_zone(samples.apex))
            samples.fill(writer, samples.numbered(1), serial=1)
            assert len(list(before.zones[samples.apex].walk())) == 3
        walked, zone = samples.walk(path)
        assert (len(walked), zone.table) == (1, 1)

    def test_unknown_zone(self, writer, samples):
        """Names are put into zones that are there."""
        with pytest.raises(KeyError, match="org"):
            writer.publish(lambda t: t.put(ORG, b"\x55", samples.answer(1)))

    def test_entries(self, path, writer, samples):
        """States are put and replaced zone by zone."""
        entry = Entry(EntryState.QUARANTINE, 5)

        def work(transaction):
            transaction.put_zone(samples.zone(1))
            transaction.put_zone(samples.zone(1, ORG))
            transaction.put_entry(samples.apex, b"\x55", entry)
            transaction.replace_entries(ORG, [(b"\x66", entry)])

        writer.publish(work)
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            found = [view.entry(key) for view in snapshot.zones.values() for key in (b"U", b"f")]
        assert found == [None, entry, entry, None]

    def test_most_zones(self, path, writer, samples, monkeypatch):
        """There is a bound on zones, and it is told."""
        monkeypatch.setattr(module, "MAX_ZONES", 1)
        samples.fill(writer, [])
        with pytest.raises(IndexUnreachable, match="1 zones"):
            samples.fill(writer, [], apex=ORG)

    def test_tables_another_process_made(self, path, writer, samples):
        """A writer opens tables that were made by another after it looked."""
        samples.fill(writer, samples.numbered(2))
        with samples.python(ADD_ZONE, path) as process:
            process.communicate("\n")
        samples.put(writer, 2, [(b"\x55", samples.answer(1))], apex=ORG)
        assert len(samples.walk(path, ORG)[0]) == 3

    def test_table_opened_within_the_transaction(self, path, writer, samples):
        """A handle that the process has not got yet is opened in the transaction."""
        samples.fill(writer, samples.numbered(2))
        opened = writer._environment.tables
        handles = {name: opened.pop(name) for name in Tables.numbered(0)}
        with writer._environment.writing() as written:
            transaction = module.IndexTransaction(writer._environment, written, samples.registry_id)
            transaction.put(samples.apex, b"\x55", samples.answer(1))
            assert set(transaction.created) == set(handles)
            transaction.finish()
        opened.update(transaction.created)
        assert len(samples.walk(path)[0]) == 3


ADD_ZONE = """
with IndexWriter(path, samples.registry_id) as writer:
    samples.fill(writer, samples.numbered(2), apex=b"\\x03org\\x00")
"""


class TestIdempotence:
    def test_same_again(self, path, writer, samples):
        """What is there already is not written: no transaction, no entry of the journal."""
        names = samples.numbered(3)
        samples.put(writer, 1, names)
        samples.put(writer, 2, names[:1])
        before = (path / DATA).read_bytes()
        for _ in range(2):
            samples.put(writer, 2, [*names, (b"\x55", None)])
        assert (path / DATA).read_bytes() == before


labels = st.sampled_from([b"1", b"2", b"*", b"ns", b"a"])
keys = st.lists(labels, min_size=1, max_size=3).map(tuple).map(pack_labels)
choices = st.tuples(st.integers(0, 3), st.booleans())


class AnySequence(RuleBasedStateMachine):
    """Publishes of any kind, a model beside them, and a rebuild at the end."""

    def __init__(self):
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.model = {}
        self.entries = {}
        self.serial = 1
        self.history = {}

    @initialize()
    def begin(self):
        self.samples = SAMPLES
        self.writer = IndexWriter(self.directory / "index", "registry-1")
        self.reader = None
        self.rebuild(names={})
        self.reader = IndexReader(self.directory / "index")

    def teardown(self):
        if self.reader is not None:
            self.check_rebuild()
            self.reader.close()
            self.writer.close()
        shutil.rmtree(self.directory)

    def answers(self, names):
        return {
            key: None if number == 0 else self.samples.answer(number, mixed=mixed)
            for key, (number, mixed) in names.items()
        }

    @rule(names=st.dictionaries(keys, choices, min_size=1, max_size=6))
    def put(self, names):
        """Names come, change and go."""
        changes = self.answers(names)
        self.serial += 1
        self.samples.put(self.writer, self.serial, changes.items())
        self.model.update(changes)
        self.keep()

    @rule(names=st.dictionaries(keys, choices, max_size=6))
    def rebuild(self, names):
        """All names are replaced; the serials before are forgotten."""
        self.model = {k: a for k, a in self.answers(names).items() if a is not None}
        self.serial += 1
        self.samples.fill(self.writer, sorted(self.model.items()), self.serial)
        self.history = {}
        self.keep()

    @rule(key=keys, until_s=st.integers(0, 2))
    def put_entry(self, key, until_s):
        """An entry comes, changes or goes, and nothing else does."""
        entry = Entry(EntryState.QUARANTINE, until_s) if until_s else None
        self.serial += 1

        def work(transaction):
            transaction.put_zone(self.samples.zone(self.serial))
            transaction.put_entry(self.samples.apex, key, entry)

        self.writer.publish(work)
        self.entries[key] = entry
        self.keep()

    @rule(
        names=st.dictionaries(keys, choices, max_size=6),
        entries=st.dictionaries(keys, st.integers(1, 2), max_size=3),
        order=st.permutations(["names", "entries", "one entry", "one name"]),
    )
    def rebuild_with_entries(self, names, entries, order):
        """Names and entries are replaced at once, in any order, others before and after that."""
        self.serial += 1
        zone, name = self.samples.apex, self.samples.answer(7)
        key = pack_labels((b"9", b"2"))
        entries = {each: Entry(EntryState.SUSPENDED, end) for each, end in entries.items()}
        names = {k: a for k, a in self.answers(names).items() if a is not None}

        def work(transaction):
            transaction.put_zone(self.samples.zone(self.serial))
            for step in order:
                if step == "names":
                    transaction.replace(zone, sorted(names.items()))
                    self.model = dict(names)
                elif step == "entries":
                    transaction.replace_entries(zone, sorted(entries.items()))
                    self.entries = dict(entries)
                elif step == "one entry":
                    transaction.put_entry(zone, key, Entry(why="one"))
                    self.entries[key] = Entry(why="one")
                else:
                    transaction.put(zone, key, name)
                    self.model[key] = name

        self.writer.publish(work)
        self.history = {}
        self.keep()

    @rule()
    def publish_again(self):
        """What is there is published again."""
        with self.reader.snapshot() as snapshot:
            before = snapshot.transaction_id
        self.samples.put(self.writer, self.serial, list(self.model.items()))
        with self.reader.snapshot() as snapshot:
            assert snapshot.transaction_id == before

    @rule()
    def remove(self):
        """The zone goes and comes back empty."""
        self.writer.publish(lambda transaction: transaction.remove_zone(self.samples.apex))
        self.entries = {}
        with self.reader.snapshot() as snapshot:
            assert not snapshot.zones
        self.rebuild(names={})

    @precondition(lambda self: self.reader is not None)
    @invariant()
    def walk_is_the_model(self):
        """The walk, the counters and every chain of the journal are those of the model."""
        with self.reader.snapshot() as snapshot:
            view = snapshot.zones[self.samples.apex]
            assert list(view.walk()) == sorted(self.model.items())
            assert counters(view.zone) == counted(self.model)
            assert dict(view.entries_after(b"")) == self.entries
            for key in self.model:
                value = view.get_raw(key) or b"\0"
                there = key in self.entries and not is_other(key)
                assert bool(value[0] & Flag.ENTRY) == there
            for serial, before in self.history.items():
                assert applied(before, view.journal(Serial(serial))) == self.published()
            assert view.journal(Serial(self.serial + 1)) is None

    def keep(self):
        """Remember what is published under this serial."""
        self.model = {key: answer for key, answer in self.model.items() if answer is not None}
        self.entries = {key: entry for key, entry in self.entries.items() if entry is not None}
        self.history[self.serial] = self.published()

    def published(self):
        """Return the names and the apex."""
        entries = {(key,): entry for key, entry in self.entries.items()}
        return {**self.model, **entries, b"": self.samples.zone(self.serial).answer}

    def check_rebuild(self):
        """An index made from scratch has the same names and counters."""
        path = self.directory / "scratch"
        with IndexWriter(path, "registry-1") as writer:
            self.samples.fill(writer, sorted(self.model.items()), self.serial)
        walked, zone = self.samples.walk(path)
        again, kept = self.samples.walk(self.directory / "index")
        assert walked == again
        assert counters(zone) == counters(kept)


def counters(zone):
    return zone.names, zone.wildcards, zone.mixed


def counted(model):
    return (
        len(model),
        sum(map(is_wildcard, model)),
        sum(answer.mixed or is_other(key) for key, answer in model.items()),
    )


def applied(before, deltas):
    """Return what comes of *before* when each difference is taken away and put in."""
    names = dict(before)
    for delta in deltas:
        entries = [
            [((k,), e) for k, e in side] for side in (delta.entries_removed, delta.entries_added)
        ]
        for key, value in (*delta.removed, *entries[0]):
            assert names.pop(key) == value
        for key, value in (*delta.added, *entries[1]):
            assert key not in names
            names[key] = value
    return names


@pytest.fixture(autouse=True, scope="module")
def _samples(samples):
    """Give the machine, which takes no fixtures, the builders."""
    global SAMPLES
    SAMPLES = samples


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


class TestCheckpoint:
    """How far into the log the zones are."""

    def test_it_is_kept_as_long_as_nobody_else_changes_a_zone(self, writer, samples):
        """
        Who changes a zone without saying how far that is leaves it unknown.
        """
        mark = Checkpoint(7, "ab", 7)

        def publish(transaction):
            transaction.put_zone(samples.zone(1))
            transaction.put_checkpoint(mark)

        writer.publish(publish)
        assert writer.publish(lambda transaction: transaction.checkpoint) == mark
        writer.publish(lambda transaction: transaction.put_zone(samples.zone(1)))
        assert writer.publish(lambda transaction: transaction.checkpoint) == mark
        writer.publish(lambda transaction: transaction.put_zone(samples.zone(2)))
        assert writer.publish(lambda transaction: transaction.checkpoint) is None
        writer.publish(publish)
        writer.publish(lambda transaction: transaction.remove_zone(samples.apex))
        assert writer.publish(lambda transaction: transaction.checkpoint) is None

    def test_a_head_that_cannot_be_read_is_damage(self, writer, samples):
        """
        What stands in the place of a head and is none is said, not raised as it comes.
        """
        writer.publish(lambda transaction: transaction.put_zone(samples.zone(1)))

        def scramble(transaction):
            transaction._transaction.put(samples.apex, b"{", db=transaction._zones)

        writer.publish(scramble)
        with pytest.raises(IndexDamaged, match="head of zone"):
            writer.publish(lambda transaction: transaction.zone(samples.apex))
