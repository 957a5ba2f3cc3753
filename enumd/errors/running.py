"""What is wrong with how the program is asked, configured or run."""

from __future__ import annotations

from enumd.errors.error import EnumdError


class BadRequest(EnumdError):
    """Say which of the two is meant, or what is missing; nothing was changed."""

    code = "O900"
    exit_status = 2


class ConfigError(EnumdError):
    """Correct enumd.toml; `enumd config --example` prints a complete one."""

    code = "C700"
    exit_status = 2

    def __init__(self, why: str, key: str = "", source: str = "") -> None:
        """Keep *why* the setting *key* (`dns.listen`) that stands in *source* is refused."""
        super().__init__(why, key, source)
        self.why = why
        self.key = key
        self.source = source

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.source, self.key, self.why)))


class ServiceError(EnumdError):
    """Look at what was named; `enumd doctor` says how the server and its surroundings are."""

    code = "V800"
