"""`enumd endpoint ttl`: what a person sets is what is answered, listed and written out."""

import dns.name
import dns.rdatatype
import pytest

from enumd.serve import runfile
from enumd.serve.enum.lookup import ask

NUMBER = "+441632960017"
OWNER = dns.name.from_text("7.1.0.0.6.9.2.3.6.1.enum.example.org")
WAY = "sip:ada@example.net"


@pytest.fixture
def reachable(done, directory):
    """Claim the number and give it an endpoint."""
    done("number", "claim", NUMBER, "--holder", "ada@example.net")
    done("endpoint", "add", NUMBER, WAY)


def test_a_ttl_is_set_and_taken_back(reachable, done):
    """
    It is listed with the endpoints and shown with the number; the zone's holds again afterwards.
    """
    assert done("endpoint", "list", NUMBER)[0]["ttl_s"] == 300
    assert done("endpoint", "ttl", NUMBER, "60") | {"live": None, "serial": 0} == {
        "number": NUMBER,
        "ttl_s": 60,
        "own": True,
        "zone": "enum.example.org.",
        "serial": 0,
        "live": None,
    }
    assert done("endpoint", "list", NUMBER)[0]["ttl_s"] == 60
    assert done("number", "show", NUMBER)["ttl_s"] == 60
    assert done("endpoint", "ttl", NUMBER, "zone")["ttl_s"] == 300
    assert done("number", "show", NUMBER)["ttl_s"] == 300


def test_a_person_reads_whose_it_is(reachable, seen):
    """
    The card of a number has a line for a TTL of its own.
    """
    assert "TTL       60 s for the endpoints of +44 1632 960017" in seen(
        "endpoint", "ttl", NUMBER, "60"
    )
    assert "  ttl     60 s" in seen("number", "show", NUMBER)
    assert "300 s, that of its zone," in seen("endpoint", "ttl", NUMBER, "zone")
    assert "  ttl  " not in seen("number", "show", NUMBER)


@pytest.mark.parametrize("text", ["-1", "1h", "2147483648", "zones", "\u0661"])
def test_what_is_no_ttl_is_refused(reachable, enumd, text):
    """
    Seconds that fit 31 bits, or the word.
    """
    result = enumd("endpoint", "ttl", "--", NUMBER, text)

    assert result.exit_code == 2
    assert "neither 0 to 2147483647 seconds nor: zone" in result.stderr


def test_it_is_live_once_the_server_answers_with_it(server, home, done):
    """
    The records are the same, so the TTL alone tells; what was remembered before lives as long as
    the TTL before.
    """
    done("number", "claim", NUMBER, "--holder", "ada@example.net")
    done("endpoint", "add", NUMBER, WAY)
    (address, *_) = runfile.running(home).addresses
    for text, ttl_s in (("60", 60), ("7200", 7200), ("zone", 300)):
        changed = done("endpoint", "ttl", NUMBER, text)
        assert changed["live"]["ms"] is not None
        (rrset,) = ask(address, OWNER, dns.rdatatype.NAPTR, 2).answer
        assert rrset.ttl == ttl_s
