"""What every situation answers: the status table, read by dig, kdig, dnspython and dnslib.

A home is made by commands and served by two workers. Each row is asked over UDP and TCP, IPv4 and
IPv6. The octets are read by dnspython and by dnslib, which must see the same; what is expected is
stated once and checked on them; and dig and kdig must tell the same header, counts and error.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import time
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dnslib
import pytest

pytestmark = pytest.mark.peer

APEX = "enum.example.org."
MANY = [f"sip:line{place:02}@{'gateway.' * 5}example.net" for place in range(15)]
NSID = "pop1.example"

DELEGATION = """$ORIGIN enum.example.org.
$TTL 300
@ SOA ns1.example.net. hostmaster.example.org. 1 3600 600 86400 60
7.6.9.2.3.6.1 NS ns1.carrier.example.
7.6.9.2.3.6.1 NS ns.7.6.9.2.3.6.1
ns.7.6.9.2.3.6.1 A 192.0.2.7
*.8.6.9.2.3.6.1 NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@block.example.net!" .
"""


def owner(number: str) -> str:
    """Return the name of a number in the zone, which stands for 44."""
    return ".".join(reversed(number.removeprefix("44"))) + "." + APEX


class Row(NamedTuple):
    """A situation: the name asked for, and what must come back."""

    name: str
    rcode: str = "NOERROR"
    aa: bool = True
    answer: dict[str, int] = {}  # noqa: RUF012 (never changed)
    authority: dict[str, int] = {"SOA": 1}  # noqa: RUF012
    additional: dict[str, int] = {}  # noqa: RUF012
    ede: int | None = None


CUT = {"rcode": "NOERROR", "aa": False, "authority": {"NS": 2}, "additional": {"A": 1}}
NOWHERE = {"rcode": "REFUSED", "aa": False, "authority": {}, "ede": 20}
ROWS = {
    "claimed-endpoints": Row(owner("441632960017"), answer={"NAPTR": 3}, authority={}),
    "claimed-no-endpoints": Row(owner("441632960018")),
    "never-claimed": Row(owner("441632960019"), "NXDOMAIN"),
    "held": Row(owner("441632960020"), "NXDOMAIN"),
    "released": Row(owner("441632960021"), "NXDOMAIN"),
    "suspended": Row(owner("441632960022")),
    "resumed": Row(owner("441632960023"), answer={"NAPTR": 1}, authority={}),
    "endpoint-removed": Row(owner("441632960024")),
    "too-few-digits": Row(owner("44163296001")),
    "one-digit": Row(owner("441")),
    "too-few-digits-of-nothing": Row(owner("44163297"), "NXDOMAIN"),
    "too-many-digits": Row(owner("4416329600170"), "NXDOMAIN"),
    "below-an-empty-number": Row(owner("4416329600180"), "NXDOMAIN"),
    "not-a-number": Row("x." + owner("441632960017"), "NXDOMAIN"),
    "two-digits-a-label": Row(f"17.0.0.6.9.2.3.6.1.{APEX}", "NXDOMAIN"),
    "apex": Row(APEX),
    "block": Row(owner("441632968123"), answer={"NAPTR": 1}, authority={}),
    "block-itself": Row(owner("441632968")),
    "delegated": Row(owner("441632967000"), **CUT),
    "delegated-cut": Row(owner("441632967"), **CUT),
    "outside-every-zone": Row("7.1.e164.arpa.", **NOWHERE),
    "above-the-apex": Row("example.org.", **NOWHERE),
    "root": Row(".", **NOWHERE),
}


class Said(NamedTuple):
    """What a tool tells of a reply, or what is to be told of it."""

    status: str
    flags: frozenset[str]
    counts: tuple[int, ...]
    ede: int | None


@pytest.fixture(scope="module")
def home(new_home, tmp_path_factory):
    """Return a home in which every row of the table is true."""
    home = new_home()
    for last in (17, 18, 21, 22, 23, 24, 25):
        home.enumd("number", "claim", f"+4416329600{last}", "--holder", "ada@example.net")
    for last in (17, 21, 22, 23, 24):
        home.enumd("endpoint", "add", f"+4416329600{last}", f"sip:u{last}@example.net")
    home.enumd("endpoint", "add", "+441632960017", "mailto:ada@example.net")
    home.enumd("endpoint", "add", "+441632960017", "matrix:@ada:example.net")
    for uri in MANY:
        home.enumd("endpoint", "add", "+441632960025", uri)
    home.enumd("number", "hold", "+441632960020")
    home.enumd("number", "release", "+441632960021")
    home.enumd("number", "suspend", "+441632960022", "--why", "fraud")
    home.enumd("number", "suspend", "+441632960023", "--why", "an error")
    home.enumd("number", "resume", "+441632960023")
    home.enumd("endpoint", "remove", "+441632960024", "sip:u24@example.net")
    zone = tmp_path_factory.mktemp("zone") / "delegation.zone"
    zone.write_text(DELEGATION)
    home.enumd("import", zone)
    (home.path / "enumd.toml").write_text(f'[dns]\nnsid = "{NSID}"\n')
    return home


@pytest.fixture(scope="module")
def server(home):
    """Return the home's running server."""
    with home.serve() as server:
        yield server


