"""The addresses of name servers inside their zone."""

from enumd.operations.record import ListRecords
from enumd.operations.zone import EditZone, NameServer


def test_addresses_of_both_families_are_records_of_the_server(done):
    """One RRset for IPv4 and one for IPv6; a server elsewhere brings none."""
    inside = NameServer("ns.enum.example.org", ("192.0.2.1", "192.0.2.2", "2001:db8::1"))
    done(EditZone("enum.example.org", (inside, NameServer("ns.example.net"))))

    found = done(ListRecords(owner="ns")).rrsets
    assert [(one.type, one.rdatas) for one in found] == [
        ("A", ("192.0.2.1", "192.0.2.2")),
        ("AAAA", ("2001:db8::1",)),
    ]
