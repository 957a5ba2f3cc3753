"""Publishing: the log applied, or everything anew, with the same result."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import dns.name
import pytest
from sqlalchemy import event

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.errors import Conflict, IndexForeign
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import pack_digits
from enumd.index.reader import IndexReader
from enumd.index.records import unpack_answer
from enumd.index.writer import IndexWriter
from enumd.registry import endpoints, numbers, records, zones
from enumd.registry import publish as publishing
from enumd.registry.changes import Actor
from enumd.registry.compile import affected as changes
from enumd.registry.compile.answers import zone_head
from enumd.registry.database import Registry
from enumd.registry.imports.importing import ImportOptions, import_file

NOW_S = 1_795_000_000
APEX = parse_name("enum.example.org")
WIRE = APEX.to_wire()
ADA = Number("441632960017")
SIP = Endpoint.parse("sip", "sip:ada@example.net", 10)


def publish(registry, writer, rebuild=False, progress=None, *, now_s=NOW_S, whole=False):
    """Publish at a second of the tests' own."""
    return publishing.publish(registry, writer, rebuild, progress, now_s=now_s, whole=whole)


@pytest.fixture
def writer(tree, tmp_path):
    """Give the writer of an index for the registry `tree`."""
    with IndexWriter(tmp_path / "index", tree.registry_id) as made:
        yield made


def content(path):
    """Return everything an index says: heads, names and states."""
    with IndexReader(path) as reader, reader.snapshot() as snapshot:
        found = {}
        for apex, view in snapshot.zones.items():
            zone = view.zone
            names = dict(view.walk())
            states = {key: view.entry(key) for key in states_keys(names)}
            counters = (zone.names, zone.wildcards, zone.mixed)
            found[apex] = (zone.serial, zone.prefix, zone.rrsets, counters, names, states)
        return found


def content_head(path):
    """Return the head of the one zone an index has."""
    with IndexReader(path) as reader, reader.snapshot() as snapshot:
        return snapshot.zones[WIRE].zone


ADOPTED = """$ORIGIN enum.example.org.
$TTL {ttl_s}
@ IN SOA ns.example.net. hostmaster.example.net. {serial} 3600 600 86400 60
@ IN NS ns.example.net.
7.1.0.0.6.9.2.3.6.1 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .
"""


def states_keys(names):
    """Return the keys whose state is looked at: of the names, and of all numbers the tests use."""
    return {*names, *(pack_digits(f"16329600{last:02d}") for last in range(40))}


def answer_at(path, digits):
    """Return what is published at a number."""
    with IndexReader(path) as reader, reader.snapshot() as snapshot:
        return snapshot.zones[WIRE].get(pack_digits(digits[2:]))


def calls_of_a_claim(registry, path, digits):
    """Return how often Python is called to publish one claim, not the first."""
    with IndexWriter(path, registry.registry_id) as writer:
        publish(registry, writer)
        with registry.change(Actor("ada", "test"), NOW_S) as change:
            numbers.hold(change, Number(digits), "ada@example.net")
        publish(registry, writer)
        with registry.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, Number("441632960" + digits[-1] * 3), "ada@example.net")
    calls = 0

    def count(frame, what, argument):
        nonlocal calls
        calls += what == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        with IndexWriter(path, registry.registry_id) as writer:
            publish(registry, writer)
    finally:
        sys.setprofile(before)
    return calls


