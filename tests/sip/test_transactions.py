"""All open transactions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.sip.framing import datagram
from enumd.sip.message import Request
from enumd.sip.transaction import Event
from enumd.sip.transaction_key import invite_key
from enumd.sip.transactions import Transactions
from enumd.sip.transport import Destination, Transport

UDP = Destination("192.0.2.4", 5060, Transport.UDP, None)
TCP = Destination("192.0.2.4", 5060, Transport.TCP, None)
OLD = "SIP/2.0/UDP 192.0.2.4"


def invite(place):
    """Return an INVITE of its own; every other one is that of an RFC 2543 client."""
    branch = f";branch=z9hG4bK{place}" if place % 2 else ""
    text = (
        f"INVITE sip:+44{place}@h SIP/2.0\r\nVia: {OLD}{branch}\r\nFrom: <sip:b@h>\r\n"
        f"To: <sip:a@h>\r\nCall-ID: {place}\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    return Request.parse(datagram(text.encode()).head)


@pytest.fixture
def read(octets):
    """Return the function that builds and reads requests."""
    return lambda **changes: Request.parse(datagram(octets(**changes)).head)


def opened(transactions, request, destination=UDP, source="192.0.2.4", now_s=0.0):
    """Return a transaction that was opened for *request*."""
    return transactions.open(request, destination, source, b"ours", now_s)


class TestMatching:
    """RFC 3261 section 17.2.3."""

    def test_branch_sent_by_and_method_make_a_match(self, read):
        """Whatever the case of the branch, and whatever else differs."""
        transactions = Transactions()
        transaction = opened(transactions, read())

        assert transaction is transactions.find(read())
        via = "SIP/2.0/UDP 192.0.2.4:5060;rport;branch=Z9hG4bK-1"
        assert transaction is transactions.find(read(Via=via, Call_ID="another"))

    @pytest.mark.parametrize(
        "change",
        [
            {"Via": "SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-2"},
            {"Via": "SIP/2.0/UDP 192.0.2.4:5062;branch=z9hG4bK-1"},
            {"Via": "SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK-1"},
            {"method": "OPTIONS"},
        ],
    )
    def test_each_of_them_makes_a_difference(self, read, change):
        """Another branch, port, host or method is another transaction."""
        transactions = Transactions()
        opened(transactions, read())

        assert transactions.find(read(**change)) is None

    def test_an_ack_and_a_cancel_find_their_invite(self, read):
        """The ACK by its Via, the CANCEL by asking for INVITE."""
        transactions = Transactions()
        invite = opened(transactions, read())
        cancel = opened(transactions, read(method="CANCEL"))

        assert invite is transactions.find_invite(read(method="ACK").via)
        assert invite is transactions.find(read(method="CANCEL"), "INVITE")
        assert cancel is transactions.find(read(method="CANCEL"))

    def test_without_the_cookie_six_fields_make_a_match(self, read):
        """Request-URI, tags, Call-ID, CSeq and the topmost Via."""
        transactions = Transactions()
        invite = opened(transactions, read(Via=OLD))

        assert invite is transactions.find(read(Via=OLD))
        assert transactions.find_invite(read(Via=OLD).via) is None
        for change in (
            {"Via": OLD + ":5060"},
            {"uri": "sip:+44@h"},
            {"Call_ID": "x"},
            {"CSeq": "2 INVITE"},
            {"From": "<sip:b@h>;tag=x"},
            {"To": "<sip:a@h>;tag=x"},
        ):
            assert transactions.find(read(**{"Via": OLD, **change})) is None

    def test_an_old_ack_has_the_to_tag_of_our_response(self, read):
        """Without it, or with another one, it belongs nowhere."""
        transactions = Transactions()
        invite = opened(transactions, read(Via=OLD))

        def ack(to):
            return transactions.find_acknowledged(read(method="ACK", Via=OLD, To=to))

        assert invite is ack("<sip:a@h>;tag=ours")
        assert ack("<sip:a@h>;tag=theirs") is None
        assert ack("<sip:a@h>") is None

    def test_what_ended_is_found_no_more(self, read):
        """Neither by its branch nor by its fields; what shares its branch stays."""
        transactions = Transactions()
        for via in (OLD, "SIP/2.0/TCP h;branch=z9hG4bKx"):
            request = read(Via=via)
            invite = opened(transactions, request, TCP)
            cancel = opened(transactions, read(method="CANCEL", Via=via), UDP)
            transactions.respond(invite, 404, b"404", 0.0)
            transactions.acknowledge(invite, 0.0)

            assert transactions.find(request) is None
            assert (
                transactions.find_acknowledged(read(method="ACK", Via=via, To="<sip:a@h>;tag=ours"))
                is None
            )
            assert cancel is transactions.find(read(method="CANCEL", Via=via))
            assert (invite.response, invite.call) == (None, None)


class TestCap:
    def test_a_source_has_so_many_and_no_more(self, read):
        """Another source is not affected; what ended makes room."""
        transactions = Transactions(per_source=2)
        requests = [read(Via=f"SIP/2.0/TCP h;branch=z9hG4bK{place}") for place in range(4)]
        first = opened(transactions, requests[0], TCP)
        opened(transactions, requests[1], TCP)

        assert opened(transactions, requests[2], TCP) is None
        assert opened(transactions, requests[2], TCP, source="192.0.2.5")
        assert len(transactions) == 3
        transactions.respond(first, 404, b"404", 0.0)
        transactions.acknowledge(first, 0.0)
        assert opened(transactions, requests[3], TCP)

    def test_all_sources_together_have_so_many_and_no_more(self, read):
        """Whoever comes next is answered without."""
        transactions = Transactions(in_all=1)
        opened(transactions, read())

        assert opened(transactions, read(method="OPTIONS"), source="192.0.2.5") is None

    def test_a_source_without_any_is_forgotten(self, read):
        """Nothing stays of it."""
        transactions = Transactions()
        opened(transactions, read(method="OPTIONS"), TCP)
        transactions.respond(transactions.find(read(method="OPTIONS")), 200, b"200", 0.0)

        assert len(transactions) == 0
        assert transactions.expire(100.0) == []
        assert transactions.next_s() is None


class TestTimers:
    def test_nothing_is_due_before_its_time(self, read):
        """And nothing at all while nothing is open."""
        transactions = Transactions()
        assert transactions.next_s() is None
        transaction = opened(transactions, read())

        assert transactions.next_s() == 0.2
        assert transactions.expire(0.1) == []
        assert [(transaction, Event.TRY)] == transactions.expire(0.2)

    def test_an_answer_puts_its_timer_off(self, read):
        """What was due for the unanswered request passes without a word."""
        transactions = Transactions()
        transaction = opened(transactions, read())
        transactions.respond(transaction, 302, b"302", 0.0)

        assert transactions.expire(0.3) == []
        assert transactions.next_s() == 0.5
        assert [(transaction, Event.REPEAT)] == transactions.expire(0.5)

    def test_an_answer_brings_its_timer_forward(self, read):
        """After 100 the next look was far away; the final response needs timer G soon."""
        transactions = Transactions()
        transaction = opened(transactions, read())
        transactions.expire(0.2)
        transactions.respond(transaction, 100, b"100", 0.2)
        transactions.respond(transaction, 302, b"302", 1.0)

        assert transactions.next_s() == 1.5
        events = [event for at in range(2, 80) for _, event in transactions.expire(at / 2)]
        assert events == [Event.REPEAT] * 10 + [Event.UNACKNOWLEDGED]
        assert len(transactions) == 0

    @given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), max_size=12))
    def test_every_transaction_ends_and_leaves_nothing(self, plan):
        """Answered and acknowledged or not, early or late: in the end nothing is open."""
        transactions = Transactions()
        for place, (at_s, answered, acknowledged) in enumerate(sorted(plan)):
            transactions.expire(float(at_s))
            made = opened(transactions, invite(place), now_s=float(at_s))
            if answered:
                transactions.respond(made, 404, b"404", float(at_s))
            if acknowledged:
                transactions.acknowledge(made, float(at_s))
        while (next_s := transactions.next_s()) is not None:
            transactions.expire(next_s)

        assert len(transactions) == 0
        assert not transactions._open
        assert not transactions._acked


class TestUnreachable:
    """ICMP errors about answers (RFC 3261 section 18.4)."""

    HERE = ("192.0.2.4", 5060)

    @pytest.fixture
    def transactions(self):
        """Return transactions with one that was answered at second 0: timer G is due at .5."""
        transactions = Transactions()
        transactions.open_answered(b"1 h", UDP, "192.0.2.4", b"302", 0.0)
        return transactions

    @staticmethod
    def events(transactions):
        """Return what happens from now to the end, and when."""
        log = []
        while (at_s := transactions.next_s()) is not None:
            log += [(at_s, due.event) for due in transactions.expire(at_s)]
        return log

    def test_an_error_ends_repetitions(self, transactions):
        """Timer G has no more to say, and timer H ends it in its time."""
        transactions.unreachable(*self.HERE, 0.1)

        assert self.events(transactions) == [(0.5, Event.UNREACHABLE), (32.0, Event.UNACKNOWLEDGED)]

    def test_about_any_repetition(self, transactions):
        """The peer died meanwhile."""
        assert [due.event for due in transactions.expire(0.5)] == [Event.REPEAT]
        transactions.unreachable(*self.HERE, 0.5)

        assert self.events(transactions) == [(1.5, Event.UNREACHABLE), (32.0, Event.UNACKNOWLEDGED)]

    def test_of_all_that_went_there_and_of_nothing_else(self, transactions):
        """Another host or port goes on, and what is sent by TCP is not concerned."""
        others = [UDP._replace(port=5062), UDP._replace(host="2001:db8::1"), UDP]
        for place, destination in enumerate(others):
            transactions.open_answered(b"%d o" % place, destination, "s", b"302", 0.0)
        opened(transactions, invite(1), TCP)
        transactions.respond(transactions.find(invite(1)), 404, b"404", 0.0)
        transactions.unreachable(*self.HERE, 0.1)

        events = [(due.transaction.key, due.event) for due in transactions.expire(0.5)]
        assert events == [
            (b"1 h", Event.UNREACHABLE),
            (b"0 o", Event.REPEAT),
            (b"1 o", Event.REPEAT),
            (b"2 o", Event.UNREACHABLE),
        ]

    def test_what_is_sent_afterwards_is_not_concerned(self, transactions):
        """The peer is back, and has its calls answered as ever."""
        transactions.unreachable(*self.HERE, 0.1)
        transactions.open_answered(b"2 h", UDP, "192.0.2.4", b"302", 0.2)
        first, second = transactions.expire(1.0)

        assert (first.event, second.event) == (Event.UNREACHABLE, Event.REPEAT)

    def test_a_client_that_asks_again_gets_its_answer(self, read):
        """And its ACK is taken: an error that was forged costs no call."""
        transactions = Transactions()
        transactions.respond(opened(transactions, read()), 404, b"404", 0.0)
        transactions.unreachable(*self.HERE, 0.1)
        transactions.expire(0.5)

        assert transactions.find(read()).again() == b"404"
        transactions.acknowledge(transactions.find(read()), 0.6)
        assert self.events(transactions) == []
        assert transactions.ended == 1

    def test_a_client_that_was_told_to_wait_is_told_the_end(self, read):
        """It repeats nothing by itself, so that an answer it missed would be missed for ever."""
        transactions = Transactions()
        transaction = opened(transactions, read())
        transactions.respond(transaction, 100, b"100", 0.2)
        transactions.respond(transaction, 302, b"302", 1.0)
        transactions.unreachable(*self.HERE, 1.1)

        assert self.events(transactions)[:2] == [(1.5, Event.REPEAT), (2.5, Event.REPEAT)]

    def test_what_is_not_answered_yet_is_not_concerned(self, read):
        """The error is about another call."""
        transactions = Transactions()
        transaction = opened(transactions, read())
        transactions.unreachable(*self.HERE, 0.1)
        transactions.respond(transaction, 302, b"302", 0.15)

        assert self.events(transactions)[0] == (0.65, Event.REPEAT)

    def test_a_clock_that_was_set_back_makes_no_difference(self, transactions):
        """What was told in a future that is to come once more is not believed."""
        transactions.unreachable(*self.HERE, 3600.0)

        assert [due.event for due in transactions.expire(0.5)] == [Event.REPEAT]

    @given(st.floats(0, 2e9), st.floats(0, 4))
    def test_an_error_at_once_counts_whatever_the_time(self, now_s, later_s):
        """Sums of seconds are rounded, on both sides alike."""
        transactions = Transactions()
        transactions.open_answered(b"1 h", UDP, "192.0.2.4", b"302", now_s)
        transactions.unreachable(*self.HERE, now_s)

        (due,) = transactions.expire(now_s + 0.5 + later_s)
        assert due.event is Event.UNREACHABLE


class TestUnfinished:
    def test_an_invite_is_finished_by_its_ack(self, read):
        """What a server that goes down waits for: answers and ACKs of INVITEs, and nothing else."""
        transactions = Transactions()
        invite = opened(transactions, read())
        opened(transactions, read(method="OPTIONS"))

        assert transactions.unfinished() == 1
        transactions.respond(invite, 404, b"x", 0.0)
        assert transactions.unfinished() == 1
        transactions.acknowledge(invite, 0.0)
        assert (transactions.unfinished(), len(transactions)) == (0, 2)

    def test_an_answer_that_does_not_arrive_is_finished(self, read):
        """Nobody is there to acknowledge it; the transaction is kept for whoever asks again."""
        transactions = Transactions()
        transactions.respond(opened(transactions, read()), 404, b"x", 0.0)
        transactions.unreachable("192.0.2.4", 5060, 0.1)
        assert transactions.unfinished() == 1
        transactions.expire(0.5)

        assert (transactions.unfinished(), len(transactions)) == (0, 1)


class TestEnded:
    def test_what_just_ends_is_counted(self, read):
        """Timer J of another request and timer L of an accepted INVITE ask for nothing."""
        transactions = Transactions()
        for request, status in ((read(method="OPTIONS"), 200), (read(), 200)):
            transactions.respond(opened(transactions, request), status, b"x", 0.0)

        assert transactions.expire(32.0) == []
        assert (len(transactions), transactions.ended) == (0, 2)

    def test_an_old_timer_of_what_is_acknowledged_says_nothing(self, read):
        """Timer G may be due at the very instant of timer I; there is one end all the same."""
        transactions = Transactions()
        invite = opened(transactions, read())
        transactions.respond(invite, 404, b"x", 4.5)
        transactions.acknowledge(invite, 0.0)

        assert transactions.expire(5.0) == []
        assert (len(transactions), transactions.ended) == (0, 1)
        assert transactions.expire(40.0) == []


class TestAnsweredAtOnce:
    """What the hot path opens."""

    KEY = invite_key(b"z9hg4bk-1", b"192.0.2.4:5060")

    def test_it_is_that_of_its_invite(self, read):
        """Its ACK and its CANCEL find it, and timer G is right from the start."""
        transactions = Transactions()
        transactions.open_answered(self.KEY, UDP, "192.0.2.4", b"302", 0.0)

        assert transactions.find(read()).again() == b"302"
        assert transactions.next_s() == 0.5
        assert [due.event for due in transactions.expire(0.5)] == [Event.REPEAT]
        assert transactions.acknowledge_invite(self.KEY, 0.6)
        assert transactions.find(read()).again() is None
        assert (transactions.expire(5.6), transactions.ended) == ([], 1)
        assert not transactions.acknowledge_invite(self.KEY, 5.7)

    def test_a_clock_that_was_set_back_holds_nobody_up(self):
        """What comes after is due by its own time, not after all that came before."""
        transactions = Transactions()
        transactions.open_answered(self.KEY, UDP, "192.0.2.4", b"first", 1000.0)
        transactions.open_answered(b"2 h", UDP, "192.0.2.4", b"second", 0.0)

        assert transactions.next_s() == 0.5
        assert [due.transaction.response for due in transactions.expire(0.5)] == [b"second"]

    def test_what_is_acknowledged_waits_in_one_queue(self):
        """Wherever its ACK found it, timer G has no more to say, and timer I ends it."""
        transactions = Transactions()
        keys = [b"%d h" % n for n in range(4)]
        for n, key in enumerate(keys):
            transactions.open_answered(key, UDP, "192.0.2.4", b"302", n / 10)
        for key in (keys[0], keys[1], keys[3]):
            assert transactions.acknowledge_invite(key, 0.4)

        assert transactions.next_s() == 0.7
        transactions.open_answered(b"4 h", UDP, "192.0.2.4", b"302", 0.4)
        assert [one.key for one in transactions._answered] == [keys[2], b"4 h"]
        assert [(due.transaction.key, due.event) for due in transactions.expire(0.7)] == [
            (keys[2], Event.REPEAT)
        ]
        assert transactions.acknowledge_invite(b"4 h", 0.8)
        assert transactions.expire(0.8) == []
        assert not transactions._answered
        assert len(transactions) == 5
        assert [due.transaction.key for due in transactions.expire(5.8)] == [keys[2]]
        assert (len(transactions), transactions.ended) == (1, 4)
