"""Whatever octets arrive, the authority gives a reply or explicit silence, and never an exception.

Contract, checked for every input: both paths survive it; where the hot path answers, the general
path answers the same octets; a reply repeats the ID, has QR set, fits its transport, and two
independent readers parse it: dnspython, and dnslib where the name is ASCII. The first broken
input is printed in hexadecimal with the seed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import dns.message
import dns.name
import dnslib

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.dns.fast import DnsHotPath
from enumd.index.layout import Zone, pack_labels
from enumd.index.reader import IndexReader, Snapshot
from enumd.index.records import pack_answer
from enumd.index.writer import IndexTransaction, IndexWriter

APEX = dns.name.from_text("enum.example.org.")
TYPES = ["NAPTR", "A", "AAAA", "NS", "SOA", "TXT", "CNAME", "ANY", "AXFR", "DS", "TYPE65300"]
ENDS = ["", "4", "*.4", "x.4", "ns1", "7.1.4", "9.9.4", "8.4", "1.8.4", "5.4"]


def publish(transaction: IndexTransaction) -> None:
    """Publish a small zone with one of everything."""
    ns = dns.name.from_text("ns1.enum.example.org.").to_wire()
    soa = ns * 2 + b"".join(n.to_bytes(4, "big") for n in (1, 3600, 600, 86400, 60))
    heads = (RRset(RRType.SOA, 300, (soa,)), RRset(RRType.NS, 300, (ns,)))
    apex = APEX.to_wire()
    transaction.put_zone(Zone(apex, "", Serial(1), heads))
    naptr = b"\0\x64\0\x0a\1u\7E2U+sip\x14!^.*$!sip:a@b.test!!\0"
    owned = {
        (b"7", b"1", b"4"): RRset(RRType.NAPTR, 300, (naptr,)),
        (b"*", b"9", b"4"): RRset(RRType.NAPTR, 300, (naptr,)),
        (b"8", b"4"): RRset(RRType.NS, 300, (ns,)),
        (b"5", b"4"): RRset(RRType.CNAME, 300, (ns,)),
        (b"ns1",): RRset(RRType.A, 300, (b"\x7f\0\0\1",)),
    }
    for labels, rrset in owned.items():
        transaction.put(apex, pack_labels(labels), pack_answer([rrset]))


def whole_query(draw: random.Random) -> bytes:
    """Return a query that is in order."""
    end = draw.choice([*ENDS, ".".join(draw.choice("0123456789*a") for _ in range(12))])
    name = dns.name.from_text(f"{end}.{APEX}" if end else str(APEX))
    edns = draw.choice([False, 0, 0, 1])
    query = dns.message.make_query(name, draw.choice(TYPES), use_edns=edns)
    query.id = draw.randrange(1 << 16)
    return query.to_wire()


def mangled(draw: random.Random) -> bytes:
    """Return a query with some octets changed, cut, repeated or added, or noise alone."""
    octets = bytearray(whole_query(draw))
    for _ in range(draw.choice([0, 1, 1, 2, 5])):
        place = draw.randrange(len(octets) + 1)
        match draw.randrange(5):
            case 0:
                octets[place : place + 1] = bytes([draw.randrange(256)])
            case 1:
                del octets[place : place + draw.randrange(1, 8)]
            case 2:
                octets[place:place] = draw.randbytes(draw.randrange(1, 12))
            case 3:
                octets += octets[place:]
            case 4:
                octets = bytearray(draw.randbytes(draw.randrange(64)))
    return bytes(octets)


def check(octets: bytes, snapshot: Snapshot, authority: Authority, hot: DnsHotPath) -> None:
    """Hold the contract for one input; raise whatever breaks it."""
    for transport, limit in ((DnsTransport.UDP, 1232), (DnsTransport.TCP, 65535)):
        reply = authority.respond(octets, snapshot, 1_000_000, transport).octets
        if reply is None:
            continue
        assert reply[:2] == octets[:2] and reply[2] & 0x80 and len(reply) <= limit
        parsed = dns.message.from_wire(reply)
        # dnslib reads labels as text, so it can referee no others.
        if all(name.isascii() for q in parsed.question for name in q.name.labels):
            dnslib.DNSRecord.parse(reply)
    quick = hot.over(snapshot).answer(octets)
    if quick is not None:
        assert quick == authority.respond(octets, snapshot, 1_000_000, DnsTransport.UDP).octets


def main() -> int:
    """Fuzz for the time given."""
    parser = argparse.ArgumentParser(prog="tools/fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    options = parser.parse_args()
    draw, count = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        with IndexWriter(Path(folder, "index"), "fuzz") as writer:
            writer.publish(publish)
        reader = IndexReader(Path(folder, "index"))
        authority, hot = Authority(AuthoritySettings(nsid=b"fuzz")), DnsHotPath(1232)
        end = time.monotonic() + options.seconds
        with reader.snapshot() as snapshot:
            while time.monotonic() < end:
                octets = mangled(draw)
                count += 1
                try:
                    check(octets, snapshot, authority, hot)
                except Exception as error:
                    print(f"seed {options.seed}, input {count}: {octets.hex()}\n{error!r}")
                    return 1
    print(f"{count} inputs in {options.seconds:.0f} s, all defined (seed {options.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
