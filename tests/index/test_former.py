"""enumd.index.former: an index in format 1 answers until a publication makes it anew."""

from dataclasses import replace

import lmdb
import pytest

from enumd.core.serial import Serial
from enumd.errors import IndexDamaged, IndexForeign
from enumd.index import writer as module
from enumd.index.directory import replace_directory
from enumd.index.entries import Entry, EntryState
from enumd.index.former import read_state
from enumd.index.heads import surviving_heads
from enumd.index.keys import pack_digits, pack_labels
from enumd.index.marks import EVERYWHERE
from enumd.index.reader import LOOK_S, IndexReader
from enumd.index.tables import FORMAT_KEY, META_TABLE
from enumd.index.values import Answer
from enumd.index.writer import IndexWriter
from tests.former_index import write_former

SUSPENDED, RESTING = pack_digits("441632"), pack_digits("441633")
ENTRIES = {
    SUSPENDED: Entry(EntryState.SUSPENDED),
    RESTING: Entry(EntryState.QUARANTINE, 1_800_000_000),
}


@pytest.fixture
def former(path, writer, samples, tmp_path):
    """Return the path of an index in format 1: two serials, many names and two states."""
    names = [*samples.numbered(1500), (pack_labels((b"ns1",)), samples.answer(7, mixed=True))]
    samples.fill(writer, sorted([*names, (SUSPENDED, Answer(0, b""))]))

    def rest(transaction):
        transaction.put_zone(samples.zone(2))
        transaction.replace_entries(samples.apex, ENTRIES.items())

    writer.publish(rest)
    return write_former(path, tmp_path / "former")


def whole(transaction, samples, names, serial=3):
    """Publish the zone whole."""
    transaction.put_zone(samples.zone(serial))
    transaction.replace(samples.apex, names)


def format_of(path):
    """Return the version of the layout of the index at *path*."""
    with IndexReader(path) as reader, reader.snapshot():
        environment = reader._source.environment
        return environment.begin().get(FORMAT_KEY, db=environment.tables[META_TABLE])


class TestReader:
    def test_everything_is_read(self, former, path, samples):
        """Names, entries, serial and neighbours are those of the index in today's format."""
        with IndexReader(former) as old, IndexReader(path) as new:
            assert (old.is_former, new.is_former) == (True, False)
            with old.snapshot() as before, new.snapshot() as now:
                view, wanted = before.views[samples.apex], now.views[samples.apex]
                assert list(view.walk()) == list(wanted.walk())
                assert list(view.entries_after(b"")) == sorted(ENTRIES.items())
                assert view.entry(RESTING) == ENTRIES[RESTING]
                assert view.zone.dictionaries == (0,)
                assert view.zone == replace(wanted.zone, due_s=0)
                assert view.careful == wanted.careful == ()

    def test_journal_is_not_read(self, former, samples):
        """Whoever follows gets the whole zone, but for one that has the serial."""
        with IndexReader(former) as reader, reader.snapshot() as snapshot:
            view = snapshot.views[samples.apex]
            assert view.journal(Serial(1)) is None
            assert view.journal(view.zone.serial) == []

    @pytest.mark.parametrize(
        ("name", "mixed", "plain"),
        [
            ((b"4",), False, True),
            ((b"ns1",), True, True),
            ((b"a", b"ns1"), False, True),
            ((b"4",), True, False),
            ((b"*", b"4"), False, False),
            ((b"*", b"ns1"), False, False),
            ((b"ns1", b"4"), False, False),
            ((b"x", b"*"), False, False),
        ],
    )
    def test_all_or_nothing(self, path, writer, samples, tmp_path, name, mixed, plain):
        """Without marks a miss is plain where all of the zone is."""
        samples.fill(writer, [(pack_labels(name), samples.answer(1, mixed=mixed))])
        former = write_former(path, tmp_path / "former")
        with IndexReader(former) as reader, reader.snapshot() as snapshot:
            assert snapshot.views[samples.apex].careful == (() if plain else EVERYWHERE)

    @pytest.mark.parametrize("octets", [b"", b"\1\0\0\0", b"\3\0\0\0\0", b"\1\0\0\0\0\0"])
    def test_damaged_state(self, path, octets):
        """A state that cannot be read is damage, and the zone is named."""
        with pytest.raises(IndexDamaged, match="state of zone b'e164'"):
            read_state(octets, path, b"e164")


class TestRenewal:
    def test_a_publication_makes_it_anew(self, former, samples):
        """What is published whole takes its place, and whoever reads goes over to it."""
        names = samples.numbered(3)
        now_s = [0.0]
        with IndexReader(former, lambda: now_s[0]) as reader:
            with IndexWriter(former, samples.registry_id) as writer:
                heads = []

                def work(transaction):
                    assert transaction.renews
                    heads.append(transaction.zone(samples.apex))
                    # Another server answers as before while the new index is made.
                    with IndexReader(former) as other, other.snapshot() as snapshot:
                        assert snapshot.views[samples.apex].zone.names == 1502
                    whole(transaction, samples, names)
                    assert not transaction.renews
                    return "done"

                assert writer.publish(work) == "done"
                assert (heads[0].serial.value, heads[0].names) == (2, 0)
                assert format_of(former) == b"2"
                samples.put(writer, 4, [(b"\x55", samples.answer(1))])
            now_s[0] += LOOK_S
            with reader.snapshot() as snapshot:
                assert snapshot.views[samples.apex].zone.names == 4
            assert not reader.is_former

    def test_a_zone_that_was_left_out(self, former, samples):
        """A publication that leaves a zone without its names changes nothing."""
        with IndexWriter(former, samples.registry_id) as writer:
            with pytest.raises(ValueError, match="no names"):
                writer.publish(lambda transaction: transaction.put_zone(samples.zone(3)))
            assert format_of(former) == b"1"
            writer.publish(lambda transaction: transaction.remove_zone(samples.apex))
        assert format_of(former) == b"2"

    def test_a_head_that_contradicts_itself(self, path, writer, samples, tmp_path):
        """A zone whose SOA tells another serial begins anew."""
        samples.fill(writer, [])
        head = replace(samples.zone(9), serial=Serial(1))
        writer.publish(lambda t: t._transaction.put(samples.apex, head.to_octets(), db=t._zones))
        former = write_former(path, tmp_path / "former")
        with IndexWriter(former, samples.registry_id) as other:
            assert other.publish(lambda transaction: transaction.zones()) == ()

    def test_two_publish_at_once(self, former, samples, monkeypatch):
        """Whoever comes second finds the new index, and publishes to that."""
        with IndexWriter(former, samples.registry_id) as second:

            def overtaken(path):
                monkeypatch.undo()
                with IndexWriter(path, samples.registry_id) as first:
                    first.publish(lambda t: whole(t, samples, samples.numbered(3)))
                return replace_directory(path)

            monkeypatch.setattr(module, "replace_directory", overtaken)
            samples.put(second, 4, [(b"\x55", samples.answer(1))])
        assert len(samples.walk(former)[0]) == 4

    def test_heads_are_recognised(self, former, samples):
        """An index that is made from nothing goes forward from the serials of this one."""
        (head,) = surviving_heads(former, samples.registry_id)
        assert head.serial.value == 2

    def test_a_format_before_that(self, former, samples):
        """Only the format before is read, none that is older."""
        with (
            lmdb.open(str(former), max_dbs=9) as environment,
            environment.begin(write=True) as transaction,
        ):
            meta = environment.open_db(META_TABLE, txn=transaction)
            transaction.put(FORMAT_KEY, b"0", db=meta)
        with pytest.raises(IndexForeign, match="version 0"):
            IndexReader(former)
