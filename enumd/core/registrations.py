"""The IANA registry "Enumservice Registrations", whole (RFC 6117, RFC 6118)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Registration:
    """One row of the IANA registry "Enumservice Registrations"."""

    type: str
    subtype: str
    """Empty where the type is registered without one."""
    schemes: frozenset[str]
    """The URI schemes a record of it may lead to."""
    category: str
    """RFC 6117 section 4: Protocol-Based, Application-Based (three kinds) or Data Type-Based."""
    rfc: int
    """The RFC that registered it; RFC 6118 updated all the older ones."""


# https://www.iana.org/assignments/enum-services as of 2022-01-28: type, subtype, schemes,
# category, RFC. All of them are of intended usage COMMON.
_TABLE: Final = """
acct         -      acct       ancillary    7566
email        mailto mailto     common       4355
ems          mailto mailto     common       4355
ems          tel    tel        common       4355
fax          tel    tel        subset       4355
ft           ftp    ftp        subset       4002
h323         -      h323       protocol     3762
iax          -      iax        protocol     6315
ical-access  http   http       common       5333
ical-access  https  https      common       5333
ical-sched   mailto mailto     common       5333
ifax         mailto mailto     subset       4143
im           -      im         common       5028
mms          mailto mailto     common       4355
mms          tel    tel        common       4355
pres         -      pres       common       3953
pstn         sip    sip        common       4769
pstn         tel    tel        ancillary    4769
sip          -      sip,sips   protocol     3764
sms          mailto mailto     common       4355
sms          tel    tel        common       4355
unifmsg      http   http       common       5278
unifmsg      https  https      common       5278
unifmsg      sip    sip        common       5278
unifmsg      sips   sips       common       5278
vcard        -      http,https data         4969
videomsg     http   http       common       5278
videomsg     https  https      common       5278
videomsg     sip    sip        common       5278
videomsg     sips   sips       common       5278
voice        tel    tel        common       4415
voicemsg     http   http       common       5278
voicemsg     https  https      common       5278
voicemsg     sip    sip        common       5278
voicemsg     sips   sips       common       5278
voicemsg     tel    tel        common       5278
vpim         ldap   ldap       data         4238
vpim         mailto mailto     data         4238
web          http   http       common       4002
web          https  https      common       4002
xmpp         -      xmpp       protocol     4979
"""

_CATEGORIES: Final = {
    "protocol": "Protocol-Based",
    "common": "Application-Based, Common",
    "subset": "Application-Based, Subset",
    "ancillary": "Application-Based, Ancillary",
    "data": "Data Type-Based",
}


def _rows() -> Iterator[Registration]:
    """Yield the rows of the table."""
    for line in _TABLE.split("\n")[1:-1]:
        kind, subtype, schemes, category, rfc = line.split()
        yield Registration(
            kind,
            subtype.strip("-"),
            frozenset(schemes.split(",")),
            _CATEGORIES[category],
            int(rfc),
        )


REGISTRATIONS: Final = tuple(_rows())
"""The 41 rows of the IANA registry, in its order."""
