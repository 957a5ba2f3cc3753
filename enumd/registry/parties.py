"""Parties: who holds numbers, who provisions them, who runs the registry."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from enumd.errors import Conflict, NotFound, PolicyRefused
from enumd.registry.changes import Change
from enumd.registry.schema import PartyRow


class Kind(StrEnum):
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
    return _insert(change, Kind.HOLDER, name, contact.strip()) or show(change.session, name)


def add(change: Change, kind: Kind, name: str, contact: str) -> PartyRow:
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
        raise NotFound(f"no party is called {name!r}").advise(
            "`enumd party list` shows who there is."
        )
    return party


def listing(session: Session, kind: Kind | None = None) -> list[PartyRow]:
    """Return all parties by name, or those of one kind."""
    query = select(PartyRow).order_by(PartyRow.name)
    return list(session.scalars(query if kind is None else query.where(PartyRow.kind == kind)))


def _find(session: Session, name: str) -> PartyRow | None:
    """Return the party called *name*, as `_name` writes it."""
    return session.scalar(select(PartyRow).where(PartyRow.name == name))


def _insert(change: Change, kind: Kind, name: str, contact: str) -> PartyRow | None:
    """Insert a party and log it, or return None where another transaction was faster."""
    row = {"kind": kind.value, "name": name, "contact": contact, "created_s": change.now_s}
    party = change.session.scalar(_unless_there(change.session).values(row).returning(PartyRow))
    if party is not None:
        after = {"kind": kind.value, "name": name, "contact": contact}
        change.record(None, "party.add", after=after)
    return party


def _unless_there(session: Session) -> Insert:
    """Return an INSERT that does nothing where the name is taken, in the dialect spoken here.

    Two transactions in different zones may meet the same new holder at once: one of them waits
    here and then finds what the other has written.
    """
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(PartyRow).on_conflict_do_nothing(index_elements=["name"])
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
        raise PolicyRefused(f"{text!r} cannot be a contact: it has characters that cannot be seen")
    return contact


def _is_mail(name: str) -> bool:
    """Tell whether *name* has the form of a mail address: something, @, a domain, no blanks."""
    local, at, domain = name.rpartition("@")
    return bool(local and at and domain) and not any(char.isspace() for char in name)
