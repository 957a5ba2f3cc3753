"""Import files as batches, here and from another process."""

import io
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from enumd.core.apex import Apex, parse_name
from enumd.errors import UnreadableFile
from enumd.registry.files import reading
from enumd.registry.files.one_name import Rules
from enumd.registry.files.reading import FileFormat, SourceFile, read_batches

APEX = Apex(parse_name("enum.example"), "44")


def csv_of(path, count=10, tail=""):
    """Write a file of *count* numbers and return it as a source."""
    lines = (f"+44163296{n:04d},sip,sip:{n}@example.net,10\n" for n in range(count))
    path.write_text("".join(lines) + tail)
    return SourceFile(path, FileFormat.CSV, Rules(), 15)


def groups_of(batches):
    """Return all groups of some batches."""
    return [group for _, groups in batches for group in groups]


@pytest.mark.parametrize("alone_octets", [0, 1 << 30])
class TestBatches:
    """The same file, read by this process and by another."""

    def test_the_file_comes_in_batches(self, tmp_path, alone_octets):
        """
        Groups come in the order of their keys, with the octets that are done.
        """
        source = csv_of(tmp_path / "a.csv", reading.BATCH_GROUPS + 5)

        batches = list(read_batches(source, alone_octets))

        assert [len(groups) for _, groups in batches] == [reading.BATCH_GROUPS, 5]
        assert batches[-1][0] == source.size
        assert groups_of(batches)[0][:2] == ("441632960000", ((10, "sip", "sip:0@example.net"),))

    def test_any_order_gives_the_same_groups(self, tmp_path, alone_octets):
        """
        A file whose numbers are in no order is sorted first.
        """
        source = csv_of(tmp_path / "a.csv")
        expected = [group[:2] for group in groups_of(read_batches(source, alone_octets))]
        lines = source.path.read_text().splitlines(keepends=True)
        source.path.write_text("".join(lines[5:] + lines[:5]))

        assert [group[:2] for group in groups_of(read_batches(source, alone_octets))] == expected

    def test_a_zone_file_is_read_below_its_apex(self, tmp_path, alone_octets):
        """
        A zone file's keys are those of the names below its apex.
        """
        path = tmp_path / "a.zone"
        path.write_text("@ SOA a. b. 1 1 1 1 1\n2 TXT b\n1 NAPTR 1 1 u E2U+sip !^.*$!sip:a@b! .\n")
        source = SourceFile(path, FileFormat.ZONE, Rules(ordered=True), 15, APEX)

        found = groups_of(read_batches(source, alone_octets))

        assert [group[0] for group in found] == ["", "1", "2"]
        assert found[1][1] == ((1, "sip", "sip:a@b"),)

    @pytest.mark.parametrize("text", ["number,nonsense\n", "\xff\xfe"])
    def test_what_is_no_file_of_its_format_is_refused(self, tmp_path, alone_octets, text):
        """
        The error of the process that reads is the error of the one that asked.
        """
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode("latin-1"))

        with pytest.raises(UnreadableFile, match=r"nonsense|UTF-16"):
            list(read_batches(SourceFile(path, FileFormat.CSV, Rules(), 15), alone_octets))

    def test_a_file_that_cannot_be_opened(self, tmp_path, alone_octets):
        """
        A missing file and a directory are refused before anything is started.
        """
        for path in (tmp_path, tmp_path / "none"):
            with pytest.raises(UnreadableFile, match=r"No such file|not a regular file"):
                list(read_batches(SourceFile(path, FileFormat.CSV, Rules(), 15), alone_octets))

    def test_a_change_meanwhile_is_noticed(self, tmp_path, alone_octets):
        """
        A file that somebody writes to while it is read is refused.
        """
        source = csv_of(tmp_path / "a.csv", 20_000)
        batches = read_batches(source, alone_octets)
        next(batches)
        with source.path.open("a") as stream:
            stream.write("+4416329600,sip,sip:a@b,\n")

        with pytest.raises(UnreadableFile, match="changed"):
            list(batches)


@pytest.fixture
def started(monkeypatch):
    """Give the ids of the processes that are started."""
    ids = []

    class Popen(reading.subprocess.Popen):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            ids.append(self.pid)

    monkeypatch.setattr(reading.subprocess, "Popen", Popen)
    return ids


def test_whoever_stops_listening_ends_the_other(tmp_path, started):
    """
    Batches that nobody wants any more end the process that reads them.
    """
    batches = read_batches(csv_of(tmp_path / "a.csv", 20_000), 0)
    next(batches)

    batches.close()

    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


def test_a_killed_reader_is_an_error(tmp_path, started):
    """
    Where the other process dies the import fails, with the reason.
    """
    batches = read_batches(csv_of(tmp_path / "a.csv", 50_000), 0)
    next(batches)

    os.kill(started[0], signal.SIGKILL)

    with pytest.raises(UnreadableFile, match="killed"):
        list(batches)


@pytest.mark.parametrize("kept", [0, 2, 9, -1])
def test_a_batch_that_is_cut_is_an_error(tmp_path, kept):
    """
    Wherever the other process died, nothing of a batch that is not whole is taken.
    """
    stream = io.BytesIO()
    reading._send(stream, (1, [], None))
    source = csv_of(tmp_path / "a.csv", 1)

    with pytest.raises(UnreadableFile, match="killed"):
        reading._received(io.BytesIO(stream.getvalue()[:kept]), source)


def test_the_other_ends_when_its_reader_has_gone(tmp_path):
    """
    A process that can send to nobody ends by itself, without a word.
    """
    source = csv_of(tmp_path / "a.csv", 20_000)
    command = [sys.executable, "-c", "from enumd.registry.files.reading import main; main()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)

    with subprocess.Popen(command, env=environment, **pipes) as process:
        process.stdout.close()
        process.stdin.write(pickle.dumps(source))
        process.stdin.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (1, b"")


def test_the_other_does_not_load_the_database(tmp_path):
    """
    Reading needs no SQLAlchemy, which would take longer to load than a small file to read.
    """
    code = "import sys, enumd.registry.files.reading; sys.exit('sqlalchemy' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


def test_a_zone_needs_an_apex():
    """
    Nothing can be said of a zone file whose apex is not known.
    """
    with pytest.raises(UnreadableFile, match="apex"):
        _ = SourceFile(Path("a.zone"), FileFormat.ZONE, Rules(), 15).zone_file
