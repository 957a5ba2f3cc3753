"""What was made ready, written to the registry: a fixed number of statements, however much it is.

Others wait for this, so it does nothing but copy rows. What a row must be was checked when it was
made ready, and what it refers to is written by the same statements or locked: SQLite is spared
looking at each row a second time, which would take it as long again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection, text

from enumd.registry import number_row, secret_rows
from enumd.registry.changes import Change
from enumd.registry.imports.stage import NEW_ZONE, TABLES, Stage
from enumd.registry.schema import PartyRow, ZoneRow

_MADE: Final = "CAST(:zone_id AS BIGINT)"
_ZONE: Final = f"CASE zone_id WHEN {NEW_ZONE} THEN {_MADE} ELSE zone_id END"
_OWNERS: Final = "CAST(:holder_id AS BIGINT), CAST(:registrar_id AS BIGINT)"

# What a number that is claimed anew forgets; its own TTL comes with the next statement.
_BLANK: Final = ", ".join(
    f"{column} = NULL"
    for column in number_row.BLANK
    if column not in ("claimed_s", "holder_id", "registrar_id")
)

_FORGOTTEN: Final = """
    SELECT recovery, hold_hash FROM number
    WHERE id IN (SELECT -ref FROM stage_number WHERE again <> 0)
"""

_EXISTING: Final = (
    "DELETE FROM endpoint WHERE number_id IN (SELECT -ref FROM stage_number WHERE emptied <> 0)",
    "DELETE FROM hold WHERE number_id IN (SELECT -ref FROM stage_number WHERE again <> 0)",
    f"""
    UPDATE number SET state = 'claimed', claimed_s = :now_s, {_BLANK},
        (holder_id, registrar_id) = (SELECT {_OWNERS})
    WHERE id IN (SELECT -ref FROM stage_number WHERE again <> 0)
    """,
    """
    UPDATE number SET ttl_s = each.ttl_s FROM stage_number AS each
    WHERE number.id = -each.ref AND (each.again <> 0 OR each.retimed <> 0)
    """,
)

_NUMBERS: Final = f"""
    INSERT INTO number (id, zone_id, digits, state, claimed_s, holder_id, registrar_id, ttl_s)
    SELECT {{id}}, {_ZONE}, digits, 'claimed', CAST(:now_s AS BIGINT), {_OWNERS}, ttl_s
    FROM stage_number WHERE ref > 0 ORDER BY at
"""

_ENDPOINTS: Final = """
    INSERT INTO endpoint (number_id, preference, position, service, uri)
    SELECT {id}, preference, position, service, uri FROM {source} ORDER BY stage_endpoint.at
"""

_RECORDS: Final = (
    """
    DELETE FROM record WHERE zone_id = :zone_id
        AND (owner, rrtype) IN (SELECT owner, rrtype FROM stage_record)
    """,
    f"""
    INSERT INTO record (zone_id, owner, rrtype, position, ttl_s, rdata)
    SELECT {_MADE}, owner, rrtype, position, ttl_s, rdata FROM stage_record ORDER BY at
    """,
)

_LOG: Final = f"""
    INSERT INTO change (transaction_id, zone_id, serial, at_s, door, party,
                        digits, owner, action, before, after)
    SELECT CAST(:transaction_id AS BIGINT), {_ZONE}, (SELECT serial FROM zone WHERE id = {_ZONE}),
           CAST(:now_s AS BIGINT), :door, :party, digits, owner, action, before, after
    FROM stage_log ORDER BY at
"""

_TALLY: Final = f"""
    INSERT INTO tally (zone_id, length, thousand, touched)
    SELECT {_ZONE}, length, thousand, touched FROM stage_tally WHERE true
    ON CONFLICT (zone_id, length, thousand) DO UPDATE SET touched = tally.touched + excluded.touched
