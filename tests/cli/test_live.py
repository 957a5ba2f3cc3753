"""A change ends with the proof that the running server shows it."""

import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.name
import dns.rrset
import pytest

from enumd.cli import live
from enumd.cli.live import Live, Place
from enumd.core.number import Number
from enumd.core.serial import Serial
from enumd.net.listeners import Address
from enumd.serve import runfile
from enumd.serve.enum.lookup import ask

NUMBER = "+441632960017"
OWNER = dns.name.from_text("7.1.0.0.6.9.2.3.6.1.enum.example.org")
NAPTR = '100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .'


def place(serial=4, rdatas=()):
    """Return what is expected of a number."""
    return Place(
        number=Number("441632960017"),
        zone="enum.example.org.",
        owner=OWNER,
        serial=Serial(serial),
        rdatas=frozenset(rdatas),
        remembered_s=60,
    )


def response(answer=(), serial=None):
    """Return a response with these NAPTRs, or with an SOA of that serial."""
    made = dns.message.make_response(dns.message.make_query(OWNER, "NAPTR"))
    if answer:
        made.answer.append(dns.rrset.from_text(OWNER, 300, "IN", "NAPTR", *answer))
    if serial is not None:
        soa = f"ns.example.net. hostmaster.example.net. {serial} 1 1 1 60"
        made.authority.append(dns.rrset.from_text("enum.example.org.", 60, "IN", "SOA", soa))
    return made


class TestShownBy:
    """When a response shows the change."""

    def test_exactly_the_records_are_the_answer(self):
        """Some of the records, others, or none are not yet the change."""
        wanted = place(rdatas=[dns.rrset.from_text(OWNER, 300, "IN", "NAPTR", NAPTR)[0].to_wire()])
        other = NAPTR.replace("ada", "bob")

        assert wanted.shown_by(response([NAPTR]))
        assert not wanted.shown_by(response([other]))
        assert not wanted.shown_by(response([NAPTR, other]))
        assert not wanted.shown_by(response(serial=4))

    def test_the_ttl_is_part_of_the_answer(self):
        """A change of the TTL alone is live when the answer comes with it."""
        rdata = dns.rrset.from_text(OWNER, 300, "IN", "NAPTR", NAPTR)[0].to_wire()
        wanted = place(rdatas=[rdata])

        assert replace(wanted, ttls=range(300, 301)).shown_by(response([NAPTR]))
        assert replace(wanted, ttls=range(0, 301)).shown_by(response([NAPTR]))
        assert not replace(wanted, ttls=range(60, 61)).shown_by(response([NAPTR]))

    @pytest.mark.parametrize(
        ("serial", "shown"), [(3, False), (4, True), (5, True), (2**32 - 1, False), (None, False)]
    )
    def test_where_nothing_is_to_be_found_the_serial_tells(self, serial, shown):
        """A negative answer shows the change if its SOA has the serial, or a later one."""
        assert shown is place().shown_by(response(serial=serial))


class TestTold:
    """How the measurement is told."""

    def test_a_live_change_names_time_server_and_serial(self):
        """One line answers "is it live?", the next what resolvers remember."""
        told = Live(None, place(), Address("127.0.0.1", 5300), 3.14)

        assert told.lines() == [
            "live in 3.1 ms on 127.0.0.1:5300, serial 4",
            "          (resolvers that asked before may remember 60 s)",
        ]
        assert told.fields()["live"] == {"server": "127.0.0.1:5300", "ms": 3.14}

    def test_a_change_that_is_not_live_says_so(self):
        """A server that does not show the change in time is named, with the serial to look for."""
        told = Live(None, place(), Address("127.0.0.1", 5300), None)

        assert told.lines() == ["not live  on 127.0.0.1:5300, serial 4"]

    def test_without_a_server_there_is_the_serial(self):
        """Nothing is claimed that was not seen."""
        assert Live(None, place(), None, None).lines() == ["serial    4"]


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
            assert 0 < changed["live"]["ms"] < 1000 * live.DEADLINE_S
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
        monkeypatch.setattr(live, "DEADLINE_S", 0.3)
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
