"""The ENUM client: by a clock and scripted servers, and beside the client that blocks."""

from __future__ import annotations

import logging
from dataclasses import replace

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import Clock

from enumd.config import EnumSettings
from enumd.core.apex import Apex
from enumd.core.ddds import EnumOutcome, Failed
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.errors import ConfigError, ServiceError
from enumd.net.listeners import Address
from enumd.serve.enum import client as enum_client
from enumd.serve.enum import lookup
from enumd.serve.enum.client import BEHIND_S, MAX_PENDING, EnumClient

ADA = Number("441632960017")
BOB = Number("441632960018")
A, B = Address("192.0.2.1", 53), Address("192.0.2.2", 53)
SETTINGS = EnumSettings(
    suffixes=("one.example=44", "two.example=44"),
    servers=("192.0.2.1", "192.0.2.2"),
    timeout_ms=1000,
    total_timeout_ms=4000,
)
NAPTR = '100 {} "u" "E2U+{}" "!^.*$!{}!" .'
SOA = "ns.example. hostmaster.example. 7 3600 600 86400 30"


def reply(query, *texts, rcode=dns.rcode.NOERROR, soa=True, ttl_s=60):
    """Return the reply to a query with these NAPTRs, as it comes over the wire."""
    got = dns.message.make_response(query)
    got.set_rcode(rcode)
    name = query.question[0].name
    for text in texts:
        rrset = got.find_rrset(got.answer, name, "IN", "NAPTR", create=True)
        rrset.update(dns.rrset.from_text(name, ttl_s, "IN", "NAPTR", text))
    if soa and not texts:
        got.authority.append(dns.rrset.from_text(name.parent(), 60, "IN", "SOA", SOA))
    return dns.message.from_wire(got.to_wire())


def found(query):
    """Return a reply with a target."""
    return reply(query, NAPTR.format(10, "sip", "sip:ada@example.net"))


def nxdomain(query):
    """Return that there is no such name."""
    return reply(query, rcode=dns.rcode.NXDOMAIN)


class Bench:
    """A client by a clock, and the servers it asks."""

    def __init__(self, settings: EnumSettings = SETTINGS) -> None:
        """Have nothing said to it yet."""
        self.clock = Clock()
        self.clock.advance(1000)
        self.client = EnumClient(self.clock, settings, self.exchange)
        self.says = {A: None, B: None}
        self.asked: list[tuple[Address, str]] = []
        self.queries = []
        self.waits_s: list[float] = []

    def exchange(self, server, query, timeout_s):
        """Answer by the server's script, or be silent."""
        self.asked.append((server, query.question[0].name.to_text()))
        self.queries.append(query)
        self.waits_s.append(timeout_s)
        if (script := self.says[server]) is not None:
            told = script(query)
            return told if isinstance(told, Deferred) else succeed(told)
        silence: Deferred = Deferred()
        silence.addTimeout(timeout_s, self.clock, lambda *_: fail(ServiceError("no reply in time")))
        return silence

    def resolve(self, number=ADA, **more):
        """Return a list that will hold the resolution."""
        results: list = []
        self.client.resolve(number, **more).addBoth(results.append)
        return results

    def pump(self, for_s: float) -> None:
        """Let time pass."""
        for _ in range(round(for_s * 8)):
            self.clock.advance(0.125)


@pytest.fixture
def bench():
    """A client of two trees and two servers."""
    return Bench()


def owners(bench):
    """Return the trees that were asked, in order."""
    return [name.split(".", 10)[-1] for _, name in bench.asked]


