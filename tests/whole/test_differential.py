"""The same questions asked of us, of NSD and of BIND: the same answers.

First the authority alone, on zones with whatever a zone may hold. Then the whole: the zones go
through `enumd import`, those that can be taken as numbers and blocks; NSD and BIND load what
`enumd export` writes; and the running server is asked, many questions at a time, beside them.

Zones are drawn from seeds: numbers, empty non-terminals, wildcards and names beside and below them,
names of other labels, `*` inside names, delegations with glue, aliases. Compared are the rcode, AA,
TC, the answer, and the authority section of denials and referrals with the glue below the cut.

Not compared, since the RFCs leave it open: authority and additional of positive answers (we give
none), addresses beside the cut in a referral, what stands in a truncated reply, the case of names,
and the rcode of aliases that lead back to themselves (BIND says SERVFAIL, NSD and we NOERROR).
"""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport

pytestmark = pytest.mark.peer

APEXES = [f"z{seed}.test." for seed in range(16)]
# Zones at delegations of others, the second of which has a DS.
APEXES += ["2.2.z0.test.", "1.1.2.2.z1.test."]
TYPES = ("NAPTR", "A", "TXT", "NS", "DS", "CNAME", "DNAME", "SOA", "TYPE65280")
WINDOW = 50
"""Questions asked at once: few enough that no socket buffer is full."""

HEAD = """$ORIGIN {apex}
$TTL 300
@ 600 SOA ns.example.org. hostmaster.example.org. 7 3600 600 86400 60
@ NS ns.example.org.
"""

NAPTR = 'NAPTR 100 {} "u" "E2U+sip" "!^.*$!sip:user{}@example.net!" .'


DS = "DS 1 8 2 " + 64 * "0"


class Drawn:
    """A zone drawn from a seed, and questions about it."""

    def __init__(self, seed: int) -> None:
        self.apex = APEXES[seed]
        # Glue in an outer zone is a name here, too: NSD takes it for one in both.
        self.owners: dict[str, list[str]] = {"ns": ["A 192.0.2.1", "AAAA 2001:db8::1"]}
        self._random = random.Random(seed)
        self._redirecting: list[str] = []
        kinds = (self._number, self._block, self._other, self._delegation, self._dname, self._alias)
        for draw in kinds:
            for _ in range(self._random.randint(1, 5)):
                draw()

    @property
    def text(self) -> str:
        """Return the master file."""
        lines = [f"{owner} {data}" for owner, all_ in self.owners.items() for data in all_]
        return HEAD.format(apex=self.apex) + "\n".join(lines) + "\n"

    def questions(self) -> list[tuple[str, str]]:
        """Return names at, above, beside and below all owners, each with a few types."""
        names = {"", "*"}
        for owner in self.owners:
            labels = owner.split(".")
            names |= {".".join(labels[place:]) for place in range(len(labels))}
            names |= {f"{new}.{owner}" for new in ("1", "*", "x", "1.1", "3.*")}
            names |= {".".join((new, *labels[1:])) for new in ("3", "9", "*", "y")}
        return [
            (f"{name}.{self.apex}" if name else self.apex, qtype)
            for name in sorted(names)
            for qtype in ("NAPTR", *self._random.sample(TYPES, 1))
        ]

    def _add(self, owner: str, *data: str) -> None:
        """Put records at a name where that makes a zone that every server loads."""
        below = any(owner.endswith(f".{cut}") for cut in self._redirecting)
        if owner not in self.owners and not below:
            self.owners[owner] = list(data)

    def _name(self, alphabet: str = "112233") -> str:
        """Return a name of one to five labels."""
        return ".".join(self._random.choices(alphabet, k=self._random.randint(1, 5)))

    def _number(self) -> None:
        count = self._random.choice((1, 1, 2, 3, 15, 20))
        self._add(self._name(), *(NAPTR.format(10 * n, n) for n in range(1, count + 1)))

    def _block(self) -> None:
        data = self._random.choice(
            (NAPTR.format(10, "w"), "TXT wild", "CNAME 1.2.3", "CNAME a.example.org.")
        )
        self._add(f"*.{self._name()}", data)

    def _other(self) -> None:
        name = self._name("11223xy*")
        self._add(name, "TXT hello", "A 192.0.2.9", NAPTR.format(10, "o"))

    def _redirect(self, owner: str, *data: str) -> bool:
        """Put a cut or DNAME where nothing is below it."""
        if any(other.endswith(f".{owner}") for other in self.owners):
            return False
        before = len(self.owners)
        self._add(owner, *data)
        return len(self.owners) > before

    def _delegation(self) -> None:
        cut = self._name("12")
        servers = (f"NS ns.{cut}", "NS ns.example.org.", *self._random.choice(((), (DS,))))
        if self._redirect(cut, *servers):
            self._add(f"ns.{cut}", "A 192.0.2.1", "AAAA 2001:db8::1")
            self._redirecting.append(cut)

    def _dname(self) -> None:
        owner, target = self._name(), self._random.choice((self._name(), "a.example.org."))
        data = (f"DNAME {target}", "TXT here")
        if not f".{target}".endswith(f".{owner}") and self._redirect(owner, *data):
            self._redirecting.append(owner)

    def _alias(self) -> None:
        """Add an alias that leads down, so that none is a loop."""
        target = self._random.choice((*self.owners, self._name(), "a.example.org."))
        self._add(f"{self._name()}.7", f"CNAME {target}")


