"""What an import file is, told by its name or by what it begins with."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Final

from enumd.errors import UnreadableFile
from enumd.registry.files.reading import FileFormat
from enumd.registry.files.regular import open_regular

_ZONE_TEXT: Final = re.compile(
    rb"^\$(?:ORIGIN|TTL)\b|^[^,\n]*\sSOA\s", re.IGNORECASE | re.MULTILINE
)
_SUFFIXES: Final = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".zone": FileFormat.ZONE,
    ".db": FileFormat.ZONE,
}


def sniff(path: Path) -> FileFormat:
    """Return the format of the file at *path*: by its name, else by what it begins with.

    Raises:
        UnreadableFile: it cannot be read.
    """
    if path.suffix.lower() in _SUFFIXES:
        return _SUFFIXES[path.suffix.lower()]
    try:
        with open_regular(path) as stream:
            begin = stream.read(1 << 16).removeprefix(codecs.BOM_UTF8).replace(b"\r", b"\n")
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from None
    return FileFormat.ZONE if _ZONE_TEXT.search(begin) else FileFormat.CSV
