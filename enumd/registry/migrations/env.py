"""What Alembic runs for every command: the steps, on the connection it was given."""

from __future__ import annotations

from alembic import context

from enumd.registry.schema import Row

# Transactional DDL holds for SQLite too: our connections begin their transactions themselves.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
