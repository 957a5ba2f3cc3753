"""A change ends with the proof that the running server shows it."""

import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import dns.name

from enumd.cli.live import fields_with_live, live_lines
from enumd.operations import asking
from enumd.operations.number import NumberHeld
from enumd.operations.performed import Live, Performed
from enumd.serve import runfile
from enumd.serve.enum.lookup import ask

NUMBER = "+441632960017"
OWNER = dns.name.from_text("7.1.0.0.6.9.2.3.6.1.enum.example.org")


def performed(server="127.0.0.1:5300", took_ms=None):
    """Return a change of a number that was performed."""
    live = Live("enum.example.org.", 4, server, took_ms, 60)
    return Performed(NumberHeld("+441632960017", "h_1", "2030-01-01T00:00:00Z"), live=live)


class TestTold:
    """How the measurement is told."""

    def test_a_live_change_names_time_server_and_serial(self):
        """One line answers "is it live?", the next what resolvers remember."""
        told = performed(took_ms=3.14)

        assert live_lines(told) == [
            "live in 3.1 ms on 127.0.0.1:5300, serial 4",
            "          (resolvers that asked before may remember 60 s)",
        ]
        assert fields_with_live(told)["live"] == {"server": "127.0.0.1:5300", "ms": 3.14}

    def test_a_change_that_is_not_live_says_so(self):
        """A server that does not show the change in time is named, with the serial to look for."""
        assert live_lines(performed()) == ["not live  on 127.0.0.1:5300, serial 4"]

    def test_without_a_server_there_is_the_serial(self):
        """Nothing is claimed that was not seen."""
        assert live_lines(performed(server=None)) == ["serial    4"]

    def test_what_changes_no_number_says_nothing_of_it(self):
        """The result is all there is where no answer was to be looked for."""
        told = replace(performed(), live=None)

        assert live_lines(told) == []
        assert "live" not in fields_with_live(told)


class TestRunningServer:
    """The whole way, with a real server."""

    def test_every_change_is_seen_over_udp(self, server, enumd, done):
        """Claim, endpoints, suspension and release are live when the command ends."""
        changes = [
            ("number", "claim", NUMBER, "--holder", "ada@example.net"),
            ("endpoint", "add", NUMBER, "sip:ada@example.net"),
            ("endpoint", "add", NUMBER, "xmpp:ada@example.net"),
            ("endpoint", "move", NUMBER, "xmpp:ada@example.net", "--preference", "5"),
            ("endpoint", "remove", NUMBER, "sip:ada@example.net"),
            ("number", "suspend", NUMBER, "--why", "a test"),
            ("number", "resume", NUMBER),
            ("number", "release", NUMBER),
        ]
        records = [0, 1, 2, 2, 1, 0, 1, 0]
        for serial, (words, count) in enumerate(zip(changes, records, strict=True), 2):
            changed = done(*words)

            assert str(server) == changed["live"]["server"]
            assert 0 < changed["live"]["ms"] < 1000 * asking.DEADLINE_S
            assert serial == changed["serial"]
            assert count == sum(map(len, ask(server, OWNER).answer))

    def test_a_person_reads_it_in_one_line(self, server, seen):
        """The text of a claim has the line, and what resolvers may remember."""
        text = seen("number", "claim", NUMBER, "--holder", "ada@example.net")

        assert re.search(rf"^live in \d+\.\d ms on {server}, serial 2$", text, re.MULTILINE)
        assert "(resolvers that asked before may remember 60 s)" in text
        assert "remember 60 s" in seen("endpoint", "add", NUMBER, "sip:ada@example.net")
        assert "remember 300 s" in seen("endpoint", "add", NUMBER, "sip:eve@example.net")

    def test_a_server_that_is_silent_is_told(self, server, home, enumd, monkeypatch):
        """A server that does not answer in time: first the result, then that, and status 1."""
        monkeypatch.setattr(asking, "DEADLINE_S", 0.3)
        pid = runfile.running(home).pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        workers = [int(child) for child in children]
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            result = enumd("-o", "table", "number", "claim", NUMBER, "--holder", "a@b.example")
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)

        assert result.exit_code == 1
        assert f"not live  on {server}" in result.stdout
        assert f"error[V800]: {server} does not show the change of {NUMBER}" in result.stderr
        assert "do not repeat it" in result.stderr