@pytest.fixture
def ask(server):
    """Return a function that sends a query and returns the reply as dnspython reads it."""

    def ask(query, tcp=False, v6=False):
        octets = exchange(server, query.to_wire(), tcp, v6)
        reply = dns.message.from_wire(octets)
        assert refereed(octets) == told(reply)
        assert reply.id == query.id
        assert reply.flags & dns.flags.QR
        assert reply.question == query.question
        assert octets[12 : 12 + len(name := query.question[0].name.to_wire())] == name
        return reply

    return ask


@pytest.fixture(params=["dig", "kdig"])
def tool(request, peers, server):
    """Return a function that has a tool ask the server; the value is its text."""
    peers.path(request.param)

    def tool(*words, tcp=False, v6=False):
        where = ("@::1", "-p", server.port6) if v6 else ("@127.0.0.1", "-p", server.port)
        options = ["+tcp"] * tcp + ["+nocmd"] * (request.param == "dig")
        return peers.check(request.param, *where, "+time=5", *options, *words)

    tool.name = request.param
    return tool


@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_row(row, tcp, v6, ask):
    """
    The situation answers as the table says, with EDNS and without.
    """
    for edns in (0, -1):
        reply = ask(dns.message.make_query(row.name, "NAPTR", use_edns=edns), tcp, v6)

        assert dns.rcode.to_text(reply.rcode()) == row.rcode
        assert flags(reply) == {"qr", "rd"} | ({"aa"} if row.aa else set())
        assert types(reply.answer) == row.answer
        assert types(reply.authority) == row.authority
        assert types(reply.additional) == row.additional
        assert reply.edns == edns
        assert ede(reply) == (None if edns < 0 else row.ede)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_row_as_tools_tell_it(row, tool, ask):
    """
    dig and kdig tell of each row what dnspython reads.
    """
    for tcp, v6 in ((False, False), (True, True)):
        for option, edns in (("+edns", 0), ("+noedns", -1)):
            text = tool(row.name, "NAPTR", option, "+nocookie", tcp=tcp, v6=v6)
            query = dns.message.make_query(row.name, "NAPTR", use_edns=edns)
            assert spoken(text) == told(ask(query, tcp, v6))


class TestClaimed:
    NAME = owner("441632960017")

    def test_endpoints_come_as_they_were_added(self, ask):
        """The NAPTRs have order 100 and preferences 10, 20, 30."""
        (naptrs,) = ask(dns.message.make_query(self.NAME, "NAPTR")).answer

        assert naptrs.ttl == 300
        assert {(rdata.order, rdata.preference, rdata.service) for rdata in naptrs} == {
            (100, 10, b"E2U+sip"),
            (100, 20, b"E2U+email:mailto"),
            (100, 30, b"E2U+X-matrix"),
        }

    @pytest.mark.parametrize("qtype", ["A", "AAAA", "NS", "TXT", "SOA", "DS", "TYPE65280"])
    def test_other_types_are_not_there(self, qtype, ask):
        """Any other type is NODATA, with the SOA at its negative TTL."""
        reply = ask(dns.message.make_query(self.NAME, qtype))

        assert reply.rcode() == dns.rcode.NOERROR
        assert not reply.answer
        assert types(reply.authority) == {"SOA": 1}
        assert reply.authority[0].ttl == 60

    def test_any_gets_one_rrset(self, tool):
        """ANY is answered with the NAPTRs (RFC 8482), over UDP too."""
        assert spoken(tool(self.NAME, "ANY", "+notcp", "+nocookie", "+edns")).counts == (3, 0, 1)

    def test_case_is_echoed(self, ask, server):
        """A name in mixed case is found, and comes back as it was sent, in the answer too."""
        name = "7.1.0.0.6.9.2.3.6.1.eNuM.eXaMPLe.ORg."
        reply = ask(dns.message.make_query(name, "NAPTR"))

        assert str(reply.question[0].name) == name
        assert str(reply.answer[0].name) == name
        assert len(reply.answer[0]) == 3

    def test_every_worker_answers(self, server, ask):
        """Questions from many ports reach both workers; each knows the answer."""
        before = server.outcomes()["hit"]
        for _ in range(64):
            assert ask(dns.message.make_query(self.NAME, "NAPTR")).answer
        assert server.outcomes()["hit"] == before + 64
        assert len(server.workers) == 2


