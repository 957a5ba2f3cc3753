"""A transaction undone."""

import re
import shutil
from pathlib import Path

import dns.rdata
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import enumd.registry
from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset
from enumd.core.uri import Uri
from enumd.errors import Conflict, EnumdError, NotFound
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
from enumd.registry.imports.importing import import_file
from enumd.registry.imports.options import ImportOptions
from enumd.registry.inversion import invert
from enumd.registry.parties import PartyKind
from enumd.registry.schema import ChangeRow, MetaRow, NumberRow

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
        "transfer": lambda: tenure.transfer(change, *rest),
        "recover": lambda: tenure.recover(change, *rest),
        "registrar": lambda: tenure.change_registrar(change, *rest, "Acme"),
        "way": lambda: endpoints.add(change, rest[0], Endpoint.parse("sip", *rest[1:])),
        "no_way": lambda: endpoints.remove(change, rest[0], uri),
        "move": lambda: endpoints.move(change, rest[0], uri, rest[2]),
        "ttl": lambda: endpoints.set_ttl(change, *rest),
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
        "edit": lambda: zone_edit.edit(change, _zone(change), zone_edit.WantedZone(ttl_s=rest[0])),
        "zone": lambda: zones.add(change, Apex(APEX, *rest)),
        "no_zone": lambda: zone_edit.remove(change, _zone(change), with_numbers=True),
        "pool": lambda: pools.edit(
            change, pools.listing(change.session)[0].name, pools.PoolEdit(rest[0], last=NUMBERS[2])
        ),
        "no_pool": lambda: pools.remove(change, "drama"),
        "party": lambda: parties.add(change, PartyKind.HOLDER, rest[0], "x@example.net"),
    }[name]()


def do(registry, now_s, step):
    """Do one step in a transaction of its own."""
    if step[0] == "import":
        _, number, uri = step
        file = Path(registry._engine.url.database).with_name("numbers.csv")
        file.write_text(f"number,service,uri\n+{number.digits},{'sip' if uri else ''},{uri}\n")
        import_file(registry, file, ImportOptions(now_s, ACTOR, "Acme"))
        return
    with registry.change(ACTOR, now_s) as change:
        perform(change, step)


