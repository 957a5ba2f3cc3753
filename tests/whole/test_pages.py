"""README and the manual are true: what they show is run, line by line, and compared.

Every `$ command` of a console block runs after the one before it, README first and then page after
page, all in one home with one server, on a terminal; what it prints must be what the page shows.
Only what differs from one run to the next is not compared: times, codes, process numbers, temporary
directories, and, in pages, serials and the version of the schema: what runs before a page may
change. A line `...` stands for any lines.
"""

import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from functools import partial
from pathlib import Path

import pytest

from enumd.cli.help import PAGES
from enumd.serve import runfile

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ORDER = (README, *(PAGES / f"{name}.md" for name in ("people", "registrar", "operate", "wiring")))
"""The pages with something to run, in the order in which it runs."""
PORT = "5300"
"""The port README shows; the test uses a free one."""

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b|\bh_[0-9A-Z]{20}\b")
"""A recovery code or a hold: each run has others, which take the place of those shown."""

PASSING = (
    (r"\d+\.\d+ (ms|s)\b", r"N \1"),
    (CODE, "CODE"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\dZ)?", "WHEN"),
    (r"\b\d\d:\d\d\b", "WHEN"),
    (r"(\[\d+\] )\d+", r"\1PID"),
    (r" +", " "),
)
"""What differs from run to run, and what stands for it."""
COUNTED = (
    (r"serial \d+", "serial N"),
    (r"(WHEN) \d+", r"\1 N"),
    (r"schema is \d+", "schema is N"),
)
"""What differs, moreover, when something is run before, or added to the program."""


@dataclass(frozen=True)
class Command:
    """A command a page shows, and what it prints there."""

    words: str
    shown: tuple[str, ...]


def commands(page):
    """Return the commands of all console blocks of a page in order."""
    found = []
    for block in re.findall(r"(?ms)^```console\n(.*?)^```$", page.read_text()):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            words, *shown = part.rstrip("\n").split("\n")
            found.append(Command(words, tuple(shown)))
    return found


def comparable(text, passing):
    """Return a line without what differs from run to run."""
    for pattern, meaning in passing:
        text = re.sub(pattern, meaning, text)
    return text.rstrip()


def agrees(shown, printed, passing=PASSING):
    """Tell whether the lines *printed* are those *shown*, where `...` is any number of them."""
    alike = partial(comparable, passing=passing)
    pattern = "\n".join(
        r"(?:.*\n)*?.*" if line == "..." else re.escape(alike(line)) for line in shown
    )
    return re.fullmatch(pattern, "\n".join(map(alike, printed))) is not None


def run(words, directory, environ):
    """Run a command on a terminal of 120 columns and return the lines it prints."""
    terminal, its_end = pty.openpty()
    ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        ["bash", "-c", words],
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=its_end,
        stderr=its_end,
        start_new_session=True,
    )
    os.close(its_end)
    octets = b""
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        try:
            while chunk := stream.read(65536):
                octets += chunk
        except OSError:  # how Linux ends a terminal whose last user has gone
            pass
    process.wait(timeout=60)
    lines = octets.decode().replace("\r\n", "\n").split("\n")
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines][:-1]


class Tour:
    """Runs pages one after the other, each once, as somebody would who reads them."""

    def __init__(self, directory, port, servers):
        self._directory = directory
        self._port = port
        self._servers = servers
        self._codes = {}
        self._printed = {}
        self._environ = environment(directory, port)

    def printed(self, page):
        """Return the commands of a page with what they printed; those before it have run."""
        for earlier in ORDER[: ORDER.index(page) + 1]:
            if earlier not in self._printed:
                self._printed[earlier] = [(one, self._perform(one)) for one in commands(earlier)]
        return self._printed[page]

    def _perform(self, command):
        """Run one command; return what it printed, as if it had run where the pages say."""
        words = command.words.replace(PORT, self._port)
        for shown, real in self._codes.items():
            words = words.replace(shown, real)
        if words.endswith("&"):
            self._servers.enter_context(serving(words, self._directory, self._environ))
            return []
        printed = [
            line.replace(self._port, PORT)
            .replace(str(self._directory / "home"), "/home/ada/enumd")
            .replace(str(self._directory), "/home/ada")
            for line in run(words, self._directory, self._environ)
        ]
        there, here = (CODE.findall("\n".join(lines)) for lines in (command.shown, printed))
        self._codes |= zip(there, here, strict=False)
        return printed


@contextmanager
def serving(words, directory, environ):
    """Run a command that a page puts in the background, from when its server answers."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {words.removesuffix('&')}"],
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 20
        while runfile.running(Path(environ["ENUMD_HOME"])) is None:
            assert process.poll() is None, f"{words} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{words} does not answer"
            time.sleep(0.02)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def free_port():
    """Return a port that is free on both loopback addresses, for UDP and TCP."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(family, kind) as probe:
                        probe.bind((host, port))
        except OSError:
            continue
        return str(port)
    pytest.fail("no port is free on both loopback addresses")


def environment(directory, port):
    """Return the environment of somebody who has just installed enumd, at another port."""
    programs = directory / "bin"
    programs.mkdir()
    (programs / "enumd").write_text(f'#!/bin/sh\nexec {sys.executable} -m enumd.cli "$@"\n')
    (programs / "enumd").chmod(0o755)
    (directory / "zones").symlink_to(ROOT / "zones")
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(directory),
        "ENUMD_HOME": str(directory / "home"),
        "ENUMD_DNS_LISTEN": f"127.0.0.1:{port},[::1]:{port}",
        "ENUMD_ENUM_SERVERS": f"127.0.0.1:{port}",
        "LANG": "C.UTF-8",
        "LOGNAME": "ada",
        "TERM": "dumb",
        "TZ": "UTC",
    }


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """The pages, run in a home of their own."""
    for program in ("dig", "sqlite3"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing")
    with ExitStack() as servers:
        yield Tour(tmp_path_factory.mktemp("pages"), free_port(), servers)


@pytest.mark.peer
@pytest.mark.parametrize("page", ORDER, ids=lambda page: page.stem)
def test_what_is_shown_is_what_happens(page, tour):
    """Every command of a page prints what the page shows."""
    passing = PASSING if page == README else (*PASSING, *COUNTED)

    for command, printed in tour.printed(page):
        shown = "\n".join([f"$ {command.words}", *printed])
        assert agrees(command.shown, printed, passing), shown


def test_no_other_page_has_something_to_run():
    """A console block stands where it is run."""
    assert [page.name for page in PAGES.glob("*.md") if commands(page) and page not in ORDER] == []
