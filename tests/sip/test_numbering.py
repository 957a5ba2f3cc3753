"""From Request-URIs to numbers."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.number import Number
from enumd.core.telephone import Subscriber
from enumd.errors import BadPeer, NumberError
from enumd.sip.numbering import DialPlan, DialRule, dialled_number
from enumd.sip.uri import request_uri


def dialled(text):
    """Return what was dialled, as text."""
    return str(dialled_number(request_uri(text)))


class TestDialledNumber:
    @pytest.mark.parametrize(
        ("uri", "subscriber"),
        [
            ("tel:+44-1632-960017", "+441632960017"),
            ("tel:7042;phone-context=example.com", "7042;phone-context=example.com"),
            ("sip:+441632960017@h;user=phone", "+441632960017"),
            ("sip:+441632960017@h", "+441632960017"),
            ("sip:%2B441632960017@h", "+441632960017"),
            ("sip:+44-1632-960017@h", "+441632960017"),
            ("sips:+44(1632)960.017:1234@h", "+441632960017"),
            ("sip:01632960017@h", "01632960017"),
            ("sip:+1202;npdi;rn=+1404@gw;user=phone", "+1202;npdi;rn=+1404"),
            ("sip:+1202;isub=7@gw", "+1202;isub=7"),
            ("sip:+1202@gw;npdi;rn=+1404;x=y", "+1202;npdi;rn=+1404"),
            ("sip:*21%23@h;user=PHONE;x", "*21#"),
            (
                "sip:+1630;tgrp=TG;trunk-context=c.example@h",
                "+1630;tgrp=TG;trunk-context=c.example",
            ),
        ],
    )
    def test_every_form_of_number_is_read(self, uri, subscriber):
        """With separators, escapes, parameters before the "@" and those that strayed behind it."""
        assert subscriber == dialled(uri)

    @pytest.mark.parametrize(
        ("strayed", "kept"),
        [
            (";rn=%0d%0aX", ";rn=%0d%0ax"),
            (";rn=1%3bcic%3d9", ";rn=1%3bcic%3d9"),
            (";tgrp=a%20B;trunk-context=%3E", ";tgrp=a%20B;trunk-context=%3e"),
            (";RN=+1-404", ";rn=+1404"),
            (";rn=+1;rn=+2", ";rn=+2"),
            (";npdi;rn", ";npdi;rn"),
            (";rn=;npdi", ";npdi"),
            (";%72n=1;cic=%39", ";cic=%39"),
        ],
    )
    def test_what_strayed_comes_back_as_a_number_can_have_it(self, strayed, kept):
        """Escapes stay escapes; what is no parameter of a number is ignored (RFC 3261 8.3)."""
        assert dialled(f"sip:+441632960017@h{strayed}") == f"+441632960017{kept}"

    @given(st.lists(st.tuples(st.sampled_from(["rn", "cic", "tgrp", "NPDI"]), st.binary())))
    def test_what_strayed_can_be_written_and_read_again(self, strayed):
        """No octet, escaped or not, makes another parameter of it."""
        text = "".join(f";{name}={quote(value)}" for name, value in strayed)
        subscriber = dialled_number(request_uri(f"sip:+44@h{text}"))

        assert Subscriber.parse(str(subscriber)) == subscriber

    @pytest.mark.parametrize(
        "uri",
        [
            "sip:ada@h",
            "sip:wildcard-psi12321421@h",
            "sip:+44@h;gr=x",
            "sip:+44@h;gr",
            "sip:h",
            "sip:+44x@h",
            "sip:%00@h",
            "sip:ada@h;user=ip",
            "sip:zoe@h;user=phone",
            "urn:service:sos",
            "sip:+@h",
            "sip:+44;a=b=@h",
            "sip:...@h",
            "sip:12%2B3@h",
            "sip:+44;npdi;npdi@h",
        ],
    )
    def test_a_name_is_not_a_number(self, uri):
        """Digits in a name, GRUUs, hosts without users: none is looked up."""
        with pytest.raises(NumberError):
            dialled(uri)

    @given(st.from_regex(r"[0-9+.()\-;=a-f]{1,12}", fullmatch=True))
    def test_any_user_part_gives_a_number_or_the_one_error(self, user):
        """And the digits are those that stand in it."""
        try:
            subscriber = dialled_number(request_uri(f"sip:{user}@h"))
        except NumberError:
            return
        assert subscriber.digits.lstrip("+") in "".join(c for c in user if c not in ".()-+")

    def test_what_is_hostile_takes_no_longer(self):
        """A user part of a datagram's length is refused at once."""
        began = time.perf_counter()
        for part in ("1", "-", "1-", ";a=1"):
            with pytest.raises(NumberError):
                dialled(f"sip:1{part * 15_000}x=%41=@h")

        assert time.perf_counter() - began < 2


