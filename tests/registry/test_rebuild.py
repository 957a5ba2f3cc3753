"""An index made from nothing."""

import os
from dataclasses import replace

import pytest

from enumd.core.number import Number
from enumd.errors import IndexDamaged, IndexForeign
from enumd.index.files import DATA, LOCK
from enumd.index.layout import pack_digits
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter
from enumd.registry import numbers
from enumd.registry import rebuild as rebuilding
from enumd.registry.changes import Actor
from enumd.registry.publish import publish
from enumd.registry.rebuild import rebuild
from tests.former_index import write_former

NOW_S = 1_795_000_000
ADA = Number("441632960017")
KEY = pack_digits(ADA.digits[2:])


@pytest.fixture
def index(tree, tmp_path):
    """Publish a registry with one claim; return where."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.claim(change, ADA, "ada@example.net")
    with IndexWriter(tmp_path / "index", tree.registry_id) as writer:
        publish(tree, writer)
    return tmp_path / "index"


def published(path):
    """Return serial and answer of the claim, as a reader of its own sees them."""
    with IndexReader(path) as reader:
        return seen(reader)


def seen(reader):
    """Return serial and answer of the claim."""
    with reader.snapshot() as snapshot:
        (view,) = snapshot.zones.values()
        return view.zone.serial.value, view.get(KEY)


def cut(path):
    """Cut the data file off."""
    os.truncate(path / DATA, 8192)


def scramble(path):
    """Overwrite everything but the two meta pages."""
    octets = (path / DATA).read_bytes()
    (path / DATA).write_bytes(octets[:8192] + os.urandom(len(octets) - 8192))


def overwrite(path):
    """Put another file in the place of the data."""
    (path / DATA).write_bytes(b"something else entirely" * 500)


def empty(path):
    """Leave nothing of the data."""
    os.truncate(path / DATA, 0)


def test_an_index_in_the_format_before(tree, index, tmp_path):
    """Any publication makes it anew, with equal content at the same serial; so does a rebuild."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.suspend(change, ADA, "unpaid")
    with IndexWriter(index, tree.registry_id) as writer:
        publish(tree, writer)
    before = published(index)
    for renew in (publish_again, rebuild):
        former = write_former(index, tmp_path / f"former-{renew.__name__}")
        with IndexReader(former) as reader:
            assert reader.is_former
            assert seen(reader) == before
        renew(tree, former)
        with IndexReader(former) as reader:
            assert not reader.is_former
        assert published(former) == before


def publish_again(registry, path):
    """Publish as every command does."""
    with IndexWriter(path, registry.registry_id) as writer:
        assert [each.rebuilt for each in publish(registry, writer)] == [True]
        assert publish(registry, writer) == []


@pytest.mark.parametrize("spoil", [cut, scramble, overwrite, empty])
@pytest.mark.parametrize("registry", ["sqlite"], indirect=True)
def test_whatever_state_the_index_is_in_it_is_made_anew(tree, index, spoil):
    """What cannot be read is made from the registry, and kept aside: it may be somebody's."""
    before = published(index)
    spoil(index)
    spoiled = (index / DATA).read_bytes()

    made = rebuild(tree, index)

    assert published(index) == before
    assert [one.rebuilt for one in made.published] == [True]
    assert made.aside == index.with_name("index.aside-1")
    assert (made.aside / DATA).read_bytes() == spoiled
    assert {each.name for each in index.iterdir()} == {DATA, LOCK}
    spoil(index)
    assert rebuild(tree, index).aside == index.with_name("index.aside-2")


def test_a_good_index_keeps_its_serial_and_leaves_nothing(tree, index):
    """The same content is no change for secondaries, and our own index is thrown away."""
    before = published(index)
    (one,) = rebuild(tree, index).published
    assert (one.from_serial, one.to_serial) == (before[0], before[0])
    assert published(index) == before
    assert [each.name for each in index.parent.glob("index*")] == ["index"]


def test_no_index_is_made(tree, tmp_path):
    """Where nothing was published, this is the first time."""
    made = rebuild(tree, tmp_path / "new")
    assert (made.published[0].from_serial, made.aside) == (None, None)


def test_serials_go_forward_from_what_was_published(tree, index):
    """A registry that was restored goes on after the serials of the index of before."""

    def ahead(transaction):
        (zone,) = transaction.zones()
        soa = zone.soa.rdatas[0]
        told = replace(zone.soa, rdatas=(soa[:-20] + (900).to_bytes(4, "big") + soa[-16:],))
        transaction.put_zone(
            replace(zone, serial=type(zone.serial)(900), rrsets=(told,), made_from=None)
        )

    with IndexWriter(index, tree.registry_id) as writer:
        writer.publish(ahead)
    (one,) = rebuild(tree, index).published
    assert (one.from_serial, one.to_serial) == (900, 901)


def test_other_things_are_never_touched(tree, index):
    """A directory with other things in it, or a file in its place, is refused as it is."""
    (index / "thesis.tex").write_text("hello")
    with pytest.raises(IndexForeign, match=r"thesis\.tex") as caught:
        rebuild(tree, index)
    assert "Move them elsewhere" in caught.value.advice
    assert (index / "thesis.tex").read_text() == "hello"
    with pytest.raises(IndexForeign, match="no directory"):
        rebuild(tree, index / "thesis.tex")


def test_an_index_of_another_registry_is_kept(tree, index, tmp_path):
    """It is recognisably an index, and not ours."""
    with IndexWriter(tmp_path / "other", "another") as writer:
        writer.publish(lambda _: None)
    made = rebuild(tree, tmp_path / "other")
    assert made.aside == tmp_path / "other.aside-1"
    assert published(tmp_path / "other") == published(index)


def test_what_fails_leaves_what_was_there(tree, index, monkeypatch):
    """An index that cannot be made takes no other's place, and leaves no draft."""
    before = published(index)

    def fail(*_, **__):
        raise IndexDamaged(index, "a test")

    monkeypatch.setattr(rebuilding, "publish", fail)
    with pytest.raises(IndexDamaged):
        rebuild(tree, index)
    assert published(index) == before
    assert {each.name for each in index.iterdir()} == {DATA, LOCK}


def test_what_is_published_meanwhile_is_not_lost(tree, index, monkeypatch):
    """Who had the old index open publishes to it until it is replaced, and to the new one then."""
    other = Number("441632960018")

    def late(registry, writer, **options):
        done = publish(registry, writer, **options)
        if options:
            with tree.change(Actor("bob", "test"), NOW_S) as change:
                numbers.claim(change, other, "bob@example.net")
            publish(tree, old)
        return done

    monkeypatch.setattr(rebuilding, "publish", late)
    with IndexReader(index, clock=iter(range(100)).__next__) as reader:
        with IndexWriter(index, tree.registry_id) as old:
            made = rebuild(tree, index)
            assert [one.rebuilt for one in made.published] == [True, False]
            with tree.change(Actor("bob", "test"), NOW_S) as change:
                numbers.release(change, ADA)
            publish(tree, old)
        assert seen(reader)[1] is None
        with reader.snapshot() as snapshot:
            (view,) = snapshot.zones.values()
            assert view.get(pack_digits(other.digits[2:])) is not None
