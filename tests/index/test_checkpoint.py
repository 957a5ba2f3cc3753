"""How far into the log an index has come."""

import pytest

from enumd.index.checkpoint import Checkpoint


def test_what_is_written_is_read():
    """
    A checkpoint comes back as it was.
    """
    mark = Checkpoint(7, "ab", 5, 6, 1234, 1_795_000_000)
    assert Checkpoint.from_octets(mark.to_octets()) == mark


@pytest.mark.parametrize("octets", [b"", b"{", b"7", b"[]", b'{"change":1}', b'{"other":1}'])
def test_what_cannot_be_read_is_none(octets):
    """
    A row of another enumd is no checkpoint: everything is compared then.
    """
    assert Checkpoint.from_octets(octets) is None
