"""The doctor and the resolver: whether it leads here is told, and never ill."""

import socket
import threading

import dns.message
import dns.rcode
import dns.rrset
import pytest

from enumd.cli import doctor_resolver
from enumd.cli.session import Session
from enumd.errors import ServiceError
from enumd.serve.enum import lookup as client


@pytest.fixture
def stub():
    """Return a function that runs a resolver which answers by *reply*, and keeps the questions."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    asked, threads = [], []

    def run(reply):
        def answer():
            while octets := listener.recvfrom(4096):
                if not octets[0]:
                    return
                query = dns.message.from_wire(octets[0])
                asked.append(str(query.question[0]))
                listener.sendto(reply(query).to_wire(), octets[1])

        threads.append(threading.Thread(target=answer, daemon=True))
        threads[-1].start()
        return f"127.0.0.1:{listener.getsockname()[1]}", asked

    yield run
    for thread in threads:
        listener.sendto(b"", listener.getsockname())
        thread.join(20)
    listener.close()


@pytest.fixture
def told(home, directory, enumd, monkeypatch):
    """Return a function that asks the resolver at an address and returns (health, text, remedy)."""

    def ask(address):
        monkeypatch.setenv("ENUMD_ENUM_SERVERS", address)
        rows = [line.split("\t") for line in enumd("doctor").stdout.splitlines()]
        return [tuple(row[1:]) for row in rows if row[0] == "resolver"]

    return ask


def says(text="", rcode=dns.rcode.NOERROR):
    """Return a function that answers a query with the record in *text*."""

    def reply(query):
        made = dns.message.make_response(query, recursion_available=True)
        made.set_rcode(rcode)
        if text:
            name, ttl, _, kind, rest = text.split(" ", 4)
            made.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, rest))
        return made

    return reply


def test_a_resolver_that_leads_here_is_well(done, stub, told, directory):
    """It is asked for the SOA of the apex and nothing else, whatever numbers there are."""
    done("number", "claim", "+441632960017", "--holder", "ada@example.net")
    soa = done("zone", "show", "enum.example.org")
    text = f"enum.example.org. 60 IN SOA {soa['mname']} {soa['rname']} {soa['serial']} 1 1 1 1"
    address, asked = stub(says(text))

    ((health, said, remedy),) = told(address)

    assert (health, remedy) == ("well", "")
    assert said == f"{address} leads to enum.example.org. as published here, serial 2"
    assert asked == ["enum.example.org. IN SOA"]


@pytest.mark.parametrize(
    ("reply", "means"),
    [
        (says(rcode=dns.rcode.NXDOMAIN), "does not find enum.example.org. (NXDOMAIN)"),
        (says(rcode=dns.rcode.REFUSED), "does not find enum.example.org. (REFUSED)"),
        (says(), "does not find enum.example.org. (no SOA)"),
        (says("enum.example.org. 60 IN SOA ns.elsewhere. h. 1 1 1 1 1"), "ns.elsewhere."),
    ],
)
def test_a_resolver_that_leads_elsewhere_is_odd(stub, told, reply, means):
    """What it says is told with what to do, and is nobody's illness."""
    address, _ = stub(reply)

    ((health, said, remedy),) = told(address)

    assert (health, means in said, address in said) == ("odd", True, True)
    assert "stub-zone" in remedy


def test_another_serial_is_odd(done, stub, told, directory):
    """A resolver remembers, or a secondary is behind: for how long is said."""
    soa = done("zone", "show", "enum.example.org")
    text = f"enum.example.org. 60 IN SOA {soa['mname']} {soa['rname']} 99 1 1 1 1"
    address, _ = stub(says(text))

    ((health, said, remedy),) = told(address)

    assert health == "odd"
    assert said == f"{address} knows serial 99 of enum.example.org., published is 1"
    assert "60 s" in remedy


def test_a_silent_resolver_costs_no_more_than_it_may(told, enumd, monkeypatch):
    """However many zones there are, the time for all is bounded; what was not asked is told."""
    enumd("zone", "add", "second.example")
    monkeypatch.setattr(doctor_resolver, "TIMEOUT_S", 0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        found = told(f"127.0.0.1:{silent.getsockname()[1]}")

    assert [health for health, *_ in found] == ["odd", "odd"]
    assert "no time was left" in found[1][1]


def test_a_machine_without_a_resolver_is_odd(told, monkeypatch):
    """Where there is none to ask, that is what there is to know."""

    def none():
        raise ServiceError("this machine has no resolver configured").advise("Name one.")

    monkeypatch.setattr(client, "system_servers", none)

    assert told("") == [("odd", "this machine has no resolver configured", "Name one.")]


def test_nothing_published_is_nothing_to_ask(home):
    """Without an index no resolver is asked, and no error comes of it."""
    from enumd.cli.output import Output

    assert list(doctor_resolver.resolvers(Session(home, Output.chosen("tsv", False)))) == []
