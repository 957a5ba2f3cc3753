"""A SQLite registry read by somebody who may not write."""

import logging
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import make_url

from enumd.core.apex import Apex, parse_name
from enumd.errors import RegistryUnusable
from enumd.registry import zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.reading import check_there, reading_engine

NOW_S = 1_795_000_000
NOBODY = 65534


def read_as_nobody(url, sender):
    """Send what somebody without rights reads, or why nothing can be read."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    said = logging.getLogger("enumd.registry")
    notes = []
    said.addFilter(lambda record: notes.append(record.getMessage()))
    try:
        with Registry.open_reading(url) as registry, registry.read() as session:
            sender.send(([zone.apex for zone in zones.listing(session)], notes))
    except RegistryUnusable as error:
        sender.send((str(error), notes))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """It is named, and not made."""
    with pytest.raises(RegistryUnusable, match="there is no registry"):
        check_there(tmp_path / "registry.db")
    with pytest.raises(RegistryUnusable, match="there is no registry"):
        reading_engine(make_url(f"sqlite:///{tmp_path}/registry.db"))


def test_a_name_with_anything_in_it_is_the_name_of_the_file(tmp_path):
    """What means something in a URI is part of the name."""
    path = tmp_path / "a?mode=rw&b%41#c" / "registry.db"
    path.parent.mkdir()
    Registry.create(f"sqlite:///{tmp_path}/plain.db").close()
    shutil.copy(tmp_path / "plain.db", path)
    with reading_engine(make_url("sqlite://").set(database=str(path))).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM zone").scalar() == 0


@pytest.fixture
def shut():
    """Give a registry with one zone in a folder that others may read and not write."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    home = Path(tempfile.mkdtemp(prefix="enumd-reading-"))
    with Registry.create(f"sqlite:///{home}/registry.db") as registry:
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            zones.add(change, Apex(parse_name("enum.example.org"), "44"))
        yield home, registry
    shutil.rmtree(home)


def read_by_another(home):
    """Read the registry in *home* as nobody; return what is found, and what is said of it."""
    for path in (home, *home.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    url = f"sqlite:///{home}/registry.db"
    process = fork.Process(target=read_as_nobody, args=(url, sender))
    process.start()
    assert receiver.poll(60)
    found = receiver.recv()
    process.join(60)
    return found


def test_it_is_read_while_its_owner_has_it_open(shut):
    """Somebody who may not write reads the last commit, though it is in the write-ahead log."""
    home, _ = shut
    assert (home / "registry.db-wal").stat().st_size
    assert read_by_another(home) == (["enum.example.org."], [])


def test_it_is_read_as_it_was_last_closed(shut):
    """Where the files beside it are gone and none can be made, it is complete, and that is said."""
    home, registry = shut
    registry.close()
    assert not (home / "registry.db-wal").exists()
    found, (note,) = read_by_another(home)
    assert found == ["enum.example.org."]
    assert note.endswith("the registry is read as it was last closed")


def test_what_stands_in_a_log_that_cannot_be_read_is_not_left_out(shut):
    """A write-ahead log that nobody may use holds commits: that is refused, not passed over."""
    home, registry = shut
    log = (home / "registry.db-wal").read_bytes()
    registry.close()
    (home / "registry.db-wal").write_bytes(log)
    (home / "registry.db-wal").chmod(0o600)
    for path in (home, home / "registry.db"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    found, notes = read_by_another(home)
    assert "cannot be opened" in found
    assert notes == []
