"""What a `tel` URI tells an ENUM client (RFC 3966, RFC 4694, RFC 4759)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from enumd.core.number import LONGEST, Number
from enumd.core.uri import Uri

# RFC 3966 section 3: these come first, in this order; all others by name.
_FIRST: Final = ("isub", "ext", "phone-context")
_SEPARATORS: Final = re.compile(r"[-.()]")


@dataclass(frozen=True, slots=True)
class Tel:
    """A `tel` URI taken apart."""

    subscriber: str
    """The number as written, `+` included where it is a global one."""
    parameters: tuple[tuple[str, str | None], ...]
    """Names in lower case; None is the value of a parameter that has none."""

    @classmethod
    def of(cls, uri: Uri) -> Tel | None:
        """Return *uri* taken apart, or None if it is no `tel` URI."""
        if uri.scheme != "tel":
            return None
        subscriber, *written = uri.text[len("tel:") :].split(";")
        parameters = []
        for parameter in written:
            name, equals, value = parameter.partition("=")
            parameters.append((name.lower(), value if equals else None))
        return cls(subscriber, tuple(parameters))

    @property
    def number(self) -> Number | None:
        """Return the E.164 number, or None for a local number or one that is too long."""
        digits = _SEPARATORS.sub("", self.subscriber)
        if not digits.startswith("+") or len(digits) > 1 + LONGEST:
            return None
        return Number(digits[1:])

    @property
    def enum_dipped(self) -> bool:
        """Tell whether ENUM was asked already and is not to be asked again (RFC 4759 4.2.1)."""
        return self.has("enumdi")

    @property
    def ported_dipped(self) -> bool:
        """Tell whether the number portability data were read already (RFC 4694 section 5)."""
        return self.has("npdi")

    def has(self, name: str) -> bool:
        """Tell whether there is a parameter of that name."""
        return any(name == found for found, _ in self.parameters)

    def dipped(self) -> Tel:
        """Return the same with `enumdi`, as it is to be passed on (RFC 4759 section 4.2)."""
        if self.enum_dipped:
            return self
        parameters = (*self.parameters, ("enumdi", None))
        return Tel(self.subscriber, tuple(sorted(parameters, key=_rank)))

    def uri(self) -> Uri:
        """Return the URI.

        Raises:
            BadUri: it has become longer than a record can carry.
        """
        texts = (name if value is None else f"{name}={value}" for name, value in self.parameters)
        return Uri(";".join((f"tel:{self.subscriber}", *texts)))


def _rank(parameter: tuple[str, str | None]) -> tuple[int, str]:
    """Return what sorts a parameter to its place (RFC 3966 section 3)."""
    name = parameter[0]
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST)), name
