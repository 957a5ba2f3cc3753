"""How the database of a registry is reached: its url, and engines that begin as we say.

A transaction that changes something begins as BEGIN IMMEDIATE on SQLite; on PostgreSQL one that
only reads sees one snapshot. What a database says is turned into our errors here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from enumd.errors import RegistryUnusable
from enumd.registry.faults import WAIT_S, translate

PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {WAIT_S * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # The log of a large import is given back once it has been copied into the database.
    "PRAGMA journal_size_limit = 67108864",
    # Without it INSERT OR REPLACE deletes a row and no trigger of the change log notices.
    "PRAGMA recursive_triggers = ON",
)

_URL: Final = (
    "Correct url under [registry] in enumd.toml: sqlite:////path/registry.db, or "
    "postgresql://user@host/database; without one the registry is in --home."
)


def read_url(url: str) -> URL:
    """Return *url* with the driver we use, refusing what is neither a file nor PostgreSQL."""
    try:
        target = make_url(url)
    except ArgumentError:
        raise RegistryUnusable(f"{url!r} is not a database url").advise(_URL) from None
    backend = target.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return target.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise RegistryUnusable(f"{backend} is not supported; use sqlite or postgresql").advise(_URL)
    if target.database in (None, "", ":memory:"):
        why = "a registry in memory would be lost at once; give a path"
        raise RegistryUnusable(why).advise(_URL)
    return target.set(drivername="sqlite+pysqlite")


def show_place(target: URL) -> str:
    """Return where the registry is, without the password."""
    return str(target.database) if is_file(target) else target.render_as_string()


def is_file(target: URL) -> bool:
    """Tell whether *target* is SQLite."""
    return target.get_backend_name() == "sqlite"


def open_engine(target: URL) -> Engine:
    """Return an engine whose transactions begin when and how we say."""
    if not is_file(target):
        return _postgresql(target)
    engine = create_engine(target)

    # The driver would begin a transaction before INSERT but not before SELECT or CREATE TABLE.
    @event.listens_for(engine, "connect")
    def _connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        for pragma in PRAGMAS:
            connection.execute(pragma)  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("begin", "BEGIN")
        connection.exec_driver_sql(begin)

    return engine


def to_read(engine: Engine) -> Engine:
    """Return *engine* of PostgreSQL with transactions that see one snapshot and cannot write."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def to_write(engine: Engine) -> Engine:
    """Return *engine* with transactions that are going to write."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def _postgresql(target: URL) -> Engine:
    """Return an engine for PostgreSQL; its driver may be missing."""
    options = f"-c lock_timeout={WAIT_S * 1000}"
    try:
        return create_engine(target, connect_args={"options": options, "connect_timeout": WAIT_S})
    except ImportError as error:
        why = f"{show_place(target)} needs psycopg, the driver for PostgreSQL ({error})"
        raise RegistryUnusable(why).advise(
            "Install it: pip install 'enumd[postgresql]'. Nothing was changed."
        ) from None


@contextmanager
def explaining(target: URL, engine: Engine | None = None) -> Iterator[None]:
    """Turn what the database at *target* says into our errors; dispose of *engine* then."""
    try:
        yield
    except BaseException as error:
        if engine is not None:
            engine.dispose()
        if isinstance(error, DBAPIError):
            raise translate(error, show_place(target)) from error
        raise
