"""Every fault of a database has its own words and its own step."""

import os
import sqlite3
import subprocess

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from enumd.core.apex import Apex, parse_name
from enumd.errors import Conflict, RegistryBusy, RegistryUnusable
from enumd.registry import faults, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.faults import translate

NOW_S = 1_795_000_000
APEX = Apex(parse_name("enum.example.org"), "44")


def of_sqlite(name):
    """Return an error of SQLite as SQLAlchemy raises it."""
    cause = sqlite3.OperationalError("what it says")
    cause.sqlite_errorname = name
    return OperationalError("SELECT 1", {}, cause)


class Driver(Exception):
    """An error of psycopg."""

    def __init__(self, said, sqlstate=None):
        super().__init__(said)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("SQLITE_FULL", faults.FULL),
        ("SQLITE_READONLY_DBMOVED", faults.READ_ONLY),
        ("SQLITE_CORRUPT_INDEX", faults.DAMAGED),
        ("SQLITE_NOTADB", faults.NO_DATABASE_FILE),
        ("SQLITE_IOERR_WRITE", faults.FAILING),
        ("SQLITE_CANTOPEN", faults.CLOSED),
        ("SQLITE_PERM", faults.CLOSED),
        ("SQLITE_ERROR", faults.OTHER),
    ],
)
def test_what_sqlite_says(name, fault):
    """Each of its errors is told apart."""
    error = translate(of_sqlite(name), "/home/registry.db")
    assert str(error) == f"/home/registry.db: {fault.what}: what it says"
    assert error.advice == fault.advice


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("53100", faults.FULL),
        ("53200", faults.MEMORY),
        ("53300", faults.CROWDED),
        ("25006", faults.STANDBY),
        ("42501", faults.FORBIDDEN),
        ("57P03", faults.STARTING),
        ("08006", faults.DOWN),
        ("28P01", faults.LOGIN),
        ("3D000", faults.NO_DATABASE),
        ("XX001", faults.DAMAGED),
        ("22012", faults.OTHER),
    ],
)
def test_what_postgresql_says(state, fault):
    """So is each of its states."""
    error = translate(OperationalError("SELECT 1", {}, Driver("a\n b", state)), "postgresql://h/d")
    assert str(error) == f"postgresql://h/d: {fault.what}: a b"
    assert error.advice == fault.advice


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("FATAL:  sorry, too many clients already", faults.CROWDED),
        ("FATAL:  remaining connection slots are reserved", faults.CROWDED),
        ('FATAL:  password authentication failed for user "x"', faults.LOGIN),
        ('FATAL:  role "x" does not exist', faults.LOGIN),
        ('FATAL:  database "x" does not exist', faults.NO_DATABASE),
        ("FATAL:  the database system is starting up", faults.STARTING),
        ("Connection refused", faults.DOWN),
    ],
)
def test_what_a_refused_connection_says(said, fault):
    """Without a state the words tell, and without known words nobody was reached."""
    error = translate(OperationalError(None, None, Driver(said)), "postgresql://h/d")
    assert error.advice == fault.advice


def test_a_disk_that_fails_for_want_of_room_is_full(monkeypatch, tmp_path):
    """SQLite calls it a failure where it finds no room for the files beside its own."""
    for free, fault in ((0, faults.FULL), (1 << 30, faults.FAILING)):
        monkeypatch.setattr(faults.shutil, "disk_usage", lambda _, free=free: Usage(free))
        error = translate(of_sqlite("SQLITE_IOERR_SHMSIZE"), f"{tmp_path}/registry.db")
        assert error.advice == fault.advice


class Usage:
    """What is free on a disk."""

    def __init__(self, free):
        self.free = free


def test_rules_and_turns_are_no_faults():
    """A rule of the schema is a conflict, a lock that others have is busy."""
    error = IntegrityError("INSERT", {}, Driver("twice", "23505"))
    assert isinstance(translate(error, "x"), Conflict)
    for name in ("SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"):
        assert isinstance(translate(of_sqlite(name), "x"), RegistryBusy)
    for state in ("55P03", "40P01", "40001"):
        error = OperationalError("UPDATE", {}, Driver("wait", state))
        assert isinstance(translate(error, "x"), RegistryBusy)
    assert isinstance(translate(DBAPIError(None, None, None), "x"), RegistryUnusable)


