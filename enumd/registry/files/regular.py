"""Files that have an end: what an import reads."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_NOT_REGULAR = "it is not a regular file (a pipe or a device has no size and may have no end)"


def open_regular(path: Path) -> BinaryIO:
    """Open the regular file at *path* for reading.

    Opening a pipe would wait for whoever writes to it, and reading a device may never end.

    Raises:
        OSError: it cannot be opened, or is a pipe, a device, a socket or a directory.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, _NOT_REGULAR, str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise
