"""The grammar of each URI scheme that leads to a person.

Every pattern is written for one `fullmatch` and is made of characters that are safe inside a
substitution expression: printable ASCII without `!`, space, quotes, backslash and angle brackets,
and every `%` followed by two hexadecimal digits. So a text that matches needs no other check but
the address in brackets, which `address_span` finds. Lengths are bounded by the caller.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
"""RFC 3986 section 3.1, with its colon."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the URIs of one scheme look like."""

    pattern: re.Pattern[str]
    """Matches the whole URI."""
    shape: str
    """The same for people."""


def grammar_of(scheme: str) -> Grammar:
    """Return the grammar of *scheme* (in lower case), or the generic one of RFC 3986."""
    return _GRAMMARS.get(scheme, _GENERIC)


def good_addresses(text: str) -> bool:
    """Tell whether every IPv6 address in brackets in *text* really is one."""
    return all(_is_ipv6(found[1]) for found in _REFERENCE.finditer(text))


def host_at(text: str, start: int) -> int:
    """Return where the host (and port) that begins at *start* ends; *start* where there is none."""
    found = _HOST_PORT.match(text, start)
    return found.end() if found and good_addresses(found[0]) else start


def _is_ipv6(text: str) -> bool:
    """Tell whether *text* is an IPv6 address as RFC 3986 section 3.2.2 writes one."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


# RFC 3986 section 2.3 and 2.2. `!` and `'` are sub-delims, too: whoever needs them writes %21, %27.
_UNRESERVED = r"A-Za-z0-9._~\-"
_SUB_DELIMS = r"$&()*+,;="


def _some(extra: str = "", least: int = 1) -> str:
    """Return the pattern of *least* or more unreserved characters, escapes and *extra* ones."""
    return rf"(?:[{_UNRESERVED}{re.escape(extra)}]++|%[0-9A-Fa-f]{{2}}){'+' if least else '*'}"


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_TOP_LABEL = r"[A-Za-z](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = rf"(?:{_LABEL}\.)*{_TOP_LABEL}\.?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV6 = r"\[[0-9A-Fa-f:.]{2,45}\]"
_HOST = rf"(?:{_HOSTNAME}|{_OCTET}(?:\.{_OCTET}){{3}}|{_IPV6})"
_PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_AUTHORITY = rf"{_HOST}(?::{_PORT})?"
_PATH = _some(_SUB_DELIMS + ":@/", 0)
_QUERY = rf"(?:\?{_some(_SUB_DELIMS + ':@/?', 0)})?"
_HIER = rf"(?:/{_PATH})?{_QUERY}"

# RFC 3261 section 25.1 and RFC 3966 section 3 share their parameters, but for the brackets.
_SIP_CHARS = _some("*()[]/:&+$")
_SIP_PARAMETERS = rf"(?:;{_SIP_CHARS}(?:={_SIP_CHARS})?)*"
_SIP_HEADERS = rf"(?:\?{_some('*()[]/?:+$=&')})?"
_SIP_USER = rf"{_some('*()&=+$,;?/')}(?::{_some('*()&=+$,', 0)})?@"
# "sip://host" would be a user named "//host" or nothing at all: nobody means that.
_SIP = rf"(?!//)(?:{_SIP_USER})?{_AUTHORITY}{_SIP_PARAMETERS}{_SIP_HEADERS}"

_TEL_PARAMETERS = rf"(?:;[A-Za-z0-9\-]+(?:={_SIP_CHARS})?)*"
_CONTEXT = rf";[Pp][Hh][Oo][Nn][Ee]-[Cc][Oo][Nn][Tt][Ee][Xx][Tt]=(?:\+[0-9().\-]+|{_HOSTNAME})"
_GLOBAL = r"\+[().\-]*[0-9][0-9().\-]*"
_LOCAL = r"[().\-]*[0-9A-Fa-f*][0-9A-Fa-f*().\-]*"
# RFC 3966 section 3: each parameter once, and isub or ext but not both.
_ONCE = r"(?!.*;([A-Za-z0-9\-]+)(?:=[^;]*)?;(?:.*;)?(?i:\1)(?:[=;]|$))"
_ONE_OF = r"(?!.*;(?:isub=.*;ext|ext=.*;isub)=)"
_NUMBER = rf"(?:{_GLOBAL}|{_LOCAL}{_TEL_PARAMETERS}{_CONTEXT})"
_TEL = rf"{_ONCE}{_ONE_OF}{_NUMBER}{_TEL_PARAMETERS}"

# RFC 6068 section 2: what a local part may hold beyond this is to be percent-encoded.
_MAILBOX = rf"{_some('$*+')}@{_HOSTNAME}"
_XMPP = rf"(?://{_some('$()*+,;=')}@{_HOSTNAME}/)?(?:{_some('$()*+,;=')}@)?{_HOST}{_HIER}"
_MATRIX_ID = _some(_SUB_DELIMS + ":@")


def _grammar(schemes: str, rest: str, shape: str) -> dict[str, Grammar]:
    """Return the grammar of every one of *schemes*: the scheme, a colon, *rest*."""
    return {
        scheme: Grammar(re.compile(f"{scheme}:{rest}"), shape.format(scheme=scheme))
        for scheme in schemes.split()
    }


_GRAMMARS: Final = {
    **_grammar("sip sips", _SIP, "{scheme}:user@host or {scheme}:host, then ;parameters"),
    **_grammar("tel", _TEL, "tel:+digits, or tel:digits;phone-context=…, then ;parameters"),
    **_grammar("mailto", rf"{_MAILBOX}(?:,{_MAILBOX})*{_QUERY}", "mailto:name@domain"),
    **_grammar("im pres", rf"{_MAILBOX}{_QUERY}", "{scheme}:name@domain"),
    **_grammar("http https", rf"//{_AUTHORITY}{_HIER}", "{scheme}://host/path"),
    **_grammar("ldap", rf"//{_AUTHORITY}{_HIER}", "ldap://host/name"),
    **_grammar(
        "ftp",
        rf"//(?:{_some(_SUB_DELIMS + ':')}@)?{_AUTHORITY}(?:/{_PATH})?",
        "ftp://host/path",
    ),
    **_grammar("xmpp", _XMPP, "xmpp:name@domain"),
    **_grammar("acct", rf"{_some(_SUB_DELIMS)}@{_AUTHORITY}", "acct:name@host"),
    **_grammar(
        "h323",
        rf"(?:{_some('$&()*+,=:/?')}(?:@{_AUTHORITY})?|@{_AUTHORITY}){_SIP_PARAMETERS}",
        "h323:name@host",
    ),
    **_grammar(
        "iax",
        rf"(?:{_some()}@)?{_AUTHORITY}(?:/{_some('$()*+,;=')}(?:\?{_some()})?)?",
        "iax:name@host/number?context",
    ),
    **_grammar(
        "matrix",
        rf"(?://{_AUTHORITY}/)?(?:u|user|r|room|roomid)/{_MATRIX_ID}"
        rf"(?:/(?:e|event)/{_MATRIX_ID})?{_QUERY}",
        "matrix:u/name:server",
    ),
}

# RFC 3986 section 4.3 and 3.2: absolute-URI = scheme ":" hier-part [ "?" query ], no fragment.
_GENERIC: Final = Grammar(
    re.compile(
        rf"[a-z][a-z0-9+.\-]*:(?://(?:{_some(_SUB_DELIMS + ':', 0)}@)?"
        rf"(?:{_IPV6}|{_some(_SUB_DELIMS, 0)})(?::[0-9]*)?(?:/{_PATH})?"
        rf"|/?{_some(_SUB_DELIMS + ':@')}(?:/{_PATH})?){_QUERY}"
    ),
    "scheme:something (RFC 3986)",
)

_REFERENCE: Final = re.compile(r"\[([^\]]*)\]")
_HOST_PORT: Final = re.compile(rf"{_AUTHORITY}(?=[;?/,]|$)")
