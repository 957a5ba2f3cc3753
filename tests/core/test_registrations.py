"""The IANA registry of Enumservices."""

from collections import Counter

import pytest

from enumd.core.registrations import REGISTRATIONS

# Counted by type in RFC 6118, plus iax (RFC 6315) and acct (RFC 7566).
ROWS_OF = {
    "acct": 1, "email": 1, "ems": 2, "fax": 1, "ft": 1, "h323": 1, "iax": 1, "ical-access": 2,
    "ical-sched": 1, "ifax": 1, "im": 1, "mms": 2, "pres": 1, "pstn": 2, "sip": 1, "sms": 2,
    "unifmsg": 4, "vcard": 1, "videomsg": 4, "voice": 1, "voicemsg": 5, "vpim": 2, "web": 2,
    "xmpp": 1,
}  # fmt: skip


class TestRegistrations:
    def test_are_the_41_rows(self):
        """There are 41 rows, so many of each type, and none twice."""
        assert len(REGISTRATIONS) == 41
        assert Counter(row.type for row in REGISTRATIONS) == ROWS_OF
        assert len({(row.type, row.subtype) for row in REGISTRATIONS}) == 41

    @pytest.mark.parametrize("row", REGISTRATIONS, ids=lambda row: f"{row.type}:{row.subtype}")
    def test_a_subtype_is_the_scheme(self, row):
        """Every registered subtype so far names the one scheme it leads to."""
        assert not row.subtype or row.schemes == {row.subtype}

    @pytest.mark.parametrize(
        ("type", "schemes"),
        [("sip", {"sip", "sips"}), ("vcard", {"http", "https"}), ("h323", {"h323"})],
    )
    def test_types_without_subtype_name_theirs(self, type, schemes):
        """sip leads to sip and sips, vcard to http and https."""
        row = next(row for row in REGISTRATIONS if row.type == type)

        assert row.schemes == schemes

    def test_rows_say_where_they_come_from(self):
        """Class and RFC are those of the registry."""
        rows = {f"{row.type}:{row.subtype}": (row.category, row.rfc) for row in REGISTRATIONS}

        assert rows["sip:"] == ("Protocol-Based", 3764)
        assert rows["pstn:tel"] == ("Application-Based, Ancillary", 4769)
        assert rows["pstn:sip"] == ("Application-Based, Common", 4769)
        assert rows["fax:tel"] == ("Application-Based, Subset", 4355)
        assert rows["vpim:ldap"] == ("Data Type-Based", 4238)
        assert rows["acct:"] == ("Application-Based, Ancillary", 7566)
        assert rows["ical-access:https"] == ("Application-Based, Common", 5333)
