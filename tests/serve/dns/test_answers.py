"""Bursts of queries answered from one snapshot, and counted."""

from __future__ import annotations

import logging

import dns.message
import dns.name
import dns.rcode
import pytest

from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.dns.outcome import DnsOutcome
from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.dns.answers import Answers
from enumd.serve.dns.metrics import Cell

HIT = dns.message.make_query("7.1.0.0.6.9.2.3.6.1.enum.example.", "NAPTR").to_wire()
MISS = dns.message.make_query("9.enum.example.", "NAPTR").to_wire()
ODD = dns.message.make_query("9.enum.example.", "TXT").to_wire()
"""A query that is none of the hot path's."""


class Torn(Authority):
    """An authority with a bug that shows with an index only."""

    def respond(self, octets, snapshot, now_s, transport):
        """Fail, unless there is no index."""
        if snapshot is not None:
            raise RuntimeError("a bug")
        return super().respond(octets, snapshot, now_s, transport)


@pytest.fixture
def counters() -> Counters:
    """The counters of one worker."""
    return Counters(1, Cell.COUNT)


@pytest.fixture
def answers(home, counters):
    """Answers from the published index."""
    directory = Directory(home / "index")
    yield Answers(
        Authority(AuthoritySettings()), directory, DnsTransport.UDP, counters.worker(0), lambda: 9e8
    )
    directory.close()


def test_a_burst_is_answered_in_order(answers, counters):
    """Each query gets its reply, or silence, in its place; all are counted."""
    hit, silence, miss, odd = answers([HIT, b"noise", MISS, ODD])

    assert dns.message.from_wire(hit).answer
    assert silence is None
    assert dns.message.from_wire(miss).rcode() == dns.rcode.NXDOMAIN
    for outcome, count in ((DnsOutcome.HIT, 1), (DnsOutcome.DROPPED, 1), (DnsOutcome.NXDOMAIN, 2)):
        assert counters.total(Cell.outcome(DnsTransport.UDP, outcome)) == count
    assert counters.total(Cell.size_sum(DnsTransport.UDP)) == len(hit) + len(miss) + len(odd)
    assert sum(counters.totals(Cell.latencies(DnsTransport.UDP))) == 3


def test_a_bug_costs_one_reply_and_no_more(answers, counters, caplog):
    """Where our own code fails the reply is SERVFAIL; the log has it once a second."""
    answers.authority = Torn(AuthoritySettings())
    replies = answers([ODD, ODD])

    assert {dns.message.from_wire(reply).rcode() for reply in replies} == {dns.rcode.SERVFAIL}
    assert counters.total(Cell.FAULTS) == 2
    assert counters.total(Cell.outcome(DnsTransport.UDP, DnsOutcome.SERVFAIL)) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.messages[0].startswith("fault query=")


def test_a_torn_index_under_the_hot_path_is_the_general_paths_to_report(answers, monkeypatch):
    """What the hot path trips over is asked of the general path."""

    def torn(burst, query):
        raise IndexError("no such dictionary")

    monkeypatch.setattr("enumd.dns.fast.HotBurst.answer", torn)
    assert dns.message.from_wire(answers([HIT])[0]).answer
    monkeypatch.setattr("enumd.dns.fast.DnsHotPath.over", torn)
    assert dns.message.from_wire(answers([HIT])[0]).answer


def test_queries_are_logged_at_debug_only(answers, caplog):
    """One line a query says how it ended, when that is asked for."""
    answers([HIT])
    assert caplog.messages == []
    caplog.set_level(logging.DEBUG, "enumd.serve")
    answers([HIT, b"noise"])

    assert caplog.messages[0].startswith("query transport=udp outcome=hit rcode=0 query_octets=")
    assert "outcome=dropped" in caplog.messages[1]
    assert caplog.messages[1].endswith("reply_octets=0")
