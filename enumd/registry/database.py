"""The registry as a database: made, opened, upgraded, read and changed.

SQLite runs in WAL mode with `synchronous` FULL: every commit is forced to the disk before it is
acknowledged, because a number somebody was told is theirs must survive a power failure. NORMAL
would lose the last commits then, and save nothing where it matters: an import of a million
numbers is one commit. A commit costs about 0.3 ms. PostgreSQL keeps its default, which is the
same promise.

A transaction that changes something begins as BEGIN IMMEDIATE on SQLite, so it never has to give
up half way because another writer was faster; readers see one snapshot and block nobody.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from enumd.errors import Conflict, RegistryBusy, RegistryUnusable
from enumd.registry.changes import Change
from enumd.registry.lifecycle import DEFAULT_POLICY, Policy
from enumd.registry.migrations import HEAD, REVISIONS, upgrade
from enumd.registry.schema import MetaRow

Reading = Session
"""A session that sees one snapshot and changes nothing, as `Registry.read` gives it."""

WAIT_S: Final = 15
"""How long a change waits for another to finish."""

_BUSY: Final = frozenset({"SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "55P03", "40P01", "40001"})
"""What SQLite and PostgreSQL say when others were writing for too long."""

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {WAIT_S * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # The log of a large import is given back once it has been copied into the database.
    "PRAGMA journal_size_limit = 67108864",
    # Without it INSERT OR REPLACE deletes a row and no trigger of the change log notices.
    "PRAGMA recursive_triggers = ON",
)


class Registry:
    """The system of record, opened. Close it, or use it as a context manager."""

    def __init__(self, engine: Engine, registry_id: str, policy: Policy) -> None:
        """Keep what `create` and `open` found; use those."""
        self.registry_id = registry_id
        self.policy = policy
        self._engine = engine
        self._writing = _writing(engine)
        self._reading = engine
        if engine.dialect.name == "postgresql":
            self._reading = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @classmethod
    def create(cls, url: str, policy: Policy = DEFAULT_POLICY) -> Registry:
        """Make a new registry at *url*: `sqlite:////path/registry.db` or `postgresql://…`.

        The SQLite file is readable by its owner alone before anything is in it. All tables come in
        one transaction, so what an interrupted creation left behind is simply used.

        Raises:
            Conflict: there is a registry already.
            RegistryUnusable: the place cannot be used.
        """
        target = _target(url)
        if _is_file(target):
            _make_file(Path(str(target.database)))
        engine = _engine(target)
        with _explained(engine), _writing(engine).begin() as connection:
            if inspect(connection).get_table_names():
                raise Conflict(f"{_shown(target)} has tables already, and a registry needs its own")
            upgrade(connection)
            registry_id = str(uuid.uuid4())
            connection.execute(insert(MetaRow).values(name="registry_id", value=registry_id))
        return cls(engine, registry_id, policy)

    @classmethod
    def open(cls, url: str, policy: Policy = DEFAULT_POLICY, *, migrate: bool = False) -> Registry:
        """Open the registry at *url*; bring an older schema up to date only when *migrate* is set.

        Raises:
            RegistryUnusable: it is missing, not writable, not a registry, or of another version.
        """
        target = _target(url)
        if _is_file(target):
            _check_file(Path(str(target.database)))
        engine = _engine(target)
        with _explained(engine), _writing(engine).begin() as connection:
            _check_writable(connection, target)
            _check_version(connection, target, migrate=migrate)
            query = text("SELECT value FROM meta WHERE name = 'registry_id'")
            registry_id = connection.scalar(query)
        return cls(engine, str(registry_id), policy)

    @contextmanager
    def change(self, actor: str, now_s: int) -> Iterator[Change]:
        """Open one transaction in which *actor* changes something; leaving it commits.

        An exception leaves everything as it was.

        Raises:
            RegistryBusy: others were writing for longer than `WAIT_S`.
            RegistryUnusable: the database failed.
            Conflict: a rule of the database itself was broken.
        """
        with (
            _explained(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield Change(session, actor, int(now_s), self.policy)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that sees one snapshot and changes nothing."""
        with _explained(), Session(self._reading, autoflush=False) as session:
            yield session

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Return this registry, to be closed at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        self.close()


