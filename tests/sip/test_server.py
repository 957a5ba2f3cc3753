"""The redirect server, whole, under a virtual clock."""

import re
import sys
from hashlib import sha256
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.routing.context import PeerPolicy
from enumd.routing.profile import Profile, Route, Status
from enumd.sip.digest import Digest
from enumd.sip.framing import Framer, Ping, datagram
from enumd.sip.message import Response
from enumd.sip.numbering import DialPlan, DialRule
from enumd.sip.peer import Peer, Peers
from enumd.sip.rate import Rate
from enumd.sip.server import Call, RedirectServer
from enumd.sip.transactions import Transactions
from enumd.sip.transport import Send, Source, Transport

NUMBER = Number("441632960017")
PBX = Peer(
    "pbx",
    (ip_network("192.0.2.0/24"),),
    routing=PeerPolicy(gateway="gw.example.net"),
    dial_plan=DialPlan((DialRule("0", "+44"),)),
)
HERE = Source("192.0.2.4", 5060, Transport.UDP, "udp")
STREAM = Source("192.0.2.4", 40000, Transport.TCP, "tcp")
STRANGER = Source("203.0.113.9", 5060, Transport.UDP, "udp")
GOOD = (
    b"INVITE sip:+441632960017@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKgood\r\n"
    b"From: <sip:b@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n"
)
GARBAGE = st.one_of(
    st.binary(max_size=120),
    st.builds(
        lambda octets, place, junk: octets[:place] + junk + octets[place + len(junk) :],
        st.just(GOOD.replace(b"good", b"bad")),
        st.integers(0, 150),
        st.binary(max_size=12),
    ),
)


def claimed(*uris):
    """Return the entry of a claimed number with SIP routes."""
    sip = Enumservice.parse("sip")
    routes = tuple(Route(100, 10 * place, sip, uri) for place, uri in enumerate(uris, 1))
    return Profile(NUMBER, Status.CLAIMED, routes)


ENTRY = claimed("sip:ada@example.net", "sip:ada@example.org")


class Desk:
    """A server, and what a socket layer would do with it."""

    def __init__(self, *peers, stranger=None, **more):
        """Serve the pbx unless others are given."""
        known = Peers(peers or (PBX,), *([stranger] if stranger else []))
        self.server = RedirectServer(known, b"s" * 32, lambda: b"salt" * 2, **more)

    def take(self, octets, source=HERE, now_s=0.0, entry=ENTRY):
        """Return the responses to one datagram, its number looked up at once."""
        sends = []
        for action in self.server.datagram(octets, source, now_s):
            sends += (
                [action] if isinstance(action, Send) else self.server.answer(action, entry, now_s)
            )
        return sends

    def status(self, octets, source=HERE, now_s=0.0, entry=ENTRY):
        """Return the status of the one response, or None for silence."""
        sends = self.take(octets, source, now_s, entry)
        assert len(sends) <= 1
        return read(sends[0]).status if sends else None

    def events(self):
        """Return what was counted and is not zero."""
        return {name: count for name, count in self.server.statistics().events.items() if count}


def read(send):
    """Return the response in what is sent."""
    frame = datagram(send.octets)
    assert frame.fault is None
    return Response.parse(frame.head, frame.body)


@pytest.fixture
def desk():
    """Return a server with one peer."""
    return Desk()


