"""What the doctor says of one thing: how it is, and what helps where it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enumd.cli.layout import Record


class Health(StrEnum):
    """What the doctor says of one thing."""

    WELL = "well"
    ODD = "odd"
    """Nothing is broken, and somebody should know."""
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing the doctor looked at, and what helps where it is not well."""

    what: str
    health: Health
    text: str
    remedy: str = ""

    def fields(self) -> Record:
        """Return the finding as plain values."""
        return {
            "what": self.what,
            "health": self.health.value,
            "text": self.text,
            "remedy": self.remedy or None,
        }


def well(what: str, text: str) -> Diagnosis:
    """Return a finding that nothing is wrong."""
    return Diagnosis(what, Health.WELL, text)


def odd(what: str, text: str, remedy: str) -> Diagnosis:
    """Return a finding that somebody should know of."""
    return Diagnosis(what, Health.ODD, text, remedy)


def ill(what: str, text: str, remedy: str) -> Diagnosis:
    """Return a finding that something is wrong."""
    return Diagnosis(what, Health.ILL, text, remedy)