class TestTrees:
    def test_the_first_that_has_the_number_ends_the_query(self, bench):
        """Its records are the targets."""
        bench.says[A] = found

        (got,) = bench.resolve()

        assert got.outcome is EnumOutcome.FOUND
        assert [str(target.uri) for target in got.targets] == ["sip:ada@example.net"]
        assert owners(bench) == ["one.example."]

    def test_nxdomain_goes_to_the_next(self, bench):
        """In the configured order."""
        bench.says[A] = lambda query: (
            nxdomain(query) if "one" in str(query.question[0].name) else found(query)
        )

        (got,) = bench.resolve()

        assert got.outcome is EnumOutcome.FOUND
        assert owners(bench) == ["one.example.", "two.example."]

    def test_when_none_has_it_there_is_no_such_number(self, bench):
        """Every tree said so."""
        bench.says[A] = nxdomain

        assert bench.resolve()[0].outcome is EnumOutcome.NXDOMAIN

    def test_a_tree_that_fails_never_says_that_there_is_none(self, bench):
        """The next one may have the number; if it has not, nothing is known."""

        def script(last):
            return lambda query: (
                reply(query, rcode=dns.rcode.SERVFAIL)
                if "one" in str(query.question[0].name)
                else last(query)
            )

        bench.says = {A: script(found), B: script(found)}
        assert bench.resolve()[0].outcome is EnumOutcome.FOUND
        bench.says = {A: script(nxdomain), B: script(nxdomain)}
        assert bench.resolve(BOB)[0].outcome is EnumOutcome.FAILED

    def test_others_can_be_asked_instead(self, bench):
        """Those of a delegated block, and for some Enumservices only."""
        bench.says[A] = found
        tree = Apex.parse("other.example=44")

        assert bench.resolve(trees=[tree])[0].outcome is EnumOutcome.FOUND
        wanted = [Enumservice.parse("email:mailto")]
        assert bench.resolve(trees=[tree], services=wanted)[0].outcome is EnumOutcome.UNUSABLE
        assert owners(bench) == ["other.example."]

    def test_outside_of_them_nobody_is_asked(self, bench):
        """No tree here stands for other countries."""
        assert bench.resolve(Number("4930"))[0].outcome is EnumOutcome.OUTSIDE
        assert bench.asked == []


class TestQueries:
    def test_their_numbers_are_hard_to_guess(self, bench):
        """They are drawn (RFC 5452), and no two in a row say much of the next."""
        bench.says[A] = nxdomain
        for last in range(50):
            bench.resolve(Number(f"4416329600{last:02}"))

        idents = [query.id for query in bench.queries]
        assert len(set(idents)) > 90
        assert min(idents) < 1 << 14 < 3 << 14 < max(idents)

    def test_they_say_how_much_they_can_take(self, bench):
        """EDNS with 1232 octets."""
        bench.says[A] = found
        bench.resolve()

        assert (bench.queries[0].edns, bench.queries[0].payload) == (0, 1232)

    def test_a_silent_server_is_not_waited_for_longer_than_agreed(self, bench):
        """Then the next one is asked, and so around."""
        got = bench.resolve()
        bench.pump(1.1)
        bench.says[B] = None
        bench.pump(2.0)

        assert [server for server, _ in bench.asked[:4]] == [A, B, A, B]
        assert bench.waits_s[0] == 1.0
        assert got == []

    def test_the_next_server_answers(self, bench):
        """A fail-over is no failure."""
        bench.says[B] = found
        got = bench.resolve()
        bench.pump(1.1)

        assert got[0].outcome is EnumOutcome.FOUND
        assert bench.client.statistics().silences == 1

    def test_a_silent_server_goes_behind_for_a_while(self, bench):
        """Not every call waits for it anew; then it has another chance."""
        bench.says[B] = found
        bench.resolve()
        bench.pump(1.1)
        bench.resolve(BOB)
        assert bench.asked[-1][0] == B
        bench.pump(BEHIND_S)
        bench.says[A] = found
        bench.resolve(Number("441632960019"))
        assert bench.asked[-1][0] == A

    def test_one_that_answers_again_comes_back(self, bench):
        """At once, when it had to be asked all the same."""
        bench.says[B] = found
        bench.resolve()
        bench.pump(1.1)
        bench.says = {A: found, B: lambda query: reply(query, rcode=dns.rcode.REFUSED)}
        bench.resolve(BOB)
        bench.resolve(Number("441632960019"))

        assert [server for server, _ in bench.asked] == [A, B, B, A, A]


