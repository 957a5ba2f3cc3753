"""When a zone was removed.

The log refers to zones and is never rewritten, so a zone that is removed keeps its row; one that
comes back goes on from the serial its secondaries know.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the second of removal to zones; those there are have none."""
    comment = "second at which it was removed; its log and its serial stay"
    op.add_column("zone", sa.Column("removed_s", sa.BigInteger(), nullable=True, comment=comment))
