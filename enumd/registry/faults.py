"""What the errors of a database mean, each with the step that helps in its case.

A fault never ends in the advice to begin anew: whoever follows it must not lose what is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError, IntegrityError

from enumd.errors import Conflict, RegistryBusy, RegistryUnusable

WAIT_S: Final = 15
"""How long a change waits for another to finish."""


class Fault(NamedTuple):
    """What is wrong, and what to do about it."""

    what: str
    advice: str


_KEPT: Final = "Nothing was changed, and servers go on answering."
_UNSURE: Final = (
    "If a change was under way, look whether it was made before you repeat it: `enumd number log`. "
    "Servers go on answering."
)

FULL: Final = Fault(
    "the disk is full", f"Make room on the disk of the registry, and run it again. {_KEPT}"
)
READ_ONLY: Final = Fault(
    "it takes no changes",
    "Check that the disk is mounted for writing, and that this user may write the file and its "
    f"folder; then run it again. {_KEPT}",
)
DAMAGED: Final = Fault(
    "it is damaged",
    "Copy the registry away as it is, restore the latest backup in its place, and run "
    "`enumd publish`. Until then servers go on answering what was published last.",
)
NO_DATABASE_FILE: Final = Fault(
    "it is not a database",
    "Check --home and the url under [registry]. If a registry should be there, restore the latest "
    "backup and run `enumd publish`.",
)
FAILING: Final = Fault(
    "the disk fails",
    f"Look at the log of the system for errors of the disk, and back up what can be read. {_KEPT}",
)
CLOSED: Final = Fault(
    "it cannot be opened",
    "Check that the file and its folder are there and that this user may use them.",
)
DOWN: Final = Fault(
    "the database server cannot be reached",
    f"Check that PostgreSQL is running there, and the url under [registry]. {_UNSURE}",
)
STARTING: Final = Fault(
    "the database server is starting or stopping", f"Wait a moment and run it again. {_UNSURE}"
)
CROWDED: Final = Fault(
    "the database server has no connection left",
    f"Close other clients, or raise max_connections of PostgreSQL; then run it again. {_KEPT}",
)
STANDBY: Final = Fault(
    "it takes no changes: it is a standby, or set to read-only",
    f"Make changes at the primary, by its url under [registry]; reading works here. {_KEPT}",
)
LOGIN: Final = Fault(
    "the database server refuses the login",
    "Check user and password in the url under [registry], and pg_hba.conf of PostgreSQL.",
)
NO_DATABASE: Final = Fault(
    "there is no such database",
    "Check the name in the url under [registry]; `createdb -E UTF8 -T template0 NAME` makes one.",
)
FORBIDDEN: Final = Fault(
    "this user may not do that in the database",
    "Let the user own the tables of the registry, or connect as the one who does: "
    f"see the url under [registry]. {_KEPT}",
)
MEMORY: Final = Fault(
    "the database server is out of memory", f"Give it more, and run it again. {_KEPT}"
)
OTHER: Final = Fault(
    "the database cannot be used", f"`--debug` shows which statement it refused. {_KEPT}"
)

_SQLITE: Final = {
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": NO_DATABASE_FILE,
    "SQLITE_IOERR": FAILING,
    "SQLITE_CANTOPEN": CLOSED,
    "SQLITE_PERM": CLOSED,
}
"""By the beginning of what SQLite calls its error."""

_POSTGRESQL: Final = {
    "53100": FULL,
    "53200": MEMORY,
    "53300": CROWDED,
    "25006": STANDBY,
    "42501": FORBIDDEN,
    "57P": STARTING,
    "08": DOWN,
    "28": LOGIN,
    "3D000": NO_DATABASE,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
"""By the beginning of the SQLSTATE."""

_CONNECTING: Final = {
    "too many clients": CROWDED,
    "connection slots": CROWDED,
    "too many connections": CROWDED,
    "authentication failed": LOGIN,
    "pg_hba.conf": LOGIN,
    "no password supplied": LOGIN,
    'role "': LOGIN,
    'database "': NO_DATABASE,
    "starting up": STARTING,
    "shutting down": STARTING,
    "not accepting connections": STARTING,
}
"""By what PostgreSQL says to a connection it refuses; the driver gives no SQLSTATE then."""

_PAGES_OCTETS: Final = 1 << 16
"""What SQLite takes at once, for the memory that readers and writers share, is 32 KiB."""

_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40P01", "40001")
"""What SQLite and PostgreSQL say when others were writing for too long."""


def translate(error: DBAPIError, where: str) -> Conflict | RegistryBusy | RegistryUnusable:
    """Return our error for one of the database at *where*."""
    said = " ".join(str(error.orig).split()) if error.orig else str(error)
    if isinstance(error, IntegrityError):
        return Conflict(f"the database refused it: {said}").advise(
            "Nothing was changed. Somebody may have changed the same at that moment: look with "
            "`show` or `list`, then run it again."
        )
    name = _name(error)
    if name.startswith(_BUSY):
        return busy(said)
    fault = _fault(name, said, connecting=error.statement is None)
    if fault is FAILING and _is_full(where):
        fault = FULL  # SQLite says so only where it writes to the file itself
    return RegistryUnusable(f"{where}: {fault.what}: {said}").advise(fault.advice)


def _is_full(path: str) -> bool:
    """Tell whether there is no room for a page of SQLite on the disk of the file at *path*."""
    try:
        return shutil.disk_usage(Path(path).parent).free < _PAGES_OCTETS
    except OSError:
        return False


def busy(why: str) -> RegistryBusy:
    """Return the error of a change that did not get its turn."""
    return RegistryBusy(f"another change took longer than {WAIT_S} s: {why}")


def _name(error: DBAPIError) -> str:
    """Return what the database calls *error*, as far as it says so."""
    cause = error.orig
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""


def _fault(name: str, said: str, *, connecting: bool) -> Fault:
    """Return the fault behind the error *name*, or behind what was *said* to a connection."""
    for beginning, fault in (_SQLITE | _POSTGRESQL).items():
        if name.startswith(beginning):
            return fault
    if name or not connecting:
        return OTHER
    return next((fault for part, fault in _CONNECTING.items() if part in said), DOWN)
