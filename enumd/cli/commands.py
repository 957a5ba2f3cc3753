"""The commands as `enumd --help` shows them, and the module each of them lives in."""

from __future__ import annotations

from typing import Final, NamedTuple


class CommandPlace(NamedTuple):
    """Where a command lives, and the sentence that tells what it does."""

    where: str
    """Its module and its name there: `exchange:import_`."""
    summary: str
    """That of the command itself, which is not loaded to be listed."""


SECTIONS: Final = {
    "Set up": {
        "init": CommandPlace(
            "init:init",
            "Make a new directory of numbers: configuration, registry, zone, pools, index.",
        ),
        "config": CommandPlace(
            "config:config",
            "Show the settings in force, and where each comes from.",
        ),
    },
    "Numbers": {
        "number": CommandPlace(
            "number:number",
            "Numbers: free, held, claimed, suspended, in quarantine.",
        ),
        "endpoint": CommandPlace(
            "endpoint:endpoint",
            "Ways to reach the holder of a number.",
        ),
        "pool": CommandPlace(
            "pool:pool",
            "Ranges of numbers that people may claim.",
        ),
        "zone": CommandPlace(
            "zone:zone",
            "Apexes and the digits they stand for.",
        ),
        "record": CommandPlace(
            "record:record",
            "Records beside the numbers: NS, glue, TXT, wildcards, delegations.",
        ),
        "party": CommandPlace(
            "party:party",
            "Who holds numbers, provisions them, runs the registry.",
        ),
        "token": CommandPlace(
            "token:token",
            "Secrets by which a party acts from another machine.",
        ),
    },
    "In bulk": {
        "import": CommandPlace(
            "exchange:import_",
            "Take the numbers of FILE, a CSV or a BIND zone file; - is standard input.",
        ),
        "export": CommandPlace(
            "exchange:export",
            "Write a zone to FILE, as a BIND zone file or as CSV; - is standard output.",
        ),
        "publish": CommandPlace(
            "exchange:publish",
            "Bring the index up to the registry.",
        ),
    },
    "Ask and answer": {
        "lookup": CommandPlace(
            "lookup:lookup",
            "Find the ways to reach the holder of NUMBER, as an ENUM client does.",
        ),
        "trace": CommandPlace(
            "trace:trace",
            "Show what becomes of a call for NUMBER, and every rule that has a part in it.",
        ),
        "serve": CommandPlace(
            "serve:serve",
            "Answer DNS queries and SIP calls from what is published, until Ctrl-C or SIGTERM.",
        ),
        "api": CommandPlace(
            "api:api",
            "Let people act from other machines, within their rights, until Ctrl-C or SIGTERM.",
        ),
    },
    "Try and check": {
        "demo": CommandPlace(
            "demo:demo",
            "Show everything at work: a registry, a server, a claim, the answer, a call.",
        ),
        "doctor": CommandPlace(
            "doctor:doctor",
            "Check registry, index, files, ports, clock and the running server; exit 1 if one is "
            "ill.",
        ),
        "upgrade": CommandPlace(
            "upgrade:upgrade",
            "Bring the registry of an older enumd up to this one; a SQLite registry is copied "
            "first.",
        ),
    },
    "Read": {
        "help": CommandPlace(
            "help:help_",
            "Explain a command or a topic; without one, list what there is to read.",
        ),
        "version": CommandPlace(
            "help:version",
            "Say which enumd this is, the Python it runs on and where it is installed.",
        ),
    },
}
"""The sections in their order, in each the commands by name."""

PLACES: Final = {name: place for section in SECTIONS.values() for name, place in section.items()}
