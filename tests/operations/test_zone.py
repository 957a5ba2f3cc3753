"""Zones: the keys of what comes back."""

from dataclasses import fields

from enumd.operations.zone import (
    ZoneCard,
    ZoneComplaint,
    ZoneEdited,
    ZoneFacts,
    ZoneGone,
    ZoneState,
)


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    state = ("zone", "prefix", "serial", "published", "names")

    assert keys(ZoneFacts) == state[:3]
    assert keys(ZoneState) == state
    assert keys(ZoneCard) == (
        *(*state, "name_servers", "mname", "rname", "ttl_s", "negative_ttl_s", "soa_ttl_s"),
        *("absence_ttl_s", "refresh_s", "retry_s", "expire_s", "pools"),
    )
    assert keys(ZoneEdited) == ("zone",)
    assert keys(ZoneGone) == ("zone", "numbers", "rrsets", "pools")
    assert keys(ZoneComplaint) == ("zone", "severity", "where", "text")
