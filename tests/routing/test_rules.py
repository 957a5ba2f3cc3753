"""The rules, one by one."""

import pytest

from enumd.core.enumservice import Enumservice
from enumd.core.telephone import Subscriber
from enumd.routing.context import Context, PeerPolicy, Purpose
from enumd.routing.profile import Route
from enumd.routing.rules import RULES, Ruling, scheme_of


def judge(name, uri, *, service="sip", taken=(), **context):
    """Return the ruling of one rule on one URI."""
    rule = dict(RULES)[name]
    route = Route(100, 10, Enumservice.parse(service), uri)
    return rule(uri, scheme_of(uri), route, taken, Context(0.0, **context))


def test_every_rule_has_a_name_of_its_own():
    """Names are what people see: none stands for two rules."""
    assert len(RULES) == len({rule.name for rule in RULES})


class TestUri:
    @pytest.mark.parametrize(
        "uri", ["sip:ada@example.net", "mailto:a@b", "x-y.z+1:!", "sip:a%20b@h;x?y=z"]
    )
    def test_an_absolute_uri_passes(self, uri):
        """Whatever its scheme."""
        assert judge("uri", uri) is None

    @pytest.mark.parametrize(
        "uri",
        [
            "",
            "ada",
            ":x",
            "sip:",
            "sip:a b@h",
            "sip:a@h>;x",
            "sip:<a@h",
            'sip:"a"@h',
            "sip:ä@h",
            "sip:a@h\r\nX: y",
            "sip:a@h\0",
            "1sip:a@h",
            "sip:a\x7f@h",
        ],
    )
    def test_what_could_end_a_header_field_does_not(self, uri):
        """Brackets, quotes, white space, control characters: none gets into a Contact."""
        assert judge("uri", uri).uri is None


class TestService:
    @pytest.mark.parametrize(
        ("service", "uri"),
        [
            ("sip", "sip:ada@h"),
            ("pstn:tel", "tel:+44"),
            ("voice:tel", "tel:+44"),
            ("tel", "tel:+44"),
            ("email:mailto", "mailto:ada@h"),
            ("X-matrix", "matrix:u/ada:h"),
        ],
    )
    def test_what_takes_calls_passes_and_other_schemes_are_not_its_matter(self, service, uri):
        """Calls go to sip, voice and pstn services; a mail address is the scheme's business."""
        assert judge("service", uri, service=service) is None

    @pytest.mark.parametrize("service", ["sms:tel", "fax:tel", "voicemsg:tel", "X-signal:tel"])
    def test_a_number_for_anything_but_calls_is_left_out(self, service):
        """Nobody is called at a number for text messages."""
        assert Ruling(None, f"{service} takes no calls") == judge(
            "service", "tel:+44", service=service
        )

    @pytest.mark.parametrize(
        ("purpose", "service", "uri", "passes"),
        [
            (Purpose.CALL, "im", "im:ada@h", False),
            (Purpose.CALL, "pres", "pres:ada@h", False),
            (Purpose.CALL, "sms:mailto", "mailto:ada@h", False),
            (Purpose.MESSAGE, "im", "im:ada@h", True),
            (Purpose.MESSAGE, "sip", "sip:ada@h", True),
            (Purpose.MESSAGE, "sms:tel", "tel:+44", True),
            (Purpose.MESSAGE, "voice:tel", "tel:+44", False),
            (Purpose.MESSAGE, "pres", "pres:ada@h", False),
            (Purpose.PRESENCE, "pres", "pres:ada@h", True),
            (Purpose.PRESENCE, "sip", "sips:ada@h", True),
            (Purpose.PRESENCE, "pstn:sip", "sip:ada@h", False),
            (Purpose.PRESENCE, "im", "im:ada@h", False),
        ],
    )
    def test_messages_and_subscriptions_have_their_own_places(self, purpose, service, uri, passes):
        """Only a SIP address of record is for all of them (RFC 3764)."""
        ruling = judge("service", uri, service=service, purpose=purpose)

        assert (ruling is None) == passes
        assert passes or ruling == Ruling(None, f"{service} takes no {purpose.value}")


