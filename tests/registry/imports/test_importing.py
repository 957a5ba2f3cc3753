"""Importing whole files: the samples, the faults, the rules between file and registry."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import dns.name
import pytest
from sqlalchemy import select

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.errors import Conflict, NotFound, UnreadableFile
from enumd.index.writer import IndexWriter
from enumd.registry import endpoints, numbers, parties, records, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.exporting import export_csv, export_zone
from enumd.registry.files.rows import CODES
from enumd.registry.imports import importing
from enumd.registry.imports.importing import ImportOptions, import_file
from enumd.registry.publish import publish
from enumd.registry.schema import ChangeRow, EndpointRow, NumberRow, PartyRow

NOW_S = 1_795_000_000
ZONES = Path(__file__).parents[3] / "zones"
BAD = sorted((ZONES / "bad").iterdir())
APEX = parse_name("enum.example")

# What no sample can be about: it takes thousands of lines, or the file never gets so far.
WITHOUT_SAMPLE = {"lines-too-many", "origin-missing"}


@pytest.fixture(scope="module")
def eventful(tmp_path_factory):
    """Give a registry in which much has happened already."""
    path = tmp_path_factory.mktemp("eventful") / "registry.db"
    with Registry.create(f"sqlite:///{path}") as registry:
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            tree = zones.add(change, Apex(APEX, "44"))
            zones.add(change, Apex(parse_name("one.example"), "33"))
            zones.add(change, Apex(parse_name("two.example"), "33"))
            for last in "012":
                numbers.claim(change, Number(f"44163296020{last}"), "ada@example.net")
            numbers.suspend(change, Number("441632960201"), "unpaid")
            numbers.release(change, Number("441632960202"))
            numbers.hold(change, Number("441632960203"), "ada@example.net")
            cut = dns.name.from_text("7.7.0.6.9.2.3.6.1", APEX)
            server = dns.name.from_text("ns.provider.example.").to_wire()
            records.put(change, tree, cut, RRset(RRType.NS, 300, (server,)))
        yield registry


def bring(registry, path, **options):
    """Import a file with the options given."""
    return import_file(registry, path, ImportOptions(now_s=NOW_S + 1, **options))


def written(tmp_path, text, name="numbers.csv"):
    """Write a file and return its path."""
    path = tmp_path / name
    path.write_text(text)
    return path


def exported(registry):
    """Return all zones of a registry as CSV."""
    stream = io.StringIO()
    with registry.read() as session:
        for zone in zones.listing(session):
            export_csv(session, zone, stream, NOW_S + 2)
    return stream.getvalue()


class TestSamples:
    """The files in zones/ are what they say."""

    @pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
    def test_a_bad_file_is_refused_for_the_reason_in_its_name(self, eventful, path, tmp_path):
        """
        Each file in zones/bad/ has one fault, named by the file; the rest of it is taken.
        """
        fault = path.stem.partition("--")[0]
        include = fault.startswith("include") and fault != "include-refused"
        options = {"include": include, "rejects_path": tmp_path / "rejects.csv"}
        if fault == "unreadable":
            with pytest.raises(UnreadableFile):
                bring(eventful, path, **options)
            return

        got = bring(eventful, path, **options)

        expected = set(got.reasons)
        assert fault in expected
        assert len(expected - {"number-incomplete"}) <= 1
        assert got.taken + got.unchanged >= 1
        rejects = list(csv.DictReader(io.StringIO((tmp_path / "rejects.csv").read_text())))
        assert len(rejects) == got.rejected
        assert {row["error_code"] for row in rejects} == expected
        assert all(row["hint"] and row["error_field"] and row["error_line"] for row in rejects)

    def test_every_code_has_a_sample(self):
        """
        There is a bad file for every code that a line can be refused under.
        """
        samples = {path.stem.partition("--")[0] for path in BAD} - {"unreadable"}

        assert samples == CODES.keys() - WITHOUT_SAMPLE

    def test_the_trees_are_taken_whole(self, registry, tmp_path):
        """
        Both sample trees and the numbers of the demo are imported without a refusal, once.
        """
        files = {"private.zone": "44", "883510.zone": None, "demo.csv": None}

        first = [bring(registry, ZONES / name, prefix=prefix) for name, prefix in files.items()]
        again = [bring(registry, ZONES / name) for name in files]

        assert [got.rejected for got in first] == [0, 0, 0]
        assert [got.taken for got in again] == [0, 0, 0]
        assert [got.numbers_created for got in first] == [4, 2, 4]

    def test_the_plan_names_ranges(self, registry):
        """
        The pools of the number plan do not overlap and lie in the private tree.
        """
        from enumd.registry import pools

        plan = list(csv.DictReader((ZONES / "plan.csv").read_text().splitlines()))
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            zone = zones.add(change, Apex(APEX, "44"))
            for row in plan:
                first, last = Number.parse(row["first"]), Number.parse(row["last"])
                pools.add(change, row["pool"], zone, first, last)
            assert len(pools.listing(change.session)) == len(plan) == 6


class TestNumbers:
    """What a CSV file does to numbers."""

    def test_numbers_are_claimed_for_the_party(self, tree, tmp_path):
        """
        A new number is claimed, belongs to the party that imports, and has the file's endpoints.
        """
        path = written(tmp_path, "+44 1632 960017,sip,sip:ada@example.net\n")

        got = bring(tree, path, party="acme", add_party=True)

        assert (got.taken, got.numbers_created, got.rejects_path) == (1, 1, None)
        with tree.read() as session:
            found = numbers.show(session, Number("441632960017"), NOW_S + 2)
            assert (found.state, found.holder, found.registrar) == ("claimed", "acme", "acme")
            ways = endpoints.listing(session, Number("441632960017"), NOW_S)
            assert ways == (Endpoint.parse("sip", "sip:ada@example.net", 10),)

    def test_the_second_import_changes_nothing(self, tree, tmp_path):
        """
        A file imported twice leaves serial, log and rows as the first import left them.
        """
        path = written(tmp_path, (ZONES / "demo.csv").read_text())
        bring(tree, path)
        with tree.read() as session:
            before = zones.listing(session)[0].serial, session.query(ChangeRow).count()

        got = bring(tree, path)

        assert (got.taken, got.unchanged, got.rejected) == (0, 10, 0)
        with tree.read() as session:
            assert before == (zones.listing(session)[0].serial, session.query(ChangeRow).count())

    def test_a_file_replaces_the_endpoints_of_the_numbers_it_names(self, tree, tmp_path):
        """
        What the file says of a number is all there is of it; other numbers stay as they are.
        """
        first = "+441632960017,sip,sip:a@example.net,10\n+441632960018,sip,sip:b@example.net,10\n"
        bring(tree, written(tmp_path, first))

        got = bring(tree, written(tmp_path, "+441632960017,,mailto:a@example.net,20\n"))

        assert (got.numbers_changed, got.numbers_created) == (1, 0)
        assert exported(tree).splitlines()[1:] == [
            "+441632960017,email:mailto,mailto:a@example.net,20,",
            "+441632960018,sip,sip:b@example.net,10,",
        ]

    def test_lines_of_a_number_need_not_stand_together(self, tree, tmp_path):
        """
        A number's lines are brought together wherever they stand, in whatever order.
        """
        lines = [
            f"+4416329600{last},sip,sip:{user}@example.net,\n" for user in "ab" for last in (19, 18)
        ]

        got = bring(tree, written(tmp_path, "".join(lines)))

        assert (got.numbers_created, got.taken, got.rejected) == (2, 4, 0)
        assert exported(tree).splitlines()[1:3] == [
            "+441632960018,sip,sip:a@example.net,10,",
            "+441632960018,sip,sip:b@example.net,20,",
        ]
        assert bring(tree, tmp_path / "numbers.csv").taken == 0

    def test_a_lapsed_hold_and_a_past_quarantine_are_free(self, tree, tmp_path):
        """
        A number whose hold or quarantine is over is claimed again, with nothing of before.
        """
        held, released = Number("441632960017"), Number("441632960018")
        long_ago = NOW_S - 400 * 86_400
        with tree.change(Actor("operator", "test"), long_ago) as change:
            numbers.hold(change, held, "ada@example.net")
            numbers.claim(change, released, "ada@example.net")
            endpoints.add(change, released, Endpoint.parse("sip", "sip:old@example.net", 10))
            numbers.release(change, released)
        text = "+441632960017,sip,sip:a@example.net\n+441632960018,sip,sip:b@example.net\n"

        got = bring(tree, written(tmp_path, text))

        assert (got.numbers_created, got.rejected) == (2, 0)
        with tree.read() as session:
            for number in (held, released):
                found = numbers.show(session, number, NOW_S + 2)
                assert (found.state, found.until_s, found.holder) == ("claimed", None, None)

    def test_a_number_without_endpoints_is_claimed(self, tree, tmp_path):
        """
        A line with a number alone claims it; beside other lines of the number it is refused.
        """
        text = "+441632960017,none,\n+441632960018,none,\n+441632960018,sip,sip:a@example.net\n"

        got = bring(tree, written(tmp_path, text))

        assert got.reasons == {"uri-missing": 1, "number-incomplete": 1}
        assert exported(tree).splitlines()[1:] == ["+441632960017,none,,,"]

    def test_a_number_is_taken_whole_or_not_at_all(self, tree, tmp_path):
        """
        One bad line keeps the other lines of its number out, unless partial import was asked for.
        """
        text = "+441632960017,sip,sip:a@example.net\n+441632960017,sip,nonsense\n"
        path = written(tmp_path, text)

        whole = bring(tree, path)
        part = bring(tree, path, partial=True)

        assert (whole.taken, whole.invalid, whole.incomplete) == (0, 1, 1)
        assert (part.taken, part.invalid, part.incomplete) == (1, 1, 0)

    def test_the_file_of_rejects_can_be_corrected_and_imported(self, tree, tmp_path):
        """
        Corrected in place, a file of rejects is imported as it is and completes the first import.
        """
        text = "Number;URI;Pref\n+441632960017;sip:a@example.net;10\n+441632960018;nonsense;10\n"
        got = bring(tree, written(tmp_path, text))
        assert got.rejects_path == tmp_path / "numbers.rejects.csv"
        assert got.rejects_path.stat().st_mode & 0o077 == 0
        listed = got.rejects_path.read_text()
        assert "Number,URI,Pref,error_line,error_code,error_field,hint" in listed
        assert "+441632960018,nonsense,10,3,uri-invalid,uri," in listed

        got.rejects_path.write_text(listed.replace("nonsense", "sip:b@example.net"))
        second = bring(tree, got.rejects_path)

        assert (second.taken, second.rejected) == (1, 0)

    def test_the_zone_is_the_one_find_for_says(self, tree, tmp_path):
        """
        Where several zones stand for a number, its row decides, then its pool, then the prefix.
        """
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            zones.add(change, Apex(parse_name("other.example"), "44"))
            zones.add(change, Apex(parse_name("wide.example"), ""))
            numbers.claim(
                change,
                Number("442079460000"),
                "import@example.net",
                apex=parse_name("wide.example"),
            )
        numbers_ = ["441632960017", "442079460000", "4930123", "442079460001"]
        text = "".join(f"+{digits},sip,sip:a@example.net\n" for digits in numbers_)

        got = bring(tree, written(tmp_path, text), party="import@example.net")

        assert got.reasons == {"zone-ambiguous": 1}
        with tree.read() as session:
            for digits in numbers_[:3]:
                found = numbers.show(session, Number(digits), NOW_S + 2)
                assert found.zone == zones.find_for(session, Number(digits)).apex
        apex = parse_name("other.example")
        again = bring(tree, tmp_path / "numbers.csv", party="import@example.net", apex=apex)
        assert again.taken == 3

    def test_the_log_shows_before_and_after(self, tree, tmp_path):
        """
        Each number that an import changes has one line in the log, under one serial a zone.
        """
        bring(tree, written(tmp_path, "+441632960017,sip,sip:a@example.net,10\n"))
        bring(tree, written(tmp_path, "+441632960017,sip,sip:b@example.net,10\n"))

        with tree.read() as session:
            rows = session.query(ChangeRow).filter(ChangeRow.action == "number.import").all()
        assert [row.digits for row in rows] == ["441632960017"] * 2
        assert rows[0].before == '{"state":"free"}'
        assert rows[1].before == rows[0].after
        assert '"endpoints":[[10,"sip","sip:b@example.net"]]' in rows[1].after
        assert rows[1].serial == rows[0].serial + 1

    def test_a_party_is_added_when_that_is_asked_for(self, tree, tmp_path):
        """
        A name nobody has is refused; asked for, it becomes a registrar, or a holder by mail.
        """
        path = written(tmp_path, "+441632960017,sip,sip:a@example.net\n")
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            parties.add(change, parties.PartyKind.REGISTRAR, "Acme", "ops@acme.example")
        with pytest.raises(NotFound, match="'Acmee'") as caught:
            bring(tree, path, party="Acmee")
        assert "Did you mean Acme?" in caught.value.advice

        bring(tree, path, party="Acme")
        other = written(tmp_path, "+441632960018,sip,sip:a@example.net\n", "other.csv")
        bring(tree, other, party="Ada@example.net", add_party=True)
        bring(tree, written(tmp_path, "", "empty.csv"), party="Bell", add_party=True)

        with tree.read() as session:
            kinds = {row.name: row.kind for row in session.query(PartyRow)}
        assert kinds == {"Acme": "registrar", "ada@example.net": "holder", "Bell": "registrar"}

    def test_nothing_is_made_when_every_line_is_refused(self, tree, tmp_path):
        """
        Neither a party nor a zone is left of a file of which nothing is taken.
        """
        path = written(tmp_path, "+441632960017,sip,nonsense\n")

        got = bring(tree, path, party="acme", add_party=True)

        assert (got.rejected, got.all_rejected) == (1, True)
        assert got.rejects_path is not None and got.rejects_path.exists()
        with tree.read() as session:
            assert session.query(PartyRow).count() == 0
            assert session.query(ChangeRow).filter(ChangeRow.action == "party.add").count() == 0

    def test_numbers_of_nobody_are_the_registry_s(self, tree, tmp_path):
        """
        Without a party no party is made: the numbers have neither holder nor registrar.
        """
        path = written(tmp_path, "+441632960017,sip,sip:a@example.net\n")

        first, again = bring(tree, path), bring(tree, path)

        assert (first.taken, again.unchanged) == (1, 1)
        with tree.read() as session:
            found = numbers.show(session, Number("441632960017"), NOW_S + 2)
            assert (found.holder, found.registrar) == (None, None)
            assert session.query(PartyRow).count() == 0

    @pytest.mark.parametrize(
        ("first", "second", "told"),
        [
            ("acme", None, "belongs to acme; if the file is theirs, import it with --as acme"),
            ("acme", "bell", "belongs to acme; if"),
            (None, "bell", "belongs to no party; import it without --as"),
        ],
    )
    def test_a_number_of_somebody_else_is_refused_with_whose_it_is(
        self, tree, tmp_path, first, second, told
    ):
        """
        A number is changed by those it belongs to only, and the hint says who they are.
        """
        path = written(tmp_path, "+441632960017,sip,sip:a@example.net\n+441632960018,none\n")
        bring(tree, path, party=first, add_party=True)

        got = bring(tree, path, party=second, add_party=True)

        assert got.reasons == {"number-taken": 2}
        assert told in got.rejects_path.read_text()

    def test_silenced_numbers_are_counted(self, tree, tmp_path):
        """
        Numbers that had endpoints and have none any more are told apart from those that had none.
        """
        text = "+441632960017,sip,sip:a@example.net\n+441632960018,sip,sip:b@example.net\n"
        assert bring(tree, written(tmp_path, text)).numbers_silenced == 0

        silent = "+441632960017,none,\n+441632960019,none,\n"
        got = bring(tree, written(tmp_path, silent))

        assert (got.numbers_silenced, got.numbers_changed, got.numbers_created) == (1, 1, 1)
        assert bring(tree, tmp_path / "numbers.csv").numbers_silenced == 0

    def test_the_rejects_do_not_replace_the_file(self, tree, tmp_path):
        """
        A file is not overwritten by the list of what was refused of it.
        """
        path = written(tmp_path, "x,sip,sip:a@example.net\n")

        with pytest.raises(UnreadableFile, match="the file itself"):
            bring(tree, path, rejects_path=path)
        assert path.read_text() == "x,sip,sip:a@example.net\n"

    def test_rejects_are_corrected_and_imported(self, tree, tmp_path):
        """
        The file of rejects of a file with columns in another order is taken once it is right.
        """
        text = "Pref;URI;Number\n10;sip:a@example.net;441632960017\n"
        got = bring(tree, written(tmp_path, text))

        corrected = got.rejects_path.read_text().replace("441632960017", "+441632960017")
        again = bring(tree, written(tmp_path, corrected, "corrected.csv"))

        assert (again.taken, again.rejected) == (1, 0)


SIP = ",sip,sip:a@pbx.example"
HEAD = "number,service,uri\n"
# What a file is made of: how many numbers it makes, why lines of it are refused, what is noted.
FILES_PEOPLE_HAVE = {
    "numbers a tool turned into floats": (
        f"{HEAD}+441632960301.0{SIP}",
        0,
        "number-spreadsheet",
        "",
    ),
    "a block, first and last": (f"{HEAD}+441632960300-399{SIP}", 0, "number-not-one", ""),
    "marks nobody sees": (
        f"{HEAD}\u202a+441632960301\u202c{SIP}\n\uff0b441632960302{SIP}\n"
        f"+44\u00a01632\u00a0960303{SIP}\n\u200b+441632960304{SIP}",
        4,
        "",
        "number-cleaned",
    ),
    "marks of a spreadsheet": (
        "number;service;uri\n"
        '" +441632960301";sip;sip:a@b\n"=""+441632960302""";sip;sip:a@b\n'
        "'+441632960303;sip;sip:a@b",
        3,
        "",
        "number-cleaned",
    ),
    "numbers a spreadsheet computed": (
        "number;service;uri\n4,41633E+11;sip;sip:a@b\n441632960301;sip;sip:a@b\n"
        "01632960302;sip;sip:a@b\n441632960303.0;sip;sip:a@b\n00441632960304;sip;sip:a@b",
        0,
        "number-spreadsheet number-without-plus",
        "",
    ),
    "odd plans": (
        "".join(
            f"+{digits}{SIP}\n"
            for digits in (
                "2250705181199",
                "22586230699",
                "04240099",
                "883510001234599",
                "39068012399",
                "4930110",
                "113",
                "2",
                "9999299",
            )
        ),
        9,
        "",
        "",
    ),
    "a 0 too many": (f"{HEAD}+44 07700 900301{SIP}", 1, "", "number-trunk-zero"),
    "one number in three spellings": (
        f"{HEAD}+441632960301{SIP}\n+44 1632 960301{SIP}\ntel:+44-1632-960301{SIP}\n"
        f"+441632960302{SIP}",
        2,
        "endpoint-repeated",
        "",
    ),
    "lines that end in CR": (
        f"{HEAD}+441632960301{SIP}\n+441632960302{SIP}\n".replace("\n", "\r"),
        2,
        "",
        "",
    ),
    "a line about the delimiter": (
        f"sep=;\n{HEAD}+441632960301{SIP}\n".replace(",", ";").replace("\n", "\r\n"),
        1,
        "",
        "",
    ),
    "rows of empty cells": (f"{HEAD}+441632960301{SIP}\n,,,\n,,,\n", 1, "", ""),
    "two files and their ends": (
        f"\ufeff{HEAD}+441632960301{SIP}\n\x1a\ufeff{HEAD}+441632960302{SIP}\n\x1a",
        2,
        "",
        "header-repeated",
    ),
    "a row that silences": (f"{HEAD}+441632960301,,\n+441632960302,none,\n", 1, "uri-missing", ""),
}


