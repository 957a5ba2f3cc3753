"""The directory the benchmark serves, and the questions it asks: made, and the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

APEX = "e164.arpa"
COUNTRY = "44"
QUERIES = 100_000
"""Questions a file: dnsperf begins again at the top, and no cache of ours is that large."""


def numbers(count: int) -> list[str]:
    """Return *count* numbers of nine digits after the country code, ascending."""
    chosen = random.Random(count).sample(range(10**9), count)
    return [f"{COUNTRY}{digits:09d}" for digits in sorted(chosen)]


def rows(digits: list[str]) -> Iterator[str]:
    """Yield the CSV of three endpoints a number: SIP, XMPP and phone."""
    draw = random.Random(len(digits))
    yield "number,service,uri,preference\n"
    for number in digits:
        yield f"+{number},sip,sip:+{number}@sip{int(number) % 7}.example.net,10\n"
        yield f"+{number},xmpp,xmpp:u{draw.getrandbits(32):08x}@chat.example.net,20\n"
        yield f"+{number},voice:tel,tel:+{number},30\n"


def write_csv(path: Path, digits: list[str]) -> None:
    """Write the directory as a CSV file."""
    with path.open("w") as file:
        file.writelines(rows(digits))


def owner(digits: str) -> str:
    """Return the owner name of a number, or of the first digits of one."""
    return ".".join(reversed(digits)) + f".{APEX}"


def write_queries(folder: Path, digits: list[str]) -> dict[str, Path]:
    """Write the three question files; return them by the name of the mix.

    hits: NAPTR, nine of ten at a number there is. ent: A at a proper prefix of a number, as
    resolvers that minimise questions send them. nxdomain: NAPTR at numbers there are not.
    """
    draw, known = random.Random(1), set(digits)

    def unknown() -> str:
        while (number := f"{COUNTRY}{draw.randrange(10**9):09d}") in known:
            pass
        return number

    def hit_or_miss() -> str:
        return draw.choice(digits) if draw.random() < 0.9 else unknown()

    def prefix() -> str:
        # Up to four digits after the country code: those are prefixes of some number for certain.
        return draw.choice(digits)[: draw.randrange(1, 7)]

    mixes = {
        "hits": lambda: f"{owner(hit_or_miss())} NAPTR\n",
        "ent": lambda: f"{owner(prefix())} A\n",
        "nxdomain": lambda: f"{owner(unknown())} NAPTR\n",
    }
    paths = {name: folder / f"{name}.txt" for name in mixes}
    for name, line in mixes.items():
        paths[name].write_text("".join(line() for _ in range(QUERIES)))
    return paths
