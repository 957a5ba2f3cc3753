"""What is published of one number, one zone."""

import dns.rdata
import dns.rdataclass
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.apex import parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import Answer, pack_digits
from enumd.index.records import pack_answer, unpack_answer
from enumd.registry.compile.answers import Renderer, owner_key, zone_head
from enumd.registry.schema import ZoneRow

ZONE = ZoneRow(
    apex="enum.example.",
    prefix="44",
    serial=7,
    ttl_s=300,
    negative_ttl_s=60,
    mname="ns.Example.",
    rname="host.example.",
    refresh_s=1,
    retry_s=2,
    expire_s=3,
)
RENDER = Renderer(ZONE, 50)
TXT = RRset(RRType.TXT, 60, (b"\x01x",))
CNAME = RRset(RRType.CNAME, 60, (b"\x01x\x00",))
NAPTR = RRset(RRType.NAPTR, 60, (b"\0\1\0\1\0\0\0\0",))
WAYS = [(10, "sip", "sip:a@example.net"), (20, "voice:tel", "tel:+44163")]


def number(state, not_after_s, ways, beside=(), ttl_s=None):
    """Return the answer of a number at the second 50."""
    return RENDER.number(("441", state, None, not_after_s, ttl_s, ways), beside)[0]


@pytest.mark.parametrize(
    ("state", "beside", "types"),
    [
        ("claimed", (), {35}),
        ("claimed", (TXT,), {35, 16}),
        ("claimed", (NAPTR, TXT), {35, 16}),
        ("claimed", (CNAME, TXT), {5}),
        ("suspended", (), set()),
        ("suspended", (TXT,), set()),
        ("held", (), None),
        ("released", (), None),
        ("released", (TXT,), {16}),
        ("", (TXT,), {16}),
        ("", (), None),
    ],
)
def test_states_and_records(state, beside, types):
    """
    A claimed number has its endpoints, a suspended one nothing, others are no names at all.
    """
    found = number(state, None, WAYS, beside)

    assert (None if found is None else {each.rrtype for each in unpack_answer(found)}) == types


def test_a_claim_without_endpoints_is_a_name():
    """
    A claimed number without endpoints owns nothing, and exists; its end is carried.
    """
    assert number("claimed", None, []) == Answer(0, b"")
    assert number("claimed", 99, []) == Answer(0, b"", 99)
    assert number("suspended", 99, WAYS) == Answer(0, b"", 99)
    assert number("claimed", 99, [], (TXT,)).not_after_s == 99


@given(st.lists(st.sampled_from(WAYS), unique=True), st.sampled_from([None, 99]))
def test_the_quick_way_agrees_with_the_wire(ways, not_after_s):
    """
    An answer made of stored text is the one made of endpoints, one RRset in their order.
    """
    rdatas = tuple(Endpoint.parse(service, uri, p).rdata() for p, service, uri in ways)
    expected = pack_answer([RRset(35, 300, rdatas)] if rdatas else [], not_after_s or 0)

    assert number("claimed", not_after_s, ways) == expected


@pytest.mark.parametrize("ttl_s", [None, 0, 60, 7200])
def test_a_number_has_its_own_ttl(ttl_s):
    """
    All NAPTRs of a number have its TTL, or that of the zone.
    """
    expected = 300 if ttl_s is None else ttl_s
    for beside in ((), (TXT,)):
        found = number("claimed", None, WAYS, beside, ttl_s)
        assert [each.ttl_s for each in unpack_answer(found) if each.rrtype == 35] == [expected]


@pytest.mark.parametrize(("ttl_s", "expected"), [(None, 60), (30, 30), (7200, 60)])
def test_an_rrset_of_both_kinds_has_the_least_ttl(ttl_s, expected):
    """
    NAPTRs that are endpoints and others at the name have one TTL (RFC 2181 section 5.2).
    """
    found = number("claimed", None, WAYS, (NAPTR,), ttl_s)
    assert [(each.rrtype, each.ttl_s) for each in unpack_answer(found)] == [(35, expected)]
    (alone,) = unpack_answer(number("claimed", None, [], (NAPTR,), 7))
    assert alone == NAPTR


def test_keys():
    """
    Numbers and owners have the keys of their labels below the apex.
    """
    assert RENDER.key("44123") == pack_digits("123") == owner_key("3.2.1")
    assert owner_key("@") == b""
    assert owner_key("*.1") == pack_digits("1*")


@pytest.mark.parametrize(
    ("state", "until_s", "not_after_s", "expected"),
    [
        ("suspended", None, None, Entry(EntryState.SUSPENDED)),
        ("suspended", 77, 99, Entry(EntryState.SUSPENDED)),
        ("suspended", 77, 50, Entry(EntryState.QUARANTINE, 77)),
        ("released", 9, None, Entry(EntryState.QUARANTINE, 9)),
        ("claimed", None, None, None),
        ("claimed", 77, 99, None),
        ("claimed", 77, 50, Entry(EntryState.QUARANTINE, 77)),
        ("held", 9, None, None),
        ("", None, None, None),
    ],
)
def test_entries_for_others(state, until_s, not_after_s, expected):
    """
    Suspension and quarantine are told, with the second the quarantine ends; a claim that has
    ended rests like a number that was released.
    """
    assert RENDER.number(("441", state, until_s, not_after_s, None, []))[1] == expected


@pytest.mark.parametrize("state", ["claimed", "suspended"])
@pytest.mark.parametrize(("not_after_s", "there"), [(51, True), (50, False), (1, False)])
def test_a_claim_that_has_ended_is_no_name(state, not_after_s, there):
    """
    From the very second of its end on it leaves only what other records stand at its name.
    """
    assert (number(state, not_after_s, WAYS) is not None) is there
    if not there:
        assert unpack_answer(number(state, not_after_s, WAYS, (TXT,))) == (TXT,)
        assert number(state, not_after_s, WAYS, (TXT,)).not_after_s == 0


def test_the_head_of_a_zone():
    """
    The SOA follows from the zone's row, carries its serial, and has the negative TTL.
    """
    head = zone_head(ZONE, (TXT,))

    assert (head.apex, head.prefix, head.serial) == (b"\x04enum\x07example\0", "44", Serial(7))
    soa, text = head.rrsets
    assert (soa.ttl_s, text) == (60, TXT)
    rdata = dns.rdata.from_wire(dns.rdataclass.IN, 6, soa.rdatas[0], 0, len(soa.rdatas[0]))
    assert rdata.to_text() == "ns.example. host.example. 7 1 2 3 60"
    assert rdata.mname == parse_name("ns.example")


@pytest.mark.parametrize(
    ("own_s", "minimum_s", "soa_s", "absence_s"),
    [(None, 60, 60, 60), (86400, 60, 86400, 60), (60, 86400, 60, 60), (0, 60, 0, 0)],
)
def test_the_soa_has_its_own_ttl(own_s, minimum_s, soa_s, absence_s):
    """
    What is not there is remembered for the lesser of its TTL and MINIMUM (RFC 2308 section 5).
    """
    columns = {each.name: getattr(ZONE, each.name) for each in ZoneRow.__table__.columns}
    zone = ZoneRow(**{**columns, "soa_ttl_s": own_s, "negative_ttl_s": minimum_s})

    (soa,) = zone_head(zone, ()).rrsets

    assert soa.ttl_s == soa_s
    assert int.from_bytes(soa.rdatas[0][-4:], "big") == minimum_s
    assert zone.absence_ttl_s == absence_s
