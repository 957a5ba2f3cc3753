"""enumd.index.edit: what happens to one zone in one transaction."""

import pytest

from enumd.core.serial import Serial
from enumd.errors import IndexDamaged
from enumd.index import edit, journal
from enumd.index.dictionary import WORTHWHILE
from enumd.index.entries import Entry, EntryState
from enumd.index.files import DATA
from enumd.index.layout import Answer, pack_digits, pack_labels
from enumd.index.reader import IndexReader
from enumd.index.tables import Tables


def head(path, samples):
    """Return the head of the zone as published."""
    return samples.walk(path)[1]


def chain(path, samples, since):
    """Return the journal from a serial on, or None."""
    with IndexReader(path) as reader, reader.snapshot() as snapshot:
        return snapshot.zones[samples.apex].journal(Serial(since))


class TestPut:
    def test_new_changed_gone(self, path, writer, samples):
        """A name is there with its newest answer until it is taken away."""
        key = pack_digits("4416")
        samples.put(writer, 1, [(key, samples.answer(1))])
        assert samples.walk(path)[0] == {key: samples.answer(1)}
        samples.put(writer, 2, [(key, samples.answer(2))])
        assert samples.walk(path)[0] == {key: samples.answer(2)}
        samples.put(writer, 3, [(key, None), (pack_digits("1"), None)])
        assert samples.walk(path)[0] == {}
        assert head(path, samples).names == 0

    def test_counters(self, path, writer, samples):
        """Names, wildcards and mixed names are counted; all others are mixed."""
        plain, mixed = samples.answer(1), samples.answer(1, mixed=True)
        names = [
            (pack_digits("4"), plain),
            (pack_digits("44*"), mixed),
            (pack_labels((b"*", b"net")), plain),
            (pack_labels((b"ns1",)), mixed),
        ]
        samples.put(writer, 1, names)
        found = head(path, samples)
        assert (found.names, found.wildcards, found.mixed) == (4, 2, 3)
        samples.put(writer, 2, [(pack_digits("44*"), plain)])
        assert head(path, samples).mixed == 2

    def test_apex(self, writer, samples):
        """The apex is no name of the zone: it is published with the head."""
        with pytest.raises(ValueError, match="apex"):
            samples.put(writer, 1, [(b"", samples.answer(1))])

    def test_damaged_answer(self, path, writer, samples):
        """A change of a name whose answer cannot be read says that the index is damaged."""
        samples.put(writer, 1, [(b"\x55", samples.answer(1))])
        octets = (path / DATA).read_bytes()
        place = octets.index(b"\x55\x00" + samples.answer(1).body)
        with (path / DATA).open("r+b") as file:
            file.seek(place + 1)
            file.write(b"\x08")
        with pytest.raises(IndexDamaged, match="e164"):
            samples.put(writer, 2, [(b"\x55", None)])
        samples.fill(writer, [(b"\x55", samples.answer(2))], serial=3)
        assert samples.walk(path)[0] == {b"\x55": samples.answer(2)}


class TestReplace:
    def test_all_others_are_gone(self, path, writer, samples):
        """After it there are the names given and no others."""
        samples.put(writer, 1, [(pack_digits("999"), samples.answer(1, mixed=True))])
        names = samples.numbered(5)
        samples.fill(writer, names, serial=2)
        assert samples.walk(path)[0] == dict(names)
        assert (head(path, samples).names, head(path, samples).mixed) == (5, 0)

    @pytest.mark.parametrize("order", [(1, 0), (0, 0)])
    def test_keys_out_of_order(self, path, writer, samples, order):
        """A key that does not come after the one before is refused and nothing is changed."""
        names = samples.numbered(2)
        samples.fill(writer, names)
        with pytest.raises(ValueError, match="come after"):
            samples.fill(writer, [names[place] for place in order], serial=2)
        assert head(path, samples).serial == Serial(1)
        assert samples.walk(path)[0] == dict(names)

    def test_streamed(self, path, writer, samples, monkeypatch):
        """No more than a block of answers is taken ahead of what is stored."""
        monkeypatch.setattr(edit, "BLOCK", 10)
        taken, ahead = [], []
        append = edit.ZoneEdit._append

        def watched(self, block):
            ahead.append(len(taken) - self.head.names)
            append(self, block)

        def names():
            for name in samples.numbered(95):
                taken.append(name)
                yield name

        monkeypatch.setattr(edit.ZoneEdit, "_append", watched)
        samples.fill(writer, names())
        assert ahead == [10] * 9 + [5]
        assert samples.walk(path)[0] == dict(samples.numbered(95))

    def test_both_tables_interleaved(self, path, writer, samples):
        """Names of digits and others come in one ascending stream."""
        names = sorted(
            (pack_labels(labels), samples.answer(7))
            for labels in [(b"4",), (b"a", b"4"), (b"1", b"a", b"4"), (b"5", b"4"), (b"*", b"5")]
        )
        samples.fill(writer, names)
        walked, zone = samples.walk(path)
        assert list(walked.items()) == names
        assert (zone.names, zone.wildcards, zone.mixed) == (5, 1, 2)


