"""Compare our SIP redirect with Kamailio, whose module enum asks NSD, on the same numbers."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import data
import dns.message
import servers
from dns_bench import fill, say
from servers import Server

from enumd.core.number import Number
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.serve.sip.call import call

SCENARIO = Path(__file__).with_name("call.xml")
START_LIMIT_S = 60.0
AT_ONCE = 200
"""Calls under way at once when the server is asked for all it can do."""

KAMAILIO_CFG = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:{port}
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "enum.so"

request_route {{
    if (method == "ACK") {{
        t_check_trans();
        exit;
    }}
    t_newtran();
    if (enum_query("{apex}.")) {{
        t_reply("302", "Moved Temporarily");
    }} else {{
        t_reply("404", "Not Found");
    }}
    exit;
}}
"""


@dataclass(frozen=True)
class Contender:
    """A redirect server: where it listens, and every process that works for it."""

    name: str
    port: int
    parts: dict[str, Server]

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU seconds each part has used."""
        return {name: part.cpu_s() for name, part in self.parts.items()}

    def stop(self) -> None:
        """End every part."""
        for part in self.parts.values():
            part.stop()


@dataclass(frozen=True)
class Run:
    """What one run cost and gave."""

    calls: int
    failed: int
    seconds: float
    cpu_s: dict[str, float]
    p99_ms: float

    @property
    def cpu_us(self) -> float:
        """Return the CPU time a call (INVITE, 302, ACK), all parts together, in microseconds."""
        return 1e6 * sum(self.cpu_s.values()) / max(1, self.calls)

    def shown(self) -> dict[str, object]:
        """Return the figures."""
        parts = {
            name: round(1e6 * each / max(1, self.calls), 1) for name, each in self.cpu_s.items()
        }
        return {
            "cpu_us": round(self.cpu_us, 1),
            "cpu_us_parts": parts,
            "calls": self.calls,
            "rate": round(self.calls / self.seconds),
            "p99_ms": self.p99_ms,
            "failed": self.failed,
        }


def main() -> int:
    """Run the benchmark and print one table, or JSON."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-sip-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        result = measure(folder, options)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print_table(result)
    return 0


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tools/bench sip", description=__doc__)
    parser.add_argument("--numbers", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=2000, help="calls a second of the paced runs")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load a run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, interleaved")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return all figures for a directory of so many numbers."""
    say(f"{options.numbers:,} numbers: making the directory")
    digits = data.numbers(options.numbers)
    fill(folder, digits)
    random.Random(1).shuffle(digits)
    (folder / "called.csv").write_text("SEQUENTIAL\n" + "".join(f"+{one};\n" for one in digits))
    contenders: list[Callable[[Path, str], Contender]] = [start_enumd]
    if shutil.which("kamailio") and shutil.which("nsd"):
        contenders.append(start_kamailio)
    else:
        say("kamailio and nsd are not both installed: enumd alone")
    runs: dict[str, dict[str, list[Run]]] = {}
    for turn in range(options.rounds):
        for begin in contenders:
            contender = begin(folder, digits[0])
            say(f"round {turn + 1}: {contender.name}")
            try:
                kinds = runs.setdefault(contender.name, {"paced": [], "full": []})
                paced = ["-r", str(options.rate), "-l", str(4 * options.rate)]
                calls = round(options.rate * options.seconds)
                kinds["paced"].append(sipp(contender, folder, calls, *paced))
                full = ["-r", "100000", "-l", str(AT_ONCE)]
                kinds["full"].append(sipp(contender, folder, 2 * calls, *full))
            finally:
                contender.stop()
    return {
        "numbers": options.numbers,
        "rate": options.rate,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "runs": {
            name: {kind: middle(each).shown() for kind, each in kinds.items()}
            for name, kinds in runs.items()
        },
        "ratios": {
            name: [
                round(ours.cpu_us / theirs.cpu_us, 2)
                for ours, theirs in zip(runs["enumd"]["paced"], kinds["paced"], strict=True)
            ]
            for name, kinds in runs.items()
            if name != "enumd"
        },
    }


def start_enumd(folder: Path, digits: str) -> Contender:
    """Start our server with one worker; what answers DNS in it is idle."""
    port = servers.free_port()
    sip = ("--sip", f"127.0.0.1:{port}")
    server = servers.start_enumd(folder / "home", folder, *sip)
    contender = Contender("enumd", port, {"enumd": server})
    wait_for_call(contender, digits)
    return contender


