"""What an import file is."""

import pytest

from enumd.errors import UnreadableFile
from enumd.registry.files.reading import FileFormat
from enumd.registry.files.sniffing import sniff


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", "", FileFormat.CSV),
        ("a.zone", "", FileFormat.ZONE),
        ("a", "$ORIGIN x.\n", FileFormat.ZONE),
        ("b", "; x\nexample. 60 IN SOA a. b. 1 1 1 1 1\n", FileFormat.ZONE),
        ("c.txt", "+44,sip,sip:a@b\n", FileFormat.CSV),
    ],
)
def test_the_format_follows_from_the_file(tmp_path, name, text, expected):
    """The suffix says what a file is, or else what it begins with."""
    path = tmp_path / name
    path.write_text(text)

    assert sniff(path) == expected


def test_a_file_that_is_not_there_is_of_no_format(tmp_path):
    """Where the name does not tell, it has to be read."""
    with pytest.raises(UnreadableFile):
        sniff(tmp_path / "none")
