"""The configuration: enumd.toml as frozen values that check themselves.

Every setting is declared once, with its default, its bounds and the sentence that explains it; the
loader, the environment and the commented example are all made from these declarations. An
environment variable `ENUMD_<SECTION>_<KEY>` goes before the file, the file before the default.
"""

from __future__ import annotations

import difflib
import json
import os
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from enumd.core.apex import Apex
from enumd.core.number import E164_DIGITS, LONGEST
from enumd.core.rrset import MAX_TTL_S
from enumd.errors import BadOwnerName, ConfigError

FILE_NAME: Final = "enumd.toml"

_ENV_PREFIX: Final = "ENUMD_"
# Of an environment variable only a near miss is refused: container platforms set names such as
# ENUMD_PORT and ENUMD_DNS_SERVICE_HOST of their own accord.
_NEAR_MISS: Final = 0.9

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is known of a setting besides its default."""

    doc: str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    max_octets: int | None = None
    restart: bool = False

    def fault(self, value: object) -> str | None:
        """Return what is wrong with a *value* of the right type, or None."""
        if isinstance(value, int):
            if self.low is not None and value < self.low:
                return f"{value} is below {self.low}"
            if self.high is not None and value > self.high:
                return f"{value} is above {self.high}"
        if self.choices and value not in self.choices:
            return f"{value!r} is none of {', '.join(self.choices)}"
        if self.max_octets is not None and len(str(value).encode()) > self.max_octets:
            return f"{len(str(value).encode())} octets, and at most {self.max_octets} are allowed"
        return None


def _setting(
    default: _T,
    doc: str,
    *,
    bounds: tuple[int, int] | None = None,
    choices: tuple[str, ...] = (),
    max_octets: int | None = None,
    restart: bool = False,
) -> _T:
    """Declare a setting; *restart* marks what a running server cannot change."""
    low, high = bounds or (None, None)
    rule = _Rule(doc, low, high, choices, max_octets, restart)
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, slots=True)
class _Section:
    """A table of enumd.toml; a value of the wrong type or out of bounds is refused."""

    def __post_init__(self) -> None:
        """Check every setting by its rule."""
        for one in fields(self):
            value = getattr(self, one.name)
            if why := _type_fault(value, one.default) or _rule(one).fault(value):
                raise ConfigError(why, one.name)


@dataclass(frozen=True, slots=True)
class RegistrySettings(_Section):
    """The system of record."""

    url: str = _setting(
        "",
        "SQLAlchemy URL of the registry; empty: the file registry.db beside this one. For "
        "PostgreSQL: postgresql+psycopg://user@host/name, with the password in ~/.pgpass.",
    )


@dataclass(frozen=True, slots=True)
class NumberSettings(_Section):
    """What is taken for a number."""

    max_digits: int = _setting(
        E164_DIGITS,
        "Longest number, in digits. E.164 says 15; some networks use more.",
        bounds=(1, LONGEST),
    )


@dataclass(frozen=True, slots=True)
class PolicySettings(_Section):
    """The registry's own rules."""

    hold_s: int = _setting(
        1800, "Seconds a free number is held for somebody.", bounds=(1, 30 * 86400)
    )
    quarantine_days: int = _setting(
        90, "Days a released number rests before it is free again.", bounds=(0, 36500)
    )
    max_endpoints: int = _setting(
        15,
        "Endpoints a number may have; 15 and a signature fit an answer of 1232 octets.",
        bounds=(1, 15),
    )


@dataclass(frozen=True, slots=True)
class ZoneSettings(_Section):
    """What a new zone begins with."""

    ttl_s: int = _setting(300, "TTL of a number's records, in seconds.", bounds=(0, MAX_TTL_S))
    negative_ttl_s: int = _setting(
        60,
        "Seconds a resolver may remember that a number does not exist (RFC 2308); a number "
        "claimed meanwhile stays invisible to its users for that long.",
        bounds=(0, MAX_TTL_S),
    )