def start_kamailio(folder: Path, digits: str) -> Contender:
    """Start NSD, and Kamailio with one process for calls, which asks it and nobody else.

    The C library's resolver asks port 53 of what stands in resolv.conf, so NSD gets a loopback
    address of its own, and Kamailio a resolv.conf that nobody else sees.
    """
    host = f"127.53.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
    nsd = servers.start_nsd(data.APEX, folder / "zone", folder, host, 53)
    nsd.wait_for_answer(
        dns.message.make_query(data.owner(digits), "NAPTR").to_wire(), START_LIMIT_S
    )
    port = servers.free_port()
    resolv, cfg = folder / "resolv.conf", folder / "kamailio.cfg"
    resolv.write_text(f"nameserver {host}\n")
    cfg.write_text(KAMAILIO_CFG.format(port=port, apex=data.APEX))
    mount = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"']
    words = ["kamailio", "-DD", "-E", "-m", "256", "-M", "16", "-w", str(folder), "-Y", str(folder)]
    kamailio = servers.launch(
        "Kamailio", port, [*mount, str(resolv), *words, "-f", str(cfg)], folder
    )
    contender = Contender("Kamailio + NSD", port, {"Kamailio": kamailio, "NSD": nsd})
    wait_for_call(contender, digits)
    return contender


def wait_for_call(contender: Contender, digits: str) -> None:
    """Call until the call is redirected."""
    until_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until_s:
        try:
            answered = call(Number.parse(f"+{digits}"), Address("127.0.0.1", contender.port), 1.0)
        except ServiceError:
            time.sleep(0.05)
            continue
        if answered.status == 302 and answered.contacts:
            return
    contender.stop()
    raise RuntimeError(f"{contender.name} redirected no call within {START_LIMIT_S:.0f} s")


def sipp(contender: Contender, folder: Path, calls: int, *pace: str) -> Run:
    """Have SIPp place so many calls, from the other processor where there are two."""
    for old in folder.glob("call_*_rtt.csv"):
        old.unlink()
    command = ["sipp", f"127.0.0.1:{contender.port}", "-sf", str(SCENARIO), "-m", str(calls)]
    command += ["-inf", str(folder / "called.csv"), "-i", "127.0.0.1", "-nostdin", *pace]
    command += ["-trace_rtt", "-rtt_freq", str(calls), "-timeout", "120"]
    last = {max(os.sched_getaffinity(0))}
    before, began_s = contender.cpu_s(), time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        preexec_fn=lambda: os.sched_setaffinity(0, last),
    )
    seconds = time.monotonic() - began_s
    spent = {name: after - before[name] for name, after in contender.cpu_s().items()}
    if done.returncode not in (0, 1):
        raise RuntimeError(
            f"SIPp ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
        )
    failed = re.findall(r"Failed call\s+\|\s+\d+\s+\|\s+(\d+)", done.stdout)
    return Run(calls, int(failed[-1]) if failed else 0, seconds, spent, p99_ms(folder))


def p99_ms(folder: Path) -> float:
    """Return the 99th percentile of the times from INVITE to 302 that SIPp noted."""
    (file,) = folder.glob("call_*_rtt.csv")
    times = [float(row.split(";")[1]) for row in file.read_text().splitlines()[1:]]
    return round(quantiles(times, n=100)[98], 3)


def middle(runs: list[Run]) -> Run:
    """Return the run whose CPU time a call is the median."""
    cost = median(run.cpu_us for run in runs)
    return min(runs, key=lambda run: abs(run.cpu_us - cost))


def print_table(result: dict[str, object]) -> None:
    """Print the figures as one table: a row a server."""
    print(f"\n{result['numbers']:,} numbers; {result['machine']}; a call is INVITE, 302, ACK")
    paced = f"at {result['rate']:,} calls/s"
    print(f"{'':17}{'CPU us a call, ' + paced:>32}{'p99 ms':>9}{'failed':>8}", end="")
    print(f"{'calls/s at most':>18}{'CPU us a call':>15}{'p99 ms':>9}{'failed':>8}")
    for name, kinds in result["runs"].items():
        at_rate, full = kinds["paced"], kinds["full"]
        print(f"{name:17}{at_rate['cpu_us']:>32.1f}{at_rate['p99_ms']:>9.2f}", end="")
        print(f"{at_rate['failed']:>8}{full['rate']:>18,}{full['cpu_us']:>15.1f}", end="")
        print(f"{full['p99_ms']:>9.2f}{full['failed']:>8}")
    for name, ratios in result["ratios"].items():
        parts = result["runs"][name]["paced"]["cpu_us_parts"]
        print(f"{name}: {', '.join(f'{part} {cost} us' for part, cost in parts.items())}")
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"enumd / {name}, {paced}: {median(ratios):.2f} (by round: {each})")


if __name__ == "__main__":
    sys.exit(main())
