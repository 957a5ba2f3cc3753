"""A SQLite registry opened for reading alone.

A reader of a file in WAL mode uses two files beside it. Where they are not there and the folder
cannot be written, SQLite refuses; the file is complete by itself then, and is read as one that
nobody changes.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

from enumd.errors import RegistryUnusable
from enumd.registry.faults import WAIT_S

_log: Final = logging.getLogger("enumd.registry")

_CANNOT_OPEN: Final = frozenset({"SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY"})


def check_there(path: Path) -> None:
    """Refuse a SQLite file that is not there.

    Raises:
        RegistryUnusable: it is not.
    """
    if not path.is_file():
        raise RegistryUnusable(f"there is no registry at {path}").advise(
            "If this is a new home, make one: `enumd init --apex NAME`. If there was one, check "
            "--home and url under [registry], or put its backup back."
        )


def reading_engine(target: URL) -> Engine:
    """Return an engine for the SQLite file of *target* that cannot change anything.

    Raises:
        RegistryUnusable: there is no file.
    """
    path = Path(str(target.database))
    check_there(path)
    engine = create_engine(target, creator=lambda: _connected(path))

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")  # one snapshot for all that is read

    return engine


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection to *path*, for reading alone."""
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError as error:
        log = path.with_name(f"{path.name}-wal")
        unread = log.exists() and log.stat().st_size
        if error.sqlite_errorname not in _CANNOT_OPEN or unread:
            raise
        _log.warning(
            "%s cannot be written: the registry is read as it was last closed", path.parent
        )
        return _opened(path, "mode=ro&immutable=1")


def _opened(path: Path, how: str) -> sqlite3.Connection:
    """Return a connection to *path* that has seen that it can be read."""
    url = f"file:{quote(str(path.absolute()))}?{how}"
    connection = sqlite3.connect(
        url, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
