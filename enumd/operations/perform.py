"""Something performed at home: allowed, done, committed, published, seen live. One way for all."""

from __future__ import annotations

from typing import Any, TypeVar

from enumd.errors import Conflict, NotPermitted
from enumd.operations.actor import Doer
from enumd.operations.desk import Deed, Desk, Look
from enumd.operations.home import Home
from enumd.operations.opening import reading
from enumd.operations.operation import Opens, Operation
from enumd.operations.performed import QUIET, Performed, Streams
from enumd.operations.request import Request
from enumd.operations.rights import NOBODYS, Reach, Subject, allowed, named_in
from enumd.operations.table import operation_of

R = TypeVar("R")


def perform(request: Request[R], doer: Doer, home: Home, streams: Streams = QUIET) -> Performed[R]:
    """Perform *request* for *doer* in *home*, and return its result and what came after it.

    Raises:
        NotPermitted: *doer* may not do this, or not with this.
        EnumdError: what the operation itself refuses; nothing was changed then.
    """
    operation = operation_of(request)
    desk = Desk(home, doer, streams, home.now_s)
    if operation.opens is Opens.READING:
        return _read(operation, desk, request)
    if operation.opens is Opens.CHANGE:
        return _change(operation, desk, request)
    _permit(operation, desk, named_in(request))
    performed: Performed[R] = operation.load()(desk, request)
    return performed


def _read(operation: Operation, desk: Desk, request: Request[R]) -> Performed[R]:
    """Perform what changes nothing."""
    work = operation.load()
    with reading(desk.home) as session:
        look = desk.looking(session)
        _permit_subject(operation, look, request)
        return Performed(work(look, request), notes=tuple(look.notes))


def _change(operation: Operation, desk: Desk, request: Any) -> Performed[Any]:
    """Perform a change; where its number is taken, the error names free ones like it."""
    from enumd.operations import changing

    work = operation.load()

    def permit_and_work(deed: Deed) -> Any:
        _permit_subject(operation, deed, request)
        return work(deed, request)

    try:
        if operation.live:
            return changing.change_number(desk, request, permit_and_work)
        return changing.change(desk, permit_and_work)
    except Conflict as error:
        if operation.offers and request.number:
            error.similar = _similar(desk, request.number)
        raise


def _similar(desk: Desk, text: str) -> tuple[str, ...]:
    """Return free numbers like the one written *text*."""
    from enumd.operations.work.free import find_similar

    with reading(desk.home) as session:
        return find_similar(desk.looking(session), text)


def _permit_subject(operation: Operation, desk: Look | Deed, request: object) -> None:
    """Refuse what the doer may not do to that which *request* is about."""
    subject = NOBODYS
    if operation.who.get(desk.doer.role) in (Reach.OWN, Reach.OPEN):
        from enumd.operations.work.subjects import subject_of  # only here it matters whose it is

        subject = subject_of(desk, request)
    _permit(operation, desk, subject)


def _permit(operation: Operation, desk: Desk, subject: Subject) -> None:
    """Raise NotPermitted where the doer may not do *operation* to *subject*."""
    verdict = allowed(desk.doer, operation.name, operation.who, subject)
    if not verdict:
        raise NotPermitted(verdict.why_not)
