"""README is true: its tour is run, line by line, and compared with what it shows.

Every `$ command` of a console block runs after the one before it, in one home, on a terminal; what
it prints must be what README shows. Only what differs from one run to the next is not compared:
times, codes, process numbers, temporary directories. A line `...` in README stands for any lines.
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
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

import pytest

from enumd.cli.main import SECTIONS
from enumd.serve import runfile

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PORT = "5300"
"""The port README shows; the test uses a free one."""

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
"""A recovery code: each run has another, which later commands give in place of the one shown."""

PASSING = (
    (r"\d+\.\d+ (ms|s)\b", r"N \1"),
    (CODE, "CODE"),
    (r"\bh_[0-9A-Z]{20}\b", "HOLD"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\dZ)?", "WHEN"),
    (r"\b\d\d:\d\d\b", "WHEN"),
    (r"(\[\d+\] )\d+", r"\1PID"),
    (r" +", " "),
)
"""What differs from run to run, and what stands for it."""


@dataclass(frozen=True)
class Command:
    """A command README shows, and what it prints there."""

    words: str
    shown: tuple[str, ...]


def blocks(language):
    """Return the texts of the fenced blocks of README in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands():
    """Return the commands of all console blocks in order."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            words, *shown = part.rstrip("\n").split("\n")
            found.append(Command(words, tuple(shown)))
    return found


def comparable(text):
    """Return a line without what differs from run to run."""
    for pattern, meaning in PASSING:
        text = re.sub(pattern, meaning, text)
    return text.rstrip()


def agrees(shown, printed):
    """Tell whether the lines *printed* are those *shown*, where `...` is any number of them."""
    pattern = "\n".join(
        r"(?:.*\n)*?.*" if line == "..." else re.escape(comparable(line)) for line in shown
    )
    return re.fullmatch(pattern, "\n".join(map(comparable, printed))) is not None


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


def serve(words, directory, environ):
    """Run a command that README puts in the background, and wait until its server answers."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {words.removesuffix('&')}"],
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while runfile.running(Path(environ["ENUMD_HOME"])) is None:
        assert process.poll() is None, f"{words} ended with {process.returncode}"
        assert time.monotonic() < deadline, f"{words} does not answer"
        time.sleep(0.02)
    return process


@pytest.fixture
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


@pytest.fixture
def environ(tmp_path, free_port):
    """Return the environment of somebody who has just installed enumd, at another port."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "enumd").write_text(f'#!/bin/sh\nexec {sys.executable} -m enumd.cli "$@"\n')
    (programs / "enumd").chmod(0o755)
    (tmp_path / "zones").symlink_to(ROOT / "zones")
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "ENUMD_HOME": str(tmp_path / "home"),
        "ENUMD_DNS_LISTEN": f"127.0.0.1:{free_port},[::1]:{free_port}",
        "ENUMD_ENUM_SERVERS": f"127.0.0.1:{free_port}",
        "LANG": "C.UTF-8",
        "LOGNAME": "ada",
        "TERM": "dumb",
        "TZ": "UTC",
    }


@pytest.mark.peer
def test_the_tour_is_as_shown(tmp_path, environ, free_port):
    """Every command of README prints what README shows."""
    if shutil.which("dig") is None:
        pytest.skip("dig is missing (package bind9-dnsutils)")
    servers = []
    codes = {}
    try:
        for command in commands():
            words = command.words.replace(PORT, free_port)
            for shown, real in codes.items():
                words = words.replace(shown, real)
            if words.endswith("&"):
                servers.append(serve(words, tmp_path, environ))
                continue
            printed = [
                line.replace(free_port, PORT).replace(str(tmp_path / "home"), "/home/ada/enumd")
                for line in run(words, tmp_path, environ)
            ]
            assert agrees(command.shown, printed), "\n".join([f"$ {command.words}", *printed])
            there, here = (CODE.findall("\n".join(lines)) for lines in (command.shown, printed))
            codes |= zip(there, here, strict=True)
    finally:
        for server in servers:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def test_every_command_is_in_readme():
    """README names every command there is."""
    names = [name for places in SECTIONS.values() for name in places]

    assert [name for name in names if f"enumd {name}" not in README] == []


def test_the_exit_codes_are_those_of_the_errors():
    """The table of exit codes has every status an error of ours can have."""
    from enumd import errors

    statuses = {
        str(kind.exit_status)
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.EnumdError)
    }

    assert statuses <= set(re.findall(r"^\| (\d+) \|", README, re.MULTILINE))


PATHS = sorted(set(re.findall(r"`((?:enumd|tests|tools|zones)/[\w./*-]+)`", README)))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_in_readme_exists(path):
    """Where something is said to be, it is."""
    assert any(ROOT.glob(path)), path


def test_every_link_leads_somewhere():
    """Links inside README and to files of the tree have their target."""
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).strip().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif "://" not in target:
            assert (ROOT / target).exists(), target
