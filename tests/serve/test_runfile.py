"""The run file: written whole, believed only while its server lives."""

from __future__ import annotations

import os
import signal

import pytest

from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.serve.runfile import FILE_NAME, Announcement, RunFile, running

RUN_FILE = RunFile(os.getpid(), 1_800_000_000, 2, ("0.0.0.0:5300", "[::1]:5301"), "127.0.0.1:9153")


def test_a_running_server_is_found(tmp_path):
    """While the announcement stands, everybody reads what was announced."""
    with Announcement(tmp_path) as announcement:
        announcement.publish(RUN_FILE)

        assert running(tmp_path) == RUN_FILE
        assert list(tmp_path.iterdir()) == [tmp_path / FILE_NAME]

    assert running(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_it_says_where_to_ask():
    """A wildcard listener is asked over loopback."""
    assert RUN_FILE.addresses == (Address("127.0.0.1", 5300), Address("::1", 5301))


def test_nothing_is_announced_before_it_answers(tmp_path):
    """An announcement that was never made leaves no file, nor removes another's."""
    (tmp_path / FILE_NAME).write_text("theirs")

    with Announcement(tmp_path):
        assert running(tmp_path) is None

    assert (tmp_path / FILE_NAME).read_text() == "theirs"


def test_a_file_left_behind_is_recognised(tmp_path):
    """A file whose server was killed is not believed, though its process number is alive."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        Announcement(tmp_path).publish(RUN_FILE)
        os.write(writer, b"!")
        signal.pause()
    os.read(reader, 1)
    alive = running(tmp_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)

    assert alive == RUN_FILE
    assert running(tmp_path) is None
    assert (tmp_path / FILE_NAME).exists()


def test_a_worker_does_not_keep_the_file_alive(tmp_path):
    """Once every process has closed the announcement, the file counts as left behind."""
    announcement = Announcement(tmp_path)
    announcement.publish(RUN_FILE)
    announcement.close()
    announcement.close()

    assert running(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"pid": 1}', RUN_FILE.to_json().replace("0.0.0.0", "home"), "\x00"],
)
def test_a_file_with_something_else_in_it_is_not_believed(tmp_path, text):
    """Foreign or cut text under a living lock means that no server is known."""
    with Announcement(tmp_path) as announcement:
        announcement.publish(RUN_FILE)
        (tmp_path / FILE_NAME).write_text(text)

        assert running(tmp_path) is None


def test_a_home_that_cannot_be_written_is_an_error(tmp_path):
    """The error names the file and the reason."""
    with pytest.raises(ServiceError, match=r"cannot write .*serve\.json: No such file"):
        Announcement(tmp_path / "nowhere").publish(RUN_FILE)
