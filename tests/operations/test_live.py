"""What is to be seen of a number once its change is live."""

from dataclasses import replace

import dns.message
import dns.name
import dns.rrset
import pytest

from enumd.core.number import Number
from enumd.core.serial import Serial
from enumd.operations import live
from enumd.operations.live import Expected
from enumd.operations.performed import PublishReport

OWNER = dns.name.from_text("7.1.0.0.6.9.2.3.6.1.enum.example.org")
NAPTR = '100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .'


def expected(serial=4, rdatas=()):
    """Return what is expected of a number."""
    return Expected(
        number=Number("441632960017"),
        zone="enum.example.org.",
        owner=OWNER,
        serial=Serial(serial),
        rdatas=frozenset(rdatas),
        remembered_s=60,
    )


def response(answer=(), serial=None):
    """Return a response with these NAPTRs, or with an SOA of that serial."""
    made = dns.message.make_response(dns.message.make_query(OWNER, "NAPTR"))
    if answer:
        made.answer.append(dns.rrset.from_text(OWNER, 300, "IN", "NAPTR", *answer))
    if serial is not None:
        soa = f"ns.example.net. hostmaster.example.net. {serial} 1 1 1 60"
        made.authority.append(dns.rrset.from_text("enum.example.org.", 60, "IN", "SOA", soa))
    return made


class TestShownBy:
    """When a response shows the change."""

    def test_exactly_the_records_are_the_answer(self):
        """Some of the records, others, or none are not yet the change."""
        wanted = expected(
            rdatas=[dns.rrset.from_text(OWNER, 300, "IN", "NAPTR", NAPTR)[0].to_wire()]
        )
        other = NAPTR.replace("ada", "bob")

        assert wanted.shown_by(response([NAPTR]))
        assert not wanted.shown_by(response([other]))
        assert not wanted.shown_by(response([NAPTR, other]))
        assert not wanted.shown_by(response(serial=4))

    def test_the_ttl_is_part_of_the_answer(self):
        """A change of the TTL alone is live when the answer comes with it."""
        rdata = dns.rrset.from_text(OWNER, 300, "IN", "NAPTR", NAPTR)[0].to_wire()
        wanted = expected(rdatas=[rdata])

        assert replace(wanted, ttls=range(300, 301)).shown_by(response([NAPTR]))
        assert replace(wanted, ttls=range(0, 301)).shown_by(response([NAPTR]))
        assert not replace(wanted, ttls=range(60, 61)).shown_by(response([NAPTR]))

    @pytest.mark.parametrize(
        ("serial", "shown"), [(3, False), (4, True), (5, True), (2**32 - 1, False), (None, False)]
    )
    def test_where_nothing_is_to_be_found_the_serial_tells(self, serial, shown):
        """A negative answer shows the change if its SOA has the serial, or a later one."""
        assert shown is expected().shown_by(response(serial=serial))


def test_a_serial_that_publishing_moved_on_is_the_one_told():
    """The zone may go forward while it is published; another zone says nothing of it."""
    moved = PublishReport("enum.example.org.", 3, 9, 1, "changes", 0.0)
    other = PublishReport("other.example.", 3, 7, 1, "changes", 0.0)

    assert live.serial_of(expected(), [other, moved]).value == 9
    assert live.serial_of(expected(), [other]).value == 4


def test_without_a_server_there_is_nobody_to_ask(home):
    """A home whose server does not run has no address."""
    assert live.running_server(home) is None
