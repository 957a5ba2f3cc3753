"""One query and its reply over real sockets, whatever the server does."""

from __future__ import annotations

import contextlib
import socket
import time

import dns.flags
import dns.message
import dns.name
import dns.rrset
import pytest
from twisted.internet.defer import CancelledError, gatherResults
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from enumd.dns.stub import Ask
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.serve.enum.exchange import exchange

OWNER = dns.name.from_text("7.1.4.4.e164.arpa.")
NAPTR = '100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .'


def query(ident=4711):
    """Return a query."""
    return Ask(None, OWNER).query(ident)


def reply(octets, *, ident=None, flags=0, name=OWNER):
    """Return the octets of a reply to a query."""
    got = dns.message.make_response(dns.message.from_wire(octets))
    got.flags |= flags
    got.id = got.id if ident is None else ident
    got.question[0].name = name
    got.answer.append(dns.rrset.from_text(name, 60, "IN", "NAPTR", NAPTR))
    return got.to_wire()


def good(octets, over_tcp):
    """Reply as one should."""
    return [reply(octets)]


def test_a_query_has_its_reply(loop, scripted):
    """Over UDP, in one datagram."""
    server = scripted(good)

    got = loop.result(exchange(loop.reactor, server.address, query(), 5))

    assert (got.id, len(got.answer)) == (4711, 1)


def test_over_ipv6_too(loop):
    """The socket is of the server's family."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.bind(("::1", 0))
        asked = exchange(loop.reactor, Address(*sock.getsockname()[:2]), query(), 5)
        octets, client = sock.recvfrom(512)
        sock.sendto(reply(octets), client)

        assert loop.result(asked).answer


def test_ports_are_hard_to_guess(loop, scripted):
    """Every query has a port of its own, and none follows from the one before (RFC 5452)."""
    server = scripted(good)
    for _ in range(20):
        loop.result(exchange(loop.reactor, server.address, query(), 5))

    steps = {after - before for before, after in zip(server.ports, server.ports[1:], strict=False)}
    assert len(set(server.ports)) > 15
    assert len(steps) > 10


def test_what_is_no_reply_is_ignored(loop, scripted):
    """A wrong number, a wrong question, noise, the query itself; then the reply counts."""

    def script(octets, over_tcp):
        return [
            b"",
            b"noise",
            octets,
            reply(octets, ident=4712),
            reply(octets, name=dns.name.from_text("x.example.")),
            reply(octets)[:-3],
            reply(octets),
        ]

    server = scripted(script)

    assert loop.result(exchange(loop.reactor, server.address, query(), 5)).answer[0].name == OWNER


def test_what_comes_from_elsewhere_is_not_even_seen(loop, scripted):
    """A perfect reply from another port is none."""
    server = scripted(lambda octets, over_tcp: [scripted.elsewhere(reply(octets))])

    with pytest.raises(ServiceError, match="no reply in time"):
        loop.result(exchange(loop.reactor, server.address, query(), 0.1))


def test_silence_ends_in_time(loop, scripted):
    """And the socket is closed."""
    server = scripted(lambda octets, over_tcp: [])
    began_s = time.monotonic()

    with pytest.raises(ServiceError, match="no reply in time"):
        loop.result(exchange(loop.reactor, server.address, query(), 0.1))

    assert time.monotonic() - began_s > 0.09


def test_a_reply_that_is_cut_comes_over_tcp(loop, scripted):
    """However the octets of the stream arrive, and whatever comes behind them."""

    def script(octets, over_tcp):
        return [reply(octets, flags=0 if over_tcp else dns.flags.TC)] * (2 if over_tcp else 1)

    got = loop.result(exchange(loop.reactor, scripted(script).address, query(), 5))

    assert not got.flags & dns.flags.TC
    assert got.answer


@pytest.mark.parametrize(
    ("over_tcp_said", "why"),
    [
        ([], "TCP: the connection ended before the reply"),
        ([b"noise"], "TCP: what came is no reply"),
        ([b""], "TCP: what came is no reply"),
    ],
)
def test_a_stream_may_say_nothing_of_use(loop, scripted, over_tcp_said, why):
    """It ends, or it is noise."""

    def script(octets, over_tcp):
        return over_tcp_said if over_tcp else [reply(octets, flags=dns.flags.TC)]

    with pytest.raises(ServiceError, match=why):
        loop.result(exchange(loop.reactor, scripted(script).address, query(), 5))


def test_there_may_be_no_tcp(loop):
    """A server that cuts its replies and does not listen for TCP is no use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        asked = exchange(loop.reactor, Address(*sock.getsockname()), query(), 5)
        octets, client = sock.recvfrom(512)
        sock.sendto(reply(octets, flags=dns.flags.TC), client)

        with pytest.raises(ServiceError, match=r"^TCP: .*refused"):
            loop.result(asked)