class TestSizes:
    NAME = owner("441632960025")

    @pytest.mark.parametrize("size", ["+noedns", "+bufsize=512", "+bufsize=100"])
    def test_what_does_not_fit_is_cut(self, size, tool):
        """Fifteen endpoints do not fit 512 octets: TC, and nothing in the sections."""
        said = spoken(tool(self.NAME, "NAPTR", size, "+ignore", "+nocookie"))

        assert said.status == "NOERROR"
        assert said.flags == {"qr", "aa", "tc", "rd"}
        assert said.counts == (0, 0, 0 if size == "+noedns" else 1)

    def test_tools_fetch_the_rest_over_tcp(self, tool):
        """After TC the tools come again over TCP and get all of it."""
        assert spoken(tool(self.NAME, "NAPTR", "+bufsize=512", "+nocookie")).counts == (15, 0, 1)

    def test_no_datagram_is_longer_than_1232_octets(self, server):
        """A client that announces more does not get more."""
        query = dns.message.make_query(self.NAME, "NAPTR", use_edns=0, payload=4096)
        octets = exchange(server, query.to_wire())
        reply = dns.message.from_wire(octets)

        assert reply.payload == 1232
        assert len(octets) <= 1232
        assert bool(reply.flags & dns.flags.TC) is not bool(reply.answer)


class TestEdns:
    NAME = owner("441632960017")

    def test_nsid_is_told_to_those_who_ask(self, tool):
        """NSID comes when it is asked for, and only then."""
        assert NSID in tool(self.NAME, "NAPTR", "+nsid")
        assert NSID not in tool(self.NAME, "NAPTR")

    def test_a_cookie_does_no_harm(self, tool):
        """A client cookie gets the plain answer, without a cookie: there are none here yet."""
        text = tool(self.NAME, "NAPTR", "+cookie=0123456789abcdef")

        assert spoken(text).counts == (3, 0, 1)
        assert "COOKIE" not in text

    @pytest.mark.parametrize(
        "words", [["+subnet=192.0.2.0/24"], ["+ednsopt=65001:beef"], ["+padding=64"]]
    )
    def test_unknown_options_do_no_harm(self, words, tool):
        """Options we do not know are ignored and not echoed."""
        text = tool(self.NAME, "NAPTR", "+nocookie", *words)

        assert spoken(text).counts == (3, 0, 1)
        assert not re.search("subnet|beef|PAD", text, re.IGNORECASE)

    def test_do_is_copied(self, tool):
        """The DO flag comes back (RFC 3225); nothing else changes."""
        text = tool(self.NAME, "NAPTR", "+dnssec", "+nocookie")

        assert re.search(r"EDNS: version: 0, flags: do;|Version: 0; flags: do;", text)
        assert spoken(text).counts == (3, 0, 1)

    def test_a_later_version_is_badvers(self, tool):
        """EDNS 1 gets BADVERS and no answer."""
        once = ["+noednsnegotiation"] * (tool.name == "dig")
        text = tool(self.NAME, "NAPTR", "+edns=1", "+nocookie", *once)

        assert "BADVERS" in text
        assert spoken(text).counts == (0, 0, 1)

    @pytest.mark.parametrize(
        ("option", "copied"),
        [
            ("+cdflag", {"rd", "cd"}),
            ("+adflag", {"rd"}),
            ("+zflag", {"rd"}),
            ("+recurse", {"rd"}),
            ("+norecurse", set()),
        ],
    )
    def test_header_flags(self, option, copied, tool):
        """RD and CD come back, AD and Z do not, RA is never set."""
        said = spoken(tool(self.NAME, "NAPTR", "+noadflag", "+nocookie", "+edns", option))

        assert said.flags == {"qr", "aa"} | copied
        assert said.counts == (3, 0, 1)


