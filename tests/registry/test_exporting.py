"""Zones written to files, and read back."""

import csv
import io
import re
import shutil
import subprocess

import dns.name
import dns.zone
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.registry import endpoints, numbers, records, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.exporting import ExportResult, export_csv, export_zone
from enumd.registry.files.sorting import in_order
from enumd.registry.imports.importing import ImportOptions, import_file

NOW_S = 1_795_000_000
APEX = parse_name("enum.example.org")
ADA = Number("441632960017")


def exported(registry, write, now_s=NOW_S):
    """Return the file that *write* makes of the zone, and its result."""
    stream = io.StringIO()
    with registry.read() as session:
        result = write(session, zones.show(session, APEX), stream, now_s)
    return stream.getvalue(), result


@pytest.fixture
def full(tree):
    """Give a registry in which a zone holds one of everything."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        zone = zones.listing(change.session)[0]
        for last in "789":
            numbers.claim(change, Number(f"44163296001{last}"), "ada@example.net")
        way = Endpoint.parse("sip", "sip:a,b@example.net", 10)
        endpoints.add(change, ADA, way)
        endpoints.add(change, ADA, Endpoint.parse("X-test", "foo:bar", 20))
        endpoints.add(change, Number("441632960018"), way)
        numbers.suspend(change, Number("441632960018"), "unpaid")
        numbers.claim(change, Number("441632960020"), "ada@example.net", not_after_s=NOW_S + 9)
        endpoints.add(change, Number("441632960020"), way)
        endpoints.set_ttl(change, Number("441632960020"), 60)

        def put(owner, rrtype, *rdatas):
            name = dns.name.from_text(owner, APEX)
            records.put(change, zone, name, RRset(rrtype, 60, rdatas))

        put("ns", RRType.A, b"\xc0\x00\x02\x01")
        put("7.1.0.0.6.9.2.3.6.1", RRType.TXT, b'\x04a";\\')
        put("5.0.6.9.2.3.6.1", RRType.NS, b"\x02ns\x07example\x00", b"\x03ns2\x07example\x00")
        put(r"a\.b.\$", RRType.TXT, b"\x00")
        put("*", 65280, b"\x01\x02")
        put("@", RRType.TXT, b"\x01x")
    return tree


class TestCsv:
    """Numbers as CSV."""

    def test_what_is_reachable_is_written(self, full):
        """
        Claimed numbers are written, suspended ones and those past their end are not.
        """
        text, result = exported(full, export_csv)

        assert text.splitlines() == [
            "number,service,uri,preference,ttl",
            '+441632960017,sip,"sip:a,b@example.net",10,',
            "+441632960017,X-test,foo:bar,20,",
            "+441632960019,none,,,",
            '+441632960020,sip,"sip:a,b@example.net",10,60',
        ]
        assert result == ExportResult(numbers=3, endpoints=3, left_out=1)
        assert exported(full, export_csv, NOW_S + 9)[1].numbers == 2

    def test_progress_is_told(self, full, monkeypatch):
        """
        Whoever asks is told how many numbers are done.
        """
        monkeypatch.setattr("enumd.registry.exporting._TELL_EVERY", 1)
        told = []
        with full.read() as session:
            zone = zones.show(session, APEX)
            export_csv(session, zone, io.StringIO(), NOW_S, told.append)
            export_zone(session, zone, io.StringIO(), NOW_S, told.append)
        assert told[:3] == [1, 2, 3]


class TestZoneFile:
    """Zones as zone files."""

    def test_everything_is_written(self, full):
        """
        SOA, records and numbers are written in the order of the index; names escaped.
        """
        text, result = exported(full, export_zone)

        zone = dns.zone.from_text(text, relativize=False, check_origin=False)
        assert result == ExportResult(numbers=2, endpoints=3, records=9, left_out=2)
        assert len(list(zone.iterate_rdatas())) == 12
        assert '7.1.0.0.6.9.2.3.6.1 60 IN TXT "a\\";\\\\"' in text
        owners = [line.split()[0] for line in text.splitlines()[2:]]
        assert owners[0] == "@"
        digits = [owner[::-2] for owner in owners if owner[0].isdigit()]
        assert in_order(digits)

    @pytest.mark.peer
    @pytest.mark.parametrize("checker", ["nsd-checkzone", "named-checkzone"])
    def test_servers_load_it(self, full, checker, tmp_path):
        """
        NSD and BIND load the file without a warning.
        """
        if not shutil.which(checker):
            pytest.skip(f"{checker} is missing")
        path = tmp_path / "export.zone"
        path.write_text(exported(full, export_zone)[0])

        done = subprocess.run(
            [checker, str(APEX), str(path)], capture_output=True, text=True, timeout=60
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert len((done.stdout + done.stderr).splitlines()) <= 2

    @pytest.mark.parametrize("write", [export_csv, export_zone])
    def test_the_same_registry_gives_the_same_octets(self, full, write):
        """
        An export made twice is the same twice.
        """
        assert exported(full, write) == exported(full, write)


URIS = st.sampled_from(
    [
        ("sip", "sip:a@example.net"),
        ("sip", "sip:a@example.net;user=phone"),
        ("sip", "sips:a%21,b@example.net"),
        ("email:mailto", "mailto:a@example.net?subject=x"),
        ("voice:tel", "tel:+4930123"),
        ("X-test", "foo:bar"),
        ("web:http", "http://example.net/a,b;c"),
    ]
)
PREFERENCES = st.sampled_from([0, 10, 10, 20, 65535])
TTLS = st.sampled_from([None, 0, 60, 7200, 2147483647])
NUMBERS = st.dictionaries(
    st.integers(0, 999).map(lambda last: f"44163296{last:03d}"),
    st.tuples(st.dictionaries(URIS, PREFERENCES, max_size=4), TTLS),
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(NUMBERS, st.sampled_from([("x.csv", export_csv), ("x.zone", export_zone)]))
def test_an_import_undoes_an_export(sqlite_template, tmp_path_factory, wanted, how):
    """
    What is exported and imported elsewhere is exported there as the same octets: with the TTL of
    each number, and with the endpoints that are equally preferred in their order.
    """
    name, write = how
    home = tmp_path_factory.mktemp("trip")
    texts = []
    source = home / "first.csv"
    lines = [
        f'+{digits},{service},"{uri}",{preference},{"" if ttl_s is None else ttl_s}\n'
        for digits, (ways, ttl_s) in wanted.items()
        for (service, uri), preference in ways.items()
    ]
    source.write_text("number,service,uri,preference,ttl\n" + "".join(lines))
    for each in ("one", "two"):
        shutil.copy(sqlite_template, home / f"{each}.db")
        with Registry.open(f"sqlite:///{home}/{each}.db") as registry:
            with registry.change(Actor("operator", "test"), NOW_S) as change:
                zones.add(change, Apex(APEX, "44"))
            got = import_file(registry, source, ImportOptions(NOW_S))
            assert got.rejected == 0
            text, _ = exported(registry, write)
            texts.append([line for line in text.splitlines() if " SOA " not in line])
            source = home / name
            source.write_text(text)

    assert texts[0] == texts[1]
    assert said_in(texts[1], write) == {
        (digits, service, uri, preference, ttl_s)
        for digits, (ways, ttl_s) in wanted.items()
        for (service, uri), preference in ways.items()
    }


def said_in(lines, write):
    """Return what an exported file says of endpoints: digits, service, URI, preference and TTL."""
    if write is export_csv:
        rows = [list(row) for row in csv.reader(lines[1:]) if row[1] != "none"]
        return {
            (number[1:], service, uri, int(preference), int(ttl) if ttl else None)
            for number, service, uri, preference, ttl in rows
        }
    naptr = re.compile(r'(\S+) (\d+) IN NAPTR 100 (\d+) "u" "E2U\+(.+)" "!\^\.\*\$!(.+)!" \.')
    found = [match.groups() for line in lines if (match := naptr.fullmatch(line))]
    return {
        ("44" + owner[::-2], service, uri, int(preference), None if ttl == "300" else int(ttl))
        for owner, ttl, preference, service, uri in found
    }
