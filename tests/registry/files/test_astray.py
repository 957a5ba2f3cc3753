"""NAPTRs that are nobody's."""

import dns.name
import dns.rdata
import pytest

from enumd.core.apex import Apex, parse_name
from enumd.registry.files.astray import astray

SIP = dns.rdata.from_text("IN", "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .').to_wire()
OTHER = dns.rdata.from_text("IN", "NAPTR", '10 10 "s" "SIP+D2U" "" _sip._udp.b.').to_wire()


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        ("7.1", None),
        ("*", None),
        ("*.7.1", None),
        ("@", None),
        ("7.1.4.4.e164.arpa", "Write 7.1.4.4.e164.arpa."),
        ("7.1.4.4.e164.arpa.9", "Write 7.1.4.4.e164.arpa."),
        ("1632960017", "write 7.1.0.0.6.9.2.3.6.1"),
        ("17.96.1632", "write 7.1.6.9.2.3.6.1"),
        ("sip", "nobody asks"),
        ("7.*.1", "nobody asks"),
    ],
)
def test_names_that_are_no_numbers(owner, said):
    """
    A NAPTR of ENUM belongs to a number or a block; what has probably happened is said.
    """
    apex = Apex(parse_name("4.4.e164.arpa"), "44")

    why = astray(apex, dns.name.from_text(owner, apex.name), (SIP, OTHER))

    assert (why is None) if said is None else (said in why)
    assert astray(apex, dns.name.from_text(owner, apex.name), (OTHER,)) is None


def test_a_tree_of_all_numbers_is_no_number():
    """
    The apex of a zone that stands for no digits is the name of nobody.
    """
    apex = Apex(parse_name("e164.arpa"))

    assert "no number" in astray(apex, apex.name, (SIP,))
