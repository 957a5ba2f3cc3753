"""`enumd record` at the command line."""


def test_a_record_is_added_listed_and_removed(done, seen, directory):
    """Written as in a zone file, one by one; a person sees what the owner has now."""
    added = done("record", "add", "ns1", "A", "192.0.2.1")
    done("record", "add", "ns1", "A", "192.0.2.2", "--ttl", "60")

    assert (added["owner"], added["rdatas"]) == ("ns1.enum.example.org.", ["192.0.2.1"])
    assert done("record", "list", "--type", "A") == [
        {
            "owner": "ns1.enum.example.org.",
            "ttl_s": 60,
            "type": "A",
            "rdatas": ["192.0.2.1", "192.0.2.2"],
        }
    ]
    assert "A: 192.0.2.2" in seen("record", "remove", "ns1", "A", "192.0.2.1")
    assert "none left" in seen("record", "remove", "ns1", "A")
    assert done("record", "list", "ns1") == []


def test_more_than_the_limit_is_said(enumd, directory):
    """A list that was cut says so."""
    enumd("record", "add", "ns1", "A", "192.0.2.1")
    result = enumd("-o", "table", "record", "list", "--limit", "1")

    assert "more than 1" in result.stderr


def test_a_naptr_of_a_number_is_an_endpoint(refused, directory):
    """The error says which command does it."""
    rdata = '100 10 "u" "E2U+sip" "!^.*$!sip:a@example.net!" .'
    error = refused("record", "add", "7.1.0.0.6.9.2.3.6.1", "NAPTR", rdata)

    assert error["exit_status"] == 4
    assert "enumd endpoint add +441632960017" in error["advice"]
