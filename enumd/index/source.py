"""What a reader knows about an environment between two snapshots.

The heads of the zones, their dictionaries and LMDB's handles are kept and read again only when the
transaction id has changed.
"""

from __future__ import annotations

from pathlib import Path

import lmdb

from enumd.errors import IndexDamaged
from enumd.index.environment import Environment
from enumd.index.faults import fault
from enumd.index.former import former_tables
from enumd.index.layout import Zone
from enumd.index.tables import META_TABLE, ZONES_TABLE, Tables
from enumd.index.view import PublishedZone


def read_head(path: Path, apex: bytes, octets: bytes) -> Zone:
    """Return the head in a row of the table `zones` of the index at *path*.

    Raises:
        IndexDamaged: it cannot be read.
    """
    try:
        return Zone.from_octets(apex, octets)
    except (ValueError, KeyError, TypeError) as error:
        found = f"the head of zone {apex!r} cannot be read ({error!r})"
        raise IndexDamaged(path, found) from error


class ZoneSource:
    """An environment and the zones published in it."""

    def __init__(self, environment: Environment) -> None:
        """Know nothing yet; `begin` reads."""
        self.environment = environment
        self.registry_id = ""
        self.former = False
        """Whether it has the format before; see `former`."""
        self.transaction_id = -1
        self.zones: dict[bytes, PublishedZone] = {}
        self.lengths: tuple[int, ...] = ()
        """The lengths of the apexes in octets, longest first."""
        self.prefixes: dict[str, tuple[bytes, ...]] = {}
        """The apexes by the digits they stand for."""
        self.prefix_lengths: tuple[int, ...] = ()
        """How many digits those are, most first."""
        self.ordered_prefixes: list[str] = []
        """The same digits as text is ordered, so that what goes on from a number is together."""
        self._epoch = -1

    def begin(self) -> lmdb.Transaction[bytes]:
        """Return a read transaction; what this object says of zones is what it sees.

        Raises:
            IndexMissing, IndexForeign, IndexDamaged, IndexUnreachable: it cannot be read.
        """
        environment = self.environment
        try:
            transaction = environment.begin()
            if transaction.id() == self.transaction_id and environment.epoch == self._epoch:
                return transaction
            return self._read(transaction)
        except lmdb.Error as error:
            raise fault(environment.path, error) from error

    def _read(self, transaction: lmdb.Transaction[bytes]) -> lmdb.Transaction[bytes]:
        """Read the heads; return the transaction they were read in, another where need be."""
        environment = self.environment
        try:
            heads = self._heads(transaction)
            while missing := self._not_open(transaction, heads):
                # A transaction knows only the tables that were open when it began.
                transaction.abort()
                environment.open_tables(missing)
                transaction = environment.begin()
                heads = self._heads(transaction)
            self._know(transaction, heads)
        except BaseException:
            transaction.abort()
            raise
        return transaction

    def _heads(self, transaction: lmdb.Transaction[bytes]) -> list[tuple[bytes, Zone]]:
        """Return the rows of the table `zones` and what they say; nothing while it is not open."""
        table = self.environment.tables.get(ZONES_TABLE)
        return [
            (octets, self._zone(apex, octets))
            for apex, octets in (transaction.cursor(table) if table is not None else ())
        ]

    def _zone(self, apex: bytes, octets: bytes) -> Zone:
        """Return the head in a row of the table `zones`."""
        known = self.zones.get(apex)
        if known is not None and known.octets == octets:
            return known.zone
        return read_head(self.environment.path, apex, octets)

    def _not_open(
        self, transaction: lmdb.Transaction[bytes], heads: list[tuple[bytes, Zone]]
    ) -> list[bytes]:
        """Return the names of the tables that are needed and not open."""
        # There are heads only where the tables `zones` and `meta` are open.
        former = bool(heads) and self.environment.is_former(transaction)
        tables = former_tables if former else Tables.numbered
        zones = [name for _, zone in heads for name in tables(zone.table)]
        opened = self.environment.tables
        return [name for name in (META_TABLE, ZONES_TABLE, *zones) if name not in opened]

    def _know(self, transaction: lmdb.Transaction[bytes], heads: list[tuple[bytes, Zone]]) -> None:
        """Keep what *transaction* sees of the zones."""
        environment = self.environment
        known = self.zones if environment.epoch == self._epoch else {}
        self.registry_id = environment.registry_id(transaction)
        self.former = environment.is_former(transaction)
        self.zones = {}
        for octets, zone in heads:
            before = known.get(zone.apex)
            # Equal heads are heads of equal names and dictionaries (see Zone.changed).
            if before is None or before.octets != octets:
                before = PublishedZone.read(
                    environment, transaction, zone, octets, former=self.former
                )
            self.zones[zone.apex] = before
        self.lengths = tuple(sorted({len(apex) for apex in self.zones}, reverse=True))
        self._know_prefixes()
        self.transaction_id = transaction.id()
        self._epoch = environment.epoch

    def _know_prefixes(self) -> None:
        """Sort the apexes by the digits they stand for."""
        found: dict[str, list[bytes]] = {}
        for apex, published in sorted(self.zones.items()):
            found.setdefault(published.zone.prefix, []).append(apex)
        self.ordered_prefixes = sorted(found)
        self.prefixes = {prefix: tuple(apexes) for prefix, apexes in found.items()}
        self.prefix_lengths = tuple(sorted({len(prefix) for prefix in found}, reverse=True))
