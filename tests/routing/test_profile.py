"""What is known of a number."""

import dns.name
import pytest

from enumd.core.apex import Apex, parse_name
from enumd.core.ddds import Failed, NoData, NxDomain, RecordsFound, resolve_number
from enumd.core.endpoint import Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.naptr import Naptr
from enumd.core.number import Number
from enumd.errors import RecordError
from enumd.routing.profile import Profile, Route, Status

NUMBER = Number("441632960017")
SIP = Enumservice.parse("sip")


def resolution(result):
    """Return what the client's loop makes of one answer."""
    steps = resolve_number(NUMBER, [Apex(parse_name("e164.arpa"))])
    next(steps)
    with pytest.raises(StopIteration) as done:
        steps.send(result)
    return done.value.value


def naptr(services, regexp, order=100, preference=10):
    """Return a terminal record."""
    return Naptr(order, preference, b"u", services, regexp, dns.name.root)


def test_a_number_that_is_not_claimed_has_no_routes():
    """Routes and any other status contradict each other."""
    with pytest.raises(ValueError, match="suspended"):
        Profile(NUMBER, Status.SUSPENDED, (Route(100, 10, SIP, "sip:ada@example.net"),))


class TestPublished:
    def test_our_own_records_become_routes(self):
        """An endpoint comes back as order, preference, service and URI."""
        rdatas = [
            Endpoint.parse("sip", "sip:ada@example.net", 10).rdata(),
            Endpoint.parse("email:mailto", "mailto:ada@example.net", 20).rdata(),
            Endpoint.parse("voice:tel", "tel:+4930123", 30).rdata(),
        ]

        assert Profile(
            NUMBER,
            Status.CLAIMED,
            (
                Route(100, 10, SIP, "sip:ada@example.net"),
                Route(100, 20, Enumservice.parse("email:mailto"), "mailto:ada@example.net"),
                Route(100, 30, Enumservice.parse("voice:tel"), "tel:+4930123"),
            ),
            not_after_s=99,
        ) == Profile.published(NUMBER, rdatas, 99)

    def test_a_block_applies_its_substitution(self):
        """The digits of the number stand where the record says so."""
        record = naptr(b"E2U+sip", rb"!^(.*)$!sip:\1@gw.example.net!")

        entry = Profile.published(NUMBER, [record.rdata()])

        assert tuple(r.uri for r in entry.routes) == ("sip:+441632960017@gw.example.net",)

    def test_a_record_for_another_number_gives_no_route(self):
        """What does not match the number leads nowhere."""
        record = naptr(b"E2U+sip", rb"!^\+1(.*)$!sip:\1@gw.example.net!")

        assert Profile.published(NUMBER, [record.rdata()]).routes == ()

    @pytest.mark.parametrize("regexp", [b"!^.*$!tel:+441632960017!", rb"!^(.*)$!tel:\1!"])
    def test_a_tel_uri_back_to_the_number_says_that_enum_was_asked(self, regexp):
        """`enumdi` keeps the next element from asking again (RFC 4759 section 4.2.3)."""
        entry = Profile.published(NUMBER, [naptr(b"E2U+pstn:tel", regexp).rdata()])

        assert entry.routes[0].uri == "tel:+441632960017;enumdi"

    def test_what_could_not_be_published_is_refused(self):
        """Octets that are no NAPTR of ours raise an error of the record family."""
        with pytest.raises(RecordError):
            Profile.published(NUMBER, [b"\0"])


class TestResolved:
    def test_targets_become_routes(self):
        """What the client's loop found is what there is, `enumdi` included."""
        records = (
            naptr(b"E2U+sip", b"!^.*$!sip:ada@example.net!"),
            naptr(b"E2U+pstn:tel", b"!^.*$!tel:+441632960017!", preference=20),
        )

        entry = Profile.resolved(resolution(RecordsFound(records, 60)))

        assert Status.CLAIMED is entry.status
        assert [r.uri for r in entry.routes] == ["sip:ada@example.net", "tel:+441632960017;enumdi"]
        assert [r.preference for r in entry.routes] == [10, 20]

    @pytest.mark.parametrize(
        ("result", "status"),
        [
            (RecordsFound((naptr(b"E2U+sip", b"!^.*$!nothing!"),), 60), Status.CLAIMED),
            (NoData(60), Status.CLAIMED),
            (NxDomain(60), Status.FREE),
            (Failed("silence"), Status.UNANSWERED),
        ],
    )
    def test_an_end_without_targets_says_what_the_number_is(self, result, status):
        """No such number, a number without endpoints and a silent server are three things."""
        entry = Profile.resolved(resolution(result))

        assert (status, ()) == (entry.status, entry.routes)

    def test_a_number_of_no_tree_is_outside(self):
        """Nothing was asked, so nothing is known."""
        steps = resolve_number(NUMBER, [])
        with pytest.raises(StopIteration) as done:
            next(steps)

        assert Status.OUTSIDE is Profile.resolved(done.value.value).status