def _target(url: str) -> URL:
    """Return *url* with the driver we use, refusing what is neither a file nor PostgreSQL."""
    try:
        target = make_url(url)
    except ArgumentError:
        raise RegistryUnusable(f"{url!r} is not a database url") from None
    backend = target.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return target.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise RegistryUnusable(f"{backend} is not supported; use sqlite or postgresql")
    if target.database in (None, "", ":memory:"):
        raise RegistryUnusable("a registry in memory would be lost at once; give a path")
    return target.set(drivername="sqlite+pysqlite")


def _shown(target: URL) -> str:
    """Return where the registry is, without the password."""
    return str(target.database) if _is_file(target) else target.render_as_string()


def _is_file(target: URL) -> bool:
    """Tell whether *target* is SQLite."""
    return target.get_backend_name() == "sqlite"


def _make_file(path: Path) -> None:
    """Make an empty file that only its owner can read, unless there is one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise RegistryUnusable(f"cannot make {path}: {error.strerror}") from None


def _check_file(path: Path) -> None:
    """Refuse a SQLite file that is not there, or that this user may not write."""
    if not path.is_file():
        raise RegistryUnusable(f"there is no registry at {path}")
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            raise RegistryUnusable(f"{place} is not writable; SQLite needs the file and its folder")


def _check_writable(connection: Connection, target: URL) -> None:
    """Refuse a PostgreSQL server that takes no changes, such as a standby."""
    if not _is_file(target) and connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise RegistryUnusable(f"{_shown(target)} is read-only: is it a standby?")


def _check_version(connection: Connection, target: URL, *, migrate: bool) -> None:
    """Refuse a database of another schema version, or bring an older one up to date."""
    where = _shown(target)
    if not inspect(connection).has_table("alembic_version"):
        raise RegistryUnusable(f"{where} is a database, but holds no registry")
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version == HEAD:
        return
    if version not in REVISIONS:
        why = f"its schema is {version}, newer than {HEAD}, the newest this enumd knows"
        raise RegistryUnusable(f"{where}: {why}; use the enumd that wrote it")
    if not migrate:
        why = f"its schema is {version} and this enumd needs {HEAD}"
        raise RegistryUnusable(f"{where}: {why}; back it up and upgrade it")
    upgrade(connection)


def _engine(target: URL) -> Engine:
    """Return an engine whose transactions begin when and how we say."""
    if not _is_file(target):
        options = f"-c lock_timeout={WAIT_S * 1000}"
        return create_engine(target, connect_args={"options": options, "connect_timeout": WAIT_S})
    engine = create_engine(target)

    # The driver would begin a transaction before INSERT but not before SELECT or CREATE TABLE.
    @event.listens_for(engine, "connect")
    def _connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        for pragma in _PRAGMAS:
            connection.execute(pragma)  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("begin", "BEGIN")
        connection.exec_driver_sql(begin)

    return engine


def _writing(engine: Engine) -> Engine:
    """Return *engine* with transactions that are going to write."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


@contextmanager
def _explained(engine: Engine | None = None) -> Iterator[None]:
    """Turn what a database says into our errors, and dispose of *engine* when it fails."""
    try:
        yield
    except BaseException as error:
        if engine is not None:
            engine.dispose()
        if isinstance(error, DBAPIError):
            raise _translated(error) from error
        raise


def _translated(error: DBAPIError) -> Conflict | RegistryBusy | RegistryUnusable:
    """Return our error for one of the database."""
    cause = error.orig
    said = str(cause).strip().splitlines()[0] if cause else str(error)
    if isinstance(error, IntegrityError):
        return Conflict(f"the database refused it: {said}")
    codes = {getattr(cause, "sqlite_errorname", None), getattr(cause, "sqlstate", None)}
    if codes & _BUSY:
        return RegistryBusy(f"another change took longer than {WAIT_S} s: {said}")
    return RegistryUnusable(f"the database cannot be used: {said}")
