"""The zone of each number, found in memory."""

import shutil

import dns.name
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.errors import Conflict, EnumdError, NotFound
from enumd.registry import numbers, pools, records, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.imports.zone_choice import Tree, ZoneFinder, key_of_owner

NOW_S = 1_795_000_000
DIGITS = st.text("12", min_size=1, max_size=4)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.text("12", max_size=2), min_size=1, max_size=4),
    st.lists(st.tuples(DIGITS, st.integers(0, 3)), max_size=4),
    st.lists(st.tuples(DIGITS, st.integers(0, 3)), max_size=4),
    st.lists(DIGITS, min_size=1, max_size=5),
)
def test_the_zone_is_that_of_find_for(
    sqlite_template, tmp_path_factory, prefixes, ranges, claimed, wanted
):
    """
    Whatever zones, pools and rows there are, the zone is the one `zones.find_for` names.
    """
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("zones") / "registry.db")
    with (
        Registry.open(f"sqlite:///{path}") as registry,
        registry.change(Actor("operator", "test"), NOW_S) as change,
    ):
        made = [
            zones.add(change, Apex(parse_name(f"z{place}.example"), prefix))
            for place, prefix in enumerate(prefixes)
        ]
        for place, (digits, which) in enumerate(ranges):
            zone = made[which % len(made)]
            if zone.tree.covers(Number(digits)):
                try:
                    pools.add(change, f"p{place}", zone, Number(digits), Number(digits))
                except Conflict:
                    continue
        for digits, which in claimed:
            zone = made[which % len(made)]
            try:
                numbers.claim(change, Number(digits), "a@example.net", apex=zone.tree.name)
            except EnumdError:
                continue
        finder = ZoneFinder(change.session)
        candidates = finder.candidates(wanted)
        for digits in wanted:
            rows = {
                zone.id
                for zone in made
                if zone.tree.covers(Number(digits))
                and numbers.number_row.find(change.session, zone, Number(digits))
            }
            try:
                expected = zones.find_for(change.session, Number(digits)).apex
            except NotFound:
                expected = "number-outside-zones"
            except Conflict:
                expected = "zone-ambiguous"

            found = candidates.choose(digits, rows)

            assert (found.apex if isinstance(found, Tree) else found[0]) == expected


def test_one_zone_alone_can_be_meant(tree):
    """
    With a zone given, numbers outside it belong nowhere.
    """
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        zones.add(change, Apex(parse_name("other.example"), ""))
        only = zones.show(change.session, parse_name("enum.example.org"))
        finder = ZoneFinder(change.session, [only])
        candidates = finder.candidates(["4416", "4930"])
        assert candidates.choose("4416", ()).apex == "enum.example.org."
        assert candidates.choose("4930", ())[0] == "number-outside-zones"


def test_exclusions_are_those_of_the_zone(tree):
    """
    Cuts and CNAMEs of the zone leave no room for numbers; other records do.
    """
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        zone = zones.listing(change.session)[0]
        target = b"\x01x\x00"
        for owner, rrtype in (("2.1", RRType.NS), ("3.1", RRType.DNAME), ("4.1", RRType.CNAME)):
            name = dns.name.from_text(owner, zone.tree.name)
            records.put(change, zone, name, RRset(rrtype, 60, (target,)))
        known = ZoneFinder(change.session).tree(zone).exclusions

    codes = {
        key: (known.number_at(key) or ("", ""))[0]
        for key in ("12", "121", "13", "131", "14", "141", "15")
    }
    assert codes == {
        "12": "number-delegated",
        "121": "number-delegated",
        "13": "number-delegated",
        "131": "number-delegated",
        "14": "cname-and-other-data",
        "141": "",
        "15": "",
    }


def test_keys_of_owners():
    """
    Owners as they are stored have the keys of import files.
    """
    assert key_of_owner("@") == ""
    assert key_of_owner("2.1") == "12"
    assert key_of_owner("*.1") == "1:"
    assert key_of_owner(r"a\.b") == ";03612e62"
