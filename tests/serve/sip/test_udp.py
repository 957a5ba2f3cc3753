"""SIP over UDP at real sockets on loopback."""

from __future__ import annotations

import select

import pytest
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from enumd.serve.sip.metrics import SipCell
from enumd.serve.sip.udp import BURST, LINGER_S
from enumd.sip.transport import Destination, Transport


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_call_is_answered_at_its_port(listen, client, octets, host):
    """With rport the answer goes to the port the call came from, and says which that is."""
    bench, caller = listen(host), client(host)
    caller.sendto(octets(), (host, bench.port))
    bench.udp.doRead()

    response, address = caller.recvfrom(65535)
    assert response.startswith(b"SIP/2.0 404 Not Found")
    assert f"rport={caller.getsockname()[1]}".encode() in response
    assert f"received={host}".encode() in response
    assert address[:2] == (host, bench.port)


def test_without_rport_the_answer_goes_to_sent_by(listen, client, octets):
    """The port of the Via is where the client listens (RFC 3261 section 18.2.2)."""
    bench, caller, other = listen(), client(), client()
    via = f"SIP/2.0/UDP 127.0.0.1:{other.getsockname()[1]};branch=z9hG4bK1"
    caller.sendto(octets(Via=via), ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert other.recv(65535).startswith(b"SIP/2.0 404")


@pytest.mark.parametrize(("wildcard", "asked"), [("0.0.0.0", "127.0.0.3"), ("::", "::1")])
def test_the_answer_comes_from_the_address_that_was_asked(listen, client, octets, wildcard, asked):
    """At a wildcard address the very address a client sent to is the answer's source."""
    bench, caller = listen(wildcard), client("::1" if ":" in asked else "127.0.0.1")
    caller.sendto(octets(), (asked, bench.port))
    bench.udp.doRead()

    assert caller.recvfrom(65535)[1][:2] == (asked, bench.port)


def test_a_peer_may_have_its_answer_elsewhere(listen, client, octets):
    """`maddr` is followed for a peer that may use it, and only to an address."""
    bench, caller, other = listen("127.0.0.1", honour_maddr=True), client(), client("127.0.0.5")
    port = other.getsockname()[1]
    for host in ("127.0.0.5", "elsewhere.example"):
        via = f"SIP/2.0/UDP h:{port};branch=z9hG4bK{host};maddr={host}"
        caller.sendto(octets(Via=via), ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert other.recv(65535).startswith(b"SIP/2.0 404")
    assert bench.slab[SipCell.event("undelivered")] == 1


def test_what_cannot_be_sent_is_no_trouble(listen):
    """A destination there is no way to, or of the other family, is told as such."""
    bench = listen()

    assert not bench.udp.send(b"x", Destination("127.0.0.1", 0, Transport.UDP, bench.udp))
    assert not bench.udp.send(b"x", Destination("::1", 5060, Transport.UDP, bench.udp))


def test_a_link_local_answer_leaves_by_its_interface(listen, monkeypatch):
    """The scope of a link-local source comes back with the answer, and is no part of its host."""
    bench = listen("::1")
    sent = []
    path = bench.udp._located(("fe80::1%3", 5060, 0, 3))
    monkeypatch.setattr(bench.udp, "send_over", lambda *arguments: sent.append(arguments) or True)

    assert path.host == "fe80::1"
    assert path.channel.send(b"x", Destination("fe80::1", 5060, Transport.UDP, path.channel))
    assert sent[0][2] == 3


def test_noise_is_survived(listen, client, octets):
    """Octets that are no SIP are dropped, and the next call is answered."""
    bench, caller = listen(), client()
    for noise in (
        b"",
        b"\0\0\0\0",
        b"\r\n\r\n",
        b"\xff" * 2000,
        b"SIP/2.0 200 OK\r\n\r\n",
        octets(),
    ):
        caller.sendto(noise, ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert caller.recv(65535).startswith(b"SIP/2.0 404")


def test_a_burst_has_an_end(listen, client):
    """After so many datagrams others get their turn."""
    bench, caller = listen(), client()
    for _ in range(BURST + 1):
        caller.sendto(b"\xff", ("127.0.0.1", bench.port))
    bench.udp.doRead()
    bench.driver.count()
    assert bench.slab[SipCell.event("not-sip")] == BURST
    bench.udp.doRead()
    bench.driver.count()
    assert bench.slab[SipCell.event("not-sip")] == BURST + 1


def test_an_error_of_the_network_hides_no_datagram(listen, client, octets, monkeypatch):
    """An ICMP error about an earlier answer is skipped."""
    bench, caller = listen(), client()
    receive, errors = bench.udp._receive, [ConnectionRefusedError(111, "refused")]
    monkeypatch.setattr(
        bench.udp,
        "_receive",
        lambda n: (_ for _ in ()).throw(errors.pop()) if errors else receive(n),
    )
    caller.sendto(octets(), ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert caller.recv(65535).startswith(b"SIP/2.0 404")


def test_its_loss_is_told(listen):
    """A socket the reactor gives up is closed and reported; one that is closed is not."""
    bench = listen()
    assert verifyObject(IReadDescriptor, bench.udp)
    assert verifyObject(IHalfCloseableDescriptor, bench.udp)
    assert bench.udp.fileno() == bench.listener.udp[0].fileno()
    assert bench.udp.logPrefix() == "sip-udp"
    bench.udp.connectionLost(Failure(RuntimeError()))

    assert len(bench.lost) == 1
    assert bench.udp.fileno() == -1
    other = listen()
    other.udp.close()
    assert (other.lost, other.udp.fileno()) == ([], -1)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0"])
def test_a_quick_answer_goes_back_the_way_the_call_came(listen, client, octets, host):
    """From the address that was asked; its time is counted, and nothing where it cannot leave."""
    bench = listen(host)
    bench.driver.server.quick = lambda octets, *_: b"answer" if octets == b"call" else b""
    caller = client("::1" if host == "::1" else "127.0.0.1")
    caller.connect(("::1" if host == "::1" else "127.0.0.1", bench.port))
    caller.send(b"call")
    caller.send(b"ACK")
    bench.udp.doRead()

    assert caller.recv(100) == b"answer"
    assert sum(bench.slab[cell] for cell in SipCell.latencies(Transport.UDP)) == 1


def test_a_torn_index_is_left_to_the_general_path(listen, client, octets):
    """Whatever the hot path meets there, the general path answers, and says what is wrong."""
    bench, caller = listen(), client()

    def torn(*_):
        raise ValueError("torn")

    bench.driver.server.quick = torn
    caller.sendto(octets(), ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert caller.recv(65535).startswith(b"SIP/2.0 404")


def test_a_quick_answer_is_tried_again(listen, client, monkeypatch):
    """It is not to blame for an error about another one."""
    bench, caller = listen(), client()
    reply, errors = bench.udp._reply, [ConnectionRefusedError(111, "refused")]

    def reply_later(*arguments):
        if errors:
            raise errors.pop()
        reply(*arguments)

    monkeypatch.setattr(bench.udp, "_reply", reply_later)
    bench.server.quick = lambda *_: b"answer"
    caller.sendto(b"call", ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert caller.recv(100) == b"answer"
    assert bench.counted("undelivered") == 0
    assert sum(bench.slab[cell] for cell in SipCell.latencies(Transport.UDP)) == 1


def test_a_quick_answer_that_cannot_leave_is_counted(listen, client, monkeypatch):
    """As every other one."""
    bench, caller = listen(), client()
    monkeypatch.setattr(bench.udp, "_reply", lambda *_: (_ for _ in ()).throw(OSError(105, "full")))
    bench.driver.server.quick = lambda *_: b"answer"
    caller.sendto(b"call", ("127.0.0.1", bench.port))
    bench.udp.doRead()

    assert bench.slab[SipCell.event("undelivered")] == 1


def test_an_answer_is_tried_twice_at_most(listen, monkeypatch):
    """Not once more where the buffer is full, nor a third time."""
    bench, tried = listen(), []

    def send(error):
        def send(*_):
            tried.append(error)
            raise error

        return send

    there = Destination("127.0.0.1", 5060, Transport.UDP, bench.udp)
    for error in (BlockingIOError(11, "full"), PermissionError(1, "no"), OSError(105, "no room")):
        monkeypatch.setattr(bench.udp, "_send", send(error))
        assert not bench.udp.send(b"x", there)

    assert [error.errno for error in tried] == [11, 1, 1, 105, 105]


def test_a_reactor_never_finds_it_half_closed_for_writing(listen):
    """It is asked to watch what can be read alone; being told otherwise changes nothing."""
    bench = listen()
    bench.udp.writeConnectionLost(Failure(RuntimeError()))

    assert (bench.lost, bench.udp.fileno()) == ([], bench.listener.udp[0].fileno())


def test_sources_are_remembered_up_to_a_bound(listen, monkeypatch):
    """One address is one source, and there is no end to addresses."""
    monkeypatch.setattr("enumd.serve.sip.udp._REMEMBERED", 2)
    bench = listen()
    for port in (1, 2, 3, 4, 5):
        bench.udp._located(("127.0.0.1", port))

    assert len(bench.udp._sources) <= 2


class TestLingering:
    """A burst follows a burst before the reactor has its turn."""

    @pytest.fixture
    def busy(self, listen, client):
        """A listener that is asked at each wait; one more datagram has come by then."""
        bench, caller, asked = listen(), client(), []
        answers = []

        def poll(seconds, most):
            """Return what the test says is up."""
            asked.append((seconds, most))
            caller.sendto(b"\xff", ("127.0.0.1", bench.port))
            return answers.pop(0)

        bench.udp._poll = poll
        caller.sendto(b"\xff", ("127.0.0.1", bench.port))
        return bench, answers, asked

    @staticmethod
    def taken(bench):
        """Return how many datagrams were read."""
        bench.driver.count()
        return bench.slab[SipCell.event("not-sip")]

    def test_what_comes_next_is_taken_at_once(self, busy):
        """As long as nothing else is up, and something is."""
        bench, answers, asked = busy
        own = (bench.udp.fileno(), select.EPOLLIN)
        answers += [[own], [own], []]
        bench.udp.doRead()

        assert self.taken(bench) == 3
        assert asked == [(LINGER_S, 2)] * 3

    @pytest.mark.parametrize("others", [[(1, 1)], [(1, 1), (2, 1)]])
    def test_whoever_else_is_up_has_its_turn(self, busy, others):
        """The reactor calls again when that is done."""
        bench, answers, _ = busy
        answers.append(others)
        bench.udp.doRead()

        assert self.taken(bench) == 1

    def test_not_for_long(self, busy):
        """Nor past the next timer: what waits for those is not to wait for calls."""
        bench, answers, asked = busy
        own = [(bench.udp.fileno(), select.EPOLLIN)]
        clock = bench.driver.clock
        poll = bench.udp._poll
        bench.udp._poll = lambda *arguments: (clock.advance(LINGER_S / 2), poll(*arguments))[1]
        answers += [own, own, own]
        bench.udp.doRead()
        assert (self.taken(bench), len(asked)) == (2, 2)

        bench.driver.due_s = clock.seconds() + LINGER_S / 4
        bench.udp.doRead()
        assert asked[2][0] == pytest.approx(LINGER_S / 4)
        assert (self.taken(bench), len(asked)) == (3, 3)

    def test_not_while_a_clock_that_was_set_back_catches_up(self, busy):
        """That may take an hour."""
        bench, answers, asked = busy
        poll, clock = bench.udp._poll, bench.driver.clock

        def set_back(*arguments):
            clock.rightNow -= 3600
            return poll(*arguments)

        bench.udp._poll = set_back
        answers += [[(bench.udp.fileno(), select.EPOLLIN)]] * 2
        bench.udp.doRead()

        assert (self.taken(bench), len(asked)) == (1, 1)
