"""What is asked of servers and what their replies mean, without a socket."""

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.ddds import Failed, NoData, NxDomain, RecordsFound
from enumd.dns import stub
from enumd.dns.stub import Ask, ServerSilence, naptrs, question, refusal, reply_to

OWNER = dns.name.from_text("7.1.4.4.e164.arpa.")
AWAY = dns.name.from_text("ada.example.")
NAPTR = '100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .'
SOA = ("e164.arpa.", "SOA", "ns.example. hostmaster.example. 7 3600 600 86400 30")


def answering(*records, rcode=dns.rcode.NOERROR, authority=(), flags=0, ttl_s=60):
    """Return a function that replies with these records (owner, type, text) to every query."""

    def reply(query):
        got = dns.message.make_response(query)
        got.flags |= flags
        got.set_rcode(rcode)
        for section, rows in ((got.answer, records), (got.authority, authority)):
            for owner, kind, text in rows:
                section.append(dns.rrset.from_text(owner, ttl_s, "IN", kind, text))
        return got

    return reply


GOOD = answering((OWNER, "NAPTR", NAPTR))
REFUSED = answering(rcode=dns.rcode.REFUSED)


def put(steps, servers):
    """Put the questions of *steps* to *servers*: functions by name; return result and questions."""
    asked = []
    try:
        ask = next(steps)
        while True:
            asked.append((ask.server, ask.name, ask.edns))
            told = servers[ask.server]
            # By way of octets: a message that was put together is not indexed as one that came is.
            ask = steps.send(
                dns.message.from_wire(told(ask.query(7)).to_wire()) if callable(told) else told
            )
    except StopIteration as end:
        return end.value, asked


def result(**servers):
    """Return what these servers say of the number."""
    return put(naptrs(OWNER, list(servers)), servers)[0]


class TestQuery:
    def test_a_query_says_what_it_can_take(self):
        """EDNS with 1232 octets, the number that was drawn, recursion desired."""
        query = Ask("a", OWNER).query(4711)

        assert (query.id, query.edns, query.payload) == (4711, 0, 1232)
        assert query.flags & dns.flags.RD
        assert (query.question[0].name, query.question[0].rdtype) == (OWNER, dns.rdatatype.NAPTR)

    def test_or_it_says_nothing(self):
        """To a server that does not know EDNS there is none of it."""
        assert Ask("a", OWNER, edns=False).query(1).edns == -1


class TestReplyTo:
    QUERY = Ask("a", OWNER).query(4711)

    def test_a_reply_has_number_and_question(self):
        """It is taken as it is."""
        reply = reply_to(self.QUERY, GOOD(self.QUERY).to_wire())

        assert reply is not None
        assert reply.answer

    @pytest.mark.parametrize(
        "octets",
        [
            b"",
            b"\0" * 12,
            QUERY.to_wire(),
            GOOD(Ask("a", OWNER).query(4712)).to_wire(),
            GOOD(Ask("a", AWAY).query(4711)).to_wire(),
            GOOD(Ask("a", OWNER, dns.rdatatype.A).query(4711)).to_wire(),
            GOOD(QUERY).to_wire()[:-1],
            GOOD(QUERY).to_wire() + b"\0",
        ],
        ids=["empty", "zeros", "query", "id", "name", "type", "short", "long"],
    )
    def test_anything_else_is_none(self, octets):
        """Another number, another question, no response, no DNS at all."""
        assert reply_to(self.QUERY, octets) is None

    def test_one_that_is_cut_may_end_anywhere(self):
        """TC is all that is read of it."""
        cut = answering((OWNER, "NAPTR", NAPTR), flags=dns.flags.TC)(self.QUERY).to_wire()

        reply = reply_to(self.QUERY, cut[:-5])

        assert reply is not None
        assert reply.flags & dns.flags.TC
        assert reply_to(Ask("a", OWNER).query(1), cut[:-5]) is None

    def test_one_without_a_question_may_refuse(self):
        """Some servers repeat nothing of what they could not read."""
        refused = REFUSED(self.QUERY)
        refused.question = []

        assert reply_to(self.QUERY, refused.to_wire()) is not None

    @given(st.binary(max_size=64), st.integers(0, 100))
    def test_any_octets_are_a_reply_or_none(self, octets, place):
        """Nothing a peer can send raises anything."""
        whole = GOOD(self.QUERY).to_wire()

        reply_to(self.QUERY, octets)
        reply_to(self.QUERY, whole[:2] + octets)
        reply_to(self.QUERY, whole[:place] + octets + whole[place + 1 :])


