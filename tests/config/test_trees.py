"""The table of the ENUM client."""

import pytest

from enumd import config
from enumd.config import EnumSettings
from enumd.core.apex import Apex
from enumd.errors import ConfigError


def load(home, text):
    """Return the table written in *text*."""
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return config.load(home, {}).enum


def test_without_a_word_no_tree_is_asked(tmp_path):
    """By default there is our own index and nothing else."""
    assert load(tmp_path, "") == EnumSettings()
    assert load(tmp_path, "").trees == ()


def test_trees_are_read_in_their_order(tmp_path):
    """A name with its digits, or one of the public tree."""
    got = load(tmp_path, '[enum]\nsuffixes = ["enum.example.net=44", "e164.arpa"]\n')

    assert got.trees == (Apex.parse("enum.example.net=44"), Apex.parse("e164.arpa"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('suffixes = ["a..b"]', "enum.suffixes: 'a..b': not a domain name"),
        ('suffixes = ["enum.example=x"]', "enum.suffixes: 'enum.example=x': an apex stands for"),
        ("timeout_ms = 0", "enum.timeout_ms: 0 is below 10"),
        ("suffix = []", "enum.suffix: unknown setting; did you mean suffixes"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, line, why):
    """The error names the setting and the value."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"[enum]\n{line}\n")

    assert why in str(caught.value)
