"""The pages of the manual and README hold together, and say nothing that the program does not do.

Links and anchors lead somewhere, commands exist with the options that are shown, every code stands
in `rules`, and nobody refers to a document that is not here.
"""

import ast
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path

import click
import pytest

import enumd
from enumd import config as configuration
from enumd.cli.commands import SECTIONS
from enumd.cli.errors import describe
from enumd.cli.group import Group
from enumd.cli.help import PAGES
from enumd.cli.main import main
from enumd.errors import EnumdError
from enumd.registry.files.rows import CODES, NOTES
from enumd.routing.rules import RULES
from enumd.serve import worker

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES_ALL = (README, *sorted(PAGES.glob("*.md")))
each_page = pytest.mark.parametrize("page", PAGES_ALL, ids=lambda page: page.stem)

COLUMNS = 100
"""A page is read on a terminal of so many; a line of a block is cut or broken beyond."""


def text_of(page):
    """Return what a page says, without its fenced blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", page.read_text())


@cache
def anchors(page):
    """Return what a link may lead to in a page, as GitHub names it."""
    titles = re.findall(r"(?m)^#+ (.*)$", text_of(page))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_every_link_leads_somewhere(page):
    """Links inside a page, between pages and to files of the tree have their target."""
    for target in re.findall(r"\]\(([^)]+)\)", text_of(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


@each_page
def test_a_page_of_the_manual_leads_to_none_that_is_not_installed(page):
    """What ships with the program refers to what ships with it, and to the web."""
    links = re.findall(r"\]\(([^)#]+)", text_of(page)) if page != README else []

    assert [link for link in links if "://" not in link and "/" in link] == []


def test_readme_links_every_page():
    """No page is there that README does not name."""
    linked = set(re.findall(r"\]\(enumd/manual/(\w+)\.md\)", README.read_text()))

    assert linked == {page.stem for page in PAGES.glob("*.md")}


@each_page
def test_a_page_says_what_it_is_about(page):
    """A title, and in the third line one sentence that `enumd help` shows."""
    title, blank, summary, after = page.read_text().split("\n", 4)[:4]

    assert title.startswith("# ") and not blank and not after
    assert re.fullmatch(r"[A-Z`][^|]{20,90}\.", summary)


@each_page
def test_prose_fits_a_terminal(page):
    """Prose of the manual has lines that a terminal shows unbroken; tables may be wider."""
    lines = text_of(page).split("\n") if page != README else []

    assert [line for line in lines if len(line) > COLUMNS and not line.startswith("|")] == []


def command_lines(page):
    """Return what stands behind `enumd` wherever a page writes a command, without its comment."""
    text = page.read_text()
    prose = re.findall(r"`enumd ([^`\n]+)`", re.sub(r"(?ms)^```.*?^```$", "", text))
    blocks = re.findall(r"(?ms)^```(?:console|sh)\n(.*?)^```$", text)
    start = r"(?m)^(?:\$ )?(?:sudo -u enumd )?enumd (.*)$"
    shown = [line for block in blocks for line in re.findall(start, block)]
    return sorted({line.split("   #")[0].split(" | ")[0].rstrip("& ") for line in prose + shown})


LINES = [(page, line) for page in PAGES_ALL for line in command_lines(page)]


@pytest.mark.parametrize(("page", "line"), LINES, ids=lambda value: getattr(value, "stem", value))
def test_every_command_is_one(page, line):
    """A command named in a page is there, and so is each option it is given."""
    words = shlex.split(re.sub(r"--home \S+ ", "", line))
    context = click.Context(main, info_name="enumd")
    options = {name for one in main.params for name in one.opts}
    while isinstance(context.command, Group) and words:
        word = words.pop(0)
        if word.startswith("-"):
            assert word in options, word
        elif word.startswith("+"):
            return  # a number alone is looked up
        elif word.isupper():
            return  # COMMAND stands for any
        else:
            found = context.command.get_command(context, word)
            assert found is not None, word
            context = click.Context(found, parent=context, info_name=word)
            options |= {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= options | {"--help"}


def test_every_command_is_named():
    """No command is there that no page names."""
    named = {word for _, line in LINES for word in line.split()}
    names = [name for places in SECTIONS.values() for name in places]

    assert [name for name in names if name not in named] == []


PATHS = sorted(
    {
        (page, path)
        for page in PAGES_ALL
        for path in re.findall(r"`((?:enumd|tests|tools|zones)/[\w./*-]+)`", page.read_text())
    }
)


@pytest.mark.parametrize(("page", "path"), PATHS, ids=lambda value: getattr(value, "stem", value))
def test_every_path_exists(page, path):
    """Where something is said to be, it is."""
    assert any(ROOT.glob(path)), path


# wiring

RUN = {"kamailio", "kamailio-tls", "unbound", "console"}
"""Blocks that a test runs."""


def test_a_recipe_is_run_or_said_to_be_by_the_book():
    """Whoever copies a recipe knows whether it was tried."""
    sections = re.split(r"(?m)^#+ ", (PAGES / "wiring.md").read_text())
    untried = [
        section.partition("\n")[0]
        for section in sections
        if set(re.findall(r"(?m)^```([\w-]+)$", section)) - RUN - {"toml", "sh"}
        and not section.partition("\n\n")[2].startswith("By the book")
    ]

    assert untried == []


@each_page
def test_a_configuration_that_is_shown_can_be_used(page, tmp_path):
    """Each table of settings is one that `enumd.toml` may hold."""
    for block in re.findall(r"(?ms)^```toml\n(.*?)^```$", page.read_text()):
        (tmp_path / "enumd.toml").write_text(block)
        assert configuration.load(tmp_path) != configuration.Config(tmp_path)


# design


def test_the_floors_are_those_of_the_house():
    """The table has each package, on the floor where the docstring of `enumd` has it."""
    drawn = re.findall(r"(?m)^    floor (\d) +(\w+)", enumd.__doc__)
    rows = re.findall(r"(?m)^\| (\d) \| `enumd\.(\w+)` \|", (PAGES / "design.md").read_text())

    assert sorted(rows) == sorted(drawn)


# operate


def unit():
    """Return the unit file of the page of operators."""
    (found,) = re.findall(r"(?ms)^```systemd\n(.*?)^```$", (PAGES / "operate.md").read_text())
    return found


def settings():
    """Return what the unit file says: the values of each key, by section."""
    said, section = {}, ""
    for line in unit().splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            section = found[1]
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert key.isalnum() and equals and section, line
            said.setdefault(section, {}).setdefault(key, []).append(value)
    return said


def test_the_unit_does_what_the_page_says():
    """It starts a server that exists, reloads by HUP, restarts, ends in time, with one right."""
    said = settings()
    service = {key: values[-1] for key, values in said["Service"].items()}

    assert set(said) == {"Unit", "Service", "Install"}
    assert service["ExecStart"].split()[1:] == ["serve"]
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert (service["Restart"], service["KillMode"]) == ("on-failure", "mixed")
    assert int(service["TimeoutStopSec"]) > worker.DRAIN_S + 1
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"]
    assert service["Environment"] == f"ENUMD_HOME=/var/lib/{service['StateDirectory']}"


def test_systemd_has_nothing_to_say_of_the_unit(tmp_path):
    """Its own checker, where it is installed, finds neither a fault nor an unknown key."""
    checker = shutil.which("systemd-analyze")
    file = tmp_path / "enumd.service"
    file.write_text(unit().replace("/opt/enumd/bin/enumd", shutil.which("true")))
    if checker is not None:
        done = subprocess.run([checker, "verify", file], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


def test_every_metric_is_one():
    """A metric named in a page is one that `/metrics` has."""
    named = {
        name
        for page in PAGES_ALL
        for name in re.findall(r"`(enumd_[a-z_]+[a-z])`", page.read_text())
    }

    assert {name.removesuffix("_total") for name in named} <= strings(r"enumd_[a-z_]+")


# rules


def table(title):
    """Return the rows of the table under a title of the page of rules."""
    found = re.search(
        rf"(?ms)^## {title}\n.*?^\|---.*?\n(.*?)(?:^$|\Z)", (PAGES / "rules.md").read_text()
    )
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()]
    assert len({row[0] for row in rows}) == len(rows)
    return rows


@cache
def constants():
    """Return every text that stands in the program."""
    modules = (ast.parse(path.read_text()) for path in (ROOT / "enumd").rglob("*.py"))
    nodes = (node for module in modules for node in ast.walk(module))
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {value for value in values if isinstance(value, str)}


def strings(pattern):
    """Return every text of the program that has a form."""
    return {text for text in constants() if re.fullmatch(pattern, text)}


def test_every_error_code_is_in_the_manual():
    """The table has all codes that errors have, in order, and no other."""
    codes = strings(r"[A-Z]\d{3}")

    assert [row[0] for row in table("Errors")] == sorted(codes, key=order_of)


def order_of(code):
    """Return the place of a code: those of commands first, then as the tree of errors has them."""
    return "ENRWSGPOCV".index(code[0]), code[1:]


def test_every_error_code_has_its_status():
    """What the table says of a code is what a command exits with."""
    said = {row[0]: row[1] for row in table("Errors")}
    kinds = {EnumdError, *all_below(EnumdError)}
    known = {kind.code: kind.exit_status for kind in kinds}
    for error in (OSError(2, "x"), MemoryError(), EOFError(), KeyboardInterrupt()):
        facts = describe(error)
        known[facts["code"]] = facts["exit_status"]
    known["E002"] = click.UsageError.exit_code
    assert said.pop("E006") == "1 or 3"  # it is the result that has the status there

    assert {code: str(status) for code, status in known.items()} == said


def all_below(kind):
    """Return every kind of error below one, of modules that are loaded on demand, too."""
    from enumd.cli import terminal  # noqa: F401 (it has one of its own)

    return {one for child in kind.__subclasses__() for one in (child, *all_below(child))}


def test_every_rule_of_records_is_in_the_manual():
    """The tables have all rules that reasons name, and no other."""
    for title, letters in (("Records that are published", "[SM]"), ("Records that are found", "C")):
        named = [row[0] for row in table(title)]
        letter_order = sorted(named, key=lambda rule: ("SMC".index(rule[0]), rule))
        assert named == letter_order
        assert set(named) == strings(rf"{letters}-\d\d")


def test_every_code_of_rejects_is_in_the_manual():
    """The table has all codes of lines that are refused, and under which count each goes."""
    said = {row[0]: row[1] for row in table("Lines that an import refuses")}

    assert said == {code: fault.value for code, fault in CODES.items()}
    assert list(said) == sorted(said)


def test_every_note_is_in_the_manual():
    """The table has all codes of notes."""
    assert [row[0] for row in table("What an import notes")] == sorted(NOTES)


def test_every_rule_of_a_trace_is_in_the_manual():
    """The table has the rules in the order in which they are applied, behind the status."""
    assert [row[0] for row in table("Rules of a call")] == ["status", *(r.name for r in RULES)]


def test_every_exit_status_is_in_the_manual():
    """The page has every status an error of ours can have, and those of the shell."""
    rows = re.findall(r"(?m)^\| (\d+) \|", (PAGES / "exit.md").read_text())
    statuses = {kind.exit_status for kind in all_below(EnumdError)}

    assert {str(status) for status in statuses} | {"0", "130"} <= set(rows)


# documents that are not here

SOURCES = [
    path
    for pattern in ("enumd/**/*.py", "enumd/manual/*.md", "tests/**/*.py", "tools/**/*", "*.md")
    for path in ROOT.glob(pattern)
    if path.is_file() and "__pycache__" not in path.parts
]
ELSEWHERE = re.compile(
    "|".join((r"\bDESI" + r"GN\b", r"\bfac" + r"ts/\w", r"\bcas" + r"es/\w", r"\bjour" + r"neys\b"))
)
"""How notes beside the project are called; written so that it does not find itself."""


def test_no_line_refers_to_a_document_that_is_not_here():
    """What a line points to is in the repository, or a public standard."""
    lines = (
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if ELSEWHERE.search(line)
    )

    assert list(lines) == []


def test_a_section_is_that_of_a_standard():
    """A section with a number is that of an RFC which the same file names."""
    said = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"(?i)(?:§|\bsections? )\d", text := path.read_text(errors="replace"))
        and not re.search(r"RFC \d{3,4}", text)
    ]

    assert said == []


def test_a_rule_that_a_test_names_is_in_the_manual():
    """No test refers to a rule that the manual does not have."""
    known = {
        row[0] for title in ("published", "found") for row in table(f"Records that are {title}")
    }
    named = {
        rule
        for path in SOURCES
        for rule in re.findall(r"\b[SMC]-\d\d\b", path.read_text(errors="replace"))
    }

    assert named <= known
