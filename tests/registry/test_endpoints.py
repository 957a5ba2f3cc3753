"""The endpoints of a number."""

import json

import pytest
from sqlalchemy import select

from enumd.core.endpoint import Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import Conflict, NotFound, PolicyRefused, RecordError
from enumd.registry import endpoints, numbers
from enumd.registry.changes import Actor
from enumd.registry.lifecycle import Policy
from enumd.registry.schema import ChangeRow, ZoneRow

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")
SIP = Endpoint.parse("sip", "sip:ada@example.net", 10)
CALL = Endpoint.parse("voice:tel", "tel:+491711234567", 20)
TEXT = Endpoint.parse("sms:tel", "tel:+491711234567", 30)


@pytest.fixture
def change(tree):
    """Give an open transaction in which Ada has claimed her number."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        numbers.claim(opened, NUMBER, "ada@example.net")
        yield opened


def listed(change):
    """Return the endpoints as the registry has them."""
    change.session.flush()
    return endpoints.listing(change.session, NUMBER, NOW_S)


def last(change):
    """Return the last line of the log: action, and what differs before and after."""
    row = change.session.scalars(select(ChangeRow).order_by(ChangeRow.id.desc())).first()
    before, after = json.loads(row.before), json.loads(row.after)
    same = {name for name in before | after if before.get(name) == after.get(name)}
    differs = [{k: each[k] for k in each.keys() - same} for each in (before, after)]
    return row.action, *differs


class TestAdd:
    """Another way to reach somebody."""

    def test_endpoints_are_listed_by_preference(self, change):
        """
        Whatever order they come in; each is logged.
        """
        for endpoint in (CALL, SIP, TEXT):
            endpoints.add(change, NUMBER, endpoint)
        assert listed(change) == (SIP, CALL, TEXT)
        ways = [[10, "sip", "sip:ada@example.net"], [20, "voice:tel", str(CALL.uri)]]
        said = {"endpoints": [*ways, [30, "sms:tel", "tel:+491711234567"]]}
        assert last(change) == ("endpoint.add", {"endpoints": ways}, said)

    def test_only_a_claimed_number_has_endpoints(self, change):
        """
        Free and suspended numbers take none.
        """
        with pytest.raises(NotFound, match="nobody has claimed"):
            endpoints.add(change, Number("441632960018"), SIP)
        numbers.suspend(change, NUMBER, "fraud")
        with pytest.raises(Conflict, match="suspended"):
            endpoints.add(change, NUMBER, SIP)
        assert endpoints.listing(change.session, Number("441632960018"), NOW_S) == ()

    def test_the_same_endpoint_is_not_added_twice(self, change):
        """
        A URI may serve two Enumservices, but not one twice.
        """
        endpoints.add(change, NUMBER, CALL)
        endpoints.add(change, NUMBER, TEXT)
        again = Endpoint(CALL.service, CALL.uri, 40)
        with pytest.raises(Conflict, match=r"has tel:\+491711234567 at preference 20 already"):
            endpoints.add(change, NUMBER, again)

    def test_endpoints_may_be_equally_preferred(self, change):
        """
        They share the calls (RFC 3403 section 4.1), and are listed in the order they came.
        """
        equal = Endpoint(CALL.service, CALL.uri, 10)
        third = Endpoint.parse("sip", "sip:aaron@example.net", 10)
        for each in (equal, SIP, third):
            endpoints.add(change, NUMBER, each)
        assert listed(change) == (equal, SIP, third)
        assert endpoints.remove(change, NUMBER, SIP.uri) == SIP
        endpoints.add(change, NUMBER, SIP)
        assert listed(change) == (equal, third, SIP)

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
        assert len(sent) <= 11


class TestRemove:
    """One way less."""

    def test_an_endpoint_is_removed_by_its_uri(self, change):
        """
        And returned, and logged.
        """
        endpoints.add(change, NUMBER, SIP)
        assert endpoints.remove(change, NUMBER, SIP.uri) == SIP
        assert listed(change) == ()
        said = {"endpoints": [[10, "sip", "sip:ada@example.net"]]}
        assert last(change) == ("endpoint.remove", said, {})
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
        action, before, after = line = last(change)
        assert action == "endpoint.move"
        assert [10, "sip", "sip:ada@example.net"] in before["endpoints"]
        assert [30, "sip", "sip:ada@example.net"] in after["endpoints"]
        assert endpoints.move(change, NUMBER, CALL.uri, 20) == CALL
        assert last(change) == line

    def test_a_move_to_the_preference_of_another_makes_them_equal(self, change):
        """
        It comes behind those that are there.
        """
        for each in (SIP, CALL, TEXT):
            endpoints.add(change, NUMBER, each)
        endpoints.move(change, NUMBER, SIP.uri, 20)
        endpoints.move(change, NUMBER, TEXT.uri, 20, TEXT.service)
        assert [(each.preference, each.service) for each in listed(change)] == [
            (20, CALL.service),
            (20, SIP.service),
            (20, TEXT.service),
        ]

    def test_equal_ones_stay_equal_where_another_goes_first(self, change):
        """
        Where they have to make room they move together, in their order.
        """
        equal = (Endpoint(SIP.service, SIP.uri, 0), Endpoint(CALL.service, CALL.uri, 0))
        for each in (*equal, TEXT):
            endpoints.add(change, NUMBER, each)
        endpoints.move_first(change, NUMBER, TEXT.uri, TEXT.service)
        assert [(each.preference, each.service) for each in listed(change)] == [
            (0, TEXT.service),
            (10, SIP.service),
            (10, CALL.service),
        ]

    def test_a_move_out_of_bounds_is_refused(self, change):
        """
        What does not fit 16 bits, and what is not there.
        """
        endpoints.add(change, NUMBER, SIP)
        with pytest.raises(RecordError, match="65535"):
            endpoints.move(change, NUMBER, SIP.uri, 1 << 16)
        with pytest.raises(NotFound):
            endpoints.move(change, NUMBER, Uri.parse("sip:ben@example.net"), 5)


class TestTtl:
    """How long resolvers may keep what a number answers."""

    def test_a_number_has_a_ttl_of_its_own(self, change):
        """
        It is set and taken back, each with a line in the log that names the number.
        """
        assert endpoints.set_ttl(change, NUMBER, 60) == 60
        assert last(change) == ("number.ttl", {}, {"ttl_s": 60})
        assert numbers.show(change.session, NUMBER, NOW_S).ttl_s == 60
        assert numbers.show(change.session, NUMBER, NOW_S).has_own_ttl
        assert endpoints.set_ttl(change, NUMBER, 60) == 60
        assert endpoints.set_ttl(change, NUMBER, None) == 300
        assert last(change) == ("number.ttl", {"ttl_s": 60}, {})
        assert numbers.show(change.session, NUMBER, NOW_S).ttl_s == 300

    def test_nothing_changes_nothing(self, change):
        """
        A TTL that is set already makes no line in the log.
        """
        endpoints.set_ttl(change, NUMBER, 0)
        before = change.serial(change.session.get_one(ZoneRow, 1)), last(change)
        assert endpoints.set_ttl(change, NUMBER, 0) == 0
        assert before == (change.serial(change.session.get_one(ZoneRow, 1)), last(change))

    @pytest.mark.parametrize("ttl_s", [-1, 1 << 31])
    def test_it_fits_31_bits(self, change, ttl_s):
        """
        RFC 2181 section 8.
        """
        with pytest.raises(RecordError, match="0 to 2147483647 seconds"):
            endpoints.set_ttl(change, NUMBER, ttl_s)

    def test_it_goes_with_the_claim(self, change):
        """
        The next holder of a number does not inherit it; the log keeps it.
        """
        endpoints.set_ttl(change, NUMBER, 60)
        numbers.release(change, NUMBER)
        assert last(change)[1]["ttl_s"] == 60
        assert not numbers.show(change.session, NUMBER, NOW_S).has_own_ttl


@pytest.mark.parametrize(("there", "following"), [((), 10), ((10, 20), 30), ((5, 17), 20)])
def test_the_next_preference_leaves_room(there, following):
    """
    Tens, so that another fits between two.
    """
    found = tuple(Endpoint(SIP.service, SIP.uri, preference) for preference in there)
    assert endpoints.next_preference(found) == following
