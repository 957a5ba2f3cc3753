"""What the index says of a number, and that it is the same as DNS says."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex
from enumd.core.number import Number
from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.dns.outcome import DnsOutcome
from enumd.errors import IndexDamaged
from enumd.index.entries import Entry, EntryState
from enumd.index.view import ZoneView
from enumd.routing.context import Context
from enumd.routing.decision import decide
from enumd.routing.profile import Profile, Status
from enumd.serve.enum.profiles import read_profile

NOW_S = 1000
HEAD = """
$ORIGIN {apex}
$TTL 300
@ SOA ns.example. hostmaster.example. 7 3600 600 86400 60
@ NS ns.example.
"""
PUBLIC = HEAD.format(apex="e164.arpa.")
NAPTR = 'NAPTR 100 {} "u" "E2U+{}" "!^.*$!{}!" .\n'
SUSPENDED = Entry(EntryState.SUSPENDED)


def naptr(owner, uri="sip:ada@example.net", preference=10, service="sip"):
    """Return the line of an endpoint."""
    return f"{owner} {NAPTR.format(preference, service, uri)}"


def owner(digits):
    """Return the labels of a number below e164.arpa."""
    return ".".join(reversed(digits))


@pytest.fixture
def look(publish_text):
    """Return a function that publishes lines below e164.arpa and returns what looks there."""

    def look(lines, *more, now_s=NOW_S, **options):
        reader = publish_text(PUBLIC + lines, *more, **options)

        def entry(digits):
            with reader.snapshot() as snapshot:
                return read_profile(Number(digits), snapshot, now_s)

        return entry

    return look


class TestEverySituation:
    """What becomes of a number of each kind."""

    def test_a_claimed_number_has_its_routes(self, look):
        """The URIs as they were published, and the tree that has them."""
        entry = look(
            naptr("7.1.4.4", "sip:ada@example.net", 20)
            + naptr("7.1.4.4", "mailto:ada@example.net", 10, "email:mailto")
        )("4417")

        assert entry.status is Status.CLAIMED
        assert sorted((route.preference, route.uri) for route in entry.routes) == [
            (10, "mailto:ada@example.net"),
            (20, "sip:ada@example.net"),
        ]
        assert entry.tree == Apex.parse("e164.arpa")

    def test_one_without_endpoints_has_none(self, look):
        """It exists, and nobody can be reached."""
        assert look("", nothing_at=("7.1.4.4",))("4417") == Profile(
            Number("4417"), Status.CLAIMED, tree=Apex.parse("e164.arpa")
        )

    def test_one_with_other_records_has_none(self, look):
        """A TXT record makes a name, and no way to call it."""
        assert look("7.1.4.4 TXT hello\n")("4417").status is Status.CLAIMED

    def test_nobody_holds_what_is_not_there(self, look):
        """Never claimed, held, released and rested: DNS has no name, SIP has nothing to say."""
        look_up = look(
            naptr("7.1.4.4"),
            entries={
                "4418": Entry(EntryState.QUARANTINE, NOW_S),
                "4419": Entry(EntryState.SUSPENDED),
            },
        )

        assert look_up("44170").status is Status.FREE
        assert look_up("4418").status is Status.FREE
        assert look_up("4419").status is Status.FREE

    @pytest.mark.parametrize("until_s", [0, NOW_S + 1])
    def test_one_that_was_given_up_rests(self, look, until_s):
        """Until the second in which its quarantine ends, where that is known."""
        state = Entry(EntryState.QUARANTINE, until_s)

        entry = look(naptr("7.1.4.4"), entries={"4418": state})("4418")

        assert (entry.status, entry.until_s) == (Status.QUARANTINE, until_s)

    def test_a_suspended_one_says_so(self, look):
        """DNS sees a name without records; its entry says why."""
        entry = look("", nothing_at=("8.1.4.4",), entries={"4418": SUSPENDED})("4418")

        assert entry.status is Status.SUSPENDED

    def test_a_claimed_one_is_not_what_it_was(self, look):
        """A state that is left over from before does not take published routes away."""
        entries = {"4417": Entry(EntryState.QUARANTINE, NOW_S + 9)}

        assert look(naptr("7.1.4.4"), entries=entries)("4417").status is Status.CLAIMED
        assert look("", nothing_at=("7.1.4.4",), entries=entries)("4417").status is Status.CLAIMED

    def test_too_few_digits_are_incomplete(self, look):
        """Longer numbers begin with them (RFC 3578)."""
        assert look(naptr("7.1.4.4"))("44").status is Status.INCOMPLETE

    def test_a_delegated_block_is_somebody_elses(self, look):
        """The tree is told, so that it can be asked."""
        entry = look("1.4.4 NS ns.carrier.example.\n")("4417")

        assert (entry.status, entry.tree) == (Status.DELEGATED, Apex.parse("e164.arpa"))

    def test_an_alias_out_of_our_zones_is_somebody_elses(self, look):
        """Its target is not here to be read."""
        assert look("7.1.4.4 CNAME x.example.\n")("4417").status is Status.DELEGATED

    def test_an_alias_within_them_is_followed(self, look):
        """The routes of its target count; a target that is not there makes no number."""
        look_up = look("7.1.4.4 CNAME 8.1.4.4\n9.1.4.4 CNAME 1\n" + naptr("8.1.4.4"))

        assert [route.uri for route in look_up("4417").routes] == ["sip:ada@example.net"]
        assert look_up("4419").status is Status.FREE

    def test_a_name_that_would_be_too_long_is_unanswered(self, look):
        """A DNAME that leads nowhere says nothing of the number."""
        long = ".".join(["x" * 60] * 4)

        assert look(f"1.4.4 DNAME {long}.\n")("4417890123456").status is Status.UNANSWERED

    def test_a_block_answers_for_all_of_it(self, look):
        """A wildcard's substitution is applied to the number that was called."""
        lines = '*.1.4.4 NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@gw.example.net!" .\n'

        entry = look(lines)("44179")

        assert [route.uri for route in entry.routes] == ["sip:+44179@gw.example.net"]

    def test_without_an_index_nothing_can_be_read(self):
        """Missing is not empty."""
        assert read_profile(Number("44"), None, NOW_S).status is Status.UNREADABLE

    @pytest.mark.parametrize("error", [IndexDamaged(Path("x"), "torn"), ValueError("torn")])
    def test_a_torn_index_cannot_be_read(self, look, monkeypatch, error):
        """Nor is damage."""
        look_up = look(naptr("7.1.4.4"))

        def get(self, key):
            raise error

        monkeypatch.setattr(ZoneView, "get", get)
        assert look_up("4417").status is Status.UNREADABLE


