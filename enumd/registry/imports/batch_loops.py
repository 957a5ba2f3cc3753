"""Loops among the numbers of an import, found a batch at a time; see `loops` for what one is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import select

from enumd.core.number import Number
from enumd.registry.changes import Change
from enumd.registry.files.one_name import Endpoints
from enumd.registry.loops import find_way_back, own_hosts, targets
from enumd.registry.schema import EndpointRow, NumberRow, ZoneRow

Staged = Callable[[Iterable[str]], Mapping[str, list[str]]]
"""Returns the URIs of those of some numbers that an import is going to write."""


class LoopCheck:
    """Knows the hosts whose calls come back here."""

    def __init__(self, change: Change, staged: Staged = lambda digits: {}) -> None:
        """Ask for them once; *staged* tells what earlier batches are going to write."""
        self.has_walked = False
        """Whether anything was looked for beyond the numbers of a batch."""
        self._session = change.session
        self._staged = staged
        self._own = own_hosts(change)
        hosts = "|".join(map(re.escape, sorted(self._own)))
        self._suspicious = re.compile(rf"sips?:.*@(?:{hosts})\.?(?:[:;?]|$)", re.IGNORECASE)

    def looping(self, numbers: Mapping[str, Endpoints]) -> dict[str, str]:
        """Return why those of *numbers* whose calls would come back to themselves are refused."""
        match = self._suspicious.match
        suspects = {
            digits: targets([each[2] for each in endpoints], self._own)
            for digits, endpoints in numbers.items()
            if any(match(each[2]) for each in endpoints)
        }
        if not any(suspects.values()):
            return {}
        self.has_walked = True
        known = {Number(digits): suspects.get(digits, []) for digits in numbers}
        self._look_up(known, {each for found in suspects.values() for each in found})
        hints = {digits: self._walk(Number(digits), known) for digits in suspects}
        return {digits: hint for digits, hint in hints.items() if hint}

    def _look_up(self, known: dict[Number, list[Number]], wanted: Iterable[Number]) -> None:
        """Add to *known* where the registry leads the numbers *wanted*, with one statement."""
        unknown = {number.digits for number in wanted if number not in known}
        query = (
            select(NumberRow.digits, EndpointRow.uri)
            .join(EndpointRow, NumberRow.id == EndpointRow.number_id)
            .where(NumberRow.zone_id.in_(select(ZoneRow.id)), NumberRow.digits.in_(unknown))
        )
        uris: dict[str, list[str]] = defaultdict(list)
        for digits, uri in self._session.execute(query):
            uris[digits].append(uri)
        uris |= self._staged(unknown)
        for digits in unknown:
            known[Number(digits)] = targets(uris[digits], self._own)

    def _walk(self, number: Number, known: dict[Number, list[Number]]) -> str | None:
        """Return why *number* is refused whose calls would come back, or None."""

        def lead(onward: Number) -> list[Number]:
            if onward not in known:
                self._look_up(known, [onward])
            return known[onward]

        trail = find_way_back(number, known[number], lead)
        return trail and f"its calls would come back: {trail}"
