"""NAPTR values, refereed by dnspython and dnslib."""

from dataclasses import replace

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.IN.NAPTR
import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.naptr import Naptr, quote
from enumd.errors import BadNaptr

U16 = st.integers(0, 0xFFFF)
OCTETS = st.binary(max_size=255) | st.binary(max_size=20)
LABELS = st.binary(min_size=1, max_size=20)
NAMES = st.lists(LABELS, max_size=5).map(lambda labels: dns.name.Name((*labels, b"")))
HOSTS = st.lists(st.from_regex(r"[a-z0-9_]{1,9}", fullmatch=True).map(str.encode), max_size=5).map(
    lambda labels: dns.name.Name((*labels, b""))
)
NAPTRS = st.builds(Naptr, U16, U16, OCTETS, OCTETS, OCTETS, NAMES)


def dnspython(octets):
    """Return RDATA as dnspython reads it."""
    return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.NAPTR, octets, 0, len(octets))


class TestWire:
    """RFC 3403 section 4.1."""

    @given(NAPTRS)
    def test_what_is_written_reads_back(self, naptr):
        """Any NAPTR goes to the wire and comes back the same."""
        assert Naptr.from_rdata(naptr.rdata()) == naptr

    @given(NAPTRS)
    def test_dnspython_reads_the_same(self, naptr):
        """dnspython sees the same six fields and writes the same octets."""
        rdata = dnspython(naptr.rdata())

        assert (rdata.order, rdata.preference) == (naptr.order, naptr.preference)
        assert (rdata.flags, rdata.service, rdata.regexp) == (
            naptr.flags,
            naptr.services,
            naptr.regexp,
        )
        assert rdata.replacement == naptr.replacement
        assert rdata.to_wire() == naptr.rdata()

    @given(NAPTRS, HOSTS)
    def test_dnslib_reads_the_same(self, naptr, replacement):
        """dnslib sees the same six fields; of names it knows those of hosts only."""
        naptr = replace(naptr, replacement=replacement)
        octets = naptr.rdata()
        rdata = dnslib.NAPTR.parse(dnslib.DNSBuffer(octets), len(octets))

        assert (rdata.order, rdata.preference) == (naptr.order, naptr.preference)
        assert (rdata.flags, rdata.service, rdata.regexp) == (
            naptr.flags,
            naptr.services,
            naptr.regexp,
        )
        assert rdata.replacement.label == naptr.replacement.labels[:-1]

    @given(NAPTRS, st.data())
    def test_no_octet_may_be_missing(self, naptr, data):
        """RDATA cut anywhere is refused, never misread."""
        octets = naptr.rdata()
        with pytest.raises(BadNaptr):
            Naptr.from_rdata(octets[: data.draw(st.integers(0, len(octets) - 1))])

    @given(st.binary(max_size=40))
    def test_any_octets_are_read_or_refused(self, octets):
        """Whatever arrives is a NAPTR that writes the same octets, or a BadNaptr."""
        try:
            naptr = Naptr.from_rdata(octets)
        except BadNaptr as error:
            assert error.reasons
        else:
            assert naptr.rdata() == octets

    @pytest.mark.parametrize("tail", [b"\0\0", b"\xc0\x04", b"\x01a"])
    def test_the_replacement_fills_the_rest(self, tail):
        """Octets left over, a compression pointer and a name without end are refused."""
        with pytest.raises(BadNaptr):
            Naptr.from_rdata(bytes(4) + b"\x01u\0\0" + tail)


class TestText:
    @given(NAPTRS)
    def test_dnspython_reads_the_same(self, naptr):
        """The presentation form means the same to dnspython, whatever octets there are."""
        rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.NAPTR, str(naptr))

        assert rdata.to_wire() == naptr.rdata()

    @given(NAPTRS)
    def test_is_what_dnspython_writes(self, naptr):
        """Both write the same text, so output of either can be compared."""
        assert str(naptr) == dnspython(naptr.rdata()).to_text()

    @given(st.text("abc!^$.*+ :@sip", max_size=40))
    def test_dnslib_reads_the_same(self, text):
        """Without escapes (as all of ours are) and brackets dnslib reads the same text."""
        naptr = Naptr(100, 10, b"u", b"E2U+sip", text.encode(), dns.name.root)
        record = dnslib.RR.fromZone(f"x. 60 IN NAPTR {naptr}")[0].rdata

        assert record.regexp == naptr.regexp
        assert (record.flags, record.service) == (b"u", b"E2U+sip")

    def test_looks_like_a_master_file(self):
        """Strings stand in quotes, a backslash is doubled, a control character is a number."""
        naptr = Naptr(100, 10, b"u", b"E2U+sip", rb"!^(.*)$!sip:\1@h!", dns.name.root)

        assert str(naptr) == r'100 10 "u" "E2U+sip" "!^(.*)$!sip:\\1@h!" .'
        assert quote(b'"\x00\xff') == r'"\"\000\255"'


class TestFields:
    def test_refuses_all_that_does_not_fit(self):
        """Every field too large is named at once."""
        with pytest.raises(BadNaptr) as caught:
            Naptr(-1, 65536, b"a" * 256, b"b" * 256, b"c" * 256, dns.name.Name((b"x",)))

        assert len(caught.value.reasons) == 6

    @pytest.mark.parametrize(
        ("flags", "terminal"),
        [(b"u", True), (b"U", True), (b"", False), (b"s", False), (b"uu", False)],
    )
    def test_u_is_terminal_in_either_case(self, flags, terminal):
        """RFC 6116 section 3.4.2: `u` is the one terminal flag, and flags have no case."""
        assert Naptr(1, 1, flags, b"", b"", dns.name.root).terminal is terminal
