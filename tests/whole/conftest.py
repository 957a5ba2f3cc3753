"""Real programs around a real server: each in a directory of its own, and ended for certain."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dns.exception
import dns.message
import dns.query
import pytest
from click.testing import CliRunner

from enumd.cli.main import main
from enumd.serve.runfile import RunFile, running

WAIT_S = 20
"""How long a program may take to start, to end, or to do what a test waits for."""

NSD_CONF = """server:
    ip-address: 127.0.0.1@{port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{home}"
    database: ""
    pidfile: "{home}/nsd.pid"
    xfrdfile: "{home}/xfrd.state"
    zonelistfile: "{home}/zone.list"
    xfrdir: "{home}"
    minimal-responses: yes
    refuse-any: no
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
"""
NSD_ZONE = 'zone:\n    name: {apex}\n    zonefile: "{path}"\n'

NAMED_CONF = """options {{
    directory "{home}";
    pid-file "{home}/named.pid";
    session-keyfile "{home}/session.key";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
    minimal-responses yes;
    dnssec-validation no;
    empty-zones-enable no;
    check-integrity no;
    zero-no-soa-ttl no;
    check-names primary ignore;
}};
controls {{ }};
"""
NAMED_ZONE = 'zone "{apex}" {{ type primary; file "{path}"; }};\n'


class Peers:
    """Programs of others."""

    def __init__(self, new_directory: Callable[[str], Path]) -> None:
        """Have each work in a directory from *new_directory*."""
        self._new_directory = new_directory

    def path(self, name: str) -> str:
        """Return where a program is, or skip the test."""
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    def check(self, name: str, *words: object) -> str:
        """Run a program to its end and return what it said; it has to be content."""
        command = [self.path(name), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=2 * WAIT_S)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def run(
        self, name: str, *words: str | Path, home: Path, ready: Callable[[], bool]
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program in the foreground, from when it is ready until the block is left."""
        command, log = [self.path(name), *map(str, words)], home / "log"
        with (
            log.open("wb") as out,
            subprocess.Popen(command, stdout=out, stderr=out) as process,
            _ended(process),
        ):
            until(lambda: ready() or process.poll() is not None, log.read_text)
            assert process.poll() is None, f"{command} ended: {log.read_text()}"
            yield process

    @contextmanager
    def nsd(self, zones: Mapping[str, Path]) -> Iterator[int]:
        """Serve zone files with NSD; the value is the port on 127.0.0.1."""
        home, port = self._new_directory("nsd"), free_port()
        text = NSD_CONF.format(home=home, port=port)
        text += "".join(NSD_ZONE.format(apex=apex, path=path) for apex, path in zones.items())
        (home / "nsd.conf").write_text(text)
        ready = _answers(zones, port)
        with self.run("nsd", "-d", "-c", home / "nsd.conf", home=home, ready=ready):
            yield port

    @contextmanager
    def bind(self, zones: Mapping[str, Path]) -> Iterator[int]:
        """Serve zone files with BIND; the value is the port on 127.0.0.1."""
        home, port = self._new_directory("bind"), free_port()
        text = NAMED_CONF.format(home=home, port=port)
        text += "".join(NAMED_ZONE.format(apex=apex, path=path) for apex, path in zones.items())
        (home / "named.conf").write_text(text)
        words, ready = ("-g", "-n", "1", "-c", home / "named.conf"), _answers(zones, port)
        with self.run("named", *words, home=home, ready=ready):
            yield port


class Served:
    """A running server of ours."""

    def __init__(self, process: subprocess.Popen[bytes], run_file: RunFile, log: Path) -> None:
        """Be the server that wrote *run_file*."""
        self.process = process
        self.run_file = run_file
        self._log = log

    @property
    def home(self) -> Path:
        """Return the directory of what it serves."""
        return self._log.parent

    @property
    def port(self) -> int:
        """Return the port on the first address, 127.0.0.1 unless a test chose another."""
        return self.run_file.addresses[0].port

    @property
    def port6(self) -> int:
        """Return the port on ::1, the second address; skip the test where there is no IPv6."""
        if len(self.run_file.addresses) < 2:
            pytest.skip("this machine has no IPv6")
        return self.run_file.addresses[1].port

    @property
    def log(self) -> str:
        """Return what it has logged so far."""
        return self._log.read_text()

    @property
    def workers(self) -> list[int]:
        """Return the process numbers of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def metrics(self) -> dict[str, float]:
        """Return the samples of /metrics that are not 0."""
        url = f"http://{self.run_file.metrics}/metrics"
        with urllib.request.urlopen(url, timeout=WAIT_S) as page:
            lines = [line.rsplit(" ", 1) for line in page.read().decode().splitlines()]
        return {name: float(value) for name, value in lines if name[0] != "#" and float(value)}

    def outcomes(self) -> dict[str, int]:
        """Return how many queries over UDP ended in each outcome."""
        prefix = 'enumd_dns_responses_total{outcome="'
        return {
            name.removeprefix(prefix).split('"')[0]: int(count)
            for name, count in self.metrics().items()
            if name.startswith(prefix) and 'transport="udp"' in name
        }


class Home:
    """A directory of numbers, made and changed by commands, as a person does."""

    def __init__(self, path: Path) -> None:
        """Have the home at *path*; nothing is there yet."""
        self.path = path

    def enumd(self, *words: object, status: int = 0) -> Any:
        """Run a command that ends with *status*; return its JSON."""
        command = ["--home", str(self.path), "-o", "json", "--yes", *map(str, words)]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == status, f"{command}: {result.output} {result.exception!r}"
        return json.loads(result.stdout) if result.stdout else None

    @contextmanager
    def serve(
        self,
        *listeners: str,
        workers: int = 2,
        sip: Sequence[str] = (),
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Served]:
        """Serve it, at ephemeral ports of both families unless told where; *sip* where it says.

        *settings* are environment variables.
        """
        command = [sys.executable, "-W", "error", "-m", "enumd.cli", "--home", str(self.path)]
        command += ["serve", "--workers", str(workers)]
        for listener in listeners or ("127.0.0.1:0", *["[::1]:0"] * has_ipv6()):
            command += ["--dns", listener]
        for listener in sip:
            command += ["--sip", listener]
        log = self.path / "serve.log"
        environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ENUMD_METRICS_LISTEN": "127.0.0.1:0",
            **settings,
        }
        with (
            log.open("wb") as out,
            subprocess.Popen(command, stderr=out, env=environ) as process,
            _ended(process),
        ):
            until(lambda: running(self.path) or process.poll() is not None, log.read_text)
            run_file = running(self.path)
            assert run_file is not None, log.read_text()
            yield Served(process, run_file, log)


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Peers:
    """Programs of others, or the reason why the test is skipped."""
    return Peers(tmp_path_factory.mktemp)


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Home]:
    """A function that makes a home: `enumd init` with these words, or for a number tree."""

    def make(*words: str) -> Home:
        home = Home(tmp_path_factory.mktemp("enumd") / "home")
        home.enumd("init", *(words or DRAMA))
        return home

    return make


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """A function that returns what a condition returns once that is true, or fails."""
    return until


@pytest.fixture(scope="session")
def own_address() -> str:
    """An address of this machine alone, whose port 53 is ours, or the reason why there is none.

    The C library's resolver and BIND ask at port 53 and nowhere else.
    """
    address = f"127.53.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.bind((address, 53))
    except OSError as error:
        pytest.skip(f"port 53 of a loopback address: {error.strerror}")
    return address


@pytest.fixture(scope="session")
def loopback_port() -> Callable[[], int]:
    """A function that returns a port that is free."""
    return free_port


DRAMA = ("--apex", "enum.example.org", "--prefix", "44", "--ns", "ns1.example.net")
DRAMA += ("--pool", "drama:+441632960000-999")


def until(condition: Callable[[], Any], said: Callable[[], str] = str) -> Any:
    """Return what *condition* returns once that is true; else fail with what was *said*."""
    deadline_s = time.monotonic() + WAIT_S
    while not (got := condition()):
        assert time.monotonic() < deadline_s, f"it did not happen in time: {said()}"
        time.sleep(0.01)
    return got


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free for UDP and TCP at this moment."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        with socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
        return port


def has_ipv6() -> bool:
    """Tell whether this machine has the loopback address of IPv6."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a program after the block, at once where it does not end when told."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(zones: Mapping[str, Path], port: int) -> Callable[[], bool]:
    """Return a function that tells whether a server has loaded every zone."""
    missing = set(zones)

    def ready() -> bool:
        with suppress(OSError, dns.exception.DNSException):
            while missing:
                query = dns.message.make_query(min(missing), "SOA")
                if not dns.query.udp(query, "127.0.0.1", 0.2, port).answer:
                    break
                missing.remove(min(missing))
        return not missing

    return ready
