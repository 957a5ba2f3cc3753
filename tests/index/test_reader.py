"""enumd.index.reader: snapshots, zones by name, and a directory that is replaced."""

import logging
import signal
from dataclasses import replace

import lmdb
import pytest

from enumd.core.serial import Serial
from enumd.errors import IndexDamaged, IndexForeign, IndexMissing, IndexUnreachable
from enumd.index.directory import discard
from enumd.index.environment import attach
from enumd.index.files import DATA
from enumd.index.reader import LOOK_S, IndexReader
from enumd.index.source import ZoneSource
from enumd.index.writer import IndexWriter

HOLD_A_SNAPSHOT = """
with IndexReader(path) as reader, reader.snapshot():
    print("open", flush=True)
    sys.stdin.read()
"""


class Clock:
    """A clock that stands until it is moved."""

    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    """Return a clock that stands."""
    return Clock()


@pytest.fixture
def reader(filled, clock):
    """Yield a reader with a clock that stands."""
    with IndexReader(filled, clock) as reader:
        yield reader


def serial(reader, samples):
    """Return the serial a new snapshot sees."""
    with reader.snapshot() as snapshot:
        return snapshot.zones[samples.apex].zone.serial.value


class TestOpening:
    def test_refusals(self, path):
        """Nothing, something else and something torn are told apart."""
        with pytest.raises(IndexMissing):
            IndexReader(path)
        path.mkdir()
        (path / DATA).write_bytes(b"hello" * 100)
        with pytest.raises(IndexForeign):
            IndexReader(path)

    def test_cut_off(self, filled, writer):
        """A file that was cut off is refused before it is mapped."""
        writer.close()
        (filled / DATA).write_bytes((filled / DATA).read_bytes()[:-1])
        with pytest.raises(IndexDamaged, match=r"cut off.*"):
            IndexReader(filled)

    def test_who_publishes(self, reader, samples):
        """A reader knows whose index it is."""
        assert reader.registry_id == samples.registry_id

    def test_closing_twice(self, reader, filled, writer):
        """Closing again is no harm to others of the process."""
        reader.close()
        reader.close()
        assert attach(filled).users == 2
        writer._environment.users -= 1


class TestSnapshot:
    def test_one_transaction_one_state(self, reader, writer, samples):
        """A snapshot goes on seeing what it saw first; the next one sees what was published."""
        key, answer = samples.numbered(1)[0]
        with reader.snapshot() as snapshot:
            first = snapshot.transaction_id
            samples.put(writer, 2, [(key, None)])
            assert snapshot.zones[samples.apex].get(key) == answer
            assert snapshot.zones[samples.apex].zone.serial == Serial(1)
        with reader.snapshot() as snapshot:
            assert snapshot.transaction_id > first
            assert snapshot.zones[samples.apex].get(key) is None
            assert snapshot.zones[samples.apex].zone.serial == Serial(2)

    def test_zones(self, reader, writer, samples):
        """Zones come and go; the mapping has those of the snapshot."""
        samples.fill(writer, [], apex=b"\x03org\x00")
        with reader.snapshot() as snapshot:
            assert sorted(snapshot.zones) == [b"\x03org\x00", samples.apex]
            assert len(snapshot.zones) == 2
            assert snapshot.zones[samples.apex] is snapshot.zones[samples.apex]
            assert snapshot.zones.get(b"\x03net\x00") is None
        writer.publish(lambda transaction: transaction.remove_zone(samples.apex))
        with reader.snapshot() as snapshot:
            assert list(snapshot.zones) == [b"\x03org\x00"]

    def test_zone_of_a_name(self, reader, writer, samples):
        """A name belongs to the longest apex it ends with, counted in labels."""
        samples.fill(writer, [], apex=b"\x014" + samples.apex)
        samples.fill(writer, [], apex=b"\x03org\x00")
        cases = {
            b"\x017\x014" + samples.apex: b"\x014" + samples.apex,
            b"\x014" + samples.apex: b"\x014" + samples.apex,
            b"\x017" + samples.apex: samples.apex,
            samples.apex: samples.apex,
            b"\x03org\x00": b"\x03org\x00",
            b"\x03net\x00": None,
            b"\x00": None,
            # One label whose octets look like an apex: "x", length 4, "e164", length 4, "arpa".
            b"\x0bx" + samples.apex: None,
        }
        with reader.snapshot() as snapshot:
            found = {name: snapshot.zone_of(name) for name in cases}
        assert {name: view and view.zone.apex for name, view in found.items()} == cases

    def test_zones_for_a_number(self, writer, samples, filled, clock):
        """Those that stand for its beginning or for all of it, the longest prefix first."""
        apexes = {b"\x03org\x00": "44", b"\x03net\x00": "44", b"\x02uk\x00": "4416"}
        for apex, prefix in apexes.items():
            writer.publish(
                lambda to, apex=apex, prefix=prefix: to.put_zone(
                    replace(samples.zone(1), apex=apex, prefix=prefix)
                )
            )
        writer.publish(lambda transaction: transaction.remove_zone(samples.apex))
        with IndexReader(filled, clock) as reader, reader.snapshot() as snapshot:
            found = [
                list(snapshot.apexes_for(digits))
                for digits in ("441632", "4420", "4416", "44", "1")
            ]
            begun = {digits: snapshot.goes_on(digits) for digits in ("4", "441", "4416", "45", "9")}

        org, net = (b"\x03org\x00", "44"), (b"\x03net\x00", "44")
        uk = (b"\x02uk\x00", "4416")
        assert found == [[uk, net, org], [net, org], [uk, net, org], [net, org], []]
        assert begun == {"4": True, "441": True, "4416": True, "45": False, "9": False}

    def test_slots_are_given_back(self, reader):
        """However many snapshots there were, they took one slot."""
        for _ in range(3000):
            with reader.snapshot() as snapshot:
                assert snapshot.zones
        assert reader._source.environment.handle.info()["num_readers"] < 9

    def test_what_lmdb_raises_in_the_block(self, reader):
        """An error of LMDB leaves the block as one of ours, any other as it is."""
        with pytest.raises(IndexDamaged, match="torn"), reader.snapshot():
            raise lmdb.CorruptedError("torn")
        with pytest.raises(ZeroDivisionError), reader.snapshot():
            raise ZeroDivisionError
        with reader.snapshot():
            pass

    def test_slot_of_a_killed_reader(self, filled, reader, writer, samples):
        """The slot of a reader that was killed is cleared by the next publish."""
        with samples.python(HOLD_A_SNAPSHOT, filled) as process:
            assert process.stdout.readline() == "open\n"
            assert reader.statistics().readers == 2
            process.send_signal(signal.SIGKILL)
        samples.put(writer, 2, [])
        assert reader.statistics().readers == 1

    def test_cost(self, reader, samples, monkeypatch):
        """Of an unchanged index no head is read again, however many snapshots are taken."""
        monkeypatch.setattr(
            ZoneSource, "_heads", lambda *_: pytest.fail("the heads were read again")
        )
        for _ in range(10):
            with reader.snapshot() as snapshot:
                snapshot.zone_of(samples.apex)


