"""History-Info in answers (RFC 7044)."""

import pytest

from enumd.sip.framing import datagram
from enumd.sip.history import NO_HISTORY, history_of
from enumd.sip.message import Request

URI = "sip:+441632960017@enum.example.net"


def history(octets, *came, uri=URI, supported=None):
    """Return the lines and the index that the answer to such a request has."""
    fields = {"History_Info": list(came)} if came else {}
    request = Request.parse(datagram(octets(uri=uri, Supported=supported, **fields)).head)
    found = history_of(request)
    prefix = "History-Info: "
    lines = found.fields.decode("latin-1").split("\r\n")[:-1]
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines], found.place.decode()


@pytest.mark.parametrize("supported", [None, "timer, 100rel", "histinfox", ["timer", "path"]])
def test_without_it_there_is_none(octets, supported):
    """Section 9.4: it MUST NOT be there when nobody spoke of it."""
    request = Request.parse(datagram(octets(Supported=supported)).head)

    assert history_of(request) is NO_HISTORY


@pytest.mark.parametrize("supported", ["histinfo", "timer,HistInfo , path", ["timer", "histinfo"]])
@pytest.mark.parametrize("uri", [URI, "tel:+441632960017"])
def test_who_asks_for_it_gets_the_request_uri(octets, supported, uri):
    """Section 9.1, on behalf of whoever sent the request; the first index is 1."""
    assert history(octets, supported=supported, uri=uri) == ([f"<{uri}>;index=1"], "1")


@pytest.mark.parametrize(
    "last",
    [
        f"<{URI}>;index=1.1;np=1",
        f'"Ada" <{URI.replace("enum", "ENUM")}?Reason=SIP%3Bcause%3D302>;index=1.1',
    ],
)
def test_what_came_is_copied_in_order(octets, last):
    """Octet for octet; the last entry is the Request-URI's."""
    first = "<sip:a@h>;index=1, <sip:j\u00fc@h>;index=1.0"

    assert history(octets, first, last) == ([first, last], "1.1")
    assert history(octets, f"{first}, {last}", supported="x")[1] == "1.1"


@pytest.mark.parametrize("uri", ["sip:a@h", "tel:+49", "sip:@@"])
def test_a_gap_is_filled(octets, uri):
    """Where the last entry is another's somebody left his out (section 10.3, rule 6)."""
    last = f"<{uri}>;index=1.1"

    assert history(octets, last) == ([last, f"<{URI}>;index=1.1.0.1"], "1.1.0.1")


@pytest.mark.parametrize(
    "last", [f"<{URI}>", f"<{URI}>;index", f"<{URI}>;index=1.x", "nonsense", "", "<sip:a@h"]
)
def test_what_cannot_be_read_is_only_copied(octets, last):
    """Nothing is built on it."""
    assert history(octets, last) == ([last], "")


def test_a_uri_that_cannot_be_written_is_left_out(octets):
    """It could end the field it would stand in."""
    assert history(octets, uri="urn:x>y", supported="histinfo") == ([], "")
