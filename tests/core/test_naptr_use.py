"""What a client makes of one NAPTR, and why it passes over others."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.naptr import Naptr
from enumd.core.naptr_use import judge

AUS = "+441632960017"


def naptr(regexp="!^.*$!sip:ada@example.net!", services="E2U+sip", flags="u", to="."):
    """Return a record that is right but for what is given."""
    fields = (field.encode("latin-1") for field in (flags, services, regexp))
    return Naptr(100, 10, *fields, dns.name.from_text(to))


def uses(record):
    """Return what a client can use of a record, as text."""
    return [f"{use.service} {use.uri}" for use in judge(record, AUS).uses]


class TestUses:
    """The forms of records in the field that mean something (facts: 41 cases)."""

    @pytest.mark.parametrize(
        ("record", "expected"),
        [
            (naptr(), ["sip sip:ada@example.net"]),
            (naptr("!^.*$!sip:ada@example.net!i"), ["sip sip:ada@example.net"]),
            (naptr("/^.*$/sip:ada@example.net/"), ["sip sip:ada@example.net"]),
            (naptr("#^.*$#sip:ada@example.net#i"), ["sip sip:ada@example.net"]),
            (naptr(r"!^(.*)$!sip:\1@h.example!"), ["sip sip:+441632960017@h.example"]),
            (naptr(r"!^\+(.*)$!sip:\1@h.example!"), ["sip sip:441632960017@h.example"]),
            (naptr(r"!^.*$!sip:a\!b@h.example!"), ["sip sip:a%21b@h.example"]),
            (naptr(services="sip+E2U"), ["sip sip:ada@example.net"]),
            (naptr(services="SIP+e2u"), ["sip sip:ada@example.net"]),
            (naptr(services="e2U+SiP"), ["sip sip:ada@example.net"]),
            (naptr(flags="U"), ["sip sip:ada@example.net"]),
            (naptr("!^.*$!sips:ada@example.net!"), ["sip sips:ada@example.net"]),
            (naptr(services="E2U+voice:sip"), ["voice:sip sip:ada@example.net"]),
            (naptr(services="E2U+pstn:sip"), ["pstn:sip sip:ada@example.net"]),
            (naptr(services="E2U+sip+email:mailto"), ["sip sip:ada@example.net"]),
            (
                naptr(services="E2U+X-foo+frob+sip"),
                [f"{s} sip:ada@example.net" for s in ("X-foo", "frob", "sip")],
            ),
            (
                naptr(r"!^\+(4)(4)(1)(6)(3)(2)(.*)$!sip:\7\6@h.example!"),
                ["sip sip:9600172@h.example"],
            ),
            (naptr("!.*!sip:a@h.example!"), ["sip sip:a@h.example"]),
            (naptr("!^[+][0-9]{12}$!sip:a@h.example!"), ["sip sip:a@h.example"]),
            (naptr(r"!^\+441632960017$!sip:a@h.example!"), ["sip sip:a@h.example"]),
            (naptr(r"!^(.*)$!tel:\1;npdi!", "E2U+pstn:tel"), ["pstn:tel tel:+441632960017;npdi"]),
            (naptr(r"!^(.*)$!tel:\1!", "tel+E2U"), ["voice:tel tel:+441632960017"]),
            (naptr("!^.*$!urn:x:y!", "frob+E2U"), ["frob urn:x:y"]),
            (naptr("!^.*$!sip:a%21@h.example!"), ["sip sip:a%21@h.example"]),
            (naptr("!^.*$!acct:ada@h.example!", "E2U+acct"), ["acct acct:ada@h.example"]),
        ],
        ids=str,
    )
    def test_of_a_record(self, record, expected):
        """Delimiters, case, old syntax, compounds and back-references are all understood."""
        judgement = judge(record, AUS)

        assert uses(record) == expected
        assert judgement.naptr is record
        assert judgement.referral is None

    @pytest.mark.parametrize(
        ("record", "rules"),
        [
            (naptr(flags="s"), ["C-04"]),
            (naptr(flags="uu"), ["C-04"]),
            (naptr(flags="\xff"), ["C-04"]),
            (naptr("!^.*$!x", "E2U+sip"), ["C-08"]),
            (naptr("!^.*$!x!y!z!"), ["C-08"]),
            (naptr("!^+44!sip:a@h.example!"), ["C-08"]),
            (naptr(r"!^.*$!sip:\0@h.example!"), ["C-08"]),
            (naptr("!^.*$!sip:\xfc@h.example!"), ["C-18"]),
            (naptr("!^.\xfc$!sip:a@h.example!"), ["C-08"]),
            (naptr(""), ["C-08"]),
            (naptr("!^(.*)$!" + "\\1" * 120 + "!"), ["C-18"]),
            (naptr(services="SIP+D2U"), ["C-09"]),
            (naptr(services=""), ["C-09"]),
            (naptr(services="E2U"), ["C-09"]),
            (naptr(services="E2U+sip+E2U"), ["C-09"]),
            (naptr(services="\xff"), ["C-09"]),
            (naptr(services="sip+E2U+tel"), ["C-11"]),
            (naptr(services="sip+tel+E2U"), ["C-11"]),
            (naptr(services="E2U+P-foo"), ["C-12"]),
            (naptr(services="p-foo+E2U"), ["C-12"]),
            (naptr(services="E2U+a_b+P-foo"), ["C-10", "C-12"]),
            (naptr(services="E2U+voice:tel"), ["C-18"]),
            (naptr(flags="", regexp=""), ["C-13"]),
            (naptr("!^4!sip:a@h.example!"), ["C-18"]),
            (naptr("!^.*$!sip:a b@h.example!"), ["C-18"]),
            (naptr("!^.*$!ada!"), ["C-18"]),
            (naptr(to="next.example."), ["S-10"]),
        ],
        ids=str,
    )
    def test_nothing_of_what_is_wrong(self, record, rules):
        """A record of no use is passed over, with the rule that says so."""
        judgement = judge(record, AUS)

        assert judgement.uses == ()
        assert judgement.referral is None
        assert [reason.rule for reason in judgement.reasons] == rules

    def test_what_is_left_of_a_compound(self):
        """Of several Enumservices those that are unusable are named, the others used."""
        judgement = judge(naptr(services="E2U+P-x+sip+voice:tel"), AUS)

        assert [str(use.service) for use in judgement.uses] == ["sip"]
        assert [reason.rule for reason in judgement.reasons] == ["C-12", "C-18"]

    def test_a_non_terminal_refers_on(self):
        """Services and regexp of a non-terminal are ignored (RFC 6116 section 5.2.1)."""
        judgement = judge(naptr("!broken", "nonsense", "", "next.example."), AUS)

        assert judgement.referral == dns.name.from_text("next.example.")
        assert judgement.reasons == ()

    @given(*[st.binary(max_size=30)] * 3)
    def test_any_octets_are_judged(self, flags, services, regexp):
        """No record makes a client fail: it is used, followed, or passed over with a reason."""
        judgement = judge(Naptr(1, 1, flags, services, regexp, dns.name.root), AUS)

        assert judgement.uses or judgement.reasons

    @given(st.text("sip:ada@h.example!\\^$%1", max_size=20), st.sampled_from(["", "i"]))
    def test_the_short_way_is_the_long_way(self, repl, flag):
        """`^.*$` is read without a match, and gives what `^(.*)$` gives with one."""
        short = uses(naptr(f"!^.*$!{repl}!{flag}"))
        long = uses(naptr(f"!^.{{0,99}}$!{repl}!{flag}"))

        assert short == long
