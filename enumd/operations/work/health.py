"""The registry compared with its index."""

from __future__ import annotations

from enumd.errors import EnumdError
from enumd.index.reader import IndexReader
from enumd.operations.desk import Look
from enumd.operations.health import ExamineRegistry, RegistryHealth, ZoneAgreement
from enumd.operations.times import timestamp
from enumd.registry import changes
from enumd.registry.agreement import compare


def examine(look: Look, request: ExamineRegistry) -> RegistryHealth:
    """Compare every zone; an index that cannot be read is told, and no error."""
    try:
        zones = tuple(_compare(look, request))
    except EnumdError as error:
        changed = timestamp(changes.last_s(look.session))
        return RegistryHealth(changed, (), str(error), error.advice)
    return RegistryHealth(timestamp(changes.last_s(look.session)), zones)


def _compare(look: Look, request: ExamineRegistry) -> list[ZoneAgreement]:
    """Return what comparing the zones comes to."""
    # The index first: what is committed and not published yet is told, and not the other way round.
    with IndexReader(look.home.config.index_path) as reader, reader.snapshot() as snapshot:
        return [
            ZoneAgreement(
                found.apex, found.serial, found.names, found.compared, found.states, found.faults
            )
            for found in compare(look.session, snapshot, request.sample)
        ]
