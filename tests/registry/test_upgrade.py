"""A registry of an older schema."""

import sqlite3

import pytest
from sqlalchemy import create_engine, text

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.errors import Conflict, RegistryError, RegistryUnusable
from enumd.registry import endpoints, history, inversion, numbers, upgrade, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.engines import read_url
from enumd.registry.lifecycle import State
from enumd.registry.migrations import HEAD
from enumd.registry.migrations import upgrade as migrate

NOW_S = 1_795_000_000

ZONE = """
    INSERT INTO zone (id, apex, prefix, serial, ttl_s, negative_ttl_s, mname, rname,
                      refresh_s, retry_s, expire_s, created_s)
    VALUES (1, 'enum.example.org.', '44', 7, 300, 60, 'ns.example.net.', 'h.example.net.',
            3600, 600, 1209600, 1)
"""


@pytest.fixture
def first(url):
    """Make a registry as the first enumd made it, with a zone in it, and give its url."""
    if url.startswith("sqlite"):
        sqlite3.connect(url.removeprefix("sqlite:///")).close()
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        migrate(connection, "0001")
        connection.execute(text("INSERT INTO meta (name, value) VALUES ('registry_id', 'x')"))
        connection.execute(text(ZONE))
    engine.dispose()
    return url


NUMBER_WITH_WAYS = (
    "INSERT INTO number (id, zone_id, digits, state, claimed_s) "
    "VALUES (5, 1, '441632960018', 'claimed', 1)",
    "INSERT INTO endpoint (number_id, preference, service, uri) VALUES "
    "(5, 20, 'sip', 'sip:b@example.net'), (5, 10, 'sip', 'sip:a@example.net')",
)


class TestUpgrade:
    def test_endpoints_keep_their_order_and_the_zone_its_ttls(self, first):
        """
        Endpoints have places of their own from then on, and what is answered stays the same.
        """
        engine = create_engine(read_url(first))
        with engine.begin() as connection:
            for statement in NUMBER_WITH_WAYS:
                connection.execute(text(statement))
        engine.dispose()
        upgrade.upgrade(first)

        number = Number("441632960018")
        with (
            Registry.open(first) as registry,
            registry.change(Actor("cli", "test"), NOW_S) as change,
        ):
            assert [way.preference for way in endpoints.listing(change.session, number, NOW_S)] == [
                10,
                20,
            ]
            zone = zones.listing(change.session)[0]
            assert (zone.soa_ttl_s, zone.absence_ttl_s) == (None, 60)
            record = numbers.show(change.session, number, NOW_S)
            assert (record.ttl_s, record.has_own_ttl) == (300, False)
            endpoints.add(change, number, Endpoint.parse("sip", "sip:c@example.net", 10))
            assert endpoints.set_ttl(change, number, 60) == 60
            ways = endpoints.listing(change.session, number, NOW_S)
            assert [way.uri.text[4] for way in ways] == ["a", "c", "b"]
            # The triggers of `number` are still there.
            tally = "SELECT touched FROM tally WHERE thousand = '441632960'"
            assert change.session.scalar(text(tally)) == 1
            numbers.claim(change, Number("441632960017"), "ada@example.net")
            assert change.session.scalar(text(tally)) == 2

    def test_an_older_registry_is_brought_up_with_its_data(self, first):
        """What was in it is there, it can be used, and a SQLite file was copied before."""
        with pytest.raises(RegistryUnusable):
            Registry.open(first)

        done = upgrade.upgrade(first)

        assert (done.from_revision, done.to_revision, done.changed) == ("0001", HEAD, True)
        with (
            Registry.open(first) as registry,
            registry.change(Actor("cli", "test"), NOW_S) as change,
        ):
            claimed = numbers.claim(change, Number("441632960017"), "ada@example.net")
        assert claimed.zone == "enum.example.org."
        if first.startswith("sqlite"):
            assert done.copy.stat().st_mode & 0o777 == 0o600
            with sqlite3.connect(done.copy) as copy:
                assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (
                    "0001",
                )
            copy.close()

    def test_a_registry_of_today_is_left_alone(self, url):
        """There is nothing to do and nothing to copy."""
        Registry.create(url).close()

        done = upgrade.upgrade(url)

        assert (done.changed, done.copy) == (False, None)

    @pytest.mark.parametrize("url", ["sqlite"], indirect=True)
    def test_an_earlier_copy_is_never_lost(self, tmp_path, first):
        """Where a copy is in the way, nothing is changed."""
        (tmp_path / "registry.db.0001").write_text("precious")

        with pytest.raises(RegistryUnusable, match="there already"):
            upgrade.upgrade(first)
        assert (tmp_path / "registry.db.0001").read_text() == "precious"

    @pytest.mark.parametrize("url", ["sqlite"], indirect=True)
    def test_what_cannot_be_copied_is_not_upgraded(self, tmp_path, first, monkeypatch):
        """A full disk at the copy leaves the registry as it was, and no half of a copy."""

        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(upgrade.sqlite3, "connect", full)
        with pytest.raises(RegistryUnusable, match="disk is full"):
            upgrade.upgrade(first)
        assert not (tmp_path / "registry.db.0001").exists()

    def test_what_is_missing_says_so(self, tmp_path):
        """No file is made where there is none."""
        with pytest.raises(RegistryUnusable):
            upgrade.upgrade(f"sqlite:///{tmp_path}/none.db")
        assert list(tmp_path.iterdir()) == []

    def test_a_database_of_another_kind_is_refused_by_name(self):
        """What no registry can be in is not a fault of ours."""
        with pytest.raises(RegistryUnusable, match="mysql"):
            upgrade.upgrade("mysql://db.example/enumd")


