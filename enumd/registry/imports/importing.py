"""Files imported into the registry, each in one transaction.

Nothing of a file is in the registry, and so nothing of it can be published, before all of it is
read, checked and listed; a process that dies half way leaves the registry as it was. What a file
says of a number, or of a type at a name, replaces what was there; what it does not name stays.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

import dns.name
from sqlalchemy.orm import Session

from enumd.core.apex import Apex
from enumd.core.rrset import RRset
from enumd.core.serial import Serial
from enumd.errors import Conflict, NotFound, UnreadableFile
from enumd.registry import parties, zones
from enumd.registry.changes import Actor, Change, Json
from enumd.registry.database import Registry
from enumd.registry.files.checked import Checked, checked
from enumd.registry.files.gathering import Group, Rules
from enumd.registry.files.notes import Note, Notes
from enumd.registry.files.reading import FileFormat, Source
from enumd.registry.files.regular import open_regular
from enumd.registry.files.rejects import Rejects
from enumd.registry.files.rows import OWN_KEY, ZONE_TTL, Fault, Refusal
from enumd.registry.garbage import few_collections
from enumd.registry.imports.number_batches import NumberImport, Wanted
from enumd.registry.imports.record_batches import RecordImport, WantedRRset
from enumd.registry.imports.zone_choice import ZoneFinder
from enumd.registry.imports.zone_head import ZoneHead, read_head
from enumd.registry.schema import PartyRow, ZoneRow

Progress = Callable[[int, int], None]
"""Is told how many octets of the file are done, and how many there are."""

_NOBODY: Final = Actor(None, "import")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is imported; what is not said follows from the file and the registry."""

    now_s: int
    actor: Actor = _NOBODY
    party: str | None = None
    """To whom the numbers belong: the name of a party. To the registry itself where it is None."""
    add_party: bool = False
    """Add the party if there is none of that name: a registrar, or a holder by mail address."""
    format: FileFormat | None = None
    apex: dns.name.Name | None = None
    """The zone of all numbers of a CSV file; the apex of a zone file and what it is relative to."""
    prefix: str | None = None
    """The digits a zone stands for that the registry does not have yet."""
    adopt: bool = False
    """Take SOA and apex NS from the zone file although the registry has the zone already."""
    include: bool = False
    """Read the files a zone file includes."""
    partial: bool = False
    """Take the good lines of a number even where others of it are refused."""
    rejects_path: Path | None = None
    """Where what is refused is listed; beside the file when not given."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file, in lines but for the counts of numbers and RRsets."""

    taken: int
    """Lines that changed something."""
    unchanged: int
    """Lines that say what the registry says."""
    invalid: int
    duplicates: int
    conflicts: int
    incomplete: int
    """Good lines left out because of another line of the same number."""
    numbers_created: int
    numbers_changed: int
    numbers_unchanged: int
    numbers_silenced: int
    """Numbers that had endpoints and have none now."""
    rrsets_changed: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """How many lines were refused under each code, the most frequent first."""
    rejects_path: Path | None = None
    """Where they are listed, None where there are none."""
    notes: tuple[Note, ...] = ()
    """What is worth knowing of lines that were taken, or left out without harm."""
    seconds: float = 0.0

    @property
    def rejected(self) -> int:
        """Return how many lines were refused."""
        return self.invalid + self.duplicates + self.conflicts + self.incomplete

    @property
    def all_rejected(self) -> bool:
        """Tell whether there were lines, and none of them was taken or is in the registry."""
        return self.rejected > 0 and not (self.taken or self.unchanged)


