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


def test_a_zone_is_removed_when_nobody_loses_a_number(done, refused, directory):
    """Numbers of people stay unless it is said that they go; then nothing is left or published."""
    done("number", "claim", "+441632960017", "--holder", "ada@example.net")
    assert "--with-numbers" in refused("zone", "remove", "enum.example.org")["advice"]

    removed = done("zone", "remove", "enum.example.org", "--with-numbers")

    assert (removed["numbers"], removed["pools"]) == (1, 1)
    assert done("zone", "list") == done("pool", "list") == []
