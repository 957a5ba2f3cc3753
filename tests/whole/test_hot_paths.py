"""The hot paths of DNS and SIP over a real index: what they answer, the general paths answer.

What is published comes once from a registry, with so many numbers that they are compressed, and
else from any small trees; what is asked comes in every form that real peers use, and spoiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from ipaddress import ip_network
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import dns.edns
import dns.flags
import dns.message
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.dns.fast import DnsHotPath
from enumd.index.entries import Entry, EntryState
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter
from enumd.registry import endpoints, numbers, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.imports.importing import ImportOptions, import_file
from enumd.registry.publish import publish
from enumd.routing.context import PeerPolicy
from enumd.serve.directory import Directory
from enumd.serve.enum.profiles import read_profile
from enumd.serve.sip.published import PublishedNumbers
from enumd.sip import transport
from enumd.sip.numbering import DialPlan
from enumd.sip.peer import Peer, Peers
from enumd.sip.server import RedirectServer
from enumd.sip.transactions import Transactions
from tests.former_index import write_former

NOW_S = 1_795_000_000
SOURCE = transport.Source("192.0.2.4", 5060, transport.Transport.UDP, "udp")
ANYWHERE = (ip_network("192.0.2.0/24"),)
PEERS = {
    "plain": Peer("plain", ANYWHERE),
    "gateway": Peer("gateway", ANYWHERE, routing=PeerPolicy(gateway="gw.example.net")),
    "all": Peer(
        "all",
        ANYWHERE,
        dial_plan=DialPlan(max_digits=20),
        redirect_status=300,
        force_rport=True,
        routing=PeerPolicy(("sip", "sips", "tel", "xmpp", "https"), max_contacts=3),
    ),
}
LONG = "4416329600171234"
"""One digit more than E.164 has."""
DIGITS = ("4", "44", "441", "4417", "44171", "4418", "441632960017", LONG, LONG + "5678", "49")
URIS = (
    ("sip", "sip:ada@example.net"),
    ("sip", "sip:+4417@PBX.Example.NET"),
    ("sip", "sip:+441632960017@pbx.example.net"),
    ("sip", "sips:ada@example.net;transport=TLS"),
    ("sip", "sip:ada@example.net?Route=x"),
    ("voice:tel", "tel:+4417"),
    ("voice:tel", f"tel:+{LONG}"),
    ("voice:tel", "tel:+123456789012345"),
    ("sms:tel", "tel:+4930123"),
    ("xmpp", "xmpp:ada@example.net"),
    ("web:https", "https://example.net/a"),
)
HOSTS = ("192.0.2.1", "pbx.example.net", "PBX.example.net:5070")

FORMS = {
    "bare": {},
    "no-rd": {"flags": 0},
    "ad-cd": {"flags": dns.flags.RD | dns.flags.AD | dns.flags.CD},
    "tc": {"flags": dns.flags.TC},
    "aa": {"flags": dns.flags.AA},
    "opt": {"use_edns": 0, "payload": 1232},
    "small": {"use_edns": 0, "payload": 512},
    "do": {"want_dnssec": True, "payload": 4096},
    "version": {"use_edns": 1},
    "cookie": {"use_edns": 0, "options": [dns.edns.GenericOption(10, b"8 octets")]},
    "both-cookies": {"use_edns": 0, "options": [dns.edns.GenericOption(10, b"16 octets, both.")]},
    "nsid": {"use_edns": 0, "options": [dns.edns.GenericOption(3, b"")]},
    "chaos": {"rdclass": "CH"},
    "any-class": {"rdclass": "ANY"},
}
TYPES = ("NAPTR", "A", "AAAA", "NS", "SOA", "TXT", "DS", "ANY", "CNAME", "AXFR", "TYPE65280")
# What is behind the question, or not: ARCOUNT and octets that do not belong together.
SPOILED = (
    lambda octets: octets,
    lambda octets: octets[:11] + bytes([octets[11] ^ 1]) + octets[12:],
    lambda octets: octets[:9] + b"\1" + octets[10:],
    lambda octets: octets[:7] + b"\1" + octets[8:],
    lambda octets: octets[:5] + b"\2" + octets[6:],
    lambda octets: octets[:2] + bytes([octets[2] | 0x28]) + octets[3:],
    lambda octets: octets[:3] + bytes([octets[3] | 0x40]) + octets[4:],
    lambda octets: octets + b"\0",
    lambda octets: octets[:-1],
)


class Index:
    """Both paths of DNS and SIP over one index."""

    def __init__(self, reader: IndexReader) -> None:
        self.reader = reader
        self.directory = Directory(reader.path)
        self.published = PublishedNumbers(self.directory)
        self.hot = DnsHotPath(1232)
        self.general = Authority(AuthoritySettings(nsid=b"n"))
        self.asked = self.called = 0
        """How many questions and calls the hot paths answered."""

    def close(self) -> None:
        """Give the index back."""
        self.published.release()
        self.directory.close()

    def ask(self, octets: bytes) -> None:
        """Ask DNS both ways, and hold them equal where the hot one answers."""
        with self.reader.snapshot() as snapshot:
            quick = self.hot.over(snapshot).answer(octets)
            if quick is not None:
                right = self.general.respond(octets, snapshot, NOW_S, DnsTransport.UDP)
                assert quick == right.octets
                self.asked += 1

    def call(self, peer: Peer, octets: bytes) -> None:
        """Call both ways, and hold octets and counts equal where the hot one answers."""
        both = [
            RedirectServer(Peers((peer,)), b"s" * 32, lambda: b"salt" * 2, Transactions(), found)
            for found in (self.published, None)
        ]
        quick = both[0].quick(octets, SOURCE, 0.0)
        if quick is None:
            return
        sends = []
        for action in both[1].datagram(octets, SOURCE, 0.0):
            if isinstance(action, transport.Send):
                sends.append(action)
                continue
            with self.reader.snapshot() as snapshot:
                entry = read_profile(action.number, snapshot, NOW_S)
            sends += both[1].answer(action, entry, 0.0)
        assert [quick] == [send.octets for send in sends]
        assert both[0].statistics() == both[1].statistics()
        self.called += 1


def invite(digits: str, host: str) -> bytes:
    """Return a plain INVITE."""
    rows = (
        f"INVITE sip:+{digits}@{host};user=phone SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1;rport",
        "Max-Forwards: 70",
        "From: <sip:bob@pbx.example.net>;tag=7x1",
        f"To: <sip:+{digits}@{host}>",
        "Call-ID: 1-77@192.0.2.4",
        "CSeq: 1 INVITE",
        "Content-Length: 0",
    )
    return "\r\n".join([*rows, "", ""]).encode()


def name(digits: str, apex: str) -> str:
    """Return the name of the digits below an apex."""
    return ".".join([*reversed(digits), apex])


def everything(index: Index, digits: str, below: str, apex: str) -> None:
    """Ask and call one number in all forms; *below* are its digits below *apex*."""
    owner = name(below, apex)
    for rdtype in TYPES:
        index.ask(dns.message.make_query(owner, rdtype).to_wire())
    for form, spoil in product(FORMS.values(), SPOILED):
        index.ask(spoil(dns.message.make_query(owner, "NAPTR", **form).to_wire()))
    for peer, host in product(PEERS.values(), HOSTS):
        index.call(peer, invite(digits, host))


def lines() -> Iterator[str]:
    """Yield the lines of a file of numbers, each with two endpoints."""
    for place in range(1100):
        for preference, step in ((10, 0), (20, 3)):
            service, uri = URIS[(place + step) % len(URIS)]
            if not uri.startswith(f"tel:+4417{place:04}"):
                yield f"+4417{place:04},{service},{uri},{preference}\n"


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    """Both paths over what a registry has published, compressed."""
    home = tmp_path_factory.mktemp("registered")
    with ExitStack() as stack:
        registry = stack.enter_context(Registry.create(f"sqlite:///{home / 'registry.db'}"))
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            zones.add(change, Apex(parse_name("enum.test"), "44"))
            zones.add(change, Apex.called("9.4.e164.arpa"))
        file = home / "numbers.csv"
        file.write_text("".join(["number,service,uri,preference\n", *lines()]))
        assert import_file(registry, file, ImportOptions(NOW_S)).numbers_created > 1000
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            numbers.suspend(change, Number("44170001"), "unpaid")
            numbers.release(change, Number("44170002"))
            for digits, until_s in (("441700011", NOW_S + 9), ("441700012", NOW_S + 1)):
                number = Number(digits)
                numbers.claim(change, number, "ada@example.net", not_after_s=until_s)
                for place in range(5):
                    uri = f"sip:line{place}@example.net"
                    endpoints.add(change, number, Endpoint.parse("sip", uri, 10 + place // 2))
            numbers.claim(change, Number("49"), "ada@example.net")
            endpoints.add(change, Number("49"), Endpoint.parse("sip", "sip:ada@example.net", 10))
            numbers.claim(change, Number("4930"), "ada@example.net")
        with IndexWriter(home / "index", registry.registry_id) as writer:
            publish(registry, writer)
        reader = stack.enter_context(IndexReader(home / "index"))
        yield stack.enter_context(closing(Index(reader)))


def test_what_a_registry_publishes(registered):
    """Claimed, suspended, released and free numbers, compressed; one that is its zone, too."""
    with registered.reader.snapshot() as snapshot:
        assert any(view.zone.dictionaries for view in snapshot.zones.values())
    for place in (*range(0, 15), 1099, 1100, 9999):
        everything(registered, f"4417{place:04}", f"17{place:04}", "enum.test.")
    for digits in ("44", "441", "4417", "44170", "441700001", "441700011", "441700012"):
        everything(registered, digits, digits[2:], "enum.test.")
    for digits in ("49", "493", "4930", "49301"):
        everything(registered, digits, digits[2:], "9.4.e164.arpa.")
    assert registered.asked > 200
    assert registered.called > 50


RECORDS = {
    "naptr": "",
    "cut": "{owner} NS ns1.example.\n",
    "alias": "{owner} CNAME 7.1\n",
    "dname": "{owner} DNAME example.net.\n",
    "other": "{owner} TXT text\n",
    "below": "_x.{owner} TXT text\n",
    "inner-star": "_x.*.{owner} TXT text\n",
}


@st.composite
def trees(
    draw: st.DrawFn, apex: str
) -> tuple[str, dict[str, int], tuple[str, ...], tuple[str, ...]]:
    """Return the text of a tree, when names end, those that own nothing, and what is cut off."""
    ttls = st.sampled_from([0, 60, 300, 100_000])
    text = f"$ORIGIN {apex}\n$TTL {draw(ttls)}\n"
    text += f"@ {draw(ttls)} SOA ns1.example. h.example. 7 3600 600 86400 {draw(ttls)}\n"
    text += "@ NS ns1.example.\n"
    chosen = draw(st.lists(st.sampled_from((*DIGITS, "1*", "441*", "*")), max_size=5, unique=True))
    kinds = st.sampled_from(["naptr"] * 6 + [*RECORDS, "gone", "ending", "nothing"])
    until, nothing, cuts = {}, [], []
    for digits in sorted(chosen):
        owner, kind = ".".join(reversed(digits)), draw(kinds)
        if any(digits.startswith(cut) for cut in cuts):
            continue  # what stands below a cut is never published
        if kind in ("cut", "dname"):
            cuts.append(digits)
        if kind == "nothing":
            nothing.append(owner)
            continue
        text += RECORDS.get(kind, "").format(owner=owner)
        if kind not in ("naptr", "gone", "ending"):
            continue
        until |= {
            "gone": {f"{owner}.{apex}": NOW_S},
            "ending": {f"{owner}.{apex}": NOW_S + 9},
        }.get(kind, {})
        ways = draw(st.lists(st.sampled_from(URIS), min_size=1, max_size=4, unique=True))
        for place, (service, uri) in enumerate(ways):
            order = draw(st.sampled_from([100, 100, 100, 99]))
            text += f'{owner} NAPTR {order} {10 + place} "u" "E2U+{service}" "!^.*$!{uri}!" .\n'
    return text, until, tuple(nothing), tuple(cuts)


ENTRIES = st.dictionaries(
    st.sampled_from(DIGITS),
    st.sampled_from([Entry(EntryState.SUSPENDED), Entry(EntryState.QUARANTINE, NOW_S + 9)]),
    max_size=2,
)


@given(
    trees("a.test."),
    trees("b.test."),
    st.sampled_from(["", "44", "4417"]),
    ENTRIES,
    st.booleans(),
)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_any_small_trees(publish_text, first, second, prefix, entries, former):
    """Whatever two trees hold and stand for, in which format ever, and whatever is asked."""
    reader = publish_text(
        first[0],
        second[0],
        not_after=first[1] | second[1],
        nothing_at=() if first[3] or second[3] else first[2],
        prefixes={"b.test.": prefix},
        entries=entries,
    )
    with ExitStack() as stack:
        if former:
            path = Path(stack.enter_context(TemporaryDirectory()), "index")
            reader = stack.enter_context(IndexReader(write_former(reader.path, path)))
        index = stack.enter_context(closing(Index(reader)))
        for digits in DIGITS:
            owners = [name(digits, "a.test.")]
            if digits.startswith(prefix):
                owners.append(name(digits[len(prefix) :], "b.test."))
            for owner, rdtype in product(owners, ("NAPTR", "A")):
                octets = dns.message.make_query(owner, rdtype, want_dnssec=True).to_wire()
                for spoil in SPOILED:
                    index.ask(spoil(octets))
                index.ask(dns.message.make_query(owner, rdtype).to_wire())
            for peer, host in product(PEERS.values(), HOSTS):
                index.call(peer, invite(digits, host))
