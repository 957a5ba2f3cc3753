"""`enumd pool`: ranges of numbers people may claim."""

import pytest


@pytest.mark.parametrize(
    "words",
    [
        ["new", "+441632970000", "+441632970999"],
        ["new", "+44 1632 970000", "999"],
        ["new", "+441632970000-999"],
        ["new:+441632970000-+441632970999"],
    ],
)
def test_a_pool_is_added_in_any_of_its_forms(done, directory, words):
    """NAME FIRST LAST, NAME FIRST-LAST and NAME:FIRST-LAST are the same."""
    added = done("pool", "add", *words)

    assert added == {
        "pool": "new",
        "zone": "enum.example.org.",
        "first": "+441632970000",
        "last": "+441632970999",
    }
    assert [row["pool"] for row in done("pool", "list")] == ["demo", "new"]


def test_a_person_is_told_its_size_and_serial(seen, directory):
    """Adding a pool changes the zone's serial, and says so."""
    text = seen("pool", "add", "new", "+441632970000", "+441632970999")

    assert text == "added     pool new, 1,000 numbers of enum.example.org.\nserial    2\n"


def test_a_pool_counts_its_numbers(enumd, seen, done, directory):
    """Free, held, claimed, suspended and quarantined numbers are counted apart."""
    for last, command in ((1, "hold"), (2, "claim"), (3, "claim"), (4, "claim")):
        words = ("--holder", "ada@example.net") if command == "claim" else ()
        assert enumd("number", command, f"+44163296000{last}", *words).exit_code == 0
    enumd("number", "suspend", "+441632960003", "--why", "a test")
    enumd("number", "release", "+441632960004")

    counts = done("pool", "show", "demo")

    assert {key: counts[key] for key in counts if key not in {"pool", "zone", "first", "last"}} == {
        "size": 1000,
        "free": 996,
        "held": 1,
        "claimed": 1,
        "suspended": 1,
        "quarantined": 1,
    }
    assert "  free                    996\n" in seen("pool", "show", "demo")


def test_a_registry_without_pools_says_how_to_add_one(enumd):
    """An empty list is a hint for a person and nothing for a program."""
    enumd("init", "--apex", "enum.example.org")

    result = enumd("-o", "table", "pool", "list")

    assert result.stdout == ""
    assert "enumd pool add" in result.stderr


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["demo", "+441632970000", "+441632970999"], 4, "there is a pool demo already"),
        (["new", "+441632960500", "+441632961500"], 4, "pool demo has"),
        (["new", "+491632960500", "+491632961500"], 3, "no zone of this registry stands for"),
        (["new", "+441632970000", "+4416329709999"], 2, "equally long"),
        (["new pool", "+441632970000", "+441632970999"], 5, "cannot be the name"),
        (["new", "+441632970000", "+44163297O999"], 2, "'O' at column 10"),
    ],
)
def test_a_pool_that_cannot_be_is_refused(refused, directory, words, status, text):
    """Names and numbers of two pools never meet, and a pool lies in a zone."""
    error = refused("pool", "add", *words)

    assert status == error["exit_status"]
    assert text in error["text"]


def test_an_unknown_pool_is_not_found(refused, directory):
    """A pool that is not there is status 3."""
    assert refused("pool", "show", "dmo")["text"] == "there is no pool 'dmo'"


@pytest.mark.parametrize("words", [["new"], ["a", "b", "c", "d"], []])
def test_too_few_or_too_many_words_are_a_usage_error(enumd, directory, words):
    """A pool has a name and two ends."""
    assert enumd("pool", "add", *words).exit_code == 2


def test_a_pool_may_name_its_zone(done, enumd, directory):
    """Where two zones stand for the numbers, the command says which."""
    enumd("zone", "add", "second.example", "--prefix", "44")
    words = ("new", "+441632970000", "+441632970999")

    assert enumd("pool", "add", *words).exit_code == 4
    assert done("pool", "add", *words, "--zone", "second.example")["zone"] == "second.example."


def test_a_pool_is_edited_and_removed(done, enumd, directory):
    """Ends and name change; a zone without pools gives out every number, and that is said."""
    edited = done("pool", "edit", "demo", "--name", "film", "--last", "+441632960099")
    assert (edited["pool"], edited["first"], edited["last"]) == (
        "film",
        "+441632960000",
        "+441632960099",
    )
    assert enumd("pool", "edit", "film").exit_code == 2
    result = enumd("pool", "remove", "film")
    assert result.exit_code == 0
    assert "every number it stands for can be claimed" in result.stderr
    assert done("pool", "list") == []
