"""What is told of a change: its serial, and whether it is live."""

from __future__ import annotations

from typing import Any

from enumd.cli.layout import Record
from enumd.operations.performed import Performed
from enumd.operations.request import plain


def fields_with_live(performed: Performed[Any]) -> Record:
    """Return the result of a change of one number, its serial and the measurement."""
    fields: dict[str, Any] = plain(performed.result)
    return {**fields, **(performed.live.fields() if performed.live else {})}


def live_lines(performed: Performed[Any]) -> list[str]:
    """Return serial and measurement as a person reads them."""
    live = performed.live
    if live is None:
        return []
    if live.server is None:
        return [f"serial    {live.serial}"]
    if live.took_ms is None:
        return [f"not live  on {live.server}, serial {live.serial}"]
    return [
        f"live in {live.took_ms:.1f} ms on {live.server}, serial {live.serial}",
        f"          (resolvers that asked before may remember {live.remembered_s} s)",
    ]


def serial_line(performed: Performed[Any], zone: str) -> str:
    """Return the serial a change of *zone* was published under, as a person reads it."""
    serials = {one.zone: one.to_serial for one in performed.published}
    return f"serial    {serials[zone]}" if zone in serials else "serial    unchanged"
