"""Only what has an end is opened."""

import os
from pathlib import Path

import pytest

from enumd.registry.files.regular import open_regular


def test_pipes_devices_and_directories_are_refused_at_once(tmp_path):
    """
    Nobody waits for a writer of a pipe, or reads a device that never ends.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    before = len(list(Path("/dev/fd").iterdir()))

    for path in (pipe, tmp_path, "/dev/zero", "/dev/null"):
        with pytest.raises(OSError, match="not a regular file"):
            open_regular(path)

    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_is_read_through_a_link(tmp_path):
    """
    A regular file is opened, whatever leads there.
    """
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").symlink_to("a")

    with open_regular(tmp_path / "b") as stream:
        assert stream.read() == b"a"
