"""SIP, SIPS and tel URIs as a Request-URI, a From or a Contact carries them."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple
from urllib.parse import unquote

from enumd.core.telephone import Subscriber
from enumd.errors import BadUri, BrokenRequest

# user             = 1*( unreserved / escaped / user-unreserved )
# user-unreserved  = "&" / "=" / "+" / "$" / "," / ";" / "?" / "/"
# password         = *( unreserved / escaped / "&" / "=" / "+" / "$" / "," )
# paramchar        = param-unreserved / unreserved / escaped
# hnv-unreserved   = "[" / "]" / "/" / "?" / ":" / "+" / "$"
_ESCAPED: Final = r"%[0-9A-Fa-f]{2}"
_UNRESERVED: Final = r"A-Za-z0-9\-_.!~*'()"
_USER: Final = rf"(?:[{_UNRESERVED}&=+$,;?/]++|{_ESCAPED})++"
_PASSWORD: Final = rf"(?:[{_UNRESERVED}&=+$,]++|{_ESCAPED})*+"
_PARAM: Final = rf"(?:[{_UNRESERVED}\[\]/:&+$]++|{_ESCAPED})"
_HNV: Final = rf"(?:[{_UNRESERVED}\[\]/?:+$]++|{_ESCAPED})"

_HOST: Final = r"\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9_\-]++(?:\.[A-Za-z0-9_\-]++)*+\.?+"
"""A host name (with the "_" that people use in them), an IPv4 address, an IPv6 reference."""

_SIP: Final = re.compile(
    rf"([sS][iI][pP][sS]?):(?:({_USER})(?::({_PASSWORD}))?+@)?({_HOST})(?::([0-9]{{1,5}}))?+"
    rf"((?:;{_PARAM}++(?:={_PARAM}*+)?+)*+)(?:\?({_HNV}++={_HNV}*+(?:&{_HNV}++={_HNV}*+)*+))?+",
    re.ASCII,
)

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):[!-~]++", re.ASCII)

# RFC 3261 section 19.1.4: a reserved character and its escape are two things.
_RESERVED: Final = frozenset(";/?:@&=+$,")
_ESCAPE: Final = re.compile(_ESCAPED)
_NEEDLESS: Final = re.compile(
    r"%(2[DEde]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])"  # A-Z a-z 0-9 - . _ ~
)

_NEVER_ALONE: Final = ("user", "ttl", "method", "maddr", "transport")
"""Parameters that make two URIs differ when only one of them has it (RFC 3261 section 19.1.4)."""


class SipUri:
    """A SIP or SIPS URI in its parts (RFC 3261 section 19.1.1), escapes left as they came."""

    __slots__ = ("headers", "host", "parameters_text", "password", "port", "scheme", "text", "user")

    def __init__(self, text: str) -> None:
        """Read *text*.

        Raises:
            BadUri: it is not a SIP or SIPS URI.
        """
        found = _SIP.fullmatch(text)
        if found is None:
            raise BadUri("not a SIP URI (RFC 3261 section 19.1.1)", text)
        self.text = text
        scheme, user, password, host, port, parameters, headers = found.groups()
        self.scheme: str = scheme.lower()
        self.user: str | None = user
        self.password: str | None = password
        self.host: str = host
        self.port: int | None = None if port is None else int(port)
        self.parameters_text: str = parameters
        self.headers: str | None = headers
        if host[-1] in "0123456789]." or (port and int(port) > 65535):
            _check_host(self)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the URI parameters, names in lower case, escapes of both resolved."""
        pairs = (part.partition("=") for part in self.parameters_text.split(";")[1:])
        return {unquote(name).lower(): unquote(value) for name, _, value in pairs}

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """Return the host as an IP address, or None when it is a name."""
        return host_address(self.host)

    def same_as(self, other: SipUri) -> bool:
        """Tell whether the two are equivalent (RFC 3261 section 19.1.4, RFC 5954 section 4.2).

        This is no `==`: the relation is not transitive.
        """
        return (
            (self.scheme, self.port) == (other.scheme, other.port)
            and _plain(self.user) == _plain(other.user)
            and _plain(self.password) == _plain(other.password)
            and _comparable_host(self.host) == _comparable_host(other.host)
            and _same_parameters(self.parameters, other.parameters)
            and _comparable_headers(self.headers) == _comparable_headers(other.headers)
        )

    def __str__(self) -> str:
        """Return the text as it came."""
        return self.text