class TestFilesPeopleHave:
    """Files as spreadsheets, billing systems and joined exports leave them."""

    @pytest.mark.parametrize("what", FILES_PEOPLE_HAVE)
    def test_each_is_taken_or_refused_for_what_it_is(self, registry, tmp_path, what):
        """
        What can be read is claimed as it was meant, and nothing is claimed that was not.
        """
        text, made, reasons, notes = FILES_PEOPLE_HAVE[what]
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            zones.add(change, Apex(APEX, ""))
        path = tmp_path / "in.csv"
        path.write_bytes(text.encode())

        got = bring(registry, path)

        assert got.numbers_created == made
        assert set(got.reasons) == set(reasons.split())
        assert {note.code for note in got.notes} == set(notes.split())
        with registry.read() as session:
            assert session.query(NumberRow).count() == made
        (tmp_path / "out.csv").write_text(exported(registry))
        assert (again := bring(registry, tmp_path / "out.csv")).taken == again.rejected == 0

    @pytest.mark.parametrize(
        "header",
        [
            "DID,Country,Account,Per Minute Cost,Call Type,Destination,Status",
            "start,end,tenant,description",
            "Rufnummer;Dienst;Ziel",
        ],
    )
    def test_columns_of_another_system_are_named_once(self, registry, tmp_path, header):
        """
        A header in other words refuses the file, and is not read as a row.
        """
        path = written(tmp_path, f"{header}\n441632960301,x,y,0,sip:a@b,z,Active\n")

        with pytest.raises(UnreadableFile, match="number and uri are needed"):
            bring(registry, path)


