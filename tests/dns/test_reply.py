"""A resolution to octets."""

import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rrset
import dnslib
import pytest

from enumd.core.rrset import RRset, RRType
from enumd.dns.chase import DnsResolution, Placed
from enumd.dns.edns import opt_record
from enumd.dns.outcome import DnsOutcome
from enumd.dns.reply import assemble
from enumd.dns.wire import Query

LONGEST = 65535


def wire(name):
    """Return a name as octets."""
    return dns.name.from_text(name).to_wire()


def placed(owner, rrtype, *rdatas, ttl_s=300):
    """Return an RRset at its owner."""
    return Placed(wire(owner), RRset(rrtype, ttl_s, rdatas))


QUERY = Query(0xBEEF, rd=True, qname=wire("7.4.E164.arpa."), qtype=35)
APEX = wire("e164.arpa.")
TXT = placed("7.4.e164.arpa.", RRType.TXT, b"\x01a", b"\x01b")
SOA = placed("e164.arpa.", RRType.SOA, b"\0\0" + 20 * b"\1")
OPT = opt_record(1232, 0, do=True)


def read(octets):
    """Return dnspython's reading of what dnslib reads, too."""
    dnslib.DNSRecord.parse(octets)
    return dns.message.from_wire(octets)


class TestHeader:
    """Flags, response code and counts."""

    @pytest.mark.parametrize("outcome", set(DnsOutcome) - {DnsOutcome.DROPPED})
    def test_outcome_gives_aa_and_rcode(self, outcome):
        """
        The table decides; RD is copied; RA, AD and TC stay 0.
        """
        reply = read(
            assemble(QUERY, DnsResolution(outcome), opt_record(1232, 0, do=False), LONGEST)
        )
        aa = dns.flags.AA if outcome.rule.aa else 0

        assert reply.flags & ~0xF == dns.flags.QR | dns.flags.RD | aa
        assert reply.rcode() == outcome.rule.rcode & 0xF
        assert reply.id == 0xBEEF

    def test_alias_makes_a_referral_authoritative(self):
        """
        RFC 1035 section 4.1.1: AA speaks of the first owner in the answer.
        """
        reply = read(assemble(QUERY, DnsResolution(DnsOutcome.REFERRAL, (TXT,)), b"", LONGEST))

        assert reply.flags & dns.flags.AA

    def test_cd_and_opcode_are_copied(self):
        """
        RFC 4035 section 3: CD goes back as it came, RD as well.
        """
        query = Query(1, opcode=5, cd=True)
        octets = assemble(query, DnsResolution(DnsOutcome.NOTIMP), b"", LONGEST)

        assert octets.hex() == "0001a814" + 16 * "0"

    def test_names_of_an_soa_are_compressed(self):
        """
        Against the question, its owner and each other, in whatever case.
        """
        rdatas = {
            mname + b" " + rname: wire(mname.decode()) + wire(rname.decode()) + 20 * b"\1"
            for mname in (b"ns.E164.arpa.", b"ns.example.", b".", b"e164.arpa.")
            for rname in (b"h.ns.example.", b"h.e164.arpa.", b"h.arpa.", b"ns.e164.arpa.", b".")
        }
        lengths = {}
        for names, rdata in rdatas.items():
            soa = placed("e164.arpa.", RRType.SOA, rdata)
            resolution = DnsResolution(DnsOutcome.NXDOMAIN, authority=(soa, TXT))
            octets = assemble(QUERY, resolution, b"", LONGEST)
            lengths[names] = len(octets)
            found = read(octets).authority[0][0]
            assert found == dns.rdata.from_wire(1, RRType.SOA, rdata, 0, len(rdata))

        plain = lengths[b". ."]
        assert lengths[b"ns.E164.arpa. h.e164.arpa."] == plain - 2 + 5 + 4
        assert lengths[b"ns.example. h.ns.example."] == plain - 2 + 12 + 4

    def test_counts(self):
        """
        Every record is counted in its section, OPT in the last.
        """
        resolution = DnsResolution(DnsOutcome.HIT, (TXT,), (SOA,), (TXT,), (TXT,))

        assert assemble(QUERY, resolution, OPT, LONGEST)[4:12].hex() == "0001000200010005"


class TestSections:
    """What stands where."""

    def test_question_is_repeated_octet_for_octet(self):
        """
        The case of the name included.
        """
        octets = assemble(QUERY, DnsResolution(DnsOutcome.NXDOMAIN), b"", LONGEST)

        assert octets[12:] == QUERY.question

    def test_sections_are_read_as_they_were_meant(self):
        """
        Answer, authority, glue and other addresses, OPT last.
        """
        resolution = DnsResolution(
            DnsOutcome.REFERRAL,
            (TXT,),
            (placed("4.e164.arpa.", RRType.NS, wire("ns.4.e164.arpa.")),),
            (placed("ns.4.e164.arpa.", RRType.A, b"\xc0\x00\x02\x01"),),
            (placed("ns.e164.arpa.", RRType.A, b"\xc0\x00\x02\x02"),),
        )
        reply = read(assemble(QUERY, resolution, OPT, LONGEST))

        assert reply.answer == [dns.rrset.from_text("7.4.e164.arpa.", 300, "IN", "TXT", "a", "b")]
        assert reply.authority == [
            dns.rrset.from_text("4.e164.arpa.", 300, "IN", "NS", "ns.4.e164.arpa.")
        ]
        assert reply.additional == [
            dns.rrset.from_text("ns.4.e164.arpa.", 300, "IN", "A", "192.0.2.1"),
            dns.rrset.from_text("ns.e164.arpa.", 300, "IN", "A", "192.0.2.2"),
        ]
        assert (reply.payload, reply.ednsflags) == (1232, 0x8000)


