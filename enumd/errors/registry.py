"""What the system of record refuses, and why."""

from __future__ import annotations

from collections.abc import Sequence

from enumd.errors.error import EnumdError


class RegistryError(EnumdError):
    """Nothing was changed."""

    code = "G500"


class NotFound(RegistryError):
    """Check the spelling; the `list` and `find` commands show what there is."""

    code = "G501"
    exit_status = 3


class Conflict(RegistryError):
    """Nothing was changed; the `show` and `list` commands say what is there already."""

    code = "G502"
    exit_status = 4
    similar: Sequence[str] = ()  # free numbers like the one that is taken


class NotPermitted(RegistryError):
    """Ask the holder, or act as a party that may do this."""

    code = "G503"
    exit_status = 5


class NotRecognised(NotPermitted):
    """Ask the operator for a new one: `enumd token create` makes it, `enumd token list` has all."""

    code = "G510"


class VerificationFailed(RegistryError):
    """Nothing was changed; compare what you gave with what was printed, sign by sign."""

    code = "G504"
    exit_status = 6


class RegistryUnusable(RegistryError):
    """Nothing was changed. Check --home and the url under [registry]: `enumd config` shows both."""

    code = "G505"


class PolicyRefused(RegistryError):
    """Nothing was changed; `enumd config` shows the limits in force."""

    code = "G506"
    exit_status = 5


class PartlyDone(RegistryError):
    """Correct the rows listed and run it again; rows already taken are left as they are."""

    code = "G507"
    exit_status = 8


class UnreadableFile(RegistryError):
    """Give a CSV file (number,service,uri[,preference[,ttl]]) or a BIND zone file in UTF-8."""

    code = "G509"
    exit_status = 2

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


class RegistryBusy(RegistryError):
    """Run it again; nothing was changed. An import of millions keeps others waiting."""

    code = "G508"
