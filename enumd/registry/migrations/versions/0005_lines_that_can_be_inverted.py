"""Lines of the log that can be inverted, secrets that are referred to, and claims that lapse.

A line says which transaction it belongs to, and who acted by which door. Of the lines that are
there it is known which zone had which serial when, through whom: what agrees in all that becomes
one transaction, called by its first line. They do not say all that was before and after, so `meta`
tells from which line on the log does. A claim that has an end rests for 90 days after it, as one
that was released under the policy there always was.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")

QUARANTINE_S = 90 * 86_400

COMMENTS = {
    "transaction_id": "what was changed together has one; the id of its first line",
    "door": "what took the words of who did it",
    "party": "who did it, as the door knows them",
}

# Lines that agree in zone, serial, second and actor, and the first of them.
TOGETHER = (
    """
    CREATE TEMPORARY TABLE together AS
    SELECT coalesce(zone_id, 0) AS zone_id, coalesce(serial, 0) AS serial, at_s, actor,
           min(id) AS first_id
    FROM change GROUP BY 1, 2, 3, 4
    """,
    "CREATE INDEX ix_together ON together (zone_id, serial, at_s, actor)",
)
MATCH = (
    "together.zone_id = coalesce(change.zone_id, 0) AND together.serial = "
    "coalesce(change.serial, 0) AND together.at_s = change.at_s AND together.actor = change.actor"
)

# An actor was a text: door and user with a colon between them, or a door alone.
DOOR = "CASE WHEN {place} > 1 THEN substr(change.actor, 1, {place} - 1) ELSE change.actor END"
PARTY = "CASE WHEN {place} > 1 THEN substr(change.actor, {place} + 1) END"


def upgrade() -> None:
    """Give the log its columns, and the registry its secrets and ends of claims."""
    for statement in TOGETHER:
        op.execute(statement)
    if op.get_bind().dialect.name == "sqlite":
        _make_log_anew()
    else:
        _extend_log()
    op.execute("DROP TABLE together")
    op.create_index(op.f("ix_change_transaction_id"), "change", ["transaction_id"])
    op.execute(
        "INSERT INTO meta (name, value) "
        "SELECT 'first_full_line', CAST(coalesce(max(id), 0) + 1 AS VARCHAR) FROM change"
    )
    _add_secrets()
    _add_ends()


def _make_log_anew() -> None:
    """Copy the log into a table with the new columns: SQLite adds none that must be filled."""
    op.create_table(
        "change_with_transaction",
        sa.Column("id", ID, nullable=False),
        sa.Column("transaction_id", ID, nullable=False),
        sa.Column("zone_id", ID, nullable=True),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("digits", ORDERED, nullable=True),
        sa.Column("owner", ORDERED, nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(zone_id IS NULL) = (serial IS NULL)", name=op.f("ck_change_serial_of_a_zone")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_change_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    place = "instr(change.actor, ':')"
    op.execute(
        "INSERT INTO change_with_transaction "
        "SELECT change.id, first_id, change.zone_id, change.serial, change.at_s, "
        f"{DOOR.format(place=place)}, {PARTY.format(place=place)}, "
        "digits, owner, action, before, after "
        f"FROM change JOIN together ON {MATCH} ORDER BY change.id"
    )
    op.drop_table("change")
    op.rename_table("change_with_transaction", "change")
    op.create_index(op.f("ix_change_zone_id_serial"), "change", ["zone_id", "serial"])
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER change_not_{event}d BEFORE {event.upper()} ON change BEGIN "
            "SELECT RAISE(ABORT, 'the change log is append-only'); END"
        )


def _extend_log() -> None:
    """Add the columns to the log where it is, and fill them while its guard looks away."""
    for name in COMMENTS:
        kind = ID if name == "transaction_id" else sa.String()
        op.add_column("change", sa.Column(name, kind, nullable=True, comment=COMMENTS[name]))
    place = "strpos(change.actor, ':')"
    op.execute("ALTER TABLE change DISABLE TRIGGER change_append_only")
    op.execute(
        f"UPDATE change SET transaction_id = first_id, door = {DOOR.format(place=place)}, "
        f"party = {PARTY.format(place=place)} FROM together WHERE {MATCH}"
    )
    op.execute("ALTER TABLE change ENABLE TRIGGER change_append_only")
    op.drop_column("change", "actor")
    for name in ("transaction_id", "door"):
        op.alter_column("change", name, nullable=False, existing_comment=COMMENTS[name])


def _add_secrets() -> None:
    """Add the table of secrets that no row has any more and the log refers to."""
    op.create_table(
        "secret",
        sa.Column("reference", sa.String(), nullable=False, comment="digest of what is stored"),
        sa.Column("stored", sa.LargeBinary(), nullable=False, comment="the hash, as a row had it"),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_secret")),
    )


def _add_ends() -> None:
    """Let claims that have an end say when they are free again, and find them."""
    # In place: making `number` anew, as Alembic would for SQLite, would lose its triggers.
    op.execute(
        "ALTER TABLE number ADD COLUMN free_s BIGINT CONSTRAINT "
        "ck_number_free_s_comes_later CHECK (free_s >= not_after_s)"
    )
    if op.get_bind().dialect.name != "sqlite":
        comment = "second at which a claim that has ended is free again"
        op.execute(f"COMMENT ON COLUMN number.free_s IS '{comment}'")
    op.execute(
        f"UPDATE number SET free_s = not_after_s + {QUARANTINE_S} WHERE not_after_s IS NOT NULL"
    )
    ends = sa.text("not_after_s IS NOT NULL")
    op.create_index(
        "ix_number_ending",
        "number",
        ["zone_id", "digits", "state", "not_after_s", "free_s"],
        sqlite_where=ends,
        postgresql_where=ends,
    )