class TestTime:
    def test_all_of_it_is_bounded(self, bench):
        """When the time is up the call is told that nothing is known."""
        got = bench.resolve()
        bench.pump(3.9)
        assert got == []
        bench.pump(0.2)

        assert got[0].outcome is EnumOutcome.FAILED
        assert "the time is up" in got[0].trace[-1].result.why
        bench.pump(9)
        assert bench.client.statistics().pending == 0
        assert bench.clock.getDelayedCalls() == []

    def test_no_question_goes_beyond_it(self):
        """The last one is waited for as long as there is time, and no longer."""
        bench = Bench(replace(SETTINGS, total_timeout_ms=1500, suffixes=("one.example=44",)))
        got = bench.resolve()
        bench.pump(1.6)

        assert bench.waits_s == pytest.approx([1.0, 0.5])
        assert got[0].outcome is EnumOutcome.FAILED

    def test_who_comes_later_has_time_of_its_own(self, bench):
        """The tree asked second is not failed by what the first took."""
        first = bench.resolve()
        bench.pump(2)
        second = bench.resolve()
        bench.pump(2.5)

        assert first[0].outcome is EnumOutcome.FAILED
        assert second == []
        bench.pump(4)
        assert second[0].outcome is EnumOutcome.FAILED

    def test_a_question_goes_around_as_often_as_configured(self):
        """Once, and once only."""
        settings = replace(SETTINGS, attempts=1, suffixes=("one.example=44",))
        bench = Bench(settings)
        got = bench.resolve()
        bench.pump(2.1)

        assert len(bench.asked) == 2
        assert got[0].outcome is EnumOutcome.FAILED


class TestMemory:
    def test_an_answer_is_asked_for_once_in_its_ttl(self, bench):
        """And comes back with the TTL that is left."""
        bench.says[A] = found
        bench.resolve()
        bench.pump(20)
        (again,) = bench.resolve()
        assert (again.targets[0].ttl_s, len(bench.asked)) == (40, 1)
        bench.pump(40)
        bench.resolve()
        assert len(bench.asked) == 2

    def test_so_is_a_no(self, bench):
        """For as long as the SOA says: 30 seconds (RFC 2308)."""
        bench.says[A] = nxdomain
        bench.resolve()
        bench.pump(29)
        assert bench.resolve()[0].outcome is EnumOutcome.NXDOMAIN
        assert len(bench.asked) == 2
        bench.pump(2)
        bench.resolve()
        assert len(bench.asked) == 4

    @pytest.mark.parametrize(
        "script",
        [
            lambda query: reply(query, rcode=dns.rcode.NXDOMAIN, soa=False),
            lambda query: reply(query, NAPTR.format(10, "sip", "sip:a@h"), ttl_s=0),
        ],
        ids=["no-soa", "ttl-0"],
    )
    def test_what_must_not_be_kept_is_not(self, bench, script):
        """No SOA, or a TTL of 0."""
        bench.says[A] = script
        bench.resolve()
        first = len(bench.asked)
        bench.resolve()

        assert len(bench.asked) == 2 * first

    def test_a_failure_is_tried_again_soon(self, bench):
        """Not by every call at once, but a server that is back is believed within a second."""
        bench.says[A] = bench.says[B] = lambda query: reply(query, rcode=dns.rcode.SERVFAIL)
        bench.resolve()
        asked = len(bench.asked)
        bench.says[A] = found
        assert bench.resolve()[0].outcome is EnumOutcome.FAILED
        assert len(bench.asked) == asked
        bench.pump(1.1)
        assert bench.resolve()[0].outcome is EnumOutcome.FOUND

    def test_it_has_a_size(self):
        """The answer that was not wanted longest makes room."""
        bench = Bench(replace(SETTINGS, cache_entries=2))
        bench.says[A] = found
        for number in (ADA, BOB, Number("441632960019")):
            bench.resolve(number)

        assert bench.client.statistics().kept == 2
        bench.resolve(ADA)
        assert len(bench.asked) == 4