class TestOneQuestion:
    def test_an_old_server_is_asked_again_without_edns(self):
        """FORMERR and NOTIMP without OPT are no answer (RFC 6891 section 7)."""

        def old(query):
            if query.edns >= 0:
                query.use_edns(False)
                return answering(rcode=dns.rcode.FORMERR)(query)
            return GOOD(query)

        heard, asked = put(question("a", OWNER), {"a": old})

        assert heard.answer
        assert [edns for *_, edns in asked] == [True, False]

    def test_one_that_knows_edns_is_not(self):
        """Its FORMERR is about something else."""
        heard, asked = put(question("a", OWNER), {"a": answering(rcode=dns.rcode.FORMERR)})

        assert (heard.rcode(), len(asked)) == (dns.rcode.FORMERR, 1)

    def test_silence_is_told(self):
        """There is no second question to one that says nothing."""
        assert put(question("a", OWNER), {"a": ServerSilence("no reply")}) == (
            ServerSilence("no reply"),
            [("a", OWNER, True)],
        )


class TestWhatRepliesMean:
    def test_records(self):
        """They come as they are, with their TTL."""
        got = result(a=GOOD)

        assert isinstance(got, RecordsFound)
        assert (len(got.naptrs), got.ttl_s) == (1, 60)

    def test_nothing(self):
        """No data and no name, for as long as the SOA says (RFC 2308)."""
        assert result(a=answering(authority=[SOA])) == NoData(30)
        assert result(a=answering(authority=[SOA], rcode=dns.rcode.NXDOMAIN)) == NxDomain(30)

    def test_nothing_without_an_soa_is_not_kept(self):
        """RFC 2308 section 5."""
        assert result(a=answering()) == NoData(0)
        assert result(a=answering(rcode=dns.rcode.NXDOMAIN)) == NxDomain(0)

    def test_a_referral_is_no_answer(self):
        """A server that knows only who knows does not say that there is nothing."""
        got = result(a=answering(authority=[("e164.arpa.", "NS", "ns.carrier.example.")]))

        assert isinstance(got, Failed)
        assert "refers to ns.carrier.example.; ask a resolver" in got.why

    def test_aliases_are_followed(self):
        """Within the reply, and by another question where it leads out; the least TTL counts."""
        inside = answering((OWNER, "CNAME", str(AWAY)), (AWAY, "NAPTR", NAPTR))

        def outside(query):
            if query.question[0].name == AWAY:
                return answering((AWAY, "NAPTR", NAPTR), ttl_s=90)(query)
            return answering((OWNER, "CNAME", str(AWAY)), ttl_s=40)(query)

        assert len(result(a=inside).naptrs) == 1
        assert result(a=outside).ttl_s == 40

    def test_aliases_without_end_are_not(self):
        """A chain from question to question, and a circle in one reply."""
        numbers = iter(range(99))

        def onward(query):
            return answering((query.question[0].name, "CNAME", f"x{next(numbers)}.example."))(query)

        assert "more than 8 aliases" in result(a=onward).why
        circle = answering((OWNER, "CNAME", str(OWNER)))
        assert "makes no sense" in result(a=circle).why


class TestGoingAround:
    def test_the_next_server_is_asked(self):
        """One that refuses, is silent or is cut even over TCP is passed over."""
        cut = answering((OWNER, "NAPTR", NAPTR), flags=dns.flags.TC)

        got, asked = put(
            naptrs(OWNER, list("abcd")),
            {"a": REFUSED, "b": ServerSilence("no reply"), "c": cut, "d": GOOD},
        )

        assert isinstance(got, RecordsFound)
        assert [server for server, *_ in asked] == list("abcd")

    def test_all_are_asked_again(self):
        """So often as is wanted, and each reason is told once."""
        servers = {"a": REFUSED, "b": ServerSilence("no reply")}

        got, asked = put(naptrs(OWNER, list("ab"), rounds=3), servers)

        assert got == Failed(f"{OWNER}: a: REFUSED; b: no reply")
        assert [server for server, *_ in asked] == list("ababab")
        assert len(put(naptrs(OWNER, list("ab")), servers)[1]) == 2 * stub.ROUNDS

    def test_when_the_time_is_up_nobody_is(self):
        """The last word is why."""
        servers = {"a": REFUSED, "b": ServerSilence("the time is up", final=True), "c": GOOD}

        got, asked = put(naptrs(OWNER, list("abc")), servers)

        assert got == Failed(f"{OWNER}: a: REFUSED; the time is up")
        assert len(asked) == 2

    def test_without_servers_nothing_is_known(self):
        """And that is said."""
        assert result() == Failed(f"{OWNER}: there is no server to ask")

    @pytest.mark.parametrize(
        "rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP, dns.rcode.YXDOMAIN]
    )
    def test_a_server_that_fails_never_says_that_there_is_nothing(self, rcode):
        """Only NOERROR and NXDOMAIN say something of a name."""
        assert isinstance(result(a=answering(rcode=rcode)), Failed)

    def test_extended_errors_are_told(self):
        """What a server says of its refusal is repeated (RFC 8914)."""

        def refuse(query):
            got = REFUSED(query)
            option = dns.edns.EDEOption(dns.edns.EDECode.NOT_AUTHORITATIVE, "not here")
            got.use_edns(options=[option])
            return got

        assert "REFUSED EDE 20 (Not Authoritative): not here" in result(a=refuse).why
        assert refusal(GOOD(Ask("a", OWNER).query(1))) is None