class TestGateway:
    def test_a_sip_uri_is_not_its_matter(self):
        """Only telephone numbers need a gateway."""
        assert judge("gateway", "sip:ada@h", policy=PeerPolicy(gateway="gw")) is None

    def test_a_number_goes_to_the_gateway(self):
        """The subscriber becomes the user part (RFC 3261 section 19.1.6)."""
        ruling = judge("gateway", "tel:+44-1632;NPDI;rn=+1", policy=PeerPolicy(gateway="gw:5080"))

        assert ruling.uri == "sip:+441632;npdi;rn=+1@gw:5080;user=phone"

    def test_without_a_gateway_it_stays_a_number(self):
        """The peer gets the tel URI, canonically written."""
        assert judge("gateway", "tel:+44-1632").uri == "tel:+441632"

    def test_it_says_that_a_number_without_a_gateway_comes_last(self):
        """Unless the peer is known to take tel URIs."""
        known = PeerPolicy(("sip", "tel"))

        assert judge("gateway", "tel:+44").why.endswith("comes last")
        assert not judge("gateway", "tel:+44", policy=known).why.endswith("comes last")

    def test_what_is_no_number_is_left_out(self):
        """The reason is that of the parser."""
        assert judge("gateway", "tel:zoe").uri is None

    def test_parameters_dialled_with_the_same_number_go_along(self):
        """Nothing a caller added is lost (RFC 3966 section 5.4)."""
        dialled = Subscriber.parse("+441632;isub=7")

        assert judge("gateway", "tel:+441632", dialled=dialled).uri == "tel:+441632;isub=7"
        assert judge("gateway", "tel:+4930", dialled=dialled).uri == "tel:+4930"
        plain = Subscriber("+441632")
        assert judge("gateway", "tel:+441632", dialled=plain).uri == "tel:+441632"


class TestContact:
    """What a SIP target may not bring into a Contact."""

    @pytest.mark.parametrize(
        "uri",
        [
            "tel:+44;method=x",
            "mailto:a@h?subject=x",
            "sip:h",
            "sip:ada@h",
            "sip:ada@[2001:db8::1]:5061;transport=tcp;lr",
            "sip:a?b;method=BYE;transport=tls@h",
            "sip:ada:pass@h;methods=1;transport=tls-sctp",
            "sips:ada@h;x=transport=tls",
        ],
    )
    def test_everything_else_is_not_its_matter(self, uri):
        """Other schemes, other parameters, and a user part, whatever it looks like."""
        assert judge("contact", uri) is None

    @pytest.mark.parametrize(
        "uri",
        ["sip:ada@h?Route=%3Csip:x%3E", "sips:h;lr?Subject=x", "SIP:h?a=b", "sip:ada@h?a=b@c"],
    )
    def test_headers_leave_it_out(self, uri):
        """The caller would put them into its request (RFC 3261 section 8.1.3.4)."""
        ruling = judge("contact", uri)

        assert ruling.uri is None
        assert "headers" in ruling.why

    @pytest.mark.parametrize(
        "parameters", ["method=BYE", "lr;METHOD=x", "method", "%6Dethod=BYE", "user=phone;method="]
    )
    def test_a_method_leaves_it_out(self, parameters):
        """What the caller sends is its own choice; escaped or not, in any case."""
        ruling = judge("contact", f"sips:ada@h:5061;{parameters}")

        assert ruling.uri is None
        assert "method" in ruling.why

    @pytest.mark.parametrize("parameter", ["transport=tls", "Transport=TLS", "transport=%74ls"])
    def test_transport_tls_is_never_passed_on(self, parameter):
        """A sips URI means the same without it; a sip URI would go unencrypted (RFC 5630)."""
        assert judge("contact", f"sips:ada@h;lr;{parameter};x=y").uri == "sips:ada@h;lr;x=y"
        assert judge("contact", f"sips:h:5061;{parameter}").uri == "sips:h:5061"
        assert judge("contact", f"sip:ada@h:5061;{parameter}").uri is None

    def test_but_a_peer_may_want_transport_tls(self):
        """In the field TLS is written so; of a sips URI it stays away all the same."""
        policy = PeerPolicy(pass_transport_tls=True)
        ruling = judge("contact", "sip:ada@h;transport=tls", policy=policy)

        assert ruling.uri == "sip:ada@h;transport=tls"
        assert "RFC 5630" in ruling.why
        assert judge("contact", "sips:ada@h;transport=tls", policy=policy).uri == "sips:ada@h"


class TestTheRest:
    def test_the_peer_says_which_schemes_it_takes(self):
        """Others are left out, by name."""
        assert judge("scheme", "SIPS:ada@h") is None
        assert Ruling(None, "the peer does not take mailto") == judge("scheme", "mailto:ada@h")
        policy = PeerPolicy(contact_schemes=("mailto",))
        assert judge("scheme", "mailto:ada@h", policy=policy) is None

    def test_the_uri_that_was_asked_for_is_left_out(self):
        """RFC 3261 section 8.3."""
        asked = {"is_asked": "sip:ada@h".__eq__}

        assert judge("asked", "sip:ada@h", **asked).uri is None
        assert judge("asked", "sip:bob@h", **asked) is None

    def test_nothing_is_tried_twice(self):
        """The second of two equal URIs is left out."""
        assert judge("once", "sip:ada@h", taken=["sip:ada@h"]).uri is None
        assert judge("once", "sip:ada@h", taken=["sip:bob@h"]) is None

    def test_there_are_as_many_as_the_peer_tries(self):
        """What comes after the maximum is left out."""
        policy = PeerPolicy(max_contacts=2)

        assert judge("most", "sip:c@h", taken=["a", "b"], policy=policy).uri is None
        assert judge("most", "sip:c@h", taken=["a"], policy=policy) is None
