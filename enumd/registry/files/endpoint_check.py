"""Whether an endpoint of somebody's file can be stored, and if not, under which code."""

from __future__ import annotations

from enumd.core.endpoint import Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadUri, RecordError

_LONGEST_URI = 248


def check_endpoint(service: str, uri: str) -> tuple[str, str] | tuple[str, str, str]:
    """Return service and URI as they are stored, or the code, field and hint of the refusal.

    An empty *service* follows from the URI. What can be percent-encoded in the URI is.
    """
    try:
        endpoint = Endpoint.parse(service, uri, 0)
    except RecordError:
        return _second_look(service.strip(), uri.strip())
    return str(endpoint.service), str(endpoint.uri)


def _second_look(service: str, uri: str) -> tuple[str, str] | tuple[str, str, str]:
    """Take what an exact reading refused where that is possible; say why where it is not."""
    try:
        found = Uri.normalised(uri)[0]
    except BadUri as error:
        code = "uri-too-long" if len(uri) > _LONGEST_URI else "uri-invalid"
        return code, "uri", error.why
    if not service:
        follows = Enumservice.of(found)
        if follows is None:
            hint = f"no service follows from {found.scheme}:; name one"
            return "service-missing", "service", hint
        return str(follows), str(found)
    try:
        known = Enumservice.parse(service)
        known.check(found)
    except BadEnumservice as error:
        return "service-unknown", "service", error.why
    except BadUri as error:
        return "uri-scheme", "uri", error.why
    return str(known), str(found)
