"""Whom that belongs to which a request is about."""

from __future__ import annotations

from enumd.operations.desk import Deed, Look
from enumd.operations.rights import Subject, named_in
from enumd.operations.work.reading import name_of, number_of
from enumd.registry import numbers, zones


def subject_of(desk: Look | Deed, request: object) -> Subject:
    """Return whose the number is that *request* names, as things stand; else whom it names.

    In quarantine a number is still its former holder's.

    Raises:
        NotFound, Conflict, NumberError: no zone, or more than one, stands for that number.
    """
    text = getattr(request, "number", None)
    if text is None:
        return named_in(request)
    number, apex = number_of(desk, text), name_of(getattr(request, "zone", None))
    zone = zones.find_for(desk.session, number, apex)
    if isinstance(desk, Deed):
        desk.change.lock(zone)  # nobody gives it to somebody else between this and the work
    record = numbers.show(desk.session, number, desk.now_s, zone.tree.name)
    return Subject(record.holder, record.registrar)
