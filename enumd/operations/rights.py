"""Who may do what. One function decides, for every door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from enumd.operations.actor import Doer, Role


class Reach(StrEnum):
    """How far an operation goes for a role."""

    NOTHING = "nothing"
    OPEN = "open"
    """Numbers of a pool that is open to all."""
    OWN = "own"
    """A holder's own numbers; those that a registrar looks after."""
    ALL = "all"


Who = Mapping[Role, Reach]
"""What an operation is for each role; a role that is not named may do nothing."""

OPERATORS: Final[Who] = {Role.OPERATOR: Reach.ALL}
OWNERS: Final[Who] = {**OPERATORS, Role.REGISTRAR: Reach.OWN, Role.HOLDER: Reach.OWN}
REGISTRARS: Final[Who] = {**OPERATORS, Role.REGISTRAR: Reach.OWN}
READERS: Final[Who] = dict.fromkeys(
    (Role.OPERATOR, Role.REGISTRAR, Role.HOLDER, Role.READER), Reach.ALL
)
SUBJECTS: Final[Who] = {**OWNERS, Role.READER: Reach.ALL}
EVERYBODY: Final[Who] = dict.fromkeys(Role, Reach.ALL)
CLAIMANTS: Final[Who] = {
    **dict.fromkeys(Role, Reach.OPEN),
    Role.OPERATOR: Reach.ALL,
    Role.REGISTRAR: Reach.OWN,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom that belongs to which something is done to; nothing is anybody's if nothing is said."""

    holder: str | None = None
    registrar: str | None = None
    in_open_pool: bool = False


NOBODYS: Final = Subject()


def named_in(request: object) -> Subject:
    """Return the parties that *request* itself says it is about."""
    registrar = getattr(request, "registrar", None) or getattr(request, "party", None)
    return Subject(getattr(request, "holder", None), registrar)


@dataclass(frozen=True, slots=True)
class Permission:
    """Yes, or why not."""

    why_not: str = ""

    def __bool__(self) -> bool:
        """Tell whether it is a yes."""
        return not self.why_not


def allowed(doer: Doer, name: str, who: Who, subject: Subject = NOBODYS) -> Permission:
    """Decide whether *doer* may do the operation called *name*, open to *who*, to *subject*.

    ::

        reach of the role    whose the subject is                       verdict
        nothing              anybody's                                  no
        open                 a number of an open pool                   yes
        open                 any other                                  no
        own                  a holder's, and the holder acts            yes
        own                  a registrar's, and the registrar acts      yes
        own                  somebody else's or nobody's                no
        all                  anybody's                                  yes

    Nobody in particular owns nothing, and who owns something in another role acts in that role.
    """
    reach = who.get(doer.role, Reach.NOTHING)
    if reach is Reach.ALL or (reach is Reach.OPEN and subject.in_open_pool):
        return Permission()
    if reach is Reach.OWN and doer.party is not None and doer.party == _owner(doer.role, subject):
        return Permission()
    return Permission(f"{_WHY_NOT[reach]} ({name}, as {doer.role})")


def _owner(role: Role, subject: Subject) -> str | None:
    """Return who owns *subject* as far as *role* goes."""
    return subject.registrar if role is Role.REGISTRAR else subject.holder


_WHY_NOT: Final = {
    Reach.NOTHING: "this is not for everybody",
    Reach.OPEN: "this is for numbers of an open pool alone",
    Reach.OWN: "this is for one's own numbers alone",
}
