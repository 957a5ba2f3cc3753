"""One name in one zone."""

from contextlib import ExitStack

import dns.name
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enumd.core.rrset import RRType
from enumd.dns.lookup import MAX_EXPIRED, LiveZone, look_up
from enumd.dns.outcome import DnsOutcome

HEAD = """
$ORIGIN e164.arpa.
$TTL 300
@ SOA ns.example. hostmaster.example. 7 3600 600 86400 60
@ NS ns.example.
"""

NAPTR = 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:{}@example.net!" .\n'


def naptr(owner, user="a"):
    """Return the line of a number."""
    return f"{owner} {NAPTR.format(user)}"


@pytest.fixture
def ask(publish):
    """Return a function that publishes names below HEAD and asks at each of them."""
    with ExitStack() as stack:

        def ask(lines, now_s=100, head=HEAD, **options):
            reader = publish(head + lines, **options)
            snapshot = stack.enter_context(reader.snapshot())
            (view,) = snapshot.zones.values()
            zone = LiveZone(view, now_s)
            apex, _ = dns.name.from_wire(view.zone.apex, 0)

            def look(name, qtype="NAPTR"):
                labels = dns.name.from_text(name, apex).relativize(apex).labels
                return look_up(zone, labels, dns.rdatatype.from_text(qtype))

            return look

        yield ask


ZONE = HEAD.split()[1]
"""The apex."""
NOW_S = 100


def outcome_at(look, name, qtype="NAPTR"):
    """Return the outcome alone."""
    return look(name, qtype).outcome


class TestExactNames:
    """RFC 1034 section 4.3.2 step 3a."""

    def test_number_is_a_hit(self, ask):
        """
        The RRset comes back as it was published, for the name itself.
        """
        found = ask(naptr("7.1.4.4"))("7.1.4.4")

        assert found.outcome is DnsOutcome.HIT
        assert (found.rrsets[0].rrtype, found.rrsets[0].ttl_s, found.strip) == (35, 300, 0)

    def test_other_type_is_nodata(self, ask):
        """
        A name that owns something else, or a type nobody knows, is NODATA.
        """
        look = ask(naptr("7.1.4.4") + "x.4 TXT hello\n")

        assert outcome_at(look, "7.1.4.4", "TXT") is DnsOutcome.NODATA
        assert outcome_at(look, "7.1.4.4", "TYPE65280") is DnsOutcome.NODATA
        assert outcome_at(look, "x.4") is DnsOutcome.NODATA
        assert outcome_at(look, "x.4", "TXT") is DnsOutcome.HIT

    def test_name_that_owns_nothing_is_nodata(self, ask):
        """
        A suspended number exists: NODATA for every type, ANY included.
        """
        look = ask("", nothing_at=("7.1.4.4",))

        assert outcome_at(look, "7.1.4.4") is DnsOutcome.NODATA
        assert outcome_at(look, "7.1.4.4", "ANY") is DnsOutcome.NODATA

    def test_apex_owns_what_the_zone_head_says(self, ask):
        """
        SOA and NS are hits at the apex, and its NS makes no delegation.
        """
        look = ask("")

        assert outcome_at(look, "@", "SOA") is DnsOutcome.HIT
        assert outcome_at(look, "@", "NS") is DnsOutcome.HIT
        assert outcome_at(look, "@", "DS") is DnsOutcome.NODATA

    def test_a_number_that_is_the_apex_stands_beside_soa_and_ns(self, ask):
        """
        Until it ends; one without endpoints takes no record but NAPTRs from the apex.
        """
        prefixes = {ZONE: "44"}
        ends = [
            ask(naptr("@"), prefixes=prefixes, not_after={ZONE: until_s})
            for until_s in (0, NOW_S + 1, NOW_S)
        ]
        empty = ask(naptr("@"), nothing_at=("@",))

        assert [outcome_at(look, "@") for look in (*ends, empty)] == [
            DnsOutcome.HIT,
            DnsOutcome.HIT,
            DnsOutcome.NODATA,
            DnsOutcome.NODATA,
        ]
        assert [rrset.ttl_s for look in ends[:2] for rrset in look("@").rrsets] == [300, 1]
        assert all(outcome_at(look, "@", "SOA") is DnsOutcome.HIT for look in (*ends, empty))
        assert outcome_at(ends[0], "7") is DnsOutcome.NXDOMAIN

    def test_any_is_one_rrset(self, ask):
        """
        RFC 8482 section 4.1: the NAPTRs where there are some, else whatever comes first.
        """
        look = ask("7 TXT hello\n" + naptr("7") + "8 CNAME 7\n")

        assert look("7", "ANY").rrsets[0].rrtype == RRType.NAPTR
        assert look("8", "ANY").rrsets[0].rrtype == RRType.CNAME
        assert look("@", "ANY").rrsets[0].rrtype == RRType.SOA

    def test_alias_is_a_hit(self, ask):
        """
        Whoever asks for another type, or for CNAME itself, gets the CNAME.
        """
        look = ask("8 CNAME 7\n")

        assert look("8").rrsets[0].rrtype == RRType.CNAME
        assert look("8", "CNAME") == look("8")


