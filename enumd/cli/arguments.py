"""What people type after a command, read into values before the command runs.

The functions that read one argument are click types: `type=number`.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple

import click

from enumd.core.number import E164_DIGITS, LONGEST, Number
from enumd.operations.zone import NameServer

if TYPE_CHECKING:
    from enumd.cli.session import Session

in_zone = click.option(
    "--zone", "apex", metavar="APEX", help="The zone, where two stand for the number."
)
"""The option of every command about one number."""


class PoolRange(NamedTuple):
    """A pool as `--pool NAME:FIRST-LAST` gives it."""

    name: str
    first: Number
    last: Number


def number(text: str) -> Number:
    """Return the number a person wrote, at most as long as the configuration allows.

    Raises:
        NumberError: with the wrong place marked.
    """
    return Number.parse(text, _max_digits())


def any_number(text: str) -> Number:
    """Return a number of any length ENUM can hold: other people's trees have their own limits.

    Raises:
        NumberError: with the wrong place marked.
    """
    return Number.parse(text, LONGEST)


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
