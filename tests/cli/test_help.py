"""`enumd help`, `enumd version`, and the examples every command has."""

import re

import click
import pytest

from enumd.cli import help as help_module
from enumd.cli.main import SECTIONS
from enumd.cli.output import Output


def test_no_arguments_are_a_question_for_help(enumd):
    """`enumd help` and a group alone explain themselves and exit 0."""
    for words in ([], ["help"], ["number"]):
        result = enumd(*words)
        assert "Usage: " in result.stdout or words == []
        assert result.exit_code == (0 if words else 2)  # the fixture gives --home alone


def test_a_topic_is_a_command_or_a_page(enumd):
    """A command is explained as its --help does, a page is printed as it is written."""
    assert "--recovery-code" in enumd("help", "number", "claim").stdout
    assert "Commands:" in enumd("help", "number").stdout
    for name in help_module.pages():
        assert enumd("help", name).stdout == (help_module.PAGES / f"{name}.md").read_text()


def test_on_a_terminal_a_link_says_what_to_type(enumd, monkeypatch):
    """Nobody can click on a page of the manual there."""
    laid_out = []
    monkeypatch.setattr(Output, "page", lambda _, text, markdown: laid_out.append(markdown))

    enumd("help", "exit")

    assert "What each code means: rules (`enumd help rules`)." in laid_out[0]


@pytest.mark.parametrize("topic", [["xyzzy"], ["number", "xyzzy"], ["doctor", "xyzzy"]])
def test_a_topic_that_is_none_says_which_there_are(refused, topic):
    """What cannot be read about is status 3, with what can be."""
    error = refused("help", *topic)

    assert error["exit_status"] == 3
    words = {1: "environment", 2: "claim" if topic[0] == "number" else "alone"}
    assert words[len(topic)] in error["advice"]


@pytest.mark.parametrize(
    ("topic", "nearest"), [("rule", "rules"), ("wireing", "wiring"), ("numbr", "number")]
)
def test_a_topic_that_is_nearly_one_names_it(refused, topic, nearest):
    """A page or a command whose name is mistyped is proposed."""
    assert refused("help", topic)["advice"] == f"Did you mean {nearest}?"


def test_the_topics_are_listed(enumd):
    """`enumd help` names the pages behind the commands, each with one line."""
    text = enumd("help").stdout
    commands, topics = text.split("\nTopics:\n")

    assert all(name in commands for places in SECTIONS.values() for name in places)
    assert re.findall(r"(?m)^  (\w+)", topics) == help_module.pages()
    assert "  people       Claim a free number, say how you are reached, and keep it." in topics


def test_version_is_a_command_too(done, seen):
    """`enumd version` says it for people and for programs."""
    from enumd import __version__

    assert done("version")["version"] == __version__
    assert seen("version").startswith(f"enumd {__version__}\n")
    assert isinstance(help_module.version, click.Command)