class TestLastSeconds:
    def test_a_value_is_good_until_its_not_after(self, look):
        """And that second is told, for whoever keeps the entry."""
        until = {"7.1.4.4": NOW_S + 1}

        entry = look(naptr("7.1.4.4"), not_after=until)("4417")

        assert (entry.status, entry.not_after_s) == (Status.CLAIMED, NOW_S + 1)

    def test_from_it_on_there_is_nothing(self, look):
        """No number, and none that is only begun."""
        look_up = look(naptr("7.1.4.4"), not_after={"7.1.4.4": NOW_S})

        assert look_up("4417").status is Status.FREE
        assert look_up("441").status is Status.FREE

    def test_from_it_on_the_block_answers(self, look):
        """The second of the number itself does not end what stands for the whole block."""
        lines = naptr("7.1.4.4") + naptr("*.1.4.4", "sip:block@example.net")

        entry = look(lines, not_after={"7.1.4.4": NOW_S})("4417")

        assert [route.uri for route in entry.routes] == ["sip:block@example.net"]
        assert entry.not_after_s == 0


class TestTrees:
    """Several trees may stand for one number."""

    UK = HEAD.format(apex="uk.example.")
    PREFIXES = {"uk.example.": "44"}  # noqa: RUF012

    def test_the_one_with_most_digits_is_asked_first(self, look):
        """Its answer counts where it has one."""
        uk = self.UK + naptr("7.1", "sip:uk@example.net")

        entry = look(naptr("7.1.4.4"), uk, prefixes=self.PREFIXES)("4417")

        assert [route.uri for route in entry.routes] == ["sip:uk@example.net"]
        assert entry.tree == Apex.parse("uk.example=44")

    def test_a_number_that_is_the_apex_itself(self, look):
        """It is known as any other; where nobody has it the next tree is asked."""
        uk = self.UK + naptr("@", "sip:uk@example.net")

        entry = look("", uk, prefixes=self.PREFIXES)("44")
        empty = look("", self.UK, prefixes=self.PREFIXES, nothing_at=("@",))("44")
        other = look(naptr("4.4"), self.UK + "x TXT a\n", prefixes=self.PREFIXES)("44")

        assert [route.uri for route in entry.routes] == ["sip:uk@example.net"]
        assert entry.tree == Apex.parse("uk.example=44")
        assert (empty.status, empty.routes) == (Status.CLAIMED, ())
        assert [route.uri for route in other.routes] == ["sip:ada@example.net"]
        assert look("", self.UK, prefixes=self.PREFIXES)("44").status is Status.INCOMPLETE

    def test_one_that_is_the_apex_rests_where_no_others_stand_below(self, look):
        """Longer numbers make it a beginning of theirs, as they do of any number that rests."""
        entries = {"": Entry(EntryState.QUARANTINE, NOW_S + 9)}
        found = [
            look("", self.UK + below, prefixes=self.PREFIXES, entries=entries)("44").status
            for below in ("", naptr("7"))
        ]
        elsewhere = look("", self.UK, prefixes={"uk.example.": "441"}, entries={"44": entries[""]})

        assert found == [Status.QUARANTINE, Status.INCOMPLETE]
        assert elsewhere("44").status is Status.INCOMPLETE

    def test_the_next_one_where_it_has_no_such_name(self, look):
        """NXDOMAIN means: look elsewhere."""
        uk = self.UK + naptr("8.1", "sip:uk@example.net")

        assert look(naptr("7.1.4.4"), uk, prefixes=self.PREFIXES)("4417").routes
        nothing = look(naptr("7.1.4.4"), uk, prefixes=self.PREFIXES, nothing_at=("7.1.4.4",))
        assert nothing("4419").status is Status.FREE

    def test_not_where_it_has_a_name_without_records(self, look):
        """NODATA means: the number exists, give up."""
        uk = self.UK + "7.1 TXT hello\n"

        assert look(naptr("7.1.4.4"), uk, prefixes=self.PREFIXES)("4417").routes == ()

    def test_a_number_that_rests_anywhere_rests(self, look):
        """It is told from one that nobody ever had, whichever tree knows."""
        state = {"18": Entry(EntryState.QUARANTINE)}
        uk = self.UK + naptr("7.1")

        assert look("", uk, prefixes=self.PREFIXES, entries=state)("4418").status is (
            Status.QUARANTINE
        )
        state = {"4418": Entry(EntryState.QUARANTINE)}
        assert look("", uk, prefixes=self.PREFIXES, entries=state)("4418").status is (
            Status.QUARANTINE
        )

    def test_a_zone_below_another_answers_alone(self, look):
        """Both give the number the same name; the cut in the upper one is no delegation to ask."""
        lower = HEAD.format(apex="4.4.e164.arpa.") + naptr("7.1")

        look_up = look("4.4 NS ns.example.\n", lower, prefixes={"4.4.e164.arpa.": "44"})

        assert look_up("4417").status is Status.CLAIMED
        assert look_up("4418").status is Status.FREE

    def test_a_number_that_is_an_apex_is_looked_up_there(self, look):
        """A zone for one number alone."""
        single = HEAD.format(apex="7.1.4.4.e164.arpa.") + naptr("@")

        entry = look("7.1.4.4 NS ns.example.\n", single, prefixes={"7.1.4.4.e164.arpa.": "4417"})

        assert entry("4417").routes

    def test_outside_every_tree_nothing_is_known(self, publish_text):
        """Nor is anything free there."""
        reader = publish_text(self.UK, prefixes=self.PREFIXES)
        with reader.snapshot() as snapshot:
            found = [read_profile(Number(digits), snapshot, NOW_S) for digits in ("49", "4", "44")]

        assert [entry.status for entry in found] == [
            Status.OUTSIDE,
            Status.INCOMPLETE,
            Status.INCOMPLETE,
        ]

    def test_a_name_too_long_for_dns_is_none(self, publish_text):
        """An apex may leave no room for the digits (RFC 1035 section 3.1)."""
        apex = ".".join(["x" * 60] * 4) + "."
        reader = publish_text(HEAD.format(apex=apex))
        with reader.snapshot() as snapshot:
            entry = read_profile(Number("1234567890"), snapshot, NOW_S)

        assert entry.status is Status.OUTSIDE


