"""What is published at plain numbers, for the hot path of SIP: one snapshot for a while.

`serve.enum.profiles` alone says what is known of a number. What is here gives the very answer it
reads its routes from where nothing else has a say: the tree with the longest prefix has the number,
with NAPTRs alone, at any time. Everything else is None, and goes the general way, which looks
again: so a number that was claimed a moment ago is there, and one that changed may be answered as
it was until the listener has its snapshot released, after 20 ms at most.
"""

from __future__ import annotations

from enumd.core.number import E164_DIGITS
from enumd.dns.wire import LONGEST_NAME_OCTETS
from enumd.index.hot import EMPTY, fetch
from enumd.index.reader import Snapshot
from enumd.index.view import ZoneView
from enumd.serve.directory import Directory


class PublishedNumbers:
    """Answers of plain numbers, all from one snapshot until `release` is called."""

    def __init__(self, directory: Directory) -> None:
        """Read what is published in *directory*."""
        self._directory = directory
        self._snapshot: Snapshot | None = None
        self._edition: object = None
        self._apexes: dict[bytes, bytes | None] = {}
        self._views: dict[bytes, ZoneView] = {}
        """The trees of this snapshot that were asked for already, by prefix."""
        self._lengths: tuple[int, ...] = ()

    def __call__(self, digits: bytes) -> bytes | None:
        """Return the answer at the number of these *digits*, its count of records in front.

        Raises:
            Exception: whatever LMDB, zstd or a look-up raises over a torn index.
        """
        snapshot = self._snapshot or self._begin()
        if snapshot is None:
            return None
        for length in self._lengths:
            view = self._views.get(prefix := digits[:length])
            if view is not None or prefix in self._apexes:
                break
        else:
            return None
        view, below = view or self._view(snapshot, prefix), digits[length:]
        if view is None or not 0 < len(below) <= E164_DIGITS:
            return None
        # Empty is a number that is claimed and has no records, or is suspended.
        return None if (body := fetch(view, below)) == EMPTY else body

    def release(self) -> None:
        """End the snapshot; the next call begins another."""
        if self._snapshot is not None:
            snapshot, self._snapshot = self._snapshot, None
            self._views.clear()
            snapshot.__exit__(None, None, None)

    def _begin(self) -> Snapshot | None:
        """Begin a snapshot, and learn its trees if they are new; return None without an index."""
        reader = self._directory.reader
        if reader is None:
            return None
        snapshot = self._snapshot = reader.snapshot().__enter__()
        if self._edition != snapshot.edition:
            self._learn(snapshot)
            self._edition = snapshot.edition
        return snapshot

    def _view(self, snapshot: Snapshot, prefix: bytes) -> ZoneView | None:
        """Return the tree that stands for *prefix* in *snapshot*, None if it shares numbers."""
        apex = self._apexes[prefix]
        if apex is None:
            return None
        view = self._views[prefix] = snapshot.views[apex]
        return view

    def _learn(self, snapshot: Snapshot) -> None:
        """Note by its prefix each tree whose numbers no other tree of ours can have."""
        apexes = sorted(snapshot.zones)
        self._apexes = {}
        for apex in apexes:
            room = len(apex) + 2 * E164_DIGITS <= LONGEST_NAME_OCTETS
            inner = any(other != apex and other.endswith(apex) for other in apexes)
            # Of several trees for the same digits the first is asked first, as `profiles` does.
            prefix = snapshot.views[apex].zone.prefix.encode()
            self._apexes.setdefault(prefix, apex if room and not inner else None)
        self._lengths = tuple(sorted({len(prefix) for prefix in self._apexes}, reverse=True))
