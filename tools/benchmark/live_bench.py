"""Measure how long a committed change takes to be answered, while the server is under load."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import data
import dns.message
import servers
from dns_bench import fill, say

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.index.writer import IndexWriter
from enumd.registry import endpoints
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.publish import publish


def main() -> int:
    """Run the benchmark and print its percentiles, or JSON."""
    parser = argparse.ArgumentParser(prog="tools/bench live", description=__doc__)
    parser.add_argument("--numbers", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--rate", type=int, default=5_000, help="queries a second meanwhile")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-live-") as folder:
        result = measure(Path(folder), options)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print(
            "{changes} changes while {rate} queries/s were answered ({answered} answered, "
            "{lost} lost):\ncommit to live: median {p50_ms} ms, 99th percentile {p99_ms} ms, "
            "longest {max_ms} ms".format(**result)
        )
    return 0


def measure(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return the percentiles of commit to live answer, in milliseconds."""
    digits = data.numbers(options.numbers)
    say(f"{options.numbers:,} numbers: making the directory")
    fill(folder, digits)
    home = folder / "home"
    questions = data.write_queries(folder, digits)["hits"]
    server = servers.start_enumd(home, folder)
    try:
        server.wait_for_answer(dns.message.make_query(data.owner(digits[0]), "NAPTR").to_wire(), 30)
        seconds = 5 + options.changes // 20
        load = _load(server.port, questions, options.rate, seconds)
        time.sleep(1)
        say(f"{options.changes} changes")
        delays = sorted(_changes(home, server.port, digits[:: len(digits) // options.changes]))
        load.send_signal(signal.SIGINT)  # it prints its totals
        text, _ = load.communicate()
    finally:
        server.stop()

    def figure(label: str) -> int:
        line = next((line for line in text.splitlines() if label in line), "0 0 0 0")
        return int(line.split()[2])

    return {
        "changes": len(delays),
        "rate": options.rate,
        "answered": figure("Queries completed"),
        "lost": figure("Queries lost"),
        "p50_ms": round(delays[len(delays) // 2], 2),
        "p99_ms": round(delays[len(delays) * 99 // 100], 2),
        "max_ms": round(delays[-1], 2),
    }


def _load(port: int, questions: Path, rate: int, seconds: int) -> subprocess.Popen[str]:
    """Start the steady load."""
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(questions)]
    command += ["-l", str(seconds), "-Q", str(rate), "-c", "4"]
    last = {max(os.sched_getaffinity(0))}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, last),
    )


def _changes(home: Path, port: int, chosen: list[str]) -> list[float]:
    """Add an endpoint to each number in turn; return the milliseconds from commit to answer."""
    delays = []
    with (
        Registry.open(f"sqlite:///{home}/registry.db") as registry,
        IndexWriter(home / "index", registry.registry_id) as writer,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.5)
        for place, digits in enumerate(chosen):
            mark = f"mailto:bench{place}@example.net"
            with registry.change(Actor(None, "bench"), int(time.time())) as change:
                endpoints.add(change, Number(digits), Endpoint.parse("email:mailto", mark, 90))
            committed = time.perf_counter()
            publish(registry, writer)
            _until_live(sock, digits, mark.encode())
            delays.append(1000 * (time.perf_counter() - committed))
    return delays


def _until_live(sock: socket.socket, digits: str, mark: bytes) -> None:
    """Ask for the number until its answer holds *mark*, a bounded time."""
    query = dns.message.make_query(data.owner(digits), "NAPTR").to_wire()
    give_up = time.perf_counter() + 10
    while time.perf_counter() < give_up:
        sock.send(query)
        if mark in sock.recv(4096):
            return
    raise RuntimeError(f"{mark!r} is not answered after ten seconds")


if __name__ == "__main__":
    sys.exit(main())
