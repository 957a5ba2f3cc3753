"""The tables of enumd.toml, every setting declared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, cast

from enumd.config.setting import Section, setting
from enumd.config.sip import SipSettings
from enumd.config.trees import EnumSettings
from enumd.core.number import E164_DIGITS, LONGEST
from enumd.core.rrset import MAX_TTL_S


@dataclass(frozen=True, slots=True)
class RegistrySettings(Section):
    """The system of record."""

    url: str = setting(
        "",
        "SQLAlchemy URL of the registry; empty: the file registry.db beside this one. For "
        "PostgreSQL: postgresql+psycopg://user@host/name, with the password in ~/.pgpass.",
    )


@dataclass(frozen=True, slots=True)
class NumberSettings(Section):
    """What is taken for a number."""

    max_digits: int = setting(
        E164_DIGITS,
        "Longest number, in digits. E.164 says 15; some networks use more.",
        bounds=(1, LONGEST),
    )


@dataclass(frozen=True, slots=True)
class PolicySettings(Section):
    """The registry's own rules."""

    hold_s: int = setting(
        1800, "Seconds a free number is held for somebody.", bounds=(1, 30 * 86400)
    )
    quarantine_days: int = setting(
        90, "Days a released number rests before it is free again.", bounds=(0, 36500)
    )
    max_endpoints: int = setting(
        15,
        "Endpoints a number may have; 15 and a signature fit an answer of 1232 octets.",
        bounds=(1, 15),
    )


@dataclass(frozen=True, slots=True)
class ZoneSettings(Section):
    """What a new zone begins with."""

    ttl_s: int = setting(300, "TTL of a number's records, in seconds.", bounds=(0, MAX_TTL_S))
    negative_ttl_s: int = setting(
        60,
        "Seconds a resolver may remember that a number does not exist (RFC 2308); a number "
        "claimed meanwhile stays invisible to its users for that long.",
        bounds=(0, MAX_TTL_S),
    )


@dataclass(frozen=True, slots=True)
class DnsSettings(Section):
    """The DNS server. TCP limits count in each worker process."""

    listen: tuple[str, ...] = setting(
        ("127.0.0.1:5300", "[::1]:5300"),
        "Addresses to answer at, UDP and TCP; port 0 takes any free one.",
        restart=True,
    )
    workers: int = setting(
        1, "Worker processes that share the addresses.", bounds=(1, 256), restart=True
    )
    user: str = setting(
        "", "User to become once the addresses are bound; empty: stay who you are.", restart=True
    )
    nsid: str = setting(
        "",
        "Name of this server, told to those who ask by NSID (RFC 5001) or, in class CHAOS, for "
        "id.server or hostname.bind (RFC 4892); empty: none.",
        max_octets=128,
    )
    version: str = setting(
        "",
        "What those are told who ask, in class CHAOS, for version.bind or version.server; "
        "empty: nothing.",
        max_octets=255,
    )
    udp_payload_max: int = setting(
        1232, "Largest UDP message, in octets (RFC 9715).", bounds=(512, 4096)
    )
    tcp_connections: int = setting(
        150, "TCP connections at once; beyond it the idlest is closed.", bounds=(1, 65535)
    )
    tcp_connections_per_peer: int = setting(
        25,
        "TCP connections at once from one IPv4 address or IPv6 /64; then its idlest is closed.",
        bounds=(1, 65535),
    )
    tcp_idle_s: int = setting(
        10, "Seconds after which a silent TCP connection is closed.", bounds=(1, 3600)
    )


@dataclass(frozen=True, slots=True)
class MetricsSettings(Section):
    """Numbers for Prometheus."""

    listen: str = setting(
        "", "Address of the page /metrics, such as 127.0.0.1:9153; empty: none.", restart=True
    )


@dataclass(frozen=True, slots=True)
class ApiSettings(Section):
    """The HTTP API. Every source, an IPv4 address or an IPv6 /64, has its own limit."""

    listen: tuple[str, ...] = setting(
        ("127.0.0.1:8044",),
        "Addresses to answer at; HTTP is not encrypted, so others than loopback need a proxy "
        "with TLS in front.",
        restart=True,
    )
    requests_per_s: int = setting(
        100, "Requests a second from one source.", bounds=(1, 1_000_000), restart=True
    )
    burst: int = setting(
        200, "Requests at once from one source, after a pause.", bounds=(1, 1_000_000), restart=True
    )


@dataclass(frozen=True, slots=True)
class LogSettings(Section):
    """The server's log, on standard error."""

    level: str = setting(
        "info", "Least severe level that is written.", choices=("debug", "info", "warning", "error")
    )


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be configured, and the directory it all lives in."""

    home: Path
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    numbers: NumberSettings = field(default_factory=NumberSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    zone: ZoneSettings = field(default_factory=ZoneSettings)
    dns: DnsSettings = field(default_factory=DnsSettings)
    sip: SipSettings = field(default_factory=SipSettings)
    enum: EnumSettings = field(default_factory=EnumSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    log: LogSettings = field(default_factory=LogSettings)

    @property
    def registry_url(self) -> str:
        """Return the SQLAlchemy URL of the registry."""
        return self.registry.url or f"sqlite:///{self.home / 'registry.db'}"

    @property
    def index_path(self) -> Path:
        """Return the directory of the index."""
        return self.home / "index"


SECTIONS: Final[Mapping[str, type[Section]]] = {
    one.name: cast(type[Section], one.default_factory)
    for one in fields(Config)
    if one.name != "home"
}
