"""The hot path gives the octets of the general path, or declines."""

from __future__ import annotations

import sys
from itertools import product

import dns.edns
import dns.flags
import dns.message
import dns.name
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.dns.fast import COUNTED, DnsHotPath
from enumd.dns.outcome import DnsOutcome
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import Zone, pack_labels
from enumd.index.reader import IndexReader
from enumd.index.records import pack_answer
from enumd.index.writer import IndexWriter

NOW_S = 1_000_000
APEX = "enum.test."
INNER = "4.enum.test."
"""An apex below the other one that begins with a digit label."""

HEAD = """
$ORIGIN {apex}
$TTL 300
@ {soa_ttl} SOA ns1.example. hostmaster.example. 7 3600 600 86400 {minimum}
@ NS ns1.example.
"""
NAPTR = '{owner} NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:{owner}@example.net!" .\n'


def head(apex: str, minimum: int, soa_ttl: int = 300) -> str:
    """Return the beginning of a zone, as text."""
    return HEAD.format(apex=apex, minimum=minimum, soa_ttl=soa_ttl)


def naptrs(*owners: str) -> str:
    """Return one NAPTR at each owner, as zone text."""
    return "".join(NAPTR.format(owner=owner) for owner in owners)


@pytest.fixture
def both(publish):
    """Publish zones; ask both paths and hold them equal; return what the hot path counted."""

    def both(*texts: str, payload: int = 1232, **publishing):
        reader = publish(*texts, **publishing)
        return Both(reader, payload)

    return both


class Both:
    """Both paths over one index."""

    def __init__(self, reader: IndexReader, payload: int = 1232) -> None:
        self.reader = reader
        self.hot = DnsHotPath(payload)
        self.general = Authority(AuthoritySettings(udp_payload_max=payload))

    def ask(self, octets: bytes) -> DnsOutcome | None:
        """Return the outcome the hot path counted, or None when it declined."""
        with self.reader.snapshot() as snapshot:
            before = list(self.hot.counts)
            quick = self.hot.over(snapshot).answer(octets)
            counted = [after - was for after, was in zip(self.hot.counts, before, strict=True)]
            if quick is None:
                assert not any(counted)
                return None
            right = self.general.respond(octets, snapshot, NOW_S, DnsTransport.UDP)
        assert quick == right.octets
        assert right.outcome is COUNTED[counted.index(1)]
        return right.outcome

    def size(self, octets: bytes) -> int:
        """Return how long the reply of the hot path is."""
        with self.reader.snapshot() as snapshot:
            return len(self.hot.over(snapshot).answer(octets))

    def general_outcome(self, octets: bytes) -> DnsOutcome:
        """Return where the general path ends."""
        with self.reader.snapshot() as snapshot:
            return self.general.respond(octets, snapshot, NOW_S, DnsTransport.UDP).outcome


def query(name: str, rdtype: str = "NAPTR", **options: object) -> bytes:
    """Return the octets of a query."""
    return dns.message.make_query(name, rdtype, **options).to_wire()


def additional(count: int, octets: bytes) -> bytes:
    """Return the octets of a query with another ARCOUNT."""
    return octets[:10] + count.to_bytes(2, "big") + octets[12:]


COOKIE = dns.edns.GenericOption(10, b"8 octets")

EIGHT_OF_NSID = dns.edns.GenericOption(3, b"8 octets")

PLAIN_FORMS = {
    "bare": {},
    "no-rd": {"flags": 0},
    "ad": {"flags": dns.flags.RD | dns.flags.AD},
    "cd": {"flags": dns.flags.RD | dns.flags.CD},
    "ad-cd": {"flags": dns.flags.AD | dns.flags.CD},
    "opt": {"use_edns": 0, "payload": 1232},
    "small-opt": {"use_edns": 0, "payload": 100},
    "large-opt": {"use_edns": 0, "payload": 4096},
    "do": {"want_dnssec": True},
    "cookie": {"use_edns": 0, "options": [COOKIE]},
}