class TestZoneFiles:
    """What a zone file does to zones."""

    def test_the_soa_is_adopted_by_a_new_zone_alone(self, registry, tmp_path):
        """
        A zone the registry has keeps its SOA and NS, unless the file is to be followed.
        """
        bring(registry, ZONES / "883510.zone")
        text = (ZONES / "883510.zone").read_text()
        text = text.replace("2026010101 7200", "2026010200 1800").replace("ns2.reg", "ns3.reg")
        path = written(tmp_path, text, "changed.zone")

        kept = bring(registry, path)
        with registry.read() as session:
            assert zones.listing(session)[0].refresh_s == 7200
        followed = bring(registry, path, adopt=True)

        assert (kept.taken, kept.rejected) == (0, 0)
        assert followed.rrsets_changed == 1
        with registry.read() as session:
            zone = zones.listing(session)[0]
            assert (zone.refresh_s, zone.serial) == (1800, 2026010201)

    def test_a_zone_needs_its_digits(self, registry, tmp_path):
        """
        Outside e164.arpa nothing says which digits an apex stands for; so it has to be said.
        """
        with pytest.raises(NotFound, match="--prefix"):
            bring(registry, ZONES / "private.zone")
        with pytest.raises(UnreadableFile, match="not of"):
            bring(registry, ZONES / "private.zone", apex=parse_name("other.example"), prefix="44")

    def test_records_of_a_type_are_replaced(self, registry, tmp_path):
        """
        The records of one type at a name follow the file; other types and names stay.
        """
        bring(registry, ZONES / "private.zone", prefix="44")
        head = "$ORIGIN enum.example.\n@ IN SOA a. b. 1 1 1 1 1\n"
        path = written(
            tmp_path, head + "ns1 60 IN A 192.0.2.99\nns1 60 IN A 192.0.2.98\n", "x.zone"
        )

        got = bring(registry, path)

        assert (got.rrsets_changed, got.taken) == (1, 2)
        with registry.read() as session:
            zone = zones.listing(session)[0]
            found = records.at(session, zone, "ns1")
        assert [(rrset.rrtype, len(rrset.rdatas), rrset.ttl_s) for rrset in found] == [
            (RRType.A, 2, 60),
            (RRType.AAAA, 1, 300),
        ]

    @pytest.mark.parametrize(
        ("there", "line", "code"),
        [
            ("5.5 IN NS ns.example.net.", "1.5.5 IN TXT x", "name-occluded"),
            ("5.5 IN NS ns.example.net.", "5.5 IN TXT x", "name-occluded"),
            ("5.5 IN DNAME example.net.", "1.5.5 IN A 192.0.2.1", "name-occluded"),
            ("5.5 IN TXT x", "5.5 IN CNAME example.net.", "cname-and-other-data"),
            ("5.5 IN CNAME example.net.", "5.5 IN TXT x", "cname-and-other-data"),
            ("5.5 IN CNAME example.net.", "5.5 IN NAPTR " + "NUMBER", "cname-and-other-data"),
            ("5.5 IN NAPTR " + "NUMBER", "5.5 IN CNAME example.net.", "cname-and-other-data"),
            ("1.5.5 IN NAPTR " + "NUMBER", "5.5 IN DNAME example.net.", "cut-over-numbers"),
            ("1.5.5 IN NAPTR " + "NUMBER", "@ IN DNAME example.net.", "cut-over-numbers"),
            ("@ IN DNAME example.net.", "1.5.5 IN NAPTR NUMBER", "number-delegated"),
        ],
    )
    def test_a_line_that_the_registry_contradicts(self, registry, tmp_path, there, line, code):
        """
        What another file has put into the zone is respected: names under cuts, beside CNAMEs.
        """
        number = '100 10 "u" "E2U+sip" "!^.*$!sip:a@example.net!" .'
        head = "$ORIGIN enum.example.\n@ IN SOA a. b. 1 1 1 1 1\n"
        first = written(tmp_path, f"{head}{there}\n".replace("NUMBER", number), "1.zone")
        second = written(tmp_path, f"{head}{line}\n".replace("NUMBER", number), "2.zone")
        assert bring(registry, first, prefix="44").rejected == 0

        assert bring(registry, second).reasons == {code: 1}

    def test_a_dump_of_a_signed_zone_is_taken_whole(self, registry, tmp_path):
        """
        What a signer made is left out, the SOA at the end is one, and no number is incomplete.
        """
        soa = "4.4.e164.arpa. 300 IN SOA ns.example. host.example. 5 900 600 86400 60\n"
        text = soa + (
            "4.4.e164.arpa. 300 IN RRSIG SOA 13 4 300 20300101000000 20200101000000 1 x. AAAA\n"
            "4.4.e164.arpa. 300 IN NS ns.example.\n"
            "4.4.e164.arpa. 300 IN DNSKEY 257 3 13 AAAA\n"
            "4.4.e164.arpa. 0 IN TYPE65534 \\# 5 0D00010001\n"
            '2.1.4.4.e164.arpa. 300 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .\n'
            "2.1.4.4.e164.arpa. 300 IN RRSIG NAPTR what is not even read\n"
            "2.1.4.4.e164.arpa. 60 IN NSEC 4.4.e164.arpa. NAPTR RRSIG NSEC\n"
        )
        path = written(tmp_path, text + soa, "dump.zone")

        got = bring(registry, path)

        assert (got.rejected, got.numbers_created) == (0, 1)
        assert {note.code: note.count for note in got.notes} == {
            "signature-left-out": 5,
            "record-repeated": 1,
        }

    def test_names_of_no_number_are_noted(self, registry, tmp_path):
        """
        A missing final dot and digits without dots are taken as they stand, with a word.
        """
        naptr = 'IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .\n'
        text = (
            "$ORIGIN 4.4.e164.arpa.\n@ 300 IN SOA ns.example. host.example. 5 900 600 86400 60\n"
            f"@ IN NS ns.example.\n2.1.4.4.e164.arpa {naptr}1632 {naptr}"
        )

        got = bring(registry, written(tmp_path, text, "dots.zone"))

        (note,) = got.notes
        assert (note.code, note.count, note.line) == ("naptr-astray", 2, 4)
        assert "Write 2.1.4.4.e164.arpa." in note.hint

    def test_includes_are_read_when_asked(self, registry, tmp_path):
        """
        An included file is read relative to the one that includes it, its faults listed there.
        """
        (tmp_path / "more").mkdir()
        written(tmp_path / "more", "1.5 IN TXT more\n2.5 IN A nonsense\n", "part.zone")
        head = "$ORIGIN enum.example.\n@ IN SOA a. b. 1 1 1 1 1\n$INCLUDE more/part.zone 9\n"
        path = written(tmp_path, head, "whole.zone")

        got = bring(registry, path, prefix="44", include=True)

        assert got.reasons == {"rdata-invalid": 1}
        assert ",3,rdata-invalid," in got.rejects_path.read_text()
        with registry.read() as session:
            zone = zones.listing(session)[0]
            assert [owner for owner, _ in records.listing(session, zone)] == ["1.5.9", "@"]


