"""Compare our DNS authority with NSD, Knot, BIND and PowerDNS on the same zone and questions."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import data
import dns.message
import servers
from load import Run, dnsperf, middle
from servers import Server

START_LIMIT_S = 120.0


def main() -> int:
    """Run the benchmark and print one table, or JSON."""
    options = _options()
    for name in servers.PEERS:
        if (package := servers.missing(name)) is not None:
            say(f"{name} is left out: install the package {package} to have it measured, too")
            options.peers = [one for one in options.peers if one != name]
    results = []
    with tempfile.TemporaryDirectory(prefix="bench-dns-") as folder:
        for count in options.numbers:
            place = Path(folder, str(count))
            place.mkdir(mode=0o755)
            Path(folder).chmod(0o755)
            results.append(measure(count, place, options))
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        for result in results:
            print_tables(result)
    return 0


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tools/bench dns", description=__doc__)
    parser.add_argument("--numbers", type=int, nargs="+", default=[100_000])
    parser.add_argument("--seconds", type=float, default=3.0, help="of load a run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, interleaved")
    parser.add_argument("--peers", nargs="*", choices=[*servers.PEERS], default=servers.installed())
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure(count: int, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return all figures for a directory of *count* numbers with three endpoints each."""
    say(f"{count:,} numbers: making the directory")
    digits = data.numbers(count)
    made = fill(folder, digits)
    questions = data.write_queries(folder, digits)
    runs: dict[str, dict[str, list[Run]]] = {}
    started: dict[str, dict[str, float]] = {}
    query = dns.message.make_query(data.owner(digits[0]), "NAPTR").to_wire()
    for name in ["enumd", *options.peers]:
        server = start(name, folder)
        try:
            server.wait_for_answer(query, START_LIMIT_S)
        finally:
            if server.first_answer_s == 0:
                server.stop()
        started[server.name] = {"first_answer_s": server.first_answer_s}
        server.stop()
    for turn in range(options.rounds):
        for name in ["enumd", *options.peers]:
            server = start(name, folder)
            server.wait_for_answer(query, START_LIMIT_S)
            say(f"round {turn + 1}: {server.name}")
            for mix, path in questions.items():
                for edns in (False, True):
                    label = f"{mix}{'+edns' if edns else ''}"
                    run = dnsperf(server, path, options.seconds, edns=edns)
                    runs.setdefault(server.name, {}).setdefault(label, []).append(run)
            started[server.name].update(server.memory_kib())
            server.stop()
    return {
        "numbers": count,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "made": made,
        "servers": started,
        "runs": {
            name: {
                label: {
                    "cpu_us": round(middle(each).cpu_us, 2),
                    "all_cpu_us": [round(run.cpu_us, 2) for run in each],
                    "rate": round(middle(each).rate),
                    "lost": sum(run.lost for run in each),
                    "rcodes": middle(each).rcodes,
                }
                for label, each in mixes.items()
            }
            for name, mixes in runs.items()
        },
    }


def fill(folder: Path, digits: list[str]) -> dict[str, float]:
    """Import the directory, export the zone for the peers; return what that took."""
    home, csv = folder / "home", folder / "numbers.csv"
    data.write_csv(csv, digits)
    enumd(home, "init", "--apex", data.APEX, "--ns", "ns1.example.net")
    began = time.monotonic()
    enumd(home, "import", str(csv), "--yes")
    imported_s = time.monotonic() - began
    enumd(home, "export", str(folder / "zone"), "--format", "zone")
    index = sum(file.stat().st_blocks * 512 for file in (home / "index").iterdir())
    return {"import_s": round(imported_s, 1), "octets_a_number": round(index / len(digits), 1)}


def enumd(home: Path, *words: str) -> None:
    """Run one command of ours."""
    command = [sys.executable, "-m", "enumd.cli", "--home", str(home), "--quiet", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def start(name: str, folder: Path) -> Server:
    """Start one of the servers by its name in the table of peers."""
    if name == "enumd":
        return servers.start_enumd(folder / "home", folder)
    return servers.PEERS[name][1](data.APEX, folder / "zone", folder)


def print_tables(result: dict[str, object]) -> None:
    """Print the figures as one table: a row a server."""
    runs, started = result["runs"], result["servers"]
    labels = list(runs["enumd"])
    print(f"\n{result['numbers']:,} numbers, 3 NAPTRs each; {result['machine']}; {result['made']}")
    print("CPU microseconds a query (thousand queries a second)")
    print(f"{'':17}" + "".join(f"{label:>17}" for label in labels), end="")
    print(f"{'first answer s':>16}{'PSS MiB':>9}{'private MiB':>13}")
    for name, mixes in runs.items():
        cells = "".join(
            f"{mixes[label]['cpu_us']:>9.1f} ({mixes[label]['rate'] / 1000:>4.0f}k)"
            for label in labels
        )
        row = started[name]
        tail = (
            f"{row['first_answer_s']:>16.2f}{row['pss'] / 1024:>9.0f}{row['private'] / 1024:>13.0f}"
        )
        print(f"{name:17}{cells}{tail}")
    for name, mixes in runs.items():
        if name != "enumd":
            ratios = (runs["enumd"][each]["cpu_us"] / mixes[each]["cpu_us"] for each in labels)
            print(f"enumd / {name:9}" + "".join(f"{ratio:>17.2f}" for ratio in ratios))
    lost = {name: sum(mix["lost"] for mix in mixes.values()) for name, mixes in runs.items()}
    print("lost:", ", ".join(f"{name} {count}" for name, count in lost.items()))


def say(text: str) -> None:
    """Tell on stderr what is going on."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
