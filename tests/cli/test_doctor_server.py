"""The doctor and the running server: each listener is asked, and one that died is told."""

import os
import select
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dns.message
import dns.rcode

from enumd.cli import doctor_server
from enumd.net.listeners import Address
from enumd.serve import runfile


def ill(rows):
    """Return what is ill and the remedies."""
    return [(what, text, remedy) for what, health, text, remedy in rows if health == "ill"]


def test_a_silent_server_is_ill(findings, server, home, monkeypatch):
    """A server that runs and does not answer is told."""
    monkeypatch.setattr(doctor_server, "TIMEOUT_S", 0.3)
    pid = runfile.running(home).pid
    workers = [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        rows, status = findings()
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)

    assert status == 1
    assert [(what, str(server) in text) for what, text, _ in ill(rows)] == [("server", True)]


def test_a_server_with_an_old_serial_is_ill(findings, server, home, monkeypatch):
    """A server that answers another serial than is published is told."""
    import enumd.serve.enum.lookup as client

    def old(address, name, *_):
        reply = dns.message.make_response(dns.message.make_query(name, "SOA"))
        reply.flags |= dns.flags.AA
        soa = "ns1.example.net. h.example.net. 99 1 1 1 1"
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", "SOA", soa))
        return reply

    monkeypatch.setattr(client, "ask", old)

    rows, status = findings()

    assert status == 1
    assert f"{server} answers serial 99 of enum.example.org., published is 1" == ill(rows)[0][1]


def test_a_server_that_refuses_is_ill(findings, server, monkeypatch):
    """A server that does not know its zone is told with its response code."""
    import enumd.serve.enum.lookup as client

    def refusing(address, name, *_):
        reply = dns.message.make_response(dns.message.make_query(name, "SOA"))
        reply.set_rcode(dns.rcode.REFUSED)
        return reply

    monkeypatch.setattr(client, "ask", refusing)

    assert "answers REFUSED for enum.example.org." in ill(findings()[0])[0][1]


def test_a_server_without_tcp_is_ill(findings, server, monkeypatch):
    """UDP alone is not enough (RFC 7766)."""

    def closed(*_):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("dns.query.tcp", closed)

    assert "does not answer over TCP" in ill(findings()[0])[0][1]


def test_a_server_that_died_is_ill(findings, home, directory):
    """A run file that nobody holds is that of a server that was killed."""
    left = runfile.RunFile(4711, 1_795_000_000, 1, ("127.0.0.1:0",))
    (home / runfile.FILE_NAME).write_text(left.to_json())
    (home / "enumd.toml").write_text('[dns]\nlisten = ["127.0.0.1:0"]\n')

    rows, status = findings()

    assert status == 1
    ((what, text, remedy),) = ill(rows)
    assert what == "server"
    assert "process 4711, which answered since 2026-11-18 11:06:40Z" in text
    assert "log" in remedy
    assert "enumd serve" in remedy


def test_a_server_that_is_killed_has_died(findings, home, serving, directory):
    """Kill -9 leaves what the doctor needs to know it; a start heals it."""
    running = serving("--dns", "127.0.0.1:0")
    (home / "enumd.toml").write_text('[dns]\nlisten = ["127.0.0.1:0"]\n')
    pidfd = os.pidfd_open(running.pid)
    os.kill(running.pid, signal.SIGKILL)
    select.select([pidfd], [], [], 20)
    os.close(pidfd)

    rows, status = findings()

    assert status == 1
    assert [f"process {running.pid}," in text for _, text, _ in ill(rows)] == [True]
    serving("--dns", "127.0.0.1:0")
    assert findings()[1] == 0


def test_every_listener_of_the_run_file_is_asked(findings, home, serving, directory):
    """One line for each listener: SIP over UDP and TCP, metrics; wildcards on loopback."""
    (home / "enumd.toml").write_text('[metrics]\nlisten = "127.0.0.1:0"\n')
    running = serving("--dns", "127.0.0.1:0", "--sip", "0.0.0.0:0")
    (sip,) = running.sip_addresses

    rows, status = findings()

    assert (status, ill(rows)) == (0, [])
    texts = [text for what, _, text, _ in rows if what in ("sip", "metrics")]
    assert sip.host == "127.0.0.1"
    assert [text.rpartition(" in ")[0] or text for text in texts] == [
        f"{sip} answers 200 to OPTIONS over UDP",
        f"{sip} answers 200 to OPTIONS over TCP",
        f"{running.metrics} answers /metrics",
    ]


def test_metrics_that_are_not_there_are_ill():
    """Nobody at the port, and another program at it, are told apart."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address("127.0.0.1", taken.getsockname()[1])
    assert "refused" in doctor_server._metrics(address).text

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.handle_request)
        thread.start()
        found = doctor_server._metrics(Address("127.0.0.1", other.server_port))
        thread.join()
    assert (found.health.value, "answers 404" in found.text) == ("ill", True)
