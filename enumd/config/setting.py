"""How a setting is declared: its default, its bounds and the sentence that explains it."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar, cast

from enumd.errors import ConfigError

_T = TypeVar("_T")
_Row = TypeVar("_Row", bound="Section")


@dataclass(frozen=True, slots=True)
class SettingRule:
    """What is known of a setting besides its default."""

    doc: str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    max_octets: int | None = None
    restart: bool = False
    required: bool = False
    rows: type[Section] | None = None
    """What each table of an array of tables holds, where the setting is one."""

    def fault(self, value: object) -> str | None:
        """Return what is wrong with a *value* of the right type, or None."""
        if self.required and not value:
            return "is needed"
        if isinstance(value, int):
            if self.low is not None and value < self.low:
                return f"{value} is below {self.low}"
            if self.high is not None and value > self.high:
                return f"{value} is above {self.high}"
        if self.choices and value not in self.choices:
            return f"{value!r} is none of {', '.join(self.choices)}"
        if self.max_octets is not None and len(str(value).encode()) > self.max_octets:
            return f"{len(str(value).encode())} octets, and at most {self.max_octets} are allowed"
        return None


def setting(
    default: _T,
    doc: str,
    *,
    bounds: tuple[int, int] | None = None,
    choices: tuple[str, ...] = (),
    max_octets: int | None = None,
    restart: bool = False,
    required: bool = False,
) -> _T:
    """Declare a setting; *restart* marks what a running server cannot change."""
    low, high = bounds or (None, None)
    rule = SettingRule(doc, low, high, choices, max_octets, restart, required)
    return field(default=default, metadata={"rule": rule})


def rows(kind: type[_Row], doc: str) -> tuple[_Row, ...]:
    """Declare an array of tables, each of that *kind*; there are none by default."""
    return field(default=(), metadata={"rule": SettingRule(doc, rows=kind)})


@dataclass(frozen=True, slots=True)
class Section:
    """A table of enumd.toml; a value of the wrong type or out of bounds is refused."""

    def __post_init__(self) -> None:
        """Check every setting by its rule."""
        for one in fields(self):
            value = getattr(self, one.name)
            rule = rule_of(one)
            if why := type_fault(value, one.default, rule.rows or str) or rule.fault(value):
                raise ConfigError(why, one.name)


def rule_of(one: Field[Any]) -> SettingRule:
    """Return the rule a setting was declared with."""
    return cast(SettingRule, one.metadata["rule"])


def type_fault(value: object, default: object, item: type = str) -> str | None:
    """Return what is wrong with the type of *value*, a list of *item* if it is one, or None."""
    # Not isinstance: a TOML true is a bool, which Python would take for the number 1.
    if type(value) is type(default):
        if isinstance(value, tuple) and not all(isinstance(one, item) for one in value):
            return "is a list of texts" if item is str else "is a list of tables"
        return None
    wanted = {
        bool: "true or false",
        int: "a whole number",
        str: "a text",
        tuple: "a list of texts" if item is str else "a list of tables",
    }[type(default)]
    return f"{value!r} is not {wanted}"
