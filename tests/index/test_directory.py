"""enumd.index.directory: where an index may be made and what may be thrown away."""

import stat
from pathlib import Path

import lmdb
import pytest

from enumd.errors import IndexDamaged, IndexForeign, IndexUnreachable
from enumd.index.directory import create, discard, identity
from enumd.index.files import DATA, LOCK, is_present


def test_new_directory(path):
    """A new index is its owner's alone: mode 0700, files 0600."""
    create(path / "below")
    assert stat.S_IMODE((path / "below").stat().st_mode) == 0o700
    assert {entry.name for entry in (path / "below").iterdir()} == {DATA, LOCK}
    assert stat.S_IMODE((path / "below" / DATA).stat().st_mode) == 0o600
    assert is_present(path / "below")


def test_existing_index_is_left_alone(path):
    """Making an index where there is one changes nothing."""
    create(path)
    before = (identity(path), (path / DATA).read_bytes())
    create(path)
    assert (identity(path), (path / DATA).read_bytes()) == before


def test_lock_file_of_the_past_is_replaced(path):
    """A lock file without data tells of transactions that are gone, so it goes, too."""
    create(path)
    (path / DATA).unlink()
    before = (path / LOCK).open("rb")
    create(path)
    with before:
        assert not Path(f"/proc/self/fd/{before.fileno()}").readlink().exists()


@pytest.mark.parametrize("act", [create, discard])
def test_other_things_in_the_directory(path, act):
    """A directory with anything else in it is foreign and stays as it is."""
    path.mkdir()
    for name in ("thesis.tex", "photo.png"):
        (path / name).touch()
    with pytest.raises(IndexForeign, match=r"photo\.png, thesis\.tex"):
        act(path)
    assert len(list(path.iterdir())) == 2


@pytest.mark.parametrize("act", [create, discard])
@pytest.mark.parametrize("below", ["", "further"])
def test_file_in_the_way(path, act, below):
    """A file at the path or above it is foreign."""
    path.write_text("hello")
    with pytest.raises(IndexForeign, match="no directory"):
        act(path / below)


def test_refusal_of_the_operating_system():
    """A place where nothing can be made is told with the reason."""
    with pytest.raises(IndexUnreachable, match="/proc/"):
        create(Path("/proc/nobody/index"))


def test_refusal_of_lmdb(path, monkeypatch):
    """What LMDB refuses is told in our words."""

    def refuse(*_, **__):
        raise lmdb.Error("no locks here")

    monkeypatch.setattr(lmdb, "open", refuse)
    with pytest.raises(IndexUnreachable, match="no locks here"):
        create(path)


def test_damaged_index_is_not_made_anew(path):
    """Only `discard` takes a damaged index away; then another can be made."""
    create(path)
    (path / DATA).write_bytes((path / DATA).read_bytes()[:5000])
    with pytest.raises(IndexDamaged):
        create(path)
    discard(path)
    assert identity(path) is None
    create(path)
    assert is_present(path)


def test_discarding_nothing(path):
    """Throwing away what is not there is done already."""
    discard(path)
    assert not is_present(path)
