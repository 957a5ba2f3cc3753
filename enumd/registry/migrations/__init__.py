"""The schema's history: one Alembic revision a step, from the first table on.

`upgrade` brings a database to `HEAD` inside the caller's transaction, so that a step is either
whole or did not happen. The configuration is built here; there is no alembic.ini to lose.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

REVISIONS: Final = ("0001", "0002", "0004", "0005", "0006")
"""Every revision this software knows, oldest first; a test compares it with the scripts."""

HEAD: Final = REVISIONS[-1]


def configuration(connection: Connection | None = None) -> Config:
    """Return the Alembic configuration for these scripts, working on *connection*."""
    from alembic.config import Config  # 0.15 s that only creating and upgrading should cost

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = HEAD) -> None:
    """Bring the database behind *connection* to *revision*; the caller commits."""
    from alembic import command

    command.upgrade(configuration(connection), revision)
