"""The table `[enum]`: other people's trees and how they are asked."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.config.setting import Section, setting
from enumd.core.apex import Apex
from enumd.errors import BadOwnerName, ConfigError


@dataclass(frozen=True, slots=True)
class EnumSettings(Section):
    """The ENUM client: other trees, asked over DNS for numbers that are not published here."""

    suffixes: tuple[str, ...] = setting(
        (),
        "Trees to ask, one after the other until one has the number: a name with the digits it "
        "stands for, such as enum.example.net=44, or e164.arpa; empty: none.",
    )
    servers: tuple[str, ...] = setting(
        (),
        "Resolvers to ask, such as 192.0.2.53 or [2001:db8::53]:5300; empty: this machine's. "
        "Blocks that a zone here delegates are found through them, too.",
    )
    timeout_ms: int = setting(
        1000, "Milliseconds one server is waited for, each time.", bounds=(10, 30_000)
    )
    total_timeout_ms: int = setting(
        4000,
        "Milliseconds after which a number is given up: a caller is told 503, never 404.",
        bounds=(10, 60_000),
    )
    attempts: int = setting(
        2, "Times a question goes around all servers that do not answer it.", bounds=(1, 10)
    )
    cache_entries: int = setting(
        10_000,
        "Names whose answers are kept until their TTL ends; 0: none.",
        bounds=(0, 10_000_000),
    )

    def __post_init__(self) -> None:
        """Check every setting, and that each suffix is a tree."""
        Section.__post_init__(self)
        for text in self.suffixes:
            try:
                Apex.parse(text)
            except BadOwnerName as error:
                raise ConfigError(f"{text!r}: {error.why}", "suffixes") from None

    @property
    def trees(self) -> tuple[Apex, ...]:
        """Return the trees of `suffixes`."""
        return tuple(map(Apex.parse, self.suffixes))
