"""The registry as a database: made, opened, upgraded, read and changed.

SQLite runs in WAL mode with `synchronous` FULL: every commit is forced to the disk before it is
acknowledged, because a number somebody was told is theirs must survive a power failure. NORMAL
would lose the last commits then, and save nothing where it matters: an import of a million
numbers is one commit. A commit costs about 0.3 ms. PostgreSQL keeps its default, which is the
same promise.

A transaction that changes something begins as BEGIN IMMEDIATE on SQLite, so it never has to give
up half way because another writer was faster; writers take turns in the order they came. Readers
see one snapshot, wait for nobody and block nobody: `Registry.open_reading` needs no right to write,
and works on a standby of PostgreSQL.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    insert,
    inspect,
    text,
)
from sqlalchemy.orm import Session

from enumd.errors import Conflict, RegistryUnusable
from enumd.registry.changes import Actor, Change
from enumd.registry.engines import (
    explaining,
    is_file,
    open_engine,
    read_url,
    show_place,
    to_read,
    to_write,
)
from enumd.registry.faults import READ_ONLY, STANDBY
from enumd.registry.lifecycle import DEFAULT_POLICY, Policy
from enumd.registry.migrations import HEAD, REVISIONS, upgrade
from enumd.registry.reading import check_there, reading_engine
from enumd.registry.schema import MetaRow
from enumd.registry.turns import turn

Reading = Session
"""A session that sees one snapshot and changes nothing, as `Registry.read` gives it."""

_MUCH: Final = (
    "PRAGMA foreign_keys = OFF",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA cache_size = -262144",
)
"""What an import sets for itself; the cache in KiB."""

_ENCODING: Final = "UTF8"


class Registry:
    """The system of record, opened. Close it, or use it as a context manager."""

    def __init__(
        self, engine: Engine, registry_id: str, policy: Policy, reading_from: str | None = None
    ) -> None:
        """Keep what `create`, `open` and `open_reading` found; use those.

        *reading_from* is the url of a registry that was opened for reading alone.
        """
        self.registry_id = registry_id
        self._reading_from = reading_from
        self.policy = policy
        self._engine = engine
        self._writing = to_write(engine)
        self._reading = engine
        if engine.dialect.name == "postgresql":
            self._reading = to_read(engine)

    @classmethod
    def create(cls, url: str, policy: Policy = DEFAULT_POLICY) -> Registry:
        """Make a new registry at *url*: `sqlite:////path/registry.db` or `postgresql://…`.

        The SQLite file is readable by its owner alone before anything is in it. All tables come in
        one transaction, so what an interrupted creation left behind is simply used.

        Raises:
            Conflict: there is a registry already.
            RegistryUnusable: the place cannot be used.
        """
        target = read_url(url)
        if is_file(target):
            _make_file(Path(str(target.database)))
        engine = open_engine(target)
        with explaining(target, engine), to_write(engine).begin() as connection:
            _check_encoding(connection, target)
            if inspect(connection).get_table_names():
                raise Conflict(
                    f"{show_place(target)} has tables already, and a registry needs its own"
                ).advise("Use the registry that is there, or give another url under [registry].")
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
        target = read_url(url)
        if is_file(target):
            _check_file(Path(str(target.database)))
        engine = open_engine(target)
        beginning = to_write(engine) if migrate else engine
        with explaining(target, engine), beginning.begin() as connection:
            _check_writable(connection, target)
            _check_version(connection, target, migrate=migrate)
            return cls(engine, _registry_id(connection), policy)

    @classmethod
    def open_reading(cls, url: str, policy: Policy = DEFAULT_POLICY) -> Registry:
        """Open the registry at *url* for reading alone: it needs no lock and no right to write.

        Raises:
            RegistryUnusable: it is missing, not readable, not a registry, or of another version.
        """
        target = read_url(url)
        engine = reading_engine(target) if is_file(target) else to_read(open_engine(target))
        with explaining(target, engine), engine.begin() as connection:
            _check_version(connection, target, migrate=False)
            return cls(engine, _registry_id(connection), policy, url)

    @contextmanager
    def writable(self) -> Iterator[Registry]:
        """Give this registry for writing: opened once more where it was opened for reading alone.

        Raises:
            RegistryUnusable: it is not writable.
        """
        if self._reading_from is None:
            yield self
            return
        with Registry.open(self._reading_from, self.policy) as registry:
            yield registry

    @contextmanager
    def change(self, actor: Actor, now_s: int) -> Iterator[Change]:
        """Open one transaction in which *actor* changes something; leaving it commits.

        An exception leaves everything as it was.

        Raises:
            RegistryBusy: others were writing for longer than `WAIT_S`.
            RegistryUnusable: the database failed.
            Conflict: a rule of the database itself was broken.
        """
        with (
            self._turn(),
            explaining(self._engine.url),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield Change(session, actor, int(now_s), self.policy)

    @contextmanager
    def change_much(self, actor: Actor, now_s: int, takes_s: float) -> Iterator[Change]:
        """Open a transaction as `change` does, for the rows of an import, which were checked.

        It may take *takes_s* once it is its turn; others who wait are patient for so long. On
        SQLite it looks at no foreign key, has room for more pages, and leaves it until others
        may go on to bring the pages from the log into the database.

        Raises:
            As `change`.
        """
        if not is_file(self._engine.url):
            with self.change(actor, now_s) as change:
                yield change
            return
        with explaining(self._engine.url), self._writing.connect() as connection:
            driver: Any = connection.connection.driver_connection
            connection.detach()  # what is set here goes with it
            for pragma in _MUCH:
                driver.execute(pragma)
            with (
                self._turn(takes_s),
                Session(connection, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield Change(session, actor, int(now_s), self.policy)
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that sees one snapshot and changes nothing."""
        with (
            explaining(self._engine.url),
            Session(self._reading, autoflush=False) as session,
        ):
            yield session

    def _turn(self, takes_s: float = 0) -> AbstractContextManager[None]:
        """Return the wait for this writer's turn; PostgreSQL sees to that itself."""
        if not is_file(self._engine.url):
            return nullcontext()
        return turn(Path(f"{self._engine.url.database}-queue"), takes_s=takes_s)

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


