"""The running server is asked until it shows a change."""

import time

import dns.message
import dns.name
import pytest

from enumd.core.number import Number
from enumd.core.serial import Serial
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.operations import asking
from enumd.operations.live import Expected

SERVER = Address("127.0.0.1", 5300)
OWNER = dns.name.from_text("7.1.enum.example.")
EXPECTED = Expected(Number("441632960017"), "enum.example.", OWNER, Serial(4), frozenset(), 60)


def soa(serial):
    """Return a negative answer that quotes an SOA of that serial."""
    made = dns.message.make_response(dns.message.make_query(OWNER, "NAPTR"))
    text = f"ns.example.net. hostmaster.example.net. {serial} 1 1 1 60"
    made.authority.append(dns.rrset.from_text("enum.example.", 60, "IN", "SOA", text))
    return made


@pytest.fixture
def answers(monkeypatch):
    """Return the list of what the server answers, one after the other."""
    waiting = []

    def ask(server, owner, rdtype, timeout_s):
        assert (server, owner) == (SERVER, OWNER) and 0 < timeout_s <= asking.DEADLINE_S
        answer = waiting.pop(0) if waiting else soa(3)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(asking, "ask", ask)
    return waiting


def test_it_is_asked_again_until_it_shows_the_change(answers):
    """An old answer and silence are no end; the time since the commit is what is told."""
    answers += [soa(3), ServiceError("silent"), soa(4)]

    assert asking.ask_until_live(SERVER, EXPECTED, time.perf_counter()) >= 0
    assert answers == []


def test_what_does_not_become_live_ends_at_the_deadline(answers):
    """Nobody waits for ever."""
    long_ago = time.perf_counter() - asking.DEADLINE_S

    assert asking.ask_until_live(SERVER, EXPECTED, long_ago) is None


def test_that_it_is_not_live_names_server_and_number():
    """And says that the change is done."""
    error = asking.not_live(SERVER, EXPECTED)

    assert "127.0.0.1:5300 does not show the change of +441632960017" in str(error)
    assert "do not repeat it" in error.advice
