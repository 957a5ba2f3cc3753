"""From a question to all that its reply holds."""

from contextlib import ExitStack

import dns.name
import dns.rdata
import dns.rdatatype
import pytest

from enumd.dns.chase import MAX_LINKS, resolve
from enumd.dns.outcome import DnsOutcome

HEAD = """
$ORIGIN {apex}
$TTL 300
@ SOA ns.example. hostmaster.example. 7 3600 600 86400 {minimum}
@ NS ns.example.
"""

NAPTR = 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@example.net!" .\n'


def zone(lines, apex="e164.arpa.", minimum=60):
    """Return the text of a zone."""
    return HEAD.format(apex=apex, minimum=minimum) + lines


@pytest.fixture
def ask(publish):
    """Return a function that publishes zones and asks them."""
    with ExitStack() as stack:

        def ask(*texts, now_s=100, **options):
            snapshot = stack.enter_context(publish(*texts, **options).snapshot())

            def question(name, qtype="NAPTR"):
                qname = dns.name.from_text(name).to_wire()
                return resolve(qname, dns.rdatatype.from_text(qtype), snapshot, now_s)

            return question

        yield ask


def lines(section):
    """Return a section as master file lines without class and TTL, NAPTRs without RDATA."""
    return [
        f"{dns.name.from_wire(placed.owner, 0)[0]} {dns.rdatatype.to_text(placed.rrset.rrtype)}"
        + "".join(
            " " + dns.rdata.from_wire(1, placed.rrset.rrtype, rdata, 0, len(rdata)).to_text()
            for rdata in placed.rrset.rdatas
            if placed.rrset.rrtype != 35
        )
        for placed in section
    ]


SOA = "e164.arpa. SOA ns.example. hostmaster.example. 7 3600 600 86400 60"


class TestAnswers:
    """Questions that end with one look-up."""

    def test_hit_answers_and_nothing_else(self, ask):
        """
        The RRset at the name as it was asked for; minimal responses.
        """
        end = ask(zone("7.4 " + NAPTR))("7.4.E164.arpa.")

        assert end.outcome is DnsOutcome.HIT
        assert lines(end.answer) == ["7.4.E164.arpa. NAPTR"]
        assert (end.authority, end.glue, end.extra) == ((), (), ())

    def test_wildcard_answers_with_the_name_asked_for(self, ask):
        """
        RFC 4592 section 3.3.1: the owner is the question's.
        """
        end = ask(zone("*.4 " + NAPTR))("7.7.4.e164.arpa.")

        assert end.outcome is DnsOutcome.WILDCARD
        assert lines(end.answer) == ["7.7.4.e164.arpa. NAPTR"]

    @pytest.mark.parametrize("name", ["example.", ".", "arpa.", "4.xe164.arpa."])
    def test_name_in_no_zone_is_refused(self, ask, name):
        """
        The sections stay empty.
        """
        end = ask(zone(""))(name)

        assert end.outcome is DnsOutcome.REFUSED
        assert (end.answer, end.authority) == ((), ())

    def test_nearest_zone_answers(self, ask):
        """
        Of a zone and one below it, the lower one knows.
        """
        question = ask(zone("7.4.4 " + NAPTR), zone("", "4.e164.arpa."))

        assert question("7.4.4.e164.arpa.").outcome is DnsOutcome.NXDOMAIN


class TestDenials:
    """RFC 2308."""

    @pytest.mark.parametrize(
        ("name", "outcome"),
        [("7.4", DnsOutcome.NODATA), ("4", DnsOutcome.ENT), ("5", DnsOutcome.NXDOMAIN)],
    )
    def test_soa_comes_along(self, ask, name, outcome):
        """
        NODATA, empty non-terminal and NXDOMAIN bring the SOA of the zone.
        """
        end = ask(zone("7.4 " + NAPTR))(f"{name}.e164.arpa.", "A")

        assert end.outcome is outcome
        assert end.answer == ()
        assert lines(end.authority) == [SOA]

    @pytest.mark.parametrize(("minimum", "ttl_s"), [(60, 60), (900, 300)])
    def test_negative_ttl_is_the_lesser(self, ask, minimum, ttl_s):
        """
        RFC 2308 section 3: of the SOA's own TTL and its MINIMUM.
        """
        end = ask(zone("", minimum=minimum))("5.e164.arpa.")

        assert end.authority[0].rrset.ttl_s == ttl_s


