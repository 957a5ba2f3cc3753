"""Measure an import, and how long those wait who claim a number while it runs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import data
from dns_bench import say

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.registry import numbers, pools, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry

_ACTOR = Actor(None, "bench")

_IMPORT = """
import json, resource, sys, time
from pathlib import Path
from enumd.registry.database import Registry
from enumd.registry.imports.importing import ImportOptions, import_file
with Registry.open(sys.argv[1]) as registry:
    got = import_file(registry, Path(sys.argv[2]), ImportOptions(int(time.time())))
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
print(json.dumps([got.numbers_created, got.taken, got.seconds, cpu_s, used[0].ru_maxrss >> 10]))
"""


def main() -> int:
    """Run the benchmark and print what it measured, or JSON."""
    parser = argparse.ArgumentParser(prog="tools/bench import", description=__doc__)
    parser.add_argument("--numbers", type=int, default=100_000)
    parser.add_argument("--every", type=float, default=0.05, help="seconds from claim to claim")
    parser.add_argument("--url", help="an empty PostgreSQL database; a SQLite file if not given")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        result = measure(Path(folder), options)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print(
            "{numbers:,} numbers, {rows:,} rows: {seconds} s, {cpu_s} s of CPU, {memory_mib} MiB;\n"
            "{claims} claims meanwhile: median {p50_ms} ms, 99th percentile {p99_ms} ms, longest "
            "{max_ms} ms, which is {ms_a_million_rows} ms a million rows".format(**result)
        )
    return 0


def measure(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return what the import took, and what the claims waited."""
    path = folder / "numbers.csv"
    say(f"{options.numbers:,} numbers: writing the file")
    data.write_csv(path, data.numbers(options.numbers))
    url = options.url or f"sqlite:///{folder}/registry.db"
    with Registry.create(url) as registry:
        with registry.change(_ACTOR, int(time.time())) as change:
            zone = zones.add(change, Apex(parse_name(f"{data.APEX}."), ""))
            pools.add(change, "bench", zone, Number("49000000000"), Number("49999999999"))
        say("importing, and claiming beside it")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", _IMPORT, url, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            waits = sorted(_claims(registry, process, options.every))
            assert process.stdout is not None
            created, rows, seconds, cpu_s, memory_mib = json.load(process.stdout)
    assert created == options.numbers
    return {
        "numbers": created,
        "rows": rows,
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu_s, 1),
        "memory_mib": memory_mib,
        "claims": len(waits),
        "p50_ms": round(waits[len(waits) // 2], 1),
        "p99_ms": round(waits[len(waits) * 99 // 100], 1),
        "max_ms": round(waits[-1], 1),
        "ms_a_million_rows": round(waits[-1] / rows * 1e6, 1),
    }


def _claims(registry: Registry, process: subprocess.Popen[bytes], every_s: float) -> list[float]:
    """Claim a number now and then until *process* ends; return the milliseconds each claim took."""
    waits: list[float] = []
    while process.poll() is None:
        began = time.perf_counter()
        with registry.change(_ACTOR, int(time.time())) as change:
            numbers.claim(change, Number(f"49{len(waits):09d}"), "ada@example.net")
        waits.append(1000 * (time.perf_counter() - began))
        time.sleep(every_s)
    return waits


if __name__ == "__main__":
    sys.exit(main())
