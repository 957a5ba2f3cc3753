"""The tree of errors."""

import ast
import inspect
from pathlib import Path

import pytest

from enumd import errors
from enumd.errors import EnumdError, MarkedError

CLASSES = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, EnumdError) and cls is not MarkedError
]


def _parent(cls):
    """Return the nearest base that is drawn."""
    return next(base for base in cls.__mro__[1:] if base in CLASSES or base is Exception)


def _drawn():
    """Return (name, parent's name, code) of every line of the drawing."""
    drawing = inspect.cleandoc(errors.__doc__).split("::\n\n")[1].split("\n\n")[0]
    open_at = {}
    for line in drawing.splitlines()[1:]:
        place = line.index("+- ")
        name, code = line[place + 3 :].split()[0], line.split()[-1]
        parent = open_at[place - 3] if place >= 7 else "EnumdError"
        open_at[place] = name
        yield name, parent, code


class TestTree:
    def test_the_drawing_is_the_tree(self):
        """Every class is drawn once, under its base, with its code; nothing else is."""
        drawn = list(_drawn())
        real = [(c.__name__, _parent(c).__name__, c.code) for c in CLASSES if c is not EnumdError]

        families = {c.code for c in CLASSES if _parent(c) is EnumdError}
        shown = [(n, p, code.replace("xx", "00")) for n, p, code in drawn]

        assert sorted(real) == sorted(shown)
        assert {code.replace("xx", "00") for _, _, code in drawn if code.endswith("xx")} == families

    def test_codes_are_unique(self):
        """No two classes share a code, so a code finds its class."""
        codes = [cls.code for cls in CLASSES]

        assert len(codes) == len(set(codes))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
class TestEveryClass:
    def test_has_advice_of_its_own(self, cls):
        """Each class says what to do next, in one paragraph that ends like a sentence."""
        advice = EnumdError.advice.fget(cls.__new__(cls))

        assert "__doc__" in vars(cls)
        assert len(advice) > 15
        assert "\n" not in advice
        assert advice[-1] in ".)"

    def test_has_an_exit_status_of_the_command_line(self, cls):
        """Exit statuses are those the manual lists (`enumd help exit`)."""
        assert cls.exit_status in range(1, 9)


SOURCES = Path(errors.__file__).parents[1]

CASE_BY_CASE = {"Conflict", "VerificationFailed", "RegistryUnusable", "PolicyRefused"}
CASE_BY_CASE |= {"ServiceError"}
"""Errors so different in cause that one advice for all is wrong for some, and costs them data."""

TOLD_BY_OTHERS = {"serve/enum/exchange.py", "serve/sip/call.py"}
"""What fails there is reported by who asked, with a next step of its own."""


def without_advice(text):
    """Return (line, class) of every error of `CASE_BY_CASE` that is made without advice."""
    tree = ast.parse(text)
    advised = {
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Attribute) and each.attr == "advise"
    }
    return [
        (each.lineno, each.func.id)
        for each in ast.walk(tree)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Name)
        and each.func.id in CASE_BY_CASE
        and each not in advised
    ]


class TestAdviceOfTheCase:
    def test_knows_what_is_advised(self):
        """The search finds an error without advice, and no other."""
        text = "raise Conflict('a')\nraise Conflict('b').advise('c')\nmade = ServiceError('d')\n"

        assert without_advice(text) == [(1, "Conflict"), (3, "ServiceError")]

    @pytest.mark.parametrize(
        "path", sorted(SOURCES.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCES))
    )
    def test_every_raise_brings_its_own(self, path):
        """What to do about a taken number, a wrong code or a standby is said where it is known."""
        if path.relative_to(SOURCES).as_posix() not in TOLD_BY_OTHERS:
            assert without_advice(path.read_text()) == []

    @pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
    def test_no_default_takes_anything_away(self, cls):
        """What is said of a whole class makes, removes and restores nothing but the index."""
        advice = EnumdError.advice.fget(cls.__new__(cls)).lower()

        for word in ("init", "remove", "delete", "restore", "upgrade", "overwrite", "--yes"):
            assert word not in advice
