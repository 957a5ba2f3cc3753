"""One measured run of dnsperf against one server."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from servers import Server


@dataclass(frozen=True)
class Run:
    """What one run cost and gave."""

    queries: int
    lost: int
    seconds: float
    cpu_s: float
    rcodes: str

    @property
    def cpu_us(self) -> float:
        """Return the CPU time of the server a query, in microseconds."""
        return 1e6 * self.cpu_s / max(1, self.queries)

    @property
    def rate(self) -> float:
        """Return the queries answered a second."""
        return self.queries / self.seconds


def dnsperf(server: Server, questions: Path, seconds: float, *, edns: bool) -> Run:
    """Ask *server* as fast as it answers, 100 questions outstanding, for some seconds."""
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", str(questions)]
    command += ["-l", str(seconds), "-c", "4", "-q", "100", "-t", "2", *(["-e"] if edns else [])]
    affinity = os.sched_getaffinity(0)
    last = {max(affinity)}
    before = server.cpu_s()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
        preexec_fn=lambda: os.sched_setaffinity(0, last),
    )
    cpu_s = server.cpu_s() - before
    text = done.stdout

    def figure(label: str) -> float:
        found = re.search(rf"{label}:\s+([0-9.]+)", text)
        return float(found[1]) if found else 0.0

    codes = re.search(r"Response codes:\s+(.*)", text)
    return Run(
        int(figure("Queries completed")),
        int(figure("Queries lost")),
        figure(r"Run time \(s\)"),
        cpu_s,
        codes[1].strip() if codes else "",
    )


def middle(runs: list[Run]) -> Run:
    """Return the run whose CPU time a query is the median."""
    cost = median(run.cpu_us for run in runs)
    return min(runs, key=lambda run: abs(run.cpu_us - cost))
