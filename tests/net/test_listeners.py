"""Addresses as people write them, and the sockets bound there."""

from __future__ import annotations

import select
import socket

import pytest

from enumd.errors import ConfigError, ServiceError
from enumd.net import listeners
from enumd.net.listeners import Address, bind, bind_all, bind_http

V4 = Address("127.0.0.1", 0)
V6 = Address("::1", 0)


@pytest.fixture(params=[V4, V6], ids=["IPv4", "IPv6"])
def listener(request):
    """A listener for three workers at a free port."""
    bound = bind(request.param, 3)
    yield bound
    bound.close()


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:5300", "127.0.0.1", 5300),
        ("[::1]:53", "::1", 53),
        (" 0.0.0.0:0 ", "0.0.0.0", 0),
        ("[2001:DB8:0::5]:65535", "2001:db8::5", 65535),
        ("[fe80::1%lo]:53", "fe80::1%lo", 53),
    ],
)
def test_an_address_is_a_host_and_a_port(text, host, port):
    """IPv4 stands alone, IPv6 in brackets; the host is kept in its shortest form."""
    assert Address.parse(text) == Address(host, port)
    assert Address.parse(str(Address(host, port))) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    ["", "5300", ":5300", "*:53", "::1:53", "[::1]", "localhost:53", "127.0.0.1", "1.2.3:53",
     "127.0.0.1:65536", "127.0.0.1:٥٣", "[127.0.0.1:53", "127.0.0.1:-1"],
)  # fmt: skip
def test_what_is_no_address_is_refused_by_its_text(text):
    """The error names the setting and repeats what stands there."""
    with pytest.raises(ConfigError) as caught:
        Address.parse(text, "dns.listen")

    assert caught.value.key == "dns.listen"
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reachable"),
    [("0.0.0.0:53", "127.0.0.1:53"), ("[::]:53", "[::1]:53"), ("127.0.0.2:53", "127.0.0.2:53")],
)
def test_a_wildcard_is_reached_over_loopback(text, reachable):
    """A client on this machine can ask every listener."""
    assert str(Address.parse(text).reachable) == reachable


def test_a_link_local_address_keeps_its_scope():
    """The scope of a link-local address reaches the system's calls."""
    assert Address("fe80::1%lo", 53).sockaddr()[3] == socket.if_nametoindex("lo")


def test_every_worker_has_sockets_of_its_own_at_one_port(listener):
    """Port 0 becomes one free port for UDP, TCP and all workers."""
    bound = {sock.getsockname()[:2] for sock in (*listener.udp, *listener.tcp)}

    assert bound == {(listener.address.host, listener.address.port)}
    assert listener.address.port
    assert listener.sockets(1) == (listener.udp[1], listener.tcp[1])
    assert not any(sock.getblocking() for sock in (*listener.udp, *listener.tcp))


def test_the_kernel_spreads_queries_over_the_workers(listener):
    """Datagrams and connections from many clients reach every worker's socket."""
    clients = []
    for _ in range(100):
        client = socket.socket(listener.address.family, socket.SOCK_DGRAM)
        client.sendto(b"q", listener.address.sockaddr())
        clients.append(client)
        clients.append(socket.create_connection(listener.address.sockaddr()[:2], timeout=5))
    everything = (*listener.udp, *listener.tcp)
    readable, _, _ = select.select(everything, [], [], 5)
    for client in clients:
        client.close()

    assert set(readable) == set(everything)


def test_packets_carry_no_path_mtu_and_ipv6_stays_ipv6(listener):
    """UDP goes out undisturbed by forged MTUs (RFC 9715); an IPv6 socket takes no IPv4."""
    if listener.address.family == socket.AF_INET6:
        assert listener.udp[2].getsockopt(socket.IPPROTO_IPV6, 23) == 5
        assert listener.tcp[0].getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
    else:
        assert listener.udp[2].getsockopt(socket.IPPROTO_IP, 10) == 5


def test_other_systems_have_no_such_option(monkeypatch):
    """Off Linux the option about path MTUs is left alone."""
    monkeypatch.setattr("sys.platform", "freebsd14")

    bind(V4, 1).close()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
@pytest.mark.parametrize("sharing", [0, 1], ids=["alone", "sharing"])
def test_a_port_in_use_is_named(kind, sharing):
    """Another server's port is refused even when that server lets others share it."""
    with socket.socket(socket.AF_INET, kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, sharing)
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        taken = Address(*other.getsockname())
        with pytest.raises(ServiceError) as caught:
            bind(taken, 2)

    transport = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    why = f"cannot listen on {taken} ({transport}): another program is using this port"
    assert str(caught.value) == why


def test_an_address_of_another_machine_is_named():
    """An address this machine does not have is refused with that reason."""
    with pytest.raises(ServiceError, match=r"192.0.2.1:53 .UDP.: this machine does not have"):
        bind(Address("192.0.2.1", 53), 1)


def test_all_addresses_are_bound_or_none():
    """When the second address cannot be bound, the first is free again."""
    with bind_http(V4) as other:
        free = bind(V4, 1)
        free.close()
        with pytest.raises(ServiceError):
            bind_all([free.address, Address(*other.getsockname())], 1)

    first, second = bind_all([free.address, V6], 2)
    assert first.address == free.address
    assert second.address.host == "::1"
    first.close()
    second.close()


def test_a_free_port_is_free_for_both_transports(monkeypatch):
    """When a port found for UDP is taken for TCP, another is tried."""
    tries = []
    bind_both = listeners._bind_both

    def unlucky(address: Address, workers: int) -> listeners.Listener:
        tries.append(address)
        if len(tries) < 3:
            raise ServiceError("taken for TCP")
        return bind_both(address, workers)

    monkeypatch.setattr(listeners, "_bind_both", unlucky)

    bind(V4, 1).close()
    assert len(tries) == 3


def test_a_port_that_stops_listening_can_be_bound_at_once():
    """Connections in TIME_WAIT do not keep a restarted server from its port."""
    first = bind(V4, 1)
    with socket.create_connection(first.address.sockaddr(), timeout=5):
        select.select(first.tcp, [], [], 5)
        first.tcp[0].accept()[0].close()
    first.close()

    bind(first.address, 1).close()
