"""What speaks against publishing a NAPTR."""

import dns.name
import pytest

from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import Reason, naptr_reasons

AUS = "+441632960017"


def naptr(regexp="!^.*$!sip:ada@example.net!", services="E2U+sip", flags="u", to=".", order=100):
    """Return a record that is right but for what is given."""
    fields = (field.encode("latin-1") for field in (flags, services, regexp))
    return Naptr(order, 10, *fields, dns.name.from_text(to))


def rules(record, aus=AUS):
    """Return the rules a record breaks."""
    return [reason.rule for reason in naptr_reasons(record, aus)]


class TestReasons:
    @pytest.mark.parametrize(
        "record",
        [
            naptr(),
            naptr(services="E2U+X-foo:bar"),
            naptr(r"!^(.*)$!sip:\1@example.net!"),
            naptr(r"!^\+44(.*)$!sip:\1@example.net!"),
            naptr(r"!^\+441632960017$!sip:ada@example.net!"),
            naptr(r"!^(.*)$!tel:\1!", "E2U+voice:tel"),
            naptr(r"!^\+(.*)$!https://wa.me/\1!", "E2U+web:https"),
            naptr("!^(4|.)+$!sip:ada@example.net!"),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("aus", [AUS, None])
    def test_none_against_what_every_client_takes(self, record, aus):
        """Records of the two forms of our own may be published, at a number or a `*`."""
        assert naptr_reasons(record, aus) == []

    @pytest.mark.parametrize(
        ("record", "broken"),
        [
            (naptr(services="SIP+D2U"), ["S-03"]),
            (naptr(services=""), ["S-03"]),
            (naptr(services="sip+E2U"), ["S-04"]),
            (naptr(services="E2U"), ["S-04"]),
            (naptr(services="E2U+si_p"), ["S-04"]),
            (naptr(services="E2U+sip+voice:tel"), ["M-02"]),
            (naptr(services="e2u+sip"), ["M-02"]),
            (naptr(services="E2U+SIP"), ["M-02"]),
            (naptr(services="E2U+x-foo"), ["M-02"]),
            (naptr(services="E2U+P-foo"), ["S-23"]),
            (naptr(services="E2U+frob"), ["S-25"]),
            (naptr(services="E2U+voice:tel"), ["S-25"]),
            (naptr("!^.*$!ada!"), ["S-05"]),
            (naptr("!^.*$!sip:a b@h.example!"), ["S-05"]),
            (naptr("!^.*$!sip:ada@example.net#x!"), ["S-05"]),
            (naptr(""), ["S-05"]),
            (naptr(flags="s"), ["S-06"]),
            (naptr(flags="U"), ["M-01"]),
            (naptr("", "", "", "next.example."), ["S-07"]),
            (naptr("", "", "", "."), ["S-07", "S-09"]),
            (naptr("", "E2U+sip", "", "next.example."), ["S-07", "S-09", ]),
            (naptr(to="next.example."), ["S-10"]),
            (naptr("!^.*$!sip:\xfc@h.example!"), ["S-11", "S-29"]),
            (naptr("!^.*$!sip:ada@example.net!i"), ["S-12"]),
            (naptr(order=90), ["S-13"]),
            (naptr("/^.*$/sip:ada@example.net/"), ["S-16"]),
            (naptr(r"!^.*$!sip:a\!b@example.net!"), ["S-17", "S-05"]),
            (naptr("!^+44!sip:ada@example.net!"), ["S-29"]),
            (naptr("!^.*$!sip:ada@example.net"), ["S-29"]),
            (naptr(r"!^.*$!\0!"), ["S-29"]),
            (naptr("!^.*!sip:ada@example.net!"), ["M-04"]),
            (naptr(r"!^\+(4)(4)(1)(6)(3)(.*)$!sip:\6@h.example!"), ["M-04"]),
            (naptr(r"!^\+(4|44)(.*)$!sip:\2@h.example!"), ["M-04"]),
            (naptr(r"!^(4)*$!sip:\1@h.example!"), ["M-04", "M-05"]),
            (naptr(r"!^\+49.*$!sip:ada@example.net!"), ["M-05"]),
            (naptr("!^(.*)$!sip:" + "\\1" * 100 + "@h.example!"), ["S-05"]),
        ],
        ids=str,
    )  # fmt: skip
    def test_each_rule_by_its_name(self, record, broken):
        """Whatever breaks a rule is found, and nothing else is said to be broken."""
        assert rules(record) == broken

    def test_expansion_is_bounded(self):
        """A result of more than 2048 octets is refused before it is looked at."""
        assert rules(naptr("!^(.*)$!" + "\\1" * 110 + "!"), "+" + "1" * 31) == ["S-20"]

    def test_all_reasons_at_once(self):
        """One look shows everything there is to correct."""
        record = naptr("/.*/ada/i", "e2u+frob", "U", "next.example.", 1)

        assert rules(record) == [
            "S-13", "M-01", "S-10", "S-25", "M-02", "S-16", "S-12", "M-04", "S-05",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("record", "broken"),
        [
            (naptr(r"!^\+49(.*)$!sip:\1@h.example!"), []),
            (naptr(r"!^(.*)$!sip:\1 @h.example!"), ["S-05"]),
            (naptr(r"!^(.*)$!sip:\1@h.example!", "E2U+voice:tel"), ["S-25"]),
            (naptr(r"!^(.*)$!tel:\1!", "E2U+sip"), ["S-25"]),
        ],
        ids=str,
    )
    def test_a_wildcard_is_judged_without_a_number(self, record, broken):
        """Below a `*` there are many numbers: the form of the URI is checked with stand-ins."""
        assert rules(record, None) == broken

    def test_a_reason_reads_as_one_line(self):
        """The rule comes first."""
        assert str(Reason("S-13", "the order is 90")) == "S-13: the order is 90"
