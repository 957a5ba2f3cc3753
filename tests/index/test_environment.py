"""enumd.index.environment: one opening of the same files in a process, and maps that grow."""

import os
from contextlib import suppress

import lmdb
import pytest

from enumd.errors import (
    IndexDamaged,
    IndexFault,
    IndexForeign,
    IndexMissing,
    IndexUnreachable,
)
from enumd.index import directory
from enumd.index import environment as module
from enumd.index.directory import create, discard
from enumd.index.environment import attach
from enumd.index.files import DATA
from enumd.index.reader import IndexReader
from enumd.index.tables import FORMAT_KEY, META_TABLE, ZONES_TABLE, Tables
from enumd.index.writer import IndexWriter

WRITE_MUCH = """
from enumd.index import directory
directory.FIRST_MAP_OCTETS = 1 << 18
with IndexWriter(path, samples.registry_id) as writer:
    for serial, count in enumerate((10, 8_000, 8_100), 1):
        samples.fill(writer, samples.numbered(count), serial)
        print(serial, flush=True)
        sys.stdin.readline()
"""


RENEW_ZONE = """
with IndexWriter(path, samples.registry_id) as writer:
    for _ in sys.stdin:
        writer.publish(lambda transaction: transaction.remove_zone(samples.apex))
        samples.fill(writer, samples.numbered(2))
        print("done", flush=True)
"""


@pytest.fixture
def environment(filled, writer):
    """Yield an environment open for reading alone, its writer closed."""
    writer.close()
    found = attach(filled)
    yield found
    found.release()


def exit_status(act):
    """Run *act* in a forked child and return how that ends: 0, or 1 after an exception."""
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class TestSharing:
    def test_same_files_same_environment(self, filled):
        """Whoever opens the same files in a process shares one environment."""
        first, second = attach(filled), attach(filled.parent / "." / filled.name)
        assert first is second
        second.release()
        assert first.is_open
        first.release()
        first.release()

    def test_last_user_closes(self, environment, filled):
        """The files are closed with the last user; the next one opens them anew."""
        environment.release()
        assert not environment.is_open
        again = attach(filled)
        assert again is not environment
        again.release()
        environment.users += 1

    def test_reader_then_writer_then_reader(self, filled, writer, samples):
        """A process may read, write and go on reading, in any order of opening and closing."""
        writer.close()
        with IndexReader(filled) as reader:
            with IndexWriter(filled, samples.registry_id) as later:
                samples.fill(later, samples.numbered(5), serial=2)
                with reader.snapshot() as snapshot:
                    assert snapshot.zones[samples.apex].zone.names == 5
            with reader.snapshot() as snapshot:
                assert snapshot.zones[samples.apex].zone.names == 5

    def test_writer_under_a_snapshot(self, environment, filled, samples):
        """Files open for reading are not opened for writing under a snapshot's feet."""
        with IndexReader(filled) as reader:
            with reader.snapshot(), pytest.raises(IndexUnreachable, match="snapshot of it open"):
                IndexWriter(filled, samples.registry_id)
            IndexWriter(filled, samples.registry_id).close()

    def test_writing_within_writing(self, writer, samples):
        """A publish within a publish is refused; LMDB would wait for itself."""
        for serial in (1, 2):  # with and without tables that have to be opened
            with pytest.raises(IndexUnreachable, match="publishing to it just now"):
                writer.publish(lambda _: writer.publish(lambda _: None))
            samples.fill(writer, [], serial)

    def test_first_snapshot_within_writing(self, path, writer, samples):
        """Tables are not opened while the process writes, and nothing is mixed up."""
        samples.fill(writer, samples.numbered(2))
        environment = attach(path)
        with IndexReader(path) as reader:
            environment.tables.clear()
            reader._source.transaction_id = -1
            refused = pytest.raises(IndexUnreachable, match="publishing to it just now")
            with refused, environment.writing(), reader.snapshot():
                pass
            with reader.snapshot() as snapshot:
                assert snapshot.zones[samples.apex].zone.names == 2
        environment.release()