class TestRedirect:
    def test_an_invite_gets_the_contacts_in_order(self, desk, octets):
        """302, with q, to where it came from, with what belongs to the request."""
        (send,) = desk.take(octets())
        response = read(send)

        assert response.status == 302
        assert (response.head.elements(b"contact")) == [
            b"<sip:ada@example.net>;q=0.99",
            b"<sip:ada@example.org>;q=0.98",
        ]
        assert response.head.first(b"call-id") == b"8d3f@192.0.2.4"
        assert re.fullmatch(
            rb"<sip:\+441632960017@enum.example.net>;tag=\w+", response.head.first(b"to")
        )
        assert send.destination == ("192.0.2.4", 5060, Transport.UDP, "udp")

    def test_the_number_is_read_by_the_peers_dial_plan(self, desk, octets):
        """And the call comes with what was dialled."""
        (call,) = desk.server.datagram(octets(uri="sip:01632960017@h"), HERE, 0.0)

        assert (call.number, call.dialled.digits, call.peer) == (NUMBER, "01632960017", PBX)

    def test_the_decision_can_be_looked_at(self, desk, octets):
        """The same that the answer makes known."""
        (call,) = desk.server.datagram(octets(), HERE, 0.0)

        uris = [target.uri for target in desk.server.decide(call, ENTRY, 0.0).targets]
        assert uris == ["sip:ada@example.net", "sip:ada@example.org"]

    def test_nobody_is_sent_back_to_where_the_call_came_for(self, desk, octets):
        """Not the Request-URI; and 404 when there is nothing else."""
        asked = "sip:+441632960017@enum.example.net"

        assert desk.status(octets(), entry=claimed(asked)) == 404
        (send,) = desk.take(
            octets(Via="SIP/2.0/UDP h;branch=z9hG4bK2"), entry=claimed(asked, "sip:a@h")
        )
        assert read(send).head.elements(b"contact") == [b"<sip:a@h>;q=0.99"]

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"method": "OPTIONS"}, 302),
            ({"method": "MESSAGE"}, 302),
            ({"method": "NEWMETHOD", "extra": "Require: foo\r\n"}, 302),
            ({"method": "OPTIONS", "uri": "sip:enum.example.net"}, 200),
            ({"method": "REGISTER", "uri": "sip:enum.example.net"}, 405),
            ({"method": "BYE", "To": "<sip:a@h>;tag=x"}, 481),
            ({"uri": "sip:ada@enum.example.net"}, 404),
            ({"uri": "urn:service:sos"}, 416),
            ({"line": "INVITE sip:+44@h SIP/3.0"}, 505),
            ({"From": None}, 400),
        ],
    )
    def test_every_request_gets_its_status(self, desk, octets, changes, status):
        """With a To tag, as every final response."""
        (send,) = desk.take(octets(**changes))

        assert status == read(send).status
        assert b";tag=" in read(send).head.first(b"to")

    @pytest.mark.parametrize("name", ["J\u00fcrgen", "J\u00c3\u00bcrgen", "Ada (home)"])
    def test_what_is_only_copied_is_copied(self, desk, octets, name):
        """A display name without the quotes it should have, in any encoding, whoever it names."""
        both = {"From": f"{name} <sip:b@h>;tag=1;", "To": f"{name} <sip:a@h>;"}
        (send,) = desk.take(octets(**both))
        response = read(send)

        assert response.status == 302
        assert response.head.first(b"from").decode("latin-1") == both["From"]
        assert re.fullmatch(r".* <sip:a@h>;tag=\w+", response.head.first(b"to").decode("latin-1"))

    @pytest.mark.parametrize(
        ("uri", "status"),
        [
            ("sip:+441632960017@h", 302),
            ("sip:%2B441632960017@h", 302),
            ("sip:+44163296001%37@h", 302),
            ("tel:+44163296001%37", 302),
            ("sip:+44-1632-960017@h;user=phone", 302),
            ("tel:+44-1632-960017", 302),
            ("tel:+441632960017;phone-context=+44", 302),
            ("sip:+441632960017;ext=12@h;user=phone", 302),
            ("sip:+441632960017@h;phone-context=example.com", 302),
            ("tel:310080120073501;phone-context=ims.mnc008.mcc310.3gppnetwork.org", 404),
            ("sip:310080120073501;phone-context=ims.3gppnetwork.org@h;user=phone", 404),
            ("tel:1632960017;phone-context=+44", 404),
            ("sip:441632960017@h", 404),
            ("sip:+441632960017%3Bext=5@h", 404),
            ("sip:+441632960017*5@h", 404),
            ("sip:wildcard-psi441632960017@h", 404),
            ("sip:%234@h", 404),
            ("sip:#4@h", 400),
        ],
    )
    def test_a_number_is_what_is_written_as_one(self, octets, uri, status):
        """Forms met in the field; a local number of somebody's network is never one with a "+"."""
        (action,) = Desk(Peer("any", PBX.networks)).server.datagram(octets(uri=uri), HERE, 0.0)

        if status == 302:
            assert action.number == NUMBER
        else:
            assert read(action).status == status
            assert read(action).head.first(b"warning")

    def test_history_info_comes_back(self, desk, octets):
        """In every answer but 100, and each Contact says which entry it is another way for."""
        came = "<sip:+441632960017@enum.example.net>;index=1"
        (send,) = desk.take(octets(History_Info=came))
        response = read(send)

        assert response.head.first(b"history-info") == came.encode()
        assert response.head.elements(b"contact")[1] == b"<sip:ada@example.org>;q=0.98;rc=1"

        refused = octets(To="<sip:a@h>;tag=1", Supported="histinfo", Via="SIP/2.0/UDP h;branch=x")
        (send,) = desk.take(refused)
        assert read(send).status == 481
        assert read(send).head.first(b"history-info") == came.encode()

    def test_trying_has_no_history(self, desk, octets):
        """RFC 7044 section 9.4."""
        desk.server.datagram(octets(Supported="histinfo"), HERE, 0.0)

        (trying,) = desk.server.expire(0.2)
        assert read(trying).status == 100
        assert read(trying).head.first(b"history-info") is None


