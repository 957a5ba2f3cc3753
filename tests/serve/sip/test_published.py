"""The hot path's look-up says what `read_profile` reads its routes from, or nothing."""

from __future__ import annotations

from contextlib import closing

import dns.name
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.endpoint import rdata_of
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import Zone, pack_digits
from enumd.index.reader import IndexReader
from enumd.index.records import pack_answer
from enumd.index.writer import IndexWriter
from enumd.routing.context import Context, PeerPolicy
from enumd.routing.decision import decide
from enumd.routing.plain import PlainTargets
from enumd.routing.profile import Status
from enumd.serve.directory import Directory
from enumd.serve.enum.profiles import read_profile
from enumd.serve.sip.published import PublishedNumbers

NOW_S = 1000
HEAD = """
$ORIGIN {apex}
$TTL 300
@ SOA ns.example. hostmaster.example. 7 3600 600 86400 60
@ NS ns.example.
"""
NAPTR = '{} NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:{}@example.net!" .\n'


def zone(apex, *owners, more=""):
    """Return the text of a zone with one NAPTR at each owner."""
    rows = "".join(NAPTR.format(owner, owner.strip("*")) for owner in owners)
    return HEAD.format(apex=apex) + rows + more


class Both:
    """Both ways to look up, over one index."""

    def __init__(self, reader) -> None:
        """Read the index that *reader* reads."""
        self.reader = reader
        self.directory = Directory(reader.path)
        self.published = PublishedNumbers(self.directory)

    def close(self) -> None:
        """Give the index back."""
        self.published.release()
        self.directory.close()

    def look(self, digits: str) -> bool:
        """Look *digits* up; tell whether the quick way knew it. Hold both equal where it did."""
        body = self.published(digits.encode())
        if body is None:
            return False
        with self.reader.snapshot() as snapshot:
            entry = read_profile(Number(digits), snapshot, NOW_S)
        targets = PlainTargets(PeerPolicy()).of(body, digits.encode())
        right = decide(entry, Context(NOW_S)).targets
        assert targets == {target.uri.encode(): target.q_percent for target in right}
        assert list(targets) == [target.uri.encode() for target in right]
        return True


@pytest.fixture
def both(publish_text):
    """A function that publishes zones and returns both ways to look up."""
    opened = []

    def both(*texts, **options):
        opened.append(Both(publish_text(*texts, **options)))
        return opened[-1]

    yield both
    for one in opened:
        one.close()


def test_a_claimed_number_is_known(both):
    """And what is not there, or begins longer numbers, is not; nor is the prefix of the tree."""
    index = both(zone("44.test.", "7.1"), prefixes={"44.test.": "44"})

    known = [index.look(digits) for digits in ("4417", "441", "4418", "44", "4", "9917")]

    assert known == [True, False, False, False, False, False]


def test_what_takes_a_closer_look_is_left(both):
    """What ends, owns other records, owns nothing, or is a wildcard's."""
    index = both(
        zone("test.", "7.1", "8.1", "9.1", "*.5", more="9.1 TXT hello\n"),
        not_after={"7.1": NOW_S + 5},
        nothing_at=("6.1",),
    )

    known = [index.look(digits) for digits in ("17", "18", "19", "16", "55")]

    assert known == [False, True, False, False, False]


def test_a_number_with_an_entry_is_left(both):
    """More is known of it than its records say."""
    entries = {"17": Entry(EntryState.SUSPENDED), "19": Entry(why="busy")}
    index = both(zone("test.", "7.1", "8.1"), entries=entries)

    assert [index.look(digits) for digits in ("17", "18")] == [False, True]


def test_the_tree_with_the_most_digits_has_the_number(both):
    """What it does not have is not looked for elsewhere here."""
    index = both(
        zone("all.test.", "7.1.4.4", "8.1.4.4"),
        zone("uk.test.", "7.1"),
        prefixes={"uk.test.": "44"},
    )

    assert [index.look(digits) for digits in ("4417", "4418")] == [True, False]


def test_of_two_trees_for_the_same_digits_the_first_is_asked(both):
    """Its answer is the one that counts, and the other's is for the general path to find."""
    texts = [zone(apex, "7.1").replace("sip:7.1", f"sip:{apex[0]}") for apex in ("b.t.", "a.t.")]
    index = both(
        *texts, zone("c.t.", "8.1"), prefixes=dict.fromkeys(("a.t.", "b.t.", "c.t."), "44")
    )

    assert index.look("4417")
    assert b"sip:a@" in index.published(b"4417")
    assert not index.look("4418")


def test_a_tree_with_another_inside_is_left(both):
    """Which of the two has a name takes a closer look."""
    index = both(zone("test.", "7.1"), zone("1.test.", "7"), prefixes={"1.test.": "99"})

    assert not index.look("17")
    assert index.look("997")


