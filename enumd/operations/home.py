"""A home: the directory of configuration, registry and index, and what time it is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from enumd.config import Config, load


@dataclass(frozen=True)
class Home:
    """Where something is performed."""

    path: Path
    clock: Callable[[], float] = time.time

    @cached_property
    def config(self) -> Config:
        """Return the configuration of this home.

        Raises:
            ConfigError: it cannot be used.
        """
        return load(self.path)

    @property
    def now_s(self) -> int:
        """Return what second it is."""
        return int(self.clock())