class TestTransactions:
    def test_the_final_response_is_repeated_by_timer_g_until_timer_h(self, desk, octets):
        """At .5, 1.5, 3.5, 7.5, 11.5 … 31.5 s, and never after 32 s: the same octets each time."""
        (first,) = desk.take(octets())
        log = []
        while (now_s := desk.server.next_s()) is not None:
            log += [(now_s, send) for send in desk.server.expire(now_s)]

        times = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
        assert [(at_s, first) for at_s in times] == log
        assert desk.server.statistics().open_transactions == 0
        assert desk.events() == {"retransmitted": 10, "unacknowledged": 1}

    def test_an_icmp_error_stops_them(self, desk, octets):
        """What is not heard there need not be said; the client that asks all the same is told."""
        (first,) = desk.take(octets())
        desk.server.unreachable(*first.destination[:2], 0.1)

        assert [send for at in range(80) for send in desk.server.expire(at / 10)] == []
        assert desk.take(octets(), now_s=8.0) == [first]
        assert desk.server.expire(32.0) == []
        assert desk.events() == {"unreachable": 1, "repeated": 1, "unacknowledged": 1}

    def test_an_ack_stops_them(self, desk, octets):
        """Nothing is sent after it, and all is forgotten 5 s later."""
        (first,) = desk.take(octets())
        to = read(first).head.first(b"to").decode()
        assert desk.take(octets(method="ACK", To=to), now_s=0.1) == []

        assert [send for at in range(80) for send in desk.server.expire(at / 10)] == []
        assert desk.server.statistics().open_transactions == 0
        assert desk.events() == {"acknowledged": 1, "ended": 1}

    def test_an_old_client_is_acknowledged_by_its_fields(self, desk, octets):
        """Without a branch, and only with our own To tag."""
        (first,) = desk.take(octets(Via="SIP/2.0/UDP 192.0.2.4"))
        to = read(first).head.first(b"to").decode()
        desk.take(octets(method="ACK", Via="SIP/2.0/UDP 192.0.2.4"), now_s=0.1)
        desk.take(octets(method="ACK", Via="SIP/2.0/UDP 192.0.2.4", To=to), now_s=0.1)

        assert desk.events() == {"acknowledged": 1, "stray-ack": 1}

    def test_a_repeated_request_gets_the_same_octets(self, desk, octets):
        """To where the first one went, even if it comes from elsewhere now."""
        first = desk.take(octets())

        assert first == desk.take(octets(), now_s=0.3, entry=claimed("sip:other@h"))
        assert first == desk.take(octets(), Source("192.0.2.9", 9, Transport.UDP, "udp"), 0.4)
        assert desk.server.statistics().responses == {302: 1}

    def test_a_repeated_request_without_an_answer_yet_is_absorbed(self, desk, octets):
        """One lookup is enough."""
        assert isinstance(desk.server.datagram(octets(), HERE, 0.0)[0], Call)
        assert desk.server.datagram(octets(), HERE, 0.1) == []

    def test_a_slow_lookup_is_announced(self, desk, octets):
        """100 after 200 ms, without a tag, with the Timestamp; then the answer."""
        (call,) = desk.server.datagram(octets(Timestamp="54"), HERE, 0.0)
        (trying,) = desk.server.expire(0.2)

        assert read(trying).status == 100
        assert (
            read(trying).head.first(b"timestamp"),
            read(trying).head.first(b"to"),
        ) == (b"54 0.200", b"<sip:+441632960017@enum.example.net>")
        assert [trying] == desk.server.datagram(octets(Timestamp="54"), HERE, 0.5)
        assert read(desk.server.answer(call, ENTRY, 0.8)[0]).status == 302

    def test_a_lookup_that_never_comes_back_is_forgotten(self, desk, octets):
        """And if it comes back after all, nobody is told any more."""
        (call,) = desk.server.datagram(octets(), HERE, 0.0)
        desk.server.expire(0.2)
        desk.server.expire(32.0)

        assert desk.server.answer(call, ENTRY, 33.0) == []
        assert desk.events() == {"trying": 1, "unanswered": 1}

    def test_a_stream_repeats_nothing(self, desk, octets):
        """Timer H alone runs there, and an ACK ends all at once."""
        via = "SIP/2.0/TCP h;branch=z9hG4bK1"
        (frame,) = Framer().feed(octets(Via=via), 0.0)
        (call,) = desk.server.frame(frame, STREAM, 0.0)
        desk.server.answer(call, ENTRY, 0.0)
        assert desk.server.expire(31.9) == []
        (ack,) = Framer().feed(octets(method="ACK", Via=via), 0.0)
        desk.server.frame(ack, STREAM, 31.9)

        assert desk.server.statistics().open_transactions == 0

    def test_too_many_are_answered_without_a_transaction(self, octets):
        """The cap bounds what is kept, not who is answered."""
        desk = Desk(transactions=Transactions(per_source=1))
        vias = [f"SIP/2.0/UDP h;branch=z9hG4bK{place}" for place in range(3)]

        assert [desk.status(octets(Via=via)) for via in vias] == [302, 302, 302]
        assert desk.server.statistics().open_transactions == 1
        assert desk.events() == {"capped": 2}


