"""Parties: who holds numbers, who provisions them, who runs the registry."""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import Final

from sqlalchemy import Insert, or_, select
from sqlalchemy.orm import Session

from enumd.errors import Conflict, NotFound, PolicyRefused
from enumd.registry.changes import Change, Json
from enumd.registry.schema import PartyRow


class PartyKind(StrEnum):
    """What a party is to the registry."""

    HOLDER = "holder"
    REGISTRAR = "registrar"
    OPERATOR = "operator"


def holder(change: Change, contact: str) -> PartyRow:
    """Return the party called *contact*; a mail address nobody has yet becomes a holder.

    Raises:
        NotFound: no party is called so, and it is no mail address.
    """
    name = _name(contact)
    party = _find(change.session, name)
    if party is not None:
        return party
    if not _is_mail(name):
        raise NotFound(f"no party is called {name!r}, and it is no mail address").advise(
            "Give a mail address, or add the party first: `enumd party add NAME --contact MAIL`."
        )
    return _insert(change, PartyKind.HOLDER, name, contact.strip()) or show(change.session, name)


def add(change: Change, kind: PartyKind, name: str, contact: str) -> PartyRow:
    """Add a party.

    Raises:
        Conflict: there is one of that name.
        PolicyRefused: the name is empty or holds control characters.
    """
    party = _insert(change, kind, _name(name), _contact(contact))
    if party is None:
        raise Conflict(f"there is a party called {_name(name)!r} already").advise(
            "Look at it with `enumd party show`; two parties need two names."
        )
    return party


def show(session: Session, name: str) -> PartyRow:
    """Return the party called *name*.

    Raises:
        NotFound: there is none.
    """
    party = _find(session, _name(name))
    if party is None:
        raise _unknown(session, _name(name))
    return party


def importer(change: Change, name: str, *, add_new: bool) -> PartyRow:
    """Return the party called *name*, to whom imported numbers are to belong.

    With *add_new* a name nobody has becomes a registrar, and a mail address a holder.

    Raises:
        NotFound: no party is called so, and none is to be added.
    """
    party = expected_importer(change.session, name, add_new=add_new)
    if party.id != NEW:
        return party
    return add(change, PartyKind(party.kind), party.name, party.contact)


def expected_importer(session: Session, name: str, *, add_new: bool) -> PartyRow:
    """Return the party that `importer` would; one it would add has the id `NEW` and is not stored.

    Raises:
        NotFound: no party is called so, and none is to be added.
    """
    party = _find(session, _name(name))
    if party is not None:
        return party
    if not add_new:
        raise _unknown(session, _name(name))
    kind = PartyKind.HOLDER if _is_mail(_name(name)) else PartyKind.REGISTRAR
    contact = name if kind is PartyKind.HOLDER else ""
    return PartyRow(id=NEW, kind=kind.value, name=_name(name), contact=contact)


def listing(session: Session, kind: PartyKind | None = None) -> list[PartyRow]:
    """Return all parties by name, or those of one kind."""
    query = select(PartyRow).order_by(PartyRow.name)
    return list(session.scalars(query if kind is None else query.where(PartyRow.kind == kind)))


NEW: Final = 0
"""The id of a party that is not stored; no other has it."""

_COMPARED: Final = 1000
"""With how many names a misspelt one is compared; holders may be millions."""


def _unknown(session: Session, name: str) -> NotFound:
    """Return the error for a name that no party has, with those that are nearly the same."""
    alike = PartyRow.name.startswith(name[:2], autoescape=True)
    others = or_(PartyRow.kind != PartyKind.HOLDER.value, alike)
    names = session.scalars(select(PartyRow.name).where(others).limit(_COMPARED))
    near = difflib.get_close_matches(name, list(names), 3)
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    advice = f"{meant}`enumd party list` shows who there is, and `enumd party add` adds a party."
    return NotFound(f"no party is called {name!r}").advise(advice)


def _find(session: Session, name: str) -> PartyRow | None:
    """Return the party called *name*, as `_name` writes it."""
    return session.scalar(select(PartyRow).where(PartyRow.name == name))


def _insert(change: Change, kind: PartyKind, name: str, contact: str) -> PartyRow | None:
    """Insert a party and log it, or return None where another transaction was faster."""
    row: dict[str, Json] = {
        "kind": kind.value,
        "name": name,
        "contact": contact,
        "created_s": change.now_s,
    }
    party = change.session.scalar(_unless_there(change.session).values(row).returning(PartyRow))
    if party is not None:
        change.record(None, "party.add", after=row)
    return party


def _unless_there(session: Session) -> Insert:
    """Return an INSERT that does nothing where the name is taken, in the dialect spoken here.

    Two transactions in different zones may meet the same new holder at once: one of them waits
    here and then finds what the other has written.
    """
    # A dialect is twenty modules that only who speaks it needs.
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(PartyRow).on_conflict_do_nothing(index_elements=["name"])
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(PartyRow).on_conflict_do_nothing(index_elements=["name"])


def _name(text: str) -> str:
    """Return a name as it is stored: without blanks around it, mail addresses in lower case."""
    name = text.strip()
    if not name or not name.isprintable():
        raise PolicyRefused(f"{text!r} cannot be the name of a party").advise(
            "Choose another name, of letters, digits and signs that can be seen."
        )
    return name.lower() if _is_mail(name) else name


def _contact(text: str) -> str:
    """Return a contact, refusing what cannot be seen and would act on whoever's terminal shows it.

    Raises:
        PolicyRefused: it holds control characters.
    """
    contact = text.strip()
    if not contact.isprintable():
        raise PolicyRefused(
            f"{text!r} cannot be a contact: it has characters that cannot be seen"
        ).advise("Write it in one line, without tabs and escapes.")
    return contact


def _is_mail(name: str) -> bool:
    """Tell whether *name* has the form of a mail address: something, @, a domain, no blanks."""
    local, at, domain = name.rpartition("@")
    return bool(local and at and domain) and not any(char.isspace() for char in name)