class TestFork:
    def test_open_in_parent_used_in_child(self, filled, writer, samples):
        """What a parent opened, a child may use: it opens the files for itself."""
        with IndexReader(filled) as reader:

            def child():
                with reader.snapshot() as snapshot:
                    assert snapshot.zones[samples.apex].zone.names == 3
                samples.fill(writer, samples.numbered(4), serial=2)

            assert exit_status(child) == 0
            with reader.snapshot() as snapshot:
                assert snapshot.zones[samples.apex].zone.names == 4

    def test_snapshot_open_at_the_fork(self, filled, writer, samples):
        """A snapshot that is open at a fork goes on in the parent, whatever the child does.

        LMDB's binding may refuse the child, which has to be told, or open the files for it.
        """
        writer.close()
        with IndexReader(filled) as reader, reader.snapshot() as snapshot:

            def child():
                with suppress(IndexFault), IndexReader(filled) as other, other.snapshot() as own:
                    assert own.zones[samples.apex].zone.names == 3

            assert exit_status(child) == 0
            with samples.python(RENEW_ZONE, filled) as process:
                process.communicate("\n")
            assert len(list(snapshot.zones[samples.apex].walk())) == 3

    def test_fork_while_writing(self, filled, writer, samples):
        """A fork inside of a publish does not disturb it."""

        def work(transaction):
            transaction.put_zone(samples.zone(2))
            assert exit_status(lambda: None) == 0
            transaction.replace(samples.apex, samples.numbered(7))

        writer.publish(work)
        assert samples.walk(filled)[1].names == 7

    def test_what_could_not_be_closed_is_not_touched(self, filled, writer):
        """In the child of a fork such files are left as they are and opened anew when needed."""
        environment = attach(filled)
        handle, epoch = environment.handle, environment.epoch
        module._after_fork_in_child()
        assert module._inherited.pop() is handle
        assert not environment.is_open
        assert environment.epoch > epoch
        handle.close()  # in truth the parent's to close
        assert environment.begin().id() > 0
        environment.suspend()
        module._after_fork_in_child()
        assert not module._inherited
        environment.release()


GROW = """
with IndexWriter(path, samples.registry_id) as writer:
    writer._environment.grow()
    samples.fill(writer, samples.numbered(8_000), serial=2)
"""


class TestMap:
    def test_grown_by_another_while_tables_are_opened(self, path, samples, monkeypatch):
        """
        Tables are opened in a transaction of their own, which sees what another made larger.
        """
        monkeypatch.setattr(directory, "FIRST_MAP_OCTETS", 1 << 18)
        with IndexWriter(path, samples.registry_id) as writer:
            samples.fill(writer, samples.numbered(3))
        environment = attach(path, writable=True)
        assert environment.handle.info()["map_size"] == 1 << 18
        with samples.python(GROW, path) as process:
            process.communicate("\n")
        environment.open_tables([META_TABLE, ZONES_TABLE])
        assert environment.handle.info()["map_size"] > 1 << 18
        environment.release()
        with IndexWriter(path, samples.registry_id) as writer:
            samples.put(writer, 3, [])

    def test_grown_again_and_again(self, writer, monkeypatch):
        """
        Another process may make it larger each time this one begins.
        """
        environment, sizes = writer._environment, [1, 1, 1]

        def begin():
            if sizes:
                sizes.pop()
                raise lmdb.MapResizedError("a test")
            return 7

        assert environment._resized(begin) == 7

    def test_growth(self, path, samples, monkeypatch):
        """A publish that fills the map runs again in a larger one, and nothing is lost."""
        monkeypatch.setattr(directory, "FIRST_MAP_OCTETS", 1 << 18)
        runs = []

        def work(transaction):
            runs.append(1)
            transaction.put_zone(samples.zone(1))
            transaction.replace(samples.apex, samples.numbered(8_000))

        with IndexWriter(path, samples.registry_id) as writer:
            writer.publish(work)
        assert len(runs) == 2
        assert samples.walk(path)[1].names == 8_000
        assert (path / DATA).stat().st_size > 1 << 18

    def test_growth_under_a_reader(self, path, samples):
        """A reader goes on while a writer in another process makes the map larger."""
        with samples.python(WRITE_MUCH, path) as process:
            assert process.stdout.readline() == "1\n"
            with IndexReader(path) as reader:
                before = reader.statistics()
                with reader.snapshot() as snapshot:
                    process.stdin.write("\n")
                    process.stdin.flush()
                    assert process.stdout.readline() == "2\n"
                    assert len(list(snapshot.zones[samples.apex].walk())) == 10
                after = reader.statistics()
                assert after.names == 8_000
                assert after.map_octets > before.map_octets
                assert after.used_octets > before.map_octets
                with reader.snapshot() as snapshot:
                    found = sum(1 for _ in snapshot.zones[samples.apex].walk())
                    assert found == 8_000
                with IndexWriter(path, samples.registry_id) as writer:
                    process.stdin.write("\n")
                    process.stdin.flush()
                    assert process.stdout.readline() == "3\n"
                    samples.put(writer, 4, samples.numbered(1, salt=1))
            process.communicate("\n")
            assert process.returncode == 0

    def test_other_process_grew_it_under_a_snapshot(self, environment):
        """A map that has to be mapped anew waits for the snapshots of the process to end."""

        def grown():
            raise lmdb.MapResizedError("a test")

        environment.snapshots += 1
        with pytest.raises(IndexUnreachable, match="mapped anew"):
            environment._resized(grown)
        with pytest.raises(IndexUnreachable, match="made larger"):
            environment.grow()
        environment.snapshots -= 1

    @pytest.mark.parametrize("write", [False, True])
    def test_resized_map_is_adopted(self, filled, writer, write, monkeypatch):
        """Either kind of transaction begins again after LMDB says that the map has grown."""
        environment = attach(filled, writable=True)
        handle = environment.handle

        class Resized:
            begun = 0

            def begin(self, **options):
                self.begun += 1
                if self.begun == 1:
                    raise lmdb.MapResizedError("mdb_txn_begin")
                return handle.begin(**options)

            def __getattr__(self, name):
                return getattr(handle, name)

        monkeypatch.setattr(environment, "_handle", resized := Resized())
        if write:
            with environment.writing():
                pass
        else:
            environment.begin().abort()
        assert resized.begun == 2
        monkeypatch.undo()
        environment.release()

    def test_file_reaches_to_its_last_page(self, filled, writer):
        """Pages at the end that LMDB left out are filled in, so that no good file looks cut off."""
        environment = attach(filled, writable=True)
        size = (filled / DATA).stat().st_size
        os.truncate(filled / DATA, size - 1)
        environment._fill()
        assert (filled / DATA).stat().st_size == size
        environment.release()

    def test_no_room_to_fill_the_file(self, filled, writer, monkeypatch):
        """Without room on the disk the publisher is told."""

        def refuse(*_):
            raise OSError(28, "No space left on device")

        environment = attach(filled, writable=True)
        os.truncate(filled / DATA, (filled / DATA).stat().st_size - 1)
        monkeypatch.setattr(os, "posix_fallocate", refuse)
        with pytest.raises(IndexUnreachable, match="No space left"):
            environment._fill()
        environment.release()


