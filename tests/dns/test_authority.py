"""The way in: octets to octets."""

import struct

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dnslib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport, Reply
from enumd.dns.outcome import DnsOutcome
from enumd.dns.wire import parse_query
from enumd.errors import IndexDamaged, WireError
from enumd.index.layout import Answer
from enumd.index.records import pack_answer

TREE = """
$ORIGIN e164.arpa.
$TTL 300
@ SOA ns.e164.arpa. hostmaster.e164.arpa. 7 3600 600 86400 60
@ NS ns
ns A 192.0.2.1
7.1.4.4 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .
7.1.4.4 NAPTR 100 20 "u" "E2U+voice:tel" "!^.*$!tel:+441!" .
*.2.4.4 NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@example.net!" .
1.3.4.4 CNAME 7.1.4.4
2.3.4.4 CNAME 9.9
5.4 NS ns.5.4
5.4 NS ns
ns.5.4 A 192.0.2.5
6.4 DNAME 1.4.4
""" + "".join(
    f'8.1.4.4 NAPTR 100 {10 * n} "u" "E2U+sip" "!^.*$!sip:a-rather-long-user-{n}@example.net!" .\n'
    for n in range(1, 31)
)

SETTINGS = AuthoritySettings(nsid=b"a1")
NAMES = ("7.1.4.4", "8.1.4.4", "1.4.4", "9.4", "7.2.4.4", "1.3.4.4", "2.3.4.4", "1.5.4", "7.6.4")


@pytest.fixture
def snapshot(publish):
    """Return a snapshot of the tree."""
    with publish(TREE).snapshot() as snapshot:
        yield snapshot


@pytest.fixture
def respond(snapshot):
    """Return a function that gives octets to an authority over the tree."""
    authority = Authority(SETTINGS)

    def respond(octets, transport=DnsTransport.UDP):
        return authority.respond(octets, snapshot, 1000, transport)

    return respond


@pytest.fixture
def ask(respond):
    """Return a function that asks, and gives dnspython's reading of the reply."""

    def ask(name, qtype="NAPTR", transport=DnsTransport.UDP, **options):
        query = question(name, qtype, **options)
        return read(respond(query, transport).octets)

    return ask


def question(name, qtype="NAPTR", qclass="IN", **options):
    """Return the octets of a query below the apex."""
    qname = dns.name.from_text(name, dns.name.from_text("e164.arpa."))
    return dns.message.make_query(qname, qtype, qclass, **options).to_wire()


def read(octets):
    """Return dnspython's reading of what dnslib reads, too."""
    dnslib.DNSRecord.parse(octets)
    return dns.message.from_wire(octets)


def body_of(reply):
    """Return the owners and types in the three sections."""
    return [
        [f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}" for rrset in section]
        for section in (reply.answer, reply.authority, reply.additional)
    ]


SOA = "e164.arpa. SOA"


