"""The floors of the house: who may import whom, read from the map in `enumd.__doc__`."""

import ast
import re
import sys
from pathlib import Path

import pytest

import enumd

ROOT = Path(enumd.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
_ROW = re.compile(r"^\s*floor (\d)\s+(\w+)\s*->(.*)$", re.MULTILINE)

FLOORS = {name: int(floor) for floor, name, _ in _ROW.findall(enumd.__doc__)}
MAY_IMPORT = {name: frozenset(allowed.split()) for _, name, allowed in _ROW.findall(enumd.__doc__)}

# Each library has one home. A path ends in "/" where the whole package is the home.
HOMES = {
    "click": ("cli/",),
    "rich": ("cli/",),
    "twisted": ("net/", "serve/"),
    "zope": ("net/", "serve/"),
    "prometheus_client": ("serve/",),
    "OpenSSL": ("serve/sip/tls.py", "serve/sip/service.py"),
    "cryptography": ("serve/sip/tls.py",),
    "sqlalchemy": ("registry/",),
    "alembic": ("registry/",),
    "psycopg": ("registry/",),
    "lmdb": ("index/",),
    "zstandard": ("index/",),
    "re2": ("core/substitution.py",),
    "phonenumbers": ("cli/", "core/number_plan.py", "registry/"),
    "platformdirs": ("cli/", "config/"),
    "dns": ("core/", "config/", "index/", "dns/", "registry/", "serve/", "operations/", "cli/"),
}


def place(path):
    """Return the path of a module below the package."""
    return path.relative_to(ROOT).as_posix()


def package(path):
    """Return the floor's name a module belongs to: its package, or itself at the top."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def dotted(path):
    """Return the dotted name of a module."""
    parts = ("enumd", *path.relative_to(ROOT).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(path, with_types=True):
    """Yield (line, dotted name) of everything a module imports, wherever in it that stands.

    `from a import b` yields `a.b`: whether b is a module or a name in one makes no difference here.
    What only a type checker imports is left out where *with_types* says so.
    """
    tree = ast.parse(path.read_text(), str(path))
    for_types = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types and not with_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                name = dotted(path)
                up = node.level - (path.name == "__init__.py")
                base = ".".join((*name[: len(name) - up], *filter(None, [node.module])))
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def allowed(importer, imported):
    """Tell whether a package may import a module of ours, by the table."""
    target = imported.removeprefix("enumd.")
    if target in ("enumd", "__version__") or target.split(".")[0] == importer:
        return True
    return any(target == entry or target.startswith(f"{entry}.") for entry in MAY_IMPORT[importer])


class TestTheMap:
    def test_names_every_package_and_module_at_the_top(self):
        """Whatever stands directly below enumd has its floor in the map."""
        top = {package(path) for path in MODULES} - {"__init__"}

        assert top <= set(FLOORS)

    def test_arrows_lead_down(self):
        """A package may import only what stands on a lower floor."""
        for name, targets in MAY_IMPORT.items():
            for target in targets:
                assert FLOORS[target.split(".")[0]] < FLOORS[name], (name, target)


@pytest.mark.parametrize("path", [p for p in MODULES if package(p) != "__init__"], ids=place)
class TestEveryModule:
    def test_imports_of_ours_follow_the_map(self, path):
        """What a module imports from enumd is what the arrow of its package names."""
        strays = [
            f"{place(path)}:{line} imports {name}"
            for line, name in imports(path)
            if name.split(".")[0] == "enumd" and not allowed(package(path), name)
        ]

        assert strays == []

    def test_libraries_stay_at_home(self, path):
        """A library is imported in its one home; one without a home is not imported at all."""
        strays = [
            f"{place(path)}:{line} imports {name}"
            for line, name in imports(path)
            if (library := name.split(".")[0]) not in sys.stdlib_module_names
            and library != "enumd"
            and not place(path).startswith(HOMES.get(library, ()))
        ]

        assert strays == []


def circles(edges):
    """Return the groups of files that import each other, directly or through others.

    *edges* leads from each file to those it imports. Tarjan's algorithm.
    """
    order, low, stack, found = {}, {}, [], []

    def visit(name):
        order[name] = low[name] = len(order)
        stack.append(name)
        for target in sorted(edges[name]):
            if target not in order:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], order[target])
        if low[name] == order[name]:
            place = stack.index(name)
            if len(stack) - place > 1 or name in edges[name]:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for name in sorted(edges):
        if name not in order:
            visit(name)
    return found


def file_of(name, files):
    """Return the file of ours that an import of *name* loads: a module, or the one it is in."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name


def test_no_files_import_each_other():
    """Neither directly nor in a circle of several, in functions neither; types are no import."""
    files = {".".join(dotted(path)): path for path in MODULES}
    # A package is told from its files: what it holds of its own is seldom meant.
    edges = {
        name: {
            target
            for _, imported in imports(path, with_types=False)
            if (target := file_of(imported, files)) not in ("", "enumd", name)
            and files[target].name != "__init__.py"
        }
        for name, path in files.items()
    }

    assert circles(edges) == []


class TestTheCheckItself:
    """A check that cannot fail is none."""

    @pytest.mark.parametrize(
        ("importer", "imported", "verdict"),
        [
            ("core", "enumd.errors.BadUri", True),
            ("core", "enumd.core.uri.Uri", True),
            ("core", "enumd.index.layout", False),
            ("registry", "enumd.index.records.pack_record", True),
            ("registry", "enumd.indexes", False),
            ("registry", "enumd.dns.wire", False),
            ("serve", "enumd.registry.database", False),
            ("net", "enumd.serve.worker", False),
            ("sip", "enumd.dns.wire", False),
            ("errors", "enumd.core", False),
            ("cli", "enumd.__version__", True),
        ],
    )
    def test_reads_the_table(self, importer, imported, verdict):
        """The table is read as it is drawn."""
        assert allowed(importer, imported) is verdict

    def test_finds_circles(self):
        """Of two files, of three, and of one with itself; a ladder is none."""
        ladder = {"a": {"b", "c"}, "b": {"c"}, "c": set()}

        assert circles(ladder) == []
        assert circles({**ladder, "c": {"a"}}) == [["a", "b", "c"]]
        assert circles({"a": {"a"}, "b": {"c"}, "c": {"b"}}) == [["a"], ["b", "c"]]

    def test_sees_every_kind_of_import(self, tmp_path, monkeypatch):
        """Imports in functions, relative ones and aliases are all seen."""
        monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
        source = tmp_path / "dns" / "probe.py"
        source.parent.mkdir()
        source.write_text(
            "import a.b as c\nfrom d import e\n"
            "def f():\n    from . import g\n    from ..h import i\n"
        )

        names = [name for _, name in imports(source)]

        assert names == ["a.b", "d.e", "enumd.dns.g", "enumd.h.i"]
