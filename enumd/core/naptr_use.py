"""What an ENUM client makes of one NAPTR (RFC 6116 section 5.2): liberal in what it takes.

C- are the requirements on clients in RFC 6116 and 3402 (`enumd help rules`); a reason names the one
that says that a record, or one Enumservice of it, is passed over. Nothing here raises because of
what a record says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

import dns.name

from enumd.core.enumservice import Enumservice
from enumd.core.literal import read_literal
from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import Reason
from enumd.core.substitution import Substitution
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadSubstitution, BadUri

# RFC 3986 section 2.2 allows both in a URI; `Uri` wants them encoded, which means the same.
_ENCODED: Final = str.maketrans({"!": "%21", "'": "%27"})


class Use(NamedTuple):
    """One Enumservice of a record and the URI it leads to."""

    service: Enumservice
    uri: Uri


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a client can do with one record."""

    naptr: Naptr
    uses: tuple[Use, ...] = ()
    """A terminal record's Enumservices that can be used, leftmost first."""
    referral: dns.name.Name | None = None
    """Where a non-terminal record refers to."""
    reasons: tuple[Reason, ...] = ()
    """Why the record, or some of its Enumservices, were passed over."""


@dataclass(frozen=True, slots=True)
class _Services:
    """A services field that was read."""

    services: tuple[Enumservice, ...] = ()
    legacy: bool = False
    """It is the syntax of RFC 2916, `sip+E2U`, and names a protocol."""
    reasons: tuple[Reason, ...] = ()


def judge(naptr: Naptr, aus: str) -> Judgement:
    """Return what can be done with *naptr* for the number *aus*."""
    flags = naptr.flags.lower()
    if flags == b"u":
        return _judge_terminal(naptr, aus)
    if flags:
        flag = naptr.flags.decode("latin-1")
        return _passed_over(naptr, "C-04", f"the flag {flag!r} is unknown to ENUM")
    if naptr.replacement == dns.name.root:
        return _passed_over(naptr, "C-13", "a non-terminal that refers to nothing")
    return Judgement(naptr, referral=naptr.replacement)


def _judge_terminal(naptr: Naptr, aus: str) -> Judgement:
    """Return what can be done with a record whose flag is `u`."""
    read = _read_services(naptr.services)
    if not read.services:
        return Judgement(naptr, reasons=read.reasons)
    if naptr.replacement != dns.name.root:
        return _passed_over(naptr, "S-10", "it has a flag u and a replacement")
    try:
        result = _result(naptr.regexp, aus)
    except BadSubstitution as error:
        return _passed_over(naptr, "C-08", f"the regexp is unusable: {error.why}")
    if result is None:
        return _passed_over(naptr, "C-18", f"the regexp does not match {aus}")
    try:
        uri = Uri.parse(result.translate(_ENCODED))
    except BadUri as error:
        return _passed_over(naptr, "C-18", f"the result {result} is no URI to use: {error.why}")
    if read.legacy:
        return Judgement(naptr, (Use(_service_today(read.services[0], uri), uri),))
    return _with_uri(naptr, read, uri)


def _with_uri(naptr: Naptr, read: _Services, uri: Uri) -> Judgement:
    """Return the judgement over every Enumservice of a record that leads to *uri*."""
    uses, reasons = [], list(read.reasons)
    for service in read.services:
        if service.registration and uri.scheme not in service.registration.schemes:
            reasons.append(Reason("C-18", f"{service} does not lead to {uri.scheme} URIs"))
        else:
            uses.append(Use(service, uri))
    return Judgement(naptr, tuple(uses), reasons=tuple(reasons))


def _passed_over(naptr: Naptr, rule: str, text: str) -> Judgement:
    """Return the judgement over a record of no use."""
    return Judgement(naptr, reasons=(Reason(rule, text),))


def _result(regexp: bytes, aus: str) -> str | None:
    """Return what a regexp field makes of *aus*, or None if it does not match."""
    if (uri := read_literal(regexp)) is not None:  # what nearly every record is
        return uri
    return Substitution.parse(regexp).apply(aus)


@lru_cache(maxsize=1024)
def _read_services(services: bytes) -> _Services:
    """Return the Enumservices of a services field, in today's syntax or in that of RFC 2916."""
    text = services.decode("latin-1")
    tokens = text.split("+")
    marks = [token.upper() == "E2U" for token in tokens]
    # RFC 5483 section 6.1: one E2U, and where it stands tells the syntax.
    if sum(marks) != 1 or len(tokens) < 2:
        return _Services(reasons=(Reason("C-09", f"the services field {text!r} is not of ENUM"),))
    if marks[0]:
        return _read_tokens(tokens[1:])
    if not marks[-1] or len(tokens) > 2:
        return _Services(reasons=(Reason("C-11", f"{text!r} is neither syntax of ENUM"),))
    return replace(_read_tokens(tokens[:1]), legacy=True)


def _read_tokens(tokens: list[str]) -> _Services:
    """Return the Enumservices written in *tokens*, those left out that are not for us."""
    services, reasons = [], []
    for token in tokens:
        try:
            services.append(Enumservice.parse(token))
        except BadEnumservice as error:
            rule = "C-12" if token[:2].upper() == "P-" else "C-10"
            reasons.append(Reason(rule, f"{token!r}: {error.why}"))
    return _Services(tuple(services), reasons=tuple(reasons))


def _service_today(protocol: Enumservice, uri: Uri) -> Enumservice:
    """Return what `protocol+E2U` is called today: RFC 2916 named the scheme and nothing else."""
    today = Enumservice.of(uri)
    return today if today and uri.scheme.startswith(protocol.type) else protocol