class TestJournal:
    def test_chain(self, path, writer, samples):
        """Each publish with a newer serial is a link; what it changed is in it."""
        one, two = samples.numbered(2)
        samples.put(writer, 1, [one])
        samples.put(writer, 2, [two])
        samples.put(writer, 4, [(one[0], None)])
        first, second = chain(path, samples, 1)
        assert (first.from_serial, first.to_serial) == (Serial(1), Serial(2))
        assert (first.removed, first.added) == (
            ((b"", samples.zone(1).answer),),
            ((b"", samples.zone(2).answer), two),
        )
        assert second.removed == ((b"", samples.zone(2).answer), one)
        assert second.added == ((b"", samples.zone(4).answer),)
        assert chain(path, samples, 4) == []
        assert chain(path, samples, 3) is None

    @pytest.mark.parametrize("serial", [2, 1])
    def test_change_without_a_newer_serial(self, path, writer, samples, serial):
        """A change that no newer serial tells of begins the journal anew."""
        one, two = samples.numbered(2)
        samples.put(writer, 1, [])
        samples.put(writer, 2, [one])
        samples.put(writer, serial, [two])
        assert chain(path, samples, 3 - serial) is None
        assert chain(path, samples, serial) == []

    def test_replace_begins_anew(self, path, writer, samples):
        """After a replacement of all names older serials are not known."""
        samples.put(writer, 1, [])
        samples.put(writer, 2, [])
        samples.fill(writer, [], serial=3)
        assert chain(path, samples, 2) is None
        assert chain(path, samples, 3) == []

    def test_change_out_of_proportion(self, path, writer, samples, monkeypatch):
        """After a change too large to tell older serials are not known."""
        monkeypatch.setattr(journal, "MAX_CHANGE_OCTETS", 500)
        samples.put(writer, 1, [])
        samples.put(writer, 2, samples.numbered(9))
        assert chain(path, samples, 1) is None


class TestEntries:
    def test_put(self, path, writer, samples):
        """An entry is put, changed and taken away; the names do not notice."""
        key, ends = pack_digits("4416"), [5, 5, 6, None, None]
        samples.fill(writer, [])
        for end in ends:
            entry = end and Entry(EntryState.SUSPENDED, end)
            writer.publish(lambda t, entry=entry: t.put_entry(samples.apex, key, entry))
            with IndexReader(path) as reader, reader.snapshot() as snapshot:
                assert snapshot.zones[samples.apex].entry(key) == entry
                assert snapshot.zones[samples.apex].zone.names == 0

    def test_replace(self, path, writer, samples):
        """After it there are the entries given and no others."""
        old, new = pack_digits("4416"), pack_digits("4417")
        entry = Entry(EntryState.QUARANTINE, 5)
        samples.fill(writer, [])
        writer.publish(lambda t: t.replace_entries(samples.apex, [(old, entry)]))
        writer.publish(lambda t: t.replace_entries(samples.apex, [(new, entry)]))
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[samples.apex]
            assert (view.entry(old), view.entry(new)) == (None, entry)


class TestRemove:
    def test_nothing_is_left(self, path, writer, samples):
        """A zone that is removed leaves empty tables."""
        samples.fill(writer, samples.numbered(WORTHWHILE))
        samples.put(writer, 2, [(pack_labels((b"ns1",)), samples.answer(1))])
        key, entry = pack_digits("1"), Entry(EntryState.SUSPENDED)
        writer.publish(lambda t: t.put_entry(samples.apex, key, entry))
        writer.publish(lambda t: t.remove_zone(samples.apex))
        environment = writer._environment
        transaction = environment.begin()
        for name in Tables.numbered(0):
            assert transaction.stat(environment.tables[name])["entries"] == 0


class TestDictionary:
    def test_zone_that_grows_gets_one(self, path, writer, samples):
        """A zone that grows name by name has a dictionary from the thousandth name on."""
        names = samples.numbered(WORTHWHILE + 1)
        samples.put(writer, 1, names[: WORTHWHILE - 1])
        assert head(path, samples).dictionaries == ()
        samples.put(writer, 2, names[WORTHWHILE - 1 : WORTHWHILE])
        assert head(path, samples).dictionaries == (0,)
        assert head(path, samples).considered == WORTHWHILE
        samples.put(writer, 3, names[WORTHWHILE:])
        assert samples.walk(path)[0] == dict(names)

    def test_looked_at_again_when_doubled(self, path, writer, samples):
        """Answers of another kind get a dictionary of their own when the zone has doubled."""
        samples.fill(writer, samples.numbered(WORTHWHILE))
        web = (
            b"\xc0\x0c\0\x23\0\1\0\0\x0e\x10\0\x30https://calls.example.com/people/%d/voice.html?q"
        )
        others = [
            (pack_digits(str(99_000_000 + n)), Answer(1, web % (n * n)))
            for n in range(3 * WORTHWHILE)
        ]
        samples.put(writer, 2, others[: WORTHWHILE - 1])
        assert head(path, samples).dictionaries == (0,)
        samples.put(writer, 3, others)
        assert head(path, samples).dictionaries == (0, 1)
        assert samples.walk(path)[0] == dict(samples.numbered(WORTHWHILE) + others)

    def test_zone_of_other_names(self, path, writer, samples):
        """A zone without names of digits is left without a dictionary."""
        names = [(pack_labels((b"host%d" % n,)), samples.answer(n)) for n in range(WORTHWHILE)]
        samples.put(writer, 1, names)
        assert head(path, samples).dictionaries == ()
        assert head(path, samples).considered == WORTHWHILE

    def test_replacement_forgets_the_old_ones(self, path, writer, samples):
        """After a replacement dictionary 0 is another, and readers notice."""
        with_many, few = samples.numbered(WORTHWHILE), samples.numbered(2)
        samples.fill(writer, with_many)
        with IndexReader(path) as reader:
            with reader.snapshot() as snapshot:
                before = snapshot.zones[samples.apex].inflaters
            samples.fill(writer, few)
            samples.fill(writer, with_many)
            with reader.snapshot() as snapshot:
                assert snapshot.zones[samples.apex].inflaters is not before
                assert dict(snapshot.zones[samples.apex].walk()) == dict(with_many)