"""

_TRIGGER: Final = "number_touched"
"""What counts each new number in `tally`."""


class Writing(Protocol):
    """How a stage gets into a registry of one kind."""

    def prepare(self) -> None:
        """Do what needs no lock; again where the stage was altered since."""

    def write(self, party: PartyRow | None, zone: ZoneRow | None) -> None:
        """Write everything for *party*; what is of a zone the import made goes to *zone*.

        The zones that anything is written to are locked, and have their serial.
        """


def writing(change: Change, stage: Stage) -> Writing:
    """Return how *stage* is written as part of *change*."""
    is_sqlite = change.session.get_bind().dialect.name == "sqlite"
    return (_Sqlite if is_sqlite else _Postgresql)(change, stage)


class _Sqlite:
    """The stage is attached, and its rows get ids as they are copied."""

    def __init__(self, change: Change, stage: Stage) -> None:
        self._change = change
        self._stage = stage

    def prepare(self) -> None:
        """Do nothing: what is attached is read as it is."""

    def write(self, party: PartyRow | None, zone: ZoneRow | None) -> None:
        """Copy the rows. Nobody else writes before the commit: ids after the last are free."""
        connection = self._change.session.connection()
        connection.exec_driver_sql("ATTACH DATABASE ? AS stage", (str(self._stage.path),))
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        last = connection.scalar(text("SELECT coalesce(max(id), 0) FROM number"))
        values = {**_values(self._change, party, zone), "last": last}
        endpoint_id = "CASE WHEN ref < 0 THEN -ref ELSE :last + ref END"
        with _uncounted(connection):
            _copy(self._change, values, _Ids(":last + ref", endpoint_id, "stage_endpoint"))
        connection.execute(text(_TALLY), values)


class _Postgresql:
    """The stage is copied to temporary tables before anything is locked, and gets its ids there."""

    def __init__(self, change: Change, stage: Stage) -> None:
        self._change = change
        self._stage = stage

    def prepare(self) -> None:
        """Copy the rows to the server."""
        connection = self._change.session.connection()
        driver: Any = connection.connection.driver_connection
        for table, columns in TABLES.items():
            connection.execute(text(f"DROP TABLE IF EXISTS pg_temp.{table}"))
            create = f"CREATE TEMPORARY TABLE {table} (at BIGINT, {columns}) ON COMMIT DROP"
            connection.execute(text(create))
            with driver.cursor().copy(f"COPY pg_temp.{table} FROM STDIN") as copy:
                for row in self._stage.rows(table):
                    copy.write_row(row)
        connection.execute(text("ALTER TABLE pg_temp.stage_number ADD COLUMN id BIGINT"))
        connection.execute(text(_IDS))
        for table in TABLES:
            connection.execute(text(f"ANALYZE pg_temp.{table}"))

    def write(self, party: PartyRow | None, zone: ZoneRow | None) -> None:
        """Copy the rows to where they belong."""
        values = _values(self._change, party, zone)
        source = "stage_endpoint JOIN stage_number USING (ref)"
        _copy(self._change, values, _Ids("id", "stage_number.id", source))


_IDS: Final = """
    UPDATE pg_temp.stage_number SET id =
        CASE WHEN ref < 0 THEN -ref ELSE nextval(pg_get_serial_sequence('number', 'id')) END
"""


class _Ids(NamedTuple):
    """Where the ids of numbers come from."""

    number: str
    endpoint: str
    endpoints: str
    """What the endpoints are read from, so that *endpoint* can be told."""


def _copy(change: Change, values: dict[str, Any], ids: _Ids) -> None:
    """Copy the rows of a stage to where they belong."""
    for recovery, hold_hash in change.session.execute(text(_FORGOTTEN)):
        secret_rows.keep(change.session, recovery)
        secret_rows.keep(change.session, hold_hash)
    change.session.flush()
    statements = (
        *_EXISTING,
        *_RECORDS,
        _NUMBERS.format(id=ids.number),
        _ENDPOINTS.format(id=ids.endpoint, source=ids.endpoints),
        _LOG,
    )
    for statement in statements:
        change.session.execute(text(statement), values)


@contextmanager
def _uncounted(connection: Connection) -> Iterator[None]:
    """Let the registry not count numbers one by one for the block: they were counted together.

    Nobody else sees it without the trigger: SQLite changes tables within the transaction.
    """
    query = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    trigger = str(connection.scalar(query, {"name": _TRIGGER}))
    connection.exec_driver_sql(f"DROP TRIGGER {_TRIGGER}")
    yield
    connection.exec_driver_sql(trigger)


def _values(change: Change, party: PartyRow | None, zone: ZoneRow | None) -> dict[str, Any]:
    """Return what is the same in all rows."""
    return {
        "now_s": change.now_s,
        "transaction_id": change.transaction_id,
        "door": change.actor.door,
        "party": change.actor.party,
        "holder_id": party.id if party else None,
        "registrar_id": party.id if party and party.kind == "registrar" else None,
        "zone_id": zone.id if zone else None,
    }
