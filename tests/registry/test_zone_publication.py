"""Expiry: what ends by itself is part of the next publication."""

import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.serial import Serial
from enumd.index.layout import pack_digits
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter
from enumd.registry import endpoints, numbers, zones
from enumd.registry.changes import Actor
from enumd.registry.publish import publish
from enumd.registry.schema import ChangeRow

NOW_S = 1_795_000_000
ADA = Number("441632960017")
BOB = Number("441632960018")
KEY = pack_digits(ADA.digits[2:])
ENDS_S = NOW_S + 100
TEST = Actor("ada", "test")


@pytest.fixture
def writer(tree, tmp_path):
    """Publish two claims, one of which ends; give the writer."""
    with tree.change(TEST, NOW_S) as change:
        for number, ends_s in ((ADA, ENDS_S), (BOB, None)):
            numbers.claim(change, number, "ada@example.net", not_after_s=ends_s)
            endpoints.add(change, number, Endpoint.parse("sip", "sip:a@example.net", 10))
    with IndexWriter(tmp_path / "index", tree.registry_id) as made:
        publish(tree, made, now_s=NOW_S)
        yield made


def view_of(writer, look):
    """Return what *look* returns of the one zone that is published."""
    with IndexReader(writer.path) as reader, reader.snapshot() as snapshot:
        (view,) = snapshot.zones.values()
        return look(view)


def log_of(registry):
    """Return actions and actors of the log, and the serial of the zone."""
    with registry.read() as session:
        lines = session.query(ChangeRow).order_by(ChangeRow.id)
        return [line.action for line in lines], zones.listing(session)[0].serial


class TestExpiry:
    """A claim that ends."""

    def test_the_head_says_when_it_is_due(self, tree, writer):
        """
        The second of the next end, and 0 where nothing ends any more.
        """
        assert view_of(writer, lambda view: view.zone.due_s) == ENDS_S
        publish(tree, writer, now_s=ENDS_S)
        assert view_of(writer, lambda view: view.zone.due_s) == 0

    def test_nothing_is_done_before(self, tree, writer):
        """
        A publish before the end changes neither registry nor index.
        """
        before = log_of(tree)
        assert publish(tree, writer, now_s=ENDS_S - 1) == []
        assert publish(tree, writer, now_s=ENDS_S - 1, whole=True) == []
        assert log_of(tree) == before
        assert view_of(writer, lambda view: view.get(KEY)).not_after_s == ENDS_S

    @pytest.mark.parametrize("whole", [False, True])
    def test_an_end_is_a_change_with_a_serial(self, tree, writer, whole):
        """
        With nothing else changed the serial moves in the registry, and the journal tells of it.
        """
        actions, serial = log_of(tree)

        (done,) = publish(tree, writer, now_s=ENDS_S + 5, whole=whole)

        assert (done.from_serial, done.to_serial, done.rebuilt) == (serial, serial + 1, False)
        assert log_of(tree) == ([*actions, "zone.expire"], serial + 1)
        (delta,) = view_of(writer, lambda view: view.journal(Serial(serial)))
        assert [key for key, _ in delta.removed] == [b"", KEY]
        assert [key for key, _ in delta.added] == [b""]
        assert publish(tree, writer, now_s=ENDS_S + 5, whole=whole) == []

    def test_an_end_goes_with_another_change(self, tree, writer):
        """
        A change that was published anyway takes it along under its own serial.
        """
        actions, serial = log_of(tree)
        with tree.change(TEST, ENDS_S + 1) as change:
            numbers.suspend(change, BOB, "unpaid")

        (done,) = publish(tree, writer, now_s=ENDS_S + 1)

        assert (done.to_serial, done.rebuilt) == (serial + 1, False)
        assert log_of(tree)[0] == [*actions, "number.suspend"]
        assert view_of(writer, lambda view: view.get(KEY)) is None

    def test_a_change_elsewhere_leaves_the_end_as_it_is(self, tree, writer):
        """
        The next end is known after a publish that had nothing to do with it.
        """
        with tree.change(TEST, NOW_S) as change:
            numbers.claim(change, Number("441632960019"), "ada@example.net", not_after_s=ENDS_S - 9)
        publish(tree, writer, now_s=NOW_S)
        assert view_of(writer, lambda view: view.zone.due_s) == ENDS_S - 9
        publish(tree, writer, now_s=ENDS_S - 9)
        assert view_of(writer, lambda view: view.zone.due_s) == ENDS_S
        (done,) = publish(tree, writer, now_s=ENDS_S)
        assert done.names == 1
