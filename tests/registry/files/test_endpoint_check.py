"""Endpoints of other people's files."""

import pytest

from enumd.registry.files.endpoint_check import check_endpoint


@pytest.mark.parametrize(
    ("service", "uri", "expected"),
    [
        ("sip", "sip:a@example.net", ("sip", "sip:a@example.net")),
        ("E2U+SIP", "SIP:a@example.net", ("sip", "sip:a@example.net")),
        (" sip ", " sip:a@example.net ", ("sip", "sip:a@example.net")),
        ("", "sip:a@example.net", ("sip", "sip:a@example.net")),
        ("", "tel:+441632960017", ("voice:tel", "tel:+441632960017")),
        ("x-test", "foo:bar", ("X-test", "foo:bar")),
        ("sip", "sip:a!b@example.net", ("sip", "sip:a%21b@example.net")),
        ("web:https", "https://example.net/ä b", ("web:https", "https://example.net/%C3%A4%20b")),
    ],
)
def test_what_can_be_taken_is_taken(service, uri, expected):
    """
    Case, blanks, a missing service and characters that can be encoded are no faults.
    """
    assert check_endpoint(service, uri) == expected


@pytest.mark.parametrize(
    ("service", "uri", "code", "field"),
    [
        ("sip", "nonsense", "uri-invalid", "uri"),
        ("sip", "sip:@@", "uri-invalid", "uri"),
        ("sip", "sip:" + "a" * 260 + "@example.net", "uri-too-long", "uri"),
        ("", "urn:isbn:0451450523", "service-missing", "service"),
        ("telepathy", "sip:a@example.net", "service-unknown", "service"),
        ("P-private", "sip:a@example.net", "service-unknown", "service"),
        ("sip+web:http", "sip:a@example.net", "service-unknown", "service"),
        ("sip", "mailto:a@example.net", "uri-scheme", "uri"),
    ],
)
def test_what_cannot_be_taken_has_a_reason(service, uri, code, field):
    """
    The code says which of service and URI is wrong, the hint what is wrong with it.
    """
    found = check_endpoint(service, uri)

    assert found[:2] == (code, field)
    assert found[2]
