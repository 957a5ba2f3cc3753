"""Types that belong to one signed copy of a zone."""

import dns.rdatatype
import pytest

from enumd.registry.files.signed_types import is_made_anew


@pytest.mark.parametrize(
    ("name", "at_apex", "below"),
    [
        ("RRSIG", True, True),
        ("NSEC3", True, True),
        ("CDNSKEY", True, True),
        ("ZONEMD", True, True),
        ("TYPE65534", True, False),
        ("DS", False, False),
        ("NAPTR", False, False),
    ],
)
def test_what_is_left_out(name, at_apex, below):
    """
    Signatures, denials and keys are left out everywhere, what BIND notes for itself at the apex.
    """
    rrtype = dns.rdatatype.from_text(name)

    assert is_made_anew(rrtype, at_apex=True) is at_apex
    assert is_made_anew(rrtype, at_apex=False) is below
