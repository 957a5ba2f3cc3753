"""A home made, and brought up to a newer program."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request
from enumd.operations.zone import NameServer


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool that a new home is to have."""

    name: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class HomeMade:
    """A new home, its zone and its pools."""

    home: str
    zone: str
    prefix: str
    serial: int
    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MakeHome(Request[HomeMade]):
    """Make a new directory of numbers: configuration, registry, zone, pools, index."""

    apex: str
    prefix: str | None = None
    name_servers: tuple[NameServer, ...] = ()
    pools: tuple[NewPool, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaUpgraded:
    """What became of the schema of a registry."""

    from_: str
    to: str
    copy: str | None
    """Where it is kept as it was."""

    @property
    def changed(self) -> bool:
        """Tell whether there was anything to do."""
        return self.from_ != self.to


@dataclass(frozen=True, slots=True)
class UpgradeRegistry(Request[SchemaUpgraded]):
    """Bring the registry of an older enumd up to this one; a SQLite registry is copied first."""
