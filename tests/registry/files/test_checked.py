"""A file read and checked before anybody waits for it."""

import pytest

from enumd.errors import UnreadableFile
from enumd.registry.files.checked import checked
from enumd.registry.files.gathering import Rules
from enumd.registry.files.reading import FileFormat, Source, read_batches


def csv_of(path, count):
    """Write a file of *count* numbers and return how it is read."""
    rows = [f"+44163{number:06},sip,sip:{number}@example.net,10" for number in range(count)]
    path.write_text("\n".join(["number,service,uri,preference", *rows]))
    return Source(path, FileFormat.CSV, Rules(), 15)


def test_what_lies_ready_is_what_was_read(tmp_path):
    """The batches come out as they went in, and how far reading was is told."""
    source, told = csv_of(tmp_path / "a.csv", 2_500), []

    with checked(source, told.append) as file:
        found = list(file.batches())

    assert found == [(done, groups) for done, groups in read_batches(source)]
    assert told == [done for done, _ in found]


def test_a_fault_shows_before_anything_is_written(tmp_path):
    """A file that is none of its format ends here."""
    path = tmp_path / "a.csv"
    path.write_text("number,colour\n")

    with pytest.raises(UnreadableFile), checked(Source(path, FileFormat.CSV, Rules(), 15), print):
        pytest.fail("it was read")
