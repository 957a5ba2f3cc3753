"""`enumd endpoint`: the ways to reach the holder of a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone, zone_name
from enumd.cli.card import endpoint_fields
from enumd.cli.endpoint_ttl import ttl
from enumd.cli.live import Live, commit
from enumd.cli.main import Group
from enumd.cli.output import Column
from enumd.cli.session import Session
from enumd.cli.spelling import grouped
from enumd.core.number import Number
from enumd.errors import BadUri, NumberError

if TYPE_CHECKING:
    from enumd.core.endpoint import Endpoint
    from enumd.core.enumservice import Enumservice
    from enumd.core.uri import Normalised, Uri
    from enumd.registry.changes import Change

COLUMNS: Final = (
    Column("preference", right=True),
    Column("service"),
    Column("uri"),
    Column("ttl_s", "ttl", right=True),
)
_HOST: Final = re.compile(
    r"(?P<before>[a-zA-Z][\w+.-]*:(?://)?(?:[^@/]*@)?)(?P<host>[^:/;?\[\]]+)(?P<after>.*)",
    re.DOTALL,
)
_NOT_THE_SAME: Final = frozenset("\u00df\u03c2\u200c\u200d")
"""What RFC 3490 and RFC 5891 make different names of."""
LOWEST: Final = 65535
"""The largest PREFERENCE, which is the least preferred."""


class Way(NamedTuple):
    """What an endpoint is made of, and what a person should know about it."""

    service: Enumservice
    uri: Uri
    notes: tuple[str, ...] = ()


class Placed(NamedTuple):
    """An endpoint after a change, and the others that are as preferred as it is."""

    way: Endpoint
    equals: tuple[Endpoint, ...] = ()


@click.group(cls=Group)
def endpoint() -> None:
    """Ways to reach the holder of a number."""


endpoint.add_command(ttl)


service_option = click.option(
    "--service",
    metavar="TYPE[:SUBTYPE]",
    help="Where a number has the URI for several Enumservices: which.",
)


@endpoint.command()
@click.argument("number", type=arguments.number)
@click.argument("uri")
@click.option(
    "--service",
    metavar="TYPE[:SUBTYPE]",
    help="The Enumservice, where it does not follow from the URI; or a messenger's name.",
)
@click.option(
    "--preference",
    type=click.IntRange(0, LOWEST),
    metavar="N",
    help="Lower is tried first, equal ones share the calls; after all others, if not given.",
)
@in_zone
@click.pass_obj
def add(
    session: Session,
    number: Number,
    uri: str,
    service: str | None,
    preference: int | None,
    apex: str | None,
) -> None:
    """Add a way to reach the holder of NUMBER.

    URI is one such as sip:ada@example.net, mailto:ada@example.net or tel:+491711234567; or an
    account at a messenger: matrix:@ada:example.net, whatsapp:441632960017, telegram:ada_l,
    signal:+441632960017, messenger:ada.l, teams:ada@example.net.
    """
    way = read_way(uri, service)
    for note in way.notes:
        session.output.note(f"note: {note}")
    live = commit(session, lambda change: _add(change, number, way, preference, apex), number, apex)
    _show(session, number, "added", live)


@endpoint.command()
@click.argument("number", type=arguments.number)
@click.argument("which")
@service_option
@in_zone
@click.pass_obj
def remove(
    session: Session, number: Number, which: str, service: str | None, apex: str | None
) -> None:
    """Remove a way to reach the holder of NUMBER.

    WHICH is its URI, a part of it that no other has, its preference, or its place in the list.

    \b
    enumd endpoint remove +441632960017 sip:ada@sip.example.net
    enumd endpoint remove +441632960017 whatsapp
    """
    from enumd.registry import endpoints

    def work(change: Change) -> Placed:
        way = _meant(change, number, which, service, apex)
        return Placed(endpoints.remove(change, number, way.uri, way.service, zone_name(apex)))

    live = commit(session, work, number, apex)
    _show(session, number, "removed", live)


@endpoint.command()
@click.argument("number", type=arguments.number)
@click.argument("which")
@click.option(
    "--preference",
    type=click.IntRange(0, LOWEST),
    metavar="N",
    help="The new preference; lower is tried first, equal ones share the calls.",
)
@click.option("--first", is_flag=True, help="Put it before all others.")
@service_option
@in_zone
@click.pass_obj
def move(session: Session, /, **asked: Any) -> None:
    """Give a way to reach the holder of NUMBER another preference.

    WHICH is its URI, a part of it that no other has, its preference, or its place in the list.

    \b
    enumd endpoint move +441632960017 tel --first
    enumd endpoint move +441632960017 sip:ada@sip.example.net --preference 30
    """
    from enumd.registry import endpoints

    number, preference, apex = asked["number"], asked["preference"], asked["apex"]
    if (preference is None) is not asked["first"]:
        raise click.UsageError("Say where to: either --preference N or --first.")

    def work(change: Change) -> Placed:
        way = _meant(change, number, asked["which"], asked["service"], apex)
        chosen = (change, number, way.uri)
        if preference is None:
            moved = endpoints.move_first(*chosen, way.service, zone_name(apex))
        else:
            moved = endpoints.move(*chosen, preference, way.service, zone_name(apex))
        return _placed(change, number, moved, apex)

    live = commit(session, work, number, apex)
    _show(session, number, "moved", live)


@endpoint.command("list")
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def list_(session: Session, number: Number, apex: str | None) -> None:
    """List the ways to reach the holder of NUMBER, the preferred one first."""
    from enumd.registry import endpoints, numbers

    with session.reading() as reading:
        ways = endpoints.listing(reading, number, zone_name(apex))
        ttl_s = numbers.show(reading, number, session.now_s, zone_name(apex)).ttl_s
    empty = f"no endpoints; see: enumd number show {number}"
    rows = [{**endpoint_fields(way), "ttl_s": ttl_s} for way in ways]
    session.output.listing(rows, COLUMNS, empty)


def read_way(text: str, service: str | None) -> Way:
    """Return the endpoint a person wrote: a URI, a number, or an account at a messenger.

    Raises:
        BadUri, BadEnumservice: it is none of these, or not one the service leads to.
    """
    from enumd.core.enumservice import Enumservice, messenger_uri

    if account := _account(text, service):
        return _noted(*messenger_uri(*account))
    normalised = _read_uri(text)
    kind = Enumservice.parse(service) if service else Enumservice.of(normalised.uri)
    if kind is None:
        why = f"no Enumservice follows from {normalised.uri.scheme}: say which with --service"
        raise BadUri(why, text, 0, len(normalised.uri.scheme))
    return _noted(kind, normalised.uri, [f"in the URI, {note}" for note in normalised.notes])


def _noted(kind: Enumservice, uri: Uri, notes: Sequence[str] = ()) -> Way:
    """Return an endpoint with all a person should know about it."""
    from enumd.core.transport import tls_note

    kind.check(uri)
    found = list(notes)
    if uri.long:
        found.append("a URI over 127 octets is cut by some clients")
    if note := tls_note(str(uri)):
        found.append(note)
    if kind.experimental:
        found.append(f"{kind} is experimental: only clients that know it will use it")
    return Way(kind, uri, tuple(found))


def _account(text: str, service: str | None) -> tuple[str, str] | None:
    """Return messenger and account where that is what a person wrote, and no URI."""
    from enumd.core.enumservice import MESSENGERS

    name, colon, account = text.partition(":")
    name = name.lower()
    # Matrix alone has a URI scheme of its own name; its accounts begin with "@" (MSC 2312).
    named = bool(colon) and name in MESSENGERS and (name != "matrix" or account.startswith("@"))
    if service and service.lower() in MESSENGERS:
        return service.lower(), account if named and name == service.lower() else text
    return (name, account) if named and not service else None


def _read_uri(text: str) -> Normalised:
    """Return the URI meant by *text*; a bare number is a telephone."""
    from enumd.core.uri import Uri

    if text.lstrip().startswith("+"):
        try:
            return Uri.normalised(f"tel:{Number.parse(text)}")
        except NumberError as error:
            refused = BadUri(error.why, error.text, error.start, error.end)
            raise refused.advise(error.advice) from None
    try:
        return Uri.normalised(text)
    except BadUri as error:
        if ":" not in text and "@" in text:
            error.add_note(f"Is it sip:{text}, mailto:{text} or xmpp:{text}?")
        elif (ascii_form := _ascii_form(text)) is not None:
            error.advise(f"A host name goes in its ASCII form (RFC 5891): {ascii_form}")
        raise


def _ascii_form(text: str) -> str | None:
    """Return *text* with its host name in the form that begins xn--, where that is all it needs."""
    from enumd.core.uri import Uri

    match = _HOST.fullmatch(text)
    if match is None or set(match["host"]) & _NOT_THE_SAME:
        return None
    labels = match["host"].lower().split(".")
    try:
        named = ".".join(label.encode("idna").decode() for label in labels)
        Uri.normalised(candidate := match["before"] + named + match["after"])
    except (UnicodeError, BadUri):
        return None
    return candidate


def _meant(
    change: Change, number: Number, text: str, service: str | None, apex: str | None
) -> Endpoint:
    """Return the endpoint of *number* that a person means by *text*."""
    from enumd.registry import endpoints, number_row
    from enumd.registry.endpoint_choice import choose

    number_row.claimed(change, number, zone_name(apex))  # locks: nobody moves it in between
    uri, kind = _known(text, service)
    return choose(
        number, endpoints.listing(change.session, number, zone_name(apex)), text, uri, kind
    )


def _known(text: str, service: str | None) -> tuple[Uri | None, Enumservice | None]:
    """Return URI and Enumservice as `add` would read *text*; None where it is a part of one."""
    from enumd.core.enumservice import Enumservice, messenger_uri

    if account := _account(text, service):
        kind, uri = messenger_uri(*account)
        return uri, kind
    chosen = Enumservice.parse(service) if service else None
    try:
        return _read_uri(text).uri, chosen
    except BadUri:
        return None, chosen


def _add(
    change: Change, number: Number, way: Way, preference: int | None, apex: str | None
) -> Placed:
    """Add an endpoint, after all others unless a *preference* is given."""
    from enumd.core.endpoint import Endpoint
    from enumd.registry import endpoints, number_row

    if preference is None:
        number_row.claimed(change, number, zone_name(apex))  # locks: nobody adds in between
        there = endpoints.listing(change.session, number, zone_name(apex))
        preference = endpoints.next_preference(there)
    added = Endpoint(way.service, way.uri, preference)
    endpoints.add(change, number, added, zone_name(apex))
    return _placed(change, number, added, apex)


def _placed(change: Change, number: Number, way: Endpoint, apex: str | None) -> Placed:
    """Return *way* with the endpoints of *number* that share the calls with it."""
    from enumd.registry import endpoints

    there = endpoints.listing(change.session, number, zone_name(apex))
    equals = [each for each in there if each.preference == way.preference and each != way]
    return Placed(way, tuple(equals))


def _show(session: Session, number: Number, done: str, live: Live[Placed]) -> None:
    """Print what was done to an endpoint."""
    way, equals = live.value
    fields: dict[str, object] = {"number": str(number), **endpoint_fields(way)}
    fields |= {"shared_with": [str(each.uri) for each in equals], **live.fields()}
    shown = grouped(str(number)) if session.output.for_eyes else ""
    line = f"{done:<10}{way.preference}  {way.service}  {way.uri}  for {shown}"
    shared = ", ".join(str(each.uri) for each in equals)
    lines = [f"shares    calls equally with {shared}"] if equals else []
    session.output.record(fields, line, *lines, *live.lines())
