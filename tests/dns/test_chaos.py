"""What a server tells of itself."""

import dns.name
import pytest

from enumd.core.rrset import RRType
from enumd.dns.chaos import tell
from enumd.dns.outcome import DnsOutcome


def told(name, qtype=RRType.TXT, version=b"v", identity=b"i"):
    """Return the string that is told at a name, or the outcome where none is."""
    found = tell(dns.name.from_text(name).to_wire(), qtype, version, identity)
    if found.outcome is not DnsOutcome.HIT:
        return found.outcome
    assert found.rrclass == 3
    (placed,) = found.answer
    return placed.rrset.rdatas[0]


@pytest.mark.parametrize(
    ("name", "string"),
    [
        ("version.bind.", b"\x01v"),
        ("VERSION.server.", b"\x01v"),
        ("id.server.", b"\x01i"),
        ("hostname.bind.", b"\x01i"),
    ],
)
def test_each_name_has_its_string(name, string):
    """In any case, for TXT and for ANY; nothing is told that is not configured."""
    assert told(name) == told(name, RRType.ANY) == string
    assert told(name, RRType.NAPTR) is DnsOutcome.REFUSED
    assert told(name, version=b"", identity=b"") is DnsOutcome.REFUSED


@pytest.mark.parametrize("name", [".", "bind.", "authors.bind.", "x.version.bind."])
def test_other_names_are_refused(name):
    """There is nothing else in that class."""
    assert told(name) is DnsOutcome.REFUSED
