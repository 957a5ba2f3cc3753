"""`enumd zone edit` and `enumd zone remove`."""


def test_a_zone_is_edited(done, enumd, directory):
    """Times, SOA names and name servers change, glue comes along, the rest stays."""
    apex = "enum.example.org"
    words = ("--ttl", "600", "--rname", "noc.example.net", "--ns", f"ns.{apex}=192.0.2.1")
    assert done("zone", "edit", apex, *words) == {"zone": "enum.example.org."}
    shown = done("zone", "show", apex)

    assert (shown["ttl_s"], shown["negative_ttl_s"]) == (600, 60)
    assert (shown["rname"], shown["name_servers"]) == ("noc.example.net.", [f"ns.{apex}."])
    assert done("record", "list", "ns")[0]["rdatas"] == ["192.0.2.1"]
    assert enumd("zone", "edit", apex).exit_code == 2


def test_a_negative_ttl_without_effect_is_told(enumd, done, directory):
    """Where the SOA's own TTL is less, that is said, and what it tells to write helps."""
    apex = "enum.example.org."
    assert "note" not in enumd("zone", "edit", apex, "--negative-ttl", "120").stderr
    assert "note" not in enumd("zone", "edit", apex, "--soa-ttl", "30").stderr

    said = enumd("zone", "edit", apex, "--negative-ttl", "900").stderr
    assert "remembered 30 s and not 900 s" in said
    command = said[said.index("enumd zone edit") :].split()
    assert done("zone", "show", apex)["absence_ttl_s"] == 30
    assert enumd(*command[1:]).stderr == ""
    assert done("zone", "show", apex)["absence_ttl_s"] == 900


def test_a_zone_is_removed_when_nobody_loses_a_number(done, refused, directory):
    """Numbers of people stay unless it is said that they go; then nothing is left or published."""
    done("number", "claim", "+441632960017", "--holder", "ada@example.net")
    assert "--with-numbers" in refused("zone", "remove", "enum.example.org")["advice"]

    removed = done("zone", "remove", "enum.example.org", "--with-numbers")

    assert (removed["numbers"], removed["pools"]) == (1, 1)
    assert done("zone", "list") == done("pool", "list") == []