class TestDialPlan:
    PLAN = DialPlan(
        tuple(map(DialRule.parse, ["00=+", "0=+44", "*99=+999", "/6=+441632", "44=+44"])),
        contexts=("example.com", "+44"),
    )

    @pytest.mark.parametrize(
        ("digits", "number"),
        [
            ("+4930123", "4930123"),
            ("004930123", "4930123"),
            ("01632960017", "441632960017"),
            ("960017", "441632960017"),
            ("441632960017", "441632960017"),
            ("*9912", "99912"),
            ("960017;phone-context=example.com", "441632960017"),
            ("01632960017;phone-context=+44", "441632960017"),
        ],
    )
    def test_the_first_rule_that_fits_is_followed(self, digits, number):
        """By prefix, and by length where the rule has one."""
        assert Number(number) == self.PLAN.number(Subscriber.parse(digits))

    @pytest.mark.parametrize(
        "digits",
        ["1234", "*21#", "960017;phone-context=example.org", "00", "0012345678901234567", "0a"],
    )
    def test_what_fits_none_is_no_number(self, digits):
        """Nor is what has too many digits, or stands in another context."""
        with pytest.raises(NumberError):
            self.PLAN.number(Subscriber.parse(digits))

    def test_without_rules_a_number_begins_with_plus(self):
        """Guessing sends calls to strangers."""
        assert Number("44") == DialPlan().number(Subscriber("+44"))
        with pytest.raises(NumberError):
            DialPlan().number(Subscriber("44"))

    def test_the_routing_number_counts_for_those_who_say_so(self):
        """RFC 4694 section 5.1; with a local or hexadecimal one the number is taken."""
        ported = Subscriber.parse("+1202;npdi;rn=+1-404")
        plan = DialPlan(follow_routing_number=True)

        assert Number("1202") == DialPlan().number(ported)
        assert Number("1404") == plan.number(ported)
        for rn in ("404;rn-context=+1", "+1404abc"):
            assert Number("1202") == plan.number(Subscriber.parse(f"+1202;npdi;rn={rn}"))

    @pytest.mark.parametrize("text", ["", "00", "00+", "a=+", "0=x", "0/x=+", "0/123=+", "0 = +44"])
    def test_a_rule_is_written_as_prefix_and_replacement(self, text):
        """Anything else is refused with an example."""
        with pytest.raises(BadPeer, match="00="):
            DialRule.parse(text)

    @pytest.mark.parametrize(
        ("text", "example"), [("9=44", "9=+44"), ("9=", "9=+"), ("/6=441632", "/6=+441632")]
    )
    def test_a_rule_that_gives_no_plus_is_refused(self, text, example):
        """The error has the rule, and how it was perhaps meant."""
        with pytest.raises(BadPeer) as caught:
            DialRule.parse(text)

        assert str(caught.value) == f"{text!r} in dial_plan gives no leading +, as {example} does"

    def test_a_rule_that_gives_no_plus_makes_no_number(self):
        """It is a mistake of the plan, and nobody is called."""
        with pytest.raises(NumberError):
            DialPlan((DialRule("0", "44"),)).number(Subscriber("0163"))
