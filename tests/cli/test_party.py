"""`enumd party`: who holds, provisions and runs."""


def test_parties_are_added_listed_and_shown(done, seen, directory):
    """A party has a kind and a contact; holders known by mail come by themselves."""
    added = done("party", "add", "acme", "--kind", "registrar", "--contact", "noc@acme.example")
    done("number", "claim", "+441632960017", "--holder", "Ada@Example.net")

    assert tuple(added.values())[:3] == ("acme", "registrar", "noc@acme.example")
    assert [row["party"] for row in done("party", "list")] == ["acme", "ada@example.net"]
    assert [row["party"] for row in done("party", "list", "--kind", "registrar")] == ["acme"]
    assert "noc@acme.example" in seen("party", "show", "acme")
    assert "registrar" in seen("party", "list")
    assert "added     holder bob" in seen("party", "add", "bob", "--contact", "bob@example.net")


def test_a_name_is_taken_once(refused, enumd, directory):
    """Two parties cannot have one name; an unknown one is not found; an empty one is refused."""
    enumd("party", "add", "acme")

    assert refused("party", "add", "acme")["exit_status"] == 4
    assert refused("party", "show", "acne")["exit_status"] == 3
    assert refused("party", "add", " ")["exit_status"] == 5
