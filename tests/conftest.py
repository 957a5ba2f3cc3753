"""What all tests share: the hypothesis profile, what was skipped, and published zones."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import dns.name
import dns.node
import dns.zone
import pytest
from hypothesis import HealthCheck, settings

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.dns.wire import answer
from enumd.index.layout import Answer, NumberState, Zone, pack_digits, pack_labels
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter

# Two shared cores make the wall clock meaningless, so no example has a deadline.
settings.register_profile(
    "enumd",
    deadline=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("enumd")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was skipped and what it would have needed, so that nobody takes it for tested."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report) for report in skipped)
    if not reasons:
        return
    terminalreporter.section("not tested here")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count:5} test{'s' * (count > 1)}: {reason}")


def _reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped."""
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")


class Publish(Protocol):
    """Publish zones and read them."""

    def __call__(
        self,
        *texts: str,
        not_after: Mapping[str, int] | None = None,
        nothing_at: tuple[str, ...] = (),
        prefixes: Mapping[str, str] | None = None,
        states: Mapping[str, NumberState] | None = None,
    ) -> IndexReader:
        """Return a reader of a new index that holds these zones.

        Args:
            texts: master files, one a zone, with `$ORIGIN`, `$TTL`, SOA and NS.
            not_after: the second after which a name, absolute or relative to the last zone, is
                not answered.
            nothing_at: names that exist and own nothing, as suspended numbers do.
            prefixes: the digits an apex stands for; none by default.
            states: what SIP must know of digits below each apex that has no NAPTR.
        """


@pytest.fixture
def publish(publish_text: Publish) -> Publish:
    """Return a function that publishes zone text into a real index and opens that."""
    return publish_text


@pytest.fixture
def publish_text(tmp_path: Path) -> Iterator[Publish]:
    """Return the same, for tests to which `publish` is something else."""
    with ExitStack() as stack:
        numbers = itertools.count()

        def publish(*texts, not_after=None, nothing_at=(), prefixes=None, states=None):
            path = tmp_path / f"index{next(numbers)}"
            with IndexWriter(path, "registry-of-tests") as writer:
                for text in texts:
                    zone, answers = _rendered(text, not_after or {}, nothing_at)
                    apex = dns.name.from_wire(zone.apex, 0)[0].to_text()
                    zone = replace(zone, prefix=(prefixes or {}).get(apex, ""))
                    writer.publish(_replacement(zone, answers, states or {}))
            return stack.enter_context(IndexReader(path))

        yield publish


def _replacement(
    zone: Zone, answers: dict[bytes, Answer], states: Mapping[str, NumberState]
) -> Callable:
    """Return the work of one transaction."""

    def work(transaction):
        transaction.put_zone(zone)
        transaction.replace(zone.apex, sorted(answers.items()))
        for digits, state in states.items():
            transaction.put_state(zone.apex, pack_digits(digits), state)

    return work


def _rendered(
    text: str, not_after: Mapping[str, int], nothing_at: tuple[str, ...]
) -> tuple[Zone, dict[bytes, Answer]]:
    """Return the head and the names of the zone written in *text*."""
    parsed = dns.zone.from_text(text, relativize=False, check_origin=True)
    apex = parsed.origin
    assert apex is not None
    until = {dns.name.from_text(name, apex): second for name, second in not_after.items()}
    answers = {
        pack_labels(_labels(dns.name.from_text(name, apex), apex)): answer([])
        for name in nothing_at
    }
    for owner, node in parsed.nodes.items():
        if owner != apex:
            answers[pack_labels(_labels(owner, apex))] = answer(_rrsets(node), until.get(owner, 0))
    return _head(apex, _rrsets(parsed.nodes[apex])), answers


def _head(apex: dns.name.Name, rrsets: tuple[RRset, ...]) -> Zone:
    """Return the zone head with the serial that the SOA carries."""
    soa = next(rrset for rrset in rrsets if rrset.rrtype == RRType.SOA)
    serial = Serial(int.from_bytes(soa.rdatas[0][-20:-16]))
    return Zone(apex.canonicalize().to_wire(), "", serial, rrsets)


def _labels(owner: dns.name.Name, apex: dns.name.Name) -> tuple[bytes, ...]:
    """Return the labels of *owner* below *apex*, in lower case."""
    return owner.canonicalize().labels[: len(owner.labels) - len(apex.labels)]


def _rrsets(node: dns.node.Node) -> tuple[RRset, ...]:
    """Return the RRsets of a node with their names uncompressed."""
    return tuple(
        RRset(int(found.rdtype), found.ttl, tuple(rdata.to_wire() for rdata in found))
        for found in node
    )