class TestOutcomes:
    """Every end of a look-up, with its code and its sections."""

    @pytest.mark.parametrize(
        ("name", "qtype", "outcome", "sections"),
        [
            ("7.1.4.4", "NAPTR", DnsOutcome.HIT, [["7.1.4.4.e164.arpa. NAPTR"], [], []]),
            ("9.2.4.4", "NAPTR", DnsOutcome.WILDCARD, [["9.2.4.4.e164.arpa. NAPTR"], [], []]),
            ("7.1.4.4", "TXT", DnsOutcome.NODATA, [[], [SOA], []]),
            ("1.4.4", "A", DnsOutcome.ENT, [[], [SOA], []]),
            ("9.1.4.4", "NAPTR", DnsOutcome.NXDOMAIN, [[], [SOA], []]),
            ("@", "NS", DnsOutcome.HIT, [["e164.arpa. NS"], [], ["ns.e164.arpa. A"]]),
            ("@", "SOA", DnsOutcome.HIT, [[SOA], [], []]),
            ("7.1.4.4", "ANY", DnsOutcome.HIT, [["7.1.4.4.e164.arpa. NAPTR"], [], []]),
            (
                "1.5.4",
                "NAPTR",
                DnsOutcome.REFERRAL,
                [
                    [],
                    ["5.4.e164.arpa. NS"],
                    ["ns.5.4.e164.arpa. A", "ns.e164.arpa. A"],
                ],
            ),
            (
                "7.6.4",
                "NAPTR",
                DnsOutcome.HIT,
                [
                    [
                        "6.4.e164.arpa. DNAME",
                        "7.6.4.e164.arpa. CNAME",
                        "7.1.4.4.e164.arpa. NAPTR",
                    ],
                    [],
                    [],
                ],
            ),
            ("2.3.4.4", "NAPTR", DnsOutcome.NXDOMAIN, [["2.3.4.4.e164.arpa. CNAME"], [SOA], []]),
            ("example.", "NAPTR", DnsOutcome.REFUSED, [[], [], []]),
            ("7.1.4.4", "AXFR", DnsOutcome.PROHIBITED, [[], [], []]),
            ("7.1.4.4", "IXFR", DnsOutcome.PROHIBITED, [[], [], []]),
            ("example.", "AXFR", DnsOutcome.PROHIBITED, [[], [], []]),
        ],
    )
    def test_name_ends_in_its_outcome(self, respond, name, qtype, outcome, sections):
        """
        The reply carries the code of the outcome and nothing but these RRsets.
        """
        got = respond(question(name, qtype))
        reply = read(got.octets)

        assert got.outcome is outcome
        assert got.rcode == outcome.rule.rcode == reply.rcode()
        assert bool(reply.flags & dns.flags.AA) == outcome.rule.aa
        assert body_of(reply) == sections

    def test_positive_answer_is_the_published_rrset(self, ask):
        """
        Order, preference, fields and TTL are those of the registry.
        """
        assert [str(rrset) for rrset in ask("7.1.4.4").answer] == [
            '7.1.4.4.e164.arpa. 300 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .\n'
            '7.1.4.4.e164.arpa. 300 IN NAPTR 100 20 "u" "E2U+voice:tel" "!^.*$!tel:+441!" .'
        ]

    def test_negative_ttl(self, ask):
        """
        The SOA of a denial has the MINIMUM as its TTL; the SOA at the apex its own.
        """
        assert ask("9.4").authority[0].ttl == 60
        assert ask("@", "SOA").answer[0].ttl == 300

    def test_class_other_than_in_is_refused(self, respond):
        """
        CHAOS, Hesiod: no zone of ours is of that class.
        """
        for qclass in ("CH", "HS"):
            assert respond(question("7.1.4.4", "TXT", qclass)).outcome is DnsOutcome.REFUSED

    def test_any_class_is_ours_without_authority(self, respond):
        """
        RFC 1034 section 3.7.1: an answer for any class is never authoritative.
        """
        for name, outcome in (("7.1.4.4", DnsOutcome.HIT), ("9.1.4.4", DnsOutcome.NXDOMAIN)):
            found = respond(question(name, "NAPTR", "ANY"))
            reply = read(found.octets)

            assert found.outcome is outcome
            assert not reply.flags & dns.flags.AA
            assert {rrset.rdclass for rrset in reply.answer} <= {dns.rdataclass.IN}

    def test_chaos_tells_what_it_may(self, snapshot):
        """
        RFC 4892: the version, and which server this is; nothing where neither is configured.
        """
        names = ("version.bind.", "id.server.")
        told = []
        for chosen in (AuthoritySettings(nsid=b"a1", version=b"ours"), AuthoritySettings()):
            for name in names:
                octets = question(name, "TXT", "CH")
                reply = Authority(chosen).respond(octets, snapshot, 1000, DnsTransport.UDP)
                texts = [rrset.to_text() for rrset in read(reply.octets).answer]
                told.append((reply.outcome, texts))

        assert told[:2] == [
            (DnsOutcome.HIT, [f'{name} 0 CH TXT "{text}"'])
            for name, text in zip(names, ("ours", "a1"), strict=True)
        ]
        assert told[2:] == [(DnsOutcome.REFUSED, [])] * 2

    @pytest.mark.parametrize("qtype", ["TYPE0", "OPT", "TSIG", "TKEY", "MAILA", "TYPE65280"])
    def test_strange_types_are_owned_by_nobody(self, ask, qtype):
        """
        RFC 8906 section 3.1: an unknown type is NODATA, not an error.
        """
        reply = ask("7.1.4.4", qtype)

        assert reply.rcode() == dns.rcode.NOERROR
        assert body_of(reply) == [[], [SOA], []]

    def test_case_of_the_question_comes_back(self, respond):
        """
        RFC 4343, and resolvers that mix the case as a nonce.
        """
        query = dns.message.make_query("7.1.4.4.E164.aRpA.", "NAPTR").to_wire()
        octets = respond(query).octets

        assert octets[12 : len(query)] == query[12:]
        assert read(octets).answer


