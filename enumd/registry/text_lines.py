"""The physical lines of an import file, one at a time, whatever the file is made of.

Rules for this file: memory stays bounded by `MAX_LINE_OCTETS` and one block; a line that cannot be
read becomes a `Refusal` in its place, so that the lines after it still count and are still taken.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final

from enumd.errors import UnreadableFile
from enumd.registry.rows import Refusal

BLOCK_OCTETS: Final = 1 << 18
MAX_LINE_OCTETS: Final = 1 << 14
"""A record has at most 65535 octets of RDATA, but nobody writes one on a line this long."""

_WIDE: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(
    stream: BinaryIO, name: str, *, keep_undecodable: bool = False
) -> Iterator[tuple[int, str | Refusal]]:
    """Yield the number and the text of every line, without its end.

    *keep_undecodable* lets octets that are no UTF-8 through as lone surrogates (PEP 383): zone
    files carry them in comments, where they do no harm.

    Raises:
        UnreadableFile: the file is UTF-16, UTF-32 or compressed.
    """
    errors = "surrogateescape" if keep_undecodable else "strict"
    for number, octets in enumerate(_split(stream, name), start=1):
        if octets is None:
            yield number, Refusal(number, "line-too-long", "line", _TOO_LONG)
            continue
        try:
            text = octets.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            yield number, Refusal(number, "text-encoding", "line", _encoding_hint(error))
            continue
        if "\0" in text:
            yield number, Refusal(number, "text-nul", "line", _NUL)
        else:
            yield number, text


_TOO_LONG: Final = f"over {MAX_LINE_OCTETS} octets without a line end; is this really a text file?"
_NUL: Final = "the line contains a NUL octet; save the file as plain UTF-8 text"


def _encoding_hint(error: UnicodeDecodeError) -> str:
    """Return what to do about octets that are no UTF-8."""
    octet = error.object[error.start]
    return f"octet 0x{octet:02x} at column {error.start + 1} is not UTF-8; save the file as UTF-8"


def _split(stream: BinaryIO, name: str) -> Iterator[bytes | None]:
    """Yield the octets of every line, None for one that is too long."""
    block = _after_mark(stream.read(BLOCK_OCTETS), name)
    rest = b""
    overlong = False
    while block:
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            if overlong or len(piece) > MAX_LINE_OCTETS:
                overlong = False
                yield None
            else:
                yield piece[:-1] if piece.endswith(b"\r") else piece
        if len(rest) > MAX_LINE_OCTETS:
            overlong, rest = True, b""
        block = stream.read(BLOCK_OCTETS)
    if overlong:
        yield None
    elif rest:
        yield rest[:-1] if rest.endswith(b"\r") else rest


def _after_mark(block: bytes, name: str) -> bytes:
    """Return *block* without a UTF-8 byte order mark; refuse what is no text at all."""
    if block.startswith(_WIDE):
        raise UnreadableFile(name, "it is UTF-16 or UTF-32; save it as UTF-8")
    if block.startswith((b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")):
        raise UnreadableFile(name, "it is compressed or a spreadsheet; give the text file itself")
    return block.removeprefix(codecs.BOM_UTF8)
