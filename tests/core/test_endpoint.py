"""Endpoints: what is stored can be published."""

import shutil
import subprocess

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.endpoint import Endpoint, rdata_of, record_octets
from enumd.core.enumservice import Enumservice
from enumd.core.limits import MAX_ENDPOINTS, MAX_RECORDS_OCTETS
from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import naptr_reasons
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadNaptr, BadUri, RecordError

NUMBER = Number("441632960017")

USERS = st.text("abcXYZ0189._~-*()&=+$,;?/", min_size=1, max_size=40)
ENDPOINTS = st.one_of(
    st.builds(
        Endpoint.parse,
        st.just("sip"),
        USERS.map(lambda user: f"sip:a{user}@example.net"),
        st.integers(0, 0xFFFF),
    ),
    st.builds(
        Endpoint.parse,
        st.sampled_from(["voice:tel", "sms:tel", "pstn:tel", "X-signal"]),
        st.text("0123456789-.()", max_size=20).map(lambda digits: f"tel:+1{digits}"),
        st.integers(0, 0xFFFF),
    ),
    st.builds(
        Endpoint.parse,
        st.sampled_from(["web:https", "X-whatsapp:https", "vcard"]),
        st.text("abc019/?:@&=+$,;%41"[:-3], max_size=60).map(
            lambda path: f"https://example.net/{path}"
        ),
        st.integers(0, 0xFFFF),
    ),
)  # fmt: skip


def naptr(services=b"E2U+sip", regexp=b"!^.*$!sip:ada@example.net!", flags=b"u", to="."):
    """Return somebody else's record."""
    return Naptr(100, 7, flags, services, regexp, dns.name.from_text(to))


class TestEndpoint:
    @given(ENDPOINTS)
    def test_octets_are_those_of_its_record(self, endpoint):
        """The fast way to RDATA and the record agree."""
        assert endpoint.rdata() == endpoint.naptr().rdata()

    @given(ENDPOINTS)
    def test_its_record_breaks_no_rule(self, endpoint):
        """Nothing speaks against publishing it, at any number."""
        assert naptr_reasons(endpoint.naptr(), str(NUMBER)) == []
        assert naptr_reasons(endpoint.naptr(), None) == []

    @given(ENDPOINTS)
    def test_its_record_reads_back(self, endpoint):
        """What was published is taken again as the same endpoint."""
        assert Endpoint.from_naptr(endpoint.naptr(), NUMBER) == endpoint

    def test_a_uri_of_248_octets_just_fits(self):
        """The longest URI fills the regexp field to its last octet."""
        uri = "sip:" + "a" * 232 + "@example.net"
        endpoint = Endpoint.parse("sip", uri, 10)

        assert len(uri) == 248
        assert len(endpoint.naptr().regexp) == 255
        assert endpoint.rdata() == endpoint.naptr().rdata()

    def test_the_longest_service_just_fits(self):
        """A services field of 255 octets can be written."""
        service = "x-" + "a" * 30 + (":" + "b" * 32) * 6 + ":" + "c" * 20
        endpoint = Endpoint.parse(service, "sip:a@h.example", 10)

        assert len(endpoint.service.services_field) == 255
        assert endpoint.rdata() == endpoint.naptr().rdata()

    @pytest.mark.parametrize(
        ("service", "uri", "preference", "error"),
        [
            ("sip", "tel:+44", 10, BadUri),
            ("sip", "sip:a@@h", 10, BadUri),
            ("tel", "tel:+44", 10, BadEnumservice),
            ("p-x", "tel:+44", 10, BadEnumservice),
            ("sip", "sip:a@h.example", -1, RecordError),
            ("sip", "sip:a@h.example", 65536, RecordError),
        ],
    )
    def test_refuses_what_could_not_be_published(self, service, uri, preference, error):
        """There is no endpoint that its service, its URI or its preference speaks against."""
        with pytest.raises(error):
            Endpoint.parse(service, uri, preference)

    def test_the_limit_is_that_of_one_datagram(self):
        """So many records of the common length and an ECDSA signature are the last that fit."""
        record_octets = 12 + len(
            Endpoint.parse("sip", "sip:+441632960017@sip.example.net", 10).rdata()
        )
        header, question, signature, opt = 12, 15 * 2 + 11 + 4, 12 + 18 + 11 + 64, 11
        rest_octets = header + question + signature + opt

        assert record_octets == 68
        assert rest_octets + MAX_ENDPOINTS * record_octets <= 1232
        assert rest_octets + (MAX_ENDPOINTS + 1) * record_octets > 1232


