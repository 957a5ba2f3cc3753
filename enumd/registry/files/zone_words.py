"""What zone files write in ways of their own: octets, TTLs, and the words for what went wrong."""

from __future__ import annotations

import re
from typing import Final

import dns.exception
import dns.rdatatype
import dns.tokenizer
import dns.ttl

from enumd.core.rrset import MAX_TTL_S, RRType
from enumd.registry.files.rows import EntryError

_FOREIGN: Final = re.compile(r"\\([^\x00-\x7f])|\\.|([^\x00-\x7f])", re.DOTALL)
_SHORT_ESCAPE: Final = re.compile(r"\\(?:([0-9])(?![0-9]{2})|[0-9]{3}|[^0-9])", re.DOTALL)


def octets_escaped(text: str) -> str:
    r"""Return *text* with every octet that is not ASCII as `\DDD` (RFC 1035 section 5.1).

    A zone file is made of octets, whatever somebody's editor took them for. Octets that are no
    UTF-8 come in as lone surrogates (PEP 383).

        >>> octets_escaped("M\udcfcller")
        'M\\252ller'
    """
    return text if text.isascii() else _FOREIGN.sub(_octets, text)


def _octets(found: re.Match[str]) -> str:
    """Return one character as escaped octets; an escape of ASCII as it is."""
    character = found[1] or found[2]
    if character is None:
        return found[0]
    octets = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\{octet:03d}" for octet in octets)


def file_name(text: str) -> str:
    """Return the name of a file that stands in a zone file, whose octets were escaped."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def parse_ttl(text: str) -> int:
    """Return the TTL in *text*, which may have BIND's units (1h30m).

    Raises:
        EntryError: it is none, or over 2**31 - 1 (RFC 2181 section 8).
    """
    try:
        ttl_s = dns.ttl.from_text(text)
    except (dns.ttl.BadTTL, ValueError):
        hint = f"{shorten(text)} is no TTL; write seconds, or units such as 1h30m"
        raise EntryError("ttl-invalid", "ttl", hint) from None
    if ttl_s > MAX_TTL_S:
        hint = f"{shorten(text)} is more than {MAX_TTL_S} seconds (RFC 2181 section 8)"
        raise EntryError("ttl-invalid", "ttl", hint)
    return ttl_s


def shorten(text: str) -> str:
    """Return *text* in quotes, cut where it is too long to be looked at."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


_SHOWN: Final = 40


def why(error: Exception) -> str:
    """Return what dnspython says, which is nothing for some of its errors."""
    said = str(error) or (type(error).__doc__ or "it cannot be read").strip().rstrip(".").lower()
    if isinstance(error, (UnicodeError, ValueError)) or len(said) > 4 * _SHOWN:
        return "it cannot be read"
    if said.startswith("expecting a") or "ended unexpectedly" in said:
        return _FORM
    return said


_FORM: Final = "it ends too early, or has another form"


def check_escapes(text: str) -> None:
    """Refuse a backslash with one or two digits, which is what a back-reference looks like.

    RFC 1035 section 5.1: a backslash and three digits are one octet, so the `\\1` of a NAPTR's
    regexp is written with two backslashes.

    Raises:
        EntryError: there is one.
    """
    for found in _SHORT_ESCAPE.finditer(text):
        if found[1]:
            hint = f"write \\\\{found[1]} for \\{found[1]}: a backslash is written twice"
            raise EntryError("escape-invalid", "line", hint)


def unreadable(text: str, error: Exception) -> EntryError:
    """Return what to say of an entry that is no sequence of tokens."""
    try:
        check_escapes(text)
    except EntryError as fault:
        return fault
    return EntryError("syntax", "line", why(error))


def rdata_hint(text: str, rrtype: dns.rdatatype.RdataType, error: Exception) -> str:
    """Return what is wrong with the RDATA of *rrtype* that ends the entry *text*."""
    name = dns.rdatatype.to_text(rrtype)
    count = _count_after(text, name)
    if int(rrtype) == RRType.NAPTR and count < _NAPTR_FIELDS:
        return _NAPTR_HINT if count == _NAPTR_FIELDS - 1 else f"NAPTR: {_NAPTR_FORM}"
    said = why(error)
    return f"{name}: {said if count or said != _FORM else 'the record says nothing'}"


def _count_after(text: str, name: str) -> int:
    """Return how many tokens *text* has behind the type *name*."""
    tokens = dns.tokenizer.Tokenizer(octets_escaped(text))
    count, behind = 0, False
    try:
        while not (token := tokens.get()).is_eol_or_eof():
            count += behind
            behind = behind or token.value.upper() == name
    except dns.exception.DNSException:
        pass
    return count


_NAPTR_FIELDS: Final = 6
_NAPTR_FORM: Final = "it has order, preference, flags, services, regexp and replacement"
_NAPTR_HINT: Final = "NAPTR: the replacement is missing; write . at the end"
