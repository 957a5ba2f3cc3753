"""Pools: the ranges of numbers people may claim."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """A pool and its ends."""

    pool: str
    zone: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class AddPool(Request[PoolFacts]):
    """Add a range of numbers that people may claim."""

    name: str
    first: str
    last: str
    zone: str | None = None
    """The zone, where two stand for the numbers."""


@dataclass(frozen=True, slots=True)
class PoolSize(PoolFacts):
    """A pool, its ends, and how many numbers lie between them."""

    size: int


@dataclass(frozen=True, slots=True)
class PoolList:
    """All pools by name."""

    pools: tuple[PoolSize, ...]


@dataclass(frozen=True, slots=True)
class ListPools(Request[PoolList]):
    """List the pools."""


@dataclass(frozen=True, slots=True)
class PoolCard(PoolSize):
    """A pool and how many of its numbers are in which state."""

    free: int
    held: int
    claimed: int
    suspended: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class ShowPool(Request[PoolCard]):
    """Show a pool and how many of its numbers are in which state."""

    name: str


@dataclass(frozen=True, slots=True)
class EditPool(Request[PoolFacts]):
    """Give a pool another name, or other ends; numbers that are claimed stay so."""

    name: str
    new_name: str | None = None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class PoolGone:
    """A pool that was removed."""

    pool: str
    zone: str


@dataclass(frozen=True, slots=True)
class RemovePool(Request[PoolGone]):
    """Remove a pool: its free numbers can no longer be claimed, and claimed ones stay so."""

    name: str