class TestFaults:
    """What is not a query in order."""

    def test_silence(self, respond):
        """
        Short octets and responses get nothing, not even an error.
        """
        response = bytearray(question("7.1.4.4"))
        response[2] |= 0x80

        for octets in (b"", question("7.1.4.4")[:11], bytes(response)):
            assert respond(octets) == Reply(None, DnsOutcome.DROPPED, 0)

    def test_unknown_opcode_is_header_only(self, respond):
        """
        NOTIMP with ID and opcode alone: what RD and CD mean to others is not known.
        """
        flags = dns.flags.RD | dns.flags.CD
        notify = dns.message.make_query("e164.arpa.", "SOA", flags=flags)
        notify.set_opcode(dns.opcode.NOTIFY)
        got = respond(notify.to_wire())

        assert got.outcome is DnsOutcome.NOTIMP
        assert got.octets == struct.pack("!6H", notify.id, 0xA004, 0, 0, 0, 0)

    def test_unknown_opcode_has_opt_where_it_was_asked_with(self, respond):
        """
        RFC 6891 section 6.1.1: whoever sends one gets one, if there is one to be read.
        """
        notify = dns.message.make_query("e164.arpa.", "SOA", use_edns=0, payload=1400)
        notify.set_opcode(dns.opcode.NOTIFY)
        whole = notify.to_wire()

        assert read(respond(whole).octets).edns == 0
        assert read(respond(whole[:-4]).octets).edns == -1

    @pytest.mark.parametrize("questions", [0, 2])
    def test_format_error_has_opt_where_it_was_asked_with(self, respond, questions):
        """
        RFC 9619 says FORMERR, RFC 6891 section 6.1.1 says OPT.
        """
        asked = questions * b"\x011\x00\x00\x23\x00\x01"
        opt = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"
        header = struct.pack("!HHHHH", 7, 0, questions, 0, 0)

        without = respond(header + b"\x00\x00" + asked)
        with_opt = respond(header + b"\x00\x01" + asked + opt)

        assert without.octets == bytes.fromhex("000780010000000000000000")
        assert read(with_opt.octets).edns == 0
        assert with_opt.rcode == dns.rcode.FORMERR

    def test_format_error_repeats_the_question_it_understood(self, respond):
        """
        The fault may come later than the question.
        """
        query = question("7.1.4.4")
        octets = respond(query + b"\x00").octets

        assert octets[12:] == query[12:]
        assert octets[3] & 0xF == dns.rcode.FORMERR

    def test_badvers(self, respond):
        """
        RFC 6891 section 6.1.3: extended rcode 16 in an OPT of version 0, no answer.
        """
        got = respond(question("7.1.4.4", use_edns=1))
        reply = read(got.octets)

        assert (got.outcome, got.rcode) == (DnsOutcome.BADVERS, 16)
        assert (reply.rcode(), reply.edns, reply.answer) == (dns.rcode.BADVERS, 0, [])


