"""Telephone subscribers: what stands after `tel:`, and before the `@` of a SIP URI for a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from enumd.core.number import E164_DIGITS, Number
from enumd.core.uri import Uri
from enumd.errors import BadUri, NotInternational

# RFC 3966 section 3: visual-separator = "-" / "." / "(" / ")".
_SEPARATORS: Final = str.maketrans("", "", "-.()")

_GLOBAL: Final = re.compile(r"\+[0-9]+", re.ASCII)
_LOCAL: Final = re.compile(r"[0-9A-Fa-f*#]+", re.ASCII)

# parameter = ";" pname ["=" pvalue]; paramchar = param-unreserved / unreserved / pct-encoded
_PARAMETER: Final = re.compile(
    r"([A-Za-z0-9-]+)(?:=((?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})+))?", re.ASCII
)

# RFC 3261 section 19.1.2: these may stand in a tel URI, and must be escaped in a SIP user part.
_USER_ESCAPES: Final = str.maketrans({"[": "%5b", "]": "%5d", ":": "%3a", "@": "%40", "#": "%23"})

_FIRST: Final = {"isub": 0, "ext": 1, "postd": 2, "phone-context": 3}
"""RFC 3261 section 19.1.6 and RFC 3966 section 3: these come first, the others in lexical order."""

_DIGITS: Final = frozenset(("ext", "postd", "rn", "cic"))
_CONTEXTS: Final = frozenset(("phone-context", "rn-context", "cic-context", "trunk-context"))
"""Parameters of which we know that case means nothing; what we do not know is left as it is."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A telephone-subscriber (RFC 3966 section 3): digits, and parameters in canonical order.

    *digits* begin with `+` when they are an E.164 number; visual separators are gone. A local
    number may have `*`, `#` and the letters a to f.

        >>> str(Subscriber.parse("+44-1632-960017;npdi;RN=+44-1632"))
        '+441632960017;npdi;rn=+441632'
    """

    digits: str
    parameters: tuple[tuple[str, str | None], ...] = ()

    def __post_init__(self) -> None:
        """Refuse digits that are neither a global nor a local number, and a repeated parameter."""
        if not (_GLOBAL.fullmatch(self.digits) or _LOCAL.fullmatch(self.digits)):
            raise BadUri("neither + and digits nor a local number", self.digits)
        if self.parameters and len(dict(self.parameters)) < len(self.parameters):
            raise BadUri("a parameter is given twice", str(self))

    @classmethod
    def parse(cls, text: str) -> Subscriber:
        """Return the subscriber written in *text*: a tel URI without `tel:`, or a SIP user part.

        Raises:
            BadUri: it is not one, or it has a mandatory parameter that nobody here knows.
        """
        number, *rest = text.split(";")
        # Some escape the "+" of a user part as "%2B"; it is decoded here, once and no more.
        digits = unquote(number, errors="replace").translate(_SEPARATORS)
        parameters = tuple(parse_parameter(part, text) for part in rest)
        return cls(digits.lower(), tuple(sorted(parameters, key=_place)))

    @classmethod
    def of(cls, uri: Uri) -> Subscriber | None:
        """Return the subscriber of a tel URI, or None for any other and for one not to be used."""
        if uri.scheme != "tel":
            return None
        try:
            return cls.parse(uri.text[len("tel:") :])
        except BadUri:
            return None

    def get(self, name: str) -> str | None:
        """Return the value of a parameter: "" when it has none, None when it is not there."""
        return next((value or "" for key, value in self.parameters if key == name), None)

    def number(self, max_digits: int = E164_DIGITS) -> Number:
        """Return the E.164 number.

        Raises:
            NotInternational: it is a local number; what it means depends on its context.
            NumberTooLong: more than *max_digits* digits.
        """
        if not self.international:
            raise NotInternational("a local number means nothing elsewhere", self.digits, 0, 1)
        if len(self.digits) > max_digits + 1:
            return Number.parse(self.digits, max_digits)
        return Number(self.digits[1:])

    def is_number(self, number: Number) -> bool:
        """Tell whether this is the E.164 number *number*, whatever its parameters."""
        return self.digits == str(number)

    def dipped(self) -> Subscriber:
        """Return this with `enumdi`, as it is passed on when ENUM was asked (RFC 4759 4.2)."""
        return self.with_missing((("enumdi", None),))

    def with_missing(self, parameters: tuple[tuple[str, str | None], ...]) -> Subscriber:
        """Return this with those of *parameters* that it has not."""
        names = {name for name, _ in self.parameters}
        added = (parameter for parameter in parameters if parameter[0] not in names)
        return Subscriber(self.digits, tuple(sorted((*self.parameters, *added), key=_place)))

    @property
    def international(self) -> bool:
        """Tell whether this is a global number (RFC 3966 section 5.1.4)."""
        return self.digits.startswith("+")

    @property
    def enum_dipped(self) -> bool:
        """Tell whether ENUM was asked already and is not to be asked again (RFC 4759 4.2.1)."""
        return self.get("enumdi") is not None

    @property
    def ported(self) -> bool:
        """Tell whether somebody has already asked where it was ported (`npdi`, RFC 4694)."""
        return self.get("npdi") is not None

    @property
    def routing_number(self) -> str | None:
        """Return the routing number (`rn`, RFC 4694) without separators."""
        return self.get("rn") or None

    @property
    def carrier(self) -> str | None:
        """Return the carrier identification code (`cic`, RFC 4694) without separators."""
        return self.get("cic") or None

    @property
    def user(self) -> str:
        """Return the user part of a SIP URI for this subscriber (RFC 3261 section 19.1.6)."""
        return str(self).translate(_USER_ESCAPES)

    def __str__(self) -> str:
        """Return the canonical text, as it stands after `tel:`."""
        written = (name if value is None else f"{name}={value}" for name, value in self.parameters)
        return ";".join((self.digits, *written))


def canonical_context(context: str) -> str:
    """Return a phone-context as it is compared: a domain, or a prefix without separators.

    >>> canonical_context("+44-1632")
    '+441632'
    """
    context = context.lower()
    return context.translate(_SEPARATORS) if context.startswith("+") else context


def parse_parameter(part: str, text: str) -> tuple[str, str | None]:
    """Return one parameter, its name in lower case, and its value where case means nothing.

    Escapes stay as they came. *text* is where `;` and *part* stand, for the error.

    Raises:
        BadUri: it is none (RFC 3966 section 3), or it is mandatory and nobody here knows it.
    """
    found = _PARAMETER.fullmatch(part)
    if found is None:
        start = text.index(";" + part)
        raise BadUri("not a parameter of a telephone number", text, start, start + 1 + len(part))
    name, value = found[1].lower(), found[2]
    # RFC 3966 section 5.4: a URI with an unknown mandatory parameter MUST NOT be used.
    if name.startswith("m-"):
        raise BadUri(f"{name} is mandatory and not known here (RFC 3966 section 5.4)", text)
    if value is not None and name in _DIGITS:
        value = value.lower().translate(_SEPARATORS)
    elif value is not None and name in _CONTEXTS:
        value = canonical_context(value)
    if value == "":
        raise BadUri(f"there is no digit in {name}", text)
    return name, value


def _place(parameter: tuple[str, str | None]) -> tuple[int, str]:
    """Return the sort key that puts parameters in canonical order."""
    return _FIRST.get(parameter[0], len(_FIRST)), parameter[0]
