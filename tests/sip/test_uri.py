"""SIP, SIPS and tel URIs."""

import time
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import BadUri, BrokenRequest
from enumd.sip.uri import OtherUri, SipUri, TelUri, host_address, request_uri

USERS = st.from_regex(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-F]{2}){1,10}", fullmatch=True)
HOSTS = st.sampled_from(
    [
        "example.com",
        "EXAMPLE.com",
        "a_b.example",
        "192.0.2.1",
        "[2001:db8::1]",
        "[2001:DB8:0::1]",
        "h.",
    ]
)
PARAMETERS = st.from_regex(
    r"(?:;(?:transport|user|x|y|lr)(?:=[a-zA-Z]{1,4})?){0,3}", fullmatch=True
)
URIS = st.builds(
    lambda scheme, user, host, port, parameters: f"{scheme}:{user}{host}{port}{parameters}",
    st.sampled_from(["sip", "SIPS"]),
    st.one_of(st.just(""), USERS.map(lambda user: user + "@")),
    HOSTS,
    st.sampled_from(["", ":5060", ":5061"]),
    PARAMETERS,
)


class TestSipUri:
    """RFC 3261 section 19.1.1."""

    def test_it_has_its_parts(self):
        """Scheme, user, password, host, port, parameters, headers."""
        uri = SipUri("SIPS:alice;day=tue:pw@Example.COM:5071;Transport=tcp;lr?Subject=x&y=")

        assert (uri.scheme, uri.user, uri.password) == ("sips", "alice;day=tue", "pw")
        assert (uri.host, uri.port) == ("Example.COM", 5071)
        assert uri.parameters == {"transport": "tcp", "lr": ""}
        assert uri.headers == "Subject=x&y="
        assert uri.text == str(uri)

    def test_what_is_not_there_is_none(self):
        """A URI may be nothing but a host."""
        uri = SipUri("sip:example.com")

        assert (
            uri.user,
            uri.password,
            uri.port,
            uri.parameters,
            uri.headers,
        ) == (None, None, None, {}, None)

    @pytest.mark.parametrize(
        "text",
        [
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.@h",
            "sip:sips%3Auser%40example.com@example.net",
            "sip:null-%00-null@example.com",
            "sip:user;par=u%40example.net@example.com",
            "sip:[2001:db8::10]",
            "sip:[2001:db8::10:5070]",
            "sip:[2001:db8::10]:5070",
            "sip:u@[::ffff:192.0.2.10]",
            "sip:u@[2001:db8:::192.0.2.1]",
            "sip:u@host_with_underscore",
            "sip:u@3com",
        ],
    )
    def test_everything_the_grammar_allows_is_taken(self, text):
        """Unusual characters, escapes, IPv6 references (RFC 4475 and RFC 5118 have them)."""
        assert text == SipUri(text).text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "sip:",
            "sip:@h",
            "sip:u@",
            "sip:u@h:",
            "sip:u@h:65536",
            "sip:u@h:123456",
            "sip:2001:db8::10",
            "sip:[2001:db8::10",
            "sip:[2001:db8::g]",
            "sip:[::1]x",
            "sip:[1.2]",
            "sip:u@444.555.666.777",
            "sip:u@1.2.3",
            "sip:u v@h",
            "sip:u@h;",
            "sip:u@h;;x",
            "sip:u@h?",
            "sip:u@h?x",
            "sip:u%4@h",
            "sip:%zz@h",
            "sip:u@h%2e",
            "sip:a..b",
            "tel:+44",
            "<sip:u@h>",
            "sip:u@h\n",
            "sip:ü@h",
            "sip:u@h;x=ü",
        ],
    )
    def test_anything_else_is_refused(self, text):
        """No URI, an impossible port, digits that look like an address and are none."""
        with pytest.raises(BadUri):
            SipUri(text)

    def test_what_is_hostile_takes_no_longer(self):
        """Refusing a datagram's worth of anything takes milliseconds."""
        began = time.perf_counter()
        for part in ("%41", "a;", "a.", "1", ";a=b", "[", ":1", "a@", "&", "-"):
            for text in (
                f"sip:{part * 20_000}",
                f"sip:{part * 20_000}@h ",
                f"sip:h{part * 20_000} ",
            ):
                with pytest.raises(BadUri):
                    SipUri(text + "\0")

        assert time.perf_counter() - began < 5


