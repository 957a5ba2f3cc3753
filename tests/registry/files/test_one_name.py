"""The rows of one name, without those of others."""

import pytest

from enumd.core.rrset import RRType
from enumd.registry.files.one_name import OneName, Rules
from enumd.registry.files.rows import ENDPOINT, NO_PREFERENCE, RECORD, REFUSED


def endpoint(line, uri, preference=NO_PREFERENCE, ttl_s=None):
    """Return the row of an endpoint."""
    return ("44", line, ENDPOINT, "sip", uri, preference, 0, ttl_s, 0)


def record(line, rrtype, rdata=b"x", ttl_s=60):
    """Return the row of a record."""
    return ("44", line, RECORD, "@", int(rrtype), ttl_s, rdata)


@pytest.mark.parametrize(
    ("partial", "taken", "refused"),
    [
        (False, None, [(2, "uri-invalid"), (1, "number-incomplete")]),
        (True, ((10, "sip", "sip:a@b"),), [(2, "uri-invalid")]),
    ],
)
def test_a_fault_keeps_the_number_out_unless_parts_are_taken(partial, taken, refused):
    """A number with a refused line has no endpoints; with `partial` it has the good ones."""
    name = OneName(Rules(partial=partial))
    rows = [endpoint(1, "sip:a@b"), ("44", 2, REFUSED, "uri-invalid", "uri", "no")]

    assert name.endpoints(rows) == taken
    assert [each[:2] for each in name.refusals] == refused
    assert name.lines == ([1] if partial else [])


def test_endpoints_have_the_least_ttl():
    """An RRset has one TTL, and a note says which of several it became."""
    name = OneName(Rules())
    name.endpoints([endpoint(1, "sip:a@b", 10, 300), endpoint(2, "sip:c@d", 20, 60)])

    assert name.ttl_s == 60
    assert [each[:2] for each in name.notes] == [(1, "ttl-differs")]


def test_no_rows_are_no_number():
    """Where nothing is said of endpoints there are none, and nothing is refused."""
    name = OneName(Rules())

    assert name.endpoints([]) is None
    assert (name.lines, name.refusals, name.ttl_s) == ([], [], None)


def test_records_of_one_type_are_one_rrset():
    """Those of a type come together, in the order of their lines; a second SOA is refused."""
    name = OneName(Rules(ordered=True))
    rows = [
        record(1, RRType.TXT, b"a"),
        record(2, RRType.SOA, b"s"),
        record(3, RRType.TXT, b"b"),
        record(4, RRType.SOA, b"t"),
    ]

    found = [(rrtype, rdatas, lines) for _, rrtype, _, rdatas, lines in name.records(rows)]

    assert found == [(RRType.TXT, (b"a", b"b"), (1, 3)), (RRType.SOA, (b"s",), (2,))]
    assert [each[:2] for each in name.refusals] == [(4, "soa-repeated")]
