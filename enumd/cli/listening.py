"""Addresses to listen at: as they are typed, and those that this machine has."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Final

import click

from enumd.errors import ConfigError
from enumd.net.listeners import Address

_LOOPBACK6: Final = "[::1]:"


def listener(text: str) -> Address:
    """Return the address to listen at, written ADDRESS:PORT; port 0 takes any free one."""
    try:
        return Address.parse(text)
    except ConfigError as error:
        raise click.BadParameter(f"{error.why}.") from None


def usable(listen: Sequence[str]) -> list[str]:
    """Return the configured addresses without IPv6 loopback on a machine that has no IPv6.

    It is configured by default, and many containers have none; any other address that this machine
    does not have is a mistake, and starting the server says so.
    """
    others = [text for text in listen if not text.startswith(_LOOPBACK6)]
    return others if others and not has_ipv6() else list(listen)


def has_ipv6() -> bool:
    """Tell whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
