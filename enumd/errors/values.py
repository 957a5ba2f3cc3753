"""What is wrong with a number or a record that somebody wrote."""

from __future__ import annotations

from collections.abc import Sequence

from enumd.errors.error import MarkedError


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