class TestAliases:
    """RFC 1034 section 4.3.2 step 3a."""

    def test_chain_is_followed(self, ask):
        """
        Every alias and what it ends at, in order.
        """
        question = ask(zone("1.4 CNAME 2.4\n2.4 CNAME 3.4\n3.4 " + NAPTR))
        end = question("1.4.e164.arpa.")

        assert end.outcome is DnsOutcome.HIT
        assert lines(end.answer) == [
            "1.4.e164.arpa. CNAME 2.4.e164.arpa.",
            "2.4.e164.arpa. CNAME 3.4.e164.arpa.",
            "3.4.e164.arpa. NAPTR",
        ]

    @pytest.mark.parametrize("qtype", ["CNAME", "ANY"])
    def test_alias_that_is_asked_for_is_not_followed(self, ask, qtype):
        """
        The CNAME is the answer to CNAME and to ANY.
        """
        end = ask(zone("1.4 CNAME 2.4\n2.4 " + NAPTR))("1.4.e164.arpa.", qtype)

        assert lines(end.answer) == ["1.4.e164.arpa. CNAME 2.4.e164.arpa."]

    def test_other_zones_of_ours_are_entered(self, ask):
        """
        The look-up begins again at the zone of the target.
        """
        question = ask(zone("1.4 CNAME 7.uk.example.\n"), zone("7 " + NAPTR, "uk.example."))

        assert lines(question("1.4.e164.arpa.").answer)[1:] == ["7.uk.example. NAPTR"]

    def test_chain_that_leaves_our_zones_ends_there(self, ask):
        """
        The alias is the answer; the resolver goes on.
        """
        end = ask(zone("*.4 CNAME 7.uk.example.\n"))("1.4.e164.arpa.")

        assert end.outcome is DnsOutcome.WILDCARD
        assert lines(end.answer) == ["1.4.e164.arpa. CNAME 7.uk.example."]
        assert end.authority == ()

    def test_end_of_the_chain_decides(self, ask):
        """
        RFC 6604 and RFC 2308 section 2.1: its denial or referral comes with the aliases.
        """
        question = ask(zone("1 CNAME 9\n2 CNAME 3.4\n3.3.4 " + NAPTR + "3 CNAME 1.5\n5 NS ns.5\n"))
        nxdomain, ent, referral = (question(f"{digit}.e164.arpa.") for digit in (1, 2, 3))

        assert (nxdomain.outcome, lines(nxdomain.authority)) == (DnsOutcome.NXDOMAIN, [SOA])
        assert (ent.outcome, lines(ent.authority)) == (DnsOutcome.ENT, [SOA])
        assert referral.outcome is DnsOutcome.REFERRAL
        assert lines(referral.answer) == ["3.e164.arpa. CNAME 1.5.e164.arpa."]
        assert lines(referral.authority) == ["5.e164.arpa. NS ns.5.e164.arpa."]

    @pytest.mark.parametrize("links", ["1 CNAME 1\n", "1 CNAME 2\n2 CNAME 3\n3 CNAME 1\n"])
    def test_loop_ends_where_it_closes(self, ask, links):
        """
        It has no end, and the reply says so.
        """
        end = ask(zone(links))("1.E164.arpa.")

        assert (end.outcome, end.answer) == (DnsOutcome.ENDLESS, ())

    def test_long_chain_is_given_up(self, ask):
        """
        The reply holds so many aliases and no more.
        """
        chain = "".join(f"a{link} CNAME a{link + 1}\n" for link in range(30))

        assert len(ask(zone(chain))("a0.e164.arpa.").answer) == MAX_LINKS


def test_name_servers_come_with_the_addresses_that_are_here(ask):
    """Those of servers in the zone; the NS of the apex is an answer, and no referral."""
    question = ask(zone("@ NS ns1\nns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\nns1 TXT x\n"))

    end = question("e164.arpa.", "NS")

    assert sorted(lines(end.extra)) == [
        "ns1.e164.arpa. A 192.0.2.1",
        "ns1.e164.arpa. AAAA 2001:db8::1",
    ]
    assert question("e164.arpa.", "SOA").extra == ()


