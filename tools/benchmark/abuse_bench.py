"""Ask our server politely while a stranger floods it, and show how long the answers take."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

import data
import dns.message
import servers
from dns_bench import fill, say

LIMIT_MS = 20.0
"""The 99th percentile that an honest client is to have beside any flood."""

CONNECTIONS = 20
_PAUSE_S = 0.005

Flood = tuple[str, bytes]
"""The port that is flooded, and what is sent there again and again."""


def main() -> int:
    """Run the benchmark and print one table, or JSON; 1 when an answer took too long."""
    parser = argparse.ArgumentParser(prog="tools/bench abuse", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each flood")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-abuse-") as folder:
        results = measure(Path(folder), options.seconds)
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        print_table(results)
    return int(any(row["p99_ms"] >= LIMIT_MS for row in results))


def measure(folder: Path, seconds: float) -> list[dict[str, object]]:
    """Return the figures of an honest client, alone and beside each flood."""
    digits = data.numbers(1000)
    fill(folder, digits)
    query = dns.message.make_query(data.owner(digits[0]), "NAPTR").to_wire()
    home = folder / "home"
    ports = {name: servers.free_port() for name in ("sip", "tls", "metrics")}
    configure(home, ports)
    server = servers.start_enumd(home, folder)
    ports["dns"] = server.port
    try:
        server.wait_for_answer(query, 30)
        rows = [beside("nothing", None, query, ports, seconds)]
        for name, flood in floods(query).items():
            rows.append(beside(name, flood, query, ports, seconds))
    finally:
        server.stop()
    return rows


def floods(query: bytes) -> dict[str, Flood]:
    """Return every flood by its name."""
    invite = b"INVITE sip:+1@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nl: 0\r\n\r\n"
    return {
        "keep-alives over SIP/TCP": ("sip", b"\r\n\r\n" * 16384),
        "blank lines over SIP/TCP": ("sip", b"\n" * 65536),
        "broken calls over SIP/TCP": ("sip", invite * 600),
        "queries pipelined over TCP": ("dns", (len(query).to_bytes(2, "big") + query) * 1000),
        "TLS handshakes": ("tls", b""),
        "scrapes pipelined": ("metrics", b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n" * 1000),
        "connections that come and go": ("sip", b""),
    }


def configure(home: Path, ports: dict[str, int]) -> None:
    """Have the server of *home* listen everywhere."""
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    key += ["-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(key, cwd=home, check=True, capture_output=True)
    (home / "key.pem").chmod(0o600)
    (home / "enumd.toml").write_text(
        f"""[sip]
listen = ["127.0.0.1:{ports["sip"]}"]
tls_listen = ["127.0.0.1:{ports["tls"]}"]
certificate = "cert.pem"
key = "key.pem"
[metrics]
listen = "127.0.0.1:{ports["metrics"]}"
"""
    )


def beside(
    name: str, flood: Flood | None, query: bytes, ports: dict[str, int], seconds: float
) -> dict[str, object]:
    """Return how long answers took beside a flood."""
    say(f"beside {name}")
    with flooding(flood, ports) as sent:
        times, lost = ask(query, ports["dns"], seconds)
    cuts = quantiles(times, n=100)
    return {
        "flood": name,
        "sent_mb": round(sum(sent) / 1e6, 1),
        "asked": len(times) + lost,
        "lost": lost,
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "max_ms": round(max(times), 2),
    }


def ask(query: bytes, port: int, seconds: float) -> tuple[list[float], int]:
    """Ask every few milliseconds; return the milliseconds each answer took, and how many none."""
    times, lost, until_s = [], 0, time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(5)
        while time.monotonic() < until_s:
            began_s = time.perf_counter()
            try:
                sock.send(query)
                sock.recv(4096)
            except OSError:
                lost += 1
                continue
            times.append(1000 * (time.perf_counter() - began_s))
            time.sleep(_PAUSE_S)
    return times, lost


@contextlib.contextmanager
def flooding(flood: Flood | None, ports: dict[str, int]) -> Iterator[list[int]]:
    """Flood a port from a process of its own while the block lasts; the list says how much."""
    sent: list[int] = []
    if flood is None:
        yield sent
        return
    port, octets = flood
    words = [sys.executable, __file__, "--flood", port, str(ports[port])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(octets)
        process.stdin.close()
        process.stdout.readline()
        yield sent
        process.terminate()
        sent.append(int(process.stdout.readline() or 0))


def be_flood(kind: str, port: int, octets: bytes) -> None:
    """Be the stranger: flood until told to end, and say how many octets that were."""
    # On the processor that the server does not have, and behind the honest client there.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.nice(10)
    stop, sent = threading.Event(), [0] * CONNECTIONS
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    one = send_on if octets else handshakes if kind == "tls" else come_and_go
    for place in range(CONNECTIONS):
        threading.Thread(
            target=run, args=(one, port, octets, stop, sent, place), daemon=True
        ).start()
    print("flooding", flush=True)
    stop.wait()
    print(sum(sent), flush=True)


def run(
    one: Callable[[socket.socket, bytes], int],
    port: int,
    octets: bytes,
    stop: threading.Event,
    sent: list[int],
    place: int,
) -> None:
    """Connect and flood, again and again."""
    while not stop.is_set():
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=5) as sock,
        ):
            while not stop.is_set() and (count := one(sock, octets)):
                sent[place] += count


def send_on(sock: socket.socket, octets: bytes) -> int:
    """Send *octets*, and take what comes back."""
    sock.settimeout(0.05)
    with contextlib.suppress(TimeoutError):
        sock.send(octets)
        sock.recv(1 << 20)
    return len(octets)


def handshakes(sock: socket.socket, octets: bytes) -> int:
    """Have TLS begun, and leave."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.wrap_socket(sock).close()
    return 0


def come_and_go(sock: socket.socket, octets: bytes) -> int:
    """Leave at once."""
    return 0


def print_table(rows: list[dict[str, object]]) -> None:
    """Print the figures: a row a flood."""
    print("An honest client over UDP, one worker, beside 20 connections of a stranger")
    print(f"{'':32}{'asked':>7}{'lost':>6}{'median ms':>11}{'99% ms':>8}{'longest ms':>12}")
    for row in rows:
        print(
            f"{row['flood']:32}{row['asked']:>7}{row['lost']:>6}{row['p50_ms']:>11.2f}"
            f"{row['p99_ms']:>8.2f}{row['max_ms']:>12.2f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--flood"]:
        be_flood(sys.argv[2], int(sys.argv[3]), sys.stdin.buffer.read())
        sys.exit(0)
    sys.exit(main())