def test_a_stream_that_stalls_ends_in_time(loop, scripted):
    """The time is for both transports together."""

    def script(octets, over_tcp):
        if over_tcp:
            time.sleep(0.5)
            return []
        return [reply(octets, flags=dns.flags.TC)]

    with pytest.raises(ServiceError, match="no reply in time"):
        loop.result(exchange(loop.reactor, scripted(script).address, query(), 0.1))


def test_a_port_where_nobody_listens_is_told_at_once(loop):
    """The kernel says so; there is no need to wait."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        free = Address(*sock.getsockname())

    with pytest.raises(ServiceError, match="Connection refused"):
        loop.result(exchange(loop.reactor, free, query(), 5), 2)

    # Some reactors read first, others ask for the error.
    asked = exchange(loop.reactor, free, query(), 5)
    (reader,) = loop.open
    reader.doRead()
    with pytest.raises(ServiceError, match="Connection refused"):
        loop.result(asked, 2)


def test_a_network_that_is_not_there_is_told_at_once(loop):
    """So does the system of an address it will not send to."""
    with pytest.raises(ServiceError, match=r"Permission denied|unreachable"):
        loop.result(exchange(loop.reactor, Address("255.255.255.255", 53), query(), 5), 2)


def test_a_query_can_be_given_up(loop, scripted):
    """Nothing is left of it."""
    asked = exchange(loop.reactor, scripted(lambda *_: []).address, query(), 5)
    asked.cancel()

    with pytest.raises(CancelledError):
        loop.result(asked)


def test_many_at_once(loop, scripted):
    """Each has its own socket and its own reply."""
    server = scripted(good)
    asked = [exchange(loop.reactor, server.address, query(ident), 5) for ident in range(100)]

    assert [got.id for got in loop.result(gatherResults(asked))] == list(range(100))


def test_a_wakeup_for_nothing_changes_nothing(loop, scripted):
    """A datagram with a wrong checksum wakes a reader and is gone when it reads."""
    server = scripted(lambda octets, over_tcp: (time.sleep(0.05), [reply(octets)])[1])
    asked = exchange(loop.reactor, server.address, query(), 5)
    (reader,) = loop.open
    assert reader.logPrefix() == "enum-client"
    reader.doRead()

    assert loop.result(asked).answer


def test_the_reactor_may_end_first(loop, scripted):
    """Then the query fails with the reason the reactor gives."""
    asked = exchange(loop.reactor, scripted(lambda *_: []).address, query(), 5)
    (reader,) = loop.open
    reader.connectionLost(Failure(ConnectionLost()))
    reader.connectionLost(Failure(ConnectionLost()))

    with pytest.raises(ServiceError, match="non-clean"):
        loop.result(asked)


def test_a_connection_that_does_not_come_about_ends_in_time(loop):
    """A server may leave connections unanswered, too: its queue is full."""
    with (
        contextlib.ExitStack() as opened,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        opened.enter_context(socket.create_server(udp.getsockname(), backlog=0))
        for _ in range(8):
            filler = opened.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(udp.getsockname())
        asked = exchange(loop.reactor, Address(*udp.getsockname()), query(), 0.2)
        octets, client = udp.recvfrom(512)
        udp.sendto(reply(octets, flags=dns.flags.TC), client)

        with pytest.raises(ServiceError, match="no reply in time"):
            loop.result(asked)