def test_no_advice_could_lose_what_is_there():
    """None begins anew, none is long-winded, and each ends as a sentence does."""
    every = [value for value in vars(faults).values() if isinstance(value, faults.Fault)]
    assert len(every) == 15
    for fault in every:
        assert "init" not in fault.advice
        assert fault.advice.endswith((".", "`."))


class TestReal:
    """What real databases say when it happens."""

    def test_a_full_disk(self, tmp_path):
        """A change that finds no room changes nothing, and the next one does it."""
        if os.geteuid() != 0:
            pytest.skip("only root can mount")
        small = tmp_path / "small"
        small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
        if subprocess.run(mount, capture_output=True, timeout=30).returncode:
            pytest.skip("no file system can be mounted here")
        try:
            self._fill(small)
        finally:
            subprocess.run(["umount", "-l", str(small)], check=True, timeout=30)

    def _fill(self, small):
        """Change a registry on a disk that gets full."""
        with Registry.create(f"sqlite:///{small}/registry.db") as registry:
            with registry.change(Actor("operator", "test"), NOW_S) as change:
                zones.add(change, APEX)
            filler = small / "filler"
            filler.write_bytes(b"")
            with pytest.raises(RegistryUnusable, match="the disk is full") as caught:
                with filler.open("wb", buffering=0) as file:
                    try:
                        while file.write(b"\0" * 4096):
                            pass
                    except OSError:
                        pass
                for number in range(2000):
                    with registry.change(Actor("operator", "test"), NOW_S) as change:
                        change.record(None, "party.test", after="x" * 2000 + str(number))
            assert "Make room" in caught.value.advice
            filler.unlink()
            with registry.change(Actor("operator", "test"), NOW_S) as change:
                change.record(None, "party.test")

    def test_a_damaged_file(self, tmp_path):
        """Pages that were overwritten are told as damage."""
        path = tmp_path / "registry.db"
        with (
            Registry.create(f"sqlite:///{path}") as registry,
            registry.change(Actor("operator", "test"), NOW_S) as change,
        ):
            zones.add(change, APEX)
        octets = path.read_bytes()
        path.write_bytes(octets[:4096] + b"\xff" * (len(octets) - 4096))
        for opened in (Registry.open, Registry.open_reading):
            with pytest.raises(RegistryUnusable, match="it is damaged") as caught:
                opened(f"sqlite:///{path}")
            assert "latest backup" in caught.value.advice

    @pytest.mark.peer
    def test_refused_logins_and_missing_databases(self, cluster):
        """PostgreSQL's own refusals are told apart by what it says."""
        with pytest.raises(RegistryUnusable, match="no such database"):
            Registry.open(cluster.url("nowhere"))
        with pytest.raises(RegistryUnusable, match="refuses the login"):
            Registry.open(cluster.url("postgres").replace("enumd@", "stranger@"))

    @pytest.mark.peer
    def test_no_connection_left(self, cluster):
        """A server that is full of others says so."""
        url = cluster.new(cluster.template)
        name = url.partition("@/")[2].partition("?")[0]
        cluster._execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
        cluster._execute(f"GRANT CONNECT ON DATABASE {name} TO crowded")
        with pytest.raises(RegistryUnusable, match="no connection left"):
            Registry.open(url.replace("enumd@", "crowded@"))

    @pytest.mark.peer
    def test_somebody_elses_tables(self, cluster):
        """A user without rights is told whose they are to be."""
        url = cluster.new(cluster.template)
        cluster._execute("CREATE ROLE stranger_too LOGIN")
        with pytest.raises(RegistryUnusable, match="may not do that"):
            Registry.open(url.replace("enumd@", "stranger_too@"))