class TestPlainQuestions:
    """What the hot path is for, it answers."""

    @pytest.mark.parametrize("form", PLAIN_FORMS.values(), ids=PLAIN_FORMS)
    @pytest.mark.parametrize("rdtype", ["NAPTR", "A", "AAAA", "NS"])
    def test_every_plain_form_is_answered(self, both, form, rdtype):
        """A number, an empty non-terminal and a missing name end alike in every plain form."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.1.4.4", "8.1.4.4"))

        ends = [zone.ask(query(f"{name}.{APEX}", rdtype, **form)) for name in ("7.1.4.4", "4", "9")]

        hit = DnsOutcome.HIT if rdtype == "NAPTR" else DnsOutcome.NODATA
        assert [hit, DnsOutcome.ENT, DnsOutcome.NXDOMAIN] == ends

    def test_each_outcome_is_counted(self, both):
        """Once for each answer, from none on."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4", "*.5"), nothing_at=("8.4",))
        assert zone.hot.counts == [0] * len(COUNTED)

        for name in ("7.4", "7.4", "1.5", "8.4", "4", "9"):
            zone.ask(query(f"{name}.{APEX}"))
        assert zone.hot.counts == [2, 1, 1, 1, 1]

    def test_the_case_of_the_question_comes_back(self, both):
        """Letters of the apex are matched in any case and repeated as they came (RFC 4343)."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4"))

        assert DnsOutcome.HIT is zone.ask(query("7.4.EnUm.tEsT."))
        assert DnsOutcome.NXDOMAIN is zone.ask(query("8.4.ENUM.test."))

    def test_a_name_that_owns_nothing_is_nodata(self, both):
        """A suspended number exists and owns nothing."""
        zone = both(head(apex=APEX, minimum=60), nothing_at=("7.4",))

        assert DnsOutcome.NODATA is zone.ask(query(f"7.4.{APEX}"))

    def test_compressed_values_are_answered(self, both):
        """A zone large enough for a dictionary answers from compressed values."""
        owners = [".".join(f"{place:04}") for place in range(1200)]
        zone = both(head(apex=APEX, minimum=60) + naptrs(*owners))

        with zone.reader.snapshot() as snapshot:
            assert snapshot.zones[dns.name.from_text(APEX).to_wire()].zone.dictionaries
        assert {DnsOutcome.HIT} == {zone.ask(query(f"{owner}.{APEX}")) for owner in owners[::100]}

    def test_the_longest_apex_answers(self, both):
        """A number below two apexes belongs to the longer one, whichever comes first."""
        outer = head(apex=APEX, minimum=60) + naptrs("7.5")
        inner = head(apex=INNER, minimum=30) + naptrs("7.1")
        zone = both(outer, inner)

        assert DnsOutcome.HIT is zone.ask(query(f"7.1.{INNER}"))
        assert DnsOutcome.NXDOMAIN is zone.ask(query(f"7.5.{INNER}"))
        assert DnsOutcome.HIT is zone.ask(query(f"7.5.{APEX}"))

    def test_wildcards_are_found_from_the_closest_encloser(self, both):
        """A wildcard answers below its encloser and nowhere else (RFC 4592 section 3.3.1)."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("*.4.4", "7.1.4.4"))

        ends = [
            zone.ask(query(f"{name}.{APEX}")) for name in ("9.4.4", "9.9.4.4", "9.1.4.4", "4.4")
        ]

        assert ends == [
            DnsOutcome.WILDCARD,
            DnsOutcome.WILDCARD,
            DnsOutcome.NXDOMAIN,
            DnsOutcome.ENT,
        ]
        assert DnsOutcome.NODATA is zone.ask(query(f"9.4.4.{APEX}", "A"))

    def test_other_names_at_the_apex_cost_nothing(self, both):
        """Names that begin with no digit leave the misses of digits to the hot path."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4") + "ns1 A 127.0.0.1\n")

        assert DnsOutcome.NXDOMAIN is zone.ask(query(f"8.{APEX}"))
        assert DnsOutcome.ENT is zone.ask(query(f"4.{APEX}"))

    def test_a_publication_is_seen_by_the_next_burst(self, publish, tmp_path):
        """What was planned for one snapshot is planned again for the next publication."""
        path = tmp_path / "index"
        soa = b"\0\0" + b"".join(n.to_bytes(4, "big") for n in (1, 3600, 600, 86400, 60))
        heads = tuple(
            RRset(RRType.SOA, 300, (soa.replace(b"\0\0\0\1", bytes((0, 0, 0, serial))),))
            for serial in (1, 2)
        )
        apex = dns.name.from_text(APEX).to_wire()
        naptr = RRset(RRType.NAPTR, 300, (b"\0\x64\0\x0a\1u\7E2U+sip\x0a!^.*$!a:b!\0",))
        with IndexWriter(path, "tests") as writer:
            writer.publish(lambda t: t.put_zone(Zone(apex, "", Serial(1), heads[:1])))
            with IndexReader(path) as reader:
                zone = Both(reader)
                before = zone.ask(query(f"7.{APEX}"))

                def claim(transaction):
                    transaction.put_zone(Zone(apex, "", Serial(2), heads[1:]))
                    transaction.put(apex, pack_labels((b"7",)), pack_answer([naptr]))

                writer.publish(claim)
                after = zone.ask(query(f"7.{APEX}"))

        assert (before, after) == (DnsOutcome.NXDOMAIN, DnsOutcome.HIT)

    def test_signed_values_are_answered_without_signatures(self, tmp_path):
        """Signatures are kept with a number and not sent: nothing here serves DNSSEC yet."""
        apex, soa = dns.name.from_text(APEX).to_wire(), b"\0\0" + (1).to_bytes(4) + bytes(16)
        heads = (RRset(RRType.SOA, 300, (soa,)),)
        naptr = RRset(RRType.NAPTR, 300, (b"\0\x64\0\x0a\1u\7E2U+sip\x0a!^.*$!a:b!\0",))
        signed = pack_answer([naptr], signatures=[RRset(RRType.RRSIG, 300, (b"signature",))])

        def publish(transaction):
            transaction.put_zone(Zone(apex, "", Serial(1), heads))
            transaction.put(apex, pack_labels((b"7",)), signed)
            transaction.put(apex, pack_labels((b"8",)), pack_answer([naptr]))

        with IndexWriter(tmp_path / "index", "tests") as writer:
            writer.publish(publish)
        with IndexReader(tmp_path / "index") as reader:
            zone = Both(reader)
            ends = [zone.ask(query(f"{n}.{APEX}", want_dnssec=True)) for n in (7, 8)]
            assert ends == [DnsOutcome.HIT] * 2
            with reader.snapshot() as snapshot:
                answer = zone.hot.over(snapshot).answer
                of_7, of_8 = (answer(query(f"{n}.{APEX}", id=5)) for n in (7, 8))
        assert of_7.replace(b"\x017\x04enum", b"\x018\x04enum") == of_8

    def test_another_index_is_another_plan(self, publish):
        """Two directories with the same transaction id are told apart."""
        texts = (head(apex=APEX, minimum=60), head(apex=INNER, minimum=60))
        first, second = (Both(publish(text + naptrs("7.4"))) for text in texts)
        first.ask(query(f"7.4.{APEX}"))
        second.hot = first.hot

        assert DnsOutcome.HIT is second.ask(query(f"7.4.{INNER}"))


class TestCost:
    """What a look-up costs does not depend on what is published elsewhere."""

    ELSEWHERE = (
        naptrs("*.4.4"),
        "5.4.4 NS ns1.example.\n",
        "5.4.4 DNAME example.net.\n",
        "_sip.5.4.4 TXT text\n",
        "_x.*.4.4 TXT text\n",
        "5.4.4 TXT text\n",
    )

    def calls(self, zone, octets) -> int:
        """Return how many calls, of Python and of C, answering plain *octets* takes."""
        counted = 0

        def count(frame, what, argument):
            nonlocal counted
            counted += what in ("call", "c_call")

        with zone.reader.snapshot() as snapshot:
            burst = zone.hot.over(snapshot)
            assert burst.answer(octets)  # views and denials are made once
            sys.setprofile(count)
            burst.answer(octets)
            sys.setprofile(None)
        return counted - 1  # to end the count is a call

    @pytest.mark.parametrize("rdtype", ["NAPTR", "A"])
    @pytest.mark.parametrize("name", ["9.7.1", "7.1", "8.1"])
    def test_what_stands_elsewhere_costs_nothing(self, both, name, rdtype):
        """A hit and a miss take the same calls, but for one that sees where a miss is."""
        text = head(apex=APEX, minimum=60) + naptrs("7.1", "1.8.1", "9.9")
        asked = query(f"{name}.{APEX}", rdtype)

        alone = self.calls(both(text), asked)
        assert alone <= 21
        for more in self.ELSEWHERE:
            assert self.calls(both(text + more), asked) <= alone + 1, more


class TestDeclined:
    """Everything else is for the general path."""

    @pytest.mark.parametrize(
        ("name", "rdtype", "options"),
        [
            (APEX, "NAPTR", {}),
            (f"x.4.{APEX}", "NAPTR", {}),
            (f"a.4.{APEX}", "NAPTR", {}),
            (f"7.4.{APEX}", "CAA", {}),
            (f"*.4.{APEX}", "NAPTR", {}),
            (f"44.{APEX}", "NAPTR", {}),
            ("7.4.elsewhere.", "NAPTR", {}),
            (f"7.4.{APEX}", "TXT", {}),
            (f"7.4.{APEX}", "ANY", {}),
            (f"7.4.{APEX}", "AXFR", {}),
            (f"7.4.{APEX}", "NAPTR", {"rdclass": "CH"}),
            (f"7.4.{APEX}", "NAPTR", {"use_edns": 1}),
            (f"7.4.{APEX}", "NAPTR", {"use_edns": 0, "options": [dns.edns.NSIDOption(b"")]}),
            (f"7.4.{APEX}", "NAPTR", {"use_edns": 0, "options": [EIGHT_OF_NSID]}),
            (f"7.4.{APEX}", "NAPTR", {"use_edns": 0, "ednsflags": 1}),
            (f"7.4.{APEX}", "NAPTR", {"flags": dns.flags.RD | dns.flags.TC}),
            (f"7.4.{APEX}", "NAPTR", {"flags": dns.flags.RD | 0x40}),
        ],
    )
    def test_questions_that_are_not_plain(self, both, name, rdtype, options):
        """Other names, types, classes, flags and options are declined."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4"))

        assert zone.ask(query(name, rdtype, **options)) is None

    @pytest.mark.parametrize(
        ("octets", "whole"),
        [
            (additional(0, query(f"7.4.{APEX}")), True),
            (additional(1, query(f"7.4.{APEX}", use_edns=0)), True),
            (additional(1, query(f"7.4.{APEX}")), False),
            (additional(0, query(f"7.4.{APEX}", use_edns=0)), False),
            (additional(2, query(f"7.4.{APEX}", use_edns=0)), False),
            (query(f"7.4.{APEX}") + b"\0", False),
            (query(f"7.4.{APEX}", use_edns=0) + b"\0", False),
            (query(f"7.4.{APEX}")[:-1], False),
        ],
        ids=range(8),  # the octets have a random ID, and names of tests do not change
    )
    def test_octets_that_the_counts_do_not_say(self, both, octets, whole):
        """ARCOUNT is part of a question: what the general path refuses is not answered here."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4"))

        assert zone.ask(octets) is (DnsOutcome.HIT if whole else None)
        if not whole:
            assert zone.general_outcome(octets) is DnsOutcome.FORMERR

    @pytest.mark.parametrize("form", ["bare", "opt", "cookie"])
    @pytest.mark.parametrize("rdtype", ["NAPTR", "A"])
    def test_any_octet_changed(self, both, form, rdtype):
        """Whichever octet of a plain question is another, both paths say the same."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4"))
        plain = query(f"7.4.{APEX}", rdtype, **PLAIN_FORMS[form])

        for place, change in product(range(2, len(plain)), (1, 2, 4, 0x20, 0x80)):
            octets = bytearray(plain)
            octets[place] ^= change
            zone.ask(bytes(octets))

    @pytest.mark.parametrize(
        ("place", "octet"),
        [
            *((-18, 1), (-17, 1), (-16, 0x40), (-15, 1)),  # extended RCODE, version, flags
            *((-14, 1), (-13, 11), (-12, 1), (-11, 3), (-10, 1), (-9, 7)),  # lengths and code
        ],
    )
    def test_a_cookie_that_is_not_as_it_should_be(self, both, place, octet):
        """Each octet of an OPT that carries one is looked at, whatever the general path does."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("7.4"))
        octets = bytearray(query(f"7.4.{APEX}", use_edns=0, options=[COOKIE]))
        assert zone.ask(bytes(octets)) is DnsOutcome.HIT

        octets[place] = octet
        assert zone.ask(bytes(octets)) is None

    def test_values_that_are_not_plain(self, both):
        """Aliases, cuts, other types, names that expire and what is above them are declined."""
        text = head(apex=APEX, minimum=60) + naptrs("7.1", "5.2", "6.3")
        text += "4 NS ns1.example.\n5.1 CNAME 7.1\n6.1 TXT text\n"
        zone = both(text, not_after={"6.3": NOW_S + 10})

        names = ("4", "7.4", "5.1", "6.1", "6.3", "3")
        assert [None] * len(names) == [zone.ask(query(f"{name}.{APEX}")) for name in names]

    @pytest.mark.parametrize("others", ["6.3 TXT text\n", "6.3 CNAME 7.1\n"])
    def test_names_beside_those_of_other_types(self, both, others):
        """They are looked at closer where a wildcard has a say, and hide nothing elsewhere."""
        text = head(apex=APEX, minimum=60) + naptrs("7.1", "2.5") + others
        asked = [query(f"{name}.{APEX}") for name in ("7.3", "3", "8.5")]

        zone = both(text)
        assert [zone.ask(one) for one in asked] == [
            DnsOutcome.NXDOMAIN,
            DnsOutcome.ENT,
            DnsOutcome.NXDOMAIN,
        ]
        zone = both(text + naptrs("*"))
        assert [zone.ask(one) for one in asked] == [None, None, DnsOutcome.NXDOMAIN]

    @pytest.mark.parametrize("ends_s", [NOW_S, NOW_S + 10])
    def test_names_beside_those_that_end(self, both, ends_s):
        """Where a wildcard has a say they are looked at closer: what has ended hides nothing."""
        text = head(apex=APEX, minimum=60) + naptrs("6.3", "2.5", "*")
        zone = both(text, not_after={"6.3": ends_s})

        asked = ("3", "5.3", "7.3", "1.5")
        ends = [zone.ask(query(f"{name}.{APEX}")) for name in asked]
        assert ends == [None, None, None, None]

    def test_numbers_with_an_entry(self, both):
        """More is known of them than DNS says, so the general path looks."""
        entries = {"41": Entry(EntryState.SUSPENDED), "42": Entry(why="busy")}
        text = head(apex=APEX, minimum=60) + naptrs("2.4", "3.4")
        zone = both(text, entries=entries, nothing_at=("1.4",))

        ends = [zone.ask(query(f"{name}.{APEX}")) for name in ("1.4", "2.4", "3.4", "4.4")]
        assert ends == [None, None, DnsOutcome.HIT, DnsOutcome.NXDOMAIN]

    @pytest.mark.parametrize("mname", ["7.enum.test.", "ns.7.ENUM.test.", "7.4.enum.test."])
    def test_denials_with_digits_in_the_soa(self, both, mname):
        """The name of a server may end like the question, and then points into it."""
        text = head(apex=APEX, minimum=60).replace("SOA ns1.example.", f"SOA {mname}")
        zone = both(text + naptrs("7.4"))

        assert zone.ask(query(f"7.{APEX}")) is None
        assert zone.ask(query(f"7.4.{APEX}")) is DnsOutcome.HIT

    @pytest.mark.parametrize("star", ["_x.*", "_x.*.4"])
    def test_wildcards_that_own_nothing(self, both, star):
        """A name below a `*` makes it a wildcard without data (RFC 4592 section 4.4)."""
        zone = both(head(apex=APEX, minimum=60) + naptrs("1.4", "3.4", "5") + f"{star} TXT t\n")

        name = star.removeprefix("_x.").replace("*", "2")
        assert zone.ask(query(f"{name}.{APEX}")) is None
        assert zone.ask(query(f"1.5.{APEX}")) in (None, DnsOutcome.NXDOMAIN)

    def test_answers_that_do_not_fit_are_declined(self, both):
        """Truncation is the general path's, whatever limit the client or we have."""
        text = head(apex=APEX, minimum=60)
        text += "".join(
            f'7 NAPTR 100 {place} "u" "E2U+sip" "!^.*$!sip:{place}@{"x" * 60}.example!" .\n'
            for place in range(10, 20)
        )
        zone = both(text, payload=1232)
        small = both(text, payload=600)

        assert zone.ask(query(f"7.{APEX}")) is None
        assert zone.ask(query(f"7.{APEX}", use_edns=0, payload=700)) is None
        assert DnsOutcome.HIT is zone.ask(query(f"7.{APEX}", use_edns=0, payload=1232))
        size = zone.size(query(f"7.{APEX}", use_edns=0, payload=1232))
        assert DnsOutcome.HIT is zone.ask(query(f"7.{APEX}", use_edns=0, payload=size))
        assert zone.ask(query(f"7.{APEX}", use_edns=0, payload=size - 1)) is None
        assert small.ask(query(f"7.{APEX}", use_edns=0, payload=1232)) is None

    def test_a_reply_of_512_octets_fits_whatever_is_announced(self, both):
        """A smaller payload size counts as 512 (RFC 6891 section 6.2.3); one octet more is cut."""
        row = '7 NAPTR 100 {} "u" "E2U+sip" "!^.*$!sip:{}@example.net!" .\n'
        rows = [row.format(place, "x" * 150) for place in range(2)]
        asked = query(f"7.{APEX}", use_edns=0, payload=100)

        def replied(octets):
            """Return a zone whose reply has one user of so many octets."""
            return both(head(apex=APEX, minimum=60) + "".join([*rows, row.format(2, "x" * octets)]))

        short = replied(1).size(asked)
        assert replied(1 + 512 - short).ask(asked) is DnsOutcome.HIT
        assert replied(2 + 512 - short).ask(asked) is None

    def test_an_index_without_zones_declines_everything(self, publish):
        """Where there is no apex nothing is plain."""
        reader = publish(head(apex=APEX, minimum=60))
        with IndexWriter(reader.path, "registry-of-tests") as writer:
            writer.publish(lambda t: t.remove_zone(dns.name.from_text(APEX).to_wire()))

        zone, asked = Both(reader), query(f"7.{APEX}")
        assert zone.ask(asked) is None
        assert zone.ask(asked.replace(dns.name.from_text(APEX).to_wire(), b"")) is None


