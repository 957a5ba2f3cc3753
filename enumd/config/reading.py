"""From enumd.toml and the environment to a `Config`."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from enumd.config.sections import SECTIONS, Config
from enumd.config.setting import Section, rule_of
from enumd.errors import ConfigError

FILE_NAME: Final = "enumd.toml"

_ENV_PREFIX: Final = "ENUMD_"
# Of an environment variable only a near miss is refused: container platforms set names such as
# ENUMD_PORT and ENUMD_DNS_SERVICE_HOST of their own accord.
_NEAR_MISS: Final = 0.9

_LONG_NUMBER: Final = re.compile(r"[0-9_]{1000,}")


def load(home: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration of *home*; without a file there, the defaults.

    Raises:
        ConfigError: the file cannot be read, a name in it is unknown, a value is refused.
    """
    home = home.expanduser().absolute()
    path = home / FILE_NAME
    try:
        tables = _read(path)
        sections: dict[str, Any] = {
            name: _section(name, section, tables.get(name, {}), str(path))
            for name, section in SECTIONS.items()
        }
    except (RecursionError, ValueError) as error:
        # A value that can be read and not be shown: nested in its keys, or a hexadecimal number.
        raise ConfigError(f"a value cannot be used: {_shortly(error)}", source=str(path)) from None
    for variable, name, key, default in _variables(environ):
        value = _from_text(environ[variable], default, variable)
        with _placed(name, variable):
            sections[name] = replace(sections[name], **{key: value})
    return Config(home, **sections)


def restart_needed(old: Config, new: Config) -> list[str]:
    """Return the settings that differ and that a running server cannot change."""
    return [
        f"{name}.{one.name}"
        for name, section in SECTIONS.items()
        for one in fields(section)
        if rule_of(one).restart
        and getattr(getattr(old, name), one.name) != getattr(getattr(new, name), one.name)
    ]


def _read(path: Path) -> dict[str, dict[str, object]]:
    """Return the tables of the file at *path*, their names checked."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", source=str(path)) from None
    tables = _parse(text, str(path))
    for name, table in tables.items():
        if name not in SECTIONS:
            raise ConfigError(f"unknown table{_nearest(name, SECTIONS)}", name, str(path))
        if not isinstance(table, dict):
            raise ConfigError(f"is a table: write [{name}]", name, str(path))
    return tables


def _parse(text: str, source: str) -> dict[str, Any]:
    """Return the tables in *text*, whatever is wrong with it a ConfigError that says where."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"cannot be read: {error}", source=source) from None
    except RecursionError:
        why = f"line {_deepest_line(text)}: brackets are nested too deeply"
    except (
        Exception
    ) as error:  # the reader itself fails; what it was given is at fault all the same
        why = f"cannot be read: {_shortly(error)}"
        if (number := _LONG_NUMBER.search(text)) is not None:
            line = text.count("\n", 0, number.start()) + 1
            why = f"line {line}: a number of {len(number[0])} digits is none of any setting"
    raise ConfigError(why, source=source)


def _deepest_line(text: str) -> int:
    """Return the line of *text* in which most brackets are open, strings not looked at."""
    depth = deepest = 0
    place, line = 1, 1
    for character in text:
        depth += (character in "[{") - (character in "]}")
        line += character == "\n"
        if depth > deepest:
            deepest, place = depth, line
    return place


def _shortly(error: Exception) -> str:
    """Return what *error* says, without what may be a page of it."""
    return f"{error}"[:200] or type(error).__name__


def _section(name: str, kind: type[Section], table: Mapping[str, object], source: str) -> Section:
    """Return the section *name* with the settings of *table* over the defaults."""
    known = [one.name for one in fields(kind)]
    for key in table:
        if key not in known:
            why = f"unknown setting{_nearest(key, known)}"
            raise ConfigError(why, f"{name}.{key}", source)
    values = {
        one.name: _value(f"{name}.{one.name}", table[one.name], rule_of(one).rows, source)
        for one in fields(kind)
        if one.name in table
    }
    with _placed(name, source):
        return kind(**values)


def _value(name: str, item: object, rows: type[Section] | None, source: str) -> object:
    """Return what the file has for the setting *name*: a tuple for a list, sections for tables."""
    if not isinstance(item, list):
        return item
    if rows is None or not all(isinstance(row, dict) for row in item):
        return tuple(item)
    return tuple(
        _section(f"{name}.{row.get('name') or place}", rows, row, source)
        for place, row in enumerate(item, 1)
    )


@contextmanager
def _placed(name: str, source: str) -> Iterator[None]:
    """Have an error name the section *name* and *source* it stands in."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(error.why, f"{name}.{error.key}", source) from None


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str, object]]:
    """Yield variable, section, key and default of each setting *environ* gives."""
    known = {
        f"{_ENV_PREFIX}{name}_{one.name}".upper(): (name, one.name, one.default)
        for name, section in SECTIONS.items()
        for one in fields(section)
        if rule_of(one).rows is None
    }
    for variable in sorted(environ):
        if variable in known:
            yield variable, *known[variable]
        elif variable.startswith(_ENV_PREFIX) and (
            near := difflib.get_close_matches(variable, known, 1, _NEAR_MISS)
        ):
            raise ConfigError(f"no such setting; did you mean {near[0]}?", source=variable)


def _from_text(text: str, default: object, variable: str) -> object:
    """Return the value written in an environment variable, of the type of *default*."""
    if isinstance(default, tuple):
        return tuple(item.strip() for item in text.split(",") if item.strip())
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if not isinstance(default, int):
        return text
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a whole number", source=variable) from None


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the name that was meant, or at all there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"
