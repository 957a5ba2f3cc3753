"""What of the registry begins with some text."""

from enumd.core.number import Number
from enumd.registry import beginnings, numbers, parties
from enumd.registry.changes import Actor

NOW_S = 1_795_000_000


def test_numbers_that_begin_so_are_found_in_order(tree):
    """Touched numbers alone, of every zone, each once, no more than asked for."""
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        for digits in ("441632960019", "441632960017", "441632960117"):
            numbers.claim(change, Number(digits), "ada@example.net")
    with tree.read() as reading:
        assert beginnings.numbers(reading, "4416329600", 9) == ["441632960017", "441632960019"]
        assert beginnings.numbers(reading, "", 1) == ["441632960017"]
        assert beginnings.numbers(reading, "45", 9) == []


def test_names_that_begin_so_are_found(tree):
    """What could be a pattern is taken as it is written."""
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        parties.add(change, parties.PartyKind.REGISTRAR, "a%b", "noc@acme.example")
        parties.add(change, parties.PartyKind.REGISTRAR, "axb", "noc@acme.example")
    with tree.read() as reading:
        assert beginnings.names(reading, "party", "a%", 9) == ["a%b"]
        assert beginnings.names(reading, "zone", "", 9) == ["enum.example.org."]
