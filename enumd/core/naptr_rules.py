"""What a NAPTR must be to be published at a number: the rules by their names.

S- are requirements of RFC 6116, 3402, 3403 and 6117 on those who provision records (S-29 is BIND's
own check, without which a secondary drops the whole zone); M- is the common ground of eight
ENUM clients, found by trying 41 forms of record on them. A reason names the rule it comes from;
`enumd help rules` has them all, each with its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import dns.name

from enumd.core.enumservice import Enumservice
from enumd.core.naptr import Naptr
from enumd.core.substitution import Substitution
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadSubstitution, BadUri

ORDER: Final = 100
"""RFC 6116 section 5.1: the ORDER is constant, and 100."""

_UNPRINTABLE: Final = re.compile(rb"[^ -~]")
_MAX_GROUPS: Final = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that is broken, and how."""

    rule: str
    text: str

    def __str__(self) -> str:
        """Return the rule and the text."""
        return f"{self.rule}: {self.text}"


def naptr_reasons(naptr: Naptr, aus: str | None) -> list[Reason]:
    """Return every reason why *naptr* must not be published at the number *aus*.

    *aus* is None for a wildcard, whose record has to serve every number below it. An empty list
    says that BIND loads the record and that every client can use it.
    """
    return [
        *_field_reasons(naptr),
        *_flag_reasons(naptr),
        *(_services_reasons(naptr.services) if naptr.flags else ()),
        *_regexp_reasons(naptr, aus),
    ]


def _field_reasons(naptr: Naptr) -> Iterator[Reason]:
    """Yield what is wrong with the order and with single octets."""
    if naptr.order != ORDER:
        yield Reason("S-13", f"the order is {naptr.order} and not {ORDER}")
    fields = (("flags", naptr.flags), ("services", naptr.services), ("regexp", naptr.regexp))
    for field, octets in fields:
        if found := _UNPRINTABLE.search(octets):
            what = f"octet {found[0][0]} in the {field} field"
            yield Reason("S-11", f"{what} is no printable ASCII character")


def _flag_reasons(naptr: Naptr) -> Iterator[Reason]:
    """Yield what is wrong with the flags, and with the replacement they ask for."""
    if naptr.flags == b"":
        yield Reason("S-07", "no flag: Asterisk drops all records of a number for a non-terminal")
        if naptr.replacement == dns.name.root:
            yield Reason("S-09", "no flag, and no replacement to go on with")
        if naptr.regexp or naptr.services:
            yield Reason("S-09", "no flag, and services or a regexp that are to be ignored")
    elif not naptr.terminal:
        flags = naptr.flags.decode("latin-1")
        yield Reason("S-06", f'the only flag of ENUM is "u", not {flags!r}')
    elif naptr.flags != b"u":
        yield Reason("M-01", 'the flag is written "u"')
    if naptr.regexp and naptr.replacement != dns.name.root:
        yield Reason("S-10", "either a regexp or a replacement, not both")


def _services_reasons(services: bytes) -> Iterator[Reason]:
    """Yield what is wrong with the services field."""
    text = services.decode("latin-1")
    tokens = text.split("+")
    if "E2U" not in map(str.upper, tokens):
        yield Reason("S-03", f"the services field {text!r} does not begin with E2U")
        return
    if tokens[0].upper() != "E2U":
        yield Reason("S-04", f"{text!r} is the syntax of RFC 2916; E2U comes first")
        return
    if len(tokens) > 2:
        yield Reason("M-02", "one Enumservice a record; give the others records of their own")
    for token in tokens[1:] or [""]:
        try:
            service = Enumservice.parse(token)
        except BadEnumservice as error:
            yield Reason("S-23" if token[:2].upper() == "P-" else "S-04", error.why)
            continue
        if not (service.registered or service.experimental):
            yield Reason("S-25", f"IANA has no Enumservice {service}; X- types are free to use")
        if f"E2U+{token}" != service.services_field or tokens[0] != "E2U":
            yield Reason("M-02", f"Asterisk and Yate look for {service.services_field}, so written")


def _regexp_reasons(naptr: Naptr, aus: str | None) -> Iterator[Reason]:
    """Yield what is wrong with the regexp, and with what it makes of *aus*."""
    if not naptr.regexp:
        if naptr.terminal:
            yield Reason("S-05", "there is no regexp to make a URI")
        return
    try:
        substitution = Substitution.parse(naptr.regexp)
    except BadSubstitution as error:
        yield Reason("S-29", f"{error.why} (at octet {error.start} of the regexp)")
        return
    yield from _style_reasons(substitution)
    try:
        results = _results(substitution, aus)
    except BadSubstitution as error:
        yield Reason("S-20", error.why)
        return
    if not results:
        yield Reason("M-05", f"the regexp does not match {aus}, and Asterisk then drops them all")
        return
    # A wildcard's record is judged by two stand-ins for a number; one that works will do.
    reasons = [reason for result in results if (reason := _uri_reason(result, naptr))]
    if len(reasons) == len(results):
        yield reasons[0]


def _style_reasons(substitution: Substitution) -> Iterator[Reason]:
    """Yield what widespread clients cannot digest in an expression that is legal."""
    if substitution.delimiter != "!":
        yield Reason("S-16", f"Kamailio and FreeSWITCH know only !, not {substitution.delimiter}")
    if substitution.ignore_case:
        yield Reason("S-12", "Asterisk takes a flag at the end for a part of the URI")
    if f"\\{substitution.delimiter}" in substitution.repl:
        yield Reason("S-17", "an escaped delimiter stays in the URI of some clients; write %21")
    numbers = [part for part in substitution.parts if isinstance(part, int)]
    expression = substitution.expression
    if expression.groups > _MAX_GROUPS or max(numbers, default=0) > _MAX_GROUPS:
        yield Reason("M-04", f"Kamailio knows {_MAX_GROUPS} groups, not {expression.groups}")
    if not expression.anchored:
        yield Reason("M-04", "write ^ and $ around it: some clients replace what matched, not all")
    if numbers and expression.ambiguous:
        yield Reason("M-04", "with alternatives or a repeated group, clients disagree on \\1")


def _results(substitution: Substitution, aus: str | None) -> list[str]:
    """Return what the expression makes of *aus*, or of two stand-ins for any number."""
    if aus is not None:
        result = substitution.apply(aus)
        return [] if result is None else [result]
    # A group may hold the AUS with its plus or digits alone; what it does hold is not known here.
    return [
        "".join(part if isinstance(part, str) else stand_in for part in substitution.parts)
        for stand_in in ("+0", "0")
    ]


def _uri_reason(result: str, naptr: Naptr) -> Reason | None:
    """Return why *result* is not a URI its service leads to, or None."""
    try:
        uri = Uri.parse(result)
    except BadUri as error:
        return Reason("S-05", f"the result {result} is no URI to publish: {error.why}")
    try:
        Enumservice.parse(naptr.services.decode("latin-1")).check(uri)
    except BadEnumservice:
        return None
    except BadUri as error:
        return Reason("S-25", error.why)
    return None