class TestDnames:
    """RFC 6672."""

    def test_alias_is_made_of_it(self, ask):
        """
        Section 3.1: DNAME and CNAME with the TTL of the DNAME; labels keep their case.
        """
        question = ask(zone("4.4 60 DNAME uk.example.\n"), zone("x.1 " + NAPTR, "uk.example."))
        end = question("X.1.4.4.E164.arpa.")

        assert end.outcome is DnsOutcome.HIT
        assert lines(end.answer) == [
            "4.4.E164.arpa. DNAME uk.example.",
            "X.1.4.4.E164.arpa. CNAME X.1.uk.example.",
            "X.1.uk.example. NAPTR",
        ]
        assert end.answer[1].rrset.ttl_s == 60

    @pytest.mark.parametrize("qtype", ["CNAME", "ANY"])
    def test_alias_made_of_it_can_be_asked_for(self, ask, qtype):
        """
        As NSD and BIND have it, the CNAME that was made is the answer.
        """
        end = ask(zone("4.4 DNAME 5.5\n1.5.5 CNAME 6\n"))("1.4.4.e164.arpa.", qtype)

        assert end.outcome is DnsOutcome.HIT
        assert lines(end.answer) == [
            "4.4.e164.arpa. DNAME 5.5.e164.arpa.",
            "1.4.4.e164.arpa. CNAME 1.5.5.e164.arpa.",
        ]

    def test_name_that_gets_too_long_is_yxdomain(self, ask):
        """
        Section 2.2; 255 octets still are a name.
        """
        far = ".".join(["a" * 60] * 3)
        question = ask(zone(f"4 DNAME {far}.example.\n"))

        assert question(f"{'b' * 62}.4.e164.arpa.").outcome is DnsOutcome.HIT
        end = question(f"{'b' * 63}.4.e164.arpa.")
        assert end.outcome is DnsOutcome.YXDOMAIN
        assert [placed.rrset.rrtype for placed in end.answer] == [39]

    @pytest.mark.parametrize(
        ("length", "outcome"), [(1, DnsOutcome.ENDLESS), (62, DnsOutcome.YXDOMAIN)]
    )
    def test_dname_that_leads_below_itself(self, ask, length, outcome):
        """
        Its chain is endless, or ends where the name gets too long: never with NOERROR.
        """
        end = ask(zone(f"4 DNAME {'x' * length}.4\n"))("1.4.e164.arpa.")

        assert end.outcome is outcome

    def test_dname_in_a_circle(self, ask):
        """
        Two of them lead to each other; a long chain of aliases that a DNAME begins goes on.
        """
        aliases = "".join(f"1.a{link} CNAME 1.a{link + 1}\n" for link in range(30))
        circle = ask(zone("4 DNAME 5\n5 DNAME 4\n"))("1.4.e164.arpa.")
        chain = ask(zone(f"4 DNAME a0\n{aliases}"))("1.4.e164.arpa.")

        assert (circle.outcome, circle.answer) == (DnsOutcome.ENDLESS, ())
        assert (chain.outcome, len(chain.answer)) == (DnsOutcome.HIT, MAX_LINKS + 1)

    def test_dname_stands_once(self, ask):
        """
        A chain that passes the same DNAME twice does not repeat it (RFC 2181 section 5).
        """
        end = ask(zone("4 DNAME 5\n1.5 CNAME 2.4.E164.ARPA.\n2.5 " + NAPTR))("1.4.e164.arpa.")

        assert lines(end.answer) == [
            "4.e164.arpa. DNAME 5.e164.arpa.",
            "1.4.e164.arpa. CNAME 1.5.e164.arpa.",
            "1.5.e164.arpa. CNAME 2.4.E164.ARPA.",
            "2.4.E164.ARPA. CNAME 2.5.e164.arpa.",
            "2.5.e164.arpa. NAPTR",
        ]


class TestReferrals:
    """RFC 1034 section 4.3.2 step 3b, RFC 9471."""

    LINES = """
4.4 NS ns.4.4
4.4 NS ns.5
4.4 NS ns.example.
4.4 NS missing.4.4
4.4 NS text
ns.4.4 A 192.0.2.1
ns.4.4 AAAA 2001:db8::1
ns.4.4 TXT hidden
ns.5 A 192.0.2.5
text TXT hello
"""

    def test_ns_and_addresses(self, ask):
        """
        Glue below the cut apart from other addresses of ours; none that is not ours.
        """
        end = ask(zone(self.LINES))("7.4.4.E164.arpa.")

        assert end.outcome is DnsOutcome.REFERRAL
        assert end.answer == ()
        (ns,) = end.authority
        assert lines([ns])[0].startswith("4.4.E164.arpa. NS ns.4.4.e164.arpa. ns.5.e164.arpa. ")
        assert lines(end.glue) == [
            "ns.4.4.e164.arpa. A 192.0.2.1",
            "ns.4.4.e164.arpa. AAAA 2001:db8::1",
        ]
        assert lines(end.extra) == ["ns.5.e164.arpa. A 192.0.2.5"]

    def test_expired_glue_is_left_out(self, ask):
        """
        From its `not_after` on an address is none.
        """
        end = ask(zone(self.LINES), not_after={"ns.4.4": 99})("4.4.e164.arpa.")

        assert end.glue == ()

    def test_ds_comes_from_the_parent_that_delegates(self, ask):
        """
        Where we publish both sides of a cut, the upper one answers DS, and only DS.
        """
        upper = zone("4.4 NS ns.example.\n4.4 DS 1 8 2 " + 64 * "0" + "\n")
        question = ask(upper, zone("", "4.4.e164.arpa."))

        assert lines(question("4.4.e164.arpa.", "DS").answer)[0].startswith("4.4.e164.arpa. DS")
        assert question("4.4.e164.arpa.", "NAPTR").outcome is DnsOutcome.NODATA

    @pytest.mark.parametrize("upper", [[], [zone("")]])
    def test_ds_comes_from_the_zone_itself_otherwise(self, ask, upper):
        """
        Without a parent of ours, or with one that does not delegate, the zone says NODATA.
        """
        end = ask(*upper, zone("", "4.4.e164.arpa."))("4.4.e164.arpa.", "DS")

        assert end.outcome is DnsOutcome.NODATA
        assert lines(end.authority)[0].startswith("4.4.e164.arpa. SOA")
