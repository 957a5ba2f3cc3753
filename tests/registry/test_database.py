"""The registry as a database."""

import stat
import sys
import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from enumd.core.apex import Apex, parse_name
from enumd.errors import Conflict, NotFound, RegistryBusy, RegistryUnusable
from enumd.registry import database, engines, turns, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.migrations import HEAD
from enumd.registry.schema import PartyRow

NOW_S = 1_795_000_000
APEX = Apex(parse_name("enum.example.org"), "44")


@pytest.fixture
def sqlite_url(tmp_path):
    """Give the url of a place for a SQLite registry."""
    return f"sqlite:///{tmp_path}/home/registry.db"


class TestCreate:
    """A new registry."""

    def test_a_new_registry_opens_again_under_its_own_id(self, url):
        """
        Two registries have two ids, and one keeps its own.
        """
        with Registry.create(url) as made, Registry.open(url) as opened:
            assert made.registry_id == opened.registry_id
            assert len(made.registry_id) == 36

    def test_a_registry_is_never_made_over_another(self, url):
        """
        Whoever is there already keeps everything.
        """
        Registry.create(url).close()
        with pytest.raises(Conflict, match="already"):
            Registry.create(url)
        Registry.open(url).close()

    def test_the_file_is_its_owners_alone(self, sqlite_url, tmp_path):
        """
        Registry, log, shared memory and queue have mode 0600, and the folder made for them 0700.
        """
        with Registry.create(sqlite_url) as registry:
            with registry.change(Actor("a", "test"), NOW_S) as change:
                zones.add(change, APEX)
            home = tmp_path / "home"
            assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
            assert len(list(home.iterdir())) == 4
            assert stat.S_IMODE(home.stat().st_mode) == 0o700

    def test_the_mode_is_set_before_anything_is_written(self, sqlite_url, tmp_path, monkeypatch):
        """
        While the first octet is written the file is closed to others already.
        """
        seen = []

        def spied(connection):
            seen.append(stat.S_IMODE((tmp_path / "home" / "registry.db").stat().st_mode))
            raise RuntimeError("power failure")

        monkeypatch.setattr(database, "upgrade", spied)
        with pytest.raises(RuntimeError):
            Registry.create(sqlite_url)
        assert seen == [0o600]

    def test_an_interrupted_creation_is_repeated(self, sqlite_url, monkeypatch):
        """
        All tables come in one transaction: after a failure there are none, and it goes again.
        """
        with monkeypatch.context() as patched:
            patched.setattr(database.uuid, "uuid4", lambda: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                Registry.create(sqlite_url)
        with pytest.raises(RegistryUnusable, match="holds no registry"):
            Registry.open(sqlite_url)
        Registry.create(sqlite_url).close()
        Registry.open(sqlite_url).close()

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path):
        """
        A file where a folder should be is said, with its path.
        """
        (tmp_path / "file").write_text("")
        with pytest.raises(RegistryUnusable, match=f"cannot make {tmp_path}/file/registry.db"):
            Registry.create(f"sqlite:///{tmp_path}/file/registry.db")

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("sqlite://", "in memory"),
            ("sqlite:///:memory:", "in memory"),
            ("mysql://example.net/registry", "mysql is not supported"),
            ("registry.db", "not a database url"),
        ],
    )
    def test_other_databases_are_refused(self, url, why):
        """
        Only a SQLite file and PostgreSQL can be a registry.
        """
        with pytest.raises(RegistryUnusable, match=why):
            Registry.create(url)


