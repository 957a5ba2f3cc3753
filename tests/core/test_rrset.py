"""RRsets as values."""

import dns.rdatatype
import pytest

from enumd.core.rrset import MAX_TTL_S, RRset, RRType


class TestRRset:
    """RFC 2181 sections 5 and 8."""

    @pytest.mark.parametrize("ttl_s", [0, 300, MAX_TTL_S])
    def test_is_a_type_a_ttl_and_rdatas(self, ttl_s):
        """Any TTL of 31 bits and any type of 16 bits will do."""
        rrset = RRset(65535, ttl_s, (b"", b"\0" * 65535))

        assert (rrset.rrtype, rrset.ttl_s, len(rrset.rdatas)) == (65535, ttl_s, 2)

    @pytest.mark.parametrize(
        ("rrtype", "ttl_s", "rdatas", "why"),
        [
            (1, -1, (b"a",), "31 bits"),
            (1, MAX_TTL_S + 1, (b"a",), "31 bits"),
            (0, 0, (b"a",), "16 bits"),
            (1 << 16, 0, (b"a",), "16 bits"),
            (1, 0, (), "none twice"),
            (1, 0, (b"a", b"a"), "none twice"),
            (1, 0, (b"a" * 65536,), "65535"),
        ],
    )
    def test_refuses_what_fits_no_field(self, rrtype, ttl_s, rdatas, why):
        """Empty and repeating sets and values that do not fit their fields cannot exist."""
        with pytest.raises(ValueError, match=why):
            RRset(rrtype, ttl_s, rdatas)


class TestRRType:
    @pytest.mark.parametrize("rrtype", list(RRType), ids=lambda rrtype: rrtype.name)
    def test_numbers_are_those_of_iana(self, rrtype):
        """Each name has the number that dnspython has for it."""
        assert dns.rdatatype.from_text(rrtype.name) == rrtype
