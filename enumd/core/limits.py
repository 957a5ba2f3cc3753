"""How many endpoints a number may have; alone, for those who need no endpoint to know it."""

from __future__ import annotations

from typing import Final

MAX_ENDPOINTS: Final = 15
"""With one ECDSA signature, 15 records of 68 octets are the last that fit 1232 octets of UDP."""

MAX_RECORDS_OCTETS: Final = 4096 - (12 + 255 + 4 + 11)
"""What the records of a number may have in all: Asterisk reads no answer over 4096 octets, header,
question and OPT among them. 13 URIs of 248 octets fit, 15 do not."""
