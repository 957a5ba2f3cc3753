"""The ENUM client's loop, driven by scripted answers."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.ddds import (
    MAX_CHAIN,
    MAX_REFERRALS,
    EnumOutcome,
    Failed,
    NoData,
    NxDomain,
    RecordsFound,
    Skipped,
    resolve_number,
)
from enumd.core.enumservice import Enumservice
from enumd.core.naptr import Naptr
from enumd.core.number import Number

NUMBER = Number("441632960017")
E164 = Apex(parse_name("e164.arpa"))
PRIVATE = Apex(parse_name("uk.example"), "44")
OWNER = "7.1.0.0.6.9.2.3.6.1.4.4.e164.arpa."
PRIVATE_OWNER = "7.1.0.0.6.9.2.3.6.1.uk.example."


def naptr(user="ada", preference=10, order=100, service="E2U+sip", flags="u", to=".", regexp=None):
    """Return a record leading to a user of example.net."""
    text = f"!^.*$!sip:{user}@example.net!" if regexp is None else regexp
    fields = (field.encode("latin-1") for field in (flags, service, text))
    return Naptr(order, preference, *fields, dns.name.from_text(to))


def to(name, preference=10, order=100):
    """Return a non-terminal record."""
    return naptr(preference=preference, order=order, service="", flags="", to=name, regexp="")


def tel(number, service="E2U+voice:tel", preference=10):
    """Return a record leading to a telephone number."""
    return naptr(preference=preference, service=service, regexp=f"!^.*$!tel:{number}!")


def found(*naptrs, ttl_s=300):
    """Return an answer with records."""
    return RecordsFound(naptrs, ttl_s)


def drive(steps, script):
    """Return what was asked, in order, and the resolution; names not in the script are missing."""
    asked = []
    try:
        lookup = next(steps)
        while True:
            asked.append(str(lookup.owner))
            lookup = steps.send(script.get(asked[-1], NxDomain(60)))
    except StopIteration as stop:
        return asked, stop.value


def resolved(script, suffixes=(E164,), services=None):
    """Return what was asked and the resolution of NUMBER."""
    return drive(resolve_number(NUMBER, suffixes, services), script)


def users(resolution):
    """Return the user parts of the targets."""
    return [target.uri.text.removeprefix("sip:").split("@")[0] for target in resolution.targets]


class TestOrder:
    """RFC 6116 section 5.2: by ORDER and PREFERENCE, and none is dropped unseen."""

    def test_order_then_preference(self):
        """Records sort by ORDER, then PREFERENCE, whatever their place in the response."""
        records = [naptr("d", 10, 101), naptr("c", 20), naptr("b", 10), naptr("a", 99, 90)]

        _, resolution = resolved({OWNER: found(*records)})

        assert users(resolution) == ["a", "b", "c", "d"]
        assert resolution.outcome is EnumOutcome.FOUND

    @given(st.permutations(["a", "b", "c", "d"]))
    def test_ties_keep_the_order_of_the_response(self, names):
        """Equal records are processed as they came, not shuffled again."""
        _, resolution = resolved({OWNER: found(*map(naptr, names))})

        assert users(resolution) == names

    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8))
    def test_targets_are_a_sorted_permutation(self, pairs):
        """Nothing is lost, nothing is added, and the sequence is that of (ORDER, PREFERENCE)."""
        records = [naptr(f"u{place}", p, o) for place, (o, p) in enumerate(pairs)]

        _, resolution = resolved({OWNER: found(*records)})

        assert [(t.order, t.preference) for t in resolution.targets] == sorted(pairs)
        assert sorted(users(resolution)) == sorted(f"u{place}" for place in range(len(pairs)))

    def test_an_unusable_record_of_better_order_hides_nothing(self):
        """A worse ORDER counts as long as nothing was accepted; unknown flags do not count."""
        records = [naptr(order=1, flags="s"), naptr(order=2, regexp="!x"), naptr("a", order=3)]

        _, resolution = resolved({OWNER: found(*records)})

        assert users(resolution) == ["a"]


class TestRecords:
    """RFC 6116 section 5.2: what Asterisk and Kamailio stumble over is one record passed over."""

    def test_one_odd_record_spoils_nothing(self):
        """Non-terminals, other flags, D2U, broken regexps and odd octets leave the others alone."""
        odd = [
            naptr(flags="x"),
            naptr(flags="s", service="SIP+D2U", regexp=""),
            naptr(regexp="!^+44!sip:a@b!"),
            naptr(regexp=r"!^.*$!sip:\0@b!"),
            naptr(regexp="!^49!sip:a@b!"),
            naptr(regexp="!^.*$!sip:\xfc@b!"),
            naptr(service="\xff\xfe"),
            naptr(service="E2U+P-x"),
            naptr(flags="", regexp="", to="."),
            naptr(regexp=""),
            to("gone.example."),
        ]
        _, resolution = resolved({OWNER: found(*odd, naptr("a"))})

        assert users(resolution) == ["a"]
        passed_over = [j for j in resolution.trace[0].judgements if j.reasons]
        assert len(passed_over) == len(odd) - 1
        assert all(judgement.uses == () for judgement in passed_over)

    def test_old_syntax_other_delimiters_and_flags(self):
        """RFC 2916 services, any delimiter and a trailing `i` are understood."""
        records = [naptr(service="sip+E2U"), naptr(regexp=r"/^\+44(.*)$/sip:\1@h.example/i")]

        _, resolution = resolved({OWNER: found(*records)})

        assert users(resolution) == ["ada", "1632960017"]

    def test_compound_services_go_left_to_right(self):
        """One record with several Enumservices gives several targets, leftmost first."""
        record = tel("+49", "E2U+sms:tel+frob+voice:tel+sip")

        _, resolution = resolved({OWNER: found(record)})

        assert [str(target.service) for target in resolution.targets] == [
            "sms:tel", "frob", "voice:tel",
        ]  # fmt: skip

    def test_only_what_is_asked_for(self):
        """Enumservices of no use are left out, and said to be; a bare type means all of it."""
        records = [naptr("a"), tel("+49", "E2U+voice:tel+sms:tel")]
        wanted = [Enumservice("voice"), Enumservice("xmpp")]

        _, resolution = resolved({OWNER: found(*records)}, services=wanted)

        assert [str(target.service) for target in resolution.targets] == ["voice:tel"]
        reasons = [r.rule for j in resolution.trace[0].judgements for r in j.reasons]
        assert reasons == ["C-10", "C-10"]

    def test_records_that_are_all_unusable(self):
        """Records without one that can be used are told apart from no records."""
        _, resolution = resolved({OWNER: found(naptr(flags="s"))})

        assert resolution.outcome is EnumOutcome.UNUSABLE
        assert resolution.targets == ()


class TestNonTerminals:
    """RFC 6116 section 5.2.1."""

    def test_take_the_place_of_what_they_lead_to(self):
        """ORDER counts within one RRset: what is referred to comes where the reference stood."""
        script = {
            OWNER: found(naptr("c", 30), to("next.example.", 20), naptr("a", 10)),
            "next.example.": found(naptr("b2", 5, 900), naptr("b1", 99, 800)),
        }

        asked, resolution = resolved(script)

        assert users(resolution) == ["a", "b1", "b2", "c"]
        assert asked == [OWNER, "next.example."]
        assert [str(step.owner) for step in resolution.trace] == asked

    @pytest.mark.parametrize(
        "result", [NxDomain(), NoData(), Failed("timed out"), found(naptr(flags="s"))]
    )
    def test_a_failure_there_ends_nothing(self, result):
        """Whatever goes wrong in a domain referred to, the next record is taken."""
        script = {OWNER: found(to("next.example.", 1), naptr("a", 2)), "next.example.": result}

        _, resolution = resolved(script)

        assert users(resolution) == ["a"]
        assert resolution.outcome is EnumOutcome.FOUND

    def test_the_aus_stays_the_same(self):
        """Rules there apply to the number, never to what a rule made (RFC 3402 section 3)."""
        record = naptr(regexp=r"!^\+44(.*)$!sip:\1@example.net!")

        _, resolution = resolved(
            {OWNER: found(to("next.example.")), "next.example.": found(record)}
        )

        assert users(resolution) == ["1632960017"]

    @pytest.mark.parametrize("name", [OWNER, OWNER.upper(), "next.example."])
    def test_a_loop_is_not_asked_again(self, name):
        """A name asked before, in any case, is skipped without a query; the rest goes on."""
        script = {
            OWNER: found(to("next.example.", 1), naptr("a", 2)),
            "next.example.": found(to(name, 1), naptr("b", 2)),
        }

        asked, resolution = resolved(script)

        assert asked == [OWNER, "next.example."]
        assert users(resolution) == ["b", "a"]
        [skipped] = [step for step in resolution.trace if isinstance(step.result, Skipped)]
        assert skipped.result.rule == "C-14"

    def test_a_chain_ends_after_five(self):
        """Five non-terminals in a row are followed, a sixth is taken for a loop."""
        script = {OWNER: found(to("n1."), naptr("z", 99))}
        for step in range(1, 9):
            script[f"n{step}."] = found(to(f"n{step + 1}."), naptr(f"u{step}", 50))

        asked, resolution = resolved(script)

        assert asked == [OWNER, *(f"n{step}." for step in range(1, MAX_CHAIN + 1))]
        assert users(resolution) == ["u5", "u4", "u3", "u2", "u1", "z"]

    def test_a_tree_of_references_is_bounded(self):
        """However wide the references spread, there are so many look-ups and no more."""
        script = {OWNER: found(*(to(f"n{wide}.") for wide in range(60)))}
        script |= {f"n{wide}.": found(to(f"m{wide}.")) for wide in range(60)}

        asked, resolution = resolved(script)

        assert len(asked) == 1 + MAX_REFERRALS
        assert resolution.outcome is EnumOutcome.UNUSABLE


class TestSuffixes:
    """Several trees, one after the other."""

    def test_the_first_tree_with_a_target_ends_it(self):
        """Trees after one that has a usable record are not asked."""
        script = {PRIVATE_OWNER: found(naptr("p")), OWNER: found(naptr("e"))}

        asked, resolution = resolved(script, (PRIVATE, E164))

        assert (asked, users(resolution)) == ([PRIVATE_OWNER], ["p"])

    @pytest.mark.parametrize(
        "result", [NxDomain(), NoData(), Failed("refused"), found(naptr(flags="s"))]
    )
    def test_else_the_next_is_asked(self, result):
        """A tree with nothing to use, for whatever reason, leaves it to the next."""
        script = {PRIVATE_OWNER: result, OWNER: found(naptr("e"))}

        asked, resolution = resolved(script, (PRIVATE, E164))

        assert asked == [PRIVATE_OWNER, OWNER]
        assert users(resolution) == ["e"]
        assert resolution.outcome is EnumOutcome.FOUND

    def test_a_tree_for_other_digits_is_not_asked(self):
        """Only trees that stand for the number's first digits are asked."""
        asked, resolution = resolved({}, (Apex(parse_name("de.example"), "49"),))

        assert asked == []
        assert resolution.outcome is EnumOutcome.OUTSIDE

    def test_a_tree_without_room_is_a_failure(self):
        """An apex too long for the owner name is no reason to stop."""
        long = Apex(dns.name.Name((b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 50, b"")))

        asked, resolution = resolved({OWNER: found(naptr("e"))}, (long, E164))

        assert asked == [OWNER]
        assert isinstance(resolution.trace[0].result, Failed)
        assert resolved({}, (long,))[1].outcome is EnumOutcome.FAILED

    @pytest.mark.parametrize(
        ("one", "other", "outcome"),
        [
            (NxDomain(), NxDomain(), EnumOutcome.NXDOMAIN),
            (NxDomain(), NoData(), EnumOutcome.NODATA),
            (NoData(), NxDomain(), EnumOutcome.NODATA),
            (found(naptr(flags="s")), NoData(), EnumOutcome.UNUSABLE),
            (Failed("x"), NoData(), EnumOutcome.FAILED),
            (NxDomain(), Failed("x"), EnumOutcome.FAILED),
        ],
    )
    def test_the_outcome_over_all(self, one, other, outcome):
        """NXDOMAIN means every tree said so: one that failed or has the number outweighs it."""
        _, resolution = resolved({PRIVATE_OWNER: one, OWNER: other}, (PRIVATE, E164))

        assert resolution.outcome is outcome