class TestPublish:
    """One registry, one index."""

    def test_a_claim_is_published(self, tree, writer):
        """
        A claimed number with an endpoint is an NAPTR, without one it owns nothing, released none.
        """
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            code = numbers.claim(change, ADA, "ada@example.net").recovery_code
        (first,) = publish(tree, writer)
        assert (first.apex, first.from_serial, first.names, first.rebuilt) == (
            str(APEX),
            None,
            1,
            True,
        )
        assert answer_at(writer.path, ADA.digits).count == 0

        with tree.change(Actor("ada", "test"), NOW_S) as change:
            endpoints.add(change, ADA, SIP)
        (second,) = publish(tree, writer)
        assert (second.names, second.rebuilt) == (1, False)
        assert second.to_serial == second.from_serial + 1
        (rrset,) = unpack_answer(answer_at(writer.path, ADA.digits))
        assert rrset == RRset(RRType.NAPTR, 300, (SIP.rdata(),))

        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.release(change, ADA, code)
        publish(tree, writer)
        assert answer_at(writer.path, ADA.digits) is None

    def test_publishing_twice_changes_nothing(self, tree, writer):
        """
        Where the index was made from what the registry has, nothing is done.
        """
        publish(tree, writer)
        before = content(writer.path)

        assert publish(tree, writer) == []
        assert content(writer.path) == before

    def test_it_writes_the_registry_where_a_serial_must_go_forward_alone(
        self, tree, writer, monkeypatch
    ):
        """
        A registry that is open for reading will do, and is opened to write for that one thing.
        """
        url = tree._engine.url.render_as_string(hide_password=False)
        publish(tree, writer)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")
        with monkeypatch.context() as refusing, Registry.open_reading(url) as reader:
            refusing.setattr(Registry, "open", None)
            (done,) = publish(reader, writer)
        assert (done.to_serial, done.rebuilt) == (2, False)

        writer.publish(
            lambda work: work.put_zone(replace(content_head(writer.path), made_from=None))
        )
        with Registry.open_reading(url) as reader:
            (moved,) = publish(reader, writer)
        assert (moved.from_serial, moved.to_serial) == (2, 3)

    def test_states_are_told(self, tree, writer):
        """
        Why a suspended or released number does not answer is published beside the names.
        """
        other = Number("441632960018")
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")
            numbers.claim(change, other, "ada@example.net")
        publish(tree, writer)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.suspend(change, ADA, "unpaid")
            until_s = numbers.release(change, other).until_s
        publish(tree, writer)

        with IndexReader(writer.path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[WIRE]
            assert view.entry(pack_digits(ADA.digits[2:])) == Entry(EntryState.SUSPENDED)
            expected = Entry(EntryState.QUARANTINE, until_s)
            assert view.entry(pack_digits(other.digits[2:])) == expected
            assert view.get(pack_digits(ADA.digits[2:])).count == 0

    def test_the_end_of_a_claim_is_carried(self, tree, writer):
        """
        A claim that ends is published with the second after which it is not answered.
        """
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net", not_after_s=NOW_S + 100)
        publish(tree, writer)

        assert answer_at(writer.path, ADA.digits).not_after_s == NOW_S + 100

    def test_records_stand_beside_and_alone(self, tree, writer):
        """
        Records at a number, at other names and at the apex are published as they change.
        """
        text = dns.name.from_text("7.1.0.0.6.9.2.3.6.1", APEX)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")
            endpoints.add(change, ADA, SIP)
        publish(tree, writer)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            zone = zones.listing(change.session)[0]
            records.put(change, zone, text, RRset(RRType.TXT, 60, (b"\x01x",)))
            records.put(change, zone, APEX, RRset(RRType.TXT, 60, (b"\x01y",)))
            records.put(
                change, zone, dns.name.from_text("ns", APEX), RRset(1, 60, (b"\x7f\0\0\1",))
            )
        publish(tree, writer)

        assert {each.rrtype for each in unpack_answer(answer_at(writer.path, ADA.digits))} == {
            35,
            16,
        }
        assert answer_at(writer.path, ADA.digits).mixed
        found = content(writer.path)[WIRE]
        assert [rrset.rrtype for rrset in found[2]] == [6, 2, 16]
        assert found[3] == (2, 0, 2)
        publish(tree, writer, rebuild=True)
        assert content(writer.path)[WIRE] == found

    def test_a_claim_costs_few_statements(self, tree, writer, statements):
        """
        Publishing one claim asks the registry seven things, however many numbers there are;
        PostgreSQL also says who else is writing.
        """
        publish(tree, writer)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")

        with statements(tree) as sent:
            publish(tree, writer)

        free = ("BEGIN", "PRAGMA", "SELECT CAST(CAST(pg_snapshot")
        assert len([each for each in sent if not each.startswith(free)]) <= 7

    @pytest.mark.parametrize("registry", ["sqlite"], indirect=True)
    def test_a_claim_costs_the_same_however_much_there_is(self, tree, tmp_path):
        """
        Calls of Python are as many at one zone and no number as at 40 zones and 2,000 numbers.
        """
        small = calls_of_a_claim(tree, tmp_path / "small", "441632960017")
        path = tmp_path / "numbers.csv"
        path.write_text("".join(f"+4416330{n:05d},sip,sip:{n}@x.org\n" for n in range(2000)))
        import_file(tree, path, ImportOptions(now_s=NOW_S))
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            for n in range(40):
                zones.add(change, Apex(parse_name(f"z{n}.example.org"), "49"))

        large = calls_of_a_claim(tree, tmp_path / "large", "441632960018")

        assert small / 1.05 < large < small * 1.05

    @pytest.mark.parametrize("ahead", [900, (1 << 31) + 1, (1 << 32) - 1])
    def test_an_older_registry_rebuilds(self, tree, writer, ahead):
        """
        An index that is ahead of the registry, restored from a backup say, is made again, and the
        registry goes on after its serial (RFC 1982).
        """
        publish(tree, writer)

        with tree.read() as session:
            later = zones.listing(session)[0]
            later.serial = ahead
            head = zone_head(later, records.at(session, later, "@"))
        writer.publish(lambda transaction: transaction.put_zone(head))

        (done,) = publish(tree, writer)
        assert (done.from_serial, done.rebuilt) == (ahead, True)
        assert Serial(done.to_serial) == Serial(ahead).next()
        with tree.read() as session:
            assert zones.listing(session)[0].serial == done.to_serial
        assert publish(tree, writer) == []

    def test_a_head_that_does_not_say_what_it_was_made_from_is_made_again(self, tree, writer):
        """
        An index that an enumd before origins published is read, and rebuilt under a new serial.
        """
        (first,) = publish(tree, writer)
        older = replace(content_head(writer.path), made_from=None)
        writer.publish(lambda transaction: transaction.put_zone(older))

        (done,) = publish(tree, writer)
        assert (done.from_serial, done.to_serial) == (first.to_serial, first.to_serial + 1)
        assert done.rebuilt
        assert publish(tree, writer) == []

    def test_rebuilding_what_is_published_keeps_its_serial(self, tree, writer):
        """
        Rendering the same content anew is no change for secondaries.
        """
        (first,) = publish(tree, writer)
        (again,) = publish(tree, writer, rebuild=True)

        assert (again.rebuilt, again.to_serial) == (True, first.to_serial)

    def test_another_ttl_of_the_zone_reaches_every_name(self, tree, writer):
        """
        A change of what all names have in common renders them all; of the SOA alone, none.
        """
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")
            endpoints.add(change, ADA, SIP)
        publish(tree, writer)
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            zone = change.lock(zones.listing(change.session)[0])
            zone.ttl_s = 77
            change.record(zone, "zone.edit")
        (done,) = publish(tree, writer)
        assert done.rebuilt
        assert unpack_answer(answer_at(writer.path, ADA.digits))[0].ttl_s == 77

        with tree.change(Actor("operator", "test"), NOW_S) as change:
            zone = change.lock(zones.listing(change.session)[0])
            zone.rname = "somebody.example."
            change.record(zone, "zone.edit")
        (done,) = publish(tree, writer)
        assert not done.rebuilt
        assert b"somebody" in content_head(writer.path).soa.rdatas[0]

    def test_what_an_adopted_file_says_of_ttls_is_published(self, tree, writer, tmp_path):
        """
        A zone file imported again with another $TTL leaves no name with the TTL of before.
        """
        path = tmp_path / "enum.zone"
        for ttl_s in (600, 60):
            path.write_text(ADOPTED.format(ttl_s=ttl_s, serial=ttl_s))
            import_file(tree, path, ImportOptions(now_s=NOW_S, adopt=True))
            publish(tree, writer)
            assert unpack_answer(answer_at(writer.path, ADA.digits))[0].ttl_s == ttl_s

    def test_serials_wrap(self, tree, writer):
        """
        The log is followed across the end of the serials (RFC 1982).
        """
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            zone = zones.listing(change.session)[0]
            for after in (1 << 31, (1 << 32) - 2):
                change.advance(zone, Serial(after))
                change.record(zone, "zone.test")
        publish(tree, writer)
        for last in range(3):
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                numbers.claim(change, Number(f"44163296001{last}"), "ada@example.net")
        (done,) = publish(tree, writer)

        assert (done.from_serial, done.to_serial) == ((1 << 32) - 1, 3)
        assert not done.rebuilt
        assert content(writer.path)[WIRE][3] == (3, 0, 0)

    # PostgreSQL chooses by statistics, so only SQLite's plan can be foretold.
    @pytest.mark.parametrize("registry", ["sqlite"], indirect=True)
    def test_the_log_is_searched_by_its_index(self, tree, writer):
        """
        What the log names after a line or a serial is found without reading what comes before.
        """
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")
        publish(tree, writer)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            endpoints.add(change, ADA, SIP)
        asked = []

        def listen(connection, cursor, statement, parameters, context, many):
            asked.append((statement, parameters))

        event.listen(tree._engine, "before_cursor_execute", listen)
        publish(tree, writer)
        event.remove(tree._engine, "before_cursor_execute", listen)

        logs = [each for each in asked if "SELECT DISTINCT" in each[0]]
        with tree.read() as session:
            connection = session.connection()
            plans = [
                connection.exec_driver_sql("EXPLAIN QUERY PLAN " + log, values).all()
                for log, values in logs
            ]
        zones_named, names = (" ".join(row[3] for row in plan) for plan in plans)
        assert "rowid>?" in zones_named
        assert "zone_id=? AND serial>?" in names

    def test_a_zone_that_is_gone_is_taken_away(self, tree, writer):
        """
        What the registry does not have is not published.
        """
        publish(tree, writer)

        def foreign(transaction):
            zone = transaction.zone(WIRE)
            other = parse_name("other.example").to_wire()
            transaction.put_zone(type(zone)(other, "", Serial(1), zone.rrsets))

        writer.publish(foreign)

        (done,) = publish(tree, writer)
        assert (done.apex, done.to_serial) == ("other.example.", None)
        assert content(writer.path).keys() == {WIRE}

    def test_another_registry_is_refused(self, tree, writer, tmp_path):
        """
        Two registries do not publish into one index.
        """
        publish(tree, writer)

        with pytest.raises(IndexForeign), IndexWriter(writer.path, "another"):
            pass

    def test_many_changes_rebuild(self, tree, writer, monkeypatch, tmp_path):
        """
        Where the log names more than half of the zone, all of it is rendered; else it is applied.
        """
        monkeypatch.setattr(changes, "CHUNK", 5)
        path = tmp_path / "numbers.csv"
        told = []

        def bring(first, count):
            lines = (
                f"+44163296{n:04d},sip,sip:{first}@example.net\n"
                for n in range(first, first + count)
            )
            path.write_text("".join(lines))
            import_file(tree, path, ImportOptions(now_s=NOW_S))
            return publish(tree, writer, progress=lambda apex, names: told.append(names))[0]

        publish(tree, writer)
        assert bring(0, 40).rebuilt
        assert not bring(10, 8).rebuilt
        assert told[-2:] == [5, 8]
        assert bring(20, 30).rebuilt


class TestRestored:
    """A registry that was restored from a backup, and the index of before."""

    @pytest.mark.parametrize("registry", ["sqlite"], indirect=True)
    def test_the_other_change_is_served(self, tree, writer, tmp_path):
        """
        The change after a restore is published though its serial and its id were published before.
        """
        publish(tree, writer)
        back_up(tmp_path)
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, ADA, "ada@example.net")
        (lost,) = publish(tree, writer)
        other = Number("441632960018")
        with Registry.open(f"sqlite:///{tmp_path}/backup.db") as restored:
            with restored.change(Actor("bob", "test"), NOW_S) as change:
                numbers.claim(change, other, "bob@example.net")
            with restored.read() as session:
                assert zones.listing(session)[0].serial == lost.to_serial
            (done,) = publish(restored, writer)

        assert done.to_serial == lost.to_serial + 1
        assert answer_at(writer.path, ADA.digits) is None
        assert answer_at(writer.path, other.digits).count == 0