class TestEmptyNonTerminals:
    """RFC 4592 section 2.2.2, RFC 8020."""

    @pytest.mark.parametrize("name", ["1.4.4", "4.4", "4"])
    def test_every_prefix_of_a_number_exists(self, ask, name):
        """
        A name with nothing but descendants is no NXDOMAIN, whatever is asked.
        """
        look = ask(naptr("7.1.4.4"))

        assert outcome_at(look, name) is DnsOutcome.ENT
        assert outcome_at(look, name, "A") is DnsOutcome.ENT

    @pytest.mark.parametrize("name", ["5", "5.4", "6.1.4.4", "8.1.4.4", "1.7.1.4.4", "x.4.4", "*"])
    def test_other_names_do_not(self, ask, name):
        """
        Beside, below and unlike a number there is nothing.
        """
        assert outcome_at(ask(naptr("7.1.4.4")), name) is DnsOutcome.NXDOMAIN

    def test_other_labels_make_them(self, ask):
        """
        Names that are no digits have prefixes, too, and share them with numbers.
        """
        look = ask("a.sip.1.4 TXT x\n")

        assert outcome_at(look, "sip.1.4") is DnsOutcome.ENT
        assert outcome_at(look, "1.4") is DnsOutcome.ENT
        assert outcome_at(look, "si.1.4") is DnsOutcome.NXDOMAIN
        assert outcome_at(look, "sip2.1.4") is DnsOutcome.NXDOMAIN

    def test_wildcard_makes_them(self, ask):
        """
        Above a wildcard everything exists; the wildcard does not match what exists.
        """
        look = ask(naptr("*.1.4.4"))

        assert outcome_at(look, "1.4.4") is DnsOutcome.ENT
        assert outcome_at(look, "4.4") is DnsOutcome.ENT


# RFC 4592 section 2.2.1, with addresses and domain names as there.
RFC_4592 = """
$ORIGIN example.
$TTL 3600
@ SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 60
@ NS ns.example.com.
@ NS ns.example.net.
* TXT "this is a wildcard"
* MX 10 host1.example.
sub.* TXT "this is not a wildcard"
host1 A 192.0.2.1
_ssh._tcp.host1 SRV 0 0 22 host1
_ssh._tcp.host2 SRV 0 0 22 host1
subdel NS ns.example.com.
subdel NS ns.example.net.
"""


