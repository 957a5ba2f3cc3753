"""Strangers that were refused, and the line that says what would let them in."""

from __future__ import annotations

import json
import logging
import tomllib

import pytest

from enumd.config import Config, PeerSettings, SipSettings
from enumd.serve.sip.peers import peers_of
from enumd.serve.sip.strangers import PAUSE_S, REMEMBERED, Strangers, peer_table
from enumd.sip.transport import Source, Transport


def source(host: str) -> Source:
    """Return a source over UDP."""
    return Source(host, 5060, Transport.UDP)


@pytest.fixture
def lines(caplog):
    """A function that returns how many lines were logged since the last time."""
    caplog.set_level(logging.WARNING, "enumd.serve")
    logging.getLogger("enumd").propagate = True

    def lines() -> list[str]:
        said = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return said

    return lines


@pytest.mark.parametrize("host", ["192.0.2.4", "2001:db8::4"])
def test_what_the_line_says_lets_it_in(tmp_path, lines, host):
    """The table of the log, put into enumd.toml, makes a peer of the source."""
    Strangers().refused(source(host), 0.0)
    (line,) = lines()
    table = json.loads(line.partition("to_let_in=")[2])
    (row,) = tomllib.loads(table)["sip"]["peers"]
    peer = PeerSettings(row["name"], tuple(row["addresses"]))

    assert table == peer_table(source(host))
    assert peers_of(Config(tmp_path, sip=SipSettings(peers=(peer,)))).of(source(host)).allowed


def test_each_is_named_once_and_not_too_many_at_once(lines):
    """A second source in the same moment is named the next time it calls."""
    strangers = Strangers()
    for _ in range(3):
        strangers.refused(source("192.0.2.4"), 0.0)
        strangers.refused(source("192.0.2.5"), 1.0)
    assert len(lines()) == 1
    strangers.refused(source("192.0.2.4"), PAUSE_S)
    strangers.refused(source("192.0.2.5"), PAUSE_S)

    assert "192.0.2.5 over UDP" in lines()[0]


def test_a_clock_that_is_set_back_silences_nobody(lines):
    """The next newcomer is named all the same."""
    strangers = Strangers()
    strangers.refused(source("192.0.2.4"), 1000.0)
    strangers.refused(source("192.0.2.5"), 0.0)

    assert len(lines()) == 2


def test_forged_sources_do_not_fill_the_memory(lines):
    """What is remembered is bounded."""
    strangers = Strangers()
    for number in range(REMEMBERED + 10):
        strangers.refused(source(f"10.0.{number >> 8}.{number & 255}"), PAUSE_S * number)

    assert len(strangers._told) == 10