class TestComparison:
    """RFC 3261 section 19.1.4 and RFC 5954 section 4.2: the examples of both."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"),
            ("sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]"),
            ("sip:bob@[0:0:0:0:0:FFFF:129.144.52.38]", "sip:bob@[::FFFF:129.144.52.38]"),
        ],
    )
    def test_equivalent_ones_are_the_same(self, one, other):
        """In both directions."""
        assert SipUri(one).same_as(SipUri(other))
        assert SipUri(other).same_as(SipUri(one))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@h", "sips:a@h"),
            ("sip:a@h", "sip:h"),
            ("sip:a@h", "sip:a:pw@h"),
            ("sip:a@h", "sip:a@h;maddr=192.0.2.1"),
            ("sip:a@h;ttl=1", "sip:a@h"),
            ("sip:%2B44@h", "sip:+44@h"),
            ("sip:a%25b@h", "sip:a%2525b@h"),
        ],
    )
    def test_others_are_not(self, one, other):
        """In both directions."""
        assert not SipUri(one).same_as(SipUri(other))
        assert not SipUri(other).same_as(SipUri(one))

    @given(URIS)
    def test_every_uri_is_the_same_as_itself(self, text):
        """And as itself with the host in capitals."""
        uri = SipUri(text)

        assert uri.same_as(uri)
        assert uri.same_as(SipUri(text.replace(uri.host, uri.host.upper())))

    @given(URIS, URIS)
    def test_it_does_not_matter_which_one_is_asked(self, one, other):
        """The relation is symmetric, although it is not transitive."""
        assert SipUri(one).same_as(SipUri(other)) == SipUri(other).same_as(SipUri(one))


class TestTelUri:
    def test_it_has_a_subscriber(self):
        """In any case of the scheme."""
        uri = TelUri("TEL:+44-1632;npdi")

        assert (
            uri.scheme,
            str(uri.subscriber),
            str(uri),
        ) == ("tel", "+441632;npdi", "TEL:+44-1632;npdi")

    @pytest.mark.parametrize("text", ["tel:", "tel:7042", "tel:+44;;", "sip:+44@h", "tel:+"])
    def test_a_local_number_needs_a_context(self, text):
        """And anything else has to be a telephone number."""
        with pytest.raises(BadUri):
            TelUri(text)


class TestRequestUri:
    def test_each_scheme_has_its_class(self):
        """Foreign ones are kept for the answer."""
        assert isinstance(request_uri("SIP:h"), SipUri)
        assert isinstance(request_uri("tel:+44"), TelUri)
        assert OtherUri("soap.beep://h:1", "soap.beep") == request_uri("soap.beep://h:1")

    @pytest.mark.parametrize(
        "text", ["sip:", "tel:zoe", "noscheme", ":x", "x:", "x:\x7f", "sip:a@h?Route=%3Csip:h%3E"]
    )
    def test_what_may_not_stand_there_is_a_400(self, text):
        """Broken URIs, no URIs, and headers in a Request-URI."""
        with pytest.raises(BrokenRequest) as caught:
            request_uri(text)

        assert caught.value.status == 400


def test_addresses_are_read_with_rfc_3261s_extra_colon():
    """RFC 5118 section 4.10: what the old grammar let through is accepted."""
    assert ip_address("2001:db8::c000:201") == host_address("[2001:db8:::192.0.2.1]")
    assert ip_address("192.0.2.1") == host_address("192.0.2.1")
    assert host_address("example.com") is None
    assert ip_address("2001:db8::1") == SipUri("sip:[2001:db8::1]").address
