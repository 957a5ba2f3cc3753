"""What all tests share: the hypothesis profile, what was skipped, and published zones."""

import datetime
import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import dns.name
import dns.node
import dns.zone
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, settings
from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.python.failure import Failure

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.entries import Entry
from enumd.index.layout import OWN_KEY, Answer, Zone, pack_digits, pack_labels
from enumd.index.reader import IndexReader
from enumd.index.records import pack_answer
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


_FIRST: Final = ("whole", "registry", "serve", "cli")
"""The directories of the tests that take longest, which wait for servers and databases."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let long files come first: processes that share the files then end at about the same time."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Return when the file of *item* is to come."""
    directory = item.path.relative_to(Path(__file__).parent).parts[0]
    return _FIRST.index(directory) if directory in _FIRST else len(_FIRST)


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


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    """Whatever a test configures, the next one finds the loggers as they were."""
    logger, twisted = logging.getLogger("enumd"), logging.getLogger("enumd.twisted")
    before = logger.handlers[:], logger.propagate, logger.level, twisted.level
    yield
    logger.handlers[:], logger.propagate, level, twisted_level = before
    logger.setLevel(level)
    twisted.setLevel(twisted_level)


class Publish(Protocol):
    """Publish zones and read them."""

    def __call__(
        self,
        *texts: str,
        not_after: Mapping[str, int] | None = None,
        nothing_at: tuple[str, ...] = (),
        prefixes: Mapping[str, str] | None = None,
        entries: Mapping[str, Entry] | None = None,
    ) -> IndexReader:
        """Return a reader of a new index that holds these zones.

        Args:
            texts: master files, one a zone, with `$ORIGIN`, `$TTL`, SOA and NS.
            not_after: the first second at which a name, absolute or relative to the last zone, is
                not answered.
            nothing_at: names that exist and own nothing, as suspended numbers do.
            prefixes: the digits an apex stands for; none by default. NAPTRs at such an apex are
                those of the number it is.
            entries: what SIP must know of digits below each apex that has no NAPTR.
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

        def publish(*texts, not_after=None, nothing_at=(), prefixes=None, entries=None):
            path = tmp_path / f"index{next(numbers)}"
            with IndexWriter(path, "registry-of-tests") as writer:
                for text in texts:
                    zone, answers = _rendered(text, not_after or {}, nothing_at)
                    apex = dns.name.from_wire(zone.apex, 0)[0].to_text()
                    zone = replace(zone, prefix=(prefixes or {}).get(apex, ""))
                    if zone.prefix and (own := zone.rrset(RRType.NAPTR)):
                        others = tuple(rrset for rrset in zone.rrsets if rrset != own)
                        zone = replace(zone, rrsets=others)
                        answers[OWN_KEY] = pack_answer([own], (not_after or {}).get(apex, 0))
                    writer.publish(_replacement(zone, answers, entries or {}))
            return stack.enter_context(IndexReader(path))

        yield publish


def _replacement(
    zone: Zone, answers: dict[bytes, Answer], entries: Mapping[str, Entry]
) -> Callable:
    """Return the work of one transaction."""

    def work(transaction):
        transaction.put_zone(zone)
        transaction.replace(zone.apex, sorted(answers.items()))
        for digits, entry in entries.items():
            transaction.put_entry(zone.apex, pack_digits(digits), entry)

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
        pack_labels(_labels(dns.name.from_text(name, apex), apex)) or OWN_KEY: pack_answer([])
        for name in nothing_at
    }
    for owner, node in parsed.nodes.items():
        if owner != apex:
            answers[pack_labels(_labels(owner, apex))] = pack_answer(
                _rrsets(node), until.get(owner, 0)
            )
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


class Authority:
    """A certificate authority of a test, and the files of what it signed."""

    def __init__(self, home: Path, name: str = "ca") -> None:
        """Sign by a key of its own; files go to *home*."""
        self._home = home
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        extension = x509.BasicConstraints(ca=True, path_length=0)
        self._write(f"{name}.pem", self._signed(self._name, self._key, extension))

    def sign(self, name: str, alternatives: list[x509.GeneralName] | None = None) -> None:
        """Write NAME.pem and NAME.key: a certificate for *name*, or for *alternatives*."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.DNSName(name)] if alternatives is None else alternatives
        extensions = [x509.SubjectAlternativeName(names)] if names else []
        self._write(f"{name}.pem", self._signed(subject, key, *extensions))
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self._home / f"{name}.key"
        path.write_bytes(octets)
        path.chmod(0o600)

    def _signed(self, subject, key, *extensions) -> x509.Certificate:
        """Return a certificate that is good today."""
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(
            self._name,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            now - datetime.timedelta(hours=1),
            now + datetime.timedelta(days=1),
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, name: str, certificate: x509.Certificate) -> None:
        """Write a certificate."""
        (self._home / name).write_bytes(certificate.public_bytes(Encoding.PEM))


