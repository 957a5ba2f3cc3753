"""Files that the SIP service is pointed to: where they are, and who may read the secret ones."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from enumd.errors import ConfigError

_OTHERS: Final = stat.S_IWGRP | stat.S_IRWXO
"""A group may read: that is how Debian lets servers share a key (ssl-cert)."""


def read_file(home: Path, name: str, key: str) -> bytes:
    """Return what is in the file *name* of the setting *key*; a relative name is one in *home*.

    Raises:
        ConfigError: there is no name, or the file cannot be read.
    """
    if not name:
        raise ConfigError("is needed: the name of a file", key)
    try:
        return (home / Path(name).expanduser()).read_bytes()
    except OSError as error:
        raise ConfigError(f"{name!r} cannot be read: {error.strerror}", key) from None


def read_secret(home: Path, name: str, key: str) -> str:
    """Return the text of a file that nobody else may read.

    Raises:
        ConfigError: it cannot be read, is no text, or others can get at it.
    """
    octets = read_file(home, name, key)
    path = home / Path(name).expanduser()
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        raise ConfigError(f"{name!r} is open to others (mode {mode:04o}): chmod 600", key)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{name!r} is no UTF-8 text", key) from None
