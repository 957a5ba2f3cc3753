"""Whether registry and index agree, and when the registry was changed last."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class ZoneAgreement:
    """What comparing a zone of the registry with what is published came to."""

    zone: str
    serial: int
    names: int
    """How many are published."""
    compared: int
    """How many of them were compared."""
    states: int
    """How many states were compared: of numbers that are suspended or in quarantine."""
    faults: tuple[str, ...]
    """What differs; nothing where both agree."""


@dataclass(frozen=True, slots=True)
class RegistryHealth:
    """How the registry is, and what is published of it."""

    changed: str | None
    """When the log was written last; None: never."""
    zones: tuple[ZoneAgreement, ...]
    former_format: bool = False
    """What is published has the format before that of this program."""
    fault: str | None = None
    """Why nothing could be compared."""
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class ExamineRegistry(Request[RegistryHealth]):
    """Compare what is published with what the registry says."""

    sample: int | None = 1000
    """How many names of a zone are compared; None: all."""
