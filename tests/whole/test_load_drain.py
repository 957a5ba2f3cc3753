"""Under load: what a running server goes through costs no query an answer.

dnsperf asks hits, empty non-terminals and numbers that do not exist as fast as it is told to and
counts what stays unanswered. To see that a queue is not thrown away, workers are stopped, asked
and let go again: then it is certain that queries were waiting.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from string import ascii_letters, digits

import dns.edns
import dns.message
import dns.query
import dns.rdatatype
import pytest

from enumd.index.directory import FIRST_MAP_OCTETS

pytestmark = pytest.mark.peer

LOAD_S = 2
LOAD_QPS = 2500
BURST = 64
"""Queries a worker may have in hand at once: more cannot be lost with it."""


def owner(number: str) -> str:
    """Return the name of a number in the zone, which stands for 44."""
    return ".".join(reversed(number.removeprefix("44"))) + ".enum.example.org."


CLAIMED = "441632960017"
CHANGED = "441632960018"
HIT = dns.message.make_query(owner(CLAIMED), "NAPTR")
QUESTIONS = [
    f"{owner(CLAIMED)} NAPTR",
    f"{owner(CHANGED)} NAPTR",
    f"{owner('44163296')} A",
    f"{owner('441632960019')} NAPTR",
    f"{owner('44163296001')} NS",
]


@pytest.fixture
def home(new_home):
    """Return a home with two numbers."""
    home = new_home()
    for number in (CLAIMED, CHANGED):
        home.enumd("number", "claim", f"+{number}", "--holder", "ada@example.net")
        home.enumd("endpoint", "add", f"+{number}", f"sip:{number}@example.net")
    return home


class Load:
    """What dnsperf asks for a while."""

    def __init__(self, process):
        self._process = process
        self._text = ""

    @property
    def goes_on(self):
        """Tell whether it still asks."""
        return self._process.poll() is None

    def count(self, what):
        """Return a count of its report."""
        self._text = self._text or self._process.communicate(timeout=30)[0]
        found = re.search(rf"{what}:? +(\d+)", self._text)
        assert found, self._text
        return int(found[1])

    @property
    def rcodes(self):
        """Return the response codes there were."""
        self.count("Queries sent")
        line = re.search(r"Response codes: +(.*)", self._text)
        return set(re.findall(r"[A-Z]+", line[1])) if line else set()


@pytest.fixture
def load(peers, tmp_path):
    """Return a function that puts load on a server."""
    program, data = peers.path("dnsperf"), tmp_path / "questions"
    data.write_text("\n".join(QUESTIONS) + "\n")
    with ExitStack() as started:

        def load(server, mode="udp", seconds=LOAD_S, patience_s=5):
            words = ("-s", "127.0.0.1", "-p", server.port, "-m", mode, "-d", data, "-e")
            pace = ("-l", seconds, "-Q", LOAD_QPS, "-c", 8, "-t", patience_s)
            command = [program, *map(str, (*words, *pace))]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            started.enter_context(process)
            started.callback(process.kill)
            return Load(process)

        yield load


@pytest.mark.parametrize("mode", ["udp", "tcp"])
def test_publications_lose_no_query(mode, home, load):
    """A steady stream of changes under load: every query is answered, every change is live."""
    changes = 0
    with home.serve() as server:
        asked = load(server, mode)
        while asked.goes_on:
            action = "remove" if changes % 2 else "add"
            done = home.enumd("endpoint", action, f"+{CHANGED}", "sip:other@example.net")
            assert done["live"]["ms"] is not None
            changes += 1

    assert changes >= 3
    assert asked.count("Queries sent") > LOAD_S * LOAD_QPS / 4
    assert asked.count("Queries lost") == 0
    assert asked.rcodes == {"NOERROR", "NXDOMAIN"}


def test_whole_rebuilds_lose_no_query(home, load):
    """The index is rendered anew again and again under load: every query is answered."""
    with home.serve() as server:
        asked = load(server)
        while asked.goes_on:
            home.enumd("publish", "--rebuild")

    assert asked.count("Queries lost") == 0
    assert asked.rcodes == {"NOERROR", "NXDOMAIN"}


def test_an_import_that_outgrows_the_map_loses_no_query(home, load, tmp_path):
    """Numbers that do not fit the file as it is come in under load, and are answered at the end."""
    file, draw = tmp_path / "large.csv", random.Random(1)
    with file.open("w") as stream:
        stream.write("number,service,uri\n")
        for number in range(4700):
            for _ in range(15):  # as long as fifteen may be in one answer
                user = "".join(draw.choices(ascii_letters + digits, k=200))
                stream.write(f"+4420{number:08},sip,sip:{user}@example.net\n")
    with home.serve() as server:
        asked = load(server, seconds=4)
        home.enumd("import", file)
        last = dns.message.make_query(owner("442000004699"), "NAPTR")
        assert len(dns.query.tcp(last, "127.0.0.1", 5, server.port).answer[0]) == 15
        assert asked.count("Queries lost") == 0

    assert (home.path / "index" / "data.mdb").stat().st_size > FIRST_MAP_OCTETS
    assert asked.rcodes == {"NOERROR", "NXDOMAIN"}


@pytest.mark.parametrize("mode", ["udp", "tcp"])
def test_reloads_lose_no_query(mode, home, load, eventually):
    """SIGHUP after SIGHUP under load: every query is answered, the last settings hold."""
    reloads = 0
    with home.serve() as server:
        asked = load(server, mode)
        while asked.goes_on:
            reloads += 1
            (home.path / "enumd.toml").write_text(f'[dns]\nnsid = "reload-{reloads}"\n')
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.05)
        eventually(lambda: nsids(server) == {f"reload-{reloads}"})

    assert reloads >= 10
    assert asked.count("Queries lost") == 0
    assert asked.rcodes == {"NOERROR", "NXDOMAIN"}


def test_a_killed_worker_costs_what_it_had_in_hand(home, load, eventually):
    """kill -9 of one of two workers under load: it is replaced, and a burst at most is lost."""
    with home.serve() as server:
        asked = load(server)
        time.sleep(LOAD_S / 4)
        victim, other = server.workers
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(server.workers) == 2 and victim not in server.workers)
        assert other in server.workers
        assert asked.count("Queries lost") <= BURST
        assert asked.rcodes == {"NOERROR", "NXDOMAIN"}
        eventually(lambda: server.metrics()["enumd_workers"] == 2)
        assert server.metrics()["enumd_worker_restarts_total"] == 1


def test_what_waits_for_a_killed_worker_is_answered(home):
    """Queries in the queue of a worker that is killed are answered by its successor."""
    with home.serve() as server, ExitStack() as opened:
        stopped(server.workers)
        clients = [opened.enter_context(client(server)) for _ in range(100)]
        for asking in clients:
            asking.send(HIT.to_wire())
        for worker in server.workers:
            os.kill(worker, signal.SIGKILL)

        assert [answers(asking) for asking in clients] == [1] * len(clients)


def test_sigterm_drains(home, eventually):
    """What waits when a worker hears of the end is answered before it ends, over UDP and TCP."""
    with home.serve() as server, ExitStack() as opened:
        connection = opened.enter_context(stream(server))
        assert framed(connection) == 1
        workers = server.workers
        stopped(workers)
        # The end comes first, so that nothing but draining can answer what comes then.
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: "stopping" in server.log)
        clients = [opened.enter_context(client(server)) for _ in range(100)]
        for asking in clients:
            for _ in range(5):
                asking.send(HIT.to_wire())
        connection.sendall(2 * frame(HIT.to_wire()))
        for worker in workers:
            os.kill(worker, signal.SIGCONT)

        assert [answers(asking, 5) for asking in clients] == [5] * len(clients)
        assert [read_frame(connection) for _ in range(2)] == [1, 1]
        assert connection.recv(1) == b""
        assert server.process.wait(20) == 0


def test_sigterm_under_load_ends_cleanly(home, load):
    """A server under load ends when it is told to, in time, with status 0, and answers no error."""
    with home.serve() as server:
        asked = load(server, patience_s=1)
        time.sleep(LOAD_S / 4)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0

    assert "ERROR" not in server.log
    assert asked.rcodes == {"NOERROR", "NXDOMAIN"}


def stopped(workers):
    """Stop processes; return when they do nothing any more."""
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    for pid in workers:
        while "State:\tT" not in Path(f"/proc/{pid}/status").read_text():
            time.sleep(0.001)


def client(server):
    """Return a UDP socket that talks to a server alone."""
    asking = socket.socket(type=socket.SOCK_DGRAM)
    asking.connect(("127.0.0.1", server.port))
    asking.settimeout(10)
    return asking


def stream(server):
    """Return a TCP connection to a server."""
    return socket.create_connection(("127.0.0.1", server.port), 10)


def frame(octets):
    """Return a message as TCP carries it."""
    return len(octets).to_bytes(2, "big") + octets


def framed(connection):
    """Return how many answers one query over a connection gets."""
    connection.sendall(frame(HIT.to_wire()))
    return read_frame(connection)


def read_frame(connection):
    """Return how many RRsets the next reply on a connection has."""
    length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
    octets = connection.recv(length, socket.MSG_WAITALL)
    return len(dns.message.from_wire(octets).answer)


def answers(asking, count=1):
    """Return how many of *count* replies at a socket carry the answer."""
    replies = [dns.message.from_wire(asking.recv(65535)) for _ in range(count)]
    return sum(bool(reply.answer) for reply in replies)


def nsids(server):
    """Return what the workers call themselves; enough ports are tried to meet them all."""
    query = dns.message.make_query(owner(CLAIMED), "NAPTR", options=[dns.edns.NSIDOption(b"")])
    replies = [dns.query.udp(query, "127.0.0.1", 5, server.port) for _ in range(20)]
    return {one.nsid.decode() for reply in replies for one in reply.options}