@dataclass(frozen=True, slots=True)
class DnsSettings(_Section):
    """The DNS server. TCP limits count in each worker process."""

    listen: tuple[str, ...] = _setting(
        ("127.0.0.1:5300", "[::1]:5300"),
        "Addresses to answer at, UDP and TCP; port 0 takes any free one.",
        restart=True,
    )
    workers: int = _setting(
        1, "Worker processes that share the addresses.", bounds=(1, 256), restart=True
    )
    user: str = _setting(
        "", "User to become once the addresses are bound; empty: stay who you are.", restart=True
    )
    nsid: str = _setting(
        "", "Name of this server, told to those who ask (RFC 5001).", max_octets=128
    )
    udp_payload_max: int = _setting(
        1232, "Largest UDP message, in octets (RFC 9715).", bounds=(512, 4096)
    )
    tcp_connections: int = _setting(
        150, "TCP connections at once; beyond it the idlest is closed.", bounds=(1, 65535)
    )
    tcp_connections_per_peer: int = _setting(
        25, "TCP connections at once from one IPv4 address or IPv6 /64.", bounds=(1, 65535)
    )
    tcp_idle_s: int = _setting(
        10, "Seconds after which a silent TCP connection is closed.", bounds=(1, 3600)
    )


@dataclass(frozen=True, slots=True)
class EnumSettings(_Section):
    """The ENUM client: other trees, asked over DNS for numbers that are not published here."""

    suffixes: tuple[str, ...] = _setting(
        (),
        "Trees to ask, one after the other until one has the number: a name with the digits it "
        "stands for, such as enum.example.net=44, or e164.arpa; empty: none.",
    )
    servers: tuple[str, ...] = _setting(
        (),
        "Resolvers to ask, such as 192.0.2.53 or [2001:db8::53]:5300; empty: this machine's. "
        "Blocks that a zone here delegates are found through them, too.",
    )
    timeout_ms: int = _setting(
        1000, "Milliseconds one server is waited for, each time.", bounds=(10, 30_000)
    )
    total_timeout_ms: int = _setting(
        4000,
        "Milliseconds after which a number is given up: a caller is told 503, never 404.",
        bounds=(10, 60_000),
    )
    attempts: int = _setting(
        2, "Times a question goes around all servers that do not answer it.", bounds=(1, 10)
    )
    cache_entries: int = _setting(
        10_000,
        "Names whose answers are kept until their TTL ends; 0: none.",
        bounds=(0, 10_000_000),
    )

    def __post_init__(self) -> None:
        """Check every setting, and that each suffix is a tree."""
        _Section.__post_init__(self)
        for text in self.suffixes:
            try:
                Apex.parse(text)
            except BadOwnerName as error:
                raise ConfigError(f"{text!r}: {error.why}", "suffixes") from None

    @property
    def trees(self) -> tuple[Apex, ...]:
        """Return the trees of `suffixes`."""
        return tuple(map(Apex.parse, self.suffixes))


@dataclass(frozen=True, slots=True)
class MetricsSettings(_Section):
    """Numbers for Prometheus."""

    listen: str = _setting(
        "", "Address of the page /metrics, such as 127.0.0.1:9153; empty: none.", restart=True
    )