class TestWildcards:
    """RFC 4592."""

    @pytest.mark.parametrize(
        ("name", "qtype", "outcome"),
        [
            ("host3", "MX", DnsOutcome.WILDCARD),
            ("host3", "A", DnsOutcome.NODATA),
            ("foo.bar", "TXT", DnsOutcome.WILDCARD),
            ("host1", "MX", DnsOutcome.NODATA),
            ("sub.*", "MX", DnsOutcome.NODATA),
            ("_telnet._tcp.host1", "SRV", DnsOutcome.NXDOMAIN),
            ("host.subdel", "A", DnsOutcome.REFERRAL),
            ("ghost.*", "MX", DnsOutcome.NXDOMAIN),
            ("*", "TXT", DnsOutcome.HIT),
            ("sub.*", "TXT", DnsOutcome.HIT),
            ("host2", "MX", DnsOutcome.ENT),
            ("_dns._udp.host2", "SRV", DnsOutcome.NXDOMAIN),
            ("_telnet._tcp.host3", "MX", DnsOutcome.WILDCARD),
            ("_chat._udp.host3", "MX", DnsOutcome.WILDCARD),
            ("foobar.*", "TXT", DnsOutcome.NXDOMAIN),
        ],
    )
    def test_examples_of_the_rfc(self, ask, name, qtype, outcome):
        """
        Sections 2.2.1 and 3.3.2, name by name.
        """
        assert outcome_at(ask("", head=RFC_4592), name, qtype) is outcome

    def test_block_matches_what_does_not_exist(self, ask):
        """
        Any number of labels, of digits or not, gets what stands at the `*`.
        """
        look = ask(naptr("*.1.4.4"))

        for name in ("7.1.4.4", "9.9.9.9.1.4.4", "x.1.4.4", "a.b.7.1.4.4", "*.7.1.4.4"):
            assert outcome_at(look, name) is DnsOutcome.WILDCARD
        assert outcome_at(look, "7.1.4.4", "A") is DnsOutcome.NODATA
        assert outcome_at(look, "*.1.4.4") is DnsOutcome.HIT

    def test_exact_number_makes_a_hole(self, ask):
        """
        The wildcard stops at the closest encloser: next to a claim, deeper in, is nothing.
        """
        look = ask(naptr("*.1.4.4") + naptr("8.7.1.4.4"))

        assert outcome_at(look, "8.7.1.4.4") is DnsOutcome.HIT
        assert outcome_at(look, "7.1.4.4") is DnsOutcome.ENT
        assert outcome_at(look, "9.7.1.4.4") is DnsOutcome.NXDOMAIN
        assert outcome_at(look, "1.8.7.1.4.4") is DnsOutcome.NXDOMAIN
        assert outcome_at(look, "6.1.4.4") is DnsOutcome.WILDCARD

    def test_nearest_wildcard_is_the_one(self, ask):
        """
        A wildcard hides those above it, even where it does not own the type.
        """
        look = ask(naptr("*.4", "far") + naptr("*.4.4", "near") + "*.5.4 TXT x\n")

        assert b"near" in look("1.1.4.4").rrsets[0].rdatas[0]
        assert b"far" in look("1.6.4").rrsets[0].rdatas[0]
        assert outcome_at(look, "1.5.4") is DnsOutcome.NODATA

    def test_wildcard_at_an_empty_non_terminal_hides_the_ones_above(self, ask):
        """
        `*.4` exists for the sake of `x.*.4` alone, and is a source of synthesis without data.
        """
        look = ask(naptr("*") + "x.*.4 TXT y\n")

        assert outcome_at(look, "*.4") is DnsOutcome.ENT
        assert outcome_at(look, "7.4") is DnsOutcome.NODATA
        assert outcome_at(look, "7.5") is DnsOutcome.WILDCARD

    def test_star_inside_a_name_is_a_label(self, ask):
        """
        Section 2.1.1: only the leftmost `*` is a wildcard, and it blocks itself.
        """
        look = ask(naptr("*.4") + naptr("1.*.4") + naptr("1.2.*.4"))

        assert outcome_at(look, "1.*.4") is DnsOutcome.HIT
        assert outcome_at(look, "2.*.4") is DnsOutcome.ENT
        assert outcome_at(look, "3.*.4") is DnsOutcome.NXDOMAIN
        assert outcome_at(look, "1.1.4") is DnsOutcome.WILDCARD

    def test_alias_at_a_wildcard(self, ask):
        """
        A CNAME is synthesised like anything else.
        """
        found = ask("*.4 CNAME 7\n")("1.4")

        assert (found.outcome, found.rrsets[0].rrtype) == (DnsOutcome.WILDCARD, RRType.CNAME)

    def test_ns_at_a_wildcard_delegates_nothing(self, ask):
        """
        Section 4.2 leaves it open: it is data when asked for, and no cut for what it matches.
        """
        look = ask("*.4 NS ns.example.\n")

        assert outcome_at(look, "7.4", "NS") is DnsOutcome.WILDCARD
        assert outcome_at(look, "7.4") is DnsOutcome.NODATA
        assert outcome_at(look, "*.4") is DnsOutcome.REFERRAL


