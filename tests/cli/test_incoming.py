"""Where an import comes from."""

import os
import threading
from pathlib import Path

import pytest

from enumd.cli.incoming import incoming
from enumd.errors import UnreadableFile

TEXT = "number,service,uri\n+441632960161,sip,sip:ada@example.net\n"


def test_a_file_is_imported_as_it_is(tmp_path):
    """A regular file is not copied, and its rejects stand where they are asked for."""
    path = tmp_path / "numbers.csv"
    path.write_text(TEXT)

    with incoming(path, None) as source:
        assert (source.path, source.rejects_path) == (path, None)


def test_a_pipe_is_kept_for_as_long_as_it_takes(tmp_path):
    """What a pipe gives stands in a file that can be read twice, and is gone afterwards."""
    pipe = tmp_path / "numbers.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(TEXT,))
    writer.start()

    with incoming(pipe, None) as source:
        assert source.path.is_file()
        assert source.path.suffix == ".csv"
        assert [source.path.read_text() for _ in range(2)] == [TEXT, TEXT]
        assert source.rejects_path == Path("import.rejects.csv")

    writer.join()
    assert not source.path.exists()


def test_a_fault_is_told_of_what_its_user_gave(tmp_path):
    """An error about the copy names the pipe, one about another file keeps its name."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name in ("copy", "other"):
        writer = threading.Thread(target=pipe.write_text, args=(TEXT,))
        writer.start()
        with pytest.raises(UnreadableFile) as caught, incoming(pipe, None) as source:
            raise UnreadableFile(str(source.path) if name == "copy" else name, "why")
        writer.join()
        assert str(caught.value) == (f"{pipe}: why" if name == "copy" else "other: why")


class TestStandardInput:
    """`enumd import -`."""

    def test_it_is_taken(self, enumd, done, directory):
        """A CSV that comes in is imported as a file is."""
        result = enumd("import", "-", input=TEXT)

        assert result.exit_code == 0, result.stderr
        assert done("number", "show", "+441632960161")["state"] == "claimed"

    def test_its_refused_lines_are_listed_here(self, enumd, directory, tmp_path, monkeypatch):
        """There is no file to list them beside: they stand in the current directory."""
        monkeypatch.chdir(tmp_path)

        result = enumd("import", "-", input=TEXT + "x,sip,sip:a@b\n")

        assert "listed in import.rejects.csv" in result.stderr
        assert (tmp_path / "import.rejects.csv").exists()

    def test_what_it_cannot_be_is_told(self, enumd, directory):
        """An error calls it standard input; a zone file in it cannot include others."""
        result = enumd("import", "-", "--format", "csv", input="Rufnummer;Ziel\n")

        assert "standard input: its columns are called" in result.stderr
        assert "looked for beside it" in enumd("import", "-", "--include").stderr