class TelUri:
    """A tel URI (RFC 3966)."""

    __slots__ = ("subscriber", "text")

    scheme: Final = "tel"

    def __init__(self, text: str) -> None:
        """Read *text*.

        Raises:
            BadUri: it is not a tel URI, or a local number without its context.
        """
        if text[:4].lower() != "tel:":
            raise BadUri("not a tel URI (RFC 3966 section 3)", text)
        self.text = text
        self.subscriber = Subscriber.parse(unescape(text[4:]))
        if not (self.subscriber.international or self.subscriber.get("phone-context")):
            raise BadUri("a local number needs a phone-context (RFC 3966 section 5.1.5)", text)

    def __str__(self) -> str:
        """Return the text as it came."""
        return self.text


class OtherUri(NamedTuple):
    """An absolute URI of a scheme that is not looked up here."""

    text: str
    scheme: str


AnyUri = SipUri | TelUri | OtherUri


def request_uri(text: str) -> AnyUri:
    """Return the Request-URI written in *text*.

    Raises:
        BrokenRequest: it is no URI, or one that may not stand there.
    """
    scheme = text.partition(":")[0].lower()
    try:
        if scheme in ("sip", "sips"):
            uri = SipUri(text)
            # RFC 3261 section 19.1.1, table 1: no headers in a Request-URI (RFC 4475 3.1.2.11).
            if uri.headers is not None:
                raise BrokenRequest(400, "the Request-URI has headers")
            return uri
        if scheme == "tel":
            return TelUri(text)
    except BadUri as error:
        raise BrokenRequest(400, f"the Request-URI is {error.why}") from None
    if _SCHEME.fullmatch(text):
        return OtherUri(text, scheme)
    raise BrokenRequest(400, "the Request-URI is no URI")


def unescape(text: str) -> str:
    """Return *text* without the escapes of characters that never need one.

    RFC 3261 section 19.1.4 and RFC 3986 section 2.3: `%37` and `7` are the same. What could end the
    part it stands in is no such character.
    """
    return _NEEDLESS.sub(lambda found: chr(int(found[1], 16)), text) if "%" in text else text


def host_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return a host as an IP address, or None when it is a name or no address at all."""
    try:
        # RFC 3261's grammar let ":::" through before an IPv4 part; RFC 5954 does not, and
        # RFC 5118 section 4.10 asks to accept it from those who followed the former.
        if host[:1] == "[":
            return IPv6Address(host[1:-1].replace(":::", "::"))
        return IPv4Address(host)
    except ValueError:
        return None


def _check_host(uri: SipUri) -> None:
    """Refuse a port over 65535, and digits that look like an address and are none."""
    last = uri.host.rstrip(".").rpartition(".")[2]
    if (last.isdigit() or last[-1] == "]") and uri.address is None:
        raise BadUri(f"{uri.host} is no address (RFC 5954 section 4.1)", uri.text)
    if uri.port is not None and uri.port > 65535:
        raise BadUri("a port is at most 65535", uri.text)


def _plain(text: str | None) -> str | None:
    """Return *text* with every escape resolved that means the same as its character."""
    if text is None or "%" not in text:
        return text
    return _ESCAPE.sub(_unescape, text)


def _unescape(found: re.Match[str]) -> str:
    """Return the character of an escape, or the escape in upper case where it must stay one."""
    char = chr(int(found[0][1:], 16))
    return found[0].upper() if char in _RESERVED or char == "%" or char > "~" else char


def _comparable_host(host: str) -> str:
    """Return the host in a form that is equal when the hosts are."""
    address = host_address(host)
    return host.lower() if address is None else str(address)


def _same_parameters(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    """Tell whether no parameter keeps two URIs apart."""
    if any((name in ours) != (name in theirs) for name in _NEVER_ALONE):
        return False
    return all(ours[name].lower() == theirs[name].lower() for name in ours.keys() & theirs.keys())


def _comparable_headers(headers: str | None) -> list[tuple[str, str]]:
    """Return the headers of a URI in a form that is equal when they are, in any order."""
    pairs = (part.partition("=") for part in (headers or "").split("&"))
    return sorted((unquote(name).lower(), unquote(value)) for name, _, value in pairs)
