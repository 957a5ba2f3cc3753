"""Any octets at the sockets of a running server: it lives, and goes on answering.

Queries are broken in the ways octets break: bits flipped, cut, lengthened, glued together; streams
are framed wrongly, left open, reset. The draw is seeded, so that what fails can be had again.
"""

from __future__ import annotations

import random
import socket
import struct
from contextlib import suppress

import dns.edns
import dns.flags
import dns.message
import dns.query
import pytest

APEX = "enum.example.org."
NAMES = [f"7.1.0.0.6.9.2.3.6.1.{APEX}", f"6.1.{APEX}", APEX, f"x.1.{APEX}", f"*.1.{APEX}", "."]
TYPES = ["NAPTR", "A", "NS", "SOA", "ANY", "TYPE65280", "AXFR"]
DATAGRAMS = 6000
STREAMS = 300


@pytest.fixture(scope="module")
def server(new_home):
    """Return a running server with one number."""
    home = new_home()
    home.enumd("number", "claim", "+441632960017", "--holder", "ada@example.net")
    home.enumd("endpoint", "add", "+441632960017", "sip:ada@example.net")
    with home.serve() as server:
        yield server


def test_datagrams(server):
    """No datagram ends a worker or meets a fault of ours; every good query is answered."""
    chance = random.Random(5)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", server.port))
        sock.settimeout(5)
        for number in range(DATAGRAMS):
            sock.send(broken(chance, query(chance)))
            if number % 50 == 0:
                assert asked(server)
                drain(sock)

    assert unharmed(server)


def test_streams(server):
    """No stream does, either: framed wrongly, cut anywhere, reset with replies unread."""
    chance = random.Random(6)
    for number in range(STREAMS):
        with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
            # The server may have had enough before everything is sent.
            with suppress(ConnectionError):
                for _ in range(chance.randrange(1, 6)):
                    sock.sendall(framed(chance, broken(chance, query(chance))))
            if chance.random() < 0.5:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if number % 25 == 0:
            assert asked(server, tcp=True)

    assert unharmed(server)


def query(chance):
    """Return the octets of a query that is in order."""
    options = chance.choice(
        [
            None,
            [dns.edns.NSIDOption(b"")],
            [dns.edns.GenericOption(10, chance.randbytes(chance.choice([8, 16, 24])))],
            [dns.edns.GenericOption(65001, chance.randbytes(chance.randrange(40)))],
        ]
    )
    made = dns.message.make_query(
        chance.choice(NAMES),
        chance.choice(TYPES),
        use_edns=chance.choice([-1, 0, 0, 1]) if options is None else 0,
        options=options,
        payload=chance.choice([0, 512, 1232, 65535]),
    )
    return bytearray(made.to_wire())


def broken(chance, octets):
    """Return a query after one to three accidents, or as it was."""
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(octets) or 1)
        match chance.randrange(6):
            case 0:
                octets[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del octets[place:]
            case 2:
                octets += chance.randbytes(chance.randrange(600))
            case 3:
                octets[place:place] = b"\xc0" + bytes([chance.randrange(256)])
            case 4:
                octets[4:12] = chance.choice([b"\0\2", b"\0\0", b"\xff\xff"]) * 4
            case 5:
                octets += octets[12:]
    return bytes(octets)


def framed(chance, octets):
    """Return octets as a stream carries them, most often rightly."""
    length = chance.choice([len(octets)] * 4 + [0, 1, len(octets) + 1, 65535])
    return (length & 0xFFFF).to_bytes(2, "big") + octets


def drain(sock):
    """Read what has come back: dnspython can, and it is a reply."""
    sock.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            reply = sock.recv(65535)
            assert dns.message.from_wire(reply).flags & dns.flags.QR
    sock.settimeout(5)


def asked(server, tcp=False):
    """Return the answer to a good query."""
    good = dns.message.make_query(NAMES[0], "NAPTR")
    ask = dns.query.tcp if tcp else dns.query.udp
    return ask(good, "127.0.0.1", 5, server.port).answer


def unharmed(server):
    """Tell whether the same workers are there, and none met what it did not expect."""
    metrics = server.metrics()
    return (
        metrics["enumd_workers"] == 2
        and not metrics.get("enumd_worker_restarts_total")
        and not metrics.get("enumd_dns_faults_total")
        and "ERROR" not in server.log
    )
