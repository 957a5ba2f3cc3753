"""BIND zone files (RFC 1035 section 5, RFC 2308 section 4), read as rows.

dnspython reads the tokens, the names and the RDATA; `zone_line` the plain lines it would be slow
at. What this module adds is to go on after a fault, to say which line it is on, and not to trust
the file: `$INCLUDE` opens other files only when that was asked for, `$GENERATE` is bounded. A TTL
that is left out is that of `$TTL`, else that of the record before, else the zone's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer

from enumd.core.apex import Apex
from enumd.core.rrset import MAX_TTL_S
from enumd.registry.files.rows import EntryError, Refusal
from enumd.registry.files.signed_types import is_made_anew
from enumd.registry.files.zone_budget import Budget
from enumd.registry.files.zone_entries import Line
from enumd.registry.files.zone_generate import generate
from enumd.registry.files.zone_items import Faulty, FileRecord, Include, Item, LeftOut, PlainRecord
from enumd.registry.files.zone_line import NaptrLine, digits_of, recognise
from enumd.registry.files.zone_words import (
    check_escapes,
    file_name,
    octets_escaped,
    parse_ttl,
    rdata_hint,
    shorten,
    unreadable,
    why,
)


class ZoneReader:
    """Reads one file; keeps what its lines may leave out: origin, TTL and owner.

    *apex* None reads everything through dnspython: what the zone's apex is, is not known yet.
    """

    def __init__(
        self, apex: Apex | None, origin: dns.name.Name | None, budget: Budget | None = None
    ) -> None:
        """Begin at *origin*, which `$ORIGIN` may change; `$GENERATE` spends of *budget*."""
        self._apex = apex
        self._budget = budget or Budget()
        self._suffix = "" if apex is None else f".{apex}".rstrip(".") + "."
        self._ttl_s: int | None = None
        self._last_ttl_s: int | None = None
        self._owner: dns.name.Name | None = None
        self._owner_text = ""
        self._owner_digits: str | None = None
        self.origin = origin

    @property
    def origin(self) -> dns.name.Name | None:
        """Return the name that relative names are relative to."""
        return self._origin

    @origin.setter
    def origin(self, origin: dns.name.Name | None) -> None:
        """Change the origin; an owner left out stays the one of the line before."""
        self._keep_owner()
        self._owner_text = ""  # the same text would be another name from here on
        self._origin = origin
        self._origin_digits = (
            None if origin is None or self._apex is None else self._apex.digits(origin)
        )

    @property
    def default_ttl_s(self) -> int | None:
        """Return what `$TTL` said, or None where it has not."""
        return self._ttl_s

    def read(self, entries: Iterable[Line]) -> Iterator[Item]:
        """Yield every record and every fault of *entries*, in order."""
        for line, text in entries:
            if isinstance(text, Refusal):
                yield text
            elif self._apex and (naptr := recognise(text)) and (plain := self._plain(line, naptr)):
                yield plain
            else:
                yield from self._entry(line, text)

    def keyed(self, entries: Iterable[Line]) -> Iterator[str | Item]:
        """Yield what is needed to know the order of the names: digits, or items as `read` does.

        An entry that begins with digits is not read, and one that begins with a blank has the
        owner of the one before; so this takes a fraction of the time. Behind a fault it is read all
        the same, because the faulty line may have named an owner that nothing was told of.
        """
        last, told = "", False
        for line, text in entries:
            if isinstance(text, Refusal) or not text or text[0] == ";":
                continue
            if told and text[0] in " \t":
                continue
            if text[0].isdigit():
                owner = text.split(None, 1)[0]
                if owner == last:
                    continue
                digits = digits_of(owner, self._suffix, self._origin_digits)
                if digits is not None:
                    last, told = owner, True
                    yield digits
                    continue
            last, told = "", False
            for item in self._entry(line, text):
                # At the apex a line may be about the zone, or about the number it is.
                told = isinstance(item, FileRecord) and not self._is_apex(item.owner)
                yield item

    def _is_apex(self, owner: dns.name.Name) -> bool:
        """Tell whether *owner* is the apex."""
        return self._apex is not None and owner == self._apex.name

    def _plain(self, line: int, naptr: NaptrLine) -> PlainRecord | None:
        """Return the record of a recognised line; None where its owner is not digits."""
        if naptr.owner and naptr.owner != self._owner_text:
            digits = digits_of(naptr.owner, self._suffix, self._origin_digits)
            if digits is None:
                return None
            self._owner_text, self._owner_digits, self._owner = naptr.owner, digits, None
        elif self._owner_digits is None:
            return None
        ttl_s = naptr.ttl_s
        if ttl_s is None:
            ttl_s = self._ttl_s if self._ttl_s is not None else self._last_ttl_s
        else:
            if ttl_s > MAX_TTL_S:
                return None
            self._last_ttl_s = ttl_s
        return PlainRecord(line, self._owner_digits or "", ttl_s, naptr)

    def _entry(self, line: int, text: str) -> Iterator[Item]:
        """Yield what an entry of any form stands for."""
        try:
            tokens = dns.tokenizer.Tokenizer(octets_escaped(text))
            token = tokens.get(want_leading=True)
            if token.is_identifier() and token.value.startswith("$"):
                yield from self._directive(line, token.value.upper(), tokens)
            elif not token.is_eol_or_eof() and (record := self._record(line, token, text, tokens)):
                yield record
        except EntryError as error:
            yield error.at(line)
        except (dns.exception.DNSException, ValueError) as error:
            yield unreadable(text, error).at(line)

    def _directive(self, line: int, name: str, tokens: dns.tokenizer.Tokenizer) -> Iterator[Item]:
        """Obey `$TTL` and `$ORIGIN`; yield what `$GENERATE` and `$INCLUDE` stand for."""
        if name == "$TTL":
            ttl_s = parse_ttl(tokens.get_string())
            tokens.get_eol()
            self._ttl_s = ttl_s
        elif name == "$ORIGIN":
            # Should the line be wrong, names relative to it are not to land at the one before.
            before, self.origin = self.origin, None
            origin = tokens.get_name(before)
            if not origin.is_absolute():
                raise EntryError("origin-missing", "$ORIGIN", _NO_ORIGIN)
            tokens.get_eol()
            self.origin = origin
        elif name == "$INCLUDE":
            yield self._include(line, tokens)
        elif name == "$GENERATE":
            rest = [token.value for token in tokens.get_remaining()]
            for text in generate(rest, self._budget):
                yield from self._entry(line, text)
        else:
            hint = f"{name} is not one of $ORIGIN, $TTL, $INCLUDE and $GENERATE"
            raise EntryError("directive-unknown", "line", hint)

    def _include(self, line: int, tokens: dns.tokenizer.Tokenizer) -> Include:
        """Return the rest of an `$INCLUDE` line."""
        file = file_name(tokens.get_string())
        token = tokens.get()
        origin = self._origin
        if not token.is_eol_or_eof():
            origin = tokens.as_name(token, self._origin)
            if not origin.is_absolute():
                raise EntryError("origin-missing", "$INCLUDE", _NO_ORIGIN)
            tokens.get_eol()
        return Include(line, file, origin)

    def _record(
        self, line: int, token: dns.tokenizer.Token, text: str, tokens: dns.tokenizer.Tokenizer
    ) -> FileRecord | LeftOut | Faulty | None:
        """Return the record of an entry that begins with *token*; None for a blank one."""
        if token.is_whitespace():
            token = tokens.get()
            if token.is_eol_or_eof():
                return None
            tokens.unget(token)
            self._keep_owner()
        else:
            self._owner_text, self._owner_digits = "", None
            self._owner = None
            self._owner = self._owner_name(token, tokens)
        owner = self._owner
        if owner is None:
            raise EntryError("owner-missing", "owner", "no line before names an owner")
        try:
            return self._at(line, owner, text, tokens)
        except EntryError as error:
            return Faulty(owner, error.at(line))
        except (dns.exception.DNSException, ValueError) as error:
            return Faulty(owner, unreadable(text, error).at(line))

    def _at(
        self, line: int, owner: dns.name.Name, text: str, tokens: dns.tokenizer.Tokenizer
    ) -> FileRecord | LeftOut:
        """Return the record at *owner* that the rest of *tokens* is."""
        ttl_s, rrtype = self._ttl_and_type(tokens)
        at_apex = self._apex is not None and owner == self._apex.name
        if is_made_anew(rrtype, at_apex=at_apex):
            return LeftOut(line, owner, rrtype)
        try:
            rdata = dns.rdata.from_text(
                dns.rdataclass.IN, rrtype, tokens, self._origin, relativize=False
            )
            if self._apex is not None and self._origin is None:
                rdata.to_wire()  # which needs absolute names
        except dns.exception.DNSException as error:
            check_escapes(text)
            if tokens.quoting:
                raise EntryError("quote-unclosed", "rdata", _QUOTE) from None
            if not self._origin and "absolute" in str(error):
                raise EntryError("origin-missing", "rdata", _NO_ORIGIN) from None
            hint = rdata_hint(text, rrtype, error)
            raise EntryError("rdata-invalid", "rdata", hint) from None
        return FileRecord(line, owner, ttl_s, rdata)

    def _owner_name(
        self, token: dns.tokenizer.Token, tokens: dns.tokenizer.Tokenizer
    ) -> dns.name.Name:
        """Return the owner that *token* names."""
        try:
            owner = tokens.as_name(token, self._origin)
        except (dns.exception.DNSException, ValueError) as error:
            raise EntryError("owner-invalid", "owner", why(error)) from None
        if not owner.is_absolute():
            raise EntryError("origin-missing", "owner", _NO_ORIGIN)
        return owner

    def _keep_owner(self) -> None:
        """Make a name of the last owner where only its digits were kept."""
        if self._owner is None and self._owner_text:
            self._owner = dns.name.from_text(self._owner_text, self._origin)

    def _ttl_and_type(
        self, tokens: dns.tokenizer.Tokenizer
    ) -> tuple[int | None, dns.rdatatype.RdataType]:
        """Read `[ttl] [class] type`, the first two in either order (RFC 1035 section 5.1)."""
        ttl_s: int | None = None
        in_class = False
        while True:
            text = tokens.get_identifier()
            if ttl_s is None and text[0].isdigit():
                ttl_s = parse_ttl(text)
                self._last_ttl_s = ttl_s
            elif not in_class and text.upper() in _CLASSES:
                in_class = True
                if text.upper() != "IN":
                    hint = f"class {text}; a number directory is class IN"
                    raise EntryError("class-unknown", "class", hint)
            else:
                break
        if ttl_s is None:
            ttl_s = self._ttl_s if self._ttl_s is not None else self._last_ttl_s
        try:
            return ttl_s, dns.rdatatype.from_text(text)
        except (dns.exception.DNSException, ValueError):
            raise EntryError("type-unknown", "type", f"{shorten(text)} is no record type") from None


_CLASSES: Final = frozenset({"IN", "CH", "HS", "NONE", "ANY"})
_QUOTE: Final = 'a quote (") is not closed on its line'
_NO_ORIGIN: Final = "the name is relative and nothing says to what; write a right $ORIGIN above it"
