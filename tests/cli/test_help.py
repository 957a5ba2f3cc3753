"""`enumd help`, `enumd version`, and the examples every command has."""

import click
import pytest

from enumd import errors
from enumd.cli import help as help_module
from enumd.cli.main import SECTIONS


def test_no_arguments_are_a_question_for_help(enumd):
    """`enumd help` and a group alone explain themselves and exit 0."""
    for words in ([], ["help"], ["number"]):
        result = enumd(*words)
        assert "Usage: " in result.stdout or words == []
        assert result.exit_code == (0 if words else 2)  # the fixture gives --home alone


def test_a_topic_is_a_command_or_a_page(enumd):
    """A command is explained as its --help does, a page is printed as it is."""
    assert "--recovery-code" in enumd("help", "number", "claim").stdout
    assert "Commands:" in enumd("help", "number").stdout
    assert enumd("help", "exit").stdout == (help_module.PAGES / "exit.txt").read_text()


@pytest.mark.parametrize("topic", [["xyzzy"], ["number", "xyzzy"], ["doctor", "xyzzy"]])
def test_a_topic_that_is_none_says_which_there_are(refused, topic):
    """What cannot be read about is status 3, with what can be."""
    error = refused("help", *topic)

    assert error["exit_status"] == 3
    words = {1: "environment", 2: "claim" if topic[0] == "number" else "alone"}
    assert words[len(topic)] in error["advice"]


def test_every_exit_status_is_explained(enumd):
    """The page names every status an error has."""
    page = enumd("help", "exit").stdout
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    statuses = {kind.exit_status for kind in kinds if issubclass(kind, errors.EnumdError)}

    for status in {*statuses, 0, 130}:
        assert f"\n  {status} " in page


def test_the_topics_are_listed(enumd):
    """`enumd help` names the pages behind the commands."""
    text = enumd("help").stdout

    assert "Topics: completion, environment, exit, output" in text
    assert all(name in text for places in SECTIONS.values() for name in places)


def test_version_is_a_command_too(done, seen):
    """`enumd version` says it for people and for programs."""
    from enumd import __version__

    assert done("version")["version"] == __version__
    assert seen("version").startswith(f"enumd {__version__}\n")
    assert isinstance(help_module.version, click.Command)
