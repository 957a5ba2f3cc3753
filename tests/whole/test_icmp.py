"""Answers to SIP clients that are gone: ICMP errors, by the kernel and over loopback."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

T1_MS = 100
HOSTS = pytest.mark.parametrize("place", [0, 1], ids=["ipv4", "ipv6"])
MANY = 1000


@pytest.fixture
def serve(new_home):
    """A function that serves a home with nothing in it, SIP over both families."""
    with ExitStack() as served:

        def serve(workers=1):
            sip, settings = ["127.0.0.1:0", "[::1]:0"], {"ENUMD_SIP_T1_MS": str(T1_MS)}
            serving = new_home().serve("127.0.0.1:0", workers=workers, sip=sip, settings=settings)
            return served.enter_context(serving)

        yield serve


@pytest.fixture
def bound():
    """A function that binds a UDP socket to a port of a host."""
    with ExitStack() as opened:

        def bound(host, port=0):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sock = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            sock.settimeout(20)
            sock.bind((host, port))
            return sock

        yield bound


def sip_of(server, place):
    """Return host and port of one of the SIP listeners of a server."""
    host, _, port = server.run_file.sip[place].rpartition(":")
    return host.strip("[]"), int(port)


def invite(octets, host, port, branch, rport="", method="INVITE"):
    """Return a call that wants its answer at that port, and gets 404 there; or its ACK."""
    sent_by = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return octets(method, Via=f"SIP/2.0/UDP {sent_by};branch=z9hG4bK{branch}{rport}")


def counted(server, event):
    """Return how often an event of SIP was counted."""
    return server.metrics().get(f'enumd_sip_events_total{{event="{event}"}}', 0)


def port_of_nobody(bound, host):
    """Return a port that was somebody's a moment ago."""
    with bound(host) as sock:
        return sock.getsockname()[1]


@HOSTS
def test_repetitions_end_where_nobody_is_and_go_on_elsewhere(
    serve, bound, octets, eventually, place
):
    """After the first error; whoever has the port next hears nothing of it."""
    server = serve()
    there = host, _ = sip_of(server, place)
    live, dead_port = bound(host), port_of_nobody(bound, host)
    live.sendto(invite(octets, host, dead_port, "dead"), there)
    live.sendto(invite(octets, host, live.getsockname()[1], "live"), there)
    first = live.recv(65535)
    eventually(lambda: counted(server, "unreachable") == 1)
    next_there = bound(host, dead_port)

    # Had it gone on, every repetition to the dead port would have left before that to the live one.
    assert [live.recv(65535) for _ in range(4)] == [first] * 4
    next_there.setblocking(False)
    with pytest.raises(BlockingIOError):
        next_there.recv(65535)
    live.sendto(invite(octets, host, live.getsockname()[1], "live", method="ACK"), there)
    assert counted(server, "unreachable") == 1
    assert counted(server, "undelivered") == 0


@HOSTS
def test_an_error_reaches_the_worker_that_has_the_call(serve, bound, octets, eventually, place):
    """The kernel shares errors out as it shares calls out: by the address at the other end."""
    server = serve(workers=2)
    there = host, _ = sip_of(server, place)
    halted(server.workers)
    for branch in range(20):
        with bound(host) as caller:
            port = caller.getsockname()[1]
            caller.sendto(invite(octets, host, port, branch, ";rport"), there)
    for pid in server.workers:
        os.kill(pid, signal.SIGCONT)

    eventually(lambda: counted(server, "unreachable") == 20)
    assert counted(server, "retransmitted") == 0


@HOSTS
def test_many_errors_hold_nobody_up(serve, bound, octets, place):
    """The same worker answers all along, and nothing is lost."""
    server = serve()
    before = server.workers
    there = host, _ = sip_of(server, place)
    live, dead_port = bound(host), port_of_nobody(bound, host)
    for turn in range(MANY):
        live.sendto(invite(octets, host, dead_port, f"dead{turn}"), there)
        if turn % 20 == 0:
            call = (octets, host, live.getsockname()[1], f"live{turn}")
            live.sendto(invite(*call), there)
            while f"z9hG4bKlive{turn}\r\n".encode() not in live.recv(65535):
                pass  # an earlier answer, repeated before its ACK was read
            live.sendto(invite(*call, method="ACK"), there)

    assert server.workers == before
    assert "listener-lost" not in server.log
    assert counted(server, "icmp-error") > 0
    assert counted(server, "undelivered") == 0


def halted(workers):
    """Stop processes; return when they do nothing any more."""
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    for pid in workers:
        while "State:\tT" not in Path(f"/proc/{pid}/status").read_text():
            os.sched_yield()
