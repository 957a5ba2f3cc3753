"""The ENUM client against our own server, and against servers with faults."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from itertools import count

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from enumd.config import EnumSettings
from enumd.core.apex import Apex
from enumd.core.ddds import EnumOutcome, Failed, NoData
from enumd.core.number import Number
from enumd.errors import ConfigError, ServiceError
from enumd.net.listeners import Address
from enumd.serve.enum import lookup
from enumd.serve.enum.lookup import (
    ask,
    find_servers,
    naptrs,
    servers_of,
    system_servers,
)

ADA = Number("441632960017")
APEX = Apex(dns.name.from_text("enum.example."), "44")
OWNER = APEX.owner_name(ADA)
NAPTR = '100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .'


@pytest.fixture
def server(serve):
    """Our own server, asked over IPv4."""
    return serve(1, "127.0.0.1:0")


@contextlib.contextmanager
def faulty(reply):
    """Run a server whose replies *reply* makes of queries, over UDP and TCP; yield its address."""

    def octets(query_octets, over_tcp):
        got = reply(dns.message.from_wire(query_octets), over_tcp)
        return got.to_wire() if isinstance(got, dns.message.Message) else got

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self):
            query, sock = self.request
            if (answer := octets(query, False)) is not None:
                sock.sendto(answer, self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self):
            length = int.from_bytes(self.rfile.read(2), "big")
            if (answer := octets(self.rfile.read(length), True)) is not None:
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)

    # TCP chooses the port: others are taken by connections that ended a minute ago, too.
    with (
        socketserver.TCPServer(("127.0.0.1", 0), Stream) as tcp,
        socketserver.UDPServer(tcp.server_address, Datagram) as udp,
    ):
        both = (udp, tcp)
        threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in both]
        for thread in threads:
            thread.start()
        try:
            yield Address(*udp.server_address)
        finally:
            for one, thread in zip(both, threads, strict=True):
                one.shutdown()
                thread.join()


def answering(*records, rcode=dns.rcode.NOERROR, authority=(), flags=dns.flags.AA):
    """Return a function that replies with these records (owner, type, text) to every query."""

    def reply(query, over_tcp=False):
        got = dns.message.make_response(query)
        got.flags |= flags
        got.set_rcode(rcode)
        for section, rows in ((got.answer, records), (got.authority, authority)):
            for owner, kind, text in rows:
                section.append(dns.rrset.from_text(owner, 60, "IN", kind, text))
        return got

    return reply


def result(*servers, timeout_s=5.0):
    """Return what these servers say of the number."""
    return naptrs(OWNER, servers, time.monotonic() + timeout_s)


def test_a_number_is_resolved(server):
    """A number that is published gives its targets, over UDP or where needed over TCP."""
    servers = server.run_file.addresses
    got = lookup.lookup(ADA, [APEX], servers)
    crowded = lookup.lookup(Number("441632960018"), [APEX], servers)

    assert got.outcome is EnumOutcome.FOUND
    assert [str(target.uri) for target in got.targets] == ["sip:ada@example.net"]
    assert got.targets[0].ttl_s == 300
    assert len(crowded.targets) == 15


def test_what_is_not_there_is_told_apart(server):
    """A number without records is NXDOMAIN, the beginning of one NODATA, with their TTL."""
    servers = server.run_file.addresses

    assert lookup.lookup(Number("449"), [APEX], servers).outcome is EnumOutcome.NXDOMAIN
    part = lookup.lookup(Number("4416"), [APEX], servers)
    assert part.outcome is EnumOutcome.NODATA
    assert part.trace[0].result == NoData(60)


def test_an_old_server_is_asked_without_edns():
    """FORMERR to a query with EDNS is no answer; the query without it is (RFC 6891 section 7)."""

    def old(query, over_tcp):
        if query.edns < 0:
            return answering((OWNER, "NAPTR", NAPTR))(query)
        query.use_edns(False)
        return answering(rcode=dns.rcode.FORMERR)(query)

    with faulty(old) as address:
        assert len(result(address).naptrs) == 1


def test_the_next_server_is_asked():
    """A server that fails, lies idle or talks nonsense is passed over for the next."""
    with (
        faulty(answering(rcode=dns.rcode.SERVFAIL)) as broken,
        faulty(lambda query, over_tcp: b"\x00" * 5) as confused,
        faulty(answering((OWNER, "NAPTR", NAPTR))) as well,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(lookup, "TRY_S", 0.2)
        assert len(result(broken, confused, well).naptrs) == 1


def test_every_reason_is_told():
    """When nobody answers, each server stands in the error with its reason, once."""
    with (
        faulty(answering(rcode=dns.rcode.REFUSED)) as closed,
        faulty(lambda *_: None) as silent,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(lookup, "TRY_S", 0.1)
        got = result(closed, silent)

    assert got == Failed(f"{OWNER}: {closed}: REFUSED; {silent}: no reply in time")


def test_the_whole_time_is_bounded():
    """Servers that are silent cost no more than the time that was given."""
    with faulty(lambda *_: None) as silent:
        began_s = time.monotonic()
        got = lookup.lookup(ADA, [APEX], [silent] * 9, timeout_s=0.3)

    assert time.monotonic() - began_s < 9 * lookup.TRY_S / 2  # not a try for each of them
    assert got.outcome is EnumOutcome.FAILED
    assert "the time is up" in got.trace[0].result.why


def test_without_servers_nothing_is_known():
    """No server at all is a failure that says so."""
    assert result() == Failed(f"{OWNER}: there is no server to ask")


def test_extended_errors_are_told():
    """What a server says of its refusal is repeated (RFC 8914)."""

    def refuse(query, over_tcp):
        got = answering(rcode=dns.rcode.REFUSED)(query)
        got.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.NOT_AUTHORITATIVE, "not here")])
        return got

    with faulty(refuse) as address:
        assert "REFUSED EDE 20 (Not Authoritative): not here" in result(address).why


def test_aliases_are_followed():
    """An alias within the reply is followed there, one out of it by another question."""
    away = dns.name.from_text("ada.example.")

    def alias(query, over_tcp):
        if query.question[0].name == away:
            return answering((away, "NAPTR", NAPTR))(query)
        return answering((OWNER, "CNAME", "ada.example."))(query)

    with faulty(alias) as address:
        assert len(result(address).naptrs) == 1
    inside = answering((OWNER, "CNAME", "ada.example."), (away, "NAPTR", NAPTR))
    with faulty(inside) as address:
        assert len(result(address).naptrs) == 1


def test_aliases_without_end_are_not():
    """A chain of aliases that goes on from question to question is given up."""

    numbers = count()

    def onward(query, over_tcp):
        name = query.question[0].name
        return answering((name, "CNAME", f"x{next(numbers)}.example."))(query)

    def circle(query, over_tcp):
        name = query.question[0].name
        return answering((name, "CNAME", str(name)))(query)

    with faulty(onward) as address:
        assert "more than 8 aliases" in result(address).why
    with faulty(circle) as address:
        assert "makes no sense" in result(address).why


def test_a_referral_is_no_answer():
    """A server that knows only who knows is no authority for "there is nothing"."""
    refer = answering(authority=[("enum.example.", "NS", "ns.carrier.example.")], flags=0)
    with faulty(refer) as address:
        why = result(address).why

    assert "refers to ns.carrier.example.; ask a resolver" in why


def test_asking_says_why_not():
    """A question to a port where nobody listens is an error that names the server."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        free = Address(*sock.getsockname())
        with pytest.raises(ServiceError, match=f"^{free}: "):
            ask(free, OWNER, "NAPTR", 0.2)


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("192.0.2.1", {Address("192.0.2.1", 53)}),
        ("192.0.2.1:5300", {Address("192.0.2.1", 5300)}),
        ("::1", {Address("::1", 53)}),
        ("[::1]", {Address("::1", 53)}),
        ("[::1]:5300", {Address("::1", 5300)}),
        ("localhost:5300", {Address("127.0.0.1", 5300), Address("::1", 5300)}),
        ("localhost", {Address("127.0.0.1", 53), Address("::1", 53)}),
    ],
)
def test_servers_are_named_as_people_do(text, servers):
    """An address or a host name, with or without a port."""
    found = set(find_servers(text))

    assert found
    assert found <= servers


