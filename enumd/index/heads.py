"""What can still be read of an index that may be damaged: whose it is, and the heads of its zones.

LMDB may end a process that reads scrambled pages, so another process reads them.
"""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from enumd.errors import IndexFault
from enumd.index.environment import attach
from enumd.index.layout import Zone
from enumd.index.tables import META_TABLE, ZONES_TABLE

WAIT_S: Final = 30.0
"""How long the other process may take: scrambled pages may lead round in a circle."""


def surviving_heads(path: Path, registry_id: str) -> tuple[Zone, ...] | None:
    """Return the heads of the zones in the index at *path*, as far as they can be read.

    None: it cannot be recognised as an index of the registry with that id, or there is none.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=tell_heads, args=(path, registry_id, sender), daemon=True)
    process.start()
    sender.close()
    try:
        found: tuple[Zone, ...] | None = receiver.recv() if receiver.poll(WAIT_S) else None
    except EOFError:  # the process has died of it
        found = None
    process.kill()
    process.join()
    receiver.close()
    return found


def tell_heads(path: Path, registry_id: str, sender: Connection) -> None:
    """Send what `surviving_heads` returns."""
    found = None
    with suppress(IndexFault, ValueError, OSError):
        found = _heads(path, registry_id)
    sender.send(found)


def _heads(path: Path, registry_id: str) -> tuple[Zone, ...] | None:
    """Read the heads; raise IndexFault where there is nothing to be read."""
    environment = attach(path)
    heads = []
    try:
        environment.open_tables((META_TABLE, ZONES_TABLE))
        with environment.begin() as transaction:
            if environment.registry_id(transaction) != registry_id:
                return None
            for apex, octets in transaction.cursor(environment.tables[ZONES_TABLE]):
                with suppress(ValueError, KeyError, TypeError, StopIteration):
                    heads.append(Zone.from_octets(apex, octets))
    finally:
        environment.release()
    return tuple(heads)