@pytest.fixture(scope="session")
def new_authority() -> type[Authority]:
    """What makes an authority whose files go to a directory."""
    return Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that signs certificates into the temporary directory, its own is ca.pem."""
    return Authority(tmp_path)


VIA = "SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1;rport"
NUMBER = "+441632960017"


def request(method="INVITE", uri=f"sip:{NUMBER}@enum.example.net", body=b"", **fields):
    """Return the octets of a request; a field given as None is left out, a list repeats it.

    Names are written with "_" for "-"; `line` replaces the request line, `extra` adds lines.
    """
    line = fields.pop("line", f"{method} {uri} SIP/2.0")
    extra = fields.pop("extra", "")
    whole = {
        "Via": VIA,
        "From": '"Bob" <sip:bob@pbx.example.net>;tag=8f2a',
        "To": f"<sip:{NUMBER}@enum.example.net>",
        "Call-ID": "8d3f@192.0.2.4",
        "CSeq": f"1 {method}",
        "Max-Forwards": "70",
        "Content-Length": str(len(body)),
    }
    whole |= {name.replace("_", "-"): value for name, value in fields.items()}
    rows = [line]
    for name, value in whole.items():
        values = value if isinstance(value, list) else [value]
        rows += [f"{name}: {one}" for one in values if one is not None]
    text = "\r\n".join(rows) + "\r\n" + extra
    return text.encode("latin-1") + b"\r\n" + body


@pytest.fixture(scope="session")
def octets():
    """Return the function that builds requests."""
    return request


class Loop:
    """A reactor of its own, turned by hand."""

    def __init__(self, reactor: EPollReactor) -> None:
        """Turn *reactor*."""
        self.reactor = reactor

    def result(self, waited_for: Deferred, within_s: float = 20) -> object:
        """Turn the reactor until *waited_for* has its result; raise what it fails with."""
        results: list[object] = []
        waited_for.addBoth(results.append)
        deadline_s = time.monotonic() + within_s
        while not results:
            assert time.monotonic() < deadline_s, "it did not happen in time"
            self.reactor.iterate(0.01)
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def settle(self) -> None:
        """Turn the reactor a few times for what is done later."""
        for _ in range(5):
            self.reactor.iterate(0.005)

    @property
    def open(self) -> list[object]:
        """Return the sockets the reactor looks at, its own left out."""
        reactor = self.reactor
        watched = {*reactor.getReaders(), *reactor.getWriters()}
        return [one for one in watched if one not in reactor._internalReaders]


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A reactor that no other test has used, with nothing left in it at the end."""
    reactor = EPollReactor()
    loop = Loop(reactor)
    yield loop
    loop.settle()
    assert loop.open == []
    assert [call for call in reactor.getDelayedCalls() if call.active()] == []
    for reader in [*reactor._internalReaders]:
        reactor._internalReaders.discard(reader)
        reactor.removeReader(reader)
        reader.connectionLost(None)
    reactor._poller.close()
