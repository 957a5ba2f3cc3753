"""`sip:…;transport=tls`: how TLS is written in the field, and how it has to be.

RFC 5630 section 5.4 forbids a redirect server to pass it on, and RFC 3261 section 26.2.2 deprecates
it: whoever wants TLS all the way publishes a sips URI.
"""

from __future__ import annotations

from urllib.parse import unquote


def without_tls(uri: str) -> str | None:
    """Return a sip or sips URI without its parameter `transport=tls`, or None if it has none.

    >>> without_tls("sip:ada@example.net:5061;lr;transport=tls")
    'sip:ada@example.net:5061;lr'
    """
    at = uri.find("@") + 1  # a user part may have ";" and "?" in it, and no "@"
    address, question, headers = uri[at:].partition("?")
    host, *parameters = address.split(";")
    kept = [one for one in parameters if unquote(one).lower() != "transport=tls"]
    if len(kept) == len(parameters):
        return None
    return uri[:at] + ";".join((host, *kept)) + question + headers


def sips_form(uri: str) -> str | None:
    """Return the sips URI to publish instead of `sip:…;transport=tls`, or None for all others."""
    if uri[:4].lower() != "sip:" or (rest := without_tls(uri)) is None:
        return None
    return f"sips:{rest[4:]}"


def tls_note(uri: str) -> str | None:
    """Return what whoever publishes *uri* should know of its `transport=tls`; None without one."""
    if ";" not in uri or (form := sips_form(uri)) is None:
        return None
    return f"callers by SIP do not get it, because of transport=tls (RFC 5630); write {form}"
