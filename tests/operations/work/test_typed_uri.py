"""What a person writes becomes a way to be reached."""

import pytest

from enumd.errors import BadEnumservice, BadUri
from enumd.operations.work.typed_uri import read_way


@pytest.mark.parametrize(
    ("text", "service", "written"),
    [
        ("sip:ada@example.net", None, ("sip", "sip:ada@example.net")),
        ("SIPS:ada@example.net", None, ("sip", "sips:ada@example.net")),
        ("mailto:ada@example.net", None, ("email:mailto", "mailto:ada@example.net")),
        ("tel:+491711234567", None, ("voice:tel", "tel:+491711234567")),
        ("+49 171 1234567", None, ("voice:tel", "tel:+491711234567")),
        ("+491711234567", "sms:tel", ("sms:tel", "tel:+491711234567")),
        ("xmpp:ada@example.net", None, ("xmpp", "xmpp:ada@example.net")),
        ("https://example.net/ada", None, ("web:https", "https://example.net/ada")),
        ("whatsapp:441632960017", None, ("web:https", "https://wa.me/441632960017")),
        ("whatsapp:+44 1632 960017", None, ("web:https", "https://wa.me/441632960017")),
        ("441632960017", "whatsapp", ("web:https", "https://wa.me/441632960017")),
        ("whatsapp:441632960017", "WhatsApp", ("web:https", "https://wa.me/441632960017")),
        ("https://wa.me/441632960017", None, ("web:https", "https://wa.me/441632960017")),
        ("telegram:ada_lovelace", None, ("web:https", "https://t.me/ada_lovelace")),
        ("messenger:ada.l", None, ("web:https", "https://m.me/ada.l")),
        ("signal:+441632960017", None, ("X-signal", "tel:+441632960017")),
        (
            "matrix:@ada:example.net",
            None,
            ("X-matrix", "matrix:u/ada:example.net?action=chat"),
        ),
        ("matrix:u/ada:example.net", None, ("X-matrix", "matrix:u/ada:example.net")),
        ("@ada:example.net", "matrix", ("X-matrix", "matrix:u/ada:example.net?action=chat")),
    ],
)
def test_a_way_is_read_as_people_write_it(text, service, written):
    """URIs, numbers, and accounts at messengers; the Enumservice follows where it can."""
    way = read_way(text, service)

    assert written == (str(way.service), str(way.uri))


@pytest.mark.parametrize(
    ("text", "service", "error", "says"),
    [
        ("sip:ada@@x", None, BadUri, '"@" at column'),
        ("ada@example.net", None, BadUri, "no scheme"),
        ("gopher://example.net/", None, BadUri, "say which with --service"),
        ("mailto:ada@example.net", "sip", BadUri, "leads to sip"),
        ("sip:ada@example.net", "sippy", BadEnumservice, "sippy"),
        ("+441632960017-19", None, BadUri, "behind the hyphen"),
        ("whatsapp:01632960017", None, BadUri, "international number"),
        ("telegram:a", None, BadUri, "Telegram name"),
        ("+49 17x", None, BadUri, "'x' at column"),
        ("sip:" + "a" * 300 + "@example.net", None, BadUri, "248"),
    ],
)
def test_what_is_no_way_says_why(text, service, error, says):
    """The wrong place or the missing part is named."""
    with pytest.raises(error) as raised:
        read_way(text, service)
    assert says in str(raised.value)
