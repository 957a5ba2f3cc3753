"""A published index, and a whole server of processes to ask about it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.name
import dns.rdata
import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.layout import Zone, pack_digits
from enumd.index.records import pack_answer
from enumd.index.writer import IndexWriter
from enumd.net.listeners import Address
from enumd.serve.runfile import RunFile, running

APEX = dns.name.from_text("enum.example.")
_WAIT_S = 20

Script = Callable[[bytes, bool], Iterable[bytes]]
"""What a scripted server sends for a query, and whether it came over TCP."""

_PROGRAM = """
import sys
exec(sys.argv.pop())
from pathlib import Path
from enumd import config
from enumd.serve import server
server.run(config.load(Path(sys.argv[1])), sys.argv[3:], int(sys.argv[2]))
"""


def _rdata(kind: str, text: str) -> bytes:
    """Return the RDATA octets of presentation text."""
    return dns.rdata.from_text("IN", kind, text).to_wire()


def _zone(serial: int) -> Zone:
    """Return the head of enum.example., which stands for 44."""
    soa = _rdata("SOA", f"ns.enum.example. hostmaster.enum.example. {serial} 3600 600 86400 60")
    rrsets = (
        RRset(RRType.SOA, 300, (soa,)),
        RRset(RRType.NS, 300, (_rdata("NS", "ns.enum.example."),)),
    )
    return Zone(APEX.to_wire(), "44", Serial(serial), rrsets)


@pytest.fixture
def publish() -> Callable[..., None]:
    """A function that publishes numbers (44…) with their URIs in the index of a home."""

    def publish(home: Path, serial: int, numbers: dict[str, list[str]]) -> None:
        with IndexWriter(home / "index", "test") as writer:

            def work(transaction: object) -> None:
                transaction.put_zone(_zone(serial))
                for number, uris in sorted(numbers.items()):
                    rdatas = tuple(
                        Endpoint.parse("sip", uri, 10 * place).rdata()
                        for place, uri in enumerate(uris, 1)
                    )
                    stored = pack_answer([RRset(RRType.NAPTR, 300, rdatas)]) if rdatas else None
                    key = pack_digits(number.removeprefix("44"))
                    transaction.put(APEX.to_wire(), key, stored)

            writer.publish(work)

    return publish


@pytest.fixture
def home(tmp_path: Path, publish: Callable[..., None]) -> Path:
    """A home with two numbers in its index, one of them with too many endpoints for UDP."""
    many = [f"sip:line{place:03}@{'x' * 60}.example.net" for place in range(15)]
    publish(tmp_path, 1, {"441632960017": ["sip:ada@example.net"], "441632960018": many})
    return tmp_path


@dataclass
class Server:
    """A running server and what it said on standard error."""

    home: Path
    process: subprocess.Popen[str]
    run_file: RunFile
    log: Path

    @property
    def workers(self) -> list[int]:
        """Return the process numbers of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_worker(self) -> int:
        """Kill one worker; return its process number."""
        victim = self.workers[0]
        os.kill(victim, signal.SIGKILL)
        return victim

    def signal(self, number: int) -> None:
        """Send the server a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Tell the server to stop; return its exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(_WAIT_S)

    def logged(self, text: str) -> str:
        """Return the log once *text* stands in it."""
        return until(lambda: text in (said := self.log.read_text()) and said)


def until(condition: Callable[[], object]) -> object:
    """Return what *condition* returns once that is true."""
    deadline_s = time.monotonic() + _WAIT_S
    while not (got := condition()):
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.01)
    return got


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Server]]:
    """A function that starts a server of some workers at some addresses, for the home."""
    with contextlib.ExitStack() as started:

        def serve(workers: int = 2, *listeners: str, at: Path = home, first: str = "") -> Server:
            """Start it, having done what *first* says in its process."""
            log = at / "log"
            with log.open("w") as stream:
                words = [_PROGRAM, at, str(workers), *listeners, first]
                process = subprocess.Popen(
                    [sys.executable, "-W", "error", "-c", *words],
                    stderr=stream,
                    text=True,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                )
            started.callback(process.wait, _WAIT_S)
            started.callback(process.kill)
            until(lambda: running(at) or process.poll() is not None)
            run_file = running(at)
            assert run_file is not None, log.read_text()
            return Server(at, process, run_file, log)

        yield serve


class Elsewhere(bytes):
    """Octets that a scripted server sends from another port than the one that was asked."""


class Scripted:
    """A DNS server that says what a script says, over UDP and TCP."""

    def __init__(self, script: Script) -> None:
        """Say what *script* makes of a query and whether it came over TCP: octets, or None."""
        self.script = script
        self.ports: list[int] = []
        """The source ports of the queries."""
        self._ended = False
        # TCP chooses the port: its own may be held for a minute by connections that have ended.
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.address = Address(*self._tcp.getsockname())
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(self._tcp.getsockname())
        self._threads = [threading.Thread(target=one) for one in (self._datagrams, self._streams)]
        for thread in self._threads:
            thread.start()

    def _datagrams(self) -> None:
        """Answer over UDP."""
        while True:
            octets, client = self._udp.recvfrom(65535)
            if self._ended:
                return
            self.ports.append(client[1])
            for reply in self.script(octets, False):
                if isinstance(reply, Elsewhere):
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                        other.bind(("127.0.0.1", 0))
                        other.sendto(reply, client)
                else:
                    self._udp.sendto(reply, client)

    def _streams(self) -> None:
        """Answer over TCP, an octet at first, and end the connection."""
        while True:
            connection, _ = self._tcp.accept()
            with connection:
                if self._ended:
                    return
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with contextlib.suppress(OSError):
                    octets = connection.recv(65535)
                    for reply in self.script(octets[2:], True):
                        framed = len(reply).to_bytes(2, "big") + reply
                        connection.sendall(framed[:1])
                        time.sleep(0.005)
                        connection.sendall(framed[1:])

    def close(self) -> None:
        """End."""
        self._ended = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.sendto(b"", self._udp.getsockname())
        socket.create_connection(self._tcp.getsockname()).close()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()


@pytest.fixture
def scripted() -> Iterator[Callable[[Script], Scripted]]:
    """A function that starts a server with a script."""
    with contextlib.ExitStack() as started:

        def start(script: Script) -> Scripted:
            server = Scripted(script)
            started.callback(server.close)
            return server

        start.elsewhere = Elsewhere
        yield start
