"""The grammars of the schemes."""

import time

import pytest

from enumd.core.schemes import good_addresses, grammar_of, host_at

GOOD = """
sip:ada@example.net
sip:example.net
sips:ada@example.net:5061;transport=tcp?subject=hi&to=a
sip:ada@[2001:db8::1]:5060;transport=tcp
sip:+44-1632;npdi;rn=+1@gw.example.com;user=phone
sip:a.b_c~d*e(f)&=+$,;?/@h.example
sip:ada:secret@example.net
sip:192.0.2.1
sip:ada@localhost.
sip:ada@h.example;lr;maddr=[2001:db8::1]
sip:%41da@example.net
tel:+44-1632-960017
tel:+441632960017;ext=12
tel:+(44)1632.960017;isub=1
tel:7042;phone-context=example.com
tel:*21;phone-context=+44-1632
tel:911;ext=1;Phone-Context=+1;x=y
tel:+1-215-555-0123;npdi;rn=+1-215-555-0199
tel:+4930;npdi;mcc=240;mnc=08
mailto:ada@example.net
mailto:ada.l+x@example.net,b@c.example?subject=hi%20you
im:ada@example.net
pres:ada@example.net?x=y
http://example.net
https://example.net:8443/a/b?c=d/e?f
https://[2001:db8::1]/
https://t.me/+441632960017
https://teams.microsoft.com/l/chat/0/0?users=ada@example.net
xmpp:ada@example.net
xmpp:example.net
xmpp:ada@example.net/home?message;body=hi
xmpp://guest@example.com/ada@example.net
acct:ada@example.net
acct:ada%40home@example.net:8443
h323:ada
h323:ada@gk.example.net:1719;x=y
h323:@gk.example.net
iax:ada@example.net
iax:[2001:db8::1]:4569/alice?friends
iax:192.0.2.4:4569/alice
matrix:u/ada:example.org?action=chat
matrix:roomid/x:example.org/e/y
matrix://example.org/r/room:example.org
ldap://ldap.example.net/cn=ada,o=x?mail?sub
ftp://ftp.example.net/pub/x
ftp://ada:x@ftp.example.net
skype:ada?chat
viber://chat?number=%2B44
weixin://dl/chat?ada
urn:isbn:0451450523
x-y+z.1:/a/b
a://[2001:db8::1]:5/x
file:///etc/x
""".strip().splitlines()

BAD = """
sip:
sip:ada@
sip:@example.net
sip:ada@@example.net
sip:ada@-example.net
sip:ada@example-.net
sip:ada@exa_mple.net
sip:ada@999.1.2.3
sip:ada@1.2.3
sip:ada@example.net:0
sip:ada@example.net:65536
sip:ada@example.net:
sip:ada@example.net;
sip:ada@example.net/x
sip://ada@example.net
sip:ada[x]@example.net
tel:
tel:+
tel:+-
tel:123
tel:+44x
tel:+44;
tel:+44;ext=
tel:+44;ext=1;ext=2
tel:+44;x;y;X=1
tel:+44;isub=1;ext=2
tel:12;phone-context=
tel:+44/1632
mailto:ada
mailto:@example.net
mailto:ada@example.net,
mailto:a=b@example.net
mailto:ada@192.0.2.1
im:ada
pres:
http:example.net
http://
http:///x
http://ada@example.net/
https://example.net:99999/
https://exa mple.net
xmpp:
xmpp:@example.net
acct:example.net
acct:@example.net
h323:
h323:ada@
iax:
iax:ada@example.net/
matrix:ada:example.org
matrix:x/ada
ldap:///cn=x
ftp://ftp.example.net/x?y
x:
x:[1]
a://b@[zz]/
""".strip().splitlines()


def scheme(text):
    """Return the scheme of a URI."""
    return text.partition(":")[0]


class TestGrammar:
    @pytest.mark.parametrize("text", GOOD)
    def test_takes(self, text):
        """What the scheme's own RFC allows, and a record can carry, is taken."""
        assert grammar_of(scheme(text)).pattern.fullmatch(text)
        assert good_addresses(text)

    @pytest.mark.parametrize("text", BAD)
    def test_refuses(self, text):
        """What leads nowhere, or is not written as the RFC says, is refused."""
        assert not grammar_of(scheme(text)).pattern.fullmatch(text)

    @pytest.mark.parametrize("name", ["sip", "tel", "x-unheard-of"])
    def test_has_a_shape_for_people(self, name):
        """Every grammar can be shown."""
        assert ":" in grammar_of(name).shape

    @pytest.mark.parametrize(
        "text",
        [
            "sip:" + "a." * 122,
            "sip:" + "a" * 243 + "@",
            "sip:a@h" + ";a=" * 80,
            "tel:+1" + ";a" * 121,
            "tel:+1" + ";a=1" * 60 + ";",
            "tel:1" + ";phone-context=+1" * 14,
            "mailto:" + "a@b.c," * 40,
            "http://" + "a-" * 120,
            "x:" + "%41" * 82 + "%",
            "iax:" + "a." * 121 + "/",
        ],
        ids=lambda text: text[:20],
    )
    def test_takes_little_time_whatever_the_text(self, text):
        """248 octets made to make a pattern backtrack are decided within 20 ms."""
        began_s = time.process_time()
        grammar_of(scheme(text)).pattern.fullmatch(text[:248])

        assert time.process_time() - began_s < 0.02


class TestAddresses:
    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("no brackets", True),
            ("[2001:db8::1]", True),
            ("[::]", True),
            ("[::ffff:192.0.2.1]", True),
            ("[1:::2]", False),
            ("[fe80::1%25eth0]", False),
            ("[::1] [x]", False),
            ("[]", False),
        ],
    )
    def test_brackets_hold_ipv6(self, text, verdict):
        """What stands in brackets is an IPv6 address without a zone."""
        assert good_addresses(text) is verdict


class TestHostAt:
    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("sip:h.example;x", 4, 13),
            ("sip:h.example:5060", 4, 18),
            ("sip:[::1]:5060", 4, 14),
            ("sip:[:::1]", 4, 4),
            ("sip:_", 4, 4),
            ("sip:h:99999", 4, 4),
        ],
    )
    def test_finds_where_a_host_ends(self, text, start, end):
        """A host and its port are found, or nothing is."""
        assert host_at(text, start) == end