class TestTogether:
    def test_a_name_is_asked_for_once_for_all_that_wait(self, bench):
        """They are all told."""
        waiting: list[Deferred] = []
        bench.says[A] = lambda query: waiting.append(Deferred()) or waiting[-1]
        results = [bench.resolve() for _ in range(5)]
        assert len(waiting) == 1
        waiting[0].callback(found(bench.queries[0]))

        assert [got.outcome for (got,) in results] == [EnumOutcome.FOUND] * 5
        assert bench.client.statistics().joined == 4

    def test_one_that_gives_up_leaves_the_others(self, bench):
        """Its own Deferred alone is cancelled."""
        waiting: list[Deferred] = []
        bench.says[A] = lambda query: waiting.append(Deferred()) or waiting[-1]
        other = bench.resolve()
        given_up = bench.client.resolve(ADA)
        failures: list = []
        given_up.addErrback(failures.append)
        given_up.cancel()
        waiting[0].callback(found(bench.queries[0]))

        assert failures[0].check(CancelledError)
        assert other[0].outcome is EnumOutcome.FOUND

    def test_there_is_a_limit_to_what_is_asked_at_once(self, bench):
        """Beyond it calls are told at once that nothing is known."""
        settings = replace(SETTINGS, suffixes=("one.example=44",))
        bench = Bench(settings)
        for last in range(MAX_PENDING):
            bench.resolve(Number(f"44163296{last:04}"))
        (refused,) = bench.resolve(Number("4499"))

        assert refused.outcome is EnumOutcome.FAILED
        assert bench.client.statistics().refused == 1
        assert bench.client.statistics().pending == MAX_PENDING
        bench.client.close()

    def test_closing_ends_everything(self, bench):
        """Who waits is told, and no clock ticks on."""
        results = [bench.resolve(), bench.resolve(BOB)]
        bench.client.close()
        bench.client.close()

        assert {got.outcome for (got,) in results} == {EnumOutcome.FAILED}
        assert bench.clock.getDelayedCalls() == []

    def test_a_fault_of_our_own_fails_one_look_up(self, bench, caplog):
        """It is logged, the caller is told, the next call is answered."""
        bench.says[A] = lambda query: fail(ZeroDivisionError())
        with caplog.at_level(logging.ERROR, "enumd.serve"):
            (got,) = bench.resolve()

        assert got.outcome is EnumOutcome.FAILED
        assert "lookup-failed" in caplog.text
        bench.says[A] = found
        assert bench.resolve(BOB)[0].outcome is EnumOutcome.FOUND

    def test_everything_is_counted(self, bench):
        """From the start, and as it is now."""
        bench.says[A] = found
        bench.resolve()
        bench.resolve()
        got = bench.client.statistics()

        assert (got.resolved, got.queries, got.remembered, got.kept) == (2, 1, 1, 1)
        assert (got.joined, got.refused, got.silences, got.failed, got.pending) == (0,) * 5


class TestOtherSettings:
    """What a reload does."""

    def test_none_keep_the_client_and_what_it_learnt(self, bench):
        """The same settings, read again, are no reason to ask anybody again."""
        bench.says[A] = found
        bench.resolve()
        same = bench.client.for_settings(replace(SETTINGS))

        assert same is bench.client
        bench.resolve()
        assert len(bench.asked) == 1

    @pytest.mark.parametrize(
        "change", [{"servers": ("192.0.2.2",)}, {"suffixes": ("one.example=4",)}], ids=str
    )
    def test_what_was_learnt_before_is_forgotten(self, bench, change):
        """Others are asked, and may say otherwise."""
        bench.says = {A: found, B: nxdomain}
        bench.resolve()
        before, bench.client = bench.client, bench.client.for_settings(replace(SETTINGS, **change))
        bench.says[A] = nxdomain

        assert bench.client is not before
        assert bench.client.statistics().kept == 0
        assert bench.resolve()[0].outcome is EnumOutcome.NXDOMAIN

    def test_another_resolver_of_the_machine_is_a_change(self, monkeypatch):
        """Where no servers are named, those of this machine count."""
        monkeypatch.setattr(lookup, "system_servers", lambda: (A,))
        client = EnumClient(Clock(), EnumSettings())
        assert client.for_settings(EnumSettings()) is client
        monkeypatch.setattr(lookup, "system_servers", lambda: (B,))

        assert client.for_settings(EnumSettings()).servers == (B,)

    def test_what_is_being_asked_still_comes_in(self, bench):
        """By the old settings, and the new client does not take it for its own knowledge."""
        answer = Deferred()
        bench.says = {A: lambda query: answer, B: nxdomain}
        old = bench.resolve()
        bench.client = bench.client.for_settings(replace(SETTINGS, servers=("192.0.2.2",)))
        new = bench.resolve()
        answer.callback(found(bench.queries[0]))

        assert old[0].outcome is EnumOutcome.FOUND
        assert new[0].outcome is EnumOutcome.NXDOMAIN
        assert bench.resolve()[0].outcome is EnumOutcome.NXDOMAIN

    def test_all_count_together(self, bench):
        """Nothing that was counted is lost, and what the old one is asking for is pending."""
        waiting: list[Deferred] = []
        bench.says = {A: lambda query: waiting.append(Deferred()) or waiting[-1], B: found}
        bench.resolve()
        bench.client = bench.client.for_settings(replace(SETTINGS, servers=("192.0.2.2",)))
        bench.resolve()
        during = bench.client.statistics()
        waiting[0].callback(found(bench.queries[0]))
        after = bench.client.statistics()

        assert (during.resolved, during.queries, during.pending, during.kept) == (1, 2, 1, 1)
        assert (after.resolved, after.queries, after.pending, after.kept) == (2, 2, 0, 1)

    def test_the_limit_is_one_for_all(self, bench):
        """The old one's sockets are open still."""
        for last in range(MAX_PENDING):
            bench.resolve(Number(f"44163296{last:04}"))
        old, bench.client = (
            bench.client,
            bench.client.for_settings(replace(SETTINGS, servers=("192.0.2.2",))),
        )

        assert bench.resolve(Number("4499"))[0].outcome is EnumOutcome.FAILED
        assert bench.client.statistics().refused == 2  # of both trees
        old.close()

    def test_faulty_ones_leave_all_as_it_was(self, bench):
        """A server that is no address is said, and the client goes on."""
        bench.says[A] = found
        bench.resolve()

        with pytest.raises(ConfigError, match="'here'"):
            bench.client.for_settings(replace(SETTINGS, servers=("here",)))
        assert bench.client.statistics().kept == 1


