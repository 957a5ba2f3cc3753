"""A registry on every database it runs on, with real servers behind it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import NullPool

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.registry import pools, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry

NOW_S = 1_795_000_000
POSTGRES = max(
    Path("/usr/lib/postgresql").glob("*/bin"),
    key=lambda path: float(path.parent.name),
    default=Path("/usr/lib/postgresql"),
)
"""Where Debian keeps the programs of the newest PostgreSQL there is."""


EMPTY = """
DO $$
DECLARE each record;
BEGIN
    SET LOCAL lock_timeout = '10s';
    SET LOCAL session_replication_role = replica;  -- no triggers: the log cannot be deleted
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        AND tablename NOT IN ('alembic_version', 'meta') LOOP
        EXECUTE format('DELETE FROM %I', each.tablename);
    END LOOP;
    FOR each IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(each.sequencename::regclass, 1, false);
    END LOOP;
END $$
"""
"""Takes out everything of a registry but its tables and its id; numbers count from 1 again."""


class Cluster:
    """A private PostgreSQL server on a Unix socket, for as long as the tests last."""

    def __init__(self, home):
        self.home = home
        self.made = 0
        self.user = self._user()
        options = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}
        self.options = options if os.geteuid() == 0 else {}

    @staticmethod
    def _user():
        """Return the account the server runs as: it refuses root."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid()).pw_name
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    def start(self, primary=None):
        """Make the cluster, a standby of *primary* if there is one, and start the server."""
        if self.options:
            shutil.chown(self.home, self.user)
        data = str(self.home / "data")
        if primary is None:
            self._run("initdb", "-D", data, "-U", "enumd", "-A", "trust", "-E", "UTF8", "--no-sync")
        else:
            whom = ("-h", str(primary.home), "-U", "enumd")
            how = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
            self._run("pg_basebackup", "-D", data, *whom, *how)
        settings = ["listen_addresses=", f"unix_socket_directories={self.home}", "fsync=off"]
        command = [str(POSTGRES / "postgres"), "-D", data]
        for setting in [*settings, "max_connections=60", "log_min_messages=fatal"]:
            command += ["-c", setting]
        self.log = (self.home / "log").open("wb")
        self.server = subprocess.Popen(
            command, cwd="/", stdout=self.log, stderr=self.log, **self.options
        )
        self._wait()

    def stop(self):
        """Stop the server at once, whoever is connected; nothing of it is kept."""
        self.server.send_signal(signal.SIGQUIT)
        try:
            self.server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait(timeout=10)
        self.log.close()

    def url(self, database):
        """Return the url of a database of this server."""
        return f"postgresql://enumd@/{database}?host={self.home}"

    def new(self, template="template0"):
        """Make a database like *template* and return its url."""
        self.made += 1
        name = f"registry_{self.made}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    @cached_property
    def template(self):
        """Make one registry for others to be copied from, which is faster than migrating each."""
        url = self.new()
        Registry.create(url).close()
        return f"registry_{self.made}"

    @cached_property
    def shared(self):
        """Make the registry that tests use one after the other."""
        return self.new(self.template)

    def emptied(self):
        """Return the url of the shared registry, as it was made: a copy takes ten times as long."""
        database = self.shared.partition("@/")[2].partition("?")[0]
        self._execute(EMPTY, database)
        return self.shared

    def _execute(self, statement, database="postgres"):
        """Run one statement outside a transaction."""
        url = self.url(database).replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _run(self, program, *arguments):
        """Run a program of PostgreSQL as the account of the server."""
        command = [str(POSTGRES / program), *arguments]
        subprocess.run(
            command, cwd="/", check=True, capture_output=True, timeout=60, **self.options
        )

    def _wait(self):
        """Wait until the server takes connections."""
        for _ in range(100):
            if (self.home / ".s.PGSQL.5432").exists():
                try:
                    return self._execute("SELECT 1")
                except Exception:
                    pass
            if self.server.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((self.home / "log").read_text())


@contextmanager
def _running(primary=None):
    """Run a private PostgreSQL server, a standby of *primary* if there is one."""
    # Not below pytest's own directory: that is closed to the account the server runs as.
    home = Path(tempfile.mkdtemp(prefix="enumd-postgresql-"))
    server = Cluster(home)
    try:
        server.start(primary)
        yield server
        server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster():
    """Run a private PostgreSQL server."""
    if not (POSTGRES / "postgres").exists():
        pytest.skip(f"PostgreSQL is missing: no postgres in {POSTGRES}")
    pytest.importorskip("psycopg", reason="psycopg, the driver for PostgreSQL, is missing")
    with _running() as server:
        yield server


@pytest.fixture
def standby(cluster):
    """Run a hot standby that follows the private server from now on."""
    with _running(cluster) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def url(request, tmp_path):
    """Give the url of a place for a registry, on both databases in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/registry.db"
    return request.getfixturevalue("cluster").new()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Make one registry for others to be copied from, which is faster than migrating each."""
    path = tmp_path_factory.mktemp("template") / "registry.db"
    Registry.create(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def registry(request, tmp_path):
    """Give an empty registry, on both databases in turn."""
    if request.param == "sqlite":
        path = tmp_path / "registry.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        with Registry.open(f"sqlite:///{path}") as made:
            yield made
    else:
        cluster = request.getfixturevalue("cluster")
        with Registry.open(cluster.emptied()) as made:
            yield made


@pytest.fixture
def tree(registry):
    """Give a registry with the zone `enum.example.org` for +44 and the pool of drama numbers."""
    with registry.change(Actor("operator", "test"), NOW_S) as change:
        zone = zones.add(change, Apex(parse_name("enum.example.org"), "44"))
        pools.add(change, "drama", zone, Number("441632960000"), Number("441632960999"))
    return registry


@pytest.fixture
def statements():
    """Count the statements a registry sends to its database."""

    @contextmanager
    def counted(registry):
        sent = []

        def listen(connection, cursor, statement, parameters, context, many):
            sent.append(statement)

        event.listen(registry._engine, "before_cursor_execute", listen)
        try:
            yield sent
        finally:
            event.remove(registry._engine, "before_cursor_execute", listen)

    return counted