class TestCancel:
    """RFC 3261 section 9.2."""

    def test_a_pending_call_is_terminated(self, desk, octets):
        """200 to the CANCEL and 487 to the INVITE, with one To tag; the lookup counts no more."""
        (call,) = desk.server.datagram(octets(), HERE, 0.0)
        cancelled, terminated = map(read, desk.server.datagram(octets(method="CANCEL"), HERE, 0.1))

        assert (cancelled.status, terminated.status) == (200, 487)
        assert (
            cancelled.head.first(b"cseq"),
            terminated.head.first(b"cseq"),
        ) == (b"1 CANCEL", b"1 INVITE")
        assert cancelled.head.first(b"to") == terminated.head.first(b"to")
        assert desk.server.answer(call, ENTRY, 0.2) == []

    def test_after_the_answer_it_has_no_effect(self, desk, octets):
        """But it is answered, and its repetition likewise."""
        desk.take(octets())
        first = desk.take(octets(method="CANCEL"))

        assert [read(send).status for send in first] == [200]
        assert first == desk.take(octets(method="CANCEL"))

    def test_without_a_call_there_is_nothing_to_cancel(self, desk, octets):
        """481."""
        assert desk.status(octets(method="CANCEL")) == 481

    def test_without_transactions_it_is_ignored(self, octets):
        """As RFC 3261 section 8.2.7 has it for stateless servers."""
        desk = Desk(Peer("open", (ip_network("192.0.2.0/24"),), stateful=False))

        assert desk.status(octets(method="CANCEL")) is None
        assert desk.status(octets(method="CANCEL"), STRANGER) is None
        assert desk.events() == {"silent": 2}


class TestStrangers:
    def test_they_are_refused_once_and_nothing_is_kept(self, desk, octets):
        """403 with the same octets each time; no timer, no transaction: no reflector."""
        first, second = (desk.take(octets(), STRANGER) for _ in range(2))

        assert read(first[0]).status == 403
        assert first == second
        assert (desk.server.next_s(), desk.server.statistics().open_transactions) == (None, 0)

    def test_who_was_refused_is_told_once(self, desk, octets):
        """Whoever drives the server learns of a bounded number of them; of peers it does not."""
        desk.status(octets(), STRANGER)
        assert desk.server.refused() == [STRANGER]
        assert desk.server.refused() == []
        for number in range(19):
            via = f"SIP/2.0/UDP h;branch=z9hG4bK{number}"
            desk.status(octets(Via=via), STRANGER)
        assert len(desk.server.refused()) == 16
        barred = Desk(Peer("barred", allowed=False, networks=(ip_network(f"{HERE.host}/32"),)))
        assert barred.status(octets()) == 403
        assert barred.server.refused() == []

    def test_they_may_be_answered_statelessly(self, octets):
        """On an open server, with the same To tag each time."""
        desk = Desk(stranger=Peer("anybody", stateful=False))
        first, second = (desk.take(octets(), STRANGER) for _ in range(2))

        assert read(first[0]).status == 302
        assert first == second
        assert desk.server.next_s() is None

    def test_they_may_hear_nothing_at_all(self, octets):
        """Not even what is wrong with their requests."""
        desk = Desk(stranger=Peer("nobody", allowed=False, silent=True))

        assert desk.status(octets(), STRANGER) is None
        assert desk.status(octets(From=None), STRANGER) is None
        assert desk.events() == {"silent": 2}


