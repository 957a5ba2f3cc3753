"""Token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.sip.rate import Allowance, Limiter, Rate

RATE = Rate(2.0, 3)


def take(limiter, now_s, times=1, source="a"):
    """Return what becomes of so many requests at one time."""
    return [limiter.take(source, RATE, now_s) for _ in range(times)]


@pytest.mark.parametrize(("per_s", "burst"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_rate_lets_something_through(per_s, burst):
    """One that does not is refused."""
    with pytest.raises(ValueError, match="is none"):
        Rate(per_s, burst)


def test_a_burst_passes_then_refusals_then_silence():
    """As many of each as the burst has."""
    limiter = Limiter()

    wanted = [Allowance.PASS] * 3 + [Allowance.REFUSE] * 3 + [Allowance.DROP]
    assert wanted == take(limiter, 0.0, 7)
    assert limiter.flooding("a", RATE, 0.0)


def test_tokens_come_back_with_time():
    """Two a second, and never more than the burst."""
    limiter = Limiter()
    take(limiter, 0.0, 7)

    assert not limiter.flooding("a", RATE, 0.5)
    assert take(limiter, 0.5, 2) == [Allowance.PASS, Allowance.REFUSE]
    assert take(limiter, 1000.0, 4) == [Allowance.PASS] * 3 + [Allowance.REFUSE]


def test_one_source_does_not_pay_for_another():
    """Each has its own bucket; one never seen floods nothing."""
    limiter = Limiter()
    take(limiter, 0.0, 7)

    assert take(limiter, 0.0, source="b") == [Allowance.PASS]
    assert not limiter.flooding("c", RATE, 0.0)


def test_a_clock_that_goes_back_gives_nothing():
    """No token comes from the past."""
    limiter = Limiter()
    take(limiter, 10.0, 7)

    assert limiter.flooding("a", RATE, 5.0)


def test_only_so_many_sources_are_remembered():
    """The one not seen for longest is forgotten first."""
    limiter = Limiter(max_sources=2)
    take(limiter, 0.0, 7, "a")
    take(limiter, 0.0, 7, "b")
    take(limiter, 0.0, 1, "a")
    take(limiter, 0.0, 1, "c")

    assert limiter.flooding("a", RATE, 0.0)
    assert not limiter.flooding("b", RATE, 0.0)


def test_how_long_to_wait_is_told_in_whole_seconds():
    """One at least; for somebody unknown, too."""
    limiter, slow = Limiter(), Rate(0.1, 1)
    limiter.take("a", slow, 0.0)

    assert limiter.retry_after_s("a") == 10
    assert limiter.retry_after_s("b") == 1


@given(st.lists(st.floats(0, 10), max_size=60).map(sorted))
def test_no_source_gets_more_than_burst_and_rate(times):
    """Whenever it asks."""
    limiter = Limiter()
    passed = sum(limiter.take("a", RATE, at_s) is Allowance.PASS for at_s in times)

    assert passed <= RATE.burst + RATE.per_s * 10


def test_whether_there_is_a_token_is_told_without_taking_it():
    """As often as it is asked; somebody unknown has one."""
    limiter = Limiter()
    assert limiter.spare("a", RATE, 0.0)
    take(limiter, 0.0, RATE.burst)

    assert not limiter.spare("a", RATE, 0.0)
    assert all(limiter.spare("a", RATE, 1.5 / RATE.per_s) for _ in range(3))


def test_a_rate_that_was_changed_holds_at_once():
    """For a source that is known, too, more or fewer."""
    limiter, less, more = Limiter(), Rate(1, 1), Rate(1000, 1000)
    limiter.take("a", RATE, 0.0)

    assert [limiter.take("a", less, 0.0) for _ in range(3)].count(Allowance.PASS) == 1
    limiter.take("a", more, 0.0)
    assert limiter.take("a", more, 1.0) is Allowance.PASS
    assert limiter.take("a", more, 1.0) is Allowance.PASS


def test_a_rate_that_was_raised_ends_a_silence():
    """Whoever was met with it does not wait for tokens at the old rate."""
    limiter, slow, fast = Limiter(), Rate(0.001, 1), Rate(10, 10)
    for _ in range(3):
        limiter.take("a", slow, 0.0)
    assert limiter.flooding("a", slow, 1.0)

    assert not limiter.flooding("a", fast, 2.0)
    assert limiter.spare("a", fast, 2.0)
