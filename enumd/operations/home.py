"""A home: the directory of configuration, registry and index, and what time it is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enumd.config import Config


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
        from enumd.config import load  # who only reads how to do something needs no home

        return load(self.path)

    @property
    def now_s(self) -> int:
        """Return what second it is."""
        return int(self.clock())
