"""What every group of commands has: aliases, examples, and the nearest name for a wrong one."""

import click

from enumd.cli.group import ALIASES, Group, unknown_command


@click.group(cls=Group, name="thing")
def thing():
    """Things."""


@thing.command("list")
def list_():
    """List things."""


def test_a_command_is_found_by_what_people_call_it_elsewhere():
    """`ls` is `list`, and what is neither is nothing."""
    context = click.Context(thing)

    assert {alias: name for alias, name in ALIASES.items() if name == "list"} == {"ls": "list"}
    assert thing.get_command(context, "ls") is thing.get_command(context, "list") is list_
    assert thing.get_command(context, "remove") is None


def test_a_command_has_an_example_that_leads_to_it():
    """The words of the group are part of it."""
    command = thing.get_command(click.Context(thing), "list")

    assert "enumd thing list" in command.get_help(click.Context(command))


def test_a_wrong_name_gets_the_nearest_or_all():
    """Who is nowhere near is told what there is."""
    context = click.Context(thing)

    assert unknown_command("lisst", ["list"], context).__notes__ == ["Did you mean list?"]
    assert unknown_command("xyzzy", ["list"], context).__notes__ == ["There are list."]