class TestCompression:
    """Owners as pointers."""

    def test_owner_in_the_question_is_two_octets(self):
        """
        The question name itself, and the apex at its end.
        """
        octets = assemble(QUERY, DnsResolution(DnsOutcome.HIT, (TXT,), (SOA,)), b"", LONGEST)

        assert octets[12 + len(QUERY.question) :].startswith(b"\xc0\x0c\x00\x10")
        assert b"\xc0\x10\x00\x06\x00\x01" in octets
        assert {rrset.name.to_text() for rrset in read(octets).answer} == {"7.4.E164.arpa."}

    def test_owner_with_a_known_end_points_to_that(self):
        """
        The labels of its own come first.
        """
        octets = assemble(
            QUERY,
            DnsResolution(DnsOutcome.HIT, (placed("x.y.e164.arpa.", 16, b"\0"),)),
            b"",
            LONGEST,
        )

        assert octets[12 + len(QUERY.question) :].startswith(b"\x01x\x01y\xc0\x10\x00\x10")

    def test_names_in_rdata_are_pointed_to(self):
        """
        Glue owners point into the NS that names them, alias targets into the CNAME.
        """
        cname = placed("7.4.e164.arpa.", RRType.CNAME, wire("a.example."))
        target = placed("a.example.", RRType.TXT, b"\0")
        octets = assemble(QUERY, DnsResolution(DnsOutcome.HIT, (cname, target)), b"", LONGEST)

        assert octets.count(b"\x07example") == 1
        assert read(octets).answer[1].name.to_text() == "a.example."

    def test_new_owner_is_written_once(self):
        """
        Its further records point to the first.
        """
        new = placed("a.example.", RRType.TXT, b"\0", b"\1x")
        octets = assemble(QUERY, DnsResolution(DnsOutcome.HIT, (new,)), b"", LONGEST)

        assert octets.count(b"\x07example") == 1

    def test_root_owner_is_one_octet(self):
        """
        Nothing is shorter than the root.
        """
        octets = assemble(
            QUERY, DnsResolution(DnsOutcome.HIT, (placed(".", 16, b"\0"),)), b"", LONGEST
        )

        assert read(octets).answer[0].name == dns.name.root

    def test_names_out_of_reach_are_written_again(self):
        """
        A pointer has 14 bits, and a message over TCP more octets than that.
        """
        far = placed(
            "7.4.e164.arpa.", RRType.TXT, *(bytes([255, n]) + 254 * b"x" for n in range(70))
        )
        late = placed("a.example.", RRType.TXT, b"\0", b"\1x")
        reply = read(assemble(QUERY, DnsResolution(DnsOutcome.HIT, (far, late)), b"", LONGEST))

        assert len(reply.answer[1]) == 2


class TestTruncation:
    """RFC 2181 section 9, RFC 9471."""

    REFERRAL = DnsResolution(
        DnsOutcome.REFERRAL,
        (),
        (placed("4.e164.arpa.", RRType.NS, wire("ns.4.e164.arpa.")),),
        (placed("ns.4.e164.arpa.", RRType.A, b"\xc0\x00\x02\x01"),),
        (placed("ns.e164.arpa.", RRType.A, b"\xc0\x00\x02\x02"),),
    )

    def test_what_fits_to_the_octet_is_whole(self):
        """
        The limit itself is allowed; one octet less is not enough.
        """
        resolution = DnsResolution(DnsOutcome.HIT, (TXT,))
        whole = assemble(QUERY, resolution, OPT, LONGEST)

        assert assemble(QUERY, resolution, OPT, len(whole)) == whole
        assert assemble(QUERY, resolution, OPT, len(whole) - 1) != whole

    def test_rrset_that_does_not_fit_leaves_tc(self):
        """
        Question, OPT and TC, with the AA and rcode of the outcome; no part of anything.
        """
        reply = read(assemble(QUERY, DnsResolution(DnsOutcome.HIT, (TXT,)), OPT, 50))

        assert reply.flags & (dns.flags.TC | dns.flags.AA) == dns.flags.TC | dns.flags.AA
        assert (reply.answer, reply.authority, reply.additional) == ([], [], [])
        assert reply.question
        assert reply.edns == 0

    def test_addresses_that_can_be_asked_for_go_first(self):
        """
        Without them the referral still leads on, so there is no TC.
        """
        whole = assemble(QUERY, self.REFERRAL, OPT, LONGEST)
        lean = read(assemble(QUERY, self.REFERRAL, OPT, len(whole) - 1))

        assert not lean.flags & dns.flags.TC
        assert [rrset.name.to_text() for rrset in lean.additional] == ["ns.4.e164.arpa."]

    def test_glue_that_does_not_fit_leaves_tc(self):
        """
        RFC 9471 section 3.1: a referral without its glue would not be followed.
        """
        whole = assemble(QUERY, self.REFERRAL, OPT, LONGEST)

        assert read(assemble(QUERY, self.REFERRAL, OPT, len(whole) - 40)).flags & dns.flags.TC