DIGITS = st.text("12", min_size=1, max_size=4)
KINDS = {
    "number": naptr("{owner}", "sip:{user}@example.net"),
    "several": naptr("{owner}", "sip:{user}@example.net", 30)
    + naptr("{owner}", "mailto:{user}@example.net", 20, "email:mailto")
    + naptr("{owner}", "tel:+4930{digits}", 10, "voice:tel"),
    "block": '*.{owner} NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@b{user}.example!" .\n',
    "cut": "{owner} NS ns.carrier.example.\n",
    "alias": "{owner} CNAME 1.1\n",
    "away": "{owner} CNAME away.example.\n",
    "subtree": "{owner} DNAME 2.2\n",
    "text": "{owner} TXT hello\n",
    "below": "x.{owner} TXT hello\n",
}
ZONES = st.dictionaries(DIGITS, st.sampled_from(sorted(KINDS)), max_size=8)
FATES = st.dictionaries(
    DIGITS, st.sampled_from(["expired", "last", "nothing", "suspended", "resting"]), max_size=5
)
AUTHORITY = Authority(AuthoritySettings())
ALL = ["".join(digits) for length in range(1, 6) for digits in product("12", repeat=length)]

EXISTENCE = {
    DnsOutcome.NODATA: (Status.CLAIMED, Status.SUSPENDED),
    DnsOutcome.ENT: (Status.INCOMPLETE,),
    DnsOutcome.NXDOMAIN: (Status.FREE, Status.QUARANTINE),
    DnsOutcome.REFERRAL: (Status.DELEGATED,),
    DnsOutcome.YXDOMAIN: (Status.UNANSWERED,),
    DnsOutcome.ENDLESS: (Status.UNANSWERED,),
}