HEAD_OF_TEN = """\
$TTL 1D
$ORIGIN 6.5.4.3.2.1.e164.arpa.
@ 2h IN SOA ns1.example.net. host.example.net. 1 3600 600 86400 5m
@ IN NS ns1.example.net.
"""


def naptr(uri, place="100 10", service="sip"):
    """Return the text of a NAPTR as we write it."""
    return f'NAPTR {place} "u" "E2U+{service}" "!^.*$!{uri}!" .'


class TestTtls:
    """How long what a file says may be kept."""

    def taken(self, registry, tmp_path, lines, **options):
        """Import a zone of ten digits, and return result and zone file of it."""
        path = written(tmp_path, HEAD_OF_TEN + "\n".join(lines) + "\n", "in.zone")
        got = bring(registry, path, **options)
        stream = io.StringIO()
        with registry.read() as session:
            zone = zones.show(session, parse_name("6.5.4.3.2.1.e164.arpa"))
            export_zone(session, zone, stream, NOW_S + 2)
        return got, stream.getvalue().splitlines()

    def test_records_keep_theirs(self, registry, tmp_path):
        """
        TTLs with and without units, before and behind the class; those of $GENERATE, too.
        """
        lines = [
            f"7.1 {naptr('sip:a@b.example')}",
            f"8.1 2h IN {naptr('sip:b@b.example')}",
            f"9.1 IN 1h30m {naptr('sip:c@b.example')}",
            '$GENERATE 4-5 $.2 300 IN NAPTR "100 10 u E2U+sip !^.*\\036!sip:$@b.example! ."',
        ]

        got, found = self.taken(registry, tmp_path, lines)

        assert (got.numbers_created, got.rejected, got.notes) == (5, 0, ())
        ttls = {line.split()[0]: int(line.split()[1]) for line in found if " NAPTR " in line}
        assert ttls == {"7.1": 86400, "8.1": 7200, "9.1": 5400, "4.2": 300, "5.2": 300}
        with registry.read() as session:
            own = dict(session.execute(select(NumberRow.digits, NumberRow.ttl_s)).all())
        assert (own["12345617"], own["12345618"]) == (None, 7200)

    def test_the_soa_keeps_its_own(self, registry, tmp_path):
        """
        What is not there is remembered for the lesser of it and MINIMUM (RFC 2308 section 5).
        """
        _, found = self.taken(registry, tmp_path, [])

        assert found[2].startswith("@ 7200 IN SOA") and found[2].endswith(" 300")
        with registry.read() as session:
            (zone,) = zones.listing(session)
        assert (zone.soa_ttl_s, zone.negative_ttl_s, zone.absence_ttl_s) == (7200, 300, 300)

    def test_a_minimum_without_effect_is_noted(self, registry, tmp_path):
        """
        An SOA whose own TTL is less than its MINIMUM is taken as it is, once that matters.
        """
        text = (
            "$TTL 60\n@ IN NS ns.example.net.\n@ SOA ns.example.net. h.example.net. 1 9 8 99 300\n"
        )
        path = written(tmp_path, f"$ORIGIN 9.9.8.8.e164.arpa.\n{text}", "short.zone")

        got = bring(registry, path)

        assert [(note.code, note.line) for note in got.notes] == [("minimum-idle", 4)]
        assert "enumd zone edit 9.9.8.8.e164.arpa. --soa-ttl 300" in got.notes[0].hint
        assert bring(registry, path).notes == ()

    def test_one_number_has_one(self, registry, tmp_path):
        """
        Of several TTLs of an RRset the least is taken, and the import says so.
        """
        lines = [
            f"7.1 7200 {naptr('sip:a@b.example')}",
            f"7.1 60 {naptr('sip:b@b.example', '100 20')}",
        ]

        got, found = self.taken(registry, tmp_path, lines)

        assert [(note.code, note.count, note.line) for note in got.notes] == [("ttl-differs", 1, 5)]
        assert [line.split()[1] for line in found if " NAPTR " in line] == ["60", "60"]

    def test_equal_preferences_stay_equal(self, registry, tmp_path):
        """
        At a number as at a wildcard, and different ORDERs keep their meaning.
        """
        lines = [
            f"* {naptr('sip:w@b.example')}",
            f"9.8.7 {naptr('sip:b@b.example')}",
            f"9.8.7 {naptr('h323:a@b.example', service='h323')}",
            f"9.8.7 {naptr('sip:c@b.example', '101 10')}",
        ]

        got, found = self.taken(registry, tmp_path, lines)

        assert got.notes == ()
        with registry.read() as session:
            there = endpoints.listing(session, Number("123456789"), NOW_S)
        assert [(each.preference, str(each.uri)) for each in there] == [
            (10, "sip:b@b.example"),
            (10, "h323:a@b.example"),
            (20, "sip:c@b.example"),
        ]
        assert sum(" 100 10 " in line for line in found) == 3

    def test_a_ttl_alone_is_a_change(self, registry, tmp_path):
        """
        A file that says another TTL changes the number, with a line in the log; then no more.
        """
        line = f"7.1 60 {naptr('sip:a@b.example')}"
        self.taken(registry, tmp_path, [line])
        for ttl_s, changed in ((7200, 1), (7200, 0), (86400, 1)):
            got, found = self.taken(registry, tmp_path, [line.replace("60", str(ttl_s), 1)])
            assert (got.numbers_changed, got.numbers_unchanged) == (changed, 1 - changed)
            assert [each.split()[1] for each in found if " NAPTR " in each] == [str(ttl_s)]
        with registry.read() as session:
            last = session.scalars(select(ChangeRow).order_by(ChangeRow.id.desc())).first()
        assert '"ttl_s":7200' in last.before
        assert "ttl_s" not in last.after

    def test_csv_says_it_in_a_column(self, tree, tmp_path):
        """
        A file without the column leaves the TTL as it is; a blank in it is that of the zone.
        """
        row = "+441632960017,sip,sip:a@b.example,10"
        ttls = []
        for text in (f"{row},60", row, f"number,service,uri,preference,ttl\n{row},"):
            assert bring(tree, written(tmp_path, text + "\n")).rejected == 0
            with tree.read() as session:
                ttls.append(session.scalar(select(NumberRow.ttl_s)))
        assert ttls == [60, 60, None]

    def test_a_number_that_lapsed_has_that_of_the_file(self, tree, tmp_path):
        """
        What the number had before it was given up is forgotten.
        """
        for last in "78":
            with tree.change(Actor("cli", "test"), NOW_S) as change:
                numbers.hold(change, Number(f"44163296001{last}"), "ada@example.net")
        text = "+441632960017,sip,sip:a@b.example,10,60\n+441632960018,sip,sip:a@b.example,10\n"
        later = ImportOptions(now_s=NOW_S + 10**8)
        assert import_file(tree, written(tmp_path, text), later).numbers_created == 2
        with tree.read() as session:
            found = session.execute(select(NumberRow.digits, NumberRow.ttl_s)).all()
        assert sorted(map(tuple, found)) == [("441632960017", 60), ("441632960018", None)]


