"""A registry of an older schema brought up to this program's, with a copy of it kept."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError

from enumd.errors import RegistryUnusable
from enumd.registry.database import Registry
from enumd.registry.engines import read_url
from enumd.registry.migrations import HEAD


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What became of a registry's schema."""

    from_revision: str
    to_revision: str
    copy: Path | None
    """What it was before; None for PostgreSQL, and where nothing was to be done."""

    @property
    def changed(self) -> bool:
        """Tell whether there was anything to do."""
        return self.from_revision != self.to_revision


def upgrade(url: str) -> Upgraded:
    """Bring the registry at *url* to the schema of this program, in one transaction.

    A SQLite file is copied beside itself before, `registry.db` to `registry.db.0001`, by the
    database's own means, so that what is in its write-ahead log comes along.

    Raises:
        RegistryUnusable: it is missing, no registry, newer than this program, or the copy fails.
    """
    target = read_url(url)
    before = _revision(target)
    copy = None
    if before not in (None, HEAD) and target.get_backend_name() == "sqlite":
        copy = _copy(Path(str(target.database)), str(before))
    Registry.open(url, migrate=True).close()
    return Upgraded(before or HEAD, HEAD, copy)


def _revision(target: URL) -> str | None:
    """Return the schema revision of the registry at *target*; None where that cannot be told."""
    if target.get_backend_name() == "sqlite" and not Path(str(target.database)).is_file():
        return None
    engine = create_engine(target)
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except DBAPIError:
        return None  # opening it says why, better than could be said here
    finally:
        engine.dispose()


def _copy(path: Path, revision: str) -> Path:
    """Copy the SQLite file *path* beside itself and return where to; never over another copy."""
    copy = path.with_name(f"{path.name}.{revision}")
    if copy.exists():
        raise RegistryUnusable(f"{copy} is there already").advise(
            f"It is the copy of an earlier upgrade: move it away, then run this again. "
            f"{path} was not changed."
        )
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with (
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except (sqlite3.Error, OSError) as error:
        copy.unlink(missing_ok=True)
        raise RegistryUnusable(f"cannot copy {path} to {copy}: {error}").advise(
            f"Make room, or make the directory writable; {path} was not changed."
        ) from None
    return copy
