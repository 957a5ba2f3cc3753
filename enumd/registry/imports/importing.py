"""Files imported into the registry, each in one transaction.

Nothing of a file is in the registry, and so nothing of it can be published, before all of it is
read, checked and listed; a process that dies half way leaves the registry as it was. What a file
says of a number, or of a type at a name, replaces what was there; what it does not name stays.

Others wait only while rows are copied. Before that the file is read, and what becomes of each line
is decided and made ready, from a snapshot of the registry and beside everybody else; then what was
changed meanwhile is decided again, at last under the lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from enumd.errors import UnreadableFile
from enumd.registry import parties
from enumd.registry.changes import Change
from enumd.registry.database import Registry
from enumd.registry.files.one_name import Rules
from enumd.registry.files.reading import FileFormat, SourceFile, read_batches
from enumd.registry.files.rejects import Rejects
from enumd.registry.files.rows import RefusalKind
from enumd.registry.files.sniffing import sniff
from enumd.registry.garbage import few_collections
from enumd.registry.imports.deciding import ImportPlan
from enumd.registry.imports.destination import make_zone, tree_of
from enumd.registry.imports.options import ImportOptions, ImportResult, Progress
from enumd.registry.imports.stage import NEW_ZONE, Stage
from enumd.registry.imports.writing import writing
from enumd.registry.imports.zone_head import ZoneHead, read_head
from enumd.registry.schema import ZoneRow

__all__ = ["ImportOptions", "ImportResult", "import_file", "sniff"]

_MENDED: Final = 3
"""How often what was changed meanwhile is decided again before the lock is taken: each time takes
less long than the one before, and less happens in it."""

_TRIES: Final = 3
"""How often the lock is given back where much has to be decided again; then it is done under it."""

_FEW: Final = 10
"""How many batches may be decided again under the lock at any time; it takes 0.1 s each."""

_BATCH_TAKES_S: Final = 0.05
"""How long at most it takes to write a batch, on a machine that is slow or busy."""


def import_file(
    registry: Registry, path: Path, options: ImportOptions, progress: Progress | None = None
) -> ImportResult:
    """Import the file at *path* and return what became of it; publishing is for the caller.

    The file is read and checked whole, and everything is decided, before the registry is locked:
    others wait no longer than it takes to copy what was made ready. Where every line is refused
    nothing is made: no zone and no party either.

    Raises:
        UnreadableFile: it cannot be read, or is no file of its format.
        NotFound: the zone, or the party, is unknown.
        RegistryBusy: others were writing for too long.
    """
    began = time.perf_counter()
    listed = options.rejects_path
    if listed is not None and listed.exists() and listed.samefile(path):
        why = "what is refused of it cannot be listed in the file itself"
        raise UnreadableFile(str(path), why).advise("Name another file with --rejects.")
    kind = options.format or sniff(path)
    head = read_head(path, options.apex) if kind is FileFormat.ZONE else None
    source = _source(registry, path, head, options)
    with few_collections(), Stage() as stage:
        importing = _Import(registry, source, options, head, stage)
        result = importing.run(progress or (lambda done, total: None))
    return replace(result, seconds=time.perf_counter() - began)


def _source(
    registry: Registry, path: Path, head: ZoneHead | None, options: ImportOptions
) -> SourceFile:
    """Return the file at *path* and how it is read."""
    apex = None
    if head is not None:
        with registry.read() as session:
            apex, _ = tree_of(session, path, head, options)
    policy = registry.policy
    return SourceFile(
        path=path,
        format=FileFormat.CSV if head is None else FileFormat.ZONE,
        rules=Rules(head is not None, options.partial, policy.max_endpoints),
        max_digits=policy.max_digits,
        apex=apex,
        include=options.include,
    )


def _tell(source: SourceFile, progress: Progress, done: int) -> None:
    """Tell *progress* that *done* octets of *source* are read."""
    progress(done, source.size)


class _NothingTakenError(Exception):
    """Ends a transaction in which there is nothing to keep."""

    def __init__(self, result: ImportResult) -> None:
        """Keep what became of the file."""
        super().__init__(result)
        self.result = result


class _StaleError(Exception):
    """Ends a transaction before which too much was changed."""


class _Import:
    """One import."""

    def __init__(
        self,
        registry: Registry,
        source: SourceFile,
        options: ImportOptions,
        head: ZoneHead | None,
        stage: Stage,
    ) -> None:
        self._registry = registry
        self._source = source
        self._options = options
        self._head = head
        self._stage = stage
        self._plan = ImportPlan(source, options, head, stage)

    def run(self, progress: Progress) -> ImportResult:
        """Import the file and return what became of it."""
        source = self._source
        with self._looking() as change:
            told = partial(_tell, source, progress)
            self._plan.make(change, read_batches(source), told)
        for left in reversed(range(_TRIES)):
            self._mend()
            result = self._listed()
            if result.all_rejected:
                break
            try:
                with self._writing() as change:
                    return self._write(change, result, most=_FEW if left else None)
            except _StaleError:
                continue
            except _NothingTakenError as nothing:
                return nothing.result
        return result

    def _mend(self) -> None:
        """Decide again what has changed meanwhile, until that is little."""
        for _ in range(_MENDED):
            with self._looking() as change:
                if not self._plan.mend(change):
                    break
        self._stage.seal()

    def _write(self, change: Change, result: ImportResult, most: int | None) -> ImportResult:
        """Write what was decided, mended where somebody was faster; return what became of it.

        Raises:
            _StaleError: more than *most* batches would have to be mended.
            _NothingTakenError: nothing is left to write.
        """
        writer = writing(change, self._stage)
        writer.prepare()
        self._lock(change)
        if stale := self._plan.stale(change):
            if most is not None and len(stale) > most:
                raise _StaleError
            result = self._mended(change)
            writer.prepare()
        options = self._options
        party, zone = None, None
        if options.party is not None:
            party = parties.importer(change, options.party, add_new=options.add_party)
        if self._head is not None:
            zone = make_zone(change, self._source, self._head, options)
        for zone_id in self._stage.zones():
            row = zone if zone_id == NEW_ZONE else change.session.get_one(ZoneRow, zone_id)
            assert row is not None  # only a zone file makes a zone
            change.serial(row)
        change.session.flush()  # the log takes its serials from there, and stands behind the rest
        writer.write(party, zone)
        return result

    def _mended(self, change: Change) -> ImportResult:
        """Lock what the mended plan writes to, and return what becomes of the file by now.

        Raises:
            _NothingTakenError: nothing of it is left.
        """
        while self._plan.mend(change):
            self._lock(change)  # zones may have come in
        self._stage.seal()
        result = self._listed()
        if result.all_rejected:
            raise _NothingTakenError(result)
        return result

    def _lock(self, change: Change) -> None:
        """Lock the zones that are written to, in an order that two imports have in common."""
        for zone_id in self._stage.zones():
            if zone_id != NEW_ZONE:
                change.lock(change.session.get_one(ZoneRow, zone_id))

    def _listed(self) -> ImportResult:
        """List what is refused, and return what becomes of the file."""
        path = self._source.path
        listing = self._options.rejects_path or path.with_name(f"{path.stem}.rejects.csv")
        with Rejects() as rejects:
            for refusal in self._stage.refusals():
                rejects.add(refusal)
            return self._result(rejects, rejects.write(self._source, listing))

    def _result(self, rejects: Rejects, listing: Path | None) -> ImportResult:
        """Return what becomes of the file, of which *rejects* are listed in *listing*."""
        numbers, records = self._plan.numbers, self._plan.records
        return ImportResult(
            taken=numbers.lines_taken + records.lines_taken,
            unchanged=numbers.lines_unchanged + records.lines_unchanged,
            invalid=rejects.count(RefusalKind.INVALID),
            duplicates=rejects.count(RefusalKind.DUPLICATE),
            conflicts=rejects.count(RefusalKind.CONFLICT),
            incomplete=rejects.count(RefusalKind.INCOMPLETE),
            numbers_created=numbers.created,
            numbers_changed=numbers.changed,
            numbers_unchanged=numbers.unchanged,
            numbers_silenced=numbers.silenced,
            rrsets_changed=records.changed,
            reasons=rejects.reasons,
            rejects_path=listing,
            notes=self._plan.notes.found,
        )

    def _writing(self) -> AbstractContextManager[Change]:
        """Return the transaction that writes, with an estimate of how long it takes."""
        takes_s = 1 + len(self._stage.batches) * _BATCH_TAKES_S
        return self._registry.change_much(self._options.actor, self._options.now_s, takes_s)

    @contextmanager
    def _looking(self) -> Iterator[Change]:
        """Give the registry as it is now; nothing is changed in it."""
        options = self._options
        with self._registry.read() as session:
            yield Change(session, options.actor, options.now_s, self._registry.policy)