def answering(*texts, rcode=dns.rcode.NOERROR, authority=(), alias="", flags=0, ident=0):
    """Return a script of a server: replies with these NAPTRs."""

    def script(octets, over_tcp):
        query = dns.message.from_wire(octets)
        got = dns.message.make_response(query)
        got.id ^= ident
        got.flags |= 0 if over_tcp else flags
        got.set_rcode(rcode)
        name = query.question[0].name
        if alias and str(name) != alias:
            got.answer.append(dns.rrset.from_text(name, 50, "IN", "CNAME", alias))
        else:  # one by one: dnspython shuffles an RRset
            got.answer += [dns.rrset.from_text(name, 60, "IN", "NAPTR", text) for text in texts]
        for kind, text in authority:
            got.authority.append(dns.rrset.from_text(name.parent(), 60, "IN", kind, text))
        return [got.to_wire(max_size=65535)]

    return script


def old(octets, over_tcp):
    """Reply as a server does that never heard of EDNS."""
    query = dns.message.from_wire(octets)
    if query.edns < 0:
        return WELL(octets, over_tcp)
    query.use_edns(False)
    got = dns.message.make_response(query)
    got.set_rcode(dns.rcode.FORMERR)
    return [got.to_wire()]


WELL = answering(
    NAPTR.format(20, "pstn:tel", "tel:+441632960017"), NAPTR.format(10, "sip", "sip:ada@h.example")
)
NO = answering(rcode=dns.rcode.NXDOMAIN, authority=[("SOA", SOA)])
SCRIPTS = {
    "good": WELL,
    "large": answering(
        *(NAPTR.format(n, "sip", f"sip:{n:0100}@h.example") for n in range(15)), flags=dns.flags.TC
    ),
    "nxdomain": NO,
    "nodata": answering(authority=[("SOA", SOA)]),
    "referral": answering(authority=[("NS", "ns.carrier.example.")]),
    "alias": answering(NAPTR.format(10, "sip", "sip:eve@h.example"), alias="eve.example."),
    "useless": answering(NAPTR.format(10, "email:mailto", "sip:eve@h.example")),
    "old": old,
    "refused": answering(rcode=dns.rcode.REFUSED),
    "servfail": answering(rcode=dns.rcode.SERVFAIL),
    "silence": lambda octets, over_tcp: [],
    "wrong id": answering(NAPTR.format(10, "sip", "sip:mallory@h.example"), ident=1),
    "garbage": lambda octets, over_tcp: [b"\xff" * 20, b"", octets[:5]],
    "cut for ever": lambda octets, over_tcp: [
        octets[:2] + b"\x82\x00" + octets[4:6] + b"\0" * 6 + octets[12:-11]
    ],
    "no stream": lambda octets, over_tcp: (
        [] if over_tcp else answering('100 10 "" "" "" x.', flags=dns.flags.TC)(octets, False)
    ),
    "forged, then good": lambda octets, over_tcp: [
        *answering(NAPTR.format(10, "sip", "sip:mallory@h.example"), ident=1)(octets, over_tcp),
        *WELL(octets, over_tcp),
    ],
}
FAULTS = [
    "refused",
    "servfail",
    "referral",
    "silence",
    "wrong id",
    "garbage",
    "cut for ever",
    "no stream",
]


