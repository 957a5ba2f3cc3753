"""URIs: the ways to reach somebody, as a record can carry them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from enumd.core.literal import URI_OCTETS
from enumd.core.schemes import SCHEME, good_addresses, grammar_of, host_at
from enumd.errors import BadUri

MAX_OCTETS: Final = URI_OCTETS
"""A URI stands in one character-string, in the literal form."""

LONG_OCTETS: Final = 127
"""Asterisk's ENUMQUERY keeps a result in `dest[128]`: a longer URI is cut there."""

# Any of these ends a substitution expression, a token of FreeSWITCH or a line of somebody's log;
# "#" begins a fragment, which an absolute-URI cannot have (RFC 6116 section 3.3).
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._~\-:/?\[\]@$&()*+,;=%]|%(?![0-9A-Fa-f]{2})")

_WHY_FOREIGN: Final = {
    "!": '"!" ends the substitution expression; write %21',
    " ": "a space breaks clients that split at it; write %20",
    "#": "a #fragment is no part of an absolute URI (RFC 3986 section 4.3)",
    "%": '"%" must be followed by two hexadecimal digits',
}

# RFC 3986 section 2.1 lets these stand encoded without a change of meaning. Control characters
# are no mistake of writing and "#" means something else when encoded: both stay refused.
_ENCODABLE: Final = re.compile(r"[!\"' <>\\^`{|}]|[^\x00-\x7f]|%(?![0-9A-Fa-f]{2})")


class Normalised(NamedTuple):
    """A URI made fit for a record, and what was changed to make it so."""

    uri: Uri
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uri:
    """An absolute URI (RFC 3986 section 4.3) that every ENUM client can take from a record.

    Printable ASCII without `!`, space, quotes, backslash or angle brackets; no fragment; at most
    248 octets; the scheme in lower case; and the grammar of its scheme where that is known.

        >>> Uri.parse("SIP:ada@example.net").text
        'sip:ada@example.net'
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse what does not fit a record or is not what its scheme asks for."""
        text = self.text
        # The length first: it is what bounds the time the patterns take.
        if (
            len(text) > MAX_OCTETS
            or not grammar_of(text.partition(":")[0]).pattern.fullmatch(text)
            or ("[" in text and not good_addresses(text))
        ):
            raise _refusal(text)

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Return the URI written in *text*, its scheme in lower case (RFC 3986 section 3.1).

        Raises:
            BadUri: the text is not an absolute URI, or a record cannot carry it.
        """
        scheme, colon, rest = text.partition(":")
        return cls(text if scheme.islower() else scheme.lower() + colon + rest)

    @classmethod
    def normalised(cls, text: str) -> Normalised:
        """Return the URI meant by *text*: blanks around it taken away, what can be is encoded.

            >>> Uri.normalised("sip:a!b@example.net").uri.text
            'sip:a%21b@example.net'

        Raises:
            BadUri: it is no absolute URI even so.
        """
        stripped = text.strip()
        notes = [] if stripped == text else ["blanks around it were taken away"]
        # RFC 3966 section 3: people write a number with blanks, a tel URI has none.
        if stripped[:4].lower() == "tel:" and " " in stripped:
            stripped = stripped.replace(" ", "")
            notes.append("blanks in the number were taken away")
        encoded = _ENCODABLE.sub(_encode, stripped)
        replaced = dict.fromkeys(found[0] for found in _ENCODABLE.finditer(stripped))
        notes += [f'"{char}" became {_percent(char)}' for char in replaced]
        return Normalised(cls.parse(encoded), tuple(notes))

    @property
    def scheme(self) -> str:
        """Return the scheme, in lower case."""
        return self.text.partition(":")[0]

    @property
    def long(self) -> bool:
        """Tell whether widespread clients may cut it: over 127 octets."""
        return len(self.text) > LONG_OCTETS

    def __str__(self) -> str:
        """Return the text of the URI."""
        return self.text


def _encode(found: re.Match[str]) -> str:
    """Return the percent-encoding of a match."""
    return _percent(found[0])


def _percent(char: str) -> str:
    """Return *char* percent-encoded as UTF-8 (RFC 3987 section 3.1)."""
    return "".join(f"%{octet:02X}" for octet in char.encode("utf-8", "surrogatepass"))


def _refusal(text: str) -> BadUri:
    """Return the error that says why *text* was refused, and where."""
    if not text:
        return BadUri("there is nothing", text)
    if foreign := _FOREIGN.search(text):
        return _foreign_character(text, foreign)
    if not (scheme := SCHEME.match(text)):
        return BadUri("there is no scheme such as sip: or https:", text, 0, len(text))
    if len(text) > MAX_OCTETS:
        why = f"{len(text)} octets, and a record has room for {MAX_OCTETS}"
        return BadUri(why, text, MAX_OCTETS)
    if not scheme[0].islower():
        return BadUri("the scheme is written in lower case", text, 0, scheme.end() - 1)
    return _wrong_shape(text, scheme[0][:-1])


def _foreign_character(text: str, found: re.Match[str]) -> BadUri:
    """Return the error for a character that no URI in a record may have."""
    char = found[0]
    fallback = f"{char!r} is not allowed in a URI; write {_percent(char)}"
    if not char.isascii():
        fallback = f"{char!r} is not ASCII; write {_percent(char)}, or a host name as xn--…"
    return BadUri(_WHY_FOREIGN.get(char, fallback), text, found.start(), found.end())


def _wrong_shape(text: str, scheme: str) -> BadUri:
    """Return the error for a URI that breaks the grammar of its scheme."""
    shape = grammar_of(scheme).shape
    start = len(scheme) + 1
    first, last = text.find("@", start), text.rfind("@")
    if first != last and not text.startswith("//", start):
        second = text.index("@", first + 1)
        why = f'a second "@" at column {second + 1}; the form is {shape}'
        return BadUri(why, text, second, second + 1)
    host = last + 1 if last > 0 else start + 2 * text.startswith("//", start)
    if "host" in shape and host_at(text, host) == host:
        why = f"no host name, address or port can be read here; the form is {shape}"
        return BadUri(why, text, host)
    return BadUri(f"this does not fit the form {shape}", text, start)
