"""Completion: what is asked, and the keys of what comes back."""

from dataclasses import fields

from enumd.operations.completion import CompleteWord, Completions


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """A list of words is all there is to it."""
    assert keys(Completions) == ("words",)


def test_a_shell_is_not_flooded():
    """Fifty words are offered at most, unless somebody wants more."""
    assert CompleteWord("number").limit == 50