@pytest.mark.parametrize("text", ["", "no.such.host.invalid", "localhost:99999", "[::1", "a..b"])
def test_a_server_that_is_none_is_refused(text):
    """The error repeats what was typed."""
    with pytest.raises(ServiceError, match="is no server") as caught:
        find_servers(text)

    assert repr(text) in str(caught.value)


def test_the_settings_name_resolvers(monkeypatch):
    """Addresses, with a port or without; where there are none, those of the machine."""
    named = EnumSettings(servers=("192.0.2.53", "[2001:db8::53]:5300"))
    assert servers_of(named) == (Address("192.0.2.53", 53), Address("2001:db8::53", 5300))
    with pytest.raises(ConfigError, match=r"enum.servers: 'localhost' is no address"):
        servers_of(EnumSettings(servers=("localhost",)))

    monkeypatch.setattr(lookup, "system_servers", lambda: (Address("192.0.2.1", 53),))
    assert servers_of(EnumSettings()) == (Address("192.0.2.1", 53),)


def test_no_resolver_is_a_fault_where_there_are_trees(monkeypatch):
    """Without trees nobody would be asked anyway."""

    def none():
        raise ServiceError("this machine has no resolver configured; name a server")

    monkeypatch.setattr(lookup, "system_servers", none)
    assert servers_of(EnumSettings()) == ()
    with pytest.raises(ServiceError, match="no resolver"):
        servers_of(EnumSettings(suffixes=("e164.arpa",)))


def test_the_machine_knows_its_resolvers(tmp_path, monkeypatch):
    """The resolvers are those of resolv.conf; a machine without any says so."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["192.0.2.53", "2001:db8::53"]
    monkeypatch.setattr(dns.resolver, "Resolver", lambda: resolver)
    assert system_servers() == (Address("192.0.2.53", 53), Address("2001:db8::53", 53))

    def unconfigured():
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", unconfigured)
    with pytest.raises(ServiceError, match="no resolver configured"):
        system_servers()