class TestWholeFiles:
    """What is true of any import."""

    def test_a_file_that_is_not_there(self, tree, tmp_path):
        """
        A missing file or a directory is an error of ours, and nothing is changed.
        """
        for name in ("none", "none.csv", "none.zone", "."):
            with pytest.raises(UnreadableFile):
                bring(tree, tmp_path / name)

    def test_progress_is_told(self, tree, tmp_path):
        """
        Whoever asks is told how many octets are done, up to all of them.
        """
        path = written(tmp_path, "+441632960017,sip,sip:a@example.net\n")
        told = []

        options = ImportOptions(now_s=NOW_S)
        import_file(tree, path, options, lambda done, total: told.append((done, total)))

        assert told[-1] == (path.stat().st_size,) * 2

    def test_rejects_that_cannot_be_written_stop_the_import(self, tree, tmp_path):
        """
        Where the list of rejects has no place, nothing is imported.
        """
        path = written(tmp_path, "+441632960017,sip,sip:a@example.net\n+1,sip,nonsense\n")

        with pytest.raises(UnreadableFile, match="cannot write"):
            bring(tree, path, rejects_path=tmp_path / "missing" / "rejects.csv")

        with tree.read() as session:
            assert session.query(NumberRow).count() == 0

    def test_a_large_file_is_read_by_another_process(self, tree, tmp_path):
        """
        Past a megabyte the file is read beside the deciding, with the same result.
        """
        lines = (
            f"+4416{number:08d},sip,sip:{number}@{'long.' * 12}example.net,10\n"
            for number in range(12_000)
        )
        path = written(tmp_path, "".join(lines) + "nonsense\n")
        assert path.stat().st_size > 1 << 20

        got = bring(tree, path)

        assert (got.numbers_created, got.reasons) == (12_000, {"columns-too-few": 1})
        assert bring(tree, path).numbers_unchanged == 12_000


