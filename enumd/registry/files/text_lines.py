"""The physical lines of an import file, one at a time, whatever the file is made of.

CR, LF and CRLF end lines alike. Byte order marks and Ctrl-Z at the ends of a line are what joining
files and old systems leave behind, and no part of it.

Rules for this file: memory stays bounded by `MAX_LINE_OCTETS` and one block; a line that cannot be
read becomes a `Refusal` in its place, so that the lines after it still count and are still taken.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final

from enumd.errors import UnreadableFile
from enumd.registry.files.rows import Refusal

BLOCK_OCTETS: Final = 1 << 18
MAX_LINE_OCTETS: Final = 1 << 14
"""A record has at most 65535 octets of RDATA, but nobody writes one on a line this long."""

_WIDE: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(
    stream: BinaryIO, name: str, *, keep_undecodable: bool = False, keep_nul: bool = False
) -> Iterator[tuple[int, str | Refusal]]:
    """Yield the number and the text of every line, without its end.

    *keep_undecodable* lets octets that are no UTF-8 through as lone surrogates (PEP 383): zone
    files carry them in comments, where they do no harm. *keep_nul* lets NUL octets through.

    Raises:
        UnreadableFile: the file is UTF-16, UTF-32 or compressed.
    """
    errors = "surrogateescape" if keep_undecodable else "strict"
    number = 1
    for octets in _blocks(stream, name):
        texts = [] if octets is None else _plain_texts(octets, errors)
        if texts:
            yield from enumerate(texts, number)
            number += len(texts)
            continue
        for each in [None] if octets is None else octets.split(b"\n"):
            yield number, _text(number, each, errors, keep_nul)
            number += 1


_LEFT_BEHIND: Final = "\ufeff\x1a"


def _plain_texts(octets: bytes, errors: str) -> list[str]:
    """Return the lines of a block nothing is wrong with; none of them where something is."""
    try:
        text = octets.decode("utf-8", errors)
    except UnicodeDecodeError:
        return []
    if "\0" in text or "\ufeff" in text or "\x1a" in text:
        return []
    return text.split("\n")


def _text(number: int, octets: bytes | None, errors: str, keep_nul: bool) -> str | Refusal:
    """Return the text of one line, or what is wrong with it; None was too long."""
    if octets is None:
        return Refusal(number, "line-too-long", "line", _TOO_LONG)
    try:
        text = octets.decode("utf-8", errors).strip(_LEFT_BEHIND)
    except UnicodeDecodeError as error:
        return Refusal(number, "text-encoding", "line", _encoding_hint(error))
    return Refusal(number, "text-nul", "line", _NUL) if "\0" in text and not keep_nul else text


_TOO_LONG: Final = f"over {MAX_LINE_OCTETS} octets without a line end; is this really a text file?"
_NUL: Final = "the line contains a NUL octet; save the file as plain UTF-8 text"


def _encoding_hint(error: UnicodeDecodeError) -> str:
    """Return what to do about octets that are no UTF-8."""
    octet = error.object[error.start]
    shown = f", but {chr(octet)!r} in Latin-1" if octet >= _LATIN_LETTERS else ""
    where = f"octet 0x{octet:02x} at column {error.start + 1}"
    return f"{where} is not UTF-8{shown}; save the file as UTF-8"


_LATIN_LETTERS: Final = 0xA1
"""From here on Latin-1 and Windows-1252 have the same characters, all of which can be seen."""


def _blocks(stream: BinaryIO, name: str) -> Iterator[bytes | None]:
    """Yield the octets of whole lines, without the last line end; None for a line too long."""
    block = _after_mark(stream.read(BLOCK_OCTETS), name)
    rest = b""
    overlong = after_cr = False
    while block:
        octets, after_cr = _with_line_feeds(block, after_cr)
        lines, newline, tail = octets.rpartition(b"\n")
        if not newline:
            rest += tail
        else:
            first, newline, others = (rest + lines).partition(b"\n")
            rest = tail
            if overlong or len(first) > MAX_LINE_OCTETS:
                yield None
                overlong = False
            else:
                yield first
            if newline:
                yield from _within_limit(others)
        if len(rest) > MAX_LINE_OCTETS:
            overlong, rest = True, b""
        block = stream.read(BLOCK_OCTETS)
    if overlong:
        yield None
    elif rest:
        yield rest


def _with_line_feeds(block: bytes, after_cr: bool) -> tuple[bytes, bool]:
    """Return *block* with LF at the end of each line, and whether a CR ended it.

    The LF of a CRLF whose CR ended the block before is left out.
    """
    if after_cr:
        block = block.removeprefix(b"\n")
    if b"\r" not in block:
        return block, False
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), block.endswith(b"\r")


def _within_limit(octets: bytes) -> Iterator[bytes | None]:
    """Yield the lines of *octets*, all at once where none of them is too long."""
    lines = octets.split(b"\n")
    if max(map(len, lines)) <= MAX_LINE_OCTETS:
        yield octets
    else:
        yield from (line if len(line) <= MAX_LINE_OCTETS else None for line in lines)


def _after_mark(block: bytes, name: str) -> bytes:
    """Return *block* without a UTF-8 byte order mark; refuse what is no text at all."""
    if block.startswith(_WIDE):
        raise UnreadableFile(name, "it is UTF-16 or UTF-32 and not UTF-8").advise(_TO_UTF8)
    if _every_other_is_nul(block[:64]):
        why = "it is UTF-16 without a mark that says so: every other octet is NUL"
        raise UnreadableFile(name, why).advise(_TO_UTF8)
    if block.startswith((b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")):
        why = "it is compressed or a spreadsheet and no text"
        raise UnreadableFile(name, why).advise(
            "Unpack it, or save the sheet as CSV UTF-8 in the spreadsheet, and import that file."
        )
    return block.removeprefix(codecs.BOM_UTF8)


def _every_other_is_nul(octets: bytes) -> bool:
    """Tell whether *octets* are text of two octets a character."""
    counts = sorted((octets[::2].count(0), octets[1::2].count(0)))
    return len(octets) >= 16 and counts == [0, len(octets) // 2]


_TO_UTF8: Final = (
    "Save it as UTF-8 (in Excel: CSV UTF-8), or convert it: "
    "`iconv -f UTF-16 -t UTF-8 FILE > NEW`, and import that file."
)
