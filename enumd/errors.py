"""The one tree of errors.

::

    EnumdError
    +- NumberError               the text is not an E.164 number               N1xx
    |  +- NotInternational       no leading "+" and no way to be sure          N101
    |  +- NumberTooLong          more digits than the limit                    N102
    |  +- ForeignCharacter       letters, extensions, foreign digits           N103
    |  +- NumberOutsideTree      the apex does not stand for this number       N104
    |  +- NotOneNumber           two numbers, a range, an extension            N105
    |  +- DecimalNumber          a program made a decimal fraction of it       N106
    |  +- ImpossibleNumber       too long or too short for its country         N107
    +- RecordError               something that must not be published          R2xx
    |  +- BadUri                 not an absolute URI, or wrong for the service R201
    |  +- BadEnumservice         not in the IANA table, nor "X-"               R202
    |  +- BadSubstitution        the regexp field breaks RFC 3402              R203
    |  +- BadNaptr               several reasons at once                       R204
    |  +- BadOwnerName           not a domain name, or not below the apex      R205
    +- WireError                 octets from the network                       W3xx
    |  +- NotAQuery              no header to answer, or that of a response    W301
    |  +- UnknownOpcode          an opcode other than QUERY                    W302
    |  +- FormError              octets that break RFC 1035, 6891 or 9619      W303
    |  +- BadVersion             an EDNS version above 0                       W304
    +- IndexFault                the published directory cannot be used        S4xx
    |  +- IndexMissing           nothing has been published here               S401
    |  +- IndexForeign           not ours, or another format version           S402
    |  +- IndexDamaged           torn or inconsistent                          S403
    |  +- IndexUnreachable       the operating system or LMDB refuses          S404
    +- RegistryError             refused by the system of record               G5xx
    |  +- NotFound               no such zone, pool, number, party             G501
    |  +- Conflict               taken, held, overlapping, already there       G502
    |  +- NotPermitted           the actor may not do this                     G503
    |  |  +- NotRecognised       a token that is none, has ended, was revoked  G510
    |  +- VerificationFailed     a recovery code does not match                G504
    |  +- RegistryUnusable       missing, or of another schema version         G505
    |  +- PolicyRefused          the registry's own rules say no               G506
    |  +- PartlyDone             some rows were taken and some were not        G507
    |  +- RegistryBusy           others are writing and did not finish in time G508
    |  +- UnreadableFile         an import file is not what it is said to be   G509
    +- SipError                  a SIP message or its use is wrong             P6xx
    |  +- NotSip                 octets to which no answer may be given        P601
    |  +- BrokenRequest          a request that gets a 4xx or 5xx, and why     P602
    |  +- BadPeer                a peer's policy contradicts itself            P603
    +- BadRequest                a request that cannot be meant                O9xx
    +- ConfigError               the configuration cannot be used              C7xx
    +- ServiceError              a socket, a worker or a peer                  V8xx

Each raise brings the next step of its very case with `advise`; where one brings none, the docstring
of the class is what the CLI prints under the text. `exit_status`: 1 operational, 2 usage, 3 not
found, 4 conflict, 5 not permitted, 6 verification failed, 7 safety, 8 partly done.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self


class EnumdError(Exception):
    """Report this with the command you ran; `--debug` shows where it happened."""

    code: ClassVar[str] = "E000"
    exit_status: ClassVar[int] = 1
    _advice: str | None = None

    def __str__(self) -> str:
        """Return what the error was given, in one line: the value and why, or why alone."""
        return ": ".join(filter(None, map(str, self.args)))

    def advise(self, advice: str) -> Self:
        """Keep *advice*, the next step of this very case, and return the error, to be raised."""
        self._advice = advice
        return self

    @property
    def advice(self) -> str:
        """Return what the operator should do next, as one paragraph."""
        advice = self._advice or inspect.cleandoc(type(self).__doc__ or "")
        return " ".join(advice.split())


class MarkedError(EnumdError):
    """Correct the marked place and try again."""

    def __init__(self, why: str, text: str, start: int = 0, end: int | None = None) -> None:
        """Keep *why* *text* is refused and the half-open span *start*..*end* that is wrong."""
        super().__init__(why, text, start, end)
        self.why = why
        self.text = text
        self.start = start
        self.end = len(text) if end is None else end

    def __str__(self) -> str:
        """Return the reason, the text and a caret line under the wrong span."""
        carets = "^" * max(1, self.end - self.start)
        return f"{self.why}\n  {self.text}\n  {' ' * self.start}{carets}"


class NumberError(MarkedError):
    """Write it internationally: plus, country code, the rest; for example +44 1632 960017."""

    code = "N100"
    exit_status = 2


class NotInternational(NumberError):
    """Begin with "+" and the country code; a leading 0 or 00 depends on where one stands."""

    code = "N101"


class NumberTooLong(NumberError):
    """Leave digits out, or raise `max_digits` under [numbers] in enumd.toml (32 at most)."""

    code = "N102"


class ForeignCharacter(NumberError):
    """Use the digits 0 to 9 only; spaces, dots, hyphens and brackets may separate them."""

    code = "N103"


class NumberOutsideTree(NumberError):
    """Choose a number that begins with the digits the zone stands for (`enumd zone list`)."""

    code = "N104"


class NotOneNumber(NumberError):
    """Write one number, without what stands before or behind it."""

    code = "N105"


class DecimalNumber(NumberError):
    """Keep the numbers as text in the program they come from, and leave the fraction out."""

    code = "N106"


class ImpossibleNumber(NumberError):
    """Correct it; written without separators, a number is not measured by any plan."""

    code = "N107"


class RecordError(MarkedError):
    """Correct the value: a record like this would break clients or secondaries that load it."""

    code = "R200"
    exit_status = 2


class BadUri(RecordError):
    """Give an absolute URI such as sip:ada@example.net, without spaces, "!" or a #fragment."""

    code = "R201"


