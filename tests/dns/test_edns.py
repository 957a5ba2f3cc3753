"""The OPT record, read and written."""

import dns.edns
import dns.message
import pytest
from dns.edns import EDECode
from hypothesis import given
from hypothesis import strategies as st

from enumd.dns.edns import Edns, extended_error, nsid, opt_record, parse_options
from enumd.errors import FormError


def read(opt):
    """Return dnspython's reading of a reply that is one OPT record."""
    return dns.message.from_wire(bytes.fromhex("beef80000000000000000001") + opt)


class TestFixedFields:
    """CLASS and TTL of the OPT record of a query."""

    @pytest.mark.parametrize(
        ("rrclass", "payload_octets"), [(0, 512), (511, 512), (512, 512), (65535, 65535)]
    )
    def test_payload_below_512_is_512(self, rrclass, payload_octets):
        """
        RFC 6891 section 6.2.3.
        """
        assert Edns.from_fixed(rrclass, 0).payload_octets == payload_octets

    def test_ttl_holds_version_and_do(self):
        """
        The upper rcode bits and Z of a query mean nothing.
        """
        assert Edns.from_fixed(512, 0xFF027FFF) == Edns(512, version=2)
        assert Edns.from_fixed(512, 0x00008000) == Edns(512, do=True)


class TestOptions:
    """The RDATA of the OPT record of a query."""

    @given(st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=40))))
    def test_options_are_read_in_order(self, options):
        """
        Any codes, any data, empty or repeated.
        """
        rdata = b"".join(
            code.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for code, data in options
        )

        assert parse_options(rdata) == tuple(options)

    @pytest.mark.parametrize("rdata", [b"\x00", b"\x00\x03\x00", b"\x00\x03\x00\x01"])
    def test_options_cut_off_are_refused(self, rdata):
        """
        An option ends within the record.
        """
        with pytest.raises(FormError, match="EDNS option"):
            parse_options(rdata)

    def test_asks_for_an_option_whatever_its_data(self):
        """
        RFC 5001 section 2.1: data in a query for the NSID is ignored.
        """
        edns = Edns(512, options=((10, b"12345678"), (3, b"data")))

        assert edns.asks(3)
        assert not edns.asks(5)


class TestReply:
    """The OPT record of a reply, as dnspython reads it."""

    @pytest.mark.parametrize("do", [False, True])
    def test_payload_and_do(self, do):
        """
        Our payload size, version 0, DO as it was asked.
        """
        reply = read(opt_record(1232, 0, do=do))

        assert (reply.edns, reply.payload, reply.options) == (0, 1232, ())
        assert bool(reply.ednsflags & 0x8000) is do

    def test_rcode_has_its_upper_bits_here(self):
        """
        BADVERS is 16: 1 in the OPT record, 0 in the header.
        """
        assert read(opt_record(1232, 16, do=False)).rcode() == 16

    def test_options(self):
        """
        The NSID and the extended error are what dnspython reads.
        """
        options = nsid(b"a1") + extended_error(EDECode.NOT_AUTHORITATIVE)

        assert read(opt_record(1232, 5, do=False, options=options)).options == (
            dns.edns.NSIDOption(b"a1"),
            dns.edns.EDEOption(EDECode.NOT_AUTHORITATIVE),
        )
