"""Records added, removed, listed."""

import pytest

from enumd.errors import NotFound, RecordError
from enumd.operations.record import AddRecord, ListRecords, RemoveRecord


def test_a_record_joins_what_its_owner_has(done):
    """All of one type has one TTL."""
    done(AddRecord("www", "A", "192.0.2.1"))
    whole = done(AddRecord("www", "A", "192.0.2.2", ttl_s=60))

    assert (whole.owner, whole.ttl_s) == ("www.enum.example.org.", 60)
    assert whole.rdatas == ("192.0.2.1", "192.0.2.2")


def test_one_record_goes_or_all_of_a_type(done):
    """What is left is told; where nothing is, the type is."""
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        done(AddRecord("www", "A", address))

    assert len(done(RemoveRecord("www", "A", "192.0.2.2")).rdatas) == 2
    gone = done(RemoveRecord("www", "a"))
    assert (gone.type, gone.ttl_s, gone.rdatas) == ("A", None, ())
    with pytest.raises(NotFound):
        done(RemoveRecord("www", "A"))


def test_records_are_listed_by_owner_and_type(done):
    """As many as are asked for; whether there are more is told."""
    done(AddRecord("www", "A", "192.0.2.1"))
    done(AddRecord("www", "TXT", '"words"'))

    assert [one.type for one in done(ListRecords()).rrsets] == ["NS", "A", "TXT"]
    assert [one.type for one in done(ListRecords(owner="www", type="TXT")).rrsets] == ["TXT"]
    assert done(ListRecords(limit=2)).more and not done(ListRecords(limit=3)).more


def test_what_is_no_record_is_marked(done):
    """Nothing of it is stored."""
    with pytest.raises(RecordError):
        done(AddRecord("www", "A", "192.0.2.256"))
    assert len(done(ListRecords()).rrsets) == 1