class TestTime:
    """RFC 3402 section 3.3 note 2."""

    def test_a_target_lives_as_long_as_its_way(self):
        """The least TTL on the way to a target is how long it may be used."""
        script = {
            OWNER: found(to("n1.", 1), to("n2.", 2), naptr("c", 3), ttl_s=300),
            "n1.": found(naptr("a"), ttl_s=60),
            "n2.": found(naptr("b"), ttl_s=900),
        }

        _, resolution = resolved(script)

        assert [(target.ttl_s) for target in resolution.targets] == [60, 300, 300]
        assert [str(target.owner) for target in resolution.targets] == ["n1.", "n2.", OWNER]


class TestEnumDip:
    """RFC 4759."""

    @pytest.mark.parametrize(
        ("written", "dipped"),
        [
            ("+44-1632-960017", True),
            ("+441632960017;ext=1", True),
            ("+49;enumdi", True),
            ("+49", False),
            ("7;phone-context=+44", False),
        ],
    )
    def test_a_tel_uri_that_leads_back_is_marked(self, written, dipped):
        """The same number, or one that says so itself, is passed on with `enumdi`."""
        _, resolution = resolved({OWNER: found(tel(written))})

        assert resolution.targets[0].dipped is dipped

    def test_other_schemes_are_not(self):
        """Only tel URIs carry `enumdi`."""
        _, resolution = resolved({OWNER: found(naptr("+441632960017"))})

        assert resolution.targets[0].dipped is False

    def test_what_goes_to_the_telephone_network_says_so(self):
        """After NXDOMAIN the number is forwarded with `enumdi` set."""
        _, resolution = resolved({})

        assert resolution.outcome is EnumOutcome.NXDOMAIN
        assert resolution.telephone.text == "tel:+441632960017;enumdi"
