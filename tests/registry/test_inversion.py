"""A transaction undone."""

import shutil

import dns.rdata
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset
from enumd.core.uri import Uri
from enumd.errors import EnumdError
from enumd.registry import (
    endpoints,
    number_image,
    numbers,
    parties,
    pools,
    records,
    tenure,
    zone_edit,
    zones,
)
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.inversion import invert
from enumd.registry.parties import PartyKind
from enumd.registry.schema import ChangeRow, NumberRow

NOW_S = 1_795_000_000
ADA, BEN = "ada@example.net", "ben@example.net"
ACTOR = Actor("ada", "test")
APEX = parse_name("enum.example.org")
NUMBERS = [Number(f"44163296000{digit}") for digit in range(4)]


def everything(registry):
    """Return all that a registry says, as images; but for serials, which never go back."""
    with registry.read() as session:
        ids = {row.id: (row.zone_id, row.digits) for row in session.scalars(select(NumberRow))}
        # At a second at which nothing has lapsed, so that images are as they are stored.
        images = number_image.describe_all(session, list(ids), 0)
        live = zones.listing(session)
        return {
            "numbers": {ids[each]: image for each, image in images.items()},
            "zones": [zones.image(zone) for zone in live],
            "pools": [pools.image(pool) for pool in pools.listing(session)],
            "parties": [(row.kind, row.name, row.contact) for row in parties.listing(session)],
            "records": {zone.apex: list(records.listing(session, zone)) for zone in live},
        }


def transactions(registry):
    """Return the ids of all transactions there were, oldest first."""
    with registry.read() as session:
        return sorted(set(session.scalars(select(ChangeRow.transaction_id))))


def undo(registry, transaction_id, now_s=NOW_S):
    """Undo one transaction."""
    with registry.change(Actor("undo", "test"), now_s) as change:
        return invert(change, transaction_id)


@pytest.fixture(scope="module")
def template(sqlite_template, tmp_path_factory):
    """Make a registry with a zone, a pool and a registrar, to be copied."""
    path = tmp_path_factory.mktemp("inversion") / "registry.db"
    shutil.copy(sqlite_template, path)
    with (
        Registry.open(f"sqlite:///{path}") as registry,
        registry.change(ACTOR, NOW_S - 10) as change,
    ):
        zone = zones.add(change, Apex(APEX, "44"))
        pools.add(change, "drama", zone, NUMBERS[0], NUMBERS[-1])
        parties.add(change, PartyKind.REGISTRAR, "Acme", "noc@acme.example")
    return path


def _zone(change):
    return zones.show(change.session, APEX)


def _rrset(rrtype, *texts, ttl_s=300):
    kind = dns.rdatatype.from_text(rrtype)
    rdatas = [dns.rdata.from_text("IN", kind, text).to_wire() for text in texts]
    return RRset(int(kind), ttl_s, tuple(rdatas))


def _import(change, number, uri):
    """Import one number as files do, in the transaction that is open."""
    from enumd.registry.imports.number_batches import NumberImport, WantedNumber
    from enumd.registry.imports.zone_choice import ZoneFinder

    party = parties.importer(change, "Acme", add_new=False)
    wanted = WantedNumber(number.digits, ((10, "sip", uri),) if uri else (), (2,))
    NumberImport(change, party, ZoneFinder(change)).take([wanted])


NUMBER = st.sampled_from(NUMBERS)
HOLDER = st.sampled_from([ADA, BEN])
URI = st.sampled_from(["sip:a@example.net", "sip:b@example.net", "sip:c@example.net"])
OWNER = st.sampled_from(["www", "1.2", "@"])
SECONDS = st.sampled_from([None, 60, 3600])


def _step(name, *arguments):
    return st.tuples(st.just(name), *arguments)