@given(st.lists(STEPS, min_size=3, max_size=14))
@settings(
    max_examples=40,
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
                do(registry, now_s, step)
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
        assert everything(registry) == done


ONE = NUMBERS[0]
EVERY_KIND = [
    ("hold", ONE, ADA),
    ("claim", NUMBERS[1], BEN, 50),
    ("claim", NUMBERS[2], ADA, None),
    ("way", NUMBERS[2], "sip:a@example.net", 10),
    ("way", NUMBERS[2], "sip:b@example.net", 10),
    ("move", NUMBERS[2], "sip:a@example.net", 30),
    ("no_way", NUMBERS[2], "sip:b@example.net"),
    ("ttl", NUMBERS[2], 60),
    ("suspend", NUMBERS[2]),
    ("resume", NUMBERS[2]),
    ("transfer", NUMBERS[2], BEN),
    ("recover", NUMBERS[2]),
    ("registrar", NUMBERS[2]),
    ("release", NUMBERS[2]),
    ("import", NUMBERS[3], "sip:c@example.net"),
    ("import", NUMBERS[3], "sip:a@example.net"),
    ("wait", 91 * 86_400),
    ("import", NUMBERS[1], "sip:c@example.net"),
    ("hold", NUMBERS[2], ADA),
    ("put", "www", "TXT", None),
    ("put", "www", "TXT", 60),
    ("take", "www", "TXT"),
    ("edit", 61),
    ("pool", "other"),
    ("party", "Zed"),
    ("no_zone",),
    ("zone", "33"),
]
"""A step of each kind, in an order in which all of them can be done."""


def go(registry):
    """Do a step of every kind; return the state before each transaction, by its id."""
    now_s, states = NOW_S, {}
    for step in EVERY_KIND:
        if step[0] == "wait":
            now_s += step[1]
            continue
        before = everything(registry)
        do(registry, now_s, step)
        states[transactions(registry)[-1]] = before
    return now_s, states


@pytest.fixture
def registry(template, tmp_path):
    """Give a copy of the template, opened."""
    shutil.copy(template, tmp_path / "registry.db")
    with Registry.open(f"sqlite:///{tmp_path}/registry.db") as opened:
        yield opened


def test_every_kind_of_change_is_undone(registry):
    """Each action the log knows is among them, and each goes back to the state before it."""
    now_s, states = go(registry)
    with registry.read() as session:
        logged = set(session.scalars(select(ChangeRow.action)))
    action = re.compile(r'"((?:number|endpoint|zone|pool|party|record)\.[a-z]+)"')
    sources = Path(enumd.registry.__file__).parent.rglob("*.py")
    known = {word for path in sources for word in action.findall(path.read_text())}
    assert len(states) == len(EVERY_KIND) - 1
    words = {"number.id", "zone.id", "party.id", "zone.expire"}
    later = {"zone.serial", "zone.import", "record.import"}  # by tests of their own below
    assert known - words - later <= logged

    for each, before in sorted(states.items(), reverse=True):
        undo(registry, each, now_s)
        assert everything(registry) == before, each


def test_a_zone_file_is_undone(registry, tmp_path):
    """Records, numbers and the SOA of an import that brought its zone, and one that changed it."""
    head = (
        "$ORIGIN 9.4.e164.arpa.\n$TTL 300\n"
        "@ SOA ns.example. h.example. {} 1 1 1 1\n@ NS ns.example.\n"
    )
    way = 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:{}@example.net!" .\n'
    states = []
    for serial, user, text in ((5, "a", "one"), (7, "b", "two")):
        states.append(everything(registry))
        file = tmp_path / "example.zone"
        file.write_text(head.format(serial) + f"w TXT {text}\n1.2 " + way.format(user))
        import_file(registry, file, ImportOptions(NOW_S, ACTOR, adopt=True))
    last = transactions(registry)[-2:]

    for each, before in zip(reversed(last), reversed(states), strict=True):
        undo(registry, each)
        assert everything(registry) == before


def test_serials_go_forward_all_the_same(registry):
    """Secondaries are to see that something was undone."""
    do(registry, NOW_S, ("edit", 61))
    with registry.read() as session:
        before = zones.show(session, APEX).serial
    undo(registry, transactions(registry)[-1])
    with registry.read() as session:
        assert zones.show(session, APEX).serial == before + 1


def test_a_serial_that_was_moved_on_stays(registry):
    """There is nothing to put back."""
    with registry.change(ACTOR, NOW_S) as change:
        zone = change.lock(zones.show(change.session, APEX))
        change.record(zone, "zone.serial", None, {"serial": 1}, {"serial": 7})
        moved = change.transaction_id

    assert undo(registry, moved) == 1


def test_what_has_been_changed_since_is_not_undone(registry):
    """Nothing at all of the transaction is; the error names the thing."""
    for step in (("claim", ONE, ADA, None), ("ttl", ONE, 60)):
        do(registry, NOW_S, step)
    claimed = transactions(registry)[-2]
    before = everything(registry)
    with pytest.raises(Conflict, match=rf"^\+{ONE.digits} has been changed since: number.claim"):
        undo(registry, claimed)
    do(registry, NOW_S, ("edit", 61))
    do(registry, NOW_S, ("edit", 62))
    with pytest.raises(Conflict, match=r"^enum.example.org. has been changed since: zone.edit"):
        undo(registry, transactions(registry)[-2])

    do(registry, NOW_S, ("edit", 300))
    assert everything(registry) == before


def test_what_has_lapsed_since_is_undone_as_it_was(registry):
    """Time is no change: what the row says is what counts."""
    before = everything(registry)
    do(registry, NOW_S, ("claim", ONE, "Acme", 50))

    undo(registry, transactions(registry)[-1], NOW_S + 51)
    assert everything(registry) == before


def test_an_unknown_transaction_is_not_found(registry):
    """The log has none of that id."""
    with pytest.raises(NotFound, match="no transaction 999"):
        undo(registry, 999)


def test_what_an_older_enumd_logged_says_so(registry):
    """Lines before the first full one do not say all that was before."""
    do(registry, NOW_S, ("edit", 61))
    with registry.change(ACTOR, NOW_S) as change:
        change.session.get(MetaRow, "first_full_line").value = "1000"
    with pytest.raises(Conflict, match="older enumd"):
        undo(registry, transactions(registry)[-1])


def test_codes_and_holds_are_good_again(registry):
    """What was replaced proves the holder once more."""
    with registry.change(ACTOR, NOW_S) as change:
        old = numbers.claim(change, ONE, ADA).recovery_code
        held = numbers.hold(change, NUMBERS[1], ADA)
    do(registry, NOW_S, ("transfer", ONE, BEN))
    do(registry, NOW_S + 1801, ("claim", NUMBERS[1], BEN, None))
    for each in reversed(transactions(registry)[-2:]):
        undo(registry, each, NOW_S)
    with registry.change(ACTOR, NOW_S) as change:
        numbers.release(change, ONE, old)
        numbers.claim(change, NUMBERS[1], ADA, hold_token=held.token)
