"""The page /metrics over HTTP: one figure for all who ask, and few who may ask at once."""

from __future__ import annotations

from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from twisted.internet.base import DelayedCall
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from enumd.net import descriptors
from enumd.net.connections import Clock

PAUSE_S: Final = 0.1
"""The page is made at most so often: it takes milliseconds, and DNS waits meanwhile."""

_PLAIN: Final = b"text/plain; charset=utf-8"


class MetricsPage(Resource):
    """The page /metrics; every other is not there.

    Whoever asks waits for the next time the page is made, so that it is as fresh as if it had been
    made for them. Whatever is asked waits so: nobody gets more out of one connection.
    """

    isLeaf = True  # noqa: N815 (Twisted's name)

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        """Show what *registry* collects."""
        Resource.__init__(self)
        self._registry = registry
        self._clock = clock
        self._waiting: dict[Request, None] = {}
        self._next: DelayedCall | None = None
        self._made_s = float("-inf")

    def render(self, request: Request) -> Any:
        """Have *request* wait for the page."""
        self._waiting[request] = None
        request.notifyFinish().addErrback(lambda _: self._waiting.pop(request, None))
        if self._next is None:
            pause_s = self._made_s + PAUSE_S - self._clock.seconds()
            self._next = self._clock.callLater(min(PAUSE_S, max(0.0, pause_s)), self._answer_all)
        return NOT_DONE_YET

    def _answer_all(self) -> None:
        """Answer everybody who waits with the text of this moment."""
        self._next, self._made_s = None, self._clock.seconds()
        requests, text = list(self._waiting), generate_latest(self._registry)
        self._waiting.clear()
        for request in requests:
            _answer(request, text)


class FewConnections(WrappingFactory):
    """Makes the connections of another factory, and cuts the oldest off when there are many.

    A scrape takes milliseconds, so the oldest is none.
    """

    noisy = False

    def registerProtocol(self, p: ProtocolWrapper) -> None:  # noqa: N802 (Twisted's name)
        """Take up a connection, making room for it."""
        oldest: Any = next(iter(self.protocols), None)
        if len(self.protocols) >= descriptors.METRICS:
            self.unregisterProtocol(oldest)
            oldest.abortConnection()
        super().registerProtocol(p)  # type: ignore[no-untyped-call]

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:  # noqa: N802 (Twisted's name)
        """Forget a connection, once."""
        self.protocols.pop(p, None)


class BodilessRequest(Request):
    """A request that brings nothing: a page of figures takes no uploads."""

    def gotLength(self, length: int | None) -> None:  # noqa: N802 (Twisted's name)
        """Close the connection of a peer that wants to send something."""
        super().gotLength(0)  # type: ignore[no-untyped-call]
        if length != 0:
            self.loseConnection()  # type: ignore[no-untyped-call]


class QuietSite(Site):
    """A site that leaves scrapes out of the log."""

    noisy = False

    def __init__(self, root: Resource, reactor: Any) -> None:
        """Serve *root* in *reactor*."""
        Site.__init__(self, root, requestFactory=BodilessRequest, reactor=reactor)

    def log(self, request: object) -> None:
        """Say nothing: a scrape every few seconds is no event."""


def _answer(request: Request, text: bytes) -> None:
    """Answer *request*: with *text*, or that there is no such page, or that it is to be read."""
    status, kind = 200, CONTENT_TYPE_LATEST.encode()
    if request.path != b"/metrics":
        status, kind, text = 404, _PLAIN, b"the only page here is /metrics\n"
    elif request.method not in (b"GET", b"HEAD"):
        status, kind, text = 405, _PLAIN, b"this page can only be read\n"
        request.setHeader(b"allow", b"GET, HEAD")
    request.setResponseCode(status)
    request.setHeader(b"content-type", kind)
    request.setHeader(b"content-length", str(len(text)).encode())
    request.write(text)
    request.finish()