class TestOddQuestions:
    def test_another_class_is_refused(self, tool):
        """CHAOS is no class of ours."""
        assert spoken(tool("-c", "CH", "-t", "TXT", "version.bind")).status == "REFUSED"

    def test_other_opcodes_are_not_implemented(self, peers, server):
        """NOTIFY, UPDATE and the rest get NOTIMP."""
        for opcode in ("STATUS", "NOTIFY", "UPDATE"):
            words = ("@127.0.0.1", "-p", server.port, f"+opcode={opcode}", APEX, "SOA")
            assert spoken(peers.check("dig", *map(str, words))).status == "NOTIMP"

    def test_no_question_is_a_format_error(self, peers, server):
        """A header alone asks nothing (RFC 9619)."""
        words = ("@127.0.0.1", "-p", server.port, "+header-only", APEX, "SOA")
        assert spoken(peers.check("dig", *map(str, words))).status == "FORMERR"

    @pytest.mark.parametrize("qtype", ["AXFR", "IXFR"])
    def test_transfers_are_refused(self, qtype, ask):
        """A zone is not given to anybody: REFUSED, EDE 18."""
        reply = ask(dns.message.make_query(APEX, qtype, use_edns=0), tcp=True)

        assert reply.rcode() == dns.rcode.REFUSED
        assert ede(reply) == 18

    def test_many_questions_go_over_one_connection(self, peers, server):
        """dig keeps a TCP connection open for a hit, an ENT and an NXDOMAIN."""
        names = [ROWS[row].name for row in ("claimed-endpoints", "too-few-digits", "never-claimed")]
        words = ("@127.0.0.1", "-p", str(server.port), "+tcp", "+keepopen", "-t", "NAPTR")
        before = server.metrics()["enumd_dns_tcp_accepted_total"]
        text = peers.check("dig", *words, *names)

        assert re.findall(r"status: (\w+)", text) == ["NOERROR", "NOERROR", "NXDOMAIN"]
        assert server.metrics()["enumd_dns_tcp_accepted_total"] == before + 1


class TestAnEnd:
    def test_a_claim_that_ends_is_answered_until_then(self, home, ask, eventually):
        """The TTL does not outlast the claim, and after its second the number is not there."""
        end_s = int(time.time()) + 3
        until = datetime.fromtimestamp(end_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        words = ("--holder", "ada@example.net", "--until", until)
        home.enumd("number", "claim", "+441632960600", *words)
        home.enumd("endpoint", "add", "+441632960600", "sip:brief@example.net")
        query = dns.message.make_query(owner("441632960600"), "NAPTR")

        assert 0 < ask(query).answer[0].ttl <= 3
        eventually(lambda: ask(query).rcode() == dns.rcode.NXDOMAIN)
        assert time.time() >= end_s
        assert ask(dns.message.make_query(owner("4416329606"), "A")).rcode() == dns.rcode.NXDOMAIN


class TestTroubles:
    """What becomes of the answers when a part is gone."""

    QUERY = dns.message.make_query(owner("441632960017"), "NAPTR", use_edns=0)

    @pytest.fixture
    def home(self, home, tmp_path, new_home):
        """Return a copy of the home, to be spoilt."""
        spoilt = type(home)(tmp_path / "home")
        shutil.copytree(home.path, spoilt.path, ignore=shutil.ignore_patterns("serve*"))
        return spoilt

    @pytest.fixture
    def server(self, home):
        """Return the server of the copy."""
        with home.serve() as server:
            yield server

    def test_registry_gone(self, home, ask):
        """Without the registry everything is answered as it was published last."""
        for file in home.path.glob("registry.db*"):
            file.rename(home.path / f"gone-{file.name}")

        for tcp in (False, True):
            assert types(ask(self.QUERY, tcp).answer) == {"NAPTR": 3}

    def test_index_lost(self, home, server, ask, eventually):
        """What was published last is answered until something else is published."""
        shutil.rmtree(home.path / "index")
        time.sleep(0.2)
        assert types(ask(self.QUERY).answer) == {"NAPTR": 3}

        home.enumd("endpoint", "remove", "+441632960017", "mailto:ada@example.net")
        eventually(lambda: types(ask(self.QUERY).answer) == {"NAPTR": 2})

    def test_index_missing(self, home, server, ask, eventually):
        """Workers without an index say SERVFAIL and EDE 14, until one is published."""
        shutil.rmtree(home.path / "index")
        self.replace_workers(server, eventually)
        for tcp in (False, True):
            for v6 in (False, True):
                assert self.unready(ask(self.QUERY, tcp, v6))

        home.enumd("publish")
        eventually(lambda: ask(self.QUERY).answer)
        assert types(ask(self.QUERY, tcp=True).answer) == {"NAPTR": 3}

    @pytest.mark.parametrize("damage", ["rubbish", "cut"])
    def test_index_damaged(self, damage, home, server, ask, eventually):
        """Workers with an index that is none say the same; it is refused until it is removed."""
        data = home.path / "index" / "data.mdb"
        spoilt = {"rubbish": b"rubbish" * 10_000, "cut": data.read_bytes()[:9000]}
        data.unlink()
        data.write_bytes(spoilt[damage])
        self.replace_workers(server, eventually)
        for tcp in (False, True):
            assert self.unready(ask(self.QUERY, tcp))
        home.enumd("publish", status=1)
        home.enumd("doctor", status=1)

        shutil.rmtree(home.path / "index")
        home.enumd("publish")
        eventually(lambda: ask(self.QUERY).answer)

    @staticmethod
    def replace_workers(server, eventually):
        """Kill every worker; return when others are in their place."""
        killed = set(server.workers)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: len(now := set(server.workers)) == 2 and not now & killed)

    @staticmethod
    def unready(reply):
        """Tell whether a reply says that there is no index."""
        return (reply.rcode(), ede(reply), reply.answer) == (dns.rcode.SERVFAIL, 14, [])


