"""Tokens, by which a party acts from another machine; the secrets are kept as hashes alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SECONDS = sa.BigInteger()
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table of tokens; there are none."""
    op.create_table(
        "token",
        sa.Column("id", sa.String(), nullable=False, comment="what people call it; no secret"),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token"),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("role", sa.String(), nullable=False, comment="as what its party acts"),
        sa.Column(
            "scopes",
            sa.String(),
            nullable=False,
            comment="operations it is good for, blanks between; empty: all its role allows",
        ),
        sa.Column("created_s", SECONDS, nullable=False),
        sa.Column("expires_s", SECONDS, nullable=False, comment="first second at which it is void"),
        sa.Column("revoked_s", SECONDS, nullable=True),
        sa.Column("used_s", SECONDS, nullable=True, comment="last use, to the minute"),
        sa.Column("used_from", sa.String(), nullable=True, comment="address of the last use"),
        sa.CheckConstraint(
            "role IN ('operator', 'registrar', 'holder', 'reader')", name=op.f("ck_token_role")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_token_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
