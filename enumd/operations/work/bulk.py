"""Files imported, zones exported, the index brought up to the registry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from enumd.errors import BadRequest
from enumd.operations.bulk import (
    ExportZone,
    FileImported,
    ImportFile,
    ImportNote,
    PublishRegistry,
    ZoneExported,
    ZonesPublished,
)
from enumd.operations.desk import Desk, Look
from enumd.operations.opening import open_registry, open_to_read
from enumd.operations.performed import Performed
from enumd.operations.publishing import bring_up, make_anew, publish_committed
from enumd.operations.work.reading import name_of, only_zone
from enumd.registry.exporting import export_csv, export_zone
from enumd.registry.files.reading import FileFormat
from enumd.registry.imports.importing import ImportOptions, ImportResult, import_file


def take_file(desk: Desk, request: ImportFile) -> Performed[FileImported]:
    """Import a file, then publish what it changed."""
    path = Path(request.path)
    with open_registry(desk.home) as registry:
        what = f"reading {path.name}, octets"
        with desk.streams.meter(what, path.stat().st_size) as advance:
            result = import_file(
                registry, path, _options(desk, request), lambda done, total: advance(done)
            )
        published, trouble = publish_committed(desk, registry)
    return Performed(_describe(result), True, trouble, published, notes=tuple(desk.notes))


def export(look: Look, request: ExportZone) -> ZoneExported:
    """Write a zone in one of the formats."""
    if look.streams.text is None:
        raise BadRequest("an export needs something to be written to")
    zone = only_zone(look.session, request.zone)
    write = export_csv if request.format == "csv" else export_zone
    with look.streams.meter("writing, numbers", None) as advance:
        result = write(look.session, zone, look.streams.text, look.now_s, advance)
    return ZoneExported(zone.apex, **asdict(result))


def publish(desk: Desk, request: PublishRegistry) -> Performed[ZonesPublished]:
    """Bring the index up to the registry, or make it anew."""
    with open_to_read(desk.home) as registry:
        done = (
            make_anew(desk, registry) if request.rebuild else bring_up(desk, registry, whole=True)
        )
    return Performed(ZonesPublished(done), notes=tuple(desk.notes))


def _options(desk: Desk, request: ImportFile) -> ImportOptions:
    """Return the options of an import."""
    return ImportOptions(
        now_s=desk.now_s,
        actor=desk.actor,
        party=request.party,
        add_party=request.add_party,
        format=FileFormat(request.format) if request.format else None,
        apex=name_of(request.zone),
        prefix=request.prefix,
        adopt=request.adopt,
        include=request.include,
        partial=request.partial,
        rejects_path=Path(request.rejects_path) if request.rejects_path else None,
    )


def _describe(result: ImportResult) -> FileImported:
    """Return what became of a file as a result has it."""
    fields: dict[str, Any] = asdict(result)
    fields["rejects_path"] = str(result.rejects_path) if result.rejects_path else None
    fields["notes"] = tuple(ImportNote(**asdict(note)) for note in result.notes)
    fields["seconds"] = round(result.seconds, 3)
    return FileImported(**fields, rejected=result.rejected)
