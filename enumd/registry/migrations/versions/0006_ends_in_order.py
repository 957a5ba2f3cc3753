"""Ends of claims in the order they come, so that a publish finds the next without reading them all.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INDEX: Final = "ix_number_due"


def upgrade() -> None:
    """Add an index of the claims that have an end."""
    ends = sa.text("not_after_s IS NOT NULL")
    columns = ["zone_id", "not_after_s"]
    op.create_index(INDEX, "number", columns, sqlite_where=ends, postgresql_where=ends)


def downgrade() -> None:
    """Take it away."""
    op.drop_index(INDEX, "number")
