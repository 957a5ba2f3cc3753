"""The first tables, the tally of touched numbers, and the log that cannot be rewritten.

The columns are explained in `enumd.registry.schema`; this file is history and never changes.
There is no way down: before the first revision stands an empty database.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")

SQLITE = (
    # A thousand is the digits without the last three: "" for numbers of three digits or fewer.
    """
    CREATE TRIGGER number_touched AFTER INSERT ON number BEGIN
        INSERT INTO tally (zone_id, length, thousand, touched)
        VALUES (NEW.zone_id, length(NEW.digits),
                substr(NEW.digits, 1, max(length(NEW.digits) - 3, 0)), 1)
        ON CONFLICT (zone_id, length, thousand) DO UPDATE SET touched = touched + 1;
    END
    """,
    """
    CREATE TRIGGER number_deleted AFTER DELETE ON number BEGIN
        UPDATE tally SET touched = touched - 1
        WHERE zone_id = OLD.zone_id AND length = length(OLD.digits)
          AND thousand = substr(OLD.digits, 1, max(length(OLD.digits) - 3, 0));
    END
    """,
    """
    CREATE TRIGGER number_is_itself BEFORE UPDATE OF zone_id, digits ON number BEGIN
        SELECT RAISE(ABORT, 'the zone and the digits of a number never change');
    END
    """,
    """
    CREATE TRIGGER change_not_updated BEFORE UPDATE ON change BEGIN
        SELECT RAISE(ABORT, 'the change log is append-only');
    END
    """,
    """
    CREATE TRIGGER change_not_deleted BEFORE DELETE ON change BEGIN
        SELECT RAISE(ABORT, 'the change log is append-only');
    END
    """,
)

# Statement triggers count a whole bulk insert at once; a row trigger would cost 10 us a number.
POSTGRESQL = (
    """
    CREATE FUNCTION number_touched() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO tally (zone_id, length, thousand, touched)
        SELECT zone_id, length(digits), left(digits, greatest(length(digits) - 3, 0)), count(*)
        FROM added GROUP BY 1, 2, 3
        ON CONFLICT (zone_id, length, thousand)
        DO UPDATE SET touched = tally.touched + excluded.touched;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER number_touched AFTER INSERT ON number
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION number_touched()
    """,
    """
    CREATE FUNCTION number_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE tally SET touched = tally.touched - gone.numbers
        FROM (SELECT zone_id, length(digits) AS length,
                     left(digits, greatest(length(digits) - 3, 0)) AS thousand,
                     count(*) AS numbers
              FROM removed GROUP BY 1, 2, 3) AS gone
        WHERE tally.zone_id = gone.zone_id AND tally.length = gone.length
          AND tally.thousand = gone.thousand;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER number_deleted AFTER DELETE ON number
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION number_deleted()
    """,
    """
    CREATE FUNCTION number_is_itself() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the zone and the digits of a number never change';
    END $$
    """,
    """
    CREATE TRIGGER number_is_itself BEFORE UPDATE OF zone_id, digits ON number
    FOR EACH ROW EXECUTE FUNCTION number_is_itself()
    """,
    """
    CREATE FUNCTION change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the change log is append-only';
    END $$
    """,
    """
    CREATE TRIGGER change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON change
    FOR EACH STATEMENT EXECUTE FUNCTION change_append_only()
    """,
)


def upgrade() -> None:
    """Create the tables and their triggers."""
    _tables()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def _tables() -> None:
    """Create the tables in the order their foreign keys ask for."""
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "party",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="holder, registrar or operator"),
        sa.Column(
            "name",
            sa.String(),
            nullable=False,
            comment="what it is called; a mail address in lower case",
        ),
        sa.Column(
            "contact",
            sa.String(),
            nullable=False,
            comment="how to reach it, usually a mail address",
        ),
        sa.Column("created_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('holder', 'registrar', 'operator')", name=op.f("ck_party_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("name", name=op.f("uq_party_name")),
    )
    op.create_table(
        "zone",
        sa.Column("id", ID, nullable=False),
        sa.Column(
            "apex",
            sa.String(),
            nullable=False,
            comment="absolute name in lower case, with final dot",
        ),
        sa.Column("prefix", ORDERED, nullable=False, comment="digits the apex stands for"),
        sa.Column("serial", sa.BigInteger(), nullable=False, comment="serial of the last change"),
        sa.Column("ttl_s", sa.BigInteger(), nullable=False, comment="TTL of the NAPTRs of numbers"),
        sa.Column(
            "negative_ttl_s", sa.BigInteger(), nullable=False, comment="SOA MINIMUM (RFC 2308)"
        ),
        sa.Column("mname", sa.String(), nullable=False, comment="SOA MNAME: the primary server"),
        sa.Column(
            "rname", sa.String(), nullable=False, comment="SOA RNAME: the hostmaster's mailbox"
        ),
        sa.Column("refresh_s", sa.BigInteger(), nullable=False),
        sa.Column("retry_s", sa.BigInteger(), nullable=False),
        sa.Column("expire_s", sa.BigInteger(), nullable=False),
        sa.Column("created_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ltrim(prefix, '0123456789') = ''", name=op.f("ck_zone_prefix_digits")),
        sa.CheckConstraint("apex = lower(apex)", name=op.f("ck_zone_apex_lower")),
        sa.CheckConstraint("serial BETWEEN 0 AND 4294967295", name=op.f("ck_zone_serial_32_bits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
        sa.UniqueConstraint("apex", name=op.f("uq_zone_apex")),
    )
    op.create_table(
        "change",
        sa.Column("id", ID, nullable=False),
        sa.Column("zone_id", ID, nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False, comment="who did it"),
        sa.Column("digits", ORDERED, nullable=True, comment="the number it happened to"),
        sa.Column("owner", ORDERED, nullable=True, comment="the owner of changed records"),
        sa.Column(
            "action", sa.String(), nullable=False, comment="thing.verb, such as number.claim"
        ),
        sa.Column("before", sa.String(), nullable=True, comment="what was there, as compact JSON"),
        sa.Column(
            "after", sa.String(), nullable=True, comment="what is there now, as compact JSON"
        ),
        sa.CheckConstraint(
            "(zone_id IS NULL) = (serial IS NULL)", name=op.f("ck_change_serial_of_a_zone")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_change_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_change_zone_id_serial"), "change", ["zone_id", "serial"], unique=False)
    op.create_table(
        "number",
        sa.Column("id", ID, nullable=False),
        sa.Column("zone_id", ID, nullable=False),
        sa.Column("digits", ORDERED, nullable=False, comment="the whole number, without the plus"),
        sa.Column(
            "state", sa.String(), nullable=False, comment="held, claimed, suspended or released"
        ),
        sa.Column(
            "until_s",
            sa.BigInteger(),
            nullable=True,
            comment="second at which held or released ends and the number is free",
        ),
        sa.Column(
            "hold_hash", sa.LargeBinary(), nullable=True, comment="SHA-256 of the token of the hold"
        ),
        sa.Column("claimed_s", sa.BigInteger(), nullable=True),
        sa.Column(
            "not_after_s",
            sa.BigInteger(),
            nullable=True,
            comment="second from which a claimed number is out of the zone",
        ),
        sa.Column("suspended_why", sa.String(), nullable=True),
        sa.Column(
            "holder_id",
            ID,
            nullable=True,
            comment="the holder; of a released number the former one",
        ),
        sa.Column("registrar_id", ID, nullable=True),
        sa.Column(
            "recovery",
            sa.String(),
            nullable=True,
            comment="scrypt hash of the recovery code, with its cost and salt",
        ),
        sa.CheckConstraint(
            "(claimed_s IS NULL) = (state = 'held')", name=op.f("ck_number_claimed_s_unless_held")
        ),
        sa.CheckConstraint(
            "(hold_hash IS NOT NULL) = (state = 'held')", name=op.f("ck_number_hold_hash_of_held")
        ),
        sa.CheckConstraint(
            "(suspended_why IS NOT NULL) = (state = 'suspended')",
            name=op.f("ck_number_suspended_why_of_suspended"),
        ),
        sa.CheckConstraint(
            "(until_s IS NOT NULL) = (state IN ('held', 'released'))",
            name=op.f("ck_number_until_s_ends_a_state"),
        ),
        sa.CheckConstraint(
            "length(digits) BETWEEN 1 AND 32 AND ltrim(digits, '0123456789') = ''",
            name=op.f("ck_number_digits"),
        ),
        sa.CheckConstraint(
            "state IN ('held', 'claimed', 'suspended', 'released')", name=op.f("ck_number_state")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["party.id"], name=op.f("fk_number_holder_id")),
        sa.ForeignKeyConstraint(
            ["registrar_id"], ["party.id"], name=op.f("fk_number_registrar_id")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_number_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number")),
        sa.UniqueConstraint("zone_id", "digits", name=op.f("uq_number_zone_id_digits")),
    )
    op.create_index(
        "ix_number_unsettled",
        "number",
        ["zone_id", "digits", "state", "until_s"],
        unique=False,
        sqlite_where=sa.text("state <> 'claimed'"),
        postgresql_where=sa.text("state <> 'claimed'"),
    )
    op.create_table(
        "pool",
        sa.Column("id", ID, nullable=False),
        sa.Column("zone_id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first", ORDERED, nullable=False, comment="digits of the first number"),
        sa.Column("last", ORDERED, nullable=False, comment="digits of the last number"),
        sa.Column("created_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ltrim(first, '0123456789') = ''", name=op.f("ck_pool_first_digits")),
        sa.CheckConstraint("ltrim(last, '0123456789') = ''", name=op.f("ck_pool_last_digits")),
        sa.CheckConstraint(
            "length(first) = length(last) AND first <= last", name=op.f("ck_pool_range")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_pool_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sa.UniqueConstraint("name", name=op.f("uq_pool_name")),
    )
    op.create_index(op.f("ix_pool_zone_id_first"), "pool", ["zone_id", "first"], unique=False)
    op.create_table(
        "record",
        sa.Column("zone_id", ID, nullable=False),
        sa.Column(
            "owner",
            ORDERED,
            nullable=False,
            comment="relative to the apex, in lower case; @ is the apex",
        ),
        sa.Column("rrtype", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("ttl_s", sa.BigInteger(), nullable=False),
        sa.Column(
            "rdata", sa.LargeBinary(), nullable=False, comment="RDATA octets, names uncompressed"
        ),
        sa.CheckConstraint("owner = lower(owner)", name=op.f("ck_record_owner_lower")),
        sa.CheckConstraint("rrtype BETWEEN 1 AND 65535", name=op.f("ck_record_rrtype_16_bits")),
        sa.CheckConstraint("ttl_s BETWEEN 0 AND 2147483647", name=op.f("ck_record_ttl_31_bits")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_record_zone_id")),
        sa.PrimaryKeyConstraint("zone_id", "owner", "rrtype", "position", name=op.f("pk_record")),
    )
    op.create_table(
        "tally",
        sa.Column("zone_id", ID, nullable=False),
        sa.Column("length", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("thousand", ORDERED, nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.CheckConstraint("touched BETWEEN 0 AND 1000", name=op.f("ck_tally_touched")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_tally_zone_id")),
        sa.PrimaryKeyConstraint("zone_id", "length", "thousand", name=op.f("pk_tally")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "endpoint",
        sa.Column("number_id", ID, nullable=False),
        sa.Column("preference", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "service", sa.String(), nullable=False, comment="Enumservice: type or type:subtype"
        ),
        sa.Column("uri", sa.String(), nullable=False),
        sa.CheckConstraint(
            "preference BETWEEN 0 AND 65535", name=op.f("ck_endpoint_preference_16_bits")
        ),
        sa.ForeignKeyConstraint(["number_id"], ["number.id"], name=op.f("fk_endpoint_number_id")),
        sa.PrimaryKeyConstraint("number_id", "preference", name=op.f("pk_endpoint")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hold",
        sa.Column("number_id", ID, nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column(
            "until_s",
            sa.BigInteger(),
            nullable=False,
            comment="second at which that hold ended or ends",
        ),
        sa.ForeignKeyConstraint(["number_id"], ["number.id"], name=op.f("fk_hold_number_id")),
        sa.PrimaryKeyConstraint("number_id", "contact", name=op.f("pk_hold")),
        sqlite_with_rowid=False,
    )
