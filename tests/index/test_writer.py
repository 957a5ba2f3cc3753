"""enumd.index.writer: one transaction a publish, whoever dies."""

import random
import signal
import time

import pytest

from enumd.core.serial import Serial
from enumd.errors import IndexForeign
from enumd.index import directory
from enumd.index.directory import discard
from enumd.index.layout import pack_digits
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter

PUBLISH_WITHOUT_END = """
from itertools import count
with IndexWriter(path, samples.registry_id) as writer:
    for serial in count(int(sys.argv[2])):
        names = samples.numbered(400, salt=serial)
        if serial % 3:
            samples.put(writer, serial, names)
        else:
            samples.fill(writer, names, serial)
        print(serial, flush=True)
"""

COUNT_UP = """
def work(transaction):
    zone = transaction.zone(samples.apex)
    transaction.put_zone(samples.zone(zone.serial.value + 1))
with IndexWriter(path, samples.registry_id) as writer:
    for _ in range(50):
        writer.publish(work)
"""


class TestOpening:
    def test_index_of_another_registry(self, filled, writer):
        """One registry does not publish into the index of another."""
        writer.close()
        with pytest.raises(
            IndexForeign, match="registry registry-1 publishes here, not registry-2"
        ):
            IndexWriter(filled, "registry-2")

    def test_closing_twice(self, writer, filled, samples):
        """Closing again is no harm to others of the process."""
        with IndexReader(filled) as reader:
            writer.close()
            writer.close()
            with reader.snapshot() as snapshot:
                assert snapshot.zones

    def test_directory_made_anew_meanwhile(self, filled, writer, samples):
        """A writer follows when the directory is thrown away or made anew under it."""
        discard(filled)
        samples.fill(writer, samples.numbered(5), serial=3)
        assert samples.walk(filled)[1].names == 5

    def test_directory_made_anew_while_writing(self, filled, writer, samples):
        """What was written to files that were replaced meanwhile is written again, to the new."""
        runs = []

        def work(transaction):
            runs.append(transaction.zones())
            transaction.put_zone(samples.zone(2))
            transaction.replace(samples.apex, samples.numbered(5))
            if len(runs) == 1:
                discard(filled)

        writer.publish(work)
        assert [len(zones) for zones in runs] == [1, 0]
        assert samples.walk(filled)[1].names == 5


class TestPublish:
    def test_result(self, writer, samples):
        """What the work returns is returned."""
        assert writer.publish(lambda transaction: transaction.zones()) == ()

    def test_work_that_fails(self, filled, writer, samples):
        """Work that raises changes nothing."""

        def work(transaction):
            transaction.put_zone(samples.zone(2))
            transaction.put(samples.apex, pack_digits("1"), samples.answer(1))
            raise ZeroDivisionError

        before = samples.walk(filled)
        with pytest.raises(ZeroDivisionError):
            writer.publish(work)
        assert samples.walk(filled) == before
        samples.put(writer, 2, [(pack_digits("1"), samples.answer(1))])
        assert samples.walk(filled)[1].names == 4

    def test_map_that_is_full(self, path, samples, monkeypatch):
        """Work that fills the map runs again from the beginning, in a larger one."""
        monkeypatch.setattr(directory, "FIRST_MAP_OCTETS", 1 << 18)
        runs = []

        def work(transaction):
            runs.append(transaction.zones())
            transaction.put_zone(samples.zone(1))
            transaction.replace(samples.apex, samples.numbered(8_000))

        with IndexWriter(path, samples.registry_id) as writer:
            writer.publish(work)
        assert runs == [(), ()]
        assert samples.walk(path)[0] == dict(samples.numbered(8_000))

    def test_several_writers(self, filled, writer, samples):
        """Writers of several processes wait for each other, and no change is lost."""
        running = [samples.python(COUNT_UP, filled) for _ in range(3)]
        for process in running:
            process.communicate()
            assert process.returncode == 0
        assert samples.walk(filled)[1].serial == Serial(151)

    def test_readers_meanwhile(self, path, samples):
        """While another process publishes without end, every snapshot is one whole publish."""
        serials = []
        with samples.python(PUBLISH_WITHOUT_END, path, 1) as process:
            process.stdout.readline()
            with IndexReader(path) as reader:
                while len(serials) < 10 or serials[-1] == serials[0]:
                    with reader.snapshot() as snapshot:
                        view = snapshot.zones[samples.apex]
                        serial = view.zone.serial.value
                        assert dict(view.walk()) == dict(samples.numbered(400, salt=serial))
                    serials.append(serial)
            process.kill()
        assert serials == sorted(serials)


class TestKill:
    def test_killed_at_any_moment(self, path, samples):
        """After a kill there is the state before or after a publish, and publishing goes on."""
        serial = 1
        for delay_s in (random.Random(5).random() / 20 for _ in range(6)):
            process = samples.python(PUBLISH_WITHOUT_END, path, serial)
            with process:
                said = int(process.stdout.readline())
                time.sleep(delay_s)  # a kill has to come at any moment, so no event can be awaited
                process.send_signal(signal.SIGKILL)
                said = max([said, *map(int, process.stdout.read().split())])
            walked, zone = samples.walk(path)
            assert zone.serial.value in (said, said + 1)
            assert walked == dict(samples.numbered(400, salt=zone.serial.value))
            assert zone.names == 400
            serial = zone.serial.value + 1
        with IndexWriter(path, samples.registry_id) as writer:
            samples.put(writer, serial, [])
        assert samples.walk(path)[1].serial == Serial(serial)
