"""Zones added, listed, shown, edited, removed, checked."""

import pytest

from enumd.errors import BadOwnerName, Conflict
from enumd.operations.zone import (
    AddZone,
    CheckZones,
    EditZone,
    ListZones,
    NameServer,
    RemoveZone,
    ShowZone,
)


def test_a_zone_has_the_times_of_the_home_unless_others_are_asked_for(done):
    """What is not said is as the configuration has it."""
    added = done(AddZone("9.4.e164.arpa", name_servers=(NameServer("ns1.example.net"),), ttl_s=0))
    shown = done(ShowZone("9.4.e164.arpa"))

    assert (added.zone, added.prefix, added.serial) == ("9.4.e164.arpa.", "49", 1)
    assert (shown.ttl_s, shown.negative_ttl_s) == (0, 60)
    assert (shown.published, shown.name_servers, shown.pools) == (1, ("ns1.example.net.",), ())


def test_a_server_inside_its_zone_has_an_address(done):
    """Nobody would find it without, so that is no zone."""
    inside = NameServer("ns.other.example", ("192.0.2.1", "2001:db8::1"))

    assert done(AddZone("other.example", name_servers=(inside,))).zone == "other.example."
    assert done(CheckZones("other.example")).complaints[0].severity == "warning"
    with pytest.raises(BadOwnerName, match="found by its address alone"):
        done(AddZone("third.example", name_servers=(NameServer("ns.third.example"),)))


def test_a_list_says_what_is_published(done, home):
    """Nothing where there is no index."""
    assert [(one.serial, one.published) for one in done(ListZones()).zones] == [(1, 1)]
    for path in home.config.index_path.iterdir():
        path.unlink()
    assert [(one.serial, one.published) for one in done(ListZones()).zones] == [(1, None)]


def test_what_a_zone_says_is_changed(done):
    """What is not said stays."""
    servers = (NameServer("ns2.example.net"), NameServer("ns3.example.net"))
    done(EditZone("enum.example.org", servers, ttl_s=900, rname="admin.example.org"))
    shown = done(ShowZone("enum.example.org"))

    assert shown.name_servers == ("ns2.example.net.", "ns3.example.net.")
    assert (shown.ttl_s, shown.rname, shown.negative_ttl_s) == (900, "admin.example.org.", 60)


def test_a_zone_with_numbers_goes_only_with_them(done, claimed):
    """What went is counted."""
    with pytest.raises(Conflict):
        done(RemoveZone("enum.example.org"))
    gone = done(RemoveZone("enum.example.org", with_numbers=True))
    assert (gone.zone, gone.numbers, gone.pools) == ("enum.example.org.", 1, 1)
    assert done(ListZones()).zones == ()


def test_what_is_wrong_with_a_zone_is_told(done):
    """One zone, or all of them."""
    done(AddZone("other.example"))
    report = done(CheckZones())

    assert report.checked == 2
    assert {one.zone for one in report.complaints} == {"enum.example.org.", "other.example."}
    alone = done(CheckZones("enum.example.org"))
    assert alone.checked == 1
    assert [one.text for one in alone.complaints] == [
        "one name server only; registries and resolvers expect two"
    ]