def import_file(
    registry: Registry, path: Path, options: ImportOptions, progress: Progress | None = None
) -> ImportResult:
    """Import the file at *path* and return what became of it; publishing is for the caller.

    The file is read and checked whole before the registry is locked: others wait no longer than it
    takes to write. Where every line is refused nothing is made: no zone and no party either.

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
    kind = options.format or sniffed(path)
    head = read_head(path, options.apex) if kind is FileFormat.ZONE else None
    source = _source(registry, path, head, options)
    told = _Halves(source, progress or (lambda done, total: None))
    try:
        with (
            few_collections(),
            checked(source, told.read) as file,
            registry.change(options.actor, options.now_s) as change,
            Rejects() as rejects,
        ):
            importing = _Import(change, source, options, head, rejects)
            importing.run(file, told.written)
            result = importing.result()
            if result.all_rejected:
                raise _NothingTakenError
    except _NothingTakenError:
        pass
    return replace(result, seconds=time.perf_counter() - began)


def _source(
    registry: Registry, path: Path, head: ZoneHead | None, options: ImportOptions
) -> Source:
    """Return the file at *path* and how it is read."""
    apex = None
    if head is not None:
        with registry.read() as session:
            apex, _ = _tree_of(session, path, head, options)
    policy = registry.policy
    return Source(
        path=path,
        format=FileFormat.CSV if head is None else FileFormat.ZONE,
        rules=Rules(head is not None, options.partial, policy.max_endpoints),
        max_digits=policy.max_digits,
        apex=apex,
        include=options.include,
    )


@dataclass(frozen=True, slots=True)
class _Halves:
    """Tells how far an import is: reading is one half of it, writing the other."""

    source: Source
    progress: Progress

    def read(self, done: int) -> None:
        """Say that *done* octets are read and checked."""
        self.progress(done // 2, self.source.size)

    def written(self, done: int) -> None:
        """Say that what stood in the first *done* octets is written."""
        size = self.source.size
        self.progress((size + done) // 2, size)


class _NothingTakenError(Exception):
    """Ends a transaction in which there is nothing to keep."""


_ZONE_TEXT: Final = re.compile(
    rb"^\$(?:ORIGIN|TTL)\b|^[^,\n]*\sSOA\s", re.IGNORECASE | re.MULTILINE
)
_SUFFIXES: Final = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".zone": FileFormat.ZONE,
    ".db": FileFormat.ZONE,
}


def sniffed(path: Path) -> FileFormat:
    """Return the format of the file at *path*: by its name, else by what it begins with.

    Raises:
        UnreadableFile: it cannot be read.
    """
    if path.suffix.lower() in _SUFFIXES:
        return _SUFFIXES[path.suffix.lower()]
    try:
        with open_regular(path) as stream:
            begin = stream.read(1 << 16).removeprefix(codecs.BOM_UTF8).replace(b"\r", b"\n")
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from None
    return FileFormat.ZONE if _ZONE_TEXT.search(begin) else FileFormat.CSV


class _Import:
    """One import within its transaction."""

    def __init__(
        self,
        change: Change,
        source: Source,
        options: ImportOptions,
        head: ZoneHead | None,
        rejects: Rejects,
    ) -> None:
        self._source = source
        self._options = options
        self._rejects = rejects
        self._notes = Notes()
        self._written: Path | None = None
        self._zone: ZoneRow | None = None
        self._records: RecordImport | None = None
        adopt = options.adopt
        if head is not None:
            self._zone, new = _zone_of(change, source, head, options)
            adopt = adopt or new
            if adopt:
                _adopt(change, self._zone, head)
                said = head.parameters
                apart = self._zone.apex, said.negative_ttl_s, said.soa_ttl_s
                if idle := zones.tell_idle_minimum(*apart):
                    self._notes.add(head.line, "minimum-idle", idle)
        apex = self._zone.tree.name if self._zone else options.apex
        finder = ZoneFinder(change, apex)
        self._numbers = NumberImport(change, _party(change, options), finder)
        if self._zone:
            self._records = RecordImport(change, self._zone, finder, adopt=adopt)

    def run(self, file: Checked, tell: Callable[[int], None]) -> None:
        """Write all of *file*, and list what is refused."""
        for done, groups in file.batches():
            for refusal in self._notes.take(chain.from_iterable(group[4] for group in groups)):
                self._rejects.add(Refusal(*refusal))
            if self._zone is not None and self._records is not None:
                self._take_records(groups, self._zone, self._records)
            self._take_numbers(groups)
            tell(done)
        path = self._source.path
        beside = path.with_name(f"{path.stem}.rejects.csv")
        self._written = self._rejects.write(self._source, self._options.rejects_path or beside)

    def _take_records(self, groups: Sequence[Group], zone: ZoneRow, records: RecordImport) -> None:
        """Write the records of *groups*."""
        wanted = [
            WantedRRset(
                key, owner, RRset(rrtype, zone.ttl_s if ttl_s is None else ttl_s, rdatas), lines
            )
            for key, _, _, rrsets, *_ in groups
            for owner, rrtype, ttl_s, rdatas, lines in rrsets
        ]
        if wanted:
            self._refuse(records.take(wanted))

    def _take_numbers(self, groups: Sequence[Group]) -> None:
        """Write the numbers of *groups*."""
        prefix = self._zone.prefix if self._zone else ""
        # Every record of a zone file has a TTL: one that is the zone's, or that only the zone can
        # give, is no number's own. What CSV does not say stays as it is.
        of_zone = (self._zone.ttl_s, None) if self._zone else ()
        numbers = [
            Wanted(
                prefix + key.removeprefix(OWN_KEY),
                endpoints,
                lines,
                ZONE_TTL if ttl_s in of_zone else ttl_s,
            )
            for key, endpoints, lines, _, _, ttl_s in groups
            if endpoints is not None
        ]
        if numbers:
            self._refuse(self._numbers.take(numbers))

    def _refuse(self, refusals: Sequence[Refusal]) -> None:
        """List *refusals*."""
        for refusal in refusals:
            self._rejects.add(refusal)

    def result(self) -> ImportResult:
        """Return what became of the file."""
        numbers = self._numbers.tally
        records = self._records.tally if self._records else None
        count = self._rejects.count
        return ImportResult(
            taken=numbers.lines_taken + (records.lines_taken if records else 0),
            unchanged=numbers.lines_unchanged + (records.lines_unchanged if records else 0),
            invalid=count(Fault.INVALID),
            duplicates=count(Fault.DUPLICATE),
            conflicts=count(Fault.CONFLICT),
            incomplete=count(Fault.INCOMPLETE),
            numbers_created=numbers.created,
            numbers_changed=numbers.changed,
            numbers_unchanged=numbers.unchanged,
            numbers_silenced=numbers.silenced,
            rrsets_changed=records.changed if records else 0,
            reasons=self._rejects.reasons,
            rejects_path=self._written,
            notes=self._notes.found,
        )


def _party(change: Change, options: ImportOptions) -> PartyRow | None:
    """Return the party to whom the numbers of a file are to belong, None for the registry."""
    if options.party is None:
        return None
    return parties.importer(change, options.party, add_new=options.add_party)


def _tree_of(
    session: Session, path: Path, head: ZoneHead, options: ImportOptions
) -> tuple[Apex, ZoneRow | None]:
    """Return the tree a file is about, and its zone where the registry has it."""
    if options.apex is not None and options.apex.canonicalize() != head.apex:
        raise UnreadableFile(str(path), f"its SOA is that of {head.apex}, not of {options.apex}")
    try:
        zone = zones.show(session, head.apex)
        return zone.tree, zone
    except NotFound:
        prefix = head.prefix if options.prefix is None else options.prefix
        if prefix is None:
            raise NotFound(
                f"{head.apex} is no zone of this registry, and nothing says which digits it stands "
                f"for; add it with `enumd zone add {head.apex} --prefix DIGITS`"
            ) from None
    return Apex(head.apex, prefix), None


def _zone_of(
    change: Change, source: Source, head: ZoneHead, options: ImportOptions
) -> tuple[ZoneRow, bool]:
    """Return the zone a file is about, and whether the registry did not have it."""
    tree, zone = _tree_of(change.session, source.path, head, options)
    if tree != source.apex:
        raise Conflict(f"{tree} was changed while {source.path} was read").advise(
            "Nothing was imported; run it again."
        )
    if zone is not None:
        return zone, False
    return zones.add(change, tree, parameters=head.parameters), True


def _adopt(change: Change, zone: ZoneRow, head: ZoneHead) -> None:
    """Let the SOA of *zone* say what that of the file says.

    The serial goes on after that of the file, or secondaries that know the zone would not look.
    """
    change.lock(zone)
    said = head.parameters
    wanted: dict[str, Json] = {
        "ttl_s": said.ttl_s,
        "negative_ttl_s": said.negative_ttl_s,
        "refresh_s": said.refresh_s,
        "retry_s": said.retry_s,
        "expire_s": said.expire_s,
        "soa_ttl_s": said.soa_ttl_s,
        "mname": str(said.mname).lower(),
        "rname": str(said.rname).lower(),
    }
    before = zones.image(zone)
    for name, value in wanted.items():
        setattr(zone, name, value)
    ahead = head.serial.newer_than(Serial(zone.serial))
    if ahead:
        change.advance(zone, head.serial)
    if ahead or before != zones.image(zone):
        change.record(zone, "zone.import", None, before, zones.image(zone))
