"""The examples that stand under every `--help`.

A command that is not in the table gets one made of what it requires, so none is without.
"""

from __future__ import annotations

from typing import Final

import click

NUMBER: Final = "+441632960017"

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "init": (
        "init --apex enum.example.org --ns ns1.example.net",
        "init --apex 4.4.enum.example.org --prefix 44 --ns ns1.example.net "
        "--pool demo:+441632960000-999",
    ),
    "config": ("config", "config --example", "config -o json"),
    "import": ("import numbers.csv", "import example.zone --adopt"),
    "export": ("export numbers.csv", "export example.zone --zone enum.example.org"),
    "publish": ("publish", "publish --rebuild"),
    "lookup": (
        f"lookup {NUMBER}",
        f"lookup {NUMBER} -v --suffix e164.arpa --server 192.0.2.53",
    ),
    "trace": (f"trace {NUMBER}", "trace --sip-message - < invite.txt"),
    "serve": ("serve", "serve --dns 127.0.0.1:5300 --sip 127.0.0.1:5060 --workers 2"),
    "api": ("api", "api --listen 127.0.0.1:8044 --listen '[::1]:8044'"),
    "token create": (
        "token create --party acme",
        "token create --party acme --scope number.show --scope number.list --days 90 -o json",
    ),
    "demo": ("demo", "demo --once"),
    "doctor": ("doctor", "doctor --full -o json"),
    "help": ("help", "help number claim", "help exit"),
    "number find": ("number find --like '*17' --limit 3",),
    "number claim": (
        f"number claim {NUMBER} --holder ada@example.net",
        "number claim --any --like '*17' --holder ada@example.net",
    ),
    "endpoint add": (
        f"endpoint add {NUMBER} sip:ada@sip.example.net",
        f"endpoint add {NUMBER} +49 171 1234567",
        f"endpoint add {NUMBER} matrix:@ada:example.net",
    ),
    "pool add": ("pool add demo +441632960000 999",),
}
"""What is worth seeing of a command, by its path; without the `enumd` in front."""

_TITLE: Final = "Examples:"
_VALUES: Final = {
    "number": NUMBER,
    "uri": "sip:ada@sip.example.net",
    "apex": "enum.example.org",
    "file": "numbers.csv",
    "owner": "www.enum.example.org",
    "rrtype": "TXT",
    "holder": "ada@example.net",
    "contact": "ada@example.net",
    "pool": "demo",
    "why": "'unpaid since March'",
    "reason": "'unpaid since March'",
}
"""A value for what a command requires, by the name of its parameter."""


def attach(command: click.Command, path: str) -> None:
    """Give *command*, whose words are *path*, its examples, behind what its help ends with."""
    own = command.epilog or ""
    if _TITLE not in own:
        lines = "\n".join(f"  enumd {line}" for line in EXAMPLES.get(path) or [made(command, path)])
        # The control character keeps click from filling the lines.
        command.epilog = f"{own}\n\n\b\n{_TITLE}\n{lines}".lstrip("\n")


def made(command: click.Command, path: str) -> str:
    """Return a line with a value for everything *command* requires."""
    words = [path]
    for param in command.params:
        if param.required:
            name = param.name or ""
            value = _VALUES.get(name) or (param.metavar or name).upper()
            words.append(f"{param.opts[0]} {value}" if isinstance(param, click.Option) else value)
    return " ".join(words)
