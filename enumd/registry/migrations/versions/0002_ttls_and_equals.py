"""A TTL of a number's own, the TTL of the SOA itself, and endpoints that are equally preferred.

Endpoints are keyed by a position besides their preference, so that two of a number may have the
same one; those there are keep their order, one at each preference.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

COLUMNS = (
    ("number", "ttl_s", "TTL of its endpoints; null: that of the zone"),
    ("zone", "soa_ttl_s", "TTL of the SOA itself; null: as the SOA MINIMUM"),
)


def upgrade() -> None:
    """Add the two TTLs, which nothing has yet, and the position of endpoints."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column, comment in COLUMNS:
        # In place: making `number` anew, as Alembic would for SQLite, would lose its triggers.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} BIGINT CONSTRAINT "
            f"ck_{table}_{column}_31_bits CHECK ({column} BETWEEN 0 AND 2147483647)"
        )
        if not on_sqlite:
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")
    if on_sqlite:
        _make_endpoints_anew()
    else:
        _add_position()


def _make_endpoints_anew() -> None:
    """Copy the endpoints into a table with the new key: SQLite cannot change that of a table."""
    op.create_table(
        "endpoint_with_position",
        sa.Column("number_id", ID, nullable=False),
        sa.Column("preference", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.CheckConstraint(
            "preference BETWEEN 0 AND 65535", name=op.f("ck_endpoint_preference_16_bits")
        ),
        sa.ForeignKeyConstraint(["number_id"], ["number.id"], name=op.f("fk_endpoint_number_id")),
        sa.PrimaryKeyConstraint("number_id", "preference", "position", name=op.f("pk_endpoint")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO endpoint_with_position (number_id, preference, position, service, uri) "
        "SELECT number_id, preference, 0, service, uri FROM endpoint ORDER BY number_id, preference"
    )
    op.drop_table("endpoint")
    op.rename_table("endpoint_with_position", "endpoint")


def _add_position() -> None:
    """Add the position to the endpoints and to their key."""
    comment = "order among those that are equally preferred"
    position = sa.Column("position", sa.Integer(), nullable=False, server_default="0")
    position.comment = comment
    op.add_column("endpoint", position)
    op.alter_column("endpoint", "position", server_default=None, existing_comment=comment)
    op.drop_constraint("pk_endpoint", "endpoint", type_="primary")
    op.create_primary_key("pk_endpoint", "endpoint", ["number_id", "preference", "position"])
