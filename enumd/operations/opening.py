"""The registry and the index of a home, opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from enumd.config import Config
from enumd.operations.home import Home
from enumd.registry.database import Reading, Registry
from enumd.registry.lifecycle import DAY_S, Policy


def policy_of(config: Config) -> Policy:
    """Return the periods and limits that *config* sets."""
    return Policy(
        hold_s=config.policy.hold_s,
        quarantine_s=config.policy.quarantine_days * DAY_S,
        max_digits=config.numbers.max_digits,
        max_endpoints=config.policy.max_endpoints,
    )


def open_registry(home: Home) -> Registry:
    """Open the registry of *home*.

    Raises:
        RegistryUnusable: there is none, or none this program can use.
    """
    return Registry.open(home.config.registry_url, policy_of(home.config))


def open_to_read(home: Home) -> Registry:
    """Open the registry of *home* for reading alone: no lock, no right to write.

    Raises:
        RegistryUnusable: there is none, or none this program can read.
    """
    return Registry.open_reading(home.config.registry_url, policy_of(home.config))


@contextmanager
def reading(home: Home) -> Iterator[Reading]:
    """Read the registry of *home* as of one moment; see `open_to_read`."""
    with open_to_read(home) as registry, registry.read() as session:
        yield session
