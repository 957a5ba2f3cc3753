"""Reading the published index: snapshots that never block and never see half a change.

    reader = IndexReader(path)
    with reader.snapshot() as snapshot:
        view = snapshot.zone_of(qname)
        answer = view.get(key)

A reader belongs to one thread. Its snapshots are LMDB read transactions; what is costly about a
zone (its head, its dictionaries) is read again only when the transaction id says that something
was published.
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

import lmdb

from enumd.errors import IndexFault, IndexMissing
from enumd.index.directory import identity
from enumd.index.environment import attach
from enumd.index.faults import fault
from enumd.index.source import ZoneSource
from enumd.index.view import PublishedZone, ZoneView

_log: Final = logging.getLogger("enumd.index")

LOOK_S: Final = 0.1
"""How often a snapshot looks whether the directory has been replaced by another."""


@dataclass(frozen=True, slots=True)
class IndexStatistics:
    """What an index holds and costs."""

    map_octets: int
    used_octets: int
    """Octets of the file, pages free to be used again included."""
    zones: int
    names: int
    readers: int
    """Processes that have a slot in the lock file."""
    transaction_id: int


class IndexReader:
    """The published index at a path, opened for reading."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the index at *path*; *clock* gives seconds.

        Raises:
            IndexMissing: nothing has been published there.
            IndexForeign: it is something else, or of another format version.
            IndexDamaged: it is torn.
            IndexUnreachable: the operating system refuses.
        """
        self.path = path
        self._clock = clock
        self._look_at_s = clock() + LOOK_S
        self._refused: tuple[int, int] | None = None
        self._closed = False
        self._source = _read(path)

    def __enter__(self) -> IndexReader:
        """Return this reader; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the reader."""
        self.close()

    def close(self) -> None:
        """Give the index back; no snapshot may be open."""
        if not self._closed:
            self._closed = True
            self._source.environment.release()

    @property
    def registry_id(self) -> str:
        """Return the id of the registry that publishes here."""
        return self._source.registry_id

    @property
    def is_former(self) -> bool:
        """Tell whether it has the format before, which the next publication renews."""
        return self._source.former

    def snapshot(self) -> Snapshot:
        """Return a context manager: the index as it is when the block is entered.

        Raises (on entering):
            IndexDamaged, IndexForeign, IndexUnreachable: it cannot be used any more.
        """
        if self._clock() >= self._look_at_s or not self._source.environment.is_open:
            self._look()
        return Snapshot(self._source)

    def statistics(self) -> IndexStatistics:
        """Return what the index holds and costs now."""
        with self.snapshot() as snapshot:
            handle = self._source.environment.handle
            info = handle.info()
            return IndexStatistics(
                map_octets=info["map_size"],
                used_octets=(info["last_pgno"] + 1) * handle.stat()["psize"],
                zones=len(snapshot.zones),
                names=sum(view.zone.names for view in snapshot.zones.values()),
                readers=len(_readers(handle.readers())),
                transaction_id=snapshot.transaction_id,
            )

    def _look(self) -> None:
        """Go over to another directory that stands at the path now, once it can be used.

        Until then what was published last goes on being answered.
        """
        self._look_at_s = self._clock() + LOOK_S
        environment = self._source.environment
        found = identity(self.path)
        if found in (None, environment.key) or environment.snapshots:
            return
        try:
            self._source = _read(self.path)
        except IndexMissing:
            return  # it is being made again
        except IndexFault as error:
            if found != self._refused:
                self._refused = found
                _log.warning("replacement-refused why=%s", error)
            return
        environment.release()


class Snapshot:
    """The index as of one transaction; usable inside its `with` block only."""

    __slots__ = ("_source", "_transaction", "edition", "transaction_id", "views")

    def __init__(self, source: ZoneSource) -> None:
        """Take what `IndexReader.snapshot` gives."""
        self._source = source

    def __enter__(self) -> Snapshot:
        """Begin the read transaction."""
        source = self._source
        self._transaction = source.begin()
        source.environment.snapshots += 1
        self.transaction_id = source.transaction_id
        self.edition = (source.environment.key, source.transaction_id)
        """The same for all snapshots of one publication, in whichever directory it stands."""
        self.views = _Views(source.zones, self._transaction)
        """The zones by apex, a view made when it is first asked for; KeyError for another apex."""
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        __: TracebackType | None,
    ) -> None:
        """End it; what LMDB raised in the block becomes an error of our tree."""
        self._source.environment.snapshots -= 1
        self._transaction.abort()
        # LMDB's slot is free again when nothing refers to the transaction any more.
        del self._transaction, self.views.transaction
        self.views.clear()
        if isinstance(error, lmdb.Error):
            raise fault(self._source.environment.path, error) from error

    @property
    def zones(self) -> Mapping[bytes, ZoneView]:
        """Return the zones by apex (uncompressed wire octets in lower case)."""
        return _Zones(self)

    def zone_of(self, qname: bytes) -> ZoneView | None:
        """Return the zone *qname* belongs to: that with the longest apex at its end, or None.

        *qname* is uncompressed wire octets in lower case, the root label included.
        """
        published = self._source.zones
        for length in self._source.lengths:
            apex = qname[-length:]
            if apex in published and _begins_label(qname, len(qname) - length):
                return self.views[apex]
        return None

    def apexes_for(self, digits: str) -> Iterator[tuple[bytes, str]]:
        """Yield apex and prefix of the zones a number is in, those with most digits first.

        The number may be the apex itself: then its digits are the prefix.
        """
        prefixes = self._source.prefixes
        for length in self._source.prefix_lengths:
            prefix = digits[:length]
            if length <= len(digits) and prefix in prefixes:
                for apex in prefixes[prefix]:
                    yield apex, prefix

    def goes_on(self, digits: str) -> bool:
        """Tell whether a zone stands for digits that begin with these, or for these themselves."""
        ordered = self._source.ordered_prefixes
        place = bisect_left(ordered, digits)
        return place < len(ordered) and ordered[place].startswith(digits)


class _Views(dict[bytes, ZoneView]):
    """Views of the zones of a snapshot by apex: those that were asked for."""

    __slots__ = ("_published", "transaction")

    def __init__(
        self, published: dict[bytes, PublishedZone], transaction: lmdb.Transaction[bytes]
    ) -> None:
        self._published = published
        self.transaction = transaction

    def __missing__(self, apex: bytes) -> ZoneView:
        view = self[apex] = ZoneView(self._published[apex], self.transaction)
        return view


class _Zones(Mapping[bytes, ZoneView]):
    """The zones of a snapshot by apex; a view is made when it is asked for."""

    __slots__ = ("_snapshot",)

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def __getitem__(self, apex: bytes) -> ZoneView:
        return self._snapshot.views[apex]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._snapshot._source.zones)

    def __len__(self) -> int:
        return len(self._snapshot._source.zones)


def _readers(table: str) -> set[str]:
    """Return the process ids in the table of readers that LMDB prints: a heading, then rows."""
    return {row.split()[0] for row in table.splitlines()[1:] if row.strip()}


def _read(path: Path) -> ZoneSource:
    """Return what is published at *path*."""
    environment = attach(path)
    try:
        source = ZoneSource(environment)
        source.begin().abort()
    except BaseException:
        environment.release()
        raise
    return source


def _begins_label(qname: bytes, start: int) -> bool:
    """Tell whether a label of *qname* begins at *start*."""
    place = 0
    while place < start:
        place += qname[place] + 1
    return place == start
