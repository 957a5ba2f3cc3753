"""Addresses in From, To and Contact."""

import time

import pytest

from enumd.errors import BrokenRequest
from enumd.sip.address import NameAddress, party


class TestAddress:
    """RFC 3261 section 20.10."""

    @pytest.mark.parametrize(
        ("value", "display", "uri", "parameters"),
        [
            (b"sip:a@h", b"", "sip:a@h", {}),
            (b"<sip:a@h>", b"", "sip:a@h", {}),
            (b"caller<sip:a@h>;tag=323", b"caller", "sip:a@h", {b"tag": b"323"}),
            (
                b'"J Rosenberg \\\\\\""       <sip:a@h>\r\n ;tag = 98',
                b'J Rosenberg \\"',
                "sip:a@h",
                {b"tag": b"98"},
            ),
            (
                b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:a@h>',
                b"BEL:\x07 NUL:\x00 DEL:\x7f",
                "sip:a@h",
                {},
            ),
            (
                b"token1~` token2'+_ token3*%!.- <sip:m@h>;f''~+*_!.-%=\"\xd1\x80\";tag=_t~1",
                b"token1~` token2'+_ token3*%!.-",
                "sip:m@h",
                {b"f''~+*_!.-%": b'"\xd1\x80"', b"tag": b"_t~1"},
            ),
            (b"sip:a@h ;   tag    = 1918181833n", b"", "sip:a@h", {b"tag": b"1918181833n"}),
            (b"<sip:a@h?x=y;z>;q=0.1", b"", "sip:a@h?x=y;z", {b"q": b"0.1"}),
            (b"isbn:2983792873", b"", "isbn:2983792873", {}),
            (b"J\xc3\xbcrgen M. <sip:j@h>;tag=1", b"J\xc3\xbcrgen M.", "sip:j@h", {b"tag": b"1"}),
            (b"J\xfcrgen<sip:j@h>", b"J\xfcrgen", "sip:j@h", {}),
            (b"Ada (home) a@b:c/d <sip:a@h>", b"Ada (home) a@b:c/d", "sip:a@h", {}),
            (b"<sip:a@h>;;tag=1 ; ", b"", "sip:a@h", {b"tag": b"1"}),
        ],
    )
    def test_every_form_is_read(self, value, display, uri, parameters):
        """With a name or without, in brackets or without, with white space in every legal place."""
        assert (display, uri, parameters) == NameAddress.parse(value)

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"Bob",
            b'"Mr. J. User <sip:j@h>',
            b"Bell, Alexander <sip:a@h>;tag=43",
            b'"Watson, Thomas" <sip:t@h >',
            b"<sip:a@h",
            b"< sip:a@h>",
            b"sip:a@h?Route=%3Csip:h%3E",
            b"<sip:a@h> x",
            b"<sip:a b@h>",
            b"<ada>",
            b"<sip:a@h>, <sip:b@h>",
            b"<>",
            b"<<sip:a@h>>",
        ],
    )
    def test_what_is_no_address_is_a_fault(self, value):
        """Open quotes, commas in bare names, spaces in URIs, headers without brackets: 400."""
        with pytest.raises(BrokenRequest) as caught:
            NameAddress.parse(value)

        assert caught.value.status == 400

    def test_what_is_hostile_takes_no_longer(self):
        """A datagram's worth of anything is refused in milliseconds."""
        began = time.perf_counter()
        for part in (b" ", b"a ", b'"', b'\\"', b"<", b";a", b"a:", b';a="', b"\r\n "):
            for value in (
                part * 20_000,
                b'"' + part * 20_000,
                b"<sip:a@h>" + part * 20_000 + b"\0",
            ):
                with pytest.raises(BrokenRequest):
                    NameAddress.parse(value + b"\0")

        assert time.perf_counter() - began < 5


class TestParty:
    @pytest.mark.parametrize(
        ("value", "uri", "tag"),
        [
            (b'"Bob" <sip:b@h>;tag=8f2a', b"sip:b@h", b"8f2a"),
            (b"<sip:b@h>", b"sip:b@h", b""),
            (b"sip:b@h;tag=1", b"sip:b@h", b"1"),
            (b"Bob <sip:b@h> ; x ; TAG = 1", b"sip:b@h", b"1"),
            (b'"a" <sip:b@h>;x=";tag=2"', b"sip:b@h", b""),
            (b"J\xc3\xbcrgen <sip:j@h>;tag=7", b"sip:j@h", b"7"),
            (b"tag=1 <sip:j@h>;;tag=7;", b"sip:j@h", b"7"),
        ],
    )
    def test_it_has_a_uri_and_may_have_a_tag(self, value, uri, tag):
        """A tag in a quoted string is none."""
        assert (uri, tag) == party(value, "From")

    def test_the_field_is_named_when_it_cannot_be_read(self):
        """So that the sender knows where to look."""
        with pytest.raises(BrokenRequest, match="the To header field"):
            party(b'"open <sip:b@h>', "To")
