"""An index made from nothing, whatever state the one before is in.

What is published is made anew from the registry in a directory of its own, which then takes the
place of the old one; servers go over to it by themselves. Of the old index only the heads are
looked at, as far as they can be read, so that serials go forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from enumd.index.directory import replace_directory, set_aside
from enumd.index.heads import surviving_heads
from enumd.index.layout import Zone
from enumd.index.writer import IndexTransaction, IndexWriter
from enumd.registry.database import Registry
from enumd.registry.publish import Progress, ZonePublished, publish


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was published, and what became of an index that was not recognised."""

    published: tuple[ZonePublished, ...]
    aside: Path | None
    """Where the files are kept that were there and could not be told to be this registry's."""


def rebuild(registry: Registry, path: Path, progress: Progress | None = None) -> Rebuilt:
    """Make the index of *registry* at *path* anew, and what was there of no account.

    Raises:
        IndexForeign: *path* is no directory, or one that holds other things.
        IndexUnreachable: the operating system refuses; what was there stays.
        RegistryError: the registry cannot be read, or a serial of it cannot be moved on.
    """
    with replace_directory(path) as draft:
        heads = surviving_heads(path, registry.registry_id)
        with IndexWriter(draft, registry.registry_id) as writer:
            writer.publish(lambda transaction: _seed(transaction, heads or ()))
            published = publish(registry, writer, rebuild=True, progress=progress)
        aside = set_aside(path) if heads is None else None
    # Who had the old index open may have published to it while this one was made.
    with IndexWriter(path, registry.registry_id) as writer:
        later = publish(registry, writer)
    return Rebuilt((*published, *later), aside)


def _seed(transaction: IndexTransaction, heads: Sequence[Zone]) -> None:
    """Let the new index know what was published before: it is to go forward from there."""
    for head in heads:
        if head.told_serial == head.serial:
            transaction.put_zone(head)
