"""Every command has examples under its help, and they are what it understands."""

import shlex

import click
import pytest

from enumd.cli import examples
from enumd.cli.main import main


def leaves(group=main, path=()):
    """Yield the path of every command that is no group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(leaves()), ids=" ".join)
def test_every_help_has_examples(enumd, path):
    """The help of a command ends with examples of that command."""
    text = enumd(*path, "--help").stdout

    assert f"enumd {' '.join(path)}" in text.partition("Examples:")[2]


@pytest.mark.parametrize("path", sorted(examples.EXAMPLES))
def test_an_example_is_understood(path, tmp_path, monkeypatch):
    """Every example is read by the command it stands under, to its last word."""
    monkeypatch.chdir(tmp_path)
    for name in ("numbers.csv", "example.zone"):
        (tmp_path / name).write_text("")
    for line in examples.EXAMPLES[path]:
        command, words = main, ["--home", str(tmp_path), *shlex.split(line.partition(" < ")[0])]
        context = main.make_context("enumd", words)
        while isinstance(command, click.Group):
            left = [*context._protected_args, *context.args]
            name, command, words = command.resolve_command(context, left)
            context = command.make_context(name, words, parent=context)
        assert line.startswith(path)