STEPS = st.one_of(
    _step("hold", NUMBER, HOLDER),
    _step("claim", NUMBER, HOLDER, st.sampled_from([None, 50])),
    _step("release", NUMBER),
    _step("suspend", NUMBER),
    _step("resume", NUMBER),
    _step("transfer", NUMBER, HOLDER),
    _step("recover", NUMBER),
    _step("registrar", NUMBER),
    _step("way", NUMBER, URI, st.sampled_from([10, 10, 20])),
    _step("no_way", NUMBER, URI),
    _step("move", NUMBER, URI, st.sampled_from([5, 10, 30])),
    _step("ttl", NUMBER, SECONDS),
    _step("import", NUMBER, URI | st.just("")),
    _step("put", OWNER, st.sampled_from(["TXT", "A"]), SECONDS),
    _step("take", OWNER, st.sampled_from(["TXT", "A"])),
    _step("edit", st.sampled_from([60, 301])),
    _step("zone", st.sampled_from(["44", "33"])),
    _step("no_zone"),
    _step("pool", st.sampled_from(["drama", "other"])),
    _step("no_pool"),
    _step("party", st.sampled_from(["Zed", "Yes"])),
    _step("wait", st.sampled_from([1, 60, 2000, 91 * 86_400])),
)


def perform(change, step):
    """Do one step in *change*."""
    name, *rest = step
    uri = Uri.parse(rest[1]) if name in ("no_way", "move") else None
    {
        "hold": lambda: numbers.hold(change, *rest),
        "claim": lambda: numbers.claim(
            change, *rest[:2], not_after_s=rest[2] and change.now_s + rest[2]
        ),
        "release": lambda: numbers.release(change, *rest),
        "suspend": lambda: numbers.suspend(change, *rest, "abuse"),
        "resume": lambda: numbers.resume(change, *rest),
        "transfer": lambda: numbers.transfer(change, *rest),
        "recover": lambda: tenure.recover(change, *rest),
        "registrar": lambda: tenure.change_registrar(change, *rest, "Acme"),
        "way": lambda: endpoints.add(change, rest[0], Endpoint.parse("sip", *rest[1:])),
        "no_way": lambda: endpoints.remove(change, rest[0], uri),
        "move": lambda: endpoints.move(change, rest[0], uri, rest[2]),
        "ttl": lambda: endpoints.set_ttl(change, *rest),
        "import": lambda: _import(change, *rest),
        "put": lambda: records.put(
            change,
            _zone(change),
            records.absolute(_zone(change), rest[0]),
            _rrset(rest[1], *(['"x" "y\\""', '"\\255"'] if rest[1] == "TXT" else ["192.0.2.1"]))
            if rest[2] is None
            else _rrset(rest[1], '"z"' if rest[1] == "TXT" else "192.0.2.2", ttl_s=rest[2]),
        ),
        "take": lambda: records.remove(
            change,
            _zone(change),
            records.absolute(_zone(change), rest[0]),
            int(dns.rdatatype.from_text(rest[1])),
        ),
        "edit": lambda: zone_edit.edit(change, _zone(change), zone_edit.Edit(ttl_s=rest[0])),
        "zone": lambda: zones.add(change, Apex(APEX, *rest)),
        "no_zone": lambda: zone_edit.remove(change, _zone(change), with_numbers=True),
        "pool": lambda: pools.edit(
            change, pools.listing(change.session)[0].name, pools.PoolEdit(rest[0], last=NUMBERS[2])
        ),
        "no_pool": lambda: pools.remove(change, "drama"),
        "party": lambda: parties.add(change, PartyKind.HOLDER, rest[0], "x@example.net"),
    }[name]()


@given(st.lists(STEPS, min_size=3, max_size=14))
@settings(
    max_examples=60,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_log_inverted_is_the_state_before(template, tmp_path_factory, steps):
    """Whatever was done, undoing it transaction by transaction goes back through every state."""
    path = tmp_path_factory.mktemp("law") / "registry.db"
    shutil.copy(template, path)
    with Registry.open(f"sqlite:///{path}") as registry:
        now_s, states = NOW_S, {}
        for step in steps:
            if step[0] == "wait":
                now_s += step[1]
                continue
            before, known = everything(registry), transactions(registry)
            try:
                with registry.change(ACTOR, now_s) as change:
                    perform(change, step)
            except (EnumdError, IndexError):
                continue
            for new in set(transactions(registry)) - set(known):
                states[new] = before
        done = everything(registry)
        undone = {}
        for each, before in sorted(states.items(), reverse=True):
            undo(registry, each, now_s)
            undone[each] = transactions(registry)[-1]
            assert everything(registry) == before, each
        for each in sorted(undone):
            undo(registry, undone[each], now_s)
        again = everything(registry)
        # A zone that is there again has been made anew only where it was made anew before.
        assert again == done