def exchange(server, octets: bytes, tcp: bool = False, v6: bool = False) -> bytes:
    """Return what the server replies to *octets*."""
    family = socket.AF_INET6 if v6 else socket.AF_INET
    where = ("::1", server.port6) if v6 else ("127.0.0.1", server.port)
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.connect(where)
        if not tcp:
            sock.send(octets)
            return sock.recv(65535)
        sock.sendall(len(octets).to_bytes(2, "big") + octets)
        with sock.makefile("rb") as stream:
            return stream.read(int.from_bytes(stream.read(2), "big"))


def refereed(octets: bytes) -> Said:
    """Return what dnslib reads in a reply."""
    record = dnslib.DNSRecord.parse(octets)
    header = record.header
    sections = (record.rr, record.auth, record.ar)
    options = [opt for rr in record.ar if rr.rtype == 41 for opt in rr.rdata]
    codes = [int.from_bytes(option.data[:2], "big") for option in options if option.code == 15]
    extended = [rr.ttl >> 24 for rr in record.ar if rr.rtype == 41]
    status = dns.rcode.to_text(header.rcode | sum(extended) << 4)
    bits = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")
    set_ = frozenset(bit for bit in bits if getattr(header, bit))
    return Said(status, set_, tuple(map(len, sections)), *(codes or [None]))


def told(reply: dns.message.Message) -> Said:
    """Return what there is to tell of a reply."""
    sections = (reply.answer, reply.authority, reply.additional)
    counts = [sum(types(section).values()) for section in sections]
    counts[2] += reply.edns >= 0
    status = dns.rcode.to_text(reply.rcode())
    return Said(status, frozenset(flags(reply)), tuple(counts), ede(reply))


def spoken(text: str) -> Said:
    """Return what dig or kdig says of a reply."""
    status = re.search(r"status: (\w+)", text)
    flags_ = re.search(r";; [Ff]lags: ([^;]*);", text)
    counts = re.findall(r"(?:ANSWER|AUTHORITY|ADDITIONAL): (\d+)", text)
    code = re.search(r"EDE: (\d+)", text)
    assert status and flags_, text
    return Said(
        status[1],
        frozenset(flags_[1].split()),
        tuple(map(int, counts)),
        int(code[1]) if code else None,
    )


def flags(reply: dns.message.Message) -> set[str]:
    """Return the header flags of a reply."""
    return set(dns.flags.to_text(reply.flags).lower().split())


def types(section: list) -> dict[str, int]:
    """Return how many records of each type a section has."""
    counts = Counter({dns.rdatatype.to_text(rrset.rdtype): len(rrset) for rrset in section})
    return dict(counts)


def ede(reply: dns.message.Message) -> int | None:
    """Return the extended error of a reply."""
    codes = [int(one.code) for one in reply.options if isinstance(one, dns.edns.EDEOption)]
    return codes[0] if codes else None