IMPORT = """
import sys
from pathlib import Path
from enumd.registry.database import Registry
from enumd.registry.imports.importing import ImportOptions, import_file
with Registry.open(sys.argv[1]) as registry:
    print("begun", flush=True)
    import_file(registry, Path(sys.argv[2]), ImportOptions(now_s=1_795_000_100))
"""


class TestKilled:
    """Kill -9 in the middle of an import."""

    def test_nothing_of_it_is_left(self, tmp_path):
        """
        A killed import leaves the registry as before; the next one takes everything.
        """
        url = f"sqlite:///{tmp_path}/registry.db"
        lines = (f"+4416{n:08d},sip,sip:{n}@example.net,10\n" for n in range(30_000))
        path = written(tmp_path, "".join(lines))
        with Registry.create(url) as registry:
            with registry.change(Actor("operator", "test"), NOW_S) as change:
                zones.add(change, Apex(APEX, "44"))
            for delay_s in (0.05, 0.3, 0.6, 0.9):
                command = [sys.executable, "-c", IMPORT, url, str(path)]
                environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
                with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
                    process.stdout.readline()
                    time.sleep(delay_s)
                    process.send_signal(signal.SIGKILL)
                with registry.read() as session:
                    counts = {session.query(row).count() for row in (NumberRow, EndpointRow)}
                    serial = zones.listing(session)[0].serial
                assert (counts, serial) in [({0}, 1), ({30_000}, 2)]

            assert bring(registry, path).numbers_created in (0, 30_000)
            with IndexWriter(tmp_path / "index", registry.registry_id) as writer:
                assert [each.names for each in publish(registry, writer)] == [30_000]


