"""Writers take turns in the order they came."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time

import pytest

from enumd.errors import RegistryBusy
from enumd.registry import turns
from enumd.registry.turns import turn

HOLD = """
import sys, time
from pathlib import Path
from enumd.registry.turns import turn
with turn(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def queue(tmp_path):
    """Return where a queue may be."""
    return tmp_path / "registry.db-queue"


def waiting(queue, count):
    """Wait until *count* tickets are drawn."""
    deadline_s = time.monotonic() + 30
    while int.from_bytes(queue.read_bytes()[:8]) < count:
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def test_who_came_first_is_first(queue):
    """Twenty that wait for one get in as they came, one at a time."""
    order, inside = [], []

    def come(place):
        with turn(queue, 60):
            inside.append(place)
            assert len(inside) == 1
            order.append(place)
            inside.remove(place)

    threads = [threading.Thread(target=come, args=(place,)) for place in range(20)]
    with turn(queue):
        for place, thread in enumerate(threads):
            thread.start()
            waiting(queue, place + 2)
        assert order == []
    for thread in threads:
        thread.join(60)
    assert order == list(range(20))


def test_who_waits_too_long_gives_up_its_place(queue):
    """It is busy, and those behind it do not wait for it."""
    with turn(queue), pytest.raises(RegistryBusy, match="longer than"), turn(queue, 0.02):
        pass
    with turn(queue, 0.02):
        pass


def test_a_process_that_is_killed_leaves_nothing(queue):
    """The system takes its place away, whether it was its turn or not."""
    command = [sys.executable, "-c", HOLD, str(queue)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as first:
        first.stdout.readline()
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as second:
            waiting(queue, 2)
            second.kill()
            second.wait()
            with pytest.raises(RegistryBusy), turn(queue, 0.02):
                pass
            first.kill()
            first.wait()
    with turn(queue, 5):
        pass


@pytest.mark.parametrize("fault", ["folder", "full", "system"])
def test_without_a_queue_there_is_no_waiting(queue, monkeypatch, fault):
    """Where none can be made, SQLite's own lock decides."""

    def full(*_):
        raise OSError(errno.ENOSPC, "no room")

    path = queue
    if fault == "folder":
        path = queue / "not" / "there"
    elif fault == "full":
        monkeypatch.setattr(turns.os, "posix_fallocate", full)
    else:
        monkeypatch.setattr(turns, "_SET", None)
    with turn(path, 0.01), turn(path, 0.01):
        pass


def test_any_counter_will_do(queue):
    """A file with other octets in it is a queue as well."""
    for octets in (b"\xff" * 8, b"junk"):
        queue.write_bytes(octets)
        with turn(queue, 5), pytest.raises(RegistryBusy), turn(queue, 0.02):
            pass


def test_a_lock_that_fails_is_told(queue, monkeypatch):
    """Whatever else the system says is no queue to wait in."""

    def fail(*_):
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(fcntl, "fcntl", fail)
    with pytest.raises(OSError, match="the disk fails"), turn(queue):
        pass


def test_a_turn_that_takes_long_is_waited_for(queue, monkeypatch):
    """Nobody gives up before the time it was said to take, and soon after it."""
    now_s = [1000.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now_s[0])

    def pass_by(_):
        now_s[0] += 1

    monkeypatch.setattr(turns.time, "sleep", pass_by)
    with turn(queue, 5, takes_s=60), pytest.raises(RegistryBusy), turn(queue, 5):
        pass
    assert 1060 + turns.WAIT_S <= now_s[0] <= 1061 + turns.WAIT_S


def test_what_was_said_ends_with_the_turn(queue):
    """A turn that was over sooner, or was cut short by a kill, delays nobody afterwards."""
    with turn(queue, 5, takes_s=3600):
        pass
    with turn(queue), pytest.raises(RegistryBusy), turn(queue, 0.02):
        pass
    with pytest.raises(RuntimeError), turn(queue, 5, takes_s=3600):
        raise RuntimeError
    with turn(queue), pytest.raises(RegistryBusy), turn(queue, 0.02):
        pass
