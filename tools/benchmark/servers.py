"""The DNS servers of the benchmark: each loads one zone, on one thread, on one loopback port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A running server and what it costs."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    started_s: float
    """When it was started, by the monotonic clock."""
    first_answer_s: float = field(default=0.0)
    """Seconds from its start to its first answer."""
    host: str = "127.0.0.1"

    def pids(self) -> list[int]:
        """Return the process and all its descendants."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            children = Path(f"/proc/{pid}/task/{pid}/children")
            if children.exists():
                todo.extend(map(int, children.read_text().split()))
        return found

    def cpu_s(self) -> float:
        """Return the CPU seconds, user and system, all processes of the server have used."""
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS_A_SECOND

    def memory_kib(self) -> dict[str, int]:
        """Return PSS and private memory, summed over the processes, in KiB.

        Private is what no other process has and no file holds: the pages of a mapped index are
        page cache, whoever looks at them, and are given back when memory is short.
        """
        sums = {"pss": 0, "private": 0}
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                key, _, rest = line.partition(":")
                if key == "Pss":
                    sums["pss"] += int(rest.split()[0])
                elif key == "Private_Dirty":
                    sums["private"] += int(rest.split()[0])
        return sums

    def wait_for_answer(self, query: bytes, limit_s: float) -> None:
        """Ask until the zone is answered without an error; note how long that took."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((self.host, self.port))
            sock.settimeout(0.02)
            while time.monotonic() - self.started_s < limit_s:
                if self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} ended with {self.process.returncode}")
                try:
                    sock.send(query)
                    reply = sock.recv(4096)
                except OSError:
                    time.sleep(0.005)
                    continue
                if reply[3] & 15 == 0 and reply[6:8] != b"\0\0":
                    self.first_answer_s = time.monotonic() - self.started_s
                    return
        raise RuntimeError(f"{self.name} did not answer within {limit_s} seconds")

    def stop(self) -> None:
        """End the server, by force if it has to be."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """Return a UDP and TCP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def launch(
    name: str, port: int, command: list[str], folder: Path, host: str = "127.0.0.1"
) -> Server:
    """Start *command* with its output in *folder*, on the first processor where there are two."""
    log = (folder / f"{name}.log").open("wb")
    affinity = os.sched_getaffinity(0)
    first = {min(affinity)} if len(affinity) > 1 else affinity
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=folder,
        preexec_fn=lambda: os.sched_setaffinity(0, first),
    )
    return Server(name, port, process, time.monotonic(), host=host)


def start_enumd(home: Path, folder: Path, *options: str) -> Server:
    """Start our own server on the home that holds the registry and the index, one worker."""
    port = free_port()
    command = [sys.executable, "-m", "enumd.cli", "--home", str(home), "serve", "--workers", "1"]
    return launch("enumd", port, [*command, "--dns", f"127.0.0.1:{port}", *options], folder)


def start_nsd(
    apex: str, zone: Path, folder: Path, host: str = "127.0.0.1", port: int = 0
) -> Server:
    """Start NSD: one server process, minimal responses, no rate limit (or it drops)."""
    port = port or free_port()
    (folder / "nsd.conf").write_text(
        f"""server:
  ip-address: {host}@{port}
  server-count: 1
  minimal-responses: yes
  rrl-ratelimit: 0
  username: ""
  zonesdir: "{folder}"
  pidfile: ""
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  database: ""
remote-control:
  control-enable: no
zone:
  name: {apex}
  zonefile: {zone}
"""
    )
    command = ["nsd", "-d", "-c", str(folder / "nsd.conf")]
    return launch("NSD", port, command, folder, host)


def start_knot(apex: str, zone: Path, folder: Path) -> Server:
    """Start Knot DNS: one UDP worker, no journal, no semantic checks."""
    port = free_port()
    (folder / "knot.conf").write_text(
        f"""server:
  listen: 127.0.0.1@{port}
  rundir: {folder}/knot-run
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: {folder}/knot-db
zone:
  - domain: {apex}
    file: {zone}
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
"""
    )
    (folder / "knot-run").mkdir(exist_ok=True)
    return launch("Knot", port, ["knotd", "-c", str(folder / "knot.conf")], folder)


def start_bind(apex: str, zone: Path, folder: Path) -> Server:
    """Start BIND: one thread, minimal responses, no recursion."""
    port = free_port()
    (folder / "named.conf").write_text(
        f"""options {{
  directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion no;
  minimal-responses yes;
  notify no;
  pid-file none;
  session-keyfile none;
  dnssec-validation no;
}};
controls {{ }};
zone "{apex}" {{ type primary; file "{zone}"; check-names ignore; }};
"""
    )
    command = ["named", "-f", "-n", "1", "-c", str(folder / "named.conf")]
    return launch("BIND", port, command, folder)


def start_powerdns(backend: str, apex: str, zone: Path, folder: Path) -> Server:
    """Load the zone into PowerDNS's LMDB or SQLite backend and start it with one thread."""
    port = free_port()
    config = folder / f"pdns-{backend}"
    config.mkdir(exist_ok=True)
    engine = {
        "lmdb": f"launch=lmdb\nlmdb-filename={config}/pdns.lmdb\nlmdb-shards=1\n",
        "sqlite": f"launch=gsqlite3\ngsqlite3-database={config}/pdns.sqlite3\n",
    }[backend]
    (config / "pdns.conf").write_text(
        f"""{engine}local-address=127.0.0.1
local-port={port}
receiver-threads=1
distributor-threads=1
guardian=no
daemon=no
socket-dir={config}
"""
    )
    if not list(config.glob("pdns.*db*")) and not (config / "pdns.sqlite3").exists():
        _fill_powerdns(backend, apex, zone, config)
    command = ["pdns_server", f"--config-dir={config}"]
    return launch(f"PowerDNS {backend}", port, command, folder)


def _fill_powerdns(backend: str, apex: str, zone: Path, config: Path) -> None:
    """Create the schema where there is one and load the zone."""
    if backend == "sqlite":
        schema = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
        with schema.open("rb") as script:
            subprocess.run(["sqlite3", str(config / "pdns.sqlite3")], stdin=script, check=True)
    load = ["pdnsutil", f"--config-dir={config}", "load-zone", apex, str(zone)]
    subprocess.run(load, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


BACKENDS = {
    "powerdns-lmdb": ("liblmdbbackend.so", "pdns-backend-lmdb"),
    "powerdns-sqlite": ("libgsqlite3backend.so", "pdns-backend-sqlite3"),
}
"""What a backend of PowerDNS is in, and the package it comes in."""

PEERS = {
    "nsd": ("nsd", start_nsd),
    "knot": ("knotd", start_knot),
    "bind": ("named", start_bind),
    "powerdns-lmdb": ("pdns_server", lambda *a: start_powerdns("lmdb", *a)),
    "powerdns-sqlite": ("pdns_server", lambda *a: start_powerdns("sqlite", *a)),
}


def missing(name: str) -> str | None:
    """Return what has to be installed to measure the peer of that name, or None."""
    program = PEERS[name][0]
    if not (shutil.which(program) or Path("/usr/sbin", program).exists()):
        packages = {"knotd": "knot", "named": "bind9", "pdns_server": "pdns-server"}
        return packages.get(program, program)
    library, package = BACKENDS.get(name, ("", ""))
    if package and not any(Path("/usr/lib").glob(f"*/pdns/{library}")):
        return package
    if name == "powerdns-sqlite" and not shutil.which("sqlite3"):
        return "sqlite3"
    return None


def installed() -> list[str]:
    """Return the peers this machine has, in the order of the table."""
    return [name for name in PEERS if missing(name) is None]
