"""Laws of publishing: whatever has happened, an index that followed is one made from nothing."""

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace

import dns.name
import dns.rdata
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset
from enumd.errors import EnumdError
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter
from enumd.registry import endpoints, numbers, records, zone_edit, zones
from enumd.registry.changes import Actor
from enumd.registry.compile import affected
from enumd.registry.database import Registry
from enumd.registry.imports.importing import ImportOptions, import_file
from enumd.registry.publish import publish

NOW_S = 1_795_000_000
TEST = Actor("operator", "test")
SIP = Endpoint.parse("sip", "sip:ada@example.net", 10)
MAIN = Apex(parse_name("enum.example.org"), "44")
ITSELF = Apex.called("3.4.4.e164.arpa")
"""A zone whose apex is a number itself, +443."""
COMING = Apex(parse_name("other.example.org"), "49")

RDATAS = {
    "TXT": ("TXT", '"x"'),
    "NAPTR": ("NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:b@example.net!" .'),
    "cut": ("NS", "ns.example.net."),
    "DNAME": ("DNAME", "there.example.net."),
    "alias": ("CNAME", "there.example.net."),
}

NUMBER = Number("441632960017")
number = st.sampled_from([NUMBER, NUMBER, Number("441632960018"), Number("443")])
nothing = st.none()
OWNERS = st.sampled_from(
    ["@", "*", "ns", "0.0", "*.0.0", "0", "3", "7.1", "6.9.2.3.6.1", "*.6.9.2.3.6.1"]
)


def steps_of(*names, of):
    """Draw one of the steps called so, with what it is done to."""
    return st.tuples(st.sampled_from(names), of)


STEP = st.one_of(
    steps_of("claim", "claim until", "claim until", "endpoint", "import", of=number),
    steps_of("hold", "release", "suspend", "resume", "move", "remove", "own ttl", of=number),
    steps_of(*(f"put {kind}" for kind in RDATAS), "put beside", of=OWNERS | number),
    steps_of(*(f"drop {kind}" for kind in RDATAS), of=OWNERS | number),
    steps_of("ttl", "soa", "servers", of=st.sampled_from([MAIN, ITSELF])),
    steps_of("add zone", "remove zone", of=st.sampled_from([COMING, ITSELF])),
    steps_of("wait", of=st.integers(1, 9)),
    steps_of("publish", "publish", "publish", of=nothing),
)
STEPS = st.lists(STEP, max_size=30)
FEW_STEPS = st.lists(STEP, max_size=6)


class Life:
    """A registry that lives through steps, one a second, and may be published on the way."""

    def __init__(self, home, template, now_s=NOW_S):
        """Begin with two zones, one of which is a number itself."""
        self.home, self.path, self.now_s = home, home / "registry.db", now_s
        shutil.copy(template, self.path)
        with self.registry() as registry, registry.change(TEST, now_s) as change:
            zones.add(change, MAIN)
            zones.add(change, ITSELF)

    def registry(self):
        """Open the registry."""
        return Registry.open(f"sqlite:///{self.path}")

    def publish(self, registry, index="index", **options):
        """Bring an index up to the registry as of now."""
        with IndexWriter(self.home / index, registry.registry_id) as writer:
            return publish(registry, writer, now_s=self.now_s, **options)

    def live(self, registry, steps, index="index"):
        """Do *steps*; what the registry refuses is not done."""
        for what, subject in steps:
            self.now_s += 1
            if what == "publish":
                if index:
                    self.publish(registry, index)
            elif what == "wait":
                self.now_s += subject
            elif what == "import":
                path = self.home / "numbers.csv"
                path.write_text(f"{subject},sip,sip:b@example.net\n")
                options = ImportOptions(self.now_s, party="ada@example.net", add_party=True)
                import_file(registry, path, options)
            else:
                with suppress(EnumdError), registry.change(TEST, self.now_s) as change:
                    step(change, what, subject)

    def move_to(self, registry, serial):
        """Let a zone have that serial, as an import does of the file of another server."""
        with registry.change(TEST, self.now_s) as change:
            zone = change.lock(zones.show(change.session, MAIN.name))
            zone.serial = serial
            change.record(zone, "zone.import")


def step(change, what, subject):
    """Do one thing to a number, a name or a zone."""
    if what.startswith(("put ", "drop ")):
        return step_record(change, what, subject)
    if isinstance(subject, Apex):
        return step_zone(change, what, subject)
    return {
        "claim": lambda: claim(change, subject, None),
        "claim until": lambda: claim(change, subject, change.now_s + 7),
        "hold": lambda: numbers.hold(change, subject, "ada@example.net"),
        "release": lambda: numbers.release(change, subject),
        "suspend": lambda: numbers.suspend(change, subject, "unpaid"),
        "resume": lambda: numbers.resume(change, subject),
        "endpoint": lambda: endpoints.add(change, subject, SIP),
        "move": lambda: endpoints.move(change, subject, SIP.uri, 77),
        "remove": lambda: endpoints.remove(change, subject, SIP.uri),
        "own ttl": lambda: endpoints.set_ttl(change, subject, change.now_s % 100),
    }[what]()


def claim(change, subject, ends_s):
    """Claim a number, with an endpoint in two of three seconds."""
    numbers.claim(change, subject, "ada@example.net", not_after_s=ends_s)
    if change.now_s % 3:
        endpoints.add(change, subject, SIP)


def step_record(change, what, subject):
    """Put or remove records at a name of one of the zones, or at that of a number."""
    verb, kind = what.split()
    if isinstance(subject, Number):
        zone = zones.find_for(change.session, subject)
        owner = zone.tree.owner_name(subject)
    else:
        there = zones.listing(change.session)
        zone = there[change.now_s % len(there)]
        owner = dns.name.from_text(subject, zone.tree.name)
    rrtype, text = RDATAS.get(kind, RDATAS["TXT"])
    rdata = dns.rdata.from_text("IN", rrtype, text)
    if verb == "drop":
        return records.remove(change, zone, owner, rdata.rdtype)
    ttl_s = 60 + change.now_s % 3
    return records.put(change, zone, owner, RRset(int(rdata.rdtype), ttl_s, (rdata.to_wire(),)))


def step_zone(change, what, apex):
    """Change a zone, add or remove one."""
    if what == "add zone":
        return zones.add(change, apex)
    zone = zones.show(change.session, apex.name)
    if what == "remove zone":
        return zone_edit.remove(change, zone, with_numbers=True)
    if what == "servers":
        name = dns.name.from_text(f"ns{change.now_s % 3}.example.net.")
        return zone_edit.serve_by(change, zone, [name])
    field = "ttl_s" if what == "ttl" else "refresh_s"
    return zone_edit.edit(change, zone, zone_edit.WantedZone(**{field: 3600 + change.now_s % 5}))


def content(path):
    """Return everything an index says, but for how it came to it."""
    with IndexReader(path) as reader, reader.snapshot() as snapshot:
        return {
            apex: (
                replace(
                    view.zone, table=0, dictionaries=(), considered=0, changed=0, made_from=None
                ),
                dict(view.walk()),
                dict(view.entries_after(b"")),
            )
            for apex, view in snapshot.zones.items()
        }


@example(steps=[("claim until", NUMBER), ("publish", None), ("wait", 9)], chunk=500)
@example(steps=[("claim until", NUMBER), ("publish", None), ("wait", 9), ("soa", MAIN)], chunk=2)
@example(steps=[("claim", NUMBER), ("publish", None), ("put TXT", NUMBER)], chunk=500)
@example(steps=[("claim", NUMBER), ("publish", None), ("ttl", MAIN)], chunk=500)
@example(steps=[("put cut", "0"), ("publish", None), ("put TXT", "*.0.0")], chunk=500)
@example(steps=[("claim", Number("443")), ("publish", None), ("put NAPTR", "@")], chunk=500)
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(STEPS, st.sampled_from([2, 500]))
def test_incremental_equals_whole(sqlite_template, tmp_path_factory, steps, chunk):
    """
    After any sequence of changes, ends and publishes the index is one made from nothing then.
    """
    life = Life(tmp_path_factory.mktemp("law"), sqlite_template)
    with life.registry() as registry, pytest.MonkeyPatch.context() as patch:
        patch.setattr(affected, "CHUNK", chunk)
        life.publish(registry)
        life.live(registry, steps)
        life.publish(registry)
        applied = content(life.home / "index")
        assert life.publish(registry) == life.publish(registry, whole=True) == []
        life.publish(registry, "other")
        assert content(life.home / "other") == applied
        life.publish(registry, rebuild=True)
        assert content(life.home / "index") == applied


SERIALS = st.one_of(
    st.none(),
    st.integers(0, 40),
    st.sampled_from([1 << 31, (1 << 32) - 2]),
    st.integers(0, 1 << 31),
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(FEW_STEPS, FEW_STEPS, FEW_STEPS, SERIALS, SERIALS)
def test_one_publish_serves_the_registry(
    sqlite_template, tmp_path_factory, common, lost, kept, served, stored
):
    """
    Any registry and any index of it, whatever their serials: after one publish the answers are
    the registry's, and each serial went forward, or stayed where nothing changed (RFC 1982).
    """
    life = Life(tmp_path_factory.mktemp("restored"), sqlite_template)
    with life.registry() as registry:
        life.live(registry, common)
        life.publish(registry)
        back_up(life.path, life.home / "backup.db")
        life.live(registry, lost)
        if served is not None:
            life.move_to(registry, served)
        life.publish(registry)
    before = content(life.home / "index")
    life.path = life.home / "backup.db"
    with life.registry() as restored:
        life.live(restored, kept, index=None)
        if stored is not None:
            life.move_to(restored, stored)
        life.publish(restored)
        assert life.publish(restored) == life.publish(restored, whole=True) == []
        life.publish(restored, "other")
    after = content(life.home / "index")

    assert after == content(life.home / "other")
    for apex in after.keys() & before.keys():
        serial, old = after[apex][0].serial, before[apex][0].serial
        assert serial.newer_than(old) or after[apex] == before[apex]


def back_up(source, target):
    """Copy a registry as a backup does."""
    with closing(sqlite3.connect(target)) as backup, closing(sqlite3.connect(source)) as original:
        original.backup(backup)
