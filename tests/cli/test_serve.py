"""`enumd serve`: the server as people start it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import dns.flags
import dns.name
import dns.rcode

from enumd.serve.enum.lookup import ask

ROOT = Path(__file__).parents[2]


def test_it_answers_what_is_published(server):
    """A server started on a free port answers with authority, and says where in its run file."""
    reply = ask(server, dns.name.from_text("enum.example.org"), "SOA")

    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.flags & dns.flags.AA


def test_without_an_index_it_says_how_to_make_one(refused):
    """A home where nothing is published is not served."""
    error = refused("serve")

    assert (error["code"], error["exit_status"]) == ("S401", 1)
    assert "enumd publish" in error["advice"]


def test_a_port_in_use_is_named(refused, directory):
    """An address that is taken is an error that names it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        error = refused("serve", "--dns", address)

    assert error["exit_status"] == 1
    assert address in error["text"]


def test_a_second_server_of_a_home_is_refused(server, refused):
    """A home has one server; the process that is it is named."""
    assert "serves" in refused("serve", "--dns", "127.0.0.1:0")["text"]


def test_a_listener_is_an_address_and_a_port(enumd, directory):
    """A host name, or a port left out, is a usage error with the form."""
    result = enumd("serve", "--dns", "localhost:53")

    assert result.exit_code == 2
    assert "localhost" in result.stderr
    assert enumd("serve", "--workers", "0").exit_code == 2


def test_ctrl_c_ends_it_well(home, directory):
    """SIGINT drains the server; the process ends with 0 and takes its run file along."""
    process = subprocess.Popen(
        [sys.executable, "-m", "enumd.cli", "--home", str(home), "serve", "--dns", "127.0.0.1:0"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    line = next(line for line in process.stderr if " serving " in line)
    assert "listeners=127.0.0.1:" in line

    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=20)[1]

    assert process.returncode == 0
    assert "stopped" in rest
    assert not (home / "serve.json").exists()
