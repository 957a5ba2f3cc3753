"""What happens to a number, written to the log: its images before and after, and by whose right."""

from __future__ import annotations

from enumd.registry import number_image
from enumd.registry.changes import Change
from enumd.registry.number_image import Image
from enumd.registry.proofs import Act
from enumd.registry.schema import NumberRow, ZoneRow


def add(
    change: Change,
    zone: ZoneRow,
    action: str,
    row: NumberRow,
    before: Image,
    by: Act | None = None,
) -> bool:
    """Log what *action* made of the number of *row*, if it is another than *before*; tell if so.

    *by* says by whose right something was done to a number that is somebody's.
    """
    after = number_image.describe(change.session, row, change.now_s)
    if after == before:
        return False
    if by is not None:
        after["by"] = by.value
    change.record(zone, action, row.digits, before, after)
    return True