class TestEdns:
    """RFC 6891, RFC 5001, RFC 8914."""

    @pytest.mark.parametrize("name", ["7.1.4.4", "9.4", "8.1.4.4", "example."])
    def test_opt_comes_back_to_whoever_sent_one(self, ask, name):
        """
        To answers, denials, truncated replies and refusals alike, with DO as it came.
        """
        assert ask(name).edns == -1
        for do in (False, True):
            reply = ask(name, use_edns=0, want_dnssec=do)
            assert (reply.edns, reply.payload) == (0, 1232)
            assert reply.ednsflags == (dns.flags.DO if do else 0)

    def test_nsid_only_when_asked(self, ask, snapshot):
        """
        And only where the operator gave one.
        """
        nsid = [dns.edns.GenericOption(dns.edns.NSID, b"")]
        nameless = Authority(AuthoritySettings())
        octets = question("7.1.4.4", options=nsid)
        reply = read(nameless.respond(octets, snapshot, 0, DnsTransport.UDP).octets)

        assert ask("7.1.4.4", use_edns=0).options == ()
        assert ask("7.1.4.4", options=nsid).options == (dns.edns.NSIDOption(b"a1"),)
        assert reply.options == ()

    def test_extended_error_says_why(self, ask):
        """
        Not Authoritative for what is elsewhere, Prohibited for transfers; nothing without OPT.
        """
        elsewhere = ask("example.", use_edns=0).options
        transfer = ask("@", "AXFR", use_edns=0).options

        assert elsewhere == (dns.edns.EDEOption(dns.edns.EDECode.NOT_AUTHORITATIVE),)
        assert transfer == (dns.edns.EDEOption(dns.edns.EDECode.PROHIBITED),)
        assert ask("example.").edns == -1

    def test_unknown_options_are_ignored(self, ask):
        """
        A cookie and one from the future change nothing.
        """
        options = [dns.edns.GenericOption(10, b"12345678"), dns.edns.GenericOption(65001, b"x")]

        assert ask("7.1.4.4", options=options).options == ()


class TestLength:
    """RFC 1035 section 4.2, RFC 6891 section 6.2.5."""

    @pytest.mark.parametrize(
        ("options", "fits"),
        [
            ({}, False),
            ({"use_edns": 0, "payload": 512}, False),
            ({"use_edns": 0, "payload": 100}, False),
            ({"use_edns": 0, "payload": 1232}, False),
            ({"use_edns": 0, "payload": 65535}, False),
        ],
    )
    def test_long_answer_is_truncated_over_udp(self, respond, options, fits):
        """
        Thirty endpoints fit no UDP reply, whatever the client announces.
        """
        octets = respond(question("8.1.4.4", **options)).octets

        assert len(octets) <= 1232
        assert read(octets).flags & dns.flags.TC
        assert read(octets).answer == []

    def test_tcp_has_room(self, ask):
        """
        The same question over TCP gets all of it.
        """
        reply = ask("8.1.4.4", transport=DnsTransport.TCP)

        assert not reply.flags & dns.flags.TC
        assert len(reply.answer[0]) == 30

    @pytest.mark.parametrize(("payload", "whole"), [(512, False), (1232, False), (4096, True)])
    def test_both_sides_limit_udp(self, snapshot, payload, whole):
        """
        The lesser of what the client takes and what the operator allows.
        """
        authority = Authority(AuthoritySettings(udp_payload_max=4096))
        query = question("8.1.4.4", use_edns=0, payload=payload)
        reply = read(authority.respond(query, snapshot, 0, DnsTransport.UDP).octets)

        assert bool(reply.answer) is whole
        assert reply.payload == 4096

    def test_refusal_always_fits(self, snapshot):
        """
        The longest question, NSID and extended error are under 512 octets together.
        """
        name = ".".join(["a" * 63] * 3 + ["b" * 61]) + "."
        query = dns.message.make_query(
            name, "NAPTR", use_edns=0, payload=512, options=[dns.edns.GenericOption(3, b"")]
        )
        authority = Authority(AuthoritySettings(nsid=128 * b"n"))
        reply = read(authority.respond(query.to_wire(), snapshot, 0, DnsTransport.UDP).octets)

        assert not reply.flags & dns.flags.TC
        assert len(reply.options) == 2