def both(loop, monkeypatch, servers, suffixes=("one.example=44",)):
    """Return what the two clients make of the same servers, the reasons of failures left out."""
    monkeypatch.setattr(lookup, "TRY_S", 0.15)
    settings = EnumSettings(
        suffixes=suffixes,
        servers=tuple(str(server.address) for server in servers),
        timeout_ms=150,
        total_timeout_ms=10_000,
    )
    blocking = lookup.lookup(ADA, settings.trees, lookup.servers_of(settings), 10.0)
    waiting = loop.result(EnumClient(loop.reactor, settings).resolve(ADA))
    return without_reasons(blocking), without_reasons(waiting)


def without_reasons(resolution):
    """Return a resolution in which a failure is a failure."""
    steps = tuple(
        replace(step, result=Failed("")) if isinstance(step.result, Failed) else step
        for step in resolution.trace
    )
    return replace(resolution, trace=steps)


class TestBesideTheClientThatBlocks:
    """The same servers, the same resolution, over real sockets."""

    @pytest.mark.parametrize("said", SCRIPTS)
    def test_one_server(self, loop, scripted, monkeypatch, said):
        """Whatever it says or does not say."""
        blocking, waiting = both(loop, monkeypatch, [scripted(SCRIPTS[said])])

        assert waiting == blocking
        assert (waiting.outcome is EnumOutcome.FAILED) is (said in FAULTS)
        assert not any("mallory" in str(target.uri) for target in waiting.targets)

    @pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "referral"])
    def test_a_good_server_behind_one_with_a_fault(self, loop, scripted, monkeypatch, fault):
        """The fault is passed over."""
        servers = [scripted(SCRIPTS[fault]), scripted(WELL)]

        blocking, waiting = both(loop, monkeypatch, servers)

        assert waiting == blocking
        assert waiting.outcome is EnumOutcome.FOUND

    @pytest.mark.parametrize("said", ["nxdomain", "servfail", "nodata", "useless"])
    def test_a_second_tree(self, loop, scripted, monkeypatch, said):
        """It is asked where the first has nothing to use."""

        def script(octets, over_tcp):
            name = str(dns.message.from_wire(octets).question[0].name)
            return (WELL if "two" in name else SCRIPTS[said])(octets, over_tcp)

        trees = ("one.example=44", "two.example=44")
        blocking, waiting = both(loop, monkeypatch, [scripted(script)], trees)

        assert waiting == blocking
        assert str(waiting.targets[0].uri) == "sip:ada@h.example"
        assert len(waiting.trace) == 2

    def test_our_own_server(self, loop, serve, monkeypatch):
        """A real enumd, asked for a number, one with an answer over TCP, a part, and nobody's."""
        monkeypatch.setattr(lookup, "TRY_S", 5.0)
        (address,) = serve(1, "127.0.0.1:0").run_file.addresses
        settings = EnumSettings(suffixes=("enum.example=44",), servers=(str(address),))
        client = EnumClient(loop.reactor, settings)
        outcomes = []
        for digits in ("441632960017", "441632960018", "44163", "4499", "49"):
            number = Number(digits)
            blocking = lookup.lookup(number, settings.trees, [address])
            waiting = loop.result(client.resolve(number))
            assert waiting == blocking
            outcomes.append((waiting.outcome, len(waiting.targets)))

        assert outcomes == [
            (EnumOutcome.FOUND, 1),
            (EnumOutcome.FOUND, 15),
            (EnumOutcome.NODATA, 0),
            (EnumOutcome.NXDOMAIN, 0),
            (EnumOutcome.OUTSIDE, 0),
        ]


def test_servers_come_from_the_settings(monkeypatch):
    """Or from this machine, where none are named."""
    monkeypatch.setattr(lookup, "system_servers", lambda: (B,))

    assert EnumClient(Clock(), SETTINGS).servers == (A, B)
    assert EnumClient(Clock(), EnumSettings()).servers == (B,)
    assert enum_client.EnumClient(Clock(), SETTINGS).trees == SETTINGS.trees
