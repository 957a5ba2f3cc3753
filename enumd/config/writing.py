"""A complete enumd.toml, commented, made from the declarations."""

from __future__ import annotations

import json
import textwrap
from dataclasses import fields

from enumd.config.sections import SECTIONS
from enumd.config.setting import Section, rule_of


def example() -> str:
    """Return a complete enumd.toml in which every setting is explained and has its default."""
    return "\n".join(_example_section(*item) for item in SECTIONS.items())


def _example_section(name: str, section: type[Section]) -> str:
    """Return one table of the example with its comments."""
    lines = [*_comment((section.__doc__ or "").strip()), f"[{name}]"]
    for one in fields(section):
        rule = rule_of(one)
        note = " (A change needs a restart.)" if rule.restart else ""
        lines += _comment(rule.doc + note)
        # A JSON text or array of ASCII texts is a TOML one, too.
        lines.append(f"{one.name} = {json.dumps(one.default)}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    """Return *text* as comment lines."""
    return textwrap.wrap(text, 96, initial_indent="# ", subsequent_indent="# ")