LOG_OF_0004 = (
    "INSERT INTO party (id, kind, name, contact, created_s) VALUES "
    "(3, 'holder', 'ada@example.net', 'ada@example.net', 1)",
    "INSERT INTO number (id, zone_id, digits, state, claimed_s, not_after_s, holder_id) VALUES "
    "(5, 1, '441632960018', 'claimed', 1, 1795000100, 3), "
    "(6, 1, '441632960019', 'claimed', 1, NULL, 3)",
    """
    INSERT INTO change (id, zone_id, serial, at_s, actor, digits, action, before, after) VALUES
    (1, 1, 1, 100, 'cli:ada', NULL, 'zone.add', NULL, '{"apex":"enum.example.org."}'),
    (2, 1, 1, 100, 'cli:ada', NULL, 'record.put', NULL, '{"type":"NS"}'),
    (3, NULL, NULL, 200, 'cli:ada:x', NULL, 'party.add', NULL, '{"name":"ada@example.net"}'),
    (4, 1, 2, 200, 'cli:ada:x', '441632960018', 'number.claim', '{"state":"free"}', NULL),
    (5, 1, 3, 200, 'cli:ada:x', '441632960019', 'number.claim', '{"state":"free"}', NULL),
    (7, 1, 7, 300, 'import', '441632960019', 'number.import', NULL, NULL)
    """,
)


class TestLog:
    """The log of a registry that was made before lines had a transaction."""

    @pytest.fixture
    def older(self, first):
        """Make a registry as it was then, with some log in it, and give its url."""
        engine = create_engine(read_url(first))
        with engine.begin() as connection:
            migrate(connection, "0004")
            for statement in LOG_OF_0004:
                connection.execute(text(statement))
            if connection.dialect.name == "postgresql":
                for table in ("party", "number", "change"):
                    place = f"pg_get_serial_sequence('{table}', 'id')"
                    connection.execute(text(f"SELECT setval({place}, 7)"))
        engine.dispose()
        upgrade.upgrade(first)
        return first

    def test_its_lines_are_taken_along(self, older):
        """What agrees in zone, serial, second and actor is one transaction; nothing is lost."""
        columns = "id, transaction_id, serial, at_s, door, party, digits, action"
        with Registry.open(older) as registry, registry.read() as session:
            rows = session.execute(text(f"SELECT {columns} FROM change ORDER BY id")).all()
            before = session.scalar(text("SELECT before FROM change WHERE id = 4"))

        assert [tuple(row) for row in rows] == [
            (1, 1, 1, 100, "cli", "ada", None, "zone.add"),
            (2, 1, 1, 100, "cli", "ada", None, "record.put"),
            (3, 3, None, 200, "cli", "ada:x", None, "party.add"),
            (4, 4, 2, 200, "cli", "ada:x", "441632960018", "number.claim"),
            (5, 5, 3, 200, "cli", "ada:x", "441632960019", "number.claim"),
            (7, 7, 7, 300, "import", None, "441632960019", "number.import"),
        ]
        assert before == '{"state":"free"}'

    def test_it_goes_on_and_still_cannot_be_rewritten(self, older):
        """New lines come after the old ones, and are as safe as they."""
        number = Number("441632960017")
        with Registry.open(older) as registry:
            with registry.change(Actor("ada", "cli"), NOW_S) as change:
                numbers.claim(change, number, "ada@example.net")
            with registry.read() as session:
                (event,) = history.of_number(session, number)
                last = session.execute(text("SELECT max(id), max(transaction_id) FROM change"))
                line, transaction = last.one()
            for statement in ("UPDATE change SET door = 'x'", "DELETE FROM change"):
                with (
                    pytest.raises(RegistryError, match="append-only"),
                    registry.change(Actor("ada", "cli"), NOW_S) as change,
                ):
                    change.session.execute(text(statement))

        assert (event.actor, event.serial) == (Actor("ada", "cli"), 8)
        assert 7 < transaction <= line

    def test_what_its_lines_do_not_say_cannot_be_undone(self, older):
        """An old line says why, and a new one is undone as ever."""
        number = Number("441632960017")
        with Registry.open(older) as registry:
            with registry.change(Actor("ada", "cli"), NOW_S) as change:
                numbers.claim(change, number, "ada@example.net")
                new = change.transaction_id
            with (
                pytest.raises(Conflict, match="older enumd"),
                registry.change(Actor("ada", "cli"), NOW_S) as change,
            ):
                inversion.invert(change, 4)
            with registry.change(Actor("ada", "cli"), NOW_S) as change:
                assert inversion.invert(change, new) == 1
                assert numbers.show(change.session, number, NOW_S).state is State.FREE

    def test_a_claim_that_has_an_end_rests_after_it(self, older):
        """Ninety days, as a released number did; one without an end has none."""
        number = Number("441632960018")
        with Registry.open(older) as registry, registry.read() as session:
            resting = numbers.show(session, number, NOW_S + 100)
            free = numbers.show(session, number, NOW_S + 100 + 90 * 86_400)
            endless = numbers.show(session, Number("441632960019"), NOW_S + 100 + 90 * 86_400)

        assert (resting.state, resting.until_s) == (State.RELEASED, NOW_S + 100 + 90 * 86_400)
        assert (free.state, endless.state) == (State.FREE, State.CLAIMED)
