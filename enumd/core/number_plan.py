"""What national number plans say about how long a number is, and what is not dialled from abroad.

A plan is asked only where something else is odd already: a number written in several groups, or a
0 right behind the country code. Plans change faster than libraries do, and trees of one's own have
none, so digits written without separators are never measured by a plan (`number_text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# ITU-T E.164 annex: the zones 1 and 7 are one country code each, these have two digits, and all
# others three. No country code begins with 0.
_TWO_DIGITS: Final = frozenset(
    ten + unit
    for ten, units in {
        "2": "07",
        "3": "0123469",
        "4": "013456789",
        "5": "12345678",
        "6": "0123456",
        "8": "1246",
        "9": "0123458",
    }.items()
    for unit in units
)
_TRUNK: Final = "0"
_ANY_LENGTHS: Final = frozenset(range(7, 16))
"""How long a number without a plan is, at least, to be taken for a whole one."""


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """The lengths of the numbers behind one country code."""

    country_code: str
    lengths: frozenset[int]
    """How many digits follow the country code."""
    local_lengths: frozenset[int]
    """How many do where an area code may be left out; such a number is no whole one."""
    trunk: str
    """What is dialled before the number within the country, and not from abroad."""


def country_code(digits: str) -> str:
    """Return the country code *digits* begin with, "" where there can be none.

    >>> country_code("441632960017"), country_code("883510001234567"), country_code("04240001")
    ('44', '883', '')
    """
    if digits[:1] in ("", _TRUNK):
        return ""
    if digits[0] in "17":
        return digits[0]
    size = 2 if digits[:2] in _TWO_DIGITS else 3
    return digits[:size] if len(digits) >= size else ""


def may_be_number(digits: str) -> bool:
    """Tell whether *digits* can be a number by the plan of its country; True where none is known.

    A number that only people of the same area can dial passes: its owner may mean just that.
    """
    plan = _plan(country_code(digits))
    if plan is None:
        return True
    size = len(digits) - len(plan.country_code)
    # A national prefix is no part of a number and does not make it too long: see `without_trunk`.
    inner = digits[len(plan.country_code) :]
    shorter = size - len(plan.trunk) if plan.trunk and inner.startswith(plan.trunk) else size
    return not {size, shorter}.isdisjoint(plan.lengths | plan.local_lengths)


def is_whole(digits: str) -> bool:
    """Tell whether nothing needs to follow *digits*: it has the length of a whole number."""
    plan = _plan(country_code(digits))
    if plan is None:
        return len(digits) in _ANY_LENGTHS
    return len(digits) - len(plan.country_code) in plan.lengths


def is_assigned(digits: str) -> bool:
    """Tell whether the plan has given *digits* to some use; `is_whole` where none is known."""
    if _plan(country_code(digits)) is None:
        return is_whole(digits)
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse("+" + digits)))
    except phonenumbers.NumberParseException:
        return False


def misfit(digits: str) -> str:
    """Return why *digits* are no number by the plan of their country.

    >>> misfit("12025550123456")
    '13 digits after +1, where numbers have 10'
    """
    code = country_code(digits)
    plan = _plan(code)
    sizes = sorted(plan.lengths) if plan else sorted(_ANY_LENGTHS)
    *others, last = sizes
    listed = f"{', '.join(map(str, others))} or {last}" if others else str(last)
    if len(others) > 1 and last - others[0] == len(others):
        listed = f"{others[0]} to {last}"
    return f"{len(digits) - len(code)} digits after +{code}, where numbers have {listed}"


def without_trunk(digits: str) -> str | None:
    """Return *digits* without the 0 that is dialled within their country only, None without one.

    In Italy and elsewhere the 0 belongs to the number.

    >>> without_trunk("4407700900001"), without_trunk("39068012345")
    ('447700900001', None)
    """
    code = country_code(digits)
    if not code or digits[len(code) : len(code) + 1] != _TRUNK:
        return None
    plan = _plan(code)
    if plan is None or plan.trunk != _TRUNK:
        return None
    import phonenumbers

    try:
        read = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    found: str = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)[1:]
    return found if found != digits else None


def trunk_note(digits: str) -> str | None:
    """Return what is to be said of *digits* that have such a 0, None where there is none.

    >>> trunk_note("4407700900001")
    '+4407700900001 has the 0 that is dialled within its country only; is it +447700900001?'
    """
    if (better := without_trunk(digits)) is None:
        return None
    return f"+{digits} has the 0 that is dialled within its country only; is it +{better}?"


@lru_cache(maxsize=1024)
def _plan(code: str) -> NumberPlan | None:
    """Return the plan of a country code, None where there is none."""
    # It takes a tenth of a second to load, and commands about plain numbers do without.
    from phonenumbers import PhoneMetadata, region_code_for_country_code

    if not code:
        return None
    region = region_code_for_country_code(int(code))
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    general = metadata.general_desc if metadata else None
    if metadata is None or general is None:
        return None
    lengths = frozenset(size for size in general.possible_length if size > 0)
    local = frozenset(size for size in general.possible_length_local_only if size > 0)
    return NumberPlan(code, lengths, local, metadata.national_prefix or "")
