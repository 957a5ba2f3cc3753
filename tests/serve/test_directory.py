"""The index as a worker sees it."""

from __future__ import annotations

import logging
import shutil
import time

import pytest

from enumd.errors import IndexDamaged
from enumd.index.reader import IndexReader
from enumd.serve.directory import RETRY_S, Directory
from tests.former_index import write_former


class FakeClock:
    """Seconds that pass when they are told to."""

    now_s = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


@pytest.fixture
def clock() -> FakeClock:
    """A clock at a second of its own."""
    return FakeClock()


@pytest.fixture
def said(caplog):
    """A function that returns the events logged so far."""
    caplog.set_level(logging.INFO, "enumd.serve")
    return lambda: caplog.messages


def serials(snapshot):
    """Return the serials of the zones in a snapshot."""
    return [view.zone.serial.value for view in snapshot.zones.values()]


def test_it_is_a_snapshot(home, publish):
    """Each block sees what was published when it began."""
    directory = Directory(home / "index")
    with directory as snapshot:
        assert serials(snapshot) == [1]
    publish(home, 2, {})
    with directory as snapshot:
        assert serials(snapshot) == [2]
    directory.close()
    directory.close()


def test_an_index_is_waited_for(tmp_path, publish, clock, said):
    """While there is none the block gets None; looking again has to wait, the log says it once."""
    directory = Directory(tmp_path / "index", clock)
    for _ in range(3):
        with directory as snapshot:
            assert snapshot is None
        clock.now_s += RETRY_S
    publish(tmp_path, 1, {})
    with directory as snapshot:
        assert serials(snapshot) == [1]
    directory.close()

    assert [line.partition(" ")[0] for line in said()] == ["index-unusable", "index-open"]
    assert "nothing has been published here" in said()[0]
    assert "enumd publish" in said()[0]


def test_it_does_not_look_at_every_query(tmp_path, publish, clock):
    """Between two looks for a missing index queries cost nothing."""
    directory = Directory(tmp_path / "index", clock)
    assert directory.reader is None
    publish(tmp_path, 1, {})
    assert directory.reader is None
    clock.now_s += RETRY_S

    assert directory.reader is not None
    directory.close()


def test_a_damaged_index_is_given_up_and_taken_up_again(home, clock, monkeypatch, said):
    """An index that fails at a snapshot is closed; once it is well again it is read again."""
    directory = Directory(home / "index", clock)
    directory.open()
    with monkeypatch.context() as patch:

        def torn(self):
            raise IndexDamaged(self.path, "torn")

        patch.setattr(IndexReader, "snapshot", torn)
        with directory as snapshot:
            assert snapshot is None
    with directory as snapshot:
        assert snapshot is None
    clock.now_s += RETRY_S
    with directory as snapshot:
        assert serials(snapshot) == [1]
    directory.close()

    assert [line.partition(" ")[0] for line in said()] == [
        "index-open",
        "index-unusable",
        "index-open",
    ]


def test_an_index_made_anew_is_read(home, publish):
    """When the directory is replaced the new one is served."""
    directory = Directory(home / "index")
    directory.open()
    shutil.rmtree(home / "index")
    publish(home, 7, {})
    deadline_s = time.monotonic() + 5
    seen = []
    while seen != [7]:
        with directory as snapshot:
            seen = serials(snapshot)
        assert time.monotonic() < deadline_s
    directory.close()


def test_an_error_in_the_block_ends_the_snapshot(home):
    """The snapshot does not outlive a block that fails."""
    directory = Directory(home / "index")
    with pytest.raises(RuntimeError), directory:
        raise RuntimeError("in the block")
    with directory as snapshot:
        assert serials(snapshot) == [1]
    directory.close()


def test_an_index_of_the_format_before_is_served_and_told_of_once(home, tmp_path, said):
    """It answers as it is; the log says in one line until when it stays so."""
    directory = Directory(write_former(home / "index", tmp_path / "former"))
    for _ in range(3):
        with directory as snapshot:
            assert serials(snapshot) == [1]
    directory.close()

    assert sum(line.startswith("index-format ") for line in said()) == 1