class TestOpen:
    """A registry that is there, or not."""

    def test_a_missing_file_is_not_made(self, sqlite_url, tmp_path):
        """
        Opening is not creating: nothing appears on the disk.
        """
        with pytest.raises(RegistryUnusable, match=r"there is no registry at .*registry\.db"):
            Registry.open(sqlite_url)
        assert not (tmp_path / "home").exists()

    def test_a_file_that_is_no_database_is_refused(self, tmp_path):
        """
        Garbage is an error of ours, not a traceback of SQLite.
        """
        (tmp_path / "registry.db").write_bytes(b"no database" * 1000)
        with pytest.raises(RegistryUnusable, match="not a database"):
            Registry.open(f"sqlite:///{tmp_path}/registry.db")

    def test_a_database_without_a_registry_is_refused(self, url, tmp_path):
        """
        An empty database is not taken for a registry.
        """
        (tmp_path / "registry.db").touch()
        with pytest.raises(RegistryUnusable, match="holds no registry"):
            Registry.open(url)

    @pytest.mark.peer
    def test_a_server_that_is_not_there_is_an_error_of_ours(self, tmp_path):
        """
        A connection that fails says so without a traceback of the driver.
        """
        pytest.importorskip("psycopg", reason="psycopg, the driver for PostgreSQL, is missing")
        for opened in (Registry.open, Registry.open_reading):
            with pytest.raises(RegistryUnusable, match="cannot be reached") as caught:
                opened(f"postgresql://nobody@/none?host={tmp_path}")
            assert "PostgreSQL is running" in caught.value.advice

    def test_a_missing_driver_is_named(self, monkeypatch):
        """
        Without psycopg the error says which extra has to be installed.
        """
        monkeypatch.setitem(sys.modules, "psycopg", None)
        for opened in (Registry.open, Registry.open_reading, Registry.create):
            with pytest.raises(RegistryUnusable, match="needs psycopg") as caught:
                opened("postgresql://enumd:secret@127.0.0.1/enumd")
            assert "pip install 'enumd[postgresql]'" in caught.value.advice
            assert "secret" not in str(caught.value)

    @pytest.mark.peer
    def test_a_database_of_another_encoding_is_refused(self, cluster):
        """
        A database that cannot hold every name is refused by name before anything is in it.
        """
        cluster._execute("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        for opened in (Registry.create, Registry.open):
            with pytest.raises(RegistryUnusable, match="narrow is encoded in LATIN1") as caught:
                opened(cluster.url("narrow"))
            assert "-E UTF8" in caught.value.advice

    def test_opening_waits_for_no_writer(self, url):
        """
        A change that is under way keeps nobody from opening, reading included.
        """
        with Registry.create(url) as registry, registry.change(Actor("a", "test"), NOW_S) as change:
            zones.add(change, APEX)
            for opened in (Registry.open, Registry.open_reading):
                with opened(url) as other, other.read() as session:
                    assert zones.listing(session) == []

    def test_a_newer_schema_is_refused_with_both_versions(self, url):
        """
        What a later enumd wrote is not touched by this one.
        """
        _set_version(url, "9999")
        with pytest.raises(RegistryUnusable, match=f"9999, newer than {HEAD}"):
            Registry.open(url, migrate=True)

    def test_an_older_schema_is_upgraded_only_when_told(self, url, monkeypatch):
        """
        Opening alone says what is needed; `migrate` runs the steps.
        """
        _set_version(url, "0000")
        monkeypatch.setattr(database, "REVISIONS", ("0000", HEAD))
        upgraded = []
        monkeypatch.setattr(database, "upgrade", upgraded.append)
        with pytest.raises(RegistryUnusable, match=f"schema is 0000 and this enumd needs {HEAD}"):
            Registry.open(url)
        assert not upgraded
        Registry.open(url, migrate=True).close()
        assert len(upgraded) == 1

    def test_a_file_that_cannot_be_written_is_refused(self, sqlite_url, monkeypatch):
        """
        To change something SQLite needs file and folder, so the reason is given at once; reading
        needs neither.
        """
        Registry.create(sqlite_url).close()
        monkeypatch.setattr(database.os, "access", lambda path, mode: False)
        with pytest.raises(RegistryUnusable, match="not writable"):
            Registry.open(sqlite_url)
        Registry.open_reading(sqlite_url).close()

    @pytest.mark.peer
    def test_a_standby_is_refused(self, cluster):
        """
        A server that takes no changes is recognised when it is opened; it may be read.
        """
        url = cluster.new()
        Registry.create(url).close()
        name = url.partition("@/")[2].partition("?")[0]
        cluster._execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with pytest.raises(RegistryUnusable, match="read-only") as caught:
            Registry.open(url)
        assert "primary" in caught.value.advice
        with Registry.open_reading(url) as registry:
            with registry.read() as session:
                assert zones.listing(session) == []
            with (
                pytest.raises(RegistryUnusable, match="takes no changes"),
                registry.change(Actor("a", "test"), NOW_S) as change,
            ):
                zones.add(change, APEX)


class TestOpenReading:
    """A registry that is read and cannot be changed."""

    def test_a_missing_file_is_not_made(self, sqlite_url, tmp_path):
        """
        Reading is not creating either.
        """
        with pytest.raises(RegistryUnusable, match="there is no registry at"):
            Registry.open_reading(sqlite_url)
        assert not (tmp_path / "home").exists()

    def test_an_older_schema_is_refused(self, url, monkeypatch):
        """
        Reading never upgrades.
        """
        _set_version(url, "0000")
        monkeypatch.setattr(database, "REVISIONS", ("0000", HEAD))
        with pytest.raises(RegistryUnusable, match="schema is 0000") as caught:
            Registry.open_reading(url)
        assert "enumd upgrade" in caught.value.advice

    def test_nothing_can_be_changed_through_it(self, sqlite_url):
        """
        The connection itself refuses to write.
        """
        Registry.create(sqlite_url).close()
        with (
            Registry.open_reading(sqlite_url) as registry,
            pytest.raises(RegistryUnusable, match="takes no changes"),
            registry.change(Actor("a", "test"), NOW_S) as change,
        ):
            zones.add(change, APEX)

    def test_it_is_opened_once_more_to_write(self, sqlite_url):
        """
        Who must write after all asks for that; what is open for writing is given as it is.
        """
        Registry.create(sqlite_url).close()
        with Registry.open_reading(sqlite_url) as reader, reader.writable() as registry:
            with registry.change(Actor("a", "test"), NOW_S) as change:
                zones.add(change, APEX)
            with registry.writable() as same:
                assert same is registry is not reader
            with reader.read() as session:
                assert len(zones.listing(session)) == 1

    def test_one_snapshot_for_all_that_is_read(self, sqlite_url):
        """
        What is committed while a reader reads is seen by the next reader.
        """
        with Registry.create(sqlite_url) as registry, Registry.open_reading(sqlite_url) as reader:
            with reader.read() as session:
                assert zones.listing(session) == []
                with registry.change(Actor("a", "test"), NOW_S) as change:
                    zones.add(change, APEX)
                session.expire_all()
                assert zones.listing(session) == []
            with reader.read() as session:
                assert len(zones.listing(session)) == 1


class TestSettings:
    """What SQLite is told."""

    def test_commits_are_forced_to_the_disk(self, sqlite_url):
        """
        WAL with synchronous FULL (2), foreign keys and recursive triggers on, and a wait for locks.
        """
        with Registry.create(sqlite_url) as registry, registry.read() as session:
            names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
            values = [session.scalar(text(f"PRAGMA {name}")) for name in names]
            assert values == ["wal", 2, 1, 1]
            assert session.scalar(text("PRAGMA busy_timeout")) == engines.WAIT_S * 1000


class TestChange:
    """Transactions that change something."""

    def test_an_exception_leaves_everything_as_it_was(self, registry):
        """
        What was done before the exception is gone with it.
        """
        with pytest.raises(RuntimeError), registry.change(Actor("a", "test"), NOW_S) as change:
            zones.add(change, APEX)
            raise RuntimeError
        with registry.read() as session:
            assert zones.listing(session) == []

    def test_our_own_errors_pass_unchanged(self, registry):
        """
        A rule of the registry that says no keeps its own class and words.
        """
        with (
            pytest.raises(NotFound, match=r"nowhere\.example"),
            registry.change(Actor("a", "test"), NOW_S) as c,
        ):
            zones.show(c.session, parse_name("nowhere.example"))

    def test_a_rule_of_the_database_is_a_conflict(self, registry):
        """
        The constraints stand behind the code, and speak our language.
        """
        with (
            pytest.raises(Conflict, match="party_kind"),
            registry.change(Actor("a", "test"), NOW_S) as change,
        ):
            change.session.add(PartyRow(kind="king", name="x", contact="x", created_s=1))

    def test_another_writer_is_waited_for_and_then_named(self, url, monkeypatch):
        """
        A change that cannot begin in time fails as busy and changes nothing.
        """
        monkeypatch.setattr(engines, "WAIT_S", 1)
        monkeypatch.setattr(turns, "WAIT_S", 0.1)
        pragmas = tuple(p.replace("15000", "100") for p in engines.PRAGMAS)
        monkeypatch.setattr(engines, "PRAGMAS", pragmas)
        with Registry.create(url) as registry:
            with registry.change(Actor("a", "test"), NOW_S) as change:
                zones.add(change, APEX)
            with registry.change(Actor("a", "test"), NOW_S) as change:
                change.lock(zones.show(change.session, APEX.name))
                with (
                    pytest.raises(RegistryBusy),
                    registry.change(Actor("b", "test"), NOW_S) as other,
                ):
                    other.lock(zones.show(other.session, APEX.name))

    def test_readers_see_one_snapshot_while_others_write(self, registry):
        """
        A session that reads sees what was there when it began, and holds up nobody.
        """
        with registry.read() as session:
            assert zones.listing(session) == []
            with registry.change(Actor("a", "test"), NOW_S) as change:
                zones.add(change, APEX)
            session.expire_all()
            assert zones.listing(session) == []
        with registry.read() as session:
            assert len(zones.listing(session)) == 1

    @pytest.mark.peer
    def test_a_reader_cannot_write_on_postgresql(self, cluster):
        """
        Reading is enforced by the server where the server can; SQLite has no such transaction.
        """
        with (
            Registry.open(cluster.new(cluster.template)) as registry,
            pytest.raises(RegistryUnusable, match="read-only"),
            registry.read() as session,
        ):
            session.execute(text("DELETE FROM party"))

    def test_threads_take_turns(self, registry):
        """
        Twenty changes from four threads are twenty serials, none given twice.
        """
        with registry.change(Actor("a", "test"), NOW_S) as change:
            zones.add(change, APEX)

        def work():
            for _ in range(5):
                with registry.change(Actor("a", "test"), NOW_S) as change:
                    zone = change.lock(zones.show(change.session, APEX.name))
                    change.record(zone, "test.touch")

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with registry.read() as session:
            assert zones.listing(session)[0].serial == 21


def _set_version(url, version):
    """Make a registry and write another version into it."""
    Registry.create(url).close()
    engine = create_engine(engines.read_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    engine.dispose()


def test_a_failing_database_is_unusable_and_says_why(registry):
    """
    Any other error of the database is ours, with its first line.
    """
    with (
        pytest.raises(RegistryUnusable, match="cannot be used") as caught,
        registry.change(Actor("a", "test"), NOW_S) as change,
    ):
        change.session.execute(text("SELECT * FROM no_such_table"))
    assert isinstance(caught.value.__cause__, DatabaseError)
