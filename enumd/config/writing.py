"""A complete enumd.toml, commented, made from the declarations."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

from enumd.config.sections import SECTIONS
from enumd.config.setting import Section, SettingRule, rule_of


def example(given: Mapping[str, str] | None = None) -> str:
    """Return a complete enumd.toml in which every setting is explained.

    Each has its default, or what *given* has for it by its name, such as `registry.url`.
    """
    chosen = given or {}
    return "\n".join(_example_section(*item, chosen) for item in SECTIONS.items())


def _example_section(name: str, section: type[Section], given: Mapping[str, str]) -> str:
    """Return one table of the example with its comments; arrays of tables come last."""
    lines = [*_comment(section.__doc__ or ""), f"[{name}]"]
    for one in fields(section):
        rule = rule_of(one)
        if rule.rows is not None:
            lines += _example_row(f"{name}.{one.name}", rule)
            continue
        note = " (A change needs a restart.)" if rule.restart else ""
        value = given.get(f"{name}.{one.name}", one.default)
        lines += [*_comment(rule.doc + note), _line(one, value)]
    return "\n".join(lines) + "\n"


def _example_row(name: str, rule: SettingRule) -> list[str]:
    """Return one table of an array, commented out: there is none by default."""
    assert rule.rows is not None
    lines = ["", *_comment(rule.doc), f"# [[{name}]]"]
    for one in fields(rule.rows):
        lines += [*_comment(rule_of(one).doc, "## "), f"# {_line(one, one.default)}"]
    return lines


def _line(one: Field[Any], value: object) -> str:
    """Return the line that gives a setting *value*."""
    # A JSON text, array of ASCII texts, number or truth is a TOML one, too.
    return f"{one.name} = {json.dumps(value)}"


def _comment(text: str, indent: str = "# ") -> list[str]:
    """Return *text* as comment lines."""
    whole = " ".join(text.split())
    return textwrap.wrap(whole, 96, initial_indent=indent, subsequent_indent=indent)
