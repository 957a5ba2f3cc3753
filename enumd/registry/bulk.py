"""Many rows inserted with little work for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import DeclarativeBase, Session


class BulkInsert:
    """Inserts tuples into some columns of a table.

    SQLAlchemy turns a dictionary a row into what the driver wants, which costs more than SQLite
    takes to insert it. Where the driver takes tuples, as SQLite's does, it gets them as they are.
    """

    def __init__(self, session: Session, entity: type[DeclarativeBase], *columns: str) -> None:
        """Insert *columns*, in this order, of the table of *entity*."""
        table = cast(Table, entity.__table__)
        self._session = session
        self._columns = columns
        self._insert = insert(table)
        dialect = session.get_bind().dialect
        self._sql = ""
        if dialect.positional:
            compiled = self._insert.compile(dialect=dialect, column_keys=list(columns))
            self._sql = str(compiled)
            # The compiler orders columns as the table does.
            order = [columns.index(name) for name in compiled.positiontup or ()]
            assert order == sorted(order), f"columns of {table.name} out of order"

    def __call__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert *rows*."""
        if not rows:
            return
        connection = self._session.connection()
        if self._sql:
            connection.exec_driver_sql(self._sql, list(rows))
        else:
            connection.execute(
                self._insert, [dict(zip(self._columns, row, strict=True)) for row in rows]
            )
