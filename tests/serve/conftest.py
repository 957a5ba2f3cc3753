"""A published index, and a whole server of processes to ask about it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.name
import dns.rdata
import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.dns.wire import answer
from enumd.index.layout import Zone, pack_digits
from enumd.index.writer import IndexWriter
from enumd.serve.runfile import RunFile, running

APEX = dns.name.from_text("enum.example.")
_WAIT_S = 20

_PROGRAM = """
import sys
from pathlib import Path
from enumd import config
from enumd.serve import supervisor
supervisor.run(config.load(Path(sys.argv[1])), sys.argv[3:], int(sys.argv[2]))
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
                    stored = answer([RRset(RRType.NAPTR, 300, rdatas)]) if rdatas else None
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

        def serve(workers: int = 2, *listeners: str, at: Path = home) -> Server:
            log = at / "log"
            with log.open("w") as stream:
                process = subprocess.Popen(
                    [sys.executable, "-W", "error", "-c", _PROGRAM, at, str(workers), *listeners],
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
