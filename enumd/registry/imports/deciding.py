"""What an import is going to write, decided batch by batch and kept on its stage.

Nothing here locks or writes the registry. What was decided from a snapshot of it is mended later:
the batches with numbers that somebody changed since are decided again, and all of them where more
was changed than numbers. Of a zone file it is always all, for its records rule over its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from itertools import chain
from typing import TypeVar

from enumd.core.rrset import RRset
from enumd.registry import parties, zones
from enumd.registry.changes import Change
from enumd.registry.files.gathering import Group
from enumd.registry.files.notes import Notes
from enumd.registry.files.reading import Batch, SourceFile
from enumd.registry.files.rows import NOTES, OWN_KEY, ZONE_TTL, Refusal
from enumd.registry.imports.batch_loops import LoopCheck
from enumd.registry.imports.destination import expected_zone
from enumd.registry.imports.meanwhile import Standing, find_touched, read_standing
from enumd.registry.imports.number_batches import NumberImport, Tally, WantedNumber
from enumd.registry.imports.options import ImportOptions
from enumd.registry.imports.record_batches import RecordImport, RecordTally, WantedRRset
from enumd.registry.imports.stage import Sheet, Stage
from enumd.registry.imports.zone_choice import ZoneFinder
from enumd.registry.imports.zone_head import ZoneHead
from enumd.registry.schema import PartyRow, ZoneRow

T = TypeVar("T", Tally, RecordTally)


class ImportPlan:
    """Everything that is decided about one file."""

    def __init__(
        self, source: SourceFile, options: ImportOptions, head: ZoneHead | None, stage: Stage
    ) -> None:
        """Decide about *source*, with the *head* of a zone file, on *stage*."""
        self.notes = Notes()
        self._source = source
        self._options = options
        self._head = head
        self._stage = stage
        self._standing = Standing({}, None)
        self._tallies: dict[int, tuple[Tally, RecordTally]] = {}
        self._walked: set[int] = set()

    @property
    def numbers(self) -> Tally:
        """Return what becomes of all numbers."""
        return _sum(Tally, [numbers for numbers, _ in self._tallies.values()])

    @property
    def records(self) -> RecordTally:
        """Return what becomes of all RRsets."""
        return _sum(RecordTally, [records for _, records in self._tallies.values()])

    def make(self, change: Change, batches: Iterable[Batch], tell: Callable[[int], None]) -> None:
        """Decide about all *batches* as the registry is in *change*, which is not written to."""
        deciding = self._begin(change)
        if self._head is not None and deciding.adopts:
            self._note_head(self._head)
        for done, groups in batches:
            self._decide(deciding, self._stage.add(groups), groups)
            for group in groups:
                self.notes.take(group[4])
            tell(done)

    def _note_head(self, head: ZoneHead) -> None:
        """Note what is odd in a SOA that the zone is going to follow."""
        said = head.parameters
        apex = str(head.apex)
        if idle := zones.tell_idle_minimum(apex, said.negative_ttl_s, said.soa_ttl_s):
            self.notes.add(head.line, "minimum-idle", idle)

    def stale(self, change: Change) -> Sequence[int]:
        """Return the batches in which something has changed since it was decided."""
        party = self._party(change)
        now = read_standing(change.session, party.id if party else None)
        touched = find_touched(change.session, self._standing, now)
        if touched is not None and not touched:
            return ()
        if touched is None or self._head is not None:
            return self._stage.batches
        return sorted({*self._stage.holding(touched), *self._walked})

    def mend(self, change: Change) -> bool:
        """Decide again what has changed since it was decided; return whether anything had."""
        batches = self.stale(change)
        deciding = self._begin(change)
        for batch in batches:
            self._decide(deciding, batch, self._stage.groups(batch))
        return bool(batches)

    def _begin(self, change: Change) -> _Deciding:
        """Return what decides as the registry is now, and remember how it is."""
        party = self._party(change)
        self._standing = read_standing(change.session, party.id if party else None)
        return _Deciding(change, self._source, self._options, self._head, party, self._stage)

    def _party(self, change: Change) -> PartyRow | None:
        """Return the party to whom the numbers are to belong, None for the registry."""
        if self._options.party is None:
            return None
        return parties.expected_importer(
            change.session, self._options.party, add_new=self._options.add_party
        )

    def _decide(self, deciding: _Deciding, batch: int, groups: Sequence[Group]) -> None:
        """Make the sheet of one batch."""
        sheet = Sheet(batch)
        self._tallies[batch] = deciding.take(groups, sheet)
        self._stage.put(sheet)
        if deciding.loops.has_walked:
            self._walked.add(batch)
            deciding.loops.has_walked = False


def _sum(kind: type[T], tallies: Sequence[T]) -> T:
    """Return all *tallies* in one."""
    names = [each.name for each in fields(kind)]
    return kind(*(sum(getattr(tally, name) for tally in tallies) for name in names))


class _Deciding:
    """Decides from one snapshot of the registry."""

    def __init__(
        self,
        change: Change,
        source: SourceFile,
        options: ImportOptions,
        head: ZoneHead | None,
        party: PartyRow | None,
        stage: Stage,
    ) -> None:
        self.loops = LoopCheck(change, stage.uris)
        self._zone: ZoneRow | None = None
        self._records: RecordImport | None = None
        self._ttl_s = 0
        found = None
        self.adopts = False
        if head is not None:
            self._zone, self.adopts = expected_zone(change.session, source, head, options)
            self._ttl_s = head.parameters.ttl_s if self.adopts else self._zone.ttl_s
            found = [self._zone]
        elif options.apex is not None:
            found = [zones.show(change.session, options.apex)]
        finder = ZoneFinder(change.session, found)
        self._numbers = NumberImport(change, party, finder, self.loops)
        if self._zone is not None:
            self._records = RecordImport(change, self._zone, finder, adopt=self.adopts)

    def take(self, groups: Sequence[Group], sheet: Sheet) -> tuple[Tally, RecordTally]:
        """Put what *groups* make on *sheet*; return what became of them."""
        for finding in chain.from_iterable(group[4] for group in groups):
            if finding[1] not in NOTES:
                sheet.refusals.append(Refusal(*finding))
        if self._records is not None:
            self._take_records(groups, self._records, sheet)
        self._take_numbers(groups, sheet)
        done = self._numbers.tally, self._records.tally if self._records else RecordTally()
        self._numbers.tally = Tally()
        if self._records is not None:
            self._records.tally = RecordTally()
        return done

    def _take_records(self, groups: Sequence[Group], records: RecordImport, sheet: Sheet) -> None:
        """Decide about the records of *groups*."""
        wanted = [
            WantedRRset(
                key, owner, RRset(rrtype, self._ttl_s if ttl_s is None else ttl_s, rdatas), lines
            )
            for key, _, _, rrsets, *_ in groups
            for owner, rrtype, ttl_s, rdatas, lines in rrsets
        ]
        if wanted:
            records.take(wanted, sheet)

    def _take_numbers(self, groups: Sequence[Group], sheet: Sheet) -> None:
        """Decide about the numbers of *groups*."""
        prefix = self._zone.prefix if self._zone else ""
        # Every record of a zone file has a TTL: one that is the zone's, or that only the zone can
        # give, is no number's own. What CSV does not say stays as it is.
        of_zone = (self._ttl_s, None) if self._zone else ()
        numbers = [
            WantedNumber(
                prefix + key.removeprefix(OWN_KEY),
                endpoints,
                lines,
                ZONE_TTL if ttl_s in of_zone else ttl_s,
            )
            for key, endpoints, lines, _, _, ttl_s in groups
            if endpoints is not None
        ]
        if numbers:
            self._numbers.take(numbers, sheet)