class TestRates:
    PEER = Peer("slow", (ip_network("192.0.2.0/24"),), rate=Rate(1.0, 2))

    def vias(self, many):
        """Return so many different Vias."""
        return [f"SIP/2.0/UDP h;branch=z9hG4bK{place}" for place in range(many)]

    def test_too_many_requests_are_refused_then_dropped_then_not_read(self, octets):
        """503 to that source, with the time to wait; others are not affected."""
        desk = Desk(self.PEER)
        statuses = [desk.status(octets(Via=via)) for via in self.vias(6)]

        assert statuses == [302, 302, 503, 503, None, None]
        assert desk.events() == {"flooding": 2}
        assert desk.status(octets(), Source("192.0.2.5", 5060, Transport.UDP)) == 302

    def test_a_forged_address_does_not_use_up_a_peers_rate(self, octets):
        """A peer that its certificate proves has a bucket of its own."""
        gateway = Peer("gw", tls_names=("gw.example.net",), rate=Rate(1.0, 2))
        desk = Desk(gateway, stranger=Peer("stranger", stateful=False, rate=Rate(1.0, 2)))
        for via in self.vias(9):
            desk.take(octets(Via=via))
        proven = Source("192.0.2.4", 5061, Transport.TLS, "tls", ("gw.example.net",))

        assert desk.status(octets(), proven) == 302

    def test_the_refusal_says_how_long_to_wait(self, octets):
        """In whole seconds."""
        desk = Desk(self.PEER)
        *_, last = (desk.take(octets(Via=via)) for via in self.vias(3))

        assert read(last[0]).head.first(b"retry-after") == b"1"

    def test_an_ack_is_read_whatever_comes(self, octets):
        """It ends retransmissions of ours; repetitions and it cost no token."""
        desk = Desk(self.PEER)
        for via in self.vias(6):
            desk.take(octets(Via=via))
        desk.take(octets(method="ACK", Via=self.vias(1)[0]))

        assert desk.events()["acknowledged"] == 1

    def test_on_a_stream_what_is_too_much_is_dropped(self, octets):
        """There is nothing before the frame; broken requests count, too."""
        desk = Desk(self.PEER)
        statuses = []
        for via in self.vias(6):
            (frame,) = Framer().feed(octets(Via=via, From=None), 0.0)
            statuses.append([read(send).status for send in desk.server.frame(frame, STREAM, 0.0)])
        (frame,) = Framer().feed(octets(Via="SIP/2.0/TCP h;branch=z9hG4bKx"), 0.0)

        assert statuses == [[400], [400], [503], [503], [], []]
        assert desk.server.frame(frame, STREAM, 0.0) == []
        assert desk.events() == {"dropped": 3}


