"""The same questions asked of us, of NSD and of BIND: the same answers.

Zones are drawn from seeds: numbers, empty non-terminals, wildcards and names beside and below them,
names of other labels, `*` inside names, delegations with glue, aliases. Compared are the rcode, AA,
TC, the answer, and the authority section of denials and referrals with the glue below the cut.

Not compared, since the RFCs leave it open: authority and additional of positive answers (we give
none), addresses beside the cut in a referral, what stands in a truncated reply, the case of names,
and the rcode of aliases that lead back to themselves (BIND says SERVFAIL, NSD and we NOERROR).
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from enumd.dns.authority import Authority, AuthoritySettings, Transport

pytestmark = pytest.mark.peer

SEEDS = range(16)
TYPES = ("NAPTR", "A", "TXT", "NS", "DS", "CNAME", "DNAME", "SOA", "TYPE65280")
START_S = 20

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
        self.apex = f"z{seed}.test."
        self.owners: dict[str, list[str]] = {}
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
            for qtype in ("NAPTR", *self._random.sample(TYPES, 2))
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
        count = self._random.choice((1, 1, 2, 3, 20))
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
    return [Drawn(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def nsd(zones: list[Drawn], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port where NSD serves the zones."""
    home, port = _home(zones, tmp_path_factory), _free_port()
    (home / "nsd.conf").write_text(
        f"""server:
    ip-address: 127.0.0.1@{port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{home}"
    database: ""
    pidfile: "{home}/nsd.pid"
    xfrdfile: "{home}/xfrd.state"
    zonelistfile: "{home}/zone.list"
    xfrdir: "{home}"
    minimal-responses: yes
    refuse-any: no
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
"""
        + "".join(
            f"zone:\n    name: {zone.apex}\n    zonefile: {zone.apex}zone\n" for zone in zones
        )
    )
    with _server(_program("nsd"), "-d", "-c", str(home / "nsd.conf"), home=home, port=port):
        yield port


@pytest.fixture(scope="module")
def bind(zones: list[Drawn], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port where BIND serves the zones."""
    home, port = _home(zones, tmp_path_factory), _free_port()
    (home / "named.conf").write_text(
        f"""options {{
    directory "{home}";
    pid-file "{home}/named.pid";
    session-keyfile "{home}/session.key";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
    minimal-responses yes;
    dnssec-validation no;
    empty-zones-enable no;
    check-integrity no;
    zero-no-soa-ttl no;
    check-names primary ignore;
}};
controls {{ }};
"""
        + "".join(
            f'zone "{zone.apex}" {{ type primary; file "{zone.apex}zone"; }};\n' for zone in zones
        )
    )
    named = _program("named")
    with _server(named, "-g", "-n", "1", "-c", str(home / "named.conf"), home=home, port=port):
        yield port


def test_every_outcome_is_asked_for(zones, publish):
    """
    The questions reach each end that a look-up in a good index has.
    """
    authority, reached = Authority(AuthoritySettings()), set()
    for zone in zones:
        with publish(zone.text).snapshot() as snapshot:
            for question in zone.questions():
                query = dns.message.make_query(*question).to_wire()
                reached.add(authority.respond(query, snapshot, 0, Transport.UDP).outcome.value)

    assert reached == {"hit", "wildcard", "nodata", "ent", "nxdomain", "referral"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("peer", ["nsd", "bind"])
def test_same_answers(peer, seed, zones, publish, request):
    """
    Every question about a drawn zone gets what the peer answers.
    """
    port, zone = request.getfixturevalue(peer), zones[seed]
    authority = Authority(AuthoritySettings())
    with publish(zone.text).snapshot() as snapshot, _socket(port) as asked:
        for number, (name, qtype) in enumerate(zone.questions()):
            query = dns.message.make_query(name, qtype, id=number, use_edns=number % 2 - 1)
            asked.send(query.to_wire())
            theirs = dns.message.from_wire(asked.recv(65535))
            octets = authority.respond(query.to_wire(), snapshot, 0, Transport.UDP).octets
            assert octets is not None
            assert _essence(dns.message.from_wire(octets)) == _essence(theirs), (name, qtype)


def _essence(reply: dns.message.Message) -> tuple[object, ...]:
    """Return what has to be the same."""
    truncated = bool(reply.flags & dns.flags.TC)
    rcode = "loop" if _loops(reply) else dns.rcode.to_text(reply.rcode())
    head = (reply.id, rcode, bool(reply.flags & dns.flags.AA), truncated)
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
    """Tell whether an alias leads back to a name of the chain: NOERROR here and in NSD."""
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


def _home(zones: list[Drawn], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new directory with the zone files."""
    home = tmp_path_factory.mktemp("peer")
    for zone in zones:
        (home / f"{zone.apex}zone").write_text(zone.text)
    return home


def _program(name: str) -> str:
    """Return the path of a server, or skip."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _free_port() -> int:
    """Return a loopback port that is free for UDP and TCP at this moment."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        with socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
        return port


def _socket(port: int) -> socket.socket:
    """Return a UDP socket that talks to a server alone."""
    asked = socket.socket(type=socket.SOCK_DGRAM)
    asked.connect(("127.0.0.1", port))
    asked.settimeout(5)
    return asked


@contextmanager
def _server(*command: str, home: Path, port: int) -> Iterator[None]:
    """Run a server in the foreground until the block is left."""
    log = home / "log"
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as server:
        try:
            _wait(server, log, port)
            yield
        finally:
            server.terminate()
            try:
                server.wait(START_S)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: subprocess.Popen[bytes], log: Path, port: int) -> None:
    """Wait until the server has loaded every zone."""
    missing = {f"z{seed}.test." for seed in SEEDS}
    end_s = time.monotonic() + START_S
    while missing and time.monotonic() < end_s and server.poll() is None:
        apex = min(missing)
        with suppress(OSError, dns.exception.DNSException):
            query = dns.message.make_query(apex, "SOA")
            if dns.query.udp(query, "127.0.0.1", 0.2, port).answer:
                missing.remove(apex)
                continue
        time.sleep(0.05)
    if not missing:
        return
    pytest.fail(f"the server does not answer:\n{log.read_text()}")