class TestStatistics:
    def test_counts(self, reader, filled):
        """Statistics tell what the files hold and cost."""
        found = reader.statistics()
        assert (found.zones, found.names, found.transaction_id) == (1, 3, 1)
        assert found.used_octets == (filled / DATA).stat().st_size < found.map_octets


class TestReplacement:
    def renew(self, path, writer, samples):
        """Make the index at *path* anew, with serial 9."""
        writer.close()
        discard(path)
        with IndexWriter(path, samples.registry_id) as other:
            samples.fill(other, [], serial=9)

    def test_another_directory(self, reader, clock, filled, writer, samples):
        """A directory that was made anew is gone over to within a tenth of a second."""
        self.renew(filled, writer, samples)
        assert serial(reader, samples) == 1
        clock.now_s += LOOK_S
        assert serial(reader, samples) == 9
        clock.now_s += LOOK_S
        assert serial(reader, samples) == 9

    def test_not_under_a_snapshot(self, reader, clock, filled, writer, samples):
        """It is not gone over while another snapshot of the process reads the old one."""
        self.renew(filled, writer, samples)
        with reader.snapshot():
            clock.now_s += LOOK_S
            assert serial(reader, samples) == 1
        clock.now_s += LOOK_S
        assert serial(reader, samples) == 9

    def test_nothing_there_yet(self, reader, clock, filled, writer, samples):
        """Until the new one has something published, the old one goes on being answered."""
        writer.close()
        discard(filled)
        clock.now_s += LOOK_S
        assert serial(reader, samples) == 1
        with IndexWriter(filled, samples.registry_id) as other:
            clock.now_s += LOOK_S
            assert serial(reader, samples) == 1
            samples.fill(other, [], serial=9)
        clock.now_s += LOOK_S
        assert serial(reader, samples) == 9

    def test_no_index_in_its_place(self, reader, clock, filled, samples, caplog):
        """In place of an index something else is warned of once; the old one is answered."""
        filled.rename(filled.with_name("aside"))
        filled.mkdir()
        (filled / DATA).write_bytes(b"x" * 10_000)
        for _ in range(3):
            clock.now_s += LOOK_S
            assert serial(reader, samples) == 1
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "no LMDB file" in caplog.text

    def test_replaced_while_closed(self, reader, filled, writer, samples):
        """Files closed before a fork and replaced are found without waiting."""
        self.renew(filled, writer, samples)
        reader._source.environment.suspend()
        assert serial(reader, samples) == 9

    def test_gone_while_closed(self, reader, filled, writer):
        """Files closed and gone are missing."""
        writer.close()
        reader._source.environment.suspend()
        discard(filled)
        with pytest.raises((IndexMissing, IndexUnreachable)), reader.snapshot():
            pass
