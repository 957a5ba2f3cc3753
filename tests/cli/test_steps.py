"""Look-ups of an ENUM query as people and programs read them."""

import dns.name
import pytest

from enumd.cli.steps import step_fields, step_lines
from enumd.core.ddds import EnumStep, Failed, NoData, NxDomain, RecordsFound, Skipped
from enumd.core.naptr import Naptr
from enumd.core.naptr_use import judge

OWNER, ONWARD = dns.name.from_text("7.e164.arpa."), dns.name.from_text("b.example.")
GOOD = Naptr(100, 10, b"u", b"E2U+sip", b"!^.*$!sip:ada@example.net!", dns.name.root)
REFERRAL = Naptr(100, 20, b"", b"", b"", ONWARD)
ODD = Naptr(100, 30, b"x", b"E2U+sip", b"!^.*$!sip:ada@example.net!", dns.name.root)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (RecordsFound((GOOD,), 60), "1 record, TTL 60 s"),
        (RecordsFound((GOOD, ODD), 60), "2 records, TTL 60 s"),
        (NoData(30), "no data for 30 s"),
        (NxDomain(30), "does not exist"),
        (Failed("silence"), "failed: silence"),
        (Skipped("a loop", "C-14"), "not asked: a loop (C-14)"),
    ],
)
def test_every_result_has_its_words(result, text):
    """The same for both."""
    step = EnumStep(OWNER, result)

    assert list(step_lines(step)) == [f"{OWNER}  {text}"]
    assert step_fields(step) == {"owner_name": str(OWNER), "result": text, "records": []}


def test_every_record_says_what_became_of_it():
    """Used, gone on from, or refused, and by which rule."""
    naptrs = (GOOD, REFERRAL, ODD)
    step = EnumStep(OWNER, RecordsFound(naptrs, 60), tuple(judge(one, "+7") for one in naptrs))

    lines = list(step_lines(step))
    assert "    use      sip sip:ada@example.net" in lines
    assert "    go on    b.example." in lines
    assert "    refused  the flag 'x' is unknown to ENUM (C-04)" in lines
    good, onward, odd = step_fields(step)["records"]
    assert (good["uses"], onward["referral"]) == (["sip sip:ada@example.net"], "b.example.")
    assert (odd["referral"], odd["reasons"][0]["rule"]) == (None, "C-04")
