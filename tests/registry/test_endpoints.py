"""The endpoints of a number."""

import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.core.serial import Serial
from enumd.core.uri import Uri
from enumd.errors import Conflict, NotFound, PolicyRefused, RecordError
from enumd.registry import changes, endpoints, numbers
from enumd.registry.lifecycle import Policy
from enumd.registry.schema import ZoneRow

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")
SIP = Endpoint.parse("sip", "sip:ada@example.net", 10)
CALL = Endpoint.parse("voice:tel", "tel:+491711234567", 20)
TEXT = Endpoint.parse("sms:tel", "tel:+491711234567", 30)


@pytest.fixture
def change(tree):
    """Give an open transaction in which Ada has claimed her number."""
    with tree.change("operator", NOW_S) as opened:
        numbers.claim(opened, NUMBER, "ada@example.net")
        yield opened


def listed(change):
    """Return the endpoints as the registry has them."""
    change.session.flush()
    return endpoints.listing(change.session, NUMBER)


def last(change):
    """Return the last line of the log: action, before, after."""
    zone = change.session.get_one(ZoneRow, 1)
    row = list(changes.since(change.session, zone, Serial(1)))[-1]
    return row.action, row.before, row.after


class TestAdd:
    """Another way to reach somebody."""

    def test_endpoints_are_listed_by_preference(self, change):
        """
        Whatever order they come in; each is logged.
        """
        for endpoint in (CALL, SIP, TEXT):
            endpoints.add(change, NUMBER, endpoint)
        assert listed(change) == (SIP, CALL, TEXT)
        assert last(change) == ("endpoint.add", None, '[30,"sms:tel","tel:+491711234567"]')

    def test_only_a_claimed_number_has_endpoints(self, change):
        """
        Free and suspended numbers take none.
        """
        with pytest.raises(NotFound, match="nobody has claimed"):
            endpoints.add(change, Number("441632960018"), SIP)
        numbers.suspend(change, NUMBER, "fraud")
        with pytest.raises(Conflict, match="suspended"):
            endpoints.add(change, NUMBER, SIP)
        assert endpoints.listing(change.session, Number("441632960018")) == ()

    def test_the_same_endpoint_is_not_added_twice(self, change):
        """
        A URI may serve two Enumservices, but not one twice.
        """
        endpoints.add(change, NUMBER, CALL)
        endpoints.add(change, NUMBER, TEXT)
        again = Endpoint(CALL.service, CALL.uri, 40)
        with pytest.raises(Conflict, match=r"has tel:\+491711234567 at preference 20 already"):
            endpoints.add(change, NUMBER, again)

    def test_a_preference_is_given_once(self, change):
        """
        Two endpoints of one preference would have no order.
        """
        endpoints.add(change, NUMBER, SIP)
        with pytest.raises(Conflict, match=r"has sip:ada@example.net at preference 10; choose"):
            endpoints.add(change, NUMBER, Endpoint(CALL.service, CALL.uri, 10))

    def test_there_is_a_limit(self, change):
        """
        As many as the policy says.
        """
        change.policy = Policy(max_endpoints=1)
        endpoints.add(change, NUMBER, SIP)
        with pytest.raises(PolicyRefused, match="1 endpoints, as many as it may"):
            endpoints.add(change, NUMBER, CALL)

    def test_an_answer_has_room_for_so_much(self, change):
        """
        What some clients could not read is refused, and the advice says what to do.
        """
        for place in range(13):
            uri = f"sip:{place:02}".ljust(240, "x") + "@b.test"
            endpoints.add(change, NUMBER, Endpoint.parse("sip", uri, 20 + place))
        one_more = Endpoint.parse("sip", "sip:y".ljust(240, "y") + "@b.test", 90)
        with pytest.raises(PolicyRefused, match=r"the 14 records of .* 3814 at most") as caught:
            endpoints.add(change, NUMBER, one_more)
        assert f"enumd endpoint list {NUMBER}" in caught.value.advice
        endpoints.add(change, NUMBER, Endpoint.parse("sip", "sip:a@b.example", 90))

    def test_an_endpoint_that_leads_back_is_refused(self, change):
        """
        A call to the apex of our own tree comes back here.
        """
        loop = Endpoint.parse("sip", "sip:+441632960017@enum.example.org", 10)
        with pytest.raises(Conflict, match="leads back to this very number"):
            endpoints.add(change, NUMBER, loop)

    def test_an_endpoint_is_a_few_statements(self, change, tree, statements):
        """
        Whatever the size of the registry.
        """
        change.session.flush()
        with statements(tree) as sent:
            endpoints.add(change, NUMBER, SIP)
            change.session.flush()
        assert len(sent) <= 8


class TestRemove:
    """One way less."""

    def test_an_endpoint_is_removed_by_its_uri(self, change):
        """
        And returned, and logged.
        """
        endpoints.add(change, NUMBER, SIP)
        assert endpoints.remove(change, NUMBER, SIP.uri) == SIP
        assert listed(change) == ()
        assert last(change) == ("endpoint.remove", '[10,"sip","sip:ada@example.net"]', None)
        with pytest.raises(NotFound, match="has no endpoint sip:ada"):
            endpoints.remove(change, NUMBER, SIP.uri)

    def test_a_uri_with_two_services_needs_the_service(self, change):
        """
        The error names both.
        """
        endpoints.add(change, NUMBER, CALL)
        endpoints.add(change, NUMBER, TEXT)
        with pytest.raises(Conflict, match="for voice:tel, sms:tel; say which"):
            endpoints.remove(change, NUMBER, CALL.uri)
        assert endpoints.remove(change, NUMBER, CALL.uri, Enumservice.parse("sms:tel")) == TEXT
        assert listed(change) == (CALL,)


class TestMove:
    """Another order."""

    def test_an_endpoint_moves(self, change):
        """
        To a preference nobody has; to its own it stays without a line in the log.
        """
        endpoints.add(change, NUMBER, SIP)
        endpoints.add(change, NUMBER, CALL)
        assert endpoints.move(change, NUMBER, SIP.uri, 30).preference == 30
        assert [each.preference for each in listed(change)] == [20, 30]
        before = '[10,"sip","sip:ada@example.net"]'
        assert last(change) == ("endpoint.move", before, before.replace("10", "30"))
        assert endpoints.move(change, NUMBER, CALL.uri, 20) == CALL
        assert last(change)[0] == "endpoint.move"
        assert before in last(change)

    def test_a_move_onto_another_is_refused(self, change):
        """
        And what does not fit 16 bits, and what is not there.
        """
        endpoints.add(change, NUMBER, SIP)
        endpoints.add(change, NUMBER, CALL)
        with pytest.raises(Conflict, match="preference 20; choose another"):
            endpoints.move(change, NUMBER, SIP.uri, 20)
        with pytest.raises(RecordError, match="65535"):
            endpoints.move(change, NUMBER, SIP.uri, 1 << 16)
        with pytest.raises(NotFound):
            endpoints.move(change, NUMBER, Uri.parse("sip:ben@example.net"), 5)


@pytest.mark.parametrize(("there", "following"), [((), 10), ((10, 20), 30), ((5, 17), 20)])
def test_the_next_preference_leaves_room(there, following):
    """
    Tens, so that another fits between two.
    """
    found = tuple(Endpoint(SIP.service, SIP.uri, preference) for preference in there)
    assert endpoints.next_preference(found) == following
