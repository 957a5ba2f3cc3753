"""enumd.index.heads: what can still be read of a damaged index."""

import os
from multiprocessing import Pipe

import pytest

from enumd.index import heads
from enumd.index.files import DATA
from enumd.index.heads import surviving_heads, tell_heads


def told(path, registry_id="registry-1"):
    """Return what the other process would send, from this one."""
    receiver, sender = Pipe(duplex=False)
    tell_heads(path, registry_id, sender)
    return receiver.recv()


def test_heads_of_a_good_index(filled, writer, samples):
    """A good index is recognised, with serials and RRsets."""
    writer.close()
    (head,) = surviving_heads(filled, samples.registry_id)
    assert (head.serial.value, head.rrsets) == (1, samples.zone(1).rrsets)
    assert told(filled) == (head,)


def test_a_head_that_cannot_be_read_is_left_out(filled, writer, samples):
    """One torn row does not take the others away."""

    def tear(transaction):
        transaction.put_zone(samples.zone(7, b"\x03org\x00"))
        transaction._transaction.put(b"\x03net\x00", b"{}", db=transaction._zones)
        transaction._transaction.put(b"\x03com\x00", b"\xff{", db=transaction._zones)

    writer.publish(tear)
    assert [head.serial.value for head in told(filled)] == [7, 1]


@pytest.mark.parametrize("octets", [b"", b"no index at all", b"\0" * 9000])
def test_what_is_no_index_has_none(path, octets):
    """Other files, empty ones and no files at all are not recognised."""
    assert told(path) is None
    path.mkdir()
    (path / DATA).write_bytes(octets)
    assert surviving_heads(path, "registry-1") is None
    assert told(path) is None


def test_another_registry_has_none(filled, writer):
    """The serials of another registry say nothing."""
    writer.close()
    assert surviving_heads(filled, "registry-2") is None
    assert told(filled, "registry-2") is None


def test_a_process_that_dies_of_it_is_survived(filled, writer, monkeypatch):
    """What ends the other process leaves this one without heads."""
    writer.close()
    monkeypatch.setattr(heads, "_heads", lambda *_: os.abort())
    assert surviving_heads(filled, "registry-1") is None


def test_a_process_that_goes_round_in_circles_is_ended(filled, writer, monkeypatch):
    """It is waited for no longer than `WAIT_S`."""
    writer.close()
    monkeypatch.setattr(heads, "WAIT_S", 0.05)
    monkeypatch.setattr(heads, "_heads", lambda *_: os.read(os.pipe()[0], 1))
    assert surviving_heads(filled, "registry-1") is None
