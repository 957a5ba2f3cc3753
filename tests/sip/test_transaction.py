"""Server transactions under a virtual clock."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from enumd.sip.transaction import Event, Timers, Transaction, TransactionState
from enumd.sip.transport import Destination, Transport

TIMERS = Timers()
G = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def begin(method="INVITE", transport=Transport.UDP, now_s=0.0, timers=TIMERS):
    """Return a transaction that has just begun."""
    return Transaction(
        method == "INVITE", "key", Destination("h", 1, transport, None), timers, now_s
    )


def run(transaction, until_s=1000.0):
    """Wake *transaction* whenever it wants, and return when, and what it was."""
    log = []
    while transaction.state is not TransactionState.TERMINATED and transaction.wake_s <= until_s:
        at_s = transaction.wake_s
        log.append((at_s, transaction.wake(at_s)))
    return log


class TestInvite:
    """RFC 3261 section 17.2.1."""

    def test_timer_g_repeats_until_timer_h(self):
        """After 0.5 s, doubling up to 4 s, until 32 s: then there is silence."""
        transaction = begin(now_s=0.0)
        transaction.respond(302, b"302", 0.0)

        assert [*((at_s, Event.REPEAT) for at_s in G), (32.0, Event.UNACKNOWLEDGED)] == run(
            transaction
        )
        assert transaction.state is TransactionState.TERMINATED

    @pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
    def test_a_reliable_transport_has_timer_h_alone(self, transport):
        """Nothing is sent twice there."""
        transaction = begin(transport=transport)
        transaction.respond(302, b"302", 0.0)

        assert run(transaction) == [(32.0, Event.UNACKNOWLEDGED)]

    def test_it_falls_silent_and_answers_whoever_asks(self):
        """Timer G ends, and nothing else: the answer is kept for the client until timer H."""
        transaction = begin()
        transaction.respond(302, b"302", 0.0)
        transaction.wake(0.5)
        assert transaction.repeats
        transaction.fall_silent()

        assert not transaction.repeats
        assert transaction.again() == b"302"
        assert run(transaction) == [(32.0, Event.UNACKNOWLEDGED)]

    def test_an_ack_counts_in_the_silence(self):
        """Whoever said that nothing arrives was wrong."""
        transaction = begin()
        transaction.respond(302, b"302", 0.0)
        transaction.fall_silent()

        assert transaction.acknowledge(0.3)
        assert run(transaction) == [(5.3, Event.END)]

    @pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
    @pytest.mark.parametrize("transport", list(Transport))
    def test_only_a_final_response_to_an_invite_over_udp_repeats(self, method, transport):
        """Neither before it is given nor once it is acknowledged, nor at the last moment."""
        transaction = begin(method, transport)
        assert not transaction.repeats
        transaction.respond(404, b"404", 0.0)
        assert transaction.repeats is (method == "INVITE" and transport is Transport.UDP)
        for at_s in G if transaction.repeats else ():
            transaction.wake(at_s)
        assert not transaction.repeats
        transaction.acknowledge(31.9)
        assert not transaction.repeats

    def test_an_ack_ends_retransmissions_and_timer_i_the_rest(self):
        """Further ones are absorbed for 5 s."""
        transaction = begin()
        transaction.respond(302, b"302", 0.0)
        transaction.wake(0.5)
        transaction.acknowledge(0.7)

        assert (transaction.state, transaction.again()) == (TransactionState.CONFIRMED, None)
        transaction.acknowledge(1.0)
        assert run(transaction) == [(5.7, Event.END)]

    def test_on_a_stream_an_ack_ends_it_at_once(self):
        """Timer I is zero there."""
        transaction = begin(transport=Transport.TCP)
        transaction.respond(302, b"302", 0.0)
        transaction.acknowledge(0.7)

        assert transaction.state is TransactionState.TERMINATED

    def test_a_repeated_request_gets_the_same_octets(self):
        """Nothing at first, then the provisional response, then the final one."""
        transaction = begin()

        assert transaction.again() is None
        transaction.respond(100, b"100", 0.2)
        assert transaction.again() == b"100"
        transaction.respond(302, b"302", 0.3)
        assert transaction.again() == b"302"

    def test_an_answer_that_is_late_is_announced(self):
        """100 is due after 200 ms, and not again; an answer moves everything on."""
        transaction = begin(now_s=10.0)

        assert Event.TRY is transaction.wake(10.2)
        transaction.respond(100, b"100", 10.2)
        assert transaction.wake_s == 42.0
        transaction.respond(404, b"404", 11.0)
        assert transaction.wake_s == 11.5

    def test_what_nobody_answers_ends_with_the_client(self):
        """After 64*T1 the client has given up."""
        assert run(begin()) == [(0.2, Event.TRY), (32.0, Event.UNANSWERED)]

    def test_an_ack_before_the_answer_means_nothing(self):
        """Nor does one that comes twice."""
        transaction = begin()
        transaction.acknowledge(0.1)

        assert transaction.state is TransactionState.PROCEEDING

    def test_a_2xx_is_accepted(self):
        """RFC 6026: repetitions are absorbed until timer L, ACKs are not ours."""
        transaction = begin()
        transaction.respond(200, b"200", 0.0)

        assert (transaction.state, transaction.again()) == (TransactionState.ACCEPTED, None)
        transaction.acknowledge(0.1)
        assert run(transaction) == [(32.0, Event.END)]

    def test_there_is_one_final_response(self):
        """A second one is a mistake of ours."""
        transaction = begin()
        transaction.respond(404, b"404", 0.0)

        with pytest.raises(ValueError, match="one final response"):
            transaction.respond(302, b"302", 0.0)

    def test_being_late_does_not_add_up(self):
        """A timer that was served late leaves the next one where it was."""
        transaction = begin()
        transaction.respond(302, b"302", 0.0)
        transaction.wake(0.9)
        assert transaction.wake_s == 1.5
        transaction.wake(9.0)
        assert transaction.wake_s == 11.0


class TestOthers:
    """RFC 3261 section 17.2.2 and RFC 4320."""

    def test_a_final_response_stays_for_timer_j(self):
        """32 s on UDP, without any retransmission of our own."""
        transaction = begin("OPTIONS")
        transaction.respond(200, b"200", 1.0)

        assert transaction.again() == b"200"
        assert run(transaction) == [(33.0, Event.END)]

    def test_on_a_stream_it_is_over_at_once(self):
        """Timer J is zero there."""
        transaction = begin("OPTIONS", Transport.TLS)
        transaction.respond(200, b"200", 1.0)

        assert transaction.state is TransactionState.TERMINATED

    def test_repetitions_are_dropped_while_it_is_tried(self):
        """There is no response yet to send again."""
        transaction = begin("OPTIONS")

        assert (
            transaction.state,
            transaction.again(),
            transaction.answered,
        ) == (TransactionState.TRYING, None, False)

    def test_100_is_due_when_timer_e_reaches_t2(self):
        """Not before 3.5 s (RFC 4320 section 4.1)."""
        assert TIMERS.other_trying_s == 3.5
        assert run(begin("OPTIONS")) == [(3.5, Event.TRY), (32.0, Event.UNANSWERED)]

    def test_an_ack_is_not_its_matter(self):
        """It stays as it is."""
        transaction = begin("OPTIONS")
        transaction.acknowledge(0.0)

        assert transaction.state is TransactionState.TRYING


@given(st.sampled_from([0.05, 0.1, 0.5, 1.0]), st.sampled_from([0.4, 1.0, 4.0, 8.0]))
def test_timers_follow_their_definition_for_any_t1_and_t2(t1_s, t2_s):
    """The distances of timer G double up to T2, and all is over at 64*T1."""
    transaction = begin(timers=Timers(t1_s=t1_s, t2_s=t2_s))
    transaction.respond(302, b"302", 0.0)
    *repeats, (end_s, event) = run(transaction)
    times = [0.0, *(at_s for at_s, _ in repeats)]
    distances = [later - earlier for earlier, later in itertools.pairwise(times)]

    wanted_s = t1_s
    for distance_s in distances:
        assert distance_s == pytest.approx(wanted_s)
        wanted_s = min(2 * wanted_s, t2_s)
    assert (64 * t1_s, Event.UNACKNOWLEDGED) == (end_s, event)


class Life(RuleBasedStateMachine):
    """Anything may happen to a transaction, in any order."""

    def __init__(self):
        """Begin one at a time of zero."""
        super().__init__()
        self.now_s = 0.0
        self.transaction = begin()
        self.finals = []

    @rule(after_s=st.floats(0.0, 5.0))
    def time_passes(self, after_s):
        """Timers fire when they are due."""
        self.now_s += after_s
        while (
            self.transaction.state is not TransactionState.TERMINATED
            and self.transaction.wake_s <= self.now_s
        ):
            self.transaction.wake(self.transaction.wake_s)

    @precondition(lambda self: not self.transaction.answered)
    @rule(status=st.sampled_from([100, 200, 302, 404]))
    def respond(self, status):
        """The transaction user answers."""
        self.transaction.respond(status, b"%d" % status, self.now_s)
        if status >= 200:
            self.finals.append(b"%d" % status)

    @precondition(lambda self: self.transaction.state is not TransactionState.TERMINATED)
    @rule()
    def acknowledge(self):
        """An ACK comes."""
        self.transaction.acknowledge(self.now_s)

    @invariant()
    def what_is_repeated_is_the_one_answer(self):
        """There is at most one final response, and nothing else is ever sent again."""
        assert len(self.finals) <= 1
        assert self.transaction.again() in (None, b"100", *self.finals)

    @invariant()
    def it_ends(self):
        """No transaction lives longer than twice 64*T1, and T4."""
        lasts_s = 2 * TIMERS.lifetime_s + TIMERS.t4_s
        assert self.transaction.state is TransactionState.TERMINATED or self.now_s <= lasts_s


TestLife = Life.TestCase