@dataclass(frozen=True, slots=True)
class LogSettings(_Section):
    """The server's log, on standard error."""

    level: str = _setting(
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
    enum: EnumSettings = field(default_factory=EnumSettings)
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


_SECTIONS: Final[Mapping[str, type[_Section]]] = {
    one.name: cast(type[_Section], one.default_factory)
    for one in fields(Config)
    if one.name != "home"
}


def load(home: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration of *home*; without a file there, the defaults.

    Raises:
        ConfigError: the file cannot be read, a name in it is unknown, a value is refused.
    """
    home = home.expanduser().absolute()
    path = home / FILE_NAME
    tables = _read(path)
    sections: dict[str, Any] = {
        name: _section(name, section, tables.get(name, {}), str(path))
        for name, section in _SECTIONS.items()
    }
    for variable, name, key, default in _variables(environ):
        value = _from_text(environ[variable], default, variable)
        sections[name] = _replaced(name, sections[name], {key: value}, variable)
    return Config(home, **sections)


def example() -> str:
    """Return a complete enumd.toml in which every setting is explained and has its default."""
    return "\n".join(_example_section(*item) for item in _SECTIONS.items())


def restart_needed(old: Config, new: Config) -> list[str]:
    """Return the settings that differ and that a running server cannot change."""
    return [
        f"{name}.{one.name}"
        for name, section in _SECTIONS.items()
        for one in fields(section)
        if _rule(one).restart
        and getattr(getattr(old, name), one.name) != getattr(getattr(new, name), one.name)
    ]


def _read(path: Path) -> dict[str, dict[str, object]]:
    """Return the tables of the file at *path*, their names checked."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", source=str(path)) from None
    for name, table in tables.items():
        if name not in _SECTIONS:
            raise ConfigError(f"unknown table{_nearest(name, _SECTIONS)}", name, str(path))
        if not isinstance(table, dict):
            raise ConfigError(f"is a table: write [{name}]", name, str(path))
    return tables


def _section(name: str, kind: type[_Section], table: Mapping[str, object], source: str) -> _Section:
    """Return the section *name* with the settings of *table* over the defaults."""
    known = [one.name for one in fields(kind)]
    for key in table:
        if key not in known:
            why = f"unknown setting{_nearest(key, known)}"
            raise ConfigError(why, f"{name}.{key}", source)
    values = {key: tuple(item) if isinstance(item, list) else item for key, item in table.items()}
    return _replaced(name, kind(), values, source)


def _replaced(name: str, section: _Section, values: dict[str, Any], source: str) -> _Section:
    """Return the *section* called *name* with other *values* that stand in *source*."""
    try:
        return replace(section, **values)
    except ConfigError as error:
        raise ConfigError(error.why, f"{name}.{error.key}", source) from None


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str, object]]:
    """Yield variable, section, key and default of each setting *environ* gives."""
    known = {
        f"{_ENV_PREFIX}{name}_{one.name}".upper(): (name, one.name, one.default)
        for name, section in _SECTIONS.items()
        for one in fields(section)
    }
    for variable in sorted(environ):
        if variable in known:
            yield variable, *known[variable]
        elif variable.startswith(_ENV_PREFIX) and (
            near := difflib.get_close_matches(variable, known, 1, _NEAR_MISS)
        ):
            raise ConfigError(f"no such setting; did you mean {near[0]}?", source=variable)


def _from_text(text: str, default: object, variable: str) -> object:
    """Return the value written in an environment variable, of the type of *default*."""
    if isinstance(default, tuple):
        return tuple(item.strip() for item in text.split(",") if item.strip())
    if not isinstance(default, int):
        return text
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a whole number", source=variable) from None


def _type_fault(value: object, default: object) -> str | None:
    """Return what is wrong with the type of *value*, or None."""
    # Not isinstance: a TOML true is a bool, which Python would take for the number 1.
    if type(value) is type(default):
        if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
            return "is a list of texts"
        return None
    wanted = {int: "a whole number", str: "a text", tuple: "a list of texts"}[type(default)]
    return f"{value!r} is not {wanted}"


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the name that was meant, or at all there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"


def _rule(one: Field[Any]) -> _Rule:
    """Return the rule a setting was declared with."""
    return cast(_Rule, one.metadata["rule"])


def _example_section(name: str, section: type[_Section]) -> str:
    """Return one table of the example with its comments."""
    lines = [*_comment((section.__doc__ or "").strip()), f"[{name}]"]
    for one in fields(section):
        rule = _rule(one)
        note = " (A change needs a restart.)" if rule.restart else ""
        lines += _comment(rule.doc + note)
        # A JSON text or array of ASCII texts is a TOML one, too.
        lines.append(f"{one.name} = {json.dumps(one.default)}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    """Return *text* as comment lines."""
    return textwrap.wrap(text, 96, initial_indent="# ", subsequent_indent="# ")