class TestSettings:
    """What an operator may choose."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"nsid": 129 * b"x"},
            {"version": 256 * b"x"},
            {"udp_payload_max": 511},
            {"udp_payload_max": 65536},
        ],
    )
    def test_what_cannot_be_sent_is_refused(self, wrong):
        """
        An NSID over 128 octets, a payload under 512 or over 65535.
        """
        with pytest.raises(ValueError, match="octets"):
            AuthoritySettings(**wrong)


class Damaged:
    """A snapshot whose octets are torn: a fault no good index has."""

    def __init__(self, error):
        self.error = error

    def zone_of(self, _):
        raise self.error


class TestUnusableIndex:
    """Nothing to answer from: SERVFAIL, and why."""

    @pytest.mark.parametrize(
        "snapshot",
        [None, Damaged(IndexDamaged("/index", "torn")), Damaged(ValueError("torn records"))],
        ids=["missing", "damaged", "torn"],
    )
    def test_every_good_query_gets_servfail(self, snapshot):
        """
        With the question and an extended error, and no AA.
        """
        query = question("7.1.4.4", use_edns=0)
        got = Authority(SETTINGS).respond(query, snapshot, 0, DnsTransport.UDP)
        reply = read(got.octets)

        assert (got.outcome, got.rcode) == (DnsOutcome.SERVFAIL, dns.rcode.SERVFAIL)
        assert reply.flags & dns.flags.AA == 0
        assert reply.options == (dns.edns.EDEOption(dns.edns.EDECode.NOT_READY),)

    def test_torn_records_are_met_in_the_zone(self, snapshot, monkeypatch):
        """
        Octets that are no records end in SERVFAIL, not in a traceback.
        """
        torn = Answer(9, pack_answer([]).records)
        (view,) = snapshot.zones.values()
        monkeypatch.setattr(type(view), "get", lambda *_: torn)

        got = Authority(SETTINGS).respond(question("7.1.4.4"), snapshot, 0, DnsTransport.UDP)

        assert got.outcome is DnsOutcome.SERVFAIL


QUERIES = st.builds(
    question,
    st.sampled_from((*NAMES, "@", "x.y", "example.")),
    st.sampled_from(("NAPTR", "A", "NS", "ANY", "DS", "CNAME", "SOA", "AXFR", "TYPE999")),
    st.sampled_from(("IN", "CH")),
    use_edns=st.sampled_from((False, 0, 1)),
    want_dnssec=st.just(False),
)


@st.composite
def mutated(draw):
    """Return a good query with some octets changed, put in or taken away."""
    octets = bytearray(draw(QUERIES))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(octets)))
        octets[place : place + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(octets)


class TestTotality:
    """Any octets give a reply or silence, never an exception."""

    @given(
        octets=st.one_of(st.binary(max_size=100), mutated()),
        transport=st.sampled_from(DnsTransport),
    )
    @settings(
        max_examples=500,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_any_octets(self, respond, octets, transport):
        """
        A reply repeats ID and opcode, fits its transport and is read by both referees; only
        responses and octets without a header get none.
        """
        got = respond(octets, transport)

        if got.octets is None:
            assert got.outcome is DnsOutcome.DROPPED
            assert len(octets) < 12 or octets[2] & 0x80
            return
        assert got.octets[:2] == octets[:2]
        assert got.octets[2] & 0xF8 == 0x80 | octets[2] & 0x78
        assert len(got.octets) <= (1232 if transport is DnsTransport.UDP else 65535)
        try:
            query = parse_query(octets)
        except WireError:
            assert got.outcome in (DnsOutcome.FORMERR, DnsOutcome.NOTIMP, DnsOutcome.BADVERS)
        else:
            assert got.octets[12:].startswith(query.question)
            # dnslib takes labels for text; dnspython reads any.
            both = read if query.qname.isascii() else dns.message.from_wire
            assert both(got.octets).rcode() == got.rcode
