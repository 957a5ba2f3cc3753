"""enumd.index.dictionary: when a zone gets a dictionary and what it saves."""

import random
from dataclasses import replace

import lmdb
import pytest
import zstandard

from enumd.errors import IndexDamaged
from enumd.index import dictionary
from enumd.index.dictionary import WORTHWHILE, Dictionaries, make_inflater, unpack_stored
from enumd.index.layout import Answer, Flag


@pytest.fixture(scope="module")
def bodies(samples):
    """Return the bodies of many alike answers."""
    return [answer.body for _, answer in samples.numbered(3 * WORTHWHILE)]


@pytest.fixture(scope="module")
def noise():
    """Return as many bodies that have nothing in common."""
    source = random.Random(7)
    return [b"\0\1" + source.randbytes(60) for _ in range(2 * WORTHWHILE)]


@pytest.fixture
def table(tmp_path, samples):
    """Yield a function that opens the dictionaries of a zone in one write transaction."""
    with lmdb.open(str(tmp_path / "lmdb"), max_dbs=1) as environment:
        handle = environment.open_db(b"dictionaries")
        with environment.begin(write=True) as transaction:

            def opened(*numbers):
                zone = replace(samples.zone(1), dictionaries=numbers)
                return Dictionaries(transaction, handle, zone, tmp_path)

            yield opened


def test_without_one_answers_stay_plain(table, samples):
    """A zone without dictionaries stores plain answers."""
    value = table().pack(samples.answer(5))
    assert not value[0] & Flag.COMPRESSED
    assert table().unpack(value) == samples.answer(5)


def test_alike_answers(table, samples, bodies):
    """Alike answers take less than a third with a dictionary and come back whole."""
    packing = table()
    packing.consider(bodies)
    assert packing.numbers == (0,)
    answer = samples.answer(441632960017, 3, not_after_s=9, mixed=True)
    value = packing.pack(answer)
    assert len(value) < len(answer.body) / 3
    assert packing.unpack(value) == answer
    assert table(0).unpack(value) == answer
    assert table(0).pack(answer) == value


def test_too_few(table, bodies):
    """Fewer names than are worthwhile get none."""
    packing = table()
    packing.consider(bodies[: WORTHWHILE - 1])
    assert packing.numbers == ()


@pytest.mark.parametrize("kind", ["noise", "same"])
def test_nothing_to_gain(table, noise, kind):
    """Answers that a dictionary does not make smaller get none, whatever they are."""
    packing = table()
    packing.consider(noise if kind == "noise" else [b"\0\0"] * WORTHWHILE)
    assert packing.numbers == ()
    packing.adapt(noise)
    assert packing.numbers == ()


def test_training_that_fails(table, bodies, monkeypatch):
    """Where zstd cannot make a dictionary of the samples, the zone does without."""

    def fail(*_):
        raise zstandard.ZstdError("cannot train dict")

    monkeypatch.setattr(zstandard, "train_dictionary", fail)
    packing = table()
    packing.consider(bodies)
    assert packing.numbers == ()


def test_second_one_has_to_be_better(table, bodies):
    """The same answers again do not make a second dictionary."""
    packing = table()
    packing.consider(bodies)
    packing.consider(bodies)
    assert packing.numbers == (0,)


def test_stream_that_changes(table, bodies, samples):
    """A stream gets its next dictionary when its answers turn out to be of another kind."""
    packing = table()
    packing.adapt(bodies)
    packing.adapt(bodies[::-1])
    assert packing.numbers == (0,)
    web = b"\xc0\x0c\0\x23\0\1\0\0\x0e\x10\0\x30https://calls.example.com/people/%d/voice.html?q"
    others = [b"\0\1" + web % number for number in range(2 * WORTHWHILE)]
    packing.adapt(others)
    assert packing.numbers == (0, 1)
    for answer in (Answer(1, others[5][2:]), samples.answer(8, 3)):
        assert packing.unpack(packing.pack(answer)) == answer
        assert table(0, 1).unpack(packing.pack(answer)) == answer


def test_numbers_run_out(table, bodies, monkeypatch):
    """There are no more dictionaries than an octet can number."""
    monkeypatch.setattr(dictionary, "MAX_DICTIONARIES", 0)
    packing = table()
    packing.consider(bodies)
    assert packing.numbers == ()


def test_lost_dictionary(table):
    """A head that names a dictionary that is not there is damage."""
    with pytest.raises(IndexDamaged, match="dictionary 0"):
        table(0)


@pytest.mark.parametrize("value", [b"", b"\x08\x01frame", b"\x08\x00frame", b"\x08\x00"])
def test_value_that_cannot_be_read(path, samples, value):
    """Octets that are no value are damage, and the zone is named."""
    with pytest.raises(IndexDamaged, match="e164"):
        unpack_stored(value, [make_inflater(b"some words" * 9)], path, samples.apex)


def test_frames_are_bare(table, bodies):
    """A frame has neither magic nor checksum nor dictionary id: two octets before the blocks."""
    packing = table()
    packing.consider(bodies)
    frame = packing.pack(Answer(0, bodies[0][2:]))[2:]
    assert frame[0] == 0x20  # single segment, one octet of content size, no checksum, no id
    assert frame[1] == len(bodies[0])
    with pytest.raises(zstandard.ZstdError):
        zstandard.ZstdDecompressor().decompress(frame)
