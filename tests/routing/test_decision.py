"""Where calls go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.routing.context import Context, PeerPolicy, Purpose
from enumd.routing.decision import Step, Verdict, decide
from enumd.routing.profile import Profile, Route, Status

NUMBER = Number("441632960017")

SERVICES = {
    "sip": "sip:{}@example.net",
    "pstn:sip": "sip:{}@gw.example.net",
    "email:mailto": "mailto:{}@example.net",
    "voicemsg:sip": "sip:{}@voicemail.example.net",
    "web:https": "https://example.net/{}",
}
CALLS = ("sip", "pstn:sip")

ROUTES = st.lists(
    st.builds(
        lambda order, preference, service, user: Route(
            order, preference, Enumservice.parse(service), SERVICES[service].format(user)
        ),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(sorted(SERVICES)),
        st.integers(0, 30),
    ),
    max_size=15,
).map(tuple)


def claimed(*routes, **more):
    """Return the entry of a claimed number."""
    return Profile(NUMBER, Status.CLAIMED, routes, **more)


def sip(uri, order=100, preference=10):
    """Return a SIP route."""
    return Route(order, preference, Enumservice.parse("sip"), uri)


class TestStanding:
    """The verdict follows from what the number is."""

    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            (Status.CLAIMED, Verdict.UNAVAILABLE),
            (Status.SUSPENDED, Verdict.UNAVAILABLE),
            (Status.QUARANTINE, Verdict.GONE),
            (Status.FREE, Verdict.NOT_FOUND),
            (Status.INCOMPLETE, Verdict.INCOMPLETE),
            (Status.OUTSIDE, Verdict.NOT_FOUND),
            (Status.DELEGATED, Verdict.NOT_FOUND),
            (Status.UNANSWERED, Verdict.UNANSWERED),
            (Status.UNREADABLE, Verdict.BROKEN),
        ],
    )
    def test_without_routes_the_status_decides(self, status, verdict):
        """Every status has its verdict, and one step at least says why."""
        decision = decide(Profile(NUMBER, status), Context(0.0))

        assert (verdict, ()) == (decision.verdict, decision.targets)
        assert decision.steps[0].rule == "status"
        assert all(step.why for step in decision.steps)

    def test_a_quarantine_ends_to_the_second(self):
        """Gone until the second it ends in, not found from then on."""
        entry = Profile(NUMBER, Status.QUARANTINE, until_s=1000)

        assert Verdict.GONE is decide(entry, Context(999.0)).verdict
        assert Verdict.NOT_FOUND is decide(entry, Context(1000.0)).verdict

    def test_a_suspension_tells_when_it_ends(self):
        """Where the end is known and still to come."""
        entry = Profile(NUMBER, Status.SUSPENDED, until_s=1000)

        assert decide(entry, Context(600.0)).retry_after_s == 400
        assert decide(entry, Context(1000.0)).retry_after_s is None

    def test_a_value_counts_as_absent_from_its_not_after_on(self):
        """It is good until that second, and gone in it."""
        entry = claimed(sip("sip:ada@h"), not_after_s=1000)

        assert Verdict.REDIRECT is decide(entry, Context(999.0)).verdict
        assert Verdict.REDIRECT is decide(entry, Context(999.5)).verdict
        assert Verdict.NOT_FOUND is decide(entry, Context(1000.0)).verdict


class TestTargets:
    def test_they_come_in_order_with_q(self):
        """Order, then preference; 0.99 and 0.01 less for each later place; equal places alike."""
        decision = decide(
            claimed(
                sip("sip:d@h", 200, 5),
                sip("sip:b@h", 100, 20),
                sip("sip:a@h", 100, 10),
                sip("sip:c@h", 100, 20),
            ),
            Context(0.0),
        )

        assert [(target.uri, target.q_percent) for target in decision.targets] == [
            ("sip:a@h", 99),
            ("sip:b@h", 98),
            ("sip:c@h", 98),
            ("sip:d@h", 97),
        ]

    def test_every_rule_that_took_part_says_why(self):
        """What was left out, what became something else, and why."""
        decision = decide(
            claimed(
                Route(100, 10, Enumservice.parse("email:mailto"), "mailto:ada@h"),
                Route(100, 20, Enumservice.parse("voice:tel"), "tel:+44"),
            ),
            Context(0.0, PeerPolicy(gateway="gw")),
        )

        assert (
            Step("status", "", "", "the number is claimed"),
            Step("scheme", "mailto:ada@h", None, "the peer does not take mailto"),
            Step("gateway", "tel:+44", "sip:+44@gw;user=phone", "gw takes it"),
        ) == decision.steps

    def test_nothing_but_what_was_asked_for_is_not_found(self):
        """RFC 3261 section 8.3: 404 rather than the Request-URI."""
        context = Context(0.0, is_asked="sip:ada@h".__eq__)

        decision = decide(claimed(sip("sip:ada@h")), context)

        assert Verdict.NOT_FOUND is decision.verdict
        assert decision.steps[-1].rule == "targets"

    @given(ROUTES, st.integers(1, 20))
    def test_the_order_of_dns_is_the_order_of_q(self, routes, most):
        """The URIs in DNS order are the targets in q order: those that take calls, each once."""
        policy = PeerPolicy(max_contacts=most)
        decision = decide(claimed(*routes), Context(0.0, policy))
        ordered = sorted(routes, key=lambda route: (route.order, route.preference))
        wanted = [route.uri for route in ordered if str(route.service) in CALLS]

        assert list(dict.fromkeys(wanted))[:most] == [target.uri for target in decision.targets]
        ranks = [target.q_percent for target in decision.targets]
        assert sorted(ranks, reverse=True) == ranks
        assert all(0 < rank < 100 for rank in ranks)

    @given(ROUTES)
    def test_a_decision_is_the_same_each_time(self, routes):
        """Nothing but entry and context has a part in it."""
        assert decide(claimed(*routes), Context(7.0)) == decide(claimed(*routes), Context(7.0))


class TestLast:
    """What nobody said the peer takes."""

    TEL = Route(100, 10, Enumservice.parse("voice:tel"), "tel:+44")
    SIP = Route(100, 20, Enumservice.parse("sip"), "sip:ada@h")

    @pytest.mark.parametrize(
        ("policy", "uris"),
        [
            (PeerPolicy(), ["sip:ada@h", "tel:+44"]),
            (PeerPolicy(("sip", "tel")), ["tel:+44", "sip:ada@h"]),
            (PeerPolicy(gateway="gw"), ["sip:+44@gw;user=phone", "sip:ada@h"]),
            (PeerPolicy(("sip",)), ["sip:ada@h"]),
            (PeerPolicy(max_contacts=1), ["sip:ada@h"]),
        ],
        ids=["unsaid", "taken", "gateway", "not taken", "most"],
    )
    def test_a_telephone_number_comes_last(self, policy, uris):
        """Where no gateway takes it and nobody said that the peer does."""
        decision = decide(claimed(self.TEL, self.SIP), Context(0.0, policy))

        assert [(t.uri, t.q_percent) for t in decision.targets] == list(
            zip(uris, (99, 98), strict=False)
        )

    def test_a_message_goes_where_messages_go(self):
        """And so does a subscription; each scheme of its own comes last."""
        im = Route(100, 10, Enumservice.parse("im"), "im:ada@h")
        pres = Route(100, 10, Enumservice.parse("pres"), "pres:ada@h")
        entry = claimed(im, pres, self.TEL, self.SIP)

        def uris(purpose):
            return [t.uri for t in decide(entry, Context(0.0, purpose=purpose)).targets]

        assert uris(Purpose.CALL) == ["sip:ada@h", "tel:+44"]
        assert uris(Purpose.MESSAGE) == ["sip:ada@h", "im:ada@h"]
        assert uris(Purpose.PRESENCE) == ["sip:ada@h", "pres:ada@h"]


@pytest.mark.parametrize(
    ("routes", "purpose", "why"),
    [
        ((), Purpose.CALL, "it has no way to take calls"),
        ((TestLast.TEL,), Purpose.MESSAGE, "it has no way to take messages"),
        ((TestLast.SIP,), Purpose.CALL, "it has no way to take calls that this peer can use"),
    ],
)
def test_why_there_is_no_target(routes, purpose, why):
    """It is said of the number, and whether that is the peer's doing."""
    context = Context(0.0, PeerPolicy(("https",)), purpose=purpose)

    assert decide(claimed(*routes), context).steps[-1].why == why
