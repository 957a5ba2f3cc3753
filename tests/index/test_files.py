"""enumd.index.files: files that LMDB must not be given to map."""

import os
import struct

import pytest

from enumd.errors import IndexDamaged, IndexForeign, IndexUnreachable
from enumd.index.files import DATA, is_present

PAGE = 4096
ROOT = 128
"""Where a meta page names the root of the tree of tables."""


@pytest.fixture
def data(filled):
    """Return the data file of an index that nobody has open."""
    return filled / DATA


def newest(data):
    """Return where the newer meta page begins."""
    octets = data.read_bytes()
    ids = [struct.unpack_from("=Q", octets, page + 144)[0] for page in (0, PAGE)]
    return PAGE * (ids[1] > ids[0])


def overwrite(data, place, octets):
    with data.open("r+b") as file:
        file.seek(place)
        file.write(octets)


def test_good_index(filled):
    """An index that a writer made is good."""
    assert is_present(filled)


def test_nothing(path):
    """Nothing at all, an empty directory and an empty file are simply not there."""
    assert not is_present(path)
    path.mkdir()
    assert not is_present(path)
    (path / DATA).touch()
    assert not is_present(path)


def test_file_in_place_of_the_directory(path):
    """A file at the path is foreign."""
    path.write_text("hello")
    with pytest.raises(IndexForeign, match="no directory"):
        is_present(path)


def test_directory_in_place_of_the_file(path):
    """A data file that is none is foreign."""
    (path / DATA).mkdir(parents=True)
    with pytest.raises(IndexUnreachable, match="Is a directory"):
        is_present(path)


def test_device_in_place_of_the_file(path):
    """A device is never read as an index."""
    path.mkdir()
    (path / DATA).symlink_to("/dev/null")
    with pytest.raises(IndexForeign, match="regular"):
        is_present(path)


@pytest.mark.parametrize("octets", [b"x", b"SQLite format 3\0" * 1000])
def test_file_of_another_program(path, octets):
    """A file that is not LMDB's is foreign, and the text shows how it begins."""
    path.mkdir()
    (path / DATA).write_bytes(octets)
    with pytest.raises(IndexForeign, match=octets[:8].hex(" ")):
        is_present(path)


def test_other_version_of_lmdb(data):
    """A data format of another LMDB is foreign and named."""
    overwrite(data, 20, struct.pack("=I", 2))
    with pytest.raises(IndexForeign, match="format 2"):
        is_present(data.parent)


def test_torn_second_meta_page(data):
    """A second meta page without its magic is damage."""
    overwrite(data, PAGE + 16, bytes(4))
    with pytest.raises(IndexDamaged, match="second meta page"):
        is_present(data.parent)


@pytest.mark.parametrize("octets", [PAGE, PAGE + 100, 2 * PAGE, 3 * PAGE, -1])
def test_file_cut_off(data, octets):
    """A shortened file is damage wherever it was cut."""
    size = data.stat().st_size
    os.truncate(data, octets if octets > 0 else size + octets)
    with pytest.raises(IndexDamaged, match="cut off"):
        is_present(data.parent)


@pytest.mark.parametrize("octets", [bytes(PAGE), b"\xff" * PAGE])
def test_overwritten_root(data, octets):
    """A root page that holds something else is damage, and the page is named."""
    root = struct.unpack_from("=Q", data.read_bytes(), newest(data) + ROOT)[0]
    overwrite(data, root * PAGE, octets)
    with pytest.raises(IndexDamaged, match=f"page {root}"):
        is_present(data.parent)


def test_root_beyond_the_end(data):
    """A meta page that names a root outside of the file is damage."""
    overwrite(data, newest(data) + ROOT, struct.pack("=Q", 1 << 40))
    with pytest.raises(IndexDamaged, match="a root"):
        is_present(data.parent)


def test_unreadable_directory(path, monkeypatch):
    """What the operating system refuses is told with its reason and the file."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(path / DATA))

    path.mkdir()
    (path / DATA).write_bytes(b"x")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.open", refuse)
        with pytest.raises(IndexUnreachable, match=r"Permission denied .*data\.mdb"):
            is_present(path)