DIGITS = ("1", "4")
UNIVERSE = [".".join(name) for size in (1, 2, 3) for name in product(DIGITS, repeat=size)]
OWNED = {
    "naptr": NAPTR,
    "wildcard": NAPTR.replace("{owner} NAPTR", "*.{owner} NAPTR"),
    "other": "_x.{owner} TXT text\n",
    "inner-star": "_x.*.{owner} TXT text\n",
    "cut": "{owner} NS ns1.example.\n",
    "alias": "{owner} CNAME 1.1.1\n",
    "txt": "{owner} TXT text\n",
}


@st.composite
def zones(draw: st.DrawFn) -> tuple[str, dict[str, int], tuple[str, ...]]:
    """Return the text of a small zone, names that expire, and names that own nothing."""
    kinds = st.sampled_from(["naptr", "naptr", "naptr", *OWNED, "expiring", "gone", "nothing"])
    chosen = draw(st.dictionaries(st.sampled_from(UNIVERSE), kinds, max_size=7))
    cuts = [owner for owner, kind in chosen.items() if kind == "cut"]
    ttls = st.sampled_from([0, 60, 300])
    text = head(apex=APEX, minimum=draw(ttls), soa_ttl=draw(ttls))
    names = st.sampled_from(["ns1.example.", "ns.enum.test.", "enum.test.", "7.test.", "."])
    text = text.replace("SOA ns1.example. hostmaster.example.", f"SOA {draw(names)} {draw(names)}")
    until, nothing = {}, []
    for owner, kind in chosen.items():
        if any(owner != cut and owner.endswith(f".{cut}") for cut in cuts):
            continue  # what stands below a cut is never published
        if kind == "nothing":
            nothing.append(owner)
            continue
        text += OWNED.get(kind, NAPTR).format(owner=owner)
        if kind in ("expiring", "gone"):
            until[owner] = NOW_S + (60 if kind == "expiring" else -60)
    return text, until, tuple(nothing)


@given(zones())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_paths_give_the_same_octets(both, zone):
    """In any small zone, every question of digits has one answer, whichever path gives it."""
    text, until, nothing = zone
    paths = both(text, not_after=until, nothing_at=nothing)

    for owner, rdtype in product(UNIVERSE, ("NAPTR", "A")):
        paths.ask(query(f"{owner}.{APEX}", rdtype))
        paths.ask(query(f"{owner}.{APEX}", rdtype, want_dnssec=True))
        paths.ask(additional(1, query(f"{owner}.{APEX}", rdtype)))


@given(st.binary(max_size=12), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_are_declined_or_answered_alike(both, noise, data):
    """A query that is cut, grown or changed anywhere never makes the paths differ."""
    octets = bytearray(query(f"7.1.4.{APEX}", want_dnssec=True))
    place = data.draw(st.integers(0, len(octets)))
    octets[place : place + data.draw(st.integers(0, 12))] = noise

    both(head(apex=APEX, minimum=60) + naptrs("7.1.4", "*.4")).ask(bytes(octets))
