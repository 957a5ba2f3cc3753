"""The list of commands says what each of them says itself."""

import click
import pytest

from enumd.cli.commands import PLACES
from enumd.cli.main import main


@pytest.mark.parametrize("name", PLACES)
def test_a_summary_is_that_of_its_command(name):
    """A list that is written down is held to what it lists."""
    command = main.get_command(click.Context(main), name)

    assert PLACES[name].summary == command.get_short_help_str(limit=100)
