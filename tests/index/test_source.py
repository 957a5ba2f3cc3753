"""enumd.index.source: what a reader keeps from one snapshot to the next."""

import lmdb
import pytest

from enumd.core.serial import Serial
from enumd.errors import IndexDamaged, IndexUnreachable
from enumd.index.environment import attach
from enumd.index.source import ZoneSource
from enumd.index.tables import ZONES_TABLE


@pytest.fixture
def source(filled):
    """Yield a source that has read nothing yet."""
    environment = attach(filled)
    yield ZoneSource(environment)
    environment.release()


def test_first_reading(source, samples):
    """The first transaction reads heads, registry and the lengths of the apexes."""
    source.begin().abort()
    assert list(source.zones) == [samples.apex]
    assert source.registry_id == samples.registry_id
    assert source.lengths == (len(samples.apex),)
    assert source.transaction_id == 1


def test_nothing_published_nothing_read(source, writer, samples):
    """Heads are the same objects until something is published; then only changed ones are new."""
    other = b"\x03org\x00"
    samples.fill(writer, [], apex=other)
    source.begin().abort()
    before = dict(source.zones)
    source.begin().abort()
    assert source.zones[samples.apex] is before[samples.apex]
    samples.put(writer, 2, [])
    source.begin().abort()
    assert source.zones[samples.apex].zone.serial == Serial(2)
    assert source.zones[other] is before[other]
    assert source.lengths == (len(samples.apex), len(other))


def test_new_opening_new_handles(source, samples):
    """After the files were closed and opened again everything is read again."""
    source.begin().abort()
    before = source.zones[samples.apex]
    source.environment.suspend()
    source.begin().abort()
    assert source.zones[samples.apex] is not before
    assert source.zones[samples.apex].zone == before.zone


@pytest.mark.parametrize("octets", [b"{}", b"nonsense", b"[]", b'{"prefix":"","serial":-1}'])
def test_head_that_cannot_be_read(source, samples, octets):
    """A head that is none is damage, and the zone is named."""
    source.environment.make_writable()
    source.environment.open_tables([ZONES_TABLE])
    with source.environment.writing() as transaction:
        transaction.put(samples.apex, octets, db=source.environment.tables[ZONES_TABLE])
    with pytest.raises(IndexDamaged, match="e164"):
        source.begin()


def test_refusal_of_lmdb(source, monkeypatch):
    """What LMDB refuses is told in our words."""

    def refuse():
        raise lmdb.ReadersFullError("no slot is free")

    monkeypatch.setattr(source.environment, "begin", refuse)
    with pytest.raises(IndexUnreachable, match="no slot is free"):
        source.begin()
