"""What is wrong with a DNS or SIP message from the network, or with the peer that sends it."""

from __future__ import annotations

from typing import Any

from enumd.errors.error import EnumdError


class WireError(EnumdError):
    """The peer sent octets that are no DNS message; nothing needs to be done here."""

    code = "W300"

    def __init__(self, why: str, heard: Any = None) -> None:
        """Keep *why*, and *heard*: what was understood before the fault, to answer from."""
        super().__init__(why)
        self.why = why
        self.heard = heard


class NotAQuery(WireError):
    """Nothing is answered: a reply to a response is how two servers begin to loop."""

    code = "W301"


class UnknownOpcode(WireError):
    """The peer asked for something other than a look-up and was told that it is not done here."""

    code = "W302"


class FormError(WireError):
    """The peer was told that its message is broken; look at its software, or at the path to it."""

    code = "W303"


class BadVersion(WireError):
    """The peer speaks a later EDNS and was told to come back with version 0."""

    code = "W304"


class SipError(EnumdError):
    """The peer sent a SIP message that cannot be used; the answer it got says why."""

    code = "P600"


class NotSip(SipError):
    """Nothing: whatever sent this speaks no SIP, or answered a question we never asked."""

    code = "P601"


class BrokenRequest(SipError):
    """Correct the software that sent it; RFC 3261 section 25 has the grammar."""

    code = "P602"

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why

    def __str__(self) -> str:
        return f"{self.status}: {self.why}"


class BadPeer(SipError):
    """Correct the peer under [sip] in enumd.toml."""

    code = "P603"
    exit_status = 2
