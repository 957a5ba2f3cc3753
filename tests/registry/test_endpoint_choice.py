"""Which endpoint is meant."""

import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import Conflict, NotFound
from enumd.registry.endpoint_choice import choose

NUMBER = Number("441632960017")
SIP = Endpoint.parse("sip", "sip:ada@sip.example.net", 10)
VOICE = Endpoint.parse("voice:tel", "tel:+491711234567", 20)
TEXT = Endpoint.parse("sms:tel", "tel:+491711234567", 30)
WEB = Endpoint.parse("web:https", "https://wa.me/441632960017", 40)
THERE = (SIP, VOICE, TEXT, WEB)


class TestChoose:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("sip:ada@sip.example.net", SIP),
            ("1", SIP),
            ("40", WEB),
            ("wa.me", WEB),
            ("VOICE", VOICE),
            ("ada@", SIP),
        ],
    )
    def test_uri_place_preference_and_part_lead_to_one(self, text, meant):
        """A person names an endpoint in whatever way is short."""
        uri = Uri(text) if text.startswith("sip:") else None

        assert choose(NUMBER, THERE, text, uri) == meant

    def test_the_service_tells_two_apart(self):
        """One URI for calls and for messages needs the Enumservice."""
        uri = VOICE.uri

        with pytest.raises(Conflict, match="20 voice:tel"):
            choose(NUMBER, THERE, str(uri), uri)
        assert choose(NUMBER, THERE, str(uri), uri, Enumservice.parse("sms:tel")) == TEXT

    def test_a_number_that_is_a_place_and_a_preference_is_no_guess(self):
        """Where 2 is the place of one and the preference of another, both are named."""
        other = Endpoint.parse("sip", "sip:b@example.net", 2)

        with pytest.raises(Conflict, match="or"):
            choose(NUMBER, (other, SIP), "2")

    @pytest.mark.parametrize(("there", "advice"), [(THERE, "It has 10 sip"), ((), "It has none")])
    def test_what_is_not_there_says_what_is(self, there, advice):
        """The advice lists the endpoints there are."""
        with pytest.raises(NotFound) as refused:
            choose(NUMBER, there, "jabber", None, None)

        assert advice in refused.value.advice
