"""A proxy follows our redirects: Kamailio as README configures it, SIPp on both sides of it."""

from __future__ import annotations

import re
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = Path(__file__).parent / "sipp"
NUMBER = "+441632960017"

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def ports(loopback_port):
    """The ports of the two targets and of the proxy."""
    return [loopback_port() for _ in range(3)]


@pytest.fixture(scope="module")
def server(new_home, ports):
    """A server with a number that has two endpoints."""
    home = new_home()
    home.enumd("number", "claim", NUMBER, "--holder", "ada@example.net")
    for port in ports[:2]:
        home.enumd("endpoint", "add", NUMBER, f"sip:ada@127.0.0.1:{port}")
    with home.serve("127.0.0.1:0", sip=["127.0.0.1:0"]) as served:
        yield served


@pytest.fixture(scope="module")
def proxy(peers, server, ports, tmp_path_factory):
    """The address of Kamailio with the configuration of README, told where enumd is."""
    home, port = tmp_path_factory.mktemp("kamailio"), ports[2]
    readme = (ROOT / "README.md").read_text()
    (snippet,) = re.findall(r"^```kamailio\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    (enumd,) = server.run_file.sip
    head = (
        f"#!KAMAILIO\nlog_stderror=yes\nchildren=2\nlisten=udp:127.0.0.1:{port}\ndisable_tcp=yes\n"
    )
    cfg = home / "kamailio.cfg"
    cfg.write_text(head + snippet.replace("127.0.0.1:5060", enumd))
    words = ("-DD", "-E", "-m", "32", "-M", "4", "-w", home, "-Y", home, "-f", cfg)
    with peers.run("kamailio", *words, home=home, ready=lambda: refuses(port)):
        yield port


def refuses(port) -> bool:
    """Tell whether the proxy refuses what is no number, as it does once it runs."""
    octets = (
        b"OPTIONS sip:x@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;rport;branch=z9hG4bKx\r\n"
        b"From: <sip:a@h>;tag=1\r\nTo: <sip:x@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
        b"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        try:
            sock.connect(("127.0.0.1", port))
            sock.send(octets % sock.getsockname()[1])
            return sock.recv(65535).startswith(b"SIP/2.0 404")
        except OSError:
            return False


@pytest.fixture
def sipp(peers, tmp_path):
    """A function that starts SIPp; all have to end content."""
    with ExitStack() as started:

        def start(*words):
            command = [peers.path("sipp"), *map(str, words), "-i", "127.0.0.1", "-nostdin"]
            command += ["-timeout", "20", "-timeout_error"]
            process = subprocess.Popen(
                command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield start


def test_the_next_target_is_tried(sipp, proxy, ports):
    """The first target answers 503, the second takes the call, and the caller hangs up."""
    targets = [
        sipp("-sf", SCENARIOS / "busy.xml", "-p", ports[0], "-m", 3),
        sipp("-sf", SCENARIOS / "answer.xml", "-p", ports[1], "-m", 3),
    ]
    target = f"127.0.0.1:{proxy}"
    caller = sipp("-sf", SCENARIOS / "caller.xml", "-s", NUMBER, "-m", 3, "-r", 5, target)

    for process in (caller, *targets):
        said = process.communicate(timeout=30)[0].decode(errors="replace")
        assert process.returncode == 0, said[-3000:]