def _make_file(path: Path) -> None:
    """Make an empty file that only its owner can read, unless there is one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise RegistryUnusable(f"cannot make {path}: {error.strerror}").advise(
            "Check who owns the folder and the room on its disk, or give another place with --home."
        ) from None


def _check_file(path: Path) -> None:
    """Refuse a SQLite file that is not there, or that this user may not write."""
    check_there(path)
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            why = f"{place} is not writable; SQLite needs the file and its folder"
            raise RegistryUnusable(why).advise(READ_ONLY.advice)


def _check_writable(connection: Connection, target: URL) -> None:
    """Refuse a PostgreSQL server that takes no changes, such as a standby."""
    if is_file(target):
        return
    _check_encoding(connection, target)
    if connection.scalar(text("SHOW transaction_read_only")) == "on":
        why = f"{show_place(target)} is read-only: is it a standby?"
        raise RegistryUnusable(why).advise(STANDBY.advice)


def _check_encoding(connection: Connection, target: URL) -> None:
    """Refuse a PostgreSQL database that cannot hold every name there is."""
    if is_file(target):
        return
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != _ENCODING:
        name = f"the database {target.database} is encoded in {encoding}"
        raise RegistryUnusable(f"{name}, and a registry needs {_ENCODING}").advise(
            "Make one with `createdb -E UTF8 -T template0 NAME`, and name it under [registry]."
        )


def _check_version(connection: Connection, target: URL, *, migrate: bool) -> None:
    """Refuse a database of another schema version, or bring an older one up to date."""
    where = show_place(target)
    if not inspect(connection).has_table("alembic_version"):
        raise RegistryUnusable(f"{where} is a database, but holds no registry").advise(
            "Check --home and url under [registry]. `enumd init` makes one in an empty database."
        )
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version == HEAD:
        return
    if version not in REVISIONS:
        why = f"its schema is {version}, newer than {HEAD}, the newest this enumd knows"
        raise RegistryUnusable(f"{where}: {why}; use the enumd that wrote it").advise(
            "Install that enumd or a later one (`enumd --version`). Nothing was changed."
        )
    if not migrate:
        why = f"its schema is {version} and this enumd needs {HEAD}"
        raise RegistryUnusable(f"{where}: {why}; back it up and upgrade it").advise(
            "Run `enumd upgrade`: it copies a SQLite registry before it changes anything."
        )
    upgrade(connection)


def _registry_id(connection: Connection) -> str:
    """Return the id a registry was made with."""
    return str(connection.scalar(text("SELECT value FROM meta WHERE name = 'registry_id'")))
