"""What is stored: one typed class a table (SQLAlchemy 2), the same on SQLite and PostgreSQL.

Rules for this file:

* A number nobody has touched has no row, and the state `free` is never stored: free is the
  absence of a row, or a row whose `until_s` has passed. So nothing needs to sweep the tables.
* Seconds count from 1970 in UTC, 64 bits wide. Digits are stored without the plus and compared
  octet by octet (collation C), so that SQL order is the order of the published index.
* The migrations create these tables; a test holds both equal.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from enumd.core.apex import Apex, parse_name

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are called, so that an error of the database says which rule it means."""

# SQLite gives out ids only to INTEGER PRIMARY KEY; PostgreSQL needs more than 32 bits of them.
Id: Final = BigInteger().with_variant(Integer, "sqlite")
Text: Final = String()
Ordered: Final = String().with_variant(String(collation="C"), "postgresql")
Seconds: Final = BigInteger()

APEX_OWNER: Final = "@"
"""The owner of the records at the apex itself, as master files write it (RFC 1035 section 5.1)."""

THOUSAND: Final = 1000
"""How many numbers one row of `tally` counts."""


class Row(DeclarativeBase):
    """The declarative base of every table of the registry."""

    metadata = MetaData(naming_convention=NAMING)


class MetaRow(Row):
    """One fact about the registry itself: `registry_id`."""

    __tablename__ = "meta"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class PartyRow(Row):
    """Somebody: a holder of numbers, a registrar that provisions them, an operator."""

    __tablename__ = "party"
    __table_args__ = (
        CheckConstraint("kind IN ('holder', 'registrar', 'operator')", name="kind"),
        UniqueConstraint("name"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, comment="holder, registrar or operator")
    name: Mapped[str] = mapped_column(
        Text, comment="what it is called; a mail address in lower case"
    )
    contact: Mapped[str] = mapped_column(Text, comment="how to reach it, usually a mail address")
    created_s: Mapped[int] = mapped_column(Seconds)


class ZoneRow(Row):
    """A zone: an apex, the digits it stands for, and what its SOA says."""

    __tablename__ = "zone"
    __table_args__ = (
        CheckConstraint("apex = lower(apex)", name="apex_lower"),
        CheckConstraint("ltrim(prefix, '0123456789') = ''", name="prefix_digits"),
        CheckConstraint("serial BETWEEN 0 AND 4294967295", name="serial_32_bits"),
        CheckConstraint("soa_ttl_s BETWEEN 0 AND 2147483647", name="soa_ttl_s_31_bits"),
        UniqueConstraint("apex"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    apex: Mapped[str] = mapped_column(Text, comment="absolute name in lower case, with final dot")
    prefix: Mapped[str] = mapped_column(Ordered, comment="digits the apex stands for")
    serial: Mapped[int] = mapped_column(BigInteger, comment="serial of the last change")
    ttl_s: Mapped[int] = mapped_column(Seconds, comment="TTL of the NAPTRs of numbers")
    negative_ttl_s: Mapped[int] = mapped_column(Seconds, comment="SOA MINIMUM (RFC 2308)")
    mname: Mapped[str] = mapped_column(Text, comment="SOA MNAME: the primary server")
    rname: Mapped[str] = mapped_column(Text, comment="SOA RNAME: the hostmaster's mailbox")
    refresh_s: Mapped[int] = mapped_column(Seconds)
    retry_s: Mapped[int] = mapped_column(Seconds)
    expire_s: Mapped[int] = mapped_column(Seconds)
    soa_ttl_s: Mapped[int | None] = mapped_column(
        Seconds, comment="TTL of the SOA itself; null: as the SOA MINIMUM"
    )
    created_s: Mapped[int] = mapped_column(Seconds)
    removed_s: Mapped[int | None] = mapped_column(
        Seconds, comment="second at which it was removed; its log and its serial stay"
    )

    @property
    def tree(self) -> Apex:
        """Return the apex with its digits, as the core knows it."""
        return Apex(parse_name(self.apex), self.prefix)

    @property
    def absence_ttl_s(self) -> int:
        """Return how long a resolver may remember what is not there (RFC 2308 section 5)."""
        own_s = self.negative_ttl_s if self.soa_ttl_s is None else self.soa_ttl_s
        return min(own_s, self.negative_ttl_s)


class RecordRow(Row):
    """One record that no number's endpoints make: NS, glue, TXT, wildcards, delegations.

    The RRset at an owner is its rows in the order of `position`; all have the same TTL.
    """

    __tablename__ = "record"
    __table_args__ = (
        CheckConstraint("owner = lower(owner)", name="owner_lower"),
        CheckConstraint("rrtype BETWEEN 1 AND 65535", name="rrtype_16_bits"),
        CheckConstraint("ttl_s BETWEEN 0 AND 2147483647", name="ttl_31_bits"),
    )

    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(
        Ordered, primary_key=True, comment="relative to the apex, in lower case; @ is the apex"
    )
    rrtype: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    ttl_s: Mapped[int] = mapped_column(Seconds)
    rdata: Mapped[bytes] = mapped_column(LargeBinary, comment="RDATA octets, names uncompressed")


class PoolRow(Row):
    """A range of numbers people may claim: *first* to *last*, equally long."""

    __tablename__ = "pool"
    __table_args__ = (
        CheckConstraint("length(first) = length(last) AND first <= last", name="range"),
        CheckConstraint("ltrim(first, '0123456789') = ''", name="first_digits"),
        CheckConstraint("ltrim(last, '0123456789') = ''", name="last_digits"),
        UniqueConstraint("name"),
        Index(None, "zone_id", "first"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"))
    name: Mapped[str] = mapped_column(Text)
    first: Mapped[str] = mapped_column(Ordered, comment="digits of the first number")
    last: Mapped[str] = mapped_column(Ordered, comment="digits of the last number")
    created_s: Mapped[int] = mapped_column(Seconds)


class NumberRow(Row):
    """A number somebody has touched, in one zone. See `lifecycle` for what the columns mean."""

    __tablename__ = "number"
    __table_args__ = (
        CheckConstraint(
            "length(digits) BETWEEN 1 AND 32 AND ltrim(digits, '0123456789') = ''", name="digits"
        ),
        CheckConstraint("state IN ('held', 'claimed', 'suspended', 'released')", name="state"),
        CheckConstraint(
            "(until_s IS NOT NULL) = (state IN ('held', 'released'))", name="until_s_ends_a_state"
        ),
        CheckConstraint("ttl_s BETWEEN 0 AND 2147483647", name="ttl_s_31_bits"),
        CheckConstraint("(hold_hash IS NOT NULL) = (state = 'held')", name="hold_hash_of_held"),
        CheckConstraint("(claimed_s IS NULL) = (state = 'held')", name="claimed_s_unless_held"),
        CheckConstraint(
            "(suspended_why IS NOT NULL) = (state = 'suspended')", name="suspended_why_of_suspended"
        ),
        UniqueConstraint("zone_id", "digits"),
        # Partial in both databases, as the migrations make it; said of PostgreSQL here too, it
        # would load that dialect for everybody.
        #
        # The exceptions among millions of claimed numbers, covering what is asked of them.
        Index(
            "ix_number_unsettled",
            "zone_id",
            "digits",
            "state",
            "until_s",
            sqlite_where=text("state <> 'claimed'"),
        ),
        CheckConstraint("free_s >= not_after_s", name="free_s_comes_later"),
        # The few whose claim has an end.
        Index(
            "ix_number_ending",
            "zone_id",
            "digits",
            "state",
            "not_after_s",
            "free_s",
            sqlite_where=text("not_after_s IS NOT NULL"),
        ),
        # The same in the order they come: when is the next publish due, and what is new then?
        Index(
            "ix_number_due",
            "zone_id",
            "not_after_s",
            sqlite_where=text("not_after_s IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"))
    digits: Mapped[str] = mapped_column(Ordered, comment="the whole number, without the plus")
    state: Mapped[str] = mapped_column(Text, comment="held, claimed, suspended or released")
    until_s: Mapped[int | None] = mapped_column(
        Seconds, comment="second at which held or released ends and the number is free"
    )
    hold_hash: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="SHA-256 of the token of the hold"
    )
    claimed_s: Mapped[int | None] = mapped_column(Seconds)
    not_after_s: Mapped[int | None] = mapped_column(
        Seconds, comment="second from which a claimed number is out of the zone"
    )
    free_s: Mapped[int | None] = mapped_column(
        Seconds, comment="second at which a claim that has ended is free again"
    )
    suspended_why: Mapped[str | None] = mapped_column(Text)
    holder_id: Mapped[int | None] = mapped_column(
        ForeignKey("party.id"), comment="the holder; of a released number the former one"
    )
    registrar_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    recovery: Mapped[str | None] = mapped_column(
        Text, comment="scrypt hash of the recovery code, with its cost and salt"
    )
    ttl_s: Mapped[int | None] = mapped_column(
        Seconds, comment="TTL of its endpoints; null: that of the zone"
    )


class SecretRow(Row):
    """A hash that a row of `number` had, kept so that undoing what took it away brings it back.

    The log refers to secrets and never says them; whoever deletes one here erases it for good.
    """

    __tablename__ = "secret"

    reference: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="digest of what is stored"
    )
    stored: Mapped[bytes] = mapped_column(LargeBinary, comment="the hash, as a row had it")


class HoldRow(Row):
    """A contact that has held a number since it was last claimed: nobody holds one twice."""

    __tablename__ = "hold"
    __table_args__ = ({"sqlite_with_rowid": False},)

    number_id: Mapped[int] = mapped_column(ForeignKey("number.id"), primary_key=True)
    contact: Mapped[str] = mapped_column(Text, primary_key=True)
    until_s: Mapped[int] = mapped_column(Seconds, comment="second at which that hold ended or ends")


class EndpointRow(Row):
    """One way to reach a number. Nothing else than `core.endpoint.Endpoint` values go in.

    Those of one preference are equally good (RFC 3403 section 4.1); `position` orders them for us.
    """

    __tablename__ = "endpoint"
    __table_args__ = (
        CheckConstraint("preference BETWEEN 0 AND 65535", name="preference_16_bits"),
        {"sqlite_with_rowid": False},
    )

    number_id: Mapped[int] = mapped_column(ForeignKey("number.id"), primary_key=True)
    preference: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="order among those that are equally preferred",
    )
    service: Mapped[str] = mapped_column(Text, comment="Enumservice: type or type:subtype")
    uri: Mapped[str] = mapped_column(Text)


class TallyRow(Row):
    """How many numbers of one thousand have a row. Triggers on `number` keep it.

    A thousand is named by its digits without the last three, and by the length of its numbers.
    It lets a search step over full thousands, and a pool be counted, without reading the numbers.
    """

    __tablename__ = "tally"
    __table_args__ = (
        CheckConstraint("touched BETWEEN 0 AND 1000", name="touched"),
        {"sqlite_with_rowid": False},
    )

    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id"), primary_key=True)
    length: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    thousand: Mapped[str] = mapped_column(Ordered, primary_key=True)
    touched: Mapped[int] = mapped_column(Integer)


class ChangeRow(Row):
    """One thing that happened, never altered afterwards: triggers refuse UPDATE and DELETE.

    What belongs to a zone carries the serial its transaction gave the zone; what belongs to none
    (a party) carries neither. `before` and `after` are full images, so that a line can be inverted:
    those written before `meta.first_full_line` are not.
    """

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint("(zone_id IS NULL) = (serial IS NULL)", name="serial_of_a_zone"),
        Index(None, "zone_id", "serial"),
        Index(None, "transaction_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(
        Id, comment="what was changed together has one; the id of its first line"
    )
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))
    serial: Mapped[int | None] = mapped_column(BigInteger)
    at_s: Mapped[int] = mapped_column(Seconds)
    door: Mapped[str] = mapped_column(Text, comment="what took the words of who did it")
    party: Mapped[str | None] = mapped_column(Text, comment="who did it, as the door knows them")
    digits: Mapped[str | None] = mapped_column(Ordered, comment="the number it happened to")
    owner: Mapped[str | None] = mapped_column(Ordered, comment="the owner of changed records")
    action: Mapped[str] = mapped_column(Text, comment="thing.verb, such as number.claim")
    before: Mapped[str | None] = mapped_column(Text, comment="what was there, as compact JSON")
    after: Mapped[str | None] = mapped_column(Text, comment="what is there now, as compact JSON")