class TestDelegations:
    """RFC 1034 section 4.3.2 step 3b."""

    LINES = "4.4 NS ns.4.4\n4.4 NS ns.example.\n4.4 DS 1 8 2 " + 64 * "0" + "\n"

    @pytest.mark.parametrize(("name", "strip"), [("4.4", 0), ("7.4.4", 1), ("a.b.7.4.4", 3)])
    def test_names_at_and_below_are_referred(self, ask, name, strip):
        """
        The NS RRset comes with how far above the name it stands.
        """
        found = ask(self.LINES)(name)

        assert (found.outcome, found.strip) == (DnsOutcome.REFERRAL, strip)
        assert found.rrsets[0].rrtype == RRType.NS

    def test_what_is_below_is_occluded(self, ask):
        """
        Glue, numbers, wildcards and further delegations below a cut are not ours to answer.
        """
        below = "ns.4.4 A 192.0.2.1\n*.4.4 TXT x\n4.4.4 NS ns.example.\n" + naptr("7.4.4")
        look = ask(self.LINES + below)

        assert look("ns.4.4", "A").strip == 1
        assert look("7.4.4").strip == 1
        assert look("1.4.4.4").strip == 2
        assert outcome_at(look, "8.4.4", "TXT") is DnsOutcome.REFERRAL

    def test_ds_at_the_cut_is_ours(self, ask):
        """
        RFC 4035 section 3.1.4.1: the parent has it, or has none; below, it is theirs.
        """
        look = ask(self.LINES + "5.4 NS ns.example.\n")

        assert outcome_at(look, "4.4", "DS") is DnsOutcome.HIT
        assert outcome_at(look, "5.4", "DS") is DnsOutcome.NODATA
        assert outcome_at(look, "7.4.4", "DS") is DnsOutcome.REFERRAL

    def test_beside_is_ours(self, ask):
        """
        What is above and beside a cut is answered as ever.
        """
        look = ask(self.LINES + naptr("5.4"))

        assert outcome_at(look, "5.4") is DnsOutcome.HIT
        assert outcome_at(look, "4") is DnsOutcome.ENT
        assert outcome_at(look, "6.4") is DnsOutcome.NXDOMAIN


class TestDnames:
    """RFC 6672."""

    def test_names_below_are_led_on(self, ask):
        """
        The DNAME comes with how far above the name it stands.
        """
        found = ask("4.4 DNAME uk.example.\n")("1.7.4.4")

        assert (found.outcome, found.strip) == (DnsOutcome.HIT, 2)
        assert found.rrsets[0].rrtype == RRType.DNAME

    def test_owner_is_not(self, ask):
        """
        Section 2.3: a DNAME says nothing of its own name.
        """
        look = ask("4.4 DNAME uk.example.\n" + naptr("4.4"))

        assert look("4.4").rrsets[0].rrtype == RRType.NAPTR
        assert look("4.4", "DNAME").rrsets[0].rrtype == RRType.DNAME
        assert outcome_at(look, "4.4", "A") is DnsOutcome.NODATA

    def test_apex_may_own_one(self, ask):
        """
        Everything below the apex is led on, the apex itself stays.
        """
        look = ask("@ DNAME example.\n")

        assert look("4.4").strip == 2
        assert outcome_at(look, "@", "SOA") is DnsOutcome.HIT


