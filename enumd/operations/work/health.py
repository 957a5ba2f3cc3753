"""The registry compared with its index."""

from __future__ import annotations

from enumd.errors import EnumdError
from enumd.index.reader import IndexReader
from enumd.operations.desk import Look
from enumd.operations.health import ExamineRegistry, RegistryHealth, ZoneAgreement
from enumd.operations.times import timestamp
from enumd.registry import changes
from enumd.registry.agreement import Agreement, compare


def examine(look: Look, request: ExamineRegistry) -> RegistryHealth:
    """Compare every zone; an index that cannot be read is told, and no error."""
    try:
        # The index first: what is committed and not published yet is told, and not the reverse.
        with IndexReader(look.home.config.index_path) as reader, reader.snapshot() as snapshot:
            found = tuple(map(_describe, compare(look.session, snapshot, request.sample)))
            return RegistryHealth(_find_last_change(look), found, reader.is_former)
    except EnumdError as error:
        return RegistryHealth(_find_last_change(look), (), fault=str(error), remedy=error.advice)


def _find_last_change(look: Look) -> str | None:
    """Return when the log was written last."""
    return timestamp(changes.last_s(look.session))


def _describe(found: Agreement) -> ZoneAgreement:
    """Return what comparing one zone came to as a result has it."""
    return ZoneAgreement(
        found.apex, found.serial, found.names, found.compared, found.states, found.faults
    )