@pytest.fixture(scope="module")
def zones() -> list[Drawn]:
    """Return all zones."""
    return [Drawn(seed) for seed in range(len(APEXES))]


@pytest.fixture(scope="module")
def files(zones: list[Drawn], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the master file of each apex."""
    home = tmp_path_factory.mktemp("zones")
    for zone in zones:
        (home / f"{zone.apex}zone").write_text(zone.text)
    return {zone.apex: home / f"{zone.apex}zone" for zone in zones}


@pytest.fixture(scope="module")
def nsd(peers, files: dict[str, Path]) -> Iterator[int]:
    """Return the port where NSD serves the zones."""
    with peers.nsd(files) as port:
        yield port


@pytest.fixture(scope="module")
def bind(peers, files: dict[str, Path]) -> Iterator[int]:
    """Return the port where BIND serves the zones."""
    with peers.bind(files) as port:
        yield port


def test_every_outcome_is_asked_for(zones, publish):
    """
    The questions reach each end that a look-up in a good index has.
    """
    authority, reached = Authority(AuthoritySettings()), set()
    with publish(*(zone.text for zone in zones)).snapshot() as snapshot:
        for zone in zones:
            for question in zone.questions():
                query = dns.message.make_query(*question).to_wire()
                reached.add(authority.respond(query, snapshot, 0, DnsTransport.UDP).outcome.value)

    assert reached == {"hit", "wildcard", "nodata", "ent", "nxdomain", "referral", "endless"}


def test_the_authority_answers_the_same(zones, publish, nsd, bind):
    """
    Every question about a drawn zone gets what both peers answer.
    """
    authority = Authority(AuthoritySettings())
    with publish(*(zone.text for zone in zones)).snapshot() as snapshot:

        def respond(query: dns.message.Message, transport: DnsTransport) -> dns.message.Message:
            reply = authority.respond(query.to_wire(), snapshot, 0, transport)
            return dns.message.from_wire(reply.octets)

        for zone in zones:
            queries = _queries(zone)
            over_udp = [respond(query, DnsTransport.UDP) for query in queries]
            own = _said(queries, over_udp, lambda query: respond(query, DnsTransport.TCP))
            for port in (nsd, bind):
                _assert_same(queries, own, _told(queries, port))


@pytest.fixture(scope="module")
def taken(new_home, files: dict[str, Path]):
    """Return a home with all zones; what cannot be a number's is refused, and listed."""
    home = new_home("--apex", "own.example")
    for file in files.values():
        refused = "user16@" in file.read_text()
        result = home.enumd("import", file, "--prefix", "", status=8 if refused else 0)
        reasons = {"endpoint-too-many", "number-incomplete"} if refused else set()
        assert set(result["reasons"]) == reasons
    return home


@pytest.fixture(scope="module")
def exported(taken, files: dict[str, Path]) -> dict[str, Path]:
    """Return the zone file of each apex that we write."""
    paths = {apex: taken.path / f"{apex}exported" for apex in files}
    for apex, path in paths.items():
        taken.enumd("export", path, "--zone", apex)
    return paths


def test_nsd_and_bind_find_no_fault_in_what_is_exported(peers, exported):
    """
    The peers' checkers take every exported zone.
    """
    for apex, path in exported.items():
        assert "is ok" in peers.check("nsd-checkzone", apex, path)
        words = ("-i", "local", "-k", "ignore", "-W", "ignore", apex, path)
        assert peers.check("named-checkzone", *words).endswith("OK\n")


def test_what_is_exported_is_imported_the_same(exported, new_home):
    """
    A home made from the exported files exports the same octets again, but for the serial.
    """
    home = new_home("--apex", "own.example")
    for apex, path in exported.items():
        home.enumd("import", path, "--prefix", "")
        home.enumd("export", again := home.path / "again", "--zone", apex)
        assert _without_serial(again) == _without_serial(path)


def test_the_running_server_answers_the_same(zones, taken, exported, peers):
    """
    Every question gets from the server, over UDP and after TC over TCP, what both peers answer.
    """
    with taken.serve() as ours, peers.nsd(exported) as nsd, peers.bind(exported) as bind:
        for zone in zones:
            queries = _queries(zone)
            own = _told(queries, ours.port)
            for port in (nsd, bind):
                _assert_same(queries, own, _told(queries, port))
        outcomes = ours.outcomes()

    assert {"hit", "wildcard", "nodata", "ent", "nxdomain", "referral", "endless"} == set(outcomes)


def _queries(zone: Drawn) -> list[dns.message.Message]:
    """Return queries about a zone, every other one with EDNS."""
    return [
        dns.message.make_query(*question, id=number, use_edns=number % 2 - 1)
        for number, question in enumerate(zone.questions())
    ]


def _assert_same(queries: list[dns.message.Message], own: list, theirs: list) -> None:
    """Compare what two servers say, query by query."""
    for query, ours, peers in zip(queries, own, theirs, strict=True):
        assert ours == peers, query.question[0]


def _told(queries: list[dns.message.Message], port: int) -> list[tuple[object, ...]]:
    """Return what a server says to each query; many are asked at once."""
    found: dict[int, dns.message.Message] = {}
    with _socket(port) as asked:
        for start in range(0, len(queries), WINDOW):
            window = queries[start : start + WINDOW]
            for query in window:
                asked.send(query.to_wire())
            for _ in window:
                reply = dns.message.from_wire(asked.recv(65535))
                found[reply.id] = reply
    over_udp = [found[query.id] for query in queries]
    return _said(queries, over_udp, lambda query: dns.query.tcp(query, "127.0.0.1", 5, port))


def _said(
    queries: list[dns.message.Message],
    over_udp: list[dns.message.Message],
    over_tcp: Callable[[dns.message.Message], dns.message.Message],
) -> list[tuple[object, ...]]:
    """Return what has to be the same in each reply; where one was cut, in the whole one, too."""
    return [
        (_essence(reply), _essence(over_tcp(query)) if reply.flags & dns.flags.TC else None)
        for query, reply in zip(queries, over_udp, strict=True)
    ]


def _without_serial(path: Path) -> str:
    """Return a zone file without the serial of its SOA."""
    return re.sub(r"(SOA(?:\s+\S+){2}[\s(]+)\d+", r"\1", path.read_text())


def _essence(reply: dns.message.Message) -> tuple[object, ...]:
    """Return what has to be the same."""
    truncated = bool(reply.flags & dns.flags.TC)
    if _loops(reply) or reply.rcode() == dns.rcode.SERVFAIL:
        return (reply.id, "endless", reply.edns, reply.question)
    rcode = dns.rcode.to_text(reply.rcode())
    head = (reply.id, rcode, dns.flags.to_text(reply.flags), reply.edns, reply.question)
    if truncated:
        return head
    types = {rrset.rdtype for rrset in reply.authority}
    told = bool(types & {dns.rdatatype.SOA}) or not reply.answer
    cuts = [rrset.name for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NS]
    glue = [
        rrset for rrset in reply.additional if any(rrset.name.is_subdomain(cut) for cut in cuts)
    ]
    return (
        *head,
        _lines(reply.answer),
        _lines(reply.authority) if told else [],
        _lines(glue) if told else [],
    )


def _loops(reply: dns.message.Message) -> bool:
    """Tell whether an alias leads back to a name of the chain: NOERROR in NSD, SERVFAIL here."""
    aliases = [rrset for rrset in reply.answer if rrset.rdtype == dns.rdatatype.CNAME]
    return bool(aliases) and all(
        any(rrset.name == alias[0].target for rrset in aliases) for alias in aliases
    )


def _lines(section: list) -> list[str]:
    """Return the records of a section in order, in lower case."""
    return sorted(
        f"{rrset.name} {rrset.ttl} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}".lower()
        for rrset in section
        for rdata in rrset
    )


def _socket(port: int) -> socket.socket:
    """Return a UDP socket that talks to a server alone."""
    asked = socket.socket(type=socket.SOCK_DGRAM)
    asked.connect(("127.0.0.1", port))
    asked.settimeout(5)
    return asked