class TestExpiry:
    """From its `not_after` on a value is absent everywhere."""

    def test_number_is_there_until_its_not_after(self, ask):
        """
        TTLs end there, so that no cache keeps it longer; in that very second it is gone.
        """
        lines, until = naptr("7.4"), {"7.4": 1000}

        assert ask(lines, 0, not_after=until)("7.4").rrsets[0].ttl_s == 300
        assert ask(lines, 900, not_after=until)("7.4").rrsets[0].ttl_s == 100
        assert ask(lines, 999, not_after=until)("7.4").rrsets[0].ttl_s == 1
        assert ask(lines, 1000, not_after=until)("7.4").outcome is DnsOutcome.NXDOMAIN

    def test_expired_number_makes_no_empty_non_terminal(self, ask):
        """
        Its prefixes are gone with it, unless another number keeps them.
        """
        look = ask(naptr("7.1.4") + naptr("8.2.4"), not_after={"7.1.4": NOW_S})

        assert outcome_at(look, "1.4") is DnsOutcome.NXDOMAIN
        assert outcome_at(look, "4") is DnsOutcome.ENT

    def test_expired_number_makes_no_hole_in_a_block(self, ask):
        """
        The wildcard matches it, and what is beside it, again.
        """
        look = ask(naptr("*.4") + naptr("7.1.4"), not_after={"7.1.4": NOW_S})

        assert outcome_at(look, "7.1.4") is DnsOutcome.WILDCARD
        assert outcome_at(look, "8.1.4") is DnsOutcome.WILDCARD
        assert outcome_at(look, "1.4") is DnsOutcome.WILDCARD

    def test_expired_wildcard_uncovers_the_one_above(self, ask):
        """
        It synthesises nothing, and its own place no longer exists.
        """
        look = ask(naptr("*") + naptr("*.4"), not_after={"*.4": NOW_S})

        assert outcome_at(look, "7.4") is DnsOutcome.WILDCARD
        assert outcome_at(look, "4") is DnsOutcome.WILDCARD

    def test_expired_delegation_cuts_nothing(self, ask):
        """
        What it occluded is ours again.
        """
        look = ask("4 NS ns.example.\n" + naptr("7.4"), not_after={"4": NOW_S})

        assert outcome_at(look, "7.4") is DnsOutcome.HIT
        assert outcome_at(look, "4") is DnsOutcome.ENT

    def test_work_for_expired_names_is_bounded(self, ask):
        """
        As many as the bound are passed over; with one more the name is taken to exist.
        """
        names = [".".join(f"{number:03d}") for number in range(MAX_EXPIRED + 1)]
        until = {f"{name}.4": NOW_S for name in names}
        lines = [naptr(f"{name}.4") for name in names]

        most = ask("".join(lines[:-1]), not_after=until)
        more = ask("".join(lines), not_after=until)

        assert outcome_at(most, "4") is DnsOutcome.NXDOMAIN
        assert outcome_at(more, "4") is DnsOutcome.ENT
        assert outcome_at(more, "1.1.1.4") is DnsOutcome.NXDOMAIN


LABELS = st.sampled_from(("1", "2", "*", "x"))
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(tuple)
OWNED = {"NAPTR": NAPTR.format("a"), "TXT": "TXT x\n", "NS": "NS ns.example.\n"}


def by_the_book(live, name):
    """Return the outcome for NAPTR as RFC 1034 and RFC 4592 define it, over a dict of names."""
    ancestors = [name[place:] for place in range(len(name), -1, -1)]
    if any(live.get(ancestor) == "NS" for ancestor in ancestors):
        return DnsOutcome.REFERRAL
    if name in live:
        return DnsOutcome.HIT if live[name] == "NAPTR" else DnsOutcome.NODATA
    existing = {owner[place:] for owner in live for place in range(len(owner) + 1)} | {()}
    if name in existing:
        return DnsOutcome.ENT
    encloser = max(existing.intersection(ancestors), key=len)
    source = ("*", *encloser)
    if source not in existing:
        return DnsOutcome.NXDOMAIN
    return DnsOutcome.WILDCARD if live.get(source) == "NAPTR" else DnsOutcome.NODATA


class TestDefinition:
    """The look-up against the words of the RFCs."""

    @given(
        st.dictionaries(NAMES, st.tuples(st.sampled_from(tuple(OWNED)), st.booleans()), max_size=8),
        st.lists(NAMES, max_size=20),
    )
    @example({("1", "*", "2"): ("TXT", False), ("*",): ("NAPTR", False)}, [("1", "2")])
    @settings(
        max_examples=120,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_every_name_ends_as_defined(self, ask, owners, others):
        """
        Whatever is published, live or expired, at, above, beside and below all of it.
        """
        lines = "".join(f"{'.'.join(name)} {OWNED[kind]}" for name, (kind, _) in owners.items())
        until = {".".join(name): NOW_S for name, (_, expired) in owners.items() if expired}
        live = {name: kind for name, (kind, expired) in owners.items() if not expired}
        look = ask(lines, not_after=until)

        near = {name[place:] for name in owners for place in range(len(name))}
        near |= {(label, *name) for name in owners for label in ("1", "*")}
        near |= {(label, *name[1:]) for name in owners for label in ("2", "*")}
        for name in near.union(others):
            assert outcome_at(look, ".".join(name)) is by_the_book(live, name), name
