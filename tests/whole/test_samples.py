"""The sample trees of `zones/`: imported, exported, found clean by others' checkers, served."""

from __future__ import annotations

from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import dns.zone
import pytest

pytestmark = pytest.mark.peer

ZONES = Path(__file__).parents[2] / "zones"
SAMPLES = {
    "private.zone": ("enum.example.", ("--prefix", "44")),
    "883510.zone": ("0.1.5.3.8.8.e164.arpa.", ()),
    "demo.csv": ("enum.example.org.", ()),
}
ROUTINE = ("loaded serial", "OK")
"""What named-checkzone says of a zone without a fault."""


@pytest.fixture(params=list(SAMPLES))
def sample(request, new_home):
    """Return a home with a sample, its apex, and the file it is exported to."""
    home, (apex, words) = new_home(), SAMPLES[request.param]
    home.enumd("import", ZONES / request.param, *words)
    home.enumd("export", file := home.path / "exported.zone", "--zone", apex)
    return home, apex, file


def test_the_checkers_have_nothing_to_say(sample, peers):
    """No checker of NSD, BIND or ldns finds a fault, or warns."""
    _, apex, file = sample

    assert peers.check("nsd-checkzone", apex, file) == f"zone {apex} is ok\n"
    said = peers.check("named-checkzone", "-i", "local", "-k", "fail", apex, file).splitlines()
    assert [line for line in said if not line.endswith(ROUTINE) and ROUTINE[0] not in line] == []
    records = peers.check("ldns-read-zone", file).splitlines()
    assert len(records) == len(list(parsed(apex, file).iterate_rdatas()))


def test_each_record_is_served(sample):
    """Whatever stands in the exported file is answered, or referred to below a delegation."""
    home, apex, file = sample
    zone = parsed(apex, file)
    cuts = [name for name, node in zone.items() if name != zone.origin and has_ns(node)]
    with home.serve() as server:
        for name, rdataset in zone.iterate_rdatasets():
            query = dns.message.make_query(name, rdataset.rdtype, use_edns=0)
            reply = dns.query.udp(query, "127.0.0.1", 5, server.port)
            if any(name.is_subdomain(cut) for cut in cuts):
                assert not reply.answer
                assert reply.authority[0].rdtype == dns.rdatatype.NS
            else:
                (found,) = reply.answer
                assert found.to_rdataset() == rdataset
                assert found.ttl == rdataset.ttl


def parsed(apex, file):
    """Return a zone file as dnspython reads it."""
    return dns.zone.from_file(str(file), apex, relativize=False)


def has_ns(node):
    """Tell whether a name is delegated."""
    return any(rdataset.rdtype == dns.rdatatype.NS for rdataset in node)