@contextmanager
def meanwhile(monkeypatch, *acts):
    """Let each of *acts* happen after one look at the registry: the first after the reading."""
    left = list(acts)
    looking = importing._Import._looking

    @contextmanager
    def interrupted(self):
        with looking(self) as change:
            yield change
        if left:
            left.pop(0)()

    monkeypatch.setattr(importing._Import, "_looking", interrupted)
    yield
    assert left == []


class TestOthersMeanwhile:
    def test_nobody_waits_while_the_file_is_read(self, tree, tmp_path, monkeypatch):
        """A change is made in the middle of reading, and both are there afterwards."""
        path = written(tmp_path, "+441632960001,sip,sip:a@example.net\n")
        reading = importing.read_batches

        def slow(source):
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                numbers.claim(change, Number("441632960002"), "ada@example.net")
            yield from reading(source)

        monkeypatch.setattr(importing, "read_batches", slow)

        assert import_file(tree, path, ImportOptions(NOW_S)).numbers_created == 1

    @pytest.mark.parametrize("looks", [1, 2, 3, 4])
    def test_who_claims_a_number_first_has_it(self, tree, tmp_path, monkeypatch, looks):
        """A number claimed after it was decided on is refused, whenever that was."""
        lines = [f"+44163296000{last},sip,sip:{last}@example.net\n" for last in range(4)]
        path = written(tmp_path, "".join(lines))

        def claim(last):
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                numbers.claim(change, Number(f"44163296000{last}"), "ada@example.net")

        acts = [lambda last=last: claim(last) for last in range(looks)]
        with meanwhile(monkeypatch, *acts):
            got = bring(tree, path)

        assert (got.numbers_created, got.reasons) == (4 - looks, {"number-taken": looks})
        listed = list(csv.reader(io.StringIO(got.rejects_path.read_text())))
        assert len(listed) == 1 + looks
        with tree.read() as session:
            assert session.query(NumberRow).count() == 4
            assert session.query(EndpointRow).count() == 4 - looks

    def test_what_was_changed_meanwhile_is_the_files_afterwards(self, tree, tmp_path, monkeypatch):
        """Where the file may replace what somebody just wrote, it does, and the log shows both."""
        path = written(tmp_path, "+441632960001,sip,sip:a@example.net\n")
        bring(tree, path)

        def change_it():
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                added = Endpoint.parse("sip", "sip:b@example.net", 50)
                endpoints.add(change, Number("441632960001"), added)

        with meanwhile(monkeypatch, change_it):
            got = bring(tree, path)

        assert (got.numbers_changed, got.numbers_unchanged) == (1, 0)
        with tree.read() as session:
            assert len(endpoints.listing(session, Number("441632960001"), NOW_S)) == 1
            last = session.query(ChangeRow).order_by(ChangeRow.id.desc()).first()
            assert "sip:b@example.net" in last.before

    def test_the_lock_is_given_back_where_much_has_changed(self, tree, tmp_path, monkeypatch):
        """Many batches are decided again beside the others, and only at last under the lock."""
        path = written(tmp_path, "+441632960001,sip,sip:a@example.net\n")
        monkeypatch.setattr(importing, "_FEW", 0)
        locks, change_much = [], Registry.change_much

        @contextmanager
        def late(self, actor, now_s, takes_s):
            locks.append(actor)
            with self.change(Actor("ada", "test"), NOW_S) as change:
                zone = zones.listing(change.session)[0]
                text = RRset(RRType.TXT, len(locks), (b"\x01x",))
                records.put(change, zone, dns.name.from_text("x", zone.tree.name), text)
                if len(locks) == importing._TRIES:
                    numbers.claim(change, Number("441632960001"), "ada@example.net")
            with change_much(self, actor, now_s, takes_s) as change:
                yield change

        monkeypatch.setattr(Registry, "change_much", late)

        got = bring(tree, path)

        assert (len(locks), got.reasons) == (importing._TRIES, {"number-taken": 1})

    def test_a_cut_that_came_meanwhile_hides_numbers(self, tree, tmp_path, monkeypatch):
        """Records put after the decision leave no more room than those before it."""
        path = written(tmp_path, "+441632960001,sip,sip:a@example.net\n")

        def cut():
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                zone = zones.listing(change.session)[0]
                owner = dns.name.from_text("6.9.2.3.6.1", zone.tree.name)
                records.put(change, zone, owner, RRset(RRType.NS, 60, (b"\x01x\x00",)))

        with meanwhile(monkeypatch, cut):
            assert bring(tree, path).reasons == {"number-delegated": 1}

    def test_nothing_is_made_where_the_last_line_was_lost(self, tree, tmp_path, monkeypatch):
        """A party is not added for an import that others left nothing to do."""
        path = written(tmp_path, "+441632960001,sip,sip:a@example.net\n")

        def claim():
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                numbers.claim(change, Number("441632960001"), "ada@example.net")

        monkeypatch.setattr(importing, "_MENDED", 1)
        with meanwhile(monkeypatch, lambda: None, claim):
            got = bring(tree, path, party="acme", add_party=True)

        assert got.all_rejected
        with tree.read() as session:
            assert [party.name for party in parties.listing(session)] == ["ada@example.net"]

    def test_a_zone_that_became_another_meanwhile_is_not_written_to(
        self, tree, tmp_path, monkeypatch
    ):
        """A file that was checked for one zone is refused when that is another by then."""
        path = tmp_path / "a.zone"
        path.write_text(
            "$TTL 300\n@ SOA ns.example.net. h.example.net. 1 3600 600 86400 60\n"
            "@ NS ns.example.net.\n"
        )

        def add():
            with tree.change(Actor("ada", "test"), NOW_S) as change:
                zones.add(change, Apex(parse_name("new.example.org"), "49"))

        options = ImportOptions(NOW_S, apex=parse_name("new.example.org"), prefix="33")
        with meanwhile(monkeypatch, add), pytest.raises(Conflict, match="while"):
            import_file(tree, path, options)


