"""A setting knows its bounds, its type and its words."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from enumd.config import DnsSettings
from enumd.errors import ConfigError


def test_a_value_checks_itself():
    """A section made in code obeys the same bounds, and cannot be changed afterwards."""
    with pytest.raises(ConfigError, match="udp_payload_max: 511 is below 512"):
        DnsSettings(udp_payload_max=511)
    with pytest.raises(FrozenInstanceError):
        DnsSettings().workers = 5  # type: ignore[misc]
