"""`enumd config`: the settings in force and where each comes from, or a complete example."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import click

from enumd.cli.layout import Column, Record
from enumd.cli.session import Session
from enumd.config import FILE_NAME, Config
from enumd.config.setting import rule_of
from enumd.config.writing import example

_PASSWORD: Final = re.compile(r"(://[^/@:]*:)[^@]+(?=@)|([?&]password=)[^&]+", re.IGNORECASE)

COLUMNS = (Column("setting"), Column("value", show=json.dumps), Column("source", "from"))


@click.command()
@click.option("--example", "as_example", is_flag=True, help="Print a complete, commented file.")
@click.pass_obj
def config(session: Session, as_example: bool) -> None:
    """Show the settings in force, and where each comes from."""
    if as_example:
        session.output.text(example())
        return
    session.output.note(f"{session.home / FILE_NAME}; a change of it is taken up by the next start")
    session.output.listing(list(_settings(session.config)), COLUMNS)


def _settings(config: Config) -> Iterator[Record]:
    """Yield every setting with its value and its source."""
    path = config.home / FILE_NAME
    # Read and checked already; here it matters only which keys are in it.
    written: dict[str, Any] = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    for section in fields(config):
        if section.name != "home":
            values = getattr(config, section.name)
            yield from _section(section.name, values, written.get(section.name, {}))


def _mask(value: Any) -> Any:
    """Return *value* with the password of a url, where it is one, as stars."""
    if not isinstance(value, str):
        return value
    return _PASSWORD.sub(r"\1\2***", value)


def _section(name: str, values: Any, written: dict[str, Any]) -> Iterator[Record]:
    """Yield the settings of one table; *written* is what the file has of it."""
    for one in fields(values):
        value = getattr(values, one.name)
        if rule_of(one).rows is not None:
            for row, as_written in zip(value, written.get(one.name, ()), strict=True):
                yield from _section(f"{name}.{one.name}.{row.name}", row, as_written)
            continue
        variable = f"ENUMD_{name}_{one.name}".upper()
        source = FILE_NAME if one.name in written else "default"
        yield {
            "setting": f"{name}.{one.name}",
            "value": _mask(value),
            "source": variable if variable in os.environ else source,
        }