class TestTables:
    def test_no_index(self, path):
        """A path with nothing, or with files that were never published to, has no index."""
        with pytest.raises(IndexMissing):
            attach(path)
        create(path)
        with pytest.raises(IndexMissing, match="yet"):
            IndexReader(path)

    def test_environment_of_another_program(self, path):
        """LMDB files without our tables are foreign."""
        path.mkdir()
        with lmdb.open(str(path), max_dbs=2) as other:
            other.open_db(b"users")
        with pytest.raises(IndexForeign, match="another program"):
            IndexReader(path)
        with pytest.raises(IndexForeign, match="another program"):
            IndexWriter(path, "registry-1")

    def test_lost_table(self, environment):
        """A table that the heads promise and that is not there is damage."""
        with pytest.raises(IndexDamaged, match="names/7"):
            environment.open_tables(Tables.numbered(7))

    def test_other_version_of_the_layout(self, filled, writer):
        """A layout of another version is foreign, and both versions are named."""
        environment = attach(filled, writable=True)
        with environment.writing() as transaction:
            transaction.put(FORMAT_KEY, b"99", db=environment.tables[META_TABLE])
        environment.release()
        with pytest.raises(IndexForeign, match="version 99, this enumd reads 2"):
            IndexReader(filled)

    def test_handles_of_zones_that_are_gone(self, filled, writer, samples, monkeypatch):
        """A reader that has opened too many tables in its life opens the files again."""
        writer.close()
        monkeypatch.setattr(module, "MAX_TABLES", 12)
        process = samples.python(RENEW_ZONE, filled)
        with process, IndexReader(filled) as reader:
            for _ in range(4):
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline()
                with reader.snapshot() as snapshot:
                    assert len(list(snapshot.zones[samples.apex].walk())) == 2
                assert len(reader._source.environment.tables) <= 12
            process.communicate()


class TestReplacement:
    def test_gone_while_closed(self, environment, filled):
        """Files that are gone when they are needed again are missing."""
        environment.suspend()
        discard(filled)
        with pytest.raises(IndexMissing, match="gone"):
            environment.begin()

    def test_replaced_while_closed(self, environment, filled, samples):
        """Other files at the path are not taken for those that were open."""
        environment.suspend()
        kept = (filled / DATA).open("rb")  # so that the inode is not used again
        discard(filled)
        create(filled)
        with kept, pytest.raises(IndexUnreachable, match="replaced"):
            environment.begin()

    def test_refusal_of_lmdb(self, environment, monkeypatch):
        """What LMDB refuses on opening is told in our words."""

        def refuse(*_, **__):
            raise lmdb.InvalidError("torn")

        environment.suspend()
        monkeypatch.setattr(lmdb, "open", refuse)
        with pytest.raises(IndexDamaged, match="torn"):
            environment.begin()
