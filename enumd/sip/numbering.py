"""From a Request-URI to the number it means: forms of numbers, and the dial plan of a peer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from enumd.core.number import E164_DIGITS, Number
from enumd.core.telephone import Subscriber, parse_parameter
from enumd.errors import BadPeer, BadUri, NumberError
from enumd.sip.uri import AnyUri, SipUri, TelUri, unescape

_PLAIN: Final = re.compile(r"\+[0-9]{1,32}", re.ASCII)
_DIALLED: Final = re.compile(r"(?:\+|%2[Bb])?[.()\-]*+[0-9][0-9.()\-]*+(?:;.*)?", re.ASCII)
_RULE: Final = re.compile(r"(\+?[0-9*#]*)(?:/([0-9]{1,2}))?=(\+?[0-9]*)", re.ASCII)

# Metaswitch/sprout#1096: these belong before the "@", and some put them behind it.
_STRAYED: Final = ("npdi", "rn", "rn-context", "cic", "cic-context", "tgrp", "trunk-context")


@dataclass(frozen=True, slots=True)
class DialRule:
    """One line of a dial plan: what begins with *prefix* begins with *replacement* instead."""

    prefix: str
    replacement: str
    digits: int = 0
    """How many digits the whole has as it is dialled; 0 for any number of them."""

    @classmethod
    def parse(cls, text: str) -> DialRule:
        """Return the rule written as `PREFIX=REPLACEMENT` or `PREFIX/DIGITS=REPLACEMENT`.

            >>> DialRule.parse("0=+44")
            DialRule(prefix='0', replacement='+44', digits=0)

        Raises:
            BadPeer: it is not written like that, or can give no E.164 number.
        """
        if not (found := _RULE.fullmatch(text)):
            raise BadPeer(f"{text!r} in dial_plan is not written as 00=+ or 0=+44 or /6=+441632")
        if not found[3].startswith("+"):
            meant = text.replace("=", "=+")
            raise BadPeer(f"{text!r} in dial_plan gives no leading +, as {meant} does")
        return cls(found[1], found[3], int(found[2] or 0))

    def apply(self, digits: str) -> str | None:
        """Return the digits as they are to be read, or None when the rule does not fit."""
        if not digits.startswith(self.prefix) or self.digits not in (0, len(digits)):
            return None
        return self.replacement + digits[len(self.prefix) :]


@dataclass(frozen=True, slots=True)
class DialPlan:
    """How one peer writes numbers that are not E.164: the first rule that fits is followed.

    Without rules only a leading "+" makes an E.164 number: guessing sends calls to strangers.

        >>> plan = DialPlan((DialRule.parse("00=+"), DialRule.parse("0=+44")))
        >>> str(plan.number(Subscriber("01632960017")))
        '+441632960017'
    """

    rules: tuple[DialRule, ...] = ()
    contexts: tuple[str, ...] = ()
    """The phone-contexts in which local numbers are written by these rules, in lower case."""
    follow_routing_number: bool = False
    """Look for `rn` instead of the number where it is there (RFC 4694 section 5.1)."""
    max_digits: int = E164_DIGITS

    def number(self, dialled: Subscriber) -> Number:
        """Return the number that *dialled* means.

        Raises:
            NumberError: it means none for this peer, or it has too many digits.
        """
        routing = dialled.routing_number if self.follow_routing_number else None
        if routing and _PLAIN.fullmatch(routing):
            return Number.parse(routing, self.max_digits)
        if dialled.international:
            return dialled.number(self.max_digits)
        context = dialled.get("phone-context")
        if context and context not in self.contexts:
            # RFC 3966 section 5.1.5: the context MUST be understood to place a call within it.
            raise NumberError("the phone-context is not one of this peer's", context)
        for rule in self.rules:
            if (read := rule.apply(dialled.digits)) is not None:
                return Number.parse(read, self.max_digits)
        raise NumberError("no leading +, and no rule of the dial plan fits", dialled.digits)


def dialled_number(uri: AnyUri) -> Subscriber:
    """Return what was dialled, as the Request-URI has it.

    A user name counts as a number when it is nothing but one, or when `user=phone` says so; never
    because there are digits in it (Metaswitch/sprout#1777).

    Raises:
        NumberError: the URI is somebody's name, or a particular device's (`gr`, RFC 5627).
    """
    if isinstance(uri, TelUri):
        return uri.subscriber
    if not isinstance(uri, SipUri) or uri.user is None:
        raise NumberError("there is no user part", uri.text)
    if not uri.parameters_text or uri.parameters_text == ";user=phone":
        parameters: dict[str, str] = {}
        phone = bool(uri.parameters_text)
    else:
        parameters = uri.parameters
        phone = parameters.get("user", "").lower() == "phone"
    if "gr" in parameters:
        raise NumberError("a GRUU names a device and no number", uri.text)
    user = unescape(uri.user) if "%" in uri.user else uri.user
    if _PLAIN.fullmatch(user):
        dialled = Subscriber(user)
    elif phone or _DIALLED.fullmatch(user):
        dialled = _subscriber(user)
    else:
        raise NumberError("the user part is no number", unquote(uri.user, errors="replace"))
    strayed = _strayed(uri.parameters_text) if parameters else ()
    return dialled.with_missing(strayed) if strayed else dialled


def _strayed(parameters_text: str) -> tuple[tuple[str, str | None], ...]:
    """Return the parameters of a number among those of a URI, escapes left as they came.

    What could not stand in a number is ignored, as is all that is not understood (RFC 3261
    section 8.3): decoded, it could end the URI it goes into, or forge parameters there.
    """
    found: dict[str, str | None] = {}
    for part in parameters_text.split(";")[1:]:
        if part.partition("=")[0].lower() not in _STRAYED:
            continue
        try:
            name, value = parse_parameter(part, parameters_text)
        except BadUri:
            continue
        found[name] = value
    return tuple(found.items())


def _subscriber(user: str) -> Subscriber:
    """Return the subscriber in a user part."""
    try:
        return Subscriber.parse(user)
    except BadUri as error:
        raise NumberError(error.why, error.text, error.start, error.end) from None