class BadEnumservice(RecordError):
    """Use a registered Enumservice (sip, voice:tel, email:mailto) or one that begins with X-."""

    code = "R202"


class BadSubstitution(RecordError):
    """Write it as !ERE!URI!, for example !^.*$!sip:ada@example.net! and nothing more."""

    code = "R203"


class BadNaptr(RecordError):
    """Correct every point named; BIND refuses a whole zone for one such record."""

    code = "R204"

    def __init__(self, reasons: Sequence[object], text: str) -> None:
        super().__init__("; ".join(map(str, reasons)), text)
        self.args = (reasons, text)
        self.reasons = tuple(reasons)


class BadOwnerName(RecordError):
    """Give a domain name of labels up to 63 octets, 255 in all, at or below the apex."""

    code = "R205"


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


class IndexFault(EnumdError):
    """Run `enumd publish --rebuild`: the index is made again from the registry, nothing is lost."""

    code = "S400"

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(path, found)
        self.path = path
        self.found = found


class IndexMissing(IndexFault):
    """Run `enumd publish`: it is made from the registry, which has every change."""

    code = "S401"


class IndexForeign(IndexFault):
    """Check the path under [index] (`enumd config`); nothing of what is there was touched."""

    code = "S402"


class IndexDamaged(IndexFault):
    """Run `enumd publish --rebuild`: the index is made again from the registry, nothing is lost."""

    code = "S403"


class IndexUnreachable(IndexFault):
    """Check who owns the directory, its mode (0700), and the room on its disk; then try again."""

    code = "S404"


class RegistryError(EnumdError):
    """Nothing was changed."""

    code = "G500"


class NotFound(RegistryError):
    """Check the spelling; the `list` and `find` commands show what there is."""

    code = "G501"
    exit_status = 3


class Conflict(RegistryError):
    """Nothing was changed; the `show` and `list` commands say what is there already."""

    code = "G502"
    exit_status = 4
    similar: Sequence[str] = ()  # free numbers like the one that is taken


class NotPermitted(RegistryError):
    """Ask the holder, or act as a party that may do this."""

    code = "G503"
    exit_status = 5


class VerificationFailed(RegistryError):
    """Nothing was changed; compare what you gave with what was printed, sign by sign."""

    code = "G504"
    exit_status = 6


class RegistryUnusable(RegistryError):
    """Nothing was changed. Check --home and the url under [registry]: `enumd config` shows both."""

    code = "G505"


class NotRecognised(NotPermitted):
    """Ask the operator for a new one: `enumd token create` makes it, `enumd token list` has all."""

    code = "G510"


class PolicyRefused(RegistryError):
    """Nothing was changed; `enumd config` shows the limits in force."""

    code = "G506"
    exit_status = 5


class PartlyDone(RegistryError):
    """Correct the rows listed and run it again; rows already taken are left as they are."""

    code = "G507"
    exit_status = 8


class UnreadableFile(RegistryError):
    """Give a CSV file (number,service,uri[,preference[,ttl]]) or a BIND zone file in UTF-8."""

    code = "G509"
    exit_status = 2

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why


class RegistryBusy(RegistryError):
    """Run it again; nothing was changed. An import of millions keeps others waiting."""

    code = "G508"


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


class BadPeer(SipError):
    """Correct the peer under [sip] in enumd.toml."""

    code = "P603"
    exit_status = 2


class BadRequest(EnumdError):
    """Say which of the two is meant, or what is missing; nothing was changed."""

    code = "O900"
    exit_status = 2


class ConfigError(EnumdError):
    """Correct enumd.toml; `enumd config --example` prints a complete one."""

    code = "C700"
    exit_status = 2

    def __init__(self, why: str, key: str = "", source: str = "") -> None:
        """Keep *why* the setting *key* (`dns.listen`) that stands in *source* is refused."""
        super().__init__(why, key, source)
        self.why = why
        self.key = key
        self.source = source

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.source, self.key, self.why)))


class ServiceError(EnumdError):
    """Look at what was named; `enumd doctor` says how the server and its surroundings are."""

    code = "V800"