def back_up(home):
    """Copy the registry of *home* as a backup does."""
    with (
        closing(sqlite3.connect(home / "backup.db")) as backup,
        closing(sqlite3.connect(home / "registry.db")) as source,
    ):
        source.backup(backup)


PUBLISH = """
import sys
from pathlib import Path
from enumd.index.writer import IndexWriter
from enumd.registry.database import Registry
from enumd.registry.publish import publish
with Registry.open(sys.argv[1]) as registry:
    with IndexWriter(Path(sys.argv[2]), registry.registry_id) as writer:
        print("begun", flush=True)
        publish(registry, writer, rebuild=True)
"""


class TestKilled:
    """Kill -9 in the middle of a publish."""

    def test_the_next_publish_repairs(self, tmp_path):
        """
        A killed publish leaves the index as it was before, and the next one completes it.
        """
        url = f"sqlite:///{tmp_path}/registry.db"
        index = tmp_path / "index"
        path = tmp_path / "numbers.csv"
        lines = (f"+4416{n:08d},sip,sip:{n}@example.net,10\n" for n in range(15_000))
        path.write_text("".join(lines))
        with Registry.create(url) as registry:
            with registry.change(Actor("operator", "test"), NOW_S) as change:
                zones.add(change, Apex(APEX, "44"))
                numbers.claim(change, ADA, "ada@example.net")
            with IndexWriter(index, registry.registry_id) as writer:
                publish(registry, writer)
            before = content(index)
            import_file(registry, path, ImportOptions(NOW_S))
            for delay_s in (0.01, 0.1, 0.2, 0.3):
                command = [sys.executable, "-c", PUBLISH, url, str(index)]
                environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
                with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
                    process.stdout.readline()
                    time.sleep(delay_s)
                    process.send_signal(signal.SIGKILL)
                found = content(index)[WIRE]
                assert found == before[WIRE] or found[3][0] == 15_001

            with IndexWriter(index, registry.registry_id) as writer:
                publish(registry, writer)
            repaired = content(index)[WIRE]
            assert repaired[3] == (15_001, 0, 0)
            with IndexWriter(tmp_path / "other", registry.registry_id) as writer:
                publish(registry, writer)
            assert content(tmp_path / "other")[WIRE] == repaired


def test_a_conflict_is_no_change(tree, writer):
    """
    A change that was refused leaves nothing to publish.
    """
    publish(tree, writer)
    with pytest.raises(Conflict), tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.claim(change, ADA, "ada@example.net")
        numbers.claim(change, ADA, "bob@example.net")

    assert publish(tree, writer) == []
