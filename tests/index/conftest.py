"""What all tests of the index share: answers as they go on the wire, zones, a fresh directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.layout import OWNER, Answer, Zone, pack_digits
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter

ROOT = Path(__file__).parents[2]

PRELUDE = """
import sys
from pathlib import Path
from conftest import Samples
from enumd.index.reader import IndexReader
from enumd.index.writer import IndexWriter
samples, path = Samples(), Path(sys.argv[1])
"""


class Samples:
    """Builders; a value in here is never taken from the code under test."""

    apex = b"\x04e164\x04arpa\x00"
    registry_id = "registry-1"

    def zone(self, serial, apex=apex, prefix=""):
        """Return a head with an SOA and an NS RRset."""
        soa = bytes(2) + serial.to_bytes(4, "big") + bytes(16)
        rrsets = (
            RRset(RRType.SOA, 300, (soa,)),
            RRset(RRType.NS, 300, (b"\x02ns\x07example\x00",)),
        )
        return Zone(apex, prefix, Serial(serial), rrsets)

    def answer(self, number, count=1, **flags):
        """Return an answer of *count* NAPTRs that differ in a number."""
        records = b""
        for place in range(1, count + 1):
            uri = b"!^.*$!sip:+%d@host%d.example.net!" % (number, place)
            rdata = b"\x00\x64" + (10 * place).to_bytes(2, "big")
            rdata += b"\x01u\x07E2U+sip" + bytes([len(uri)]) + uri + b"\x00"
            records += OWNER + b"\x00\x23\x00\x01\x00\x00\x01\x2c"
            records += len(rdata).to_bytes(2, "big") + rdata
        return Answer(count, records, **flags)

    def numbered(self, count, start=0, step=1, salt=0):
        """Return ascending names of digits and their answers."""
        numbers = range(441632000000 + start, 441632000000 + start + count * step, step)
        return [(pack_digits(str(n)), self.answer(n + salt, 3)) for n in numbers]

    def fill(self, writer, names, serial=1, apex=apex):
        """Publish *names* and no others in a zone at *serial*."""

        def work(transaction):
            transaction.put_zone(self.zone(serial, apex))
            transaction.replace(apex, names)

        writer.publish(work)

    def put(self, writer, serial, changes, apex=apex):
        """Publish changes: (key, answer or None)."""

        def work(transaction):
            transaction.put_zone(self.zone(serial, apex))
            for key, answer in changes:
                transaction.put(apex, key, answer)

        writer.publish(work)

    def walk(self, path, apex=apex):
        """Return all names of a zone and its head, read by a reader of its own."""
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            view = snapshot.zones[apex]
            return dict(view.walk()), view.zone

    def python(self, script, *arguments):
        """Start a Python process that runs *script* on this tree; the first argument is `path`."""
        return subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="session")
def samples():
    """Return the builders."""
    return Samples()


@pytest.fixture
def path(tmp_path):
    """Return where an index may be made."""
    return tmp_path / "index"


@pytest.fixture
def writer(path, samples):
    """Yield a writer of a new index."""
    with IndexWriter(path, samples.registry_id) as writer:
        yield writer


@pytest.fixture
def filled(path, writer, samples):
    """Return the path of an index with one zone of three names."""
    samples.fill(writer, samples.numbered(3))
    return path
