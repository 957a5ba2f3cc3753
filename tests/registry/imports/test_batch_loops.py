"""Numbers of an import whose calls would come back."""

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.registry import endpoints, numbers
from enumd.registry.changes import Actor
from enumd.registry.imports.batch_loops import LoopCheck

NOW_S = 1_795_000_000


def ways(*uris):
    """Return endpoints with these URIs."""
    return tuple((10 * place, "sip", uri) for place, uri in enumerate(uris, start=1))


def to(digits, host="enum.example.org"):
    """Return a URI that leads to a number here."""
    return f"sip:+{digits}@{host}"


def test_loops_are_found_in_files_and_registry(tree, statements):
    """
    A number that leads to itself is refused: at once, through the file, through the registry.
    """
    a, b, c, d, e = (f"44163296001{last}" for last in "01234")
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        for digits, target in ((d, e), (e, a)):
            numbers.claim(change, Number(digits), "ada@example.net")
            endpoint = Endpoint.parse("sip", to(target), 10)
            endpoints.add(change, Number(digits), endpoint)
        check = LoopCheck(change)

        assert check.looping({a: ways("sip:a@example.net", to(b, "example.net"))}) == {}
        assert check.looping({a: ways(to(a))}).keys() == {a}
        assert check.looping({a: ways("sip:x@y", to(a, "enum.example.org;user=phone"))}).keys() == {
            a
        }
        assert check.looping({a: ways(to(b)), b: ways(to(c))}) == {}
        assert check.looping({a: ways(to(b)), b: ways(to(a)), c: ways(to(a))}).keys() == {a, b}
        assert "to +441632960010" in check.looping({a: ways(to(d))})[a]
        assert check.looping({c: ways(to(d))}) == {}


def test_nothing_suspicious_costs_nothing(tree, statements):
    """
    Numbers that lead elsewhere are let through without asking the registry.
    """
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        check = LoopCheck(change)
        with statements(tree) as sent:
            assert check.looping({"441": ways("sip:a@b", "sip:enum.example.org")}) == {}
        assert sent == []
