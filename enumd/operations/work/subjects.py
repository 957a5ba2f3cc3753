"""Whom that belongs to which a request is about."""

from __future__ import annotations

from enumd.operations.desk import Deed, Look
from enumd.operations.rights import Subject, named_in
from enumd.operations.work.reading import name_of, number_of
from enumd.registry import numbers


def subject_of(desk: Look | Deed, request: object) -> Subject:
    """Return whose the number is that *request* names, as things stand; else whom it names.

    In quarantine a number is still its former holder's.

    Raises:
        NotFound, Conflict, NumberError: no zone, or more than one, stands for that number.
    """
    text = getattr(request, "number", None)
    if text is None:
        return named_in(request)
    zone = name_of(getattr(request, "zone", None))
    record = numbers.show(desk.session, number_of(desk, text), desk.now_s, zone)
    return Subject(record.holder, record.registrar)
