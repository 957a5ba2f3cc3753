"""Why the published directory cannot be used."""

from __future__ import annotations

from pathlib import Path

from enumd.errors.error import EnumdError


class IndexFault(EnumdError):
    """Run `enumd publish --rebuild`: the index is made again from the registry, nothing is lost."""

    code = "S400"

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(path, found)
        self.path = path
        self.found = found

    def __str__(self) -> str:
        return f"{self.path}: {self.found}"


class IndexMissing(IndexFault):
    """Run `enumd publish`: it is made from the registry, which has every change."""

    code = "S401"


class IndexForeign(IndexFault):
    """Check the path under [index] (`enumd config`); nothing of what is there was touched."""

    code = "S402"


class IndexDamaged(IndexFault):
    """Run `enumd publish --rebuild`: the index is made again from the registry, nothing is lost."""

    code = "S403"


class IndexUnreachable(IndexFault):
    """Check who owns the directory, its mode (0700), and the room on its disk; then try again."""

    code = "S404"