class TestDigest:
    PEER = Peer("far", (ip_network("192.0.2.0/24"),), digest=Digest("r", {"u": "p"}))
    URI = "sip:+441632960017@enum.example.net"

    def authorization(self, challenge, uri=URI):
        """Return the credentials that answer a challenge."""
        nonce = re.search(rb'nonce="([^"]+)"', challenge.head.first(b"www-authenticate"))[
            1
        ].decode()

        def hashed(text):
            return sha256(text.encode()).hexdigest()

        proof = hashed(f"{hashed('u:r:p')}:{nonce}:1:c:auth:{hashed(f'INVITE:{uri}')}")
        return (
            f'Digest username="u", realm="r", nonce="{nonce}", uri="{uri}", nc=1, cnonce="c", '
            f'qop=auth, algorithm=SHA-256, response="{proof}"'
        )

    def test_a_call_needs_credentials_and_then_goes_through(self, octets):
        """401 without a transaction, then 302."""
        desk = Desk(self.PEER)
        challenge = read(desk.take(octets())[0])
        assert (challenge.status, desk.server.statistics().open_transactions) == (401, 0)

        given = self.authorization(challenge)
        assert desk.status(octets(Authorization=given, CSeq="2 INVITE")) == 302

    def test_old_and_misplaced_ones_do_not(self, octets):
        """A stale nonce or a used count gets a new challenge, another Request-URI 400."""
        desk = Desk(self.PEER)
        challenge = read(desk.take(octets())[0])
        given = self.authorization(challenge)

        assert desk.status(octets(Authorization=given)) == 302
        again = octets(Authorization=given, Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnew")
        replayed = read(desk.take(again)[0])
        assert (replayed.status, b"stale=true" in replayed.head.first(b"www-authenticate")) == (
            401,
            True,
        )

        stale = read(desk.take(again, now_s=1000.0)[0])
        assert b"stale=true" in stale.head.first(b"www-authenticate")
        misplaced = self.authorization(challenge, "sip:+49@enum.example.net")
        other = octets(Authorization=misplaced, Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKother")
        assert desk.status(other) == 400

    def test_neither_ack_nor_cancel_is_challenged(self, octets):
        """RFC 3261 section 22.1."""
        desk = Desk(self.PEER)

        assert desk.status(octets(method="ACK")) is None
        assert desk.status(octets(method="CANCEL")) == 481


class TestCost:
    """Wall clocks differ, calls do not: what an answer costs may not creep up."""

    CALLS = 125
    """Python functions entered between the octets of an INVITE and those of its 302."""

    def test_an_answer_takes_so_many_calls(self, desk, octets):
        """At most; raise the number only for something that is worth it."""
        request = octets()
        desk.take(octets(Via="SIP/2.0/UDP h;branch=z9hG4bKwarm"))
        entered = 0

        def count(frame, event, argument):
            nonlocal entered
            entered += event == "call"

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            sends = desk.take(request)
        finally:
            sys.setprofile(before)

        assert read(sends[0]).status == 302
        assert entered <= self.CALLS


class TestEnds:
    def test_a_server_that_goes_down_refuses_and_finishes(self, desk, octets):
        """New requests get 503; what is open is repeated and acknowledged as before."""
        (first,) = desk.take(octets())
        desk.server.draining = True

        assert desk.status(octets(Via="SIP/2.0/UDP h;branch=z9hG4bK2")) == 503
        assert [first] == desk.take(octets())
        assert desk.server.unfinished() == 1
        desk.take(octets("ACK"))
        assert desk.server.unfinished() == 0

    @pytest.mark.parametrize(
        ("octets_", "event"),
        [
            (b"\r\n\r\n", "keep-alive"),
            (b"\0\1\0\0", "not-sip"),
            (b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\n\r\n", "not-sip"),
            (b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nl: 9\r\n\r\n", "silent"),
            (b"INVITE sip:h SIP/2.0\r\n\r\n", "not-sip"),
            (b"INVITE sip:h SIP/2.0\r\nl: 9\r\n\r\n", "silent"),
            (b"ACK sip:h SIP/2.0\r\n\r\n", "not-sip"),
            (b"ACK sip:h SIP/2.0\r\nVia: x\r\n\r\n", "silent"),
            (b"ACK  sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n", "silent"),
            (b"ACK sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n", "silent"),
            (b"ACK sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n\r\n", "stray-ack"),
            (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "not-sip"),
        ],
    )
    def test_what_must_not_be_answered_is_not(self, desk, octets_, event):
        """Noise, responses, ACKs, and requests that do not say where they came from."""
        assert desk.status(octets_) is None
        assert {event: 1} == desk.events()

    @given(st.lists(GARBAGE, max_size=5), st.sampled_from([HERE, STREAM, STRANGER]))
    def test_whatever_comes_the_next_good_call_is_answered(self, garbage, source):
        """Any octets, on a datagram or a stream; responses are always whole."""
        desk = Desk()
        for octets_ in garbage:
            for send in desk.take(octets_, source):
                assert read(send).status in range(100, 700)
            for frame in Framer().feed(octets_, 0.0):
                if not isinstance(frame, Ping):
                    desk.server.frame(frame, STREAM, 0.0)

        assert desk.status(GOOD) == 302
