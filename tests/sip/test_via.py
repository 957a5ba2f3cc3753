"""The Via header field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import BrokenRequest, NotSip
from enumd.sip.head import Head
from enumd.sip.via import LONGEST_OCTETS, Via, top_via

TORTUOUS = (
    b'SIP  /   2.0\r\n /UDP\r\n    192.0.2.2 : 5080 ;\r\n branch =\r\n z9hG4bKx ; q="a;rport;b"'
)


class TestParsing:
    def test_what_clients_write(self):
        """Transport, sent-by, branch, rport."""
        via = Via.parse(b"SIP/2.0/UDP pc.Example.COM:5080;rport;branch=z9hG4bK-A.b")

        assert (via.transport, via.host, via.port) == (b"UDP", "pc.example.com", 5080)
        assert (via.branch, via.rport, via.maddr) == (b"z9hg4bk-a.b", True, "")
        assert via.compliant

    def test_what_the_grammar_allows(self):
        """White space around every mark, folded lines, quoted strings."""
        via = Via.parse(TORTUOUS)

        assert (
            via.transport,
            via.host,
            via.port,
            via.branch,
            via.rport,
        ) == (b"UDP", "192.0.2.2", 5080, b"z9hg4bkx", False)

    @pytest.mark.parametrize(
        "value",
        [
            b"SIP/2.0/UDP h",
            b"SIP/2.0/UDP h;branch",
            b"SIP/2.0/UNKNOWN h;branch=390skdjuw",
            b"sip/2.0/tcp h;ttl=1;maddr=[2001:DB8::1]",
            b"SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=x",
            b"SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=x",
            b"SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=x",
        ],
    )
    def test_old_and_unusual_ones_are_taken(self, value):
        """No branch or an old one, foreign transports, IPv6 in every place."""
        via = Via.parse(value)

        assert value == via.octets
        assert not via.compliant

    def test_maddr_is_read(self):
        """For those who may use it."""
        assert Via.parse(b"SIP/2.0/UDP h;maddr=[2001:DB8::1]").maddr == "[2001:db8::1]"

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"SIP/2.0/UDP",
            b"SIP/2.0 UDP h",
            b"HTTP/1.1/TCP h",
            b"SIP/2.0/UDP h;;,;,,",
            b"SIP/2.0/UDP h;branch=",
            b"SIP/2.0/UDP h:",
            b"SIP/2.0/UDP h:65536;branch=z9hG4bKx",
            b"SIP/2.0/UDP [::g]",
            b"SIP/2.0/UDP [1:2]",
            b"SIP/2.0/UDP h x",
            b"SIP/2.0/UDP h;branch=z9hG4bK",
            b"SIP/2.0/UDP h;x;branch=Z9HG4BK",
        ],
    )
    def test_anything_else_is_a_fault(self, value):
        """So is a branch that is the cookie and nothing more (RFC 4475 section 3.2.1)."""
        with pytest.raises(BrokenRequest) as caught:
            Via.parse(value)

        assert caught.value.status == 400


class TestStamping:
    """RFC 3261 section 18.2.1 and RFC 3581 section 4."""

    @pytest.mark.parametrize(
        ("value", "stamped"),
        [
            (b"SIP/2.0/UDP 192.0.2.4:5060;branch=x", b"SIP/2.0/UDP 192.0.2.4:5060;branch=x"),
            (b"SIP/2.0/UDP h;branch=x", b"SIP/2.0/UDP h;branch=x;received=192.0.2.4"),
            (
                b"SIP/2.0/UDP 192.0.2.9;branch=x",
                b"SIP/2.0/UDP 192.0.2.9;branch=x;received=192.0.2.4",
            ),
            (
                b"SIP/2.0/UDP 192.0.2.4;branch=x;rport",
                b"SIP/2.0/UDP 192.0.2.4;branch=x;rport=777;received=192.0.2.4",
            ),
            (
                b"SIP/2.0/UDP 192.0.2.4:5060;rport;branch=x",
                b"SIP/2.0/UDP 192.0.2.4:5060;rport=777;branch=x;received=192.0.2.4",
            ),
            (
                b"SIP/2.0/UDP h;RPORT = 5;branch=x;y",
                b"SIP/2.0/UDP h;rport=777;branch=x;y;received=192.0.2.4",
            ),
            (
                b"SIP/2.0/UDP 192.0.2.4 ;Received=203.0.113.1; branch=x",
                b"SIP/2.0/UDP 192.0.2.4; branch=x;received=192.0.2.4",
            ),
            (
                b'SIP/2.0/UDP h;y=";rport;received=1";rport;branch=x',
                b'SIP/2.0/UDP h;y=";rport;received=1";rport=777;branch=x;received=192.0.2.4',
            ),
            (
                b"SIP/2.0/UDP h;branch=z9hG4bKreceived",
                b"SIP/2.0/UDP h;branch=z9hG4bKreceived;received=192.0.2.4",
            ),
        ],
    )
    def test_the_source_is_written_where_it_belongs(self, value, stamped):
        """What the client claims is overwritten; every other octet stays."""
        assert stamped == Via.parse(value).stamped("192.0.2.4", 777)

    def test_ipv6_is_compared_by_value_and_written_without_brackets(self):
        """RFC 5118 section 4.5."""
        same = Via.parse(b"SIP/2.0/UDP [2001:DB8:0::1];branch=x")
        other = Via.parse(b"SIP/2.0/UDP [2001:db8::2];branch=x")

        assert same.octets == same.stamped("2001:db8::1", 5060)
        assert other.stamped("2001:db8::1", 5060).endswith(b";received=2001:db8::1")

    @given(
        st.from_regex(
            rb"SIP/2\.0/UDP h(?:;(?:rport|x|received=[0-9]|branch=z)){0,5}", fullmatch=True
        )
    )
    def test_a_stamped_value_is_a_via_with_the_same_branch(self, value):
        """Stamping breaks nothing, whatever the parameters and their order."""
        via = Via.parse(value)
        again = Via.parse(via.stamped("192.0.2.4", 777))

        assert (via.host, via.branch, via.rport) == (again.host, again.branch, again.rport)
        assert again.octets.count(b"received=") == 1


class TestTopVia:
    def test_the_first_of_a_list_is_on_top(self):
        """Of a comma list and of several rows."""
        head = Head(b"X\r\nVia: SIP/2.0/UDP a, SIP/2.0/TCP b\r\nv: SIP/2.0/TLS c")

        assert top_via(head).host == "a"
        assert top_via(Head(b"X\r\nVia: SIP/2.0/UDP a\r\nv: SIP/2.0/TLS c")).host == "a"

    def test_without_any_there_is_nobody_to_answer(self):
        """Then it is no SIP to us."""
        with pytest.raises(NotSip):
            top_via(Head(b"X\r\nTo: y"))

    @pytest.mark.parametrize("tail", [b"", b", SIP/2.0/UDP b", b'"' * 9000, b"<" * 9000])
    def test_a_value_that_is_too_long_is_not_looked_at(self, tail):
        """Or ACKs, which no limit of rate holds back, would cost more than they are worth."""
        row = b"SIP/2.0/UDP a" + b";a" * (LONGEST_OCTETS // 2) + tail

        with pytest.raises(BrokenRequest, match="octets"):
            top_via(Head(b"X\r\nVia: " + row))

    def test_what_follows_the_first_value_is_not_looked_at(self):
        """However much it is."""
        row = b"SIP/2.0/UDP a;branch=b, " + b"<" * 60_000

        assert top_via(Head(b"X\r\nVia: " + row)).octets == b"SIP/2.0/UDP a;branch=b"