def published(zone, fates):
    """Return the text of a zone and its options, without what can never be published together."""
    cuts = [digits for digits, kind in zone.items() if kind in ("cut", "subtree")]
    lines, until, nothing, entries = "", {}, [], {}
    for digits, kind in sorted(zone.items()):
        if any(digits != cut and digits.startswith(cut) for cut in cuts):
            continue  # what stands below a cut is never published
        lines += KINDS[kind].format(owner=owner(digits), user=f"u{digits}", digits=digits)
    for digits, fate in fates.items():
        if fate in ("expired", "last"):
            until[owner(digits)] = NOW_S + (fate == "last")
        elif fate == "resting":
            entries[digits] = Entry(EntryState.QUARANTINE, NOW_S + 9)
        elif digits not in zone and not any(digits.startswith(cut) for cut in cuts):
            nothing.append(owner(digits))
            if fate == "suspended":
                entries[digits] = SUSPENDED
    return lines, {"not_after": until, "nothing_at": tuple(nothing), "entries": entries}


def told_by_dns(snapshot, digits):
    """Return the outcome of the query for a number, and the NAPTR RDATA in its answer."""
    query = dns.message.make_query(f"{owner(digits)}.e164.arpa.", "NAPTR", use_edns=0)
    reply = AUTHORITY.respond(query.to_wire(), snapshot, NOW_S, DnsTransport.TCP)
    message = dns.message.from_wire(reply.octets)
    records = [one for rrset in message.answer for one in rrset]
    rdatas = [one.to_wire() for one in records if one.rdtype == dns.rdatatype.NAPTR]
    return reply.outcome, rdatas


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ZONES, FATES)
def test_dns_and_the_entry_say_the_same(publish_text, zone, fates):
    """The same records for every number of a zone, and the same existence where there are none."""
    lines, options = published(zone, fates)
    reader = publish_text(PUBLIC + lines, **options)
    with reader.snapshot() as snapshot:
        for digits in ALL:
            number = Number(digits)
            entry = read_profile(number, snapshot, NOW_S)
            outcome, rdatas = told_by_dns(snapshot, digits)

            if rdatas:
                assert entry.status is Status.CLAIMED
                assert entry.routes == Profile.published(number, rdatas).routes
            elif outcome in EXISTENCE:
                assert entry.status in EXISTENCE[outcome], digits
                assert entry.routes == ()
            else:
                assert outcome in (DnsOutcome.HIT, DnsOutcome.WILDCARD)
                assert entry.status is Status.DELEGATED, digits


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from(
                [
                    ("sip", "sip:{}@example.net"),
                    ("pstn:sip", "sip:{}@gw.example.net"),
                    ("email:mailto", "mailto:{}@example.net"),
                    ("voicemsg:sip", "sip:{}@voicemail.example.net"),
                ]
            ),
            st.integers(0, 30),
        ),
        min_size=1,
        max_size=10,
        unique_by=lambda endpoint: endpoint[1:],
    )
)
def test_the_order_of_dns_is_the_order_of_the_contacts(publish_text, endpoints):
    """From the records of a reply to the targets: sorted by preference, those that take calls."""
    lines = "".join(
        naptr("7.1.4.4", uri.format(user), preference, service)
        for preference, (service, uri), user in endpoints
    )
    reader = publish_text(PUBLIC + lines)
    with reader.snapshot() as snapshot:
        _, rdatas = told_by_dns(snapshot, "4417")
        decision = decide(read_profile(Number("4417"), snapshot, NOW_S), Context(NOW_S))

    ordered = sorted(rdatas, key=lambda rdata: rdata[:4])
    wanted = [rdata.split(b"!")[2].decode() for rdata in ordered if b"sip" in rdata.split(b"!")[0]]
    calls = [uri for uri in wanted if "voicemail" not in uri]
    assert [target.uri for target in decision.targets] == calls[:10]
    ranks = [target.q_percent for target in decision.targets]
    assert ranks == sorted(ranks, reverse=True)
