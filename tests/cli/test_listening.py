"""Addresses to listen at."""

from pathlib import Path

import click
import pytest

from enumd.cli import listening
from enumd.net.listeners import Address


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "::1", "5300", ":5300", "127.0.0.1:", "localhost:53", "[::1]:x", "[::1]:99999"],
)
def test_a_listener_names_its_port(text):
    """Where a server is to listen, no port is guessed."""
    with pytest.raises(click.BadParameter, match=r"is not an|above 65535"):
        listening.listener(text)


def test_a_listener_may_leave_the_port_to_the_system():
    """Port 0 is a port to listen at: any free one."""
    assert Address("127.0.0.1", 0) == listening.listener("127.0.0.1:0")


@pytest.mark.parametrize(
    ("has_ipv6", "listen", "used"),
    [
        (True, ["127.0.0.1:5300", "[::1]:5300"], ["127.0.0.1:5300", "[::1]:5300"]),
        (False, ["127.0.0.1:5300", "[::1]:5300"], ["127.0.0.1:5300"]),
        (False, ["[::1]:5300"], ["[::1]:5300"]),
        (False, ["127.0.0.1:5300", "[2001:db8::1]:53"], ["127.0.0.1:5300", "[2001:db8::1]:53"]),
    ],
)
def test_a_machine_without_ipv6_serves_what_it_has(monkeypatch, has_ipv6, listen, used):
    """The default addresses work in a container without IPv6; other addresses are meant."""
    monkeypatch.setattr(listening, "has_ipv6", lambda: has_ipv6)

    assert used == listening.usable(listen)


def test_whether_there_is_ipv6_is_found_out(monkeypatch):
    """IPv6 is there if its loopback address can be bound."""
    addresses = Path("/proc/net/if_inet6")
    loopback = "1".zfill(32)

    assert listening.has_ipv6() is (addresses.exists() and loopback in addresses.read_text())
    monkeypatch.setattr(
        listening.socket.socket, "bind", lambda *_: (_ for _ in ()).throw(OSError())
    )

    assert not listening.has_ipv6()
