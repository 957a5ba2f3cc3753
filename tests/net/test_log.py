"""The log: one line an event, and no phone number in it."""

from __future__ import annotations

import io
import logging

import pytest
from twisted.logger import Logger

from enumd.net import log


@pytest.fixture
def lines():
    """A function that returns the lines logged so far."""
    stream = io.StringIO()
    log.configure("info", stream, {"JOURNAL_STREAM": "8:1"})
    return lambda: stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        (5, "5"),
        ("", '""'),
        ("two words", '"two words"'),
        ('a"b', r'"a\"b"'),
        ("a=b", '"a=b"'),
        ("line\nend", r'"line\nend"'),
        ("\x1b[31m", r'"\u001b[31m"'),
        ("naïve", "naïve"),
    ],
)
def test_a_field_is_one_word(value, written):
    """A value with blanks, quotes or control characters is quoted and escaped."""
    assert log.event("word", field=value, last=1) == f"word field={written} last=1"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+441632960017", "+44163296xxxx"),
        ("tel:+8835101234567;ext=5", "tel:+883510123xxxx;ext=5"),
        ("+4416", "+441x"),
        ("7.1.0.0.6.9.2.3.6.1.4.4.e164.arpa.", "x.x.x.x.6.9.2.3.6.1.4.4.e164.arpa."),
        ("6.1.4.4.e164.arpa.", "x.1.4.4.e164.arpa."),
        ("192.168.1.20:5300", "192.168.1.20:5300"),
        ("serial=2025112203 bytes=18874368", "serial=2025112203 bytes=18874368"),
    ],
)
def test_numbers_are_masked(text, masked):
    """The last digits of a number are hidden wherever it stands; other figures are not."""
    assert log.mask(text) == masked


def test_an_event_is_one_line(lines):
    """Level, logger and event stand on one line, from the level that was chosen on."""
    logging.getLogger("enumd.serve").info(log.event("started", workers=2))
    logging.getLogger("enumd.serve").debug("unseen")

    assert lines() == ["INFO    enumd.serve started workers=2"]


def test_the_level_can_be_changed(lines):
    """A new level holds from the next line on."""
    log.set_level("error")
    logging.getLogger("enumd.serve").warning("unseen")
    log.set_level("debug")
    logging.getLogger("enumd.serve").debug("seen")

    assert lines() == ["DEBUG   enumd.serve seen"]


def test_a_traceback_stays_on_the_line_of_its_event(lines):
    """What went wrong, and where, is one line too, and numbers in it are masked."""
    try:
        raise RuntimeError("no way to +441632960017")
    except RuntimeError:
        logging.getLogger("enumd.serve").exception("fault")

    assert len(lines()) == 1
    assert lines()[0].startswith("ERROR   enumd.serve fault | Traceback")
    assert lines()[0].endswith("| RuntimeError: no way to +44163296xxxx")


def test_the_time_is_written_unless_the_journal_does(lines):
    """Standard error that is no journal gets the time in UTC."""
    stream = io.StringIO()
    log.configure("info", stream, {})
    logging.getLogger("enumd.serve").info("hello")

    assert stream.getvalue()[10] == "T"
    assert stream.getvalue().endswith("Z INFO    enumd.serve hello\n")


def test_twisted_logs_through_us(lines):
    """An event of Twisted's own becomes a line of ours, once, however often it is bridged."""
    log.bridge_twisted()
    log.bridge_twisted()
    Logger("twisted.test").warn("accept failed")

    assert lines() == ["WARNING enumd.twisted accept failed"]


def test_twisted_is_talkative_at_debug_only(lines):
    """What Twisted says of its ports and factories is left out unless one looks for faults."""
    log.bridge_twisted()
    Logger("twisted.test").info("factory starting")
    log.set_level("error")
    Logger("twisted.test").warn("accept failed")
    log.set_level("debug")
    Logger("twisted.test").info("factory starting")

    assert lines() == ["INFO    enumd.twisted factory starting"]
