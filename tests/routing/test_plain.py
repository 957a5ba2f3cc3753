"""The hot path gives the targets of `decide`, or declines."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.naptr import Naptr
from enumd.core.number import Number
from enumd.routing.context import Context, PeerPolicy
from enumd.routing.decision import decide
from enumd.routing.plain import PlainTargets
from enumd.routing.profile import Profile

NUMBER = Number("441632960017")
DIGITS = NUMBER.digits.encode()
ANY = PeerPolicy()

URIS = [
    b"sip:ada@example.net",
    b"sip:ada@example.net;transport=tcp",
    b"sips:ada@example.net",
    b"sips:ada@example.net;transport=TLS",
    b"sip:ada@example.net;lr;Transport=tls",
    b"sip:ada@example.net;%74ransport=tls",
    b"sip:ada@example.net;Method=BYE",
    b"sip:ada@example.net;method",
    b"sip:ada@example.net?Route=%3Csip:h%3E",
    b"sip:ada@example.net?",
    b"sip:ada;method=x@example.net",
    b"SIP:ada@example.net",
    b"tel:+441632960017",
    b"tel:+4930123",
    b"tel:+49-30-123",
    b"tel:+123456789012345",
    b"tel:+1234567890123456",
    b"tel:+" + b"1" * 40,
    b"tel:+4930123;ext=7",
    b"xmpp:ada@example.net",
    b"https://example.net/a?b=1",
    b"mailto:ada@example.net",
    b"sip:<ada>@example.net",
    b"im:ada@example.net",
    b"pres:ada@example.net",
]
SERVICES = [
    b"E2U+sip",
    b"e2u+sip",
    b"E2U+voice:tel",
    b"E2U+voice:sip",
    b"E2U+pstn:tel:x",
    b"E2U+tel",
    b"E2U+sms:tel",
    b"E2U+xmpp",
    b"E2U+web:https",
    b"E2U+email:mailto",
    b"E2U+X-signal",
    b"E2U+X-sip:sip",
    b"E2U+sip+voice:sip",
    b"E2U+im",
    b"E2U+pres",
]


def record(services, uri, preference=10, order=100, flags=b"u", pattern=b"^.*$"):
    """Return a terminal record that leads to *uri*."""
    regexp = b"!%b!%b!" % (pattern, uri)
    return Naptr(order, preference, flags, services, regexp, dns.name.root).rdata()


def body(rdatas, ttl_s=300):
    """Return an answer as the index has it."""
    head = b"\xc0\x0c\x00\x23\x00\x01" + ttl_s.to_bytes(4, "big")
    rows = [head + len(rdata).to_bytes(2, "big") + rdata for rdata in rdatas]
    return len(rows).to_bytes(2, "big") + b"".join(rows)


def both(rdatas, policy=ANY, ttl_s=300):
    """Return the targets both paths give, or None where the hot one declines; hold them equal."""
    quick = PlainTargets(policy).of(body(rdatas, ttl_s), DIGITS)
    if quick is not None:
        decision = decide(Profile.published(NUMBER, rdatas), Context(0.0, policy))
        assert [(t.uri.encode(), t.q_percent) for t in decision.targets] == list(quick.items())
    return None if quick is None else list(quick.items())


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from(SERVICES),
        st.sampled_from(URIS),
        st.sampled_from([10, 10, 20, 30, 0xC00C]),
        st.sampled_from([100, 100, 100, 101, 0xC00C]),
        st.sampled_from([b"u", b"u", b"u", b"U"]),
        st.sampled_from([b"^.*$", b"^.*$", b"^.*$", b"^(.*)$"]),
    ),
    max_size=5,
)
POLICIES = st.builds(
    PeerPolicy,
    st.lists(st.sampled_from(["sip", "sips", "tel", "xmpp", "https", "im"]), unique=True).map(
        tuple
    ),
    st.sampled_from(["", "gw.example.net", "gw.example.net:5062"]),
    st.integers(1, 6),
    st.booleans(),
)


@given(RECORDS, POLICIES, st.sampled_from([0, 300, 0xC00C0023]), st.booleans())
def test_both_paths_give_the_same(rdatas, policy, ttl_s, sort):
    """Whatever is published and whatever the peer takes; in order or not."""
    both(sorted(rdatas) if sort else rdatas, policy, ttl_s)


class TestPlain:
    """What the hot path is for, it decides."""

    def test_calls_go_where_calls_go(self):
        """In order, with q one less for each later place; other services are left out."""
        rdatas = [
            record(b"E2U+sip", b"sip:ada@example.net", 10),
            record(b"E2U+voice:sip", b"sips:ada@example.net", 10),
            record(b"E2U+sip", b"sip:bob@example.net", 15),
            record(b"E2U+web:https", b"https://example.net/", 20),
            record(b"E2U+X-signal", b"https://signal.example/", 30),
            record(b"E2U+sms:tel", b"tel:+4930123", 40),
            record(b"E2U+voice:tel", b"tel:+4930123", 50),
        ]

        assert both(rdatas) == [
            (b"sip:ada@example.net", 99),
            (b"sips:ada@example.net", 99),
            (b"sip:bob@example.net", 98),
            (b"tel:+4930123", 97),
        ]

    def test_a_telephone_number_comes_last_without_a_gateway(self):
        """However much it is preferred; it shares no place with others, and those with each."""
        rdatas = [
            record(b"E2U+voice:tel", b"tel:+4930123", 10),
            record(b"E2U+pstn:tel", b"tel:+4930124", 10),
            record(b"E2U+sip", b"sip:ada@example.net", 10),
        ]
        numbers = [(b"tel:+4930123", 98), (b"tel:+4930124", 98)]

        assert both(rdatas) == [(b"sip:ada@example.net", 99), *numbers]
        known = PeerPolicy(("tel", "sip"))
        assert both(rdatas, known)[0] == (b"tel:+4930123", 99)
        assert both([rdatas[0], rdatas[0]]) is None

    @pytest.mark.parametrize("octets", [45, 48, 57, 97, 122])
    def test_the_length_of_a_uri_is_no_part_of_its_service(self, octets):
        """Though the octet that tells it may be a hyphen, a digit or a letter."""
        uri = (b"sip:ada@" + b"label." * 20)[: octets - len("!^.*$!!") - 1] + b"x"

        assert both([record(b"E2U+voice:sip", uri)]) == [(uri, 99)]

    def test_a_scheme_of_the_policy_is_kept(self):
        """Where the peer takes other schemes it gets them."""
        rdatas = [record(b"E2U+xmpp", b"xmpp:ada@example.net")]

        assert both(rdatas, PeerPolicy(("sip", "xmpp"))) == [(b"xmpp:ada@example.net", 99)]

    @pytest.mark.parametrize(
        ("services", "uri"),
        [(b"E2U+web:http", b"sip:bob@example.net"), (b"E2U+im", b"im:bob@example.net")],
    )
    def test_what_takes_no_call_is_left_out(self, services, uri):
        """A service that is none for calls, by its type or by what its URI leads to."""
        rdatas = [record(services, uri), record(b"E2U+sip", b"sip:ada@example.net")]

        assert both(rdatas, PeerPolicy(("sip", "im"))) == [(b"sip:ada@example.net", 99)]

    def test_a_parameter_that_means_nothing_here_is_kept(self):
        """A closer look is for those alone that the rules speak of."""
        uri = b"sip:ada@example.net;transport=tcp"

        assert both([record(b"E2U+sip", uri)]) == [(uri, 99)]

    def test_as_many_targets_as_the_peer_tries(self):
        """So many are plain; one more is left out by a rule."""
        rdatas = [record(b"E2U+sip", b"sip:%d@h" % n, n) for n in range(3)]

        assert len(both(rdatas, PeerPolicy(max_contacts=3))) == 3
        assert both(rdatas, PeerPolicy(max_contacts=2)) is None

    def test_more_records_than_an_octet_counts(self):
        """Two octets tell how many there are."""
        rdatas = [record(b"E2U+web:https", b"https://example.net/")] * 255
        rdatas.append(record(b"E2U+sip", b"sip:ada@example.net", 20))

        assert both(rdatas) == [(b"sip:ada@example.net", 99)]

    @pytest.mark.parametrize(
        ("number", "uri"),
        [
            (b"+4930123", b"sip:+4930123@gw.example.net;user=phone"),
            (b"+441632960017", b"sip:+441632960017;enumdi@gw.example.net;user=phone"),
        ],
    )
    def test_a_telephone_number_goes_to_the_gateway(self, number, uri):
        """With `enumdi` where it is the number that was asked for (RFC 4759 section 4.2.3)."""
        rdatas = [record(b"E2U+voice:tel", b"tel:" + number)]

        assert both(rdatas, PeerPolicy(gateway="gw.example.net")) == [(uri, 99)]


@pytest.mark.parametrize(
    "rdatas",
    [
        [],
        [record(b"E2U+web:https", b"https://example.net/")],
        [record(b"E2U+sip", b"sip:a@h", 20), record(b"E2U+sip", b"sip:b@h", 10)],
        [record(b"E2U+sip", b"sip:a@h", 10), record(b"E2U+sip", b"sip:a@h", 20)],
        [record(b"E2U+sip", b"sip:\\1@h", pattern=b"^(.*)$")],
        [record(b"E2U+voice:tel", b"tel:+4930123;ext=7")],
        [record(b"E2U+sip", b"sip:a@h"), record(b"E2U+voice:tel", b"tel:+4930123;ext=7", 20)],
        [record(b"E2U+X-call", b"xmpp:a@h")],
        [record(b"E2U+sip", b"sip:a@h?Route=x"), record(b"E2U+sip", b"sip:b@h", 20)],
        [record(b"E2U+sip", b"sips:a@h;lr;Transport=TLS")],
        [record(b"E2U+sip", b"sip:a@h;METHOD=x"), record(b"E2U+sip", b"sip:b@h", 20)],
        [record(b"E2U+sip", b"sip:;method=x@h"), record(b"E2U+sip", b"sip:b@h", 20)],
        [record(b"E2U+sip", b"sip:a@h;%6dethod=x"), record(b"E2U+sip", b"sip:b@h", 20)],
        [record(b"E2U+sip", b"sip:%d@h" % n, n) for n in range(11)],
    ],
    ids=[
        "none",
        "no-call",
        "order",
        "twice",
        "block",
        "parameter",
        "parameter-behind",
        "private",
        "headers",
        "tls",
        "method",
        "no-user",
        "escape",
        "most",
    ],
)
def test_what_takes_a_closer_look_is_declined(rdatas):
    """`decide` has to say what becomes of it."""
    policy = PeerPolicy(("sip", "xmpp", "tel"))

    assert both(rdatas, policy) is None


@pytest.mark.parametrize(("schemes", "gateway"), [(("sip",), ""), (("tel",), "gw.example.net")])
def test_a_telephone_number_nobody_can_take_is_left_out(schemes, gateway):
    """By its scheme, or by that of the gateway."""
    rdatas = [record(b"E2U+voice:tel", b"tel:+4930123")]

    assert both(rdatas, PeerPolicy(schemes, gateway)) is None


@pytest.mark.parametrize(
    "octets",
    [
        body([record(b"E2U+voice:tel", b"tel:4930123")]),
        body([record(b"E2U+p-chat", b"xmpp:ada@example.net")]),
        b"\0\2" + body([record(b"E2U+sip", b"sip:ada@example.net")])[2:],
        b"\0\0" + body([record(b"E2U+sip", b"sip:ada@example.net")])[2:],
    ],
    ids=["no-plus", "private", "one-missing", "one-too-many"],
)
def test_what_could_not_be_published_is_declined(octets):
    """No index of ours has it, and `decide` would say that it cannot be read."""
    assert PlainTargets(PeerPolicy(("sip", "tel", "xmpp"))).of(octets, DIGITS) is None


@given(st.binary(max_size=80))
def test_any_octets_are_survived(octets):
    """A torn answer is no target."""
    PlainTargets(PeerPolicy()).of(b"\0\1" + octets, DIGITS)