class TestFromNaptr:
    """Records of others in, one form out."""

    @pytest.mark.parametrize(
        ("record", "service", "uri"),
        [
            (naptr(), "sip", "sip:ada@example.net"),
            (naptr(flags=b"U", services=b"e2u+SIP"), "sip", "sip:ada@example.net"),
            (naptr(regexp=rb"/^\+44(.*)$/sip:0\1@h.example/i"), "sip", "sip:01632960017@h.example"),
            (naptr(services=b"sip+E2U"), "sip", "sip:ada@example.net"),
            (naptr(b"tel+E2U", rb"!^(.*)$!tel:\1!"), "voice:tel", "tel:+441632960017"),
            (
                naptr(b"mailto+E2U", b"!^.*$!mailto:a@h.example!"),
                "email:mailto",
                "mailto:a@h.example",
            ),
            (naptr(regexp=rb"!^.*$!sip:a\!b@h.example!"), "sip", "sip:a%21b@h.example"),
            (naptr(regexp=b"!^.*$!sip:o'b@h.example!"), "sip", "sip:o%27b@h.example"),
            (naptr(b"E2U+x-Foo:Bar"), "X-foo:bar", "sip:ada@example.net"),
            (naptr(b"E2U+frob+sip"), "sip", "sip:ada@example.net"),
        ],
    )
    def test_what_it_says_of_the_number_is_kept(self, record, service, uri):
        """Whatever form a record has, the URI it makes of the number is what is stored."""
        endpoint = Endpoint.from_naptr(record, NUMBER)

        assert endpoint == Endpoint(Enumservice.parse(service), Uri.parse(uri), 7)

    @pytest.mark.parametrize(
        ("record", "rules"),
        [
            (naptr(flags=b"", regexp=b"", services=b"", to="next.example."), ["S-07"]),
            (naptr(flags=b"s"), ["C-04"]),
            (naptr(regexp=b"!^4$!sip:a@h.example!"), ["C-18"]),
            (naptr(b"E2U+frob"), ["S-25"]),
            (naptr(b"E2U+tel", b"!^.*$!tel:+44!"), ["S-25"]),
            (naptr(b"E2U+P-x+frob"), ["C-12", "S-25"]),
            (naptr(b"E2U+voice:tel+frob"), ["C-18", "S-25"]),
        ],
    )
    def test_what_cannot_be_taken_is_refused_with_every_reason(self, record, rules):
        """All that speaks against a record is in the error."""
        with pytest.raises(BadNaptr) as caught:
            Endpoint.from_naptr(record, NUMBER)

        assert [reason.rule for reason in caught.value.reasons] == rules
        assert caught.value.text == str(record)

    def test_several_enumservices_are_several_endpoints(self):
        """A compound record gives one endpoint for each Enumservice, leftmost first."""
        record = naptr(b"E2U+voice:tel+sms:tel+sip", b"!^.*$!tel:+44!")

        endpoints = Endpoint.all_from_naptr(record, NUMBER)

        assert [str(endpoint.service) for endpoint in endpoints] == ["voice:tel", "sms:tel"]
        with pytest.raises(BadNaptr, match="M-02: several Enumservices: voice:tel, sms:tel"):
            Endpoint.from_naptr(record, NUMBER)


@pytest.mark.peer
@pytest.mark.parametrize("checker", ["named-checkzone", "nsd-checkzone"])
def test_servers_load_what_is_published(checker, tmp_path):
    """BIND and NSD load a zone of records made from endpoints, the odd ones included."""
    if shutil.which(checker) is None:
        pytest.skip(f"{checker} is not installed")
    uris = [
        "sip:ada@example.net;x=y", "sip:a%21b@example.net", "sip:+44;npdi@[2001:db8::1]:5060",
        "sip:" + "a" * 232 + "@example.net", "sip:a*(b)&=+$,;?/~@example.net",
    ]  # fmt: skip
    lines = ["$TTL 60", "@ SOA ns hostmaster 1 2 3 4 5", "@ NS ns", "ns A 192.0.2.1"]
    lines += [
        f"{place}.1 NAPTR {Endpoint.parse('sip', uri, 10).naptr()}"
        for place, uri in enumerate(uris)
    ]
    zone = tmp_path / "zone"
    zone.write_text("\n".join(lines) + "\n")

    done = subprocess.run([checker, "example.org", zone], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_records_take_of_an_answer():
    """13 endpoints of the longest URI fit what Asterisk reads, 14 do not; 7 of anything do."""
    longest = record_octets("sip", "sip:" + "x" * 244)

    assert longest == 2 + 10 + len(rdata_of(10, "sip", "sip:" + "x" * 244))
    assert 13 * longest <= MAX_RECORDS_OCTETS < 14 * longest
    assert MAX_RECORDS_OCTETS >= 7 * (12 + 4 + 2 + 256 + 256 + 1)
