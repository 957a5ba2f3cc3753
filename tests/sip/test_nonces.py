"""A count is good once."""

from enumd.sip import nonces
from enumd.sip.nonces import NonceCounts


def test_a_count_is_taken_once():
    """It has to grow, for each nonce by itself; the same request may come again."""
    counts = NonceCounts()

    assert counts.take("a", 1, b"one")
    assert counts.take("a", 1, b"one")
    assert not counts.take("a", 1, b"two")
    assert counts.take("b", 1, b"two")
    assert counts.take("a", 5, b"three")
    assert not counts.take("a", 4, b"four")


def test_the_oldest_nonce_is_forgotten(monkeypatch):
    """Memory does not grow with what is sent."""
    monkeypatch.setattr(nonces, "_REMEMBERED", 2)
    counts = NonceCounts()

    assert all(counts.take(nonce, 1, b"x") for nonce in "abc")
    assert counts.take("a", 1, b"y")
    assert not counts.take("c", 1, b"y")
