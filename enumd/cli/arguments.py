"""What people type after a command, read into values before the command runs.

The functions that read one argument are click types: `type=number`.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from enumd.core.number import E164_DIGITS, LONGEST, Number
from enumd.errors import ConfigError

if TYPE_CHECKING:
    import dns.name

    from enumd.cli.session import Session
    from enumd.net.listeners import Address

_BEGINS_NUMBER: Final = re.compile(r"(?:tel:)?\+[0-9][0-9().-]*", re.IGNORECASE)
_WHOLE: Final = re.compile(r"[0-9]{10}")
# A wrong letter belongs to the number all the same, so that the message can mark it.
_GOES_ON: Final = re.compile(r"\(?[0-9][^:@/]*")
_GLOBAL_VALUES: Final = frozenset({"--home", "--output", "-o"})
_GLOBAL_ASSIGNMENTS: Final = ("--home=", "--output=")
_GLOBAL_FLAGS: Final = frozenset({"--yes", "-y", "--quiet", "-q", "--debug"})

in_zone = click.option(
    "--zone", "apex", metavar="APEX", help="The zone, where two stand for the number."
)
"""The option of every command about one number; pass what it gives to `zone_name`."""


class PoolRange(NamedTuple):
    """A pool as `--pool NAME:FIRST-LAST` gives it."""

    name: str
    first: Number
    last: Number


class NameServer(NamedTuple):
    """A name server as `--ns NAME[=ADDRESS]` gives it; addresses are glue for a name of ours."""

    name: str
    addresses: tuple[str, ...]


def join_numbers(words: Sequence[str]) -> list[str]:
    """Return the words of a command line with unquoted numbers put together again.

    Nobody quotes `+44 1632 960017`, so a word that begins a number takes the words that begin with
    a digit and follow it, as long as E.164 leaves room. A word of ten digits in one is a number
    by itself: what follows `endpoint move +441632960017` is a place.

    >>> join_numbers(["number", "show", "+44", "1632", "960017", "--limit", "3"])
    ['number', 'show', '+44 1632 960017', '--limit', '3']
    """
    joined: list[str] = []
    open_number = False
    for word in words:
        if open_number and _GOES_ON.fullmatch(word) and _digits(joined[-1] + word) <= E164_DIGITS:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
            open_number = bool(_BEGINS_NUMBER.fullmatch(word)) and not _WHOLE.search(word)
    return joined


def global_options_first(words: Sequence[str]) -> list[str]:
    """Return the words with the global options in front, wherever people wrote them.

    >>> global_options_first(["number", "show", "+441632960017", "-o", "json"])
    ['-o', 'json', 'number', 'show', '+441632960017']
    """
    first: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word in _GLOBAL_VALUES:
            first += [word, *itertools.islice(left, 1)]
        elif word in _GLOBAL_FLAGS or word.startswith(_GLOBAL_ASSIGNMENTS):
            first.append(word)
        else:
            rest.append(word)
    return first + rest


def form_among(words: Sequence[str]) -> str | None:
    """Return the form of output that *words*, global options first, ask for, the last one."""
    asked = None
    for word, after in itertools.pairwise([*words, ""]):
        if word in ("-o", "--output"):
            asked = after
        elif word.startswith("--output="):
            asked = word.partition("=")[2]
    return asked


def number(text: str) -> Number:
    """Return the number a person wrote, at most as long as the configuration allows.

    Raises:
        NumberError: with the wrong place marked.
    """
    return Number.parse(text, _max_digits())


def zone_name(apex: str | None) -> dns.name.Name | None:
    """Return the apex given with `--zone`, or None.

    Raises:
        BadOwnerName: it is no domain name.
    """
    from enumd.core.apex import parse_name

    return parse_name(apex) if apex else None


def any_number(text: str) -> Number:
    """Return a number of any length ENUM can hold: other people's trees have their own limits.

    Raises:
        NumberError: with the wrong place marked.
    """
    return Number.parse(text, LONGEST)


def listener(text: str) -> Address:
    """Return the address to listen at, written ADDRESS:PORT; port 0 takes any free one."""
    from enumd.net.listeners import Address

    try:
        return Address.parse(text)
    except ConfigError as error:
        raise click.BadParameter(f"{error.why}.") from None


def name_server(text: str) -> NameServer:
    """Return the name server written NAME or NAME=ADDRESS[,ADDRESS]."""
    name, _, addresses = text.partition("=")
    found = tuple(filter(None, addresses.split(",")))
    for address in found:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise click.BadParameter(f"{address!r} in {text!r} is not an IP address.") from None
    return NameServer(name, found)


def pool_range(text: str) -> PoolRange:
    """Return the pool written as NAME:FIRST-LAST.

    Raises:
        NumberError: with the wrong place marked.
    """
    name, _, numbers = text.partition(":")
    first_text, last_text = _split_range(numbers)
    if not (name and first_text and last_text):
        example = "demo:+441632960000-+441632960999 or demo:+441632960000-999"
        raise click.BadParameter(f"{text!r} is not NAME:FIRST-LAST, as {example}.")
    first = number(first_text)
    return PoolRange(name, first, last_number(first, last_text))


def last_number(first: Number, text: str) -> Number:
    """Return the last number of a range whose first is known; *text* may be its last digits only.

    >>> str(last_number(Number("441632960000"), "999"))
    '+441632960999'
    """
    digits = re.sub(r"[ .()-]", "", text)
    if digits.isascii() and digits.isdigit() and len(digits) < len(first.digits):
        return Number(first.digits[: -len(digits)] + digits)
    return number(text)


def _digits(text: str) -> int:
    """Return how many digits there are in *text*."""
    return sum(map(str.isdigit, text))


def _split_range(text: str) -> tuple[str, str]:
    """Return both ends of FIRST-LAST, although hyphens may separate digits as well."""
    first, hyphen, last = text.partition("-+")
    if hyphen:
        return first, "+" + last
    first, _, last = text.rpartition("-")
    return first, last


def _max_digits() -> int:
    """Return the longest number the configuration of this home allows."""
    context = click.get_current_context(silent=True)
    session: Session | None = context.find_root().obj if context else None
    return session.max_digits if session else E164_DIGITS
