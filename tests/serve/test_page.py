"""The page /metrics as HTTP has it, with a clock that is moved by hand."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.test.requesthelper import DummyRequest

from enumd.net.descriptors import METRICS
from enumd.serve.page import PAUSE_S, FewConnections, MetricsPage, QuietSite


class Registry(CollectorRegistry):
    """Counts how often it is read."""

    reads = 0

    def collect(self):
        """Yield nothing."""
        self.reads += 1
        return iter(())


class Line(StringTransport):
    """A connection that can be cut off."""

    fate = ""

    def abortConnection(self):  # noqa: N802 (Twisted's name)
        """Note it."""
        self.fate = "cut off"


class Bench:
    """A site and connections to it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.clock = Clock()
        self.clock.advance(1000)
        self.registry = Registry()
        self.page = MetricsPage(self.registry, self.clock)
        self.site = QuietSite(self.page, self.clock)
        self.factory = FewConnections(self.site)

    def connect(self):
        """Return a connection and what its peer sees."""
        protocol, line = self.factory.buildProtocol(None), Line()
        protocol.makeConnection(line)
        return protocol, line


@pytest.fixture
def bench() -> Bench:
    """A bench."""
    return Bench()


def asked(method: bytes = b"GET", path: bytes = b"/metrics", more: bytes = b"") -> bytes:
    """Return the octets of a request."""
    return method + b" " + path + b" HTTP/1.1\r\nHost: here\r\n" + more + b"\r\n"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        (b"GET", b"/metrics", b"200"),
        (b"HEAD", b"/metrics", b"200"),
        (b"POST", b"/metrics", b"405"),
        (b"GET", b"/", b"404"),
        (b"GET", b"/metric", b"404"),
    ],
)
def test_there_is_one_page_to_read(bench, method, path, status):
    """Everything but /metrics is not there, and nothing but reading is done to it."""
    connection, line = bench.connect()
    connection.dataReceived(asked(method, path))
    bench.clock.advance(0)

    assert line.value().split()[1] == status


def test_all_who_wait_get_the_page_of_that_moment(bench):
    """The page is made once for everybody, and not before a pause is over."""
    lines = [bench.connect() for _ in range(5)]
    for connection, _ in lines:
        connection.dataReceived(asked())
    bench.clock.advance(0)
    assert bench.registry.reads == 1
    assert all(line.value().startswith(b"HTTP/1.1 200") for _, line in lines)

    lines[0][0].dataReceived(asked())
    bench.clock.advance(PAUSE_S / 2)
    assert bench.registry.reads == 1
    bench.clock.advance(PAUSE_S)
    assert bench.registry.reads == 2


def test_what_one_connection_pipelines_is_answered_one_a_pause(bench):
    """A thousand requests in one go keep the server no longer than one."""
    connection, line = bench.connect()
    connection.dataReceived(b"".join([asked(), asked(b"POST"), asked(path=b"/x")]) * 300)

    for count in (1, 2, 3):
        bench.clock.advance(PAUSE_S)
        assert line.value().count(b"HTTP/1.1 ") == count


def test_whoever_leaves_is_not_waited_for(bench):
    """A request whose connection ended is forgotten."""
    request = DummyRequest([b"metrics"])
    bench.page.render(request)
    request.processingFailed(ConnectionError())
    bench.clock.advance(0)

    assert request.written == []


def test_an_upload_is_refused(bench):
    """A body that is announced closes the connection."""
    connection, line = bench.connect()
    connection.dataReceived(asked(b"POST", more=b"Content-Length: 1000000\r\n"))

    assert line.disconnecting


def test_the_oldest_connection_makes_room(bench):
    """There are so many connections and no more."""
    connections = [bench.connect() for _ in range(METRICS + 1)]

    assert [line.fate for _, line in connections].count("cut off") == 1
    assert connections[0][1].fate == "cut off"
    assert len(bench.factory.protocols) == METRICS


def test_a_scrape_is_no_event(bench):
    """The site writes no access log."""
    bench.site.log(DummyRequest([b"metrics"]))