def test_the_longest_number_is_known(both):
    """Fifteen digits are what E.164 has, below the longest apex that leaves room for them."""
    longest = "441632960017123"
    apex = ".".join(["x" * 60] * 3 + ["y" * 40, ""])
    assert len(dns.name.from_text(apex).to_wire()) == 225
    owner = ".".join(reversed(longest))

    assert both(zone(apex, owner)).look(longest)


@pytest.mark.parametrize(("octets", "digits"), [(224, 16), (226, 15)])
def test_a_number_that_has_no_name_is_left(tmp_path, octets, digits):
    """What no name of 255 octets can say is in no zone, whatever the index holds under its key."""
    labels = [b"x" * 60] * 3 + [b"y" * (octets - 3 * 61 - 2)]
    apex = dns.name.Name((*labels, b"")).to_wire()
    number = "1" * digits
    soa = RRset(RRType.SOA, 300, (b"\0\0" + b"\0\0\0\1" * 5,))
    naptr = RRset(RRType.NAPTR, 300, (rdata_of(10, "sip", "sip:ada@example.net"),))

    def work(transaction):
        transaction.put_zone(Zone(apex, "", Serial(1), (soa,)))
        transaction.put(apex, pack_digits(number), pack_answer([naptr]))
        transaction.put(apex, pack_digits("12"), pack_answer([naptr]))

    with IndexWriter(tmp_path / "index", "tests") as writer:
        writer.publish(work)
    with IndexReader(tmp_path / "index") as reader, closing(Both(reader)) as index:
        with reader.snapshot() as snapshot:
            assert read_profile(Number(number), snapshot, NOW_S).status is Status.OUTSIDE
        assert not index.look(number)
        assert index.look("12") is (octets < 226)


def test_nothing_published_is_nothing(tmp_path):
    """Without an index every number takes a closer look."""
    assert PublishedNumbers(Directory(tmp_path / "none"))(b"17") is None


def test_a_new_publication_is_seen_after_a_release(tmp_path, publish_text):
    """And an index that is not there yet is nothing to fail over."""
    directory = Directory(tmp_path / "index0")
    published = PublishedNumbers(directory)
    assert published(b"17") is None

    publish_text(zone("test.", "7.1"))
    directory.open()
    with closing(directory):
        assert published(b"17") is not None
        assert published(b"18") is None
        published.release()
        published.release()


def test_one_snapshot_serves_until_it_is_released(both):
    """Calls of one burst do not each begin another, and what comes after sees the new trees."""
    index = both(zone("44.test.", "7.1"), prefixes={"44.test.": "44"})
    environment = index.directory.reader._source.environment

    assert index.look("4417")
    assert index.look("4417")
    assert environment.snapshots == 1
    index.published.release()
    with IndexWriter(index.reader.path, "registry-of-tests") as writer:
        writer.publish(work_of("49.test.", "49", "17"))
    assert index.look("4917")
    assert environment.snapshots == 1


def test_a_tree_that_was_read_before_is_read_anew_after_a_release(both):
    """A view of it belongs to its snapshot and ends with it."""
    index = both(zone("44.test.", "7.1"), prefixes={"44.test.": "44"})
    assert not index.look("4418")

    index.published.release()
    with IndexWriter(index.reader.path, "registry-of-tests") as writer:
        writer.publish(work_of("44.test.", "44", "18"))
    assert index.look("4418")


def work_of(apex, prefix, digits):
    """Return the work that publishes a tree with one number."""
    soa = RRset(RRType.SOA, 300, (b"\0\0" + b"\0\0\0\1" * 5,))
    naptr = RRset(RRType.NAPTR, 300, (rdata_of(10, "sip", "sip:ada@example.net"),))
    wire = dns.name.from_text(apex).to_wire()

    def work(transaction):
        transaction.put_zone(Zone(wire, prefix, Serial(1), (soa,)))
        transaction.put(wire, pack_digits(digits), pack_answer([naptr]))

    return work


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(st.text("12", min_size=1, max_size=4), max_size=6, unique=True),
    st.lists(st.text("12", min_size=1, max_size=3), max_size=4, unique=True),
    st.sampled_from(["", "1", "12"]),
    st.sampled_from(["b.test.", "1.a.test.", "2.1.a.test."]),
)
def test_both_say_the_same(publish_text, ours, theirs, prefix, second):
    """Whatever two trees hold, and whatever they stand for."""
    texts = [
        zone(apex, *(".".join(reversed(digits)) for digits in numbers))
        for apex, numbers in (("a.test.", ours), (second, theirs))
    ]
    index = Both(publish_text(*texts, prefixes={second: prefix}))
    with closing(index):
        for digits in ("1", "2", "11", "12", "21", "112", "121", "1211", "1212", "2112"):
            index.look(digits)
