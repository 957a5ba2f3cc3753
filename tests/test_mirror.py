"""The tests mirror the house: file for file, with names that say something."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SOURCES = ROOT / "enumd"

BANNED = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
MAX_LINES = 400

# Tests of the whole rather than of a module, and of what stands beside the package.
OF_THE_WHOLE = {
    "registry/test_concurrency.py",
    "registry/test_life.py",
    "registry/test_publication_laws.py",
    "registry/test_standby.py",
    "test_floors.py",
    "test_mirror.py",
}
# A call that somebody makes, and what somebody asks of the registry: no file has to do with both.
SHARED_NAMES = {"Request": {"operations/request.py", "sip/message.py"}}

BESIDE = ("whole/", "tools/")


def modules():
    """Yield the modules that hold code, without migrations: those are run, not imported."""
    for path in sorted(SOURCES.rglob("*.py")):
        if "migrations" not in path.parts and has_code(path.read_text()):
            yield path


def has_code(source):
    """Tell whether a module holds more than a docstring, imports and plain constants."""
    plain = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    return not all(isinstance(node, plain) for node in ast.parse(source).body)


def file_of(path):
    """Return where the tests of a module stand."""
    below = path.relative_to(SOURCES)
    name = below.parent.name if path.name == "__init__.py" else below.stem
    return TESTS / below.parent / f"test_{name.strip('_')}.py"


def mirror_files():
    """Yield the test files that must have a module."""
    for path in sorted(TESTS.rglob("test_*.py")):
        below = path.relative_to(TESTS).as_posix()
        if below not in OF_THE_WHOLE and not below.startswith(BESIDE):
            yield path


def homes_of_classes(sources):
    """Return the public classes by name, and the files that define one so called.

    *sources* are (file, text).
    """
    homes = defaultdict(set)
    for file, text in sources:
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].add(file)
    return homes


def test_no_two_classes_have_one_name():
    """A public class is the only one of its name, but for those listed."""
    sources = ((path.relative_to(SOURCES).as_posix(), path.read_text()) for path in modules())
    shared = {name: files for name, files in homes_of_classes(sources).items() if len(files) > 1}

    assert shared == SHARED_NAMES


@pytest.mark.parametrize(
    "path", list(modules()), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_every_module_has_its_tests(path):
    """Each module with code has the test file of its name."""
    assert file_of(path).exists(), f"{file_of(path).relative_to(ROOT)} is missing"


@pytest.mark.parametrize(
    "path", list(mirror_files()), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_every_test_file_has_its_module(path):
    """Each test file is that of a module."""
    of = {file_of(module) for module in SOURCES.rglob("*.py")}

    assert path in of


@pytest.mark.parametrize(
    "path",
    sorted(SOURCES.rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
class TestEveryFile:
    def test_has_a_name_that_says_something(self, path):
        """No file or package is called utils, helpers, common, base or manager."""
        assert not BANNED & set(path.relative_to(SOURCES).with_suffix("").parts)

    def test_is_short_enough_to_read(self, path):
        """No file has more than 400 lines."""
        assert len(path.read_text().splitlines()) <= MAX_LINES


class TestTheCheckItself:
    """A check that cannot fail is none."""

    @pytest.mark.parametrize(
        ("source", "verdict"),
        [
            ('"""Words."""\n', False),
            ('"""Words."""\nimport a\nB = 1\n', False),
            ("def f(): pass\n", True),
            ("class C: pass\n", True),
            ("if True: pass\n", True),
        ],
    )
    def test_knows_code(self, source, verdict):
        """A module of words and constants needs no tests; one with behaviour does."""
        assert has_code(source) is verdict

    def test_knows_classes_of_one_name(self):
        """Every file that defines a public class is found; private and inner ones do not count."""
        sources = [("a", "class C: pass\nclass _D: pass\n"), ("b", "class C:\n    class E: pass\n")]

        assert homes_of_classes(sources) == {"C": {"a", "b"}}