class TestHeadsOfZoneFiles:
    def test_times_of_the_soa_have_units(self, registry, tmp_path):
        """Units of BIND are seconds (`15m` is 900), over several lines as in one."""
        text = (
            "$TTL 1D\n$ORIGIN 9.9.e164.arpa.\n@ IN SOA ns.example.net. h.example.net. (\n"
            " 7 ; serial\n 20m\n 2h\n 2w\n 10m )\n NS ns.example.net.\n"
        )
        path = tmp_path / "units.zone"
        path.write_text(text)
        import_file(registry, path, ImportOptions(NOW_S))
        with registry.read() as session:
            zone = zones.show(session, parse_name("9.9.e164.arpa"))

        times = (zone.refresh_s, zone.retry_s, zone.expire_s, zone.negative_ttl_s, zone.ttl_s)
        assert times == (1200, 7200, 1_209_600, 600, 86_400)

    def test_a_soa_without_an_owner_is_refused(self, registry, tmp_path):
        """A line that leaves its owner out needs one before it (RFC 1035 section 5.1)."""
        path = tmp_path / "ownerless.zone"
        path.write_text("$TTL 1D\n  IN SOA ns.example.net. h.example.net. 1 2h 3h 4w 5m\n")

        with pytest.raises(UnreadableFile, match="no line before names an owner"):
            import_file(registry, path, ImportOptions(NOW_S))
