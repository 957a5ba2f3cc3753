"""Enumservices and messengers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.enumservice import (
    MESSENGERS,
    REGISTRATIONS,
    Enumservice,
    messenger_uri,
)
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadUri

TOKENS = st.from_regex(r"[A-Za-z0-9\-]{1,32}", fullmatch=True)


class TestEnumservice:
    """RFC 6116 section 3.4.3."""

    @given(TOKENS, st.lists(TOKENS, max_size=3))
    def test_any_spelling_is_one_value(self, kind, subtypes):
        """Case and a leading E2U+ make no difference, and what is written reads back."""
        text = ":".join((kind, *subtypes))
        if kind[:2].lower() == "p-" or kind.lower() == "x-":
            return
        service = Enumservice.parse(text)

        assert Enumservice.parse(text.upper()) == service
        assert Enumservice.parse(f"e2u+{text.lower()}") == service
        assert Enumservice.parse(service.services_field) == service
        assert Enumservice.parse(str(service)) == service
        assert service.services_field == f"E2U+{service}"
        assert str(service).removeprefix("X-") == str(service).removeprefix("X-").lower()

    @pytest.mark.parametrize("row", REGISTRATIONS, ids=lambda row: f"{row.type}:{row.subtype}")
    def test_each_row_of_iana_is_registered(self, row):
        """Each row can be written, and is known to be registered."""
        service = Enumservice.parse(f"{row.type}:{row.subtype}".rstrip(":"))

        assert service.registration is row
        assert service.registered
        assert not service.experimental

    @pytest.mark.parametrize("text", ["tel", "sms", "sip:tel", "sms:tel:mailto", "iax2"])
    def test_anything_else_is_not(self, text):
        """A type without its subtype, or with another, is not registered."""
        assert not Enumservice.parse(text).registered

    def test_x_is_experimental(self):
        """`X-` types keep their capital X and are free to use (RFC 6116 section 3.4.3.1)."""
        service = Enumservice.parse("x-WhatsApp:HTTPS")

        assert service.services_field == "E2U+X-whatsapp:https"
        assert service.experimental
        assert not service.registered

    @pytest.mark.parametrize(
        ("text", "start", "why"),
        [
            ("", 0, "type"),
            ("E2U+", 4, "type"),
            ("sip ", 0, "type"),
            ("voice:", 0, "type"),
            (":tel", 0, "type"),
            ("a" * 33, 0, "32"),
            ("voice:" + "a" * 33, 0, "32"),
            ("sïp", 0, "type"),
            ("sip+tel", 3, "one Enumservice"),
            ("sip+E2U", 3, "one Enumservice"),
            ("P-call", 0, "private"),
            ("E2U+p-x:y", 0, "private"),
            (":".join(["a" * 32] * 8), 251, "room"),
        ],
    )
    def test_refuses_what_is_none(self, text, start, why):
        """Bad syntax, several at once and private types are refused where they stand."""
        with pytest.raises(BadEnumservice, match=why) as caught:
            Enumservice.parse(text)

        assert caught.value.start == start

    @pytest.mark.parametrize(
        ("kind", "subtypes"),
        [("SIP", ()), ("x-a", ()), ("X-A", ()), ("", ()), ("sip", ("TEL",)), ("sip", ("",))],
    )
    def test_the_constructor_takes_one_spelling(self, kind, subtypes):
        """Two values are equal exactly when they mean the same, so only one spelling exists."""
        if kind == "x-a":
            assert not Enumservice(kind, subtypes).experimental
            return
        with pytest.raises(BadEnumservice):
            Enumservice(kind, subtypes)


class TestOf:
    @pytest.mark.parametrize(
        ("uri", "service"),
        [
            ("sip:a@h.example", "sip"),
            ("sips:a@h.example", "sip"),
            ("tel:+44", "voice:tel"),
            ("mailto:a@h.example", "email:mailto"),
            ("http://h.example", "web:http"),
            ("https://h.example", "web:https"),
            ("ftp://h.example", "ft:ftp"),
            ("ldap://h.example", "vpim:ldap"),
            ("xmpp:a@h.example", "xmpp"),
            ("im:a@h.example", "im"),
            ("pres:a@h.example", "pres"),
            ("acct:a@h.example", "acct"),
            ("h323:a@h.example", "h323"),
            ("iax:h.example", "iax"),
            ("matrix:u/a:h.example", "X-matrix"),
            ("skype:a", "X-skype"),
        ],
    )
    def test_follows_from_the_scheme(self, uri, service):
        """Where a scheme has one natural Enumservice, it is that one, and it takes the URI."""
        parsed = Uri.parse(uri)
        found = Enumservice.of(parsed)

        assert str(found) == service
        found.check(parsed)

    def test_else_there_is_none(self):
        """Nothing follows from a scheme that has no Enumservice."""
        assert Enumservice.of(Uri.parse("urn:isbn:1")) is None


class TestCheck:
    def test_registered_ones_lead_to_their_schemes(self):
        """Another scheme than the registered is refused, and the right ones are named."""
        with pytest.raises(BadUri, match="sip leads to sip or sips, not to tel") as caught:
            Enumservice.parse("sip").check(Uri.parse("tel:+44"))

        assert (caught.value.start, caught.value.end) == (0, 3)

    def test_experimental_ones_lead_anywhere(self):
        """An `X-` type may lead to any URI."""
        Enumservice.parse("X-foo:sip").check(Uri.parse("tel:+44"))

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("tel", "did you mean voice:tel?"),
            ("sms", "did you mean sms:mailto or sms:tel?"),
            ("voice:sip", "did you mean sip?"),
            ("frob", "of this name\n"),
        ],
    )
    def test_unregistered_ones_are_refused(self, text, hint):
        """What IANA does not have is refused, with what was probably meant."""
        with pytest.raises(BadEnumservice) as caught:
            Enumservice.parse(text).check(Uri.parse("tel:+44"))

        assert hint in str(caught.value)


class TestMessengers:
    def test_have_the_short_names_of_the_command_line(self):
        """Six messengers have short names."""
        assert list(MESSENGERS) == [
            "matrix", "whatsapp", "telegram", "signal", "messenger", "teams",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "account", "service", "uri"),
        [
            ("matrix", "@ada:Example.org", "X-matrix", "matrix:u/ada:example.org?action=chat"),
            (
                "matrix",
                "@a/b:h.example:8448",
                "X-matrix",
                "matrix:u/a%2Fb:h.example:8448?action=chat",
            ),
            ("whatsapp", "+44 1632 960017", "web:https", "https://wa.me/441632960017"),
            ("WhatsApp", "https://wa.me/44?text=hi", "web:https", "https://wa.me/44?text=hi"),
            ("telegram", " @ada_lovelace ", "web:https", "https://t.me/ada_lovelace"),
            ("telegram", "adalo", "web:https", "https://t.me/adalo"),
            ("telegram", "+44 1632 960017", "web:https", "https://t.me/+441632960017"),
            ("signal", "+44 1632 960017", "X-signal", "tel:+441632960017"),
            ("messenger", "ada.lovelace", "web:https", "https://m.me/ada.lovelace"),
            (
                "teams",
                "ada@example.org",
                "web:https",
                "https://teams.microsoft.com/l/chat/0/0?users=ada@example.org",
            ),
        ],
    )
    def test_an_account_becomes_a_uri(self, name, account, service, uri):
        """A name, a number or a URL becomes the URI that the messenger opens."""
        found, made = messenger_uri(name, account)

        assert (str(found), str(made)) == (service, uri)
        found.check(made)

    @pytest.mark.parametrize(
        ("name", "account"),
        [
            ("matrix", "ada"),
            ("matrix", "https://matrix.to/#/@ada:example.org"),
            ("whatsapp", "0163 2960017"),
            ("whatsapp", "https://evil.example/44"),
            ("telegram", "ada"),
            ("telegram", "https://t.me/#x"),
            ("signal", "ada.01"),
            ("messenger", "ada lovelace"),
            ("messenger", ""),
            ("teams", "ada"),
            ("whatsapp", "https://wa.me/4 4"),
        ],
    )
    def test_what_is_no_account_is_refused(self, name, account):
        """An account of another kind, or somebody else's URL, is refused with a reason."""
        with pytest.raises(BadUri) as caught:
            messenger_uri(name, account)

        assert caught.value.why

    def test_an_unknown_messenger_is_refused(self):
        """The short names are listed."""
        with pytest.raises(BadEnumservice, match="matrix, whatsapp"):
            messenger_uri("icq", "1")
