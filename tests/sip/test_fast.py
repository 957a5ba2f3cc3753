"""The hot path gives the octets, counts and transactions of the general path, or declines."""

import re
import sys
from dataclasses import replace
from ipaddress import ip_network

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.naptr import Naptr
from enumd.routing.context import PeerPolicy
from enumd.routing.profile import Profile, Status
from enumd.sip.digest import Digest
from enumd.sip.numbering import DialPlan
from enumd.sip.peer import Peer, Peers
from enumd.sip.rate import Rate
from enumd.sip.responder import MTU_OCTETS
from enumd.sip.server import RedirectServer
from enumd.sip.transactions import Transactions
from enumd.sip.transport import Send, Source, Transport
from enumd.sip.via import LONGEST_OCTETS

PBX = Peer("pbx", (ip_network("192.0.2.0/24"),), routing=PeerPolicy(gateway="gw.example.net"))
HERE = Source("192.0.2.4", 5060, Transport.UDP, "udp")
ADA, BOB, CAY = b"441632960017", b"441632960018", b"441632960016"
DEE, EVE, FAY = b"441632960015", b"4416329600171234", b"441632960014"


def record(uri, preference, services=b"E2U+sip"):
    """Return a terminal record that leads to *uri*."""
    return Naptr(100, preference, b"u", services, b"!^.*$!%b!" % uri, dns.name.root).rdata()


RECORDS = {
    ADA: [
        record(b"sip:ada@example.net", 10),
        record(b"sips:ada@example.org", 10),
        record(b"tel:+441632960017", 20, b"E2U+voice:tel"),
    ],
    BOB: [record(b"sip:+441632960018@pbx.example.net", 10)],
    CAY: [record(b"sip:%63@example.net", 10)],
    DEE: [record(b"sip:+441632960015@PBX.Example.NET", 10)],
    EVE: [record(b"sip:eve@example.net", 10)],
    FAY: [record(b"sip:fay@example.net", 10), record(b"sip:fay@example.org", 20)],
}


def body_of(digits):
    """Return what is published at a number, as the index has it."""
    if (rdatas := RECORDS.get(digits)) is None:
        return None
    head = b"\xc0\x0c\x00\x23\x00\x01\0\0\1\x2c"
    rows = [head + len(rdata).to_bytes(2, "big") + rdata for rdata in rdatas]
    return len(rows).to_bytes(2, "big") + b"".join(rows)


def entry_of(number):
    """Return the same as the general path knows it."""
    rdatas = RECORDS.get(number.digits.encode())
    return Profile(number, Status.FREE) if rdatas is None else Profile.published(number, rdatas)


class Both:
    """Two servers that hear the same: one has the hot path, one the general path alone."""

    def __init__(self, *peers, **limits):
        """Serve the pbx unless others are given."""
        self.quick, self.slow = (
            RedirectServer(
                Peers(peers or (PBX,)),
                b"s" * 32,
                lambda: b"salt" * 2,
                Transactions(**limits),
                found,
            )
            for found in (body_of, None)
        )

    def take(self, octets, source=HERE, now_s=0.0):
        """Give both one datagram; return what the hot path says of it."""
        answer = self.quick.quick(octets, source, now_s)
        right = self._general(self.slow, octets, source, now_s)
        if answer is None:
            sends = self._general(self.quick, octets, source, now_s)
            assert [one.octets for one in right] == [one.octets for one in sends]
        else:
            assert [one.octets for one in right] == ([answer] if answer else [])
            assert all(one.destination == source.back for one in right)
        self.same()
        return answer

    def expire(self, now_s):
        """Let both do what is due; return what is sent."""
        quick, slow = self.quick.expire(now_s), self.slow.expire(now_s)
        assert sorted(quick) == sorted(slow)
        self.same()
        return quick

    def same(self):
        """Hold the counters equal, and when a timer is due."""
        assert self.quick.statistics() == self.slow.statistics()
        assert self.quick.unfinished() == self.slow.unfinished()

    def _general(self, server, octets, source, now_s):
        """Return what the general path of *server* sends."""
        sends = []
        for action in server.datagram(octets, source, now_s):
            if isinstance(action, Send):
                sends.append(action)
            else:
                sends += server.answer(action, entry_of(action.number), now_s)
        return sends


def invite(uri="sip:+441632960017@192.0.2.1:5060;user=phone", **changes):
    """Return a plain INVITE; *changes* replace a field, or leave it out where they are None."""
    fields = {
        "Via": "SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1",
        "Max_Forwards": "70",
        "From": '"Bob" <sip:bob@pbx.example.net>;tag=7x1',
        "To": "<sip:+441632960017@192.0.2.1>",
        "Call_ID": "1-77@192.0.2.4",
        "CSeq": "1 INVITE",
        "Contact": "<sip:bob@192.0.2.4:5060>",
        "Content_Type": "application/sdp",
        "Content_Length": "4",
    } | changes
    rows = [f"{k.replace('_', '-')}: {v}" for k, v in fields.items() if v is not None]
    return "\r\n".join([f"INVITE {uri} SIP/2.0", *rows, "", "v=0\n"]).encode("latin-1")


def ack(via="SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1", line="ACK sip:x@h SIP/2.0"):
    """Return an ACK."""
    return f"{line}\r\nVia: {via}\r\nTo: <sip:a@h>;tag=1\r\n\r\n".encode("latin-1")


class TestPlainCalls:
    """What the hot path is for, it redirects."""

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"uri": "sip:+441632960018@example.net:53529"},
            {"Via": "SIP/2.0/UDP 192.0.2.4:65499;rport;branch=z9hG4bKx"},
            {"uri": "sip:+441632960017@h;transport=UDP;user=phone"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=Z9HG4BKx"},
            {"Via": "SIP/2.0/UDP host.example:5060;branch=z9hG4bKx"},
            {"Via": "\tSIP/2.0/UDP host.example:5060;branch=z9hG4bKx"},
            {"Via": "SIP/2.0/UDP 10.0.0.1:5999;rport;branch=z9hG4bKx"},
            {"Via": "SIP/2.0/UDP 10.0.0.1:5999;branch=z9hG4bKreceived;rport"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx\r\nVia: SIP/2.0/TCP [::1];branch=q"},
            {"Via": "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;rport\r\nVia: SIP/2.0/UDP b;branch=q"},
            {"Via": "SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKx\r\nVia: SIP/2.0/UDP b;branch=q"},
            {"From": "<sip:bob@h>;tag=1", "To": 'Ada "x" <sip:a@h>'},
            {"From": "<x-1+.y:bob>;tag=1"},
            {"From": "Bob the builder <tel:+49301;x=y>;tag=1"},
            {"Max_Forwards": None, "Content_Length": None},
            {"Content_Length": "0\r\nP-Asserted-Identity: <tel:+4930>\r\nm: <sip:b@h>"},
            {"Content_Length": " \t 4", "From": "  <sip:bob@h>;tag=1", "Call_ID": " 1"},
            {"Supported": "100rel, path, timer\r\nSession-Expires: 90\r\nServer: history-info"},
            {"Content_Length": None, "Contact": None, "X_Odd": "\xff\x00;\t,"},
        ],
    )
    def test_each_form_is_answered(self, changes):
        """By both paths alike, and its transaction goes on alike."""
        both = Both()
        octets = invite(**changes)
        answer = both.take(octets)
        if '"x"' in changes.get("To", ""):
            assert answer is None
            return

        assert answer.startswith(b"SIP/2.0 302 ")
        assert len(both.expire(0.5)) == 1
        assert both.take(octets, now_s=0.6) is None
        via = re.search(rb"Via: (.*)\r", octets)[1].decode()
        assert both.take(ack(via), now_s=0.7) == b""
        assert both.expire(1.5) == []
        assert both.take(ack(via), now_s=2.0) == b""
        assert both.expire(6.0) == []
        assert both.take(ack(via), now_s=7.0) == b""
        assert both.quick.statistics().events["stray-ack"] == 1

    def test_timer_g_and_timer_h(self):
        """Without an ACK the answer is repeated, then given up."""
        both = Both()
        both.take(invite())

        sent = sum(len(both.expire(step / 4)) for step in range(140))

        assert sent == 10
        assert both.quick.statistics().open_transactions == 0

    def test_a_cancel_finds_it(self):
        """Too late to change anything: 200."""
        both = Both()
        both.take(invite())

        assert both.take(invite(CSeq="1 CANCEL").replace(b"INVITE sip", b"CANCEL sip")) is None
        assert both.quick.statistics().responses == {302: 1, 200: 1}

    def test_a_choice_of_two_is_one(self):
        """And is told by 300 where the peer wants that."""
        both = Both(replace(PBX, redirect_status=300))

        assert both.take(invite(f"sip:+{FAY.decode()}@h")).startswith(b"SIP/2.0 300 ")

    def test_the_longest_reply(self):
        """What fits a datagram is plain, one octet more is not."""
        room = 1 + MTU_OCTETS - len(Both().take(invite(Call_ID="7")))

        assert len(Both().take(invite(Call_ID="7" * room))) == MTU_OCTETS
        assert Both().take(invite(Call_ID="7" * (room + 1))) is None

    @pytest.mark.parametrize("most", [11, 12])
    def test_the_longest_number_of_the_dial_plan(self, most):
        """As many digits as the peer may dial are plain, one more is not."""
        peer = replace(PBX, dial_plan=DialPlan(max_digits=most))

        assert (Both(peer).take(invite()) is not None) is (most == len(ADA))

    def test_what_was_found_out_is_not_found_out_again(self):
        """Neither about a source nor about hosts: what is remembered spares that."""
        both, called = Both(), set()
        both.take(invite())
        elsewhere = invite("sip:+441632960017@h", Via="SIP/2.0/UDP x;rport;branch=z9hG4bK1")
        both.take(elsewhere, replace(HERE, host="192.0.2.5"))

        octets = invite(Via="SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-2")
        sys.setprofile(lambda frame, what, _: called.add(frame.f_code.co_name))
        answer = both.quick.quick(octets, HERE, 0.1)
        both.quick.quick(ack(), HERE, 0.2)
        sys.setprofile(None)
        assert answer
        assert {"answer", "_redirect", "_acknowledge"} <= called
        assert not called & {"_plan", "_sent_by", "_home"}

    def test_three_hundred_for_those_who_want_it(self):
        """Where there is a choice."""
        both = Both(Peer("p", (ip_network("192.0.2.4"),), redirect_status=300, force_rport=True))
        elsewhere = "SIP/2.0/UDP 192.0.2.4:9;branch=z9hG4bKb"

        assert both.take(invite()).startswith(b"SIP/2.0 300 ")
        bob = invite("sip:+441632960018@h", Via=elsewhere)
        assert both.take(bob).startswith(b"SIP/2.0 302 ")


READ = {
    **dict.fromkeys(("via", "v"), "SIP/2.0/UDP h;branch=z9hG4bK7"),
    **dict.fromkeys(("from", "f"), "<sip:eve@h>;tag=7"),
    **dict.fromkeys(("to", "t"), "<sip:eve@h>"),
    **dict.fromkeys(("call-id", "i"), "7"),
    **dict.fromkeys(("cseq",), "7 INVITE"),
    **dict.fromkeys(("max-forwards",), "7"),
    **dict.fromkeys(("content-length", "l"), "4"),
    **dict.fromkeys(("supported", "k"), "histinfo"),
    **dict.fromkeys(("history-info",), "<sip:eve@h>;index=1"),
}
"""Header fields that the answer depends on, with a value each."""


class TestDeclined:
    """What is not plain is the general path's."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKReceived"},
            {"Via": "SIP/2.0/UDP received.example;branch=z9hG4bK1"},
            {"uri": "sip:+441632960019@h"},
            {"uri": "sip:+441632960016@h"},
            {"uri": "sip:+441632960017;npdi@h"},
            {"uri": "sip:+441632960017@h;rn=+1"},
            {"uri": "sip:+441632960017@1.2.3"},
            {"uri": "sip:+4416329600171234@h"},
            {"uri": "sip:+4416329600171234567@h"},
            {"uri": "sip:+441632960018@pbx.example.net"},
            {"uri": "sip:+441632960018@PBX.example.net"},
            {"uri": "sip:+441632960015@pbx.example.net"},
            {"uri": "sip:+441632960015@PBX.EXAMPLE.net"},
            {"uri": "tel:+441632960017"},
            {"To": "<sip:a@h>;tag=1"},
            {"Via": "SIP/2.0/UDP 192.0.2.4:5061;branch=z9hG4bKx"},
            {"Via": "SIP/2.0/UDP 192.0.2.4:65501;branch=z9hG4bKx;rport"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKreceived"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=old"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx;received=1.2.3.4"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx, SIP/2.0/UDP 1.2.3.4"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx\r\nVia: SIP/2.0/UDP b;branch=q "},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx\r\nVia:SIP/2.0/UDP b;branch=q"},
            {
                "Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx"
                + "\r\nVia: SIP/2.0/UDP b;branch=q" * 50
            },
            {"uri": "sip:+441632960017@h;user=ip"},
            {"uri": "sip:+441632960017@h;transport=a-b"},
            {"uri": "sip:+441632960017@h;x=y"},
            {"From": '"B\\\\b" <sip:bob@h>;tag=1'},
            {"From": '"Bob"  <sip:bob@h>;tag=1'},
            {"From": "Bob, b <sip:bob@h>;tag=1"},
            {"From": "a:b <sip:bob@h>;tag=1"},
            {"From": "\xff <sip:bob@h>;tag=1"},
            {"From": "<1sip:bob@h>;tag=1"},
            {"From": "<sip:b b@h>;tag=1"},
            {"From": "<sip:b\0b@h>;tag=1"},
            {"From": "<sip:b\x7fb@h>;tag=1"},
            {"From": '<sip:b"b@h>;tag=1'},
            {"From": "<sip:>;tag=1"},
            {"From": "<sip:bob@h>"},
            {"From": "<sip:bob@h>;tag=1\r\nf: <sip:eve@h>;tag=2"},
            {"CSeq": "01 INVITE"},
            {"CSeq": "1 OPTIONS"},
            {"Max_Forwards": "70\r\nMax-Forwards: 69"},
            {"Max_Forwards": "70\r\nmax-forwards: 69"},
            {"Content_Length": "5"},
            {"Content_Length": "4\r\nl: 3"},
            {"Supported": "timer,HistInfo"},
            {"Supported": "HISTINFO"},
            {"Via": "SIP/2x0/UDP 192.0.2.4;branch=z9hG4bKx"},
            {"supported": "histinfo"},
            {"SUPPORTED": "histinfo"},
            {"SupporteD": "histinfo"},
            {"k": "timer"},
            {"History_Info": "<sip:a@h>;index=1"},
            {"HISTORY_info": "x"},
            {"Contact": "<sip:b@h>\r\n folded"},
            {"Contact": "<sip:b@h>\nX: y"},
            {"Via": "SIP/2.0/UDP " + "h" * 1300 + ";branch=z9hG4bKx;rport"},
        ],
    )
    def test_each_of_these(self, changes):
        """Both servers answer it alike, by the general path."""
        assert Both().take(invite(**changes)) is None

    @pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
    @pytest.mark.parametrize("name", READ)
    def test_a_field_the_answer_depends_on_is_there_once(self, name, spell):
        """However its name is spelt, another of them is no header field to pass over."""
        value = READ[name]
        octets = invite(Content_Type=f"application/sdp\r\n{spell(name)}: {value}")

        assert Both().take(octets) is None

    @pytest.mark.parametrize(
        "policy",
        [
            {"allowed": False},
            {"stateful": False},
            {"digest": Digest("r", {"a": "b"})},
        ],
    )
    def test_a_peer_that_takes_more(self, policy):
        """One that is refused, has no transactions or needs credentials."""
        assert Both(Peer("p", (ip_network("192.0.2.4"),), **policy)).take(invite()) is None

    def test_too_many_transactions(self):
        """The cap on each source is the general path's to count."""
        both = Both(per_source=1)

        assert both.take(invite())
        assert both.take(invite(Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK2")) is None
        assert both.quick.statistics().events["capped"] == 1

    def test_a_server_that_goes_down(self):
        """New calls are refused with 503."""
        both = Both()
        both.quick.draining = both.slow.draining = True

        assert both.take(invite()) is None

    def test_what_no_longer_has_a_token(self):
        """The general path says 503, then nothing."""
        both = Both(Peer("p", (ip_network("192.0.2.4"),), rate=Rate(1, 2)))

        assert both.take(invite("sip:+441632960019@h", Via="SIP/2.0/UDP a;branch=z9hG4bK")) is None
        assert both.take(invite("sip:+441632960019@h"), now_s=9.0) is None
        for n in range(2):
            free = invite("sip:+441632960019@h", Via=f"SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx{n}")
            assert both.take(free, now_s=50.0) is None
        vias = [f"SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK{n}" for n in range(6)]
        answers = [both.take(invite(Via=via), now_s=99.0) for via in vias]

        assert [answer is None for answer in answers] == [False] * 2 + [True] * 4
        assert both.quick.statistics().responses == {302: 2, 503: 2, 400: 1, 404: 3}


@pytest.mark.parametrize(
    ("octets", "plain"),
    [
        (ack(), True),
        (ack("SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1, SIP/2.0/UDP x;branch=y"), True),
        (ack("SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1\r\n\t;x=y"), False),
        (ack("SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1\rx"), False),
        (ack("SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1;x"), False),
        (ack("SIP/2.0/UDP 192.0.2.4:5060;branch=1"), False),
        (ack("SIP/2.0/UDP 192.0.2.4:70000;branch=z9hG4bK-1"), False),
        (ack("SIP/2.0/UDP 192..2.4:5060;branch=z9hG4bK-1"), False),
        (ack("SIP/2.0/UDP 192.0.2.4:5060:;branch=z9hG4bK-1"), False),
        (ack(line="ACK sip:x@h SIP/2.0\r\nCall-ID: 1"), False),
        (ack("SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK" + "x" * 4096), False),
        (ack(line="ACK nonsense"), True),
        (ack()[:-4], True),
        (b"ACK ", False),
    ],
)
def test_acks(octets, plain):
    """One whose topmost Via comes first is taken whatever else is in it."""
    both = Both()
    both.take(invite())

    assert (both.take(octets, now_s=0.1) == b"") is plain
    both.expire(0.6)


@pytest.mark.parametrize("port", ["1", "9999", "10000", "59999", "60000", "64999", "65499"])
def test_ports_that_are_plain(port):
    """Of every number of digits."""
    assert Both().take(ack(f"SIP/2.0/UDP h:{port};branch=z9hG4bK-1")) == b""


@pytest.mark.parametrize("port", ["", "0", "01", "00001", "65500", "65536", "99999", "100000"])
def test_ports_that_are_not_plain(port):
    """None, those that begin with 0, and the last ones with what is no port."""
    assert Both().take(ack(f"SIP/2.0/UDP h:{port};branch=z9hG4bK-1")) is None


def test_the_longest_host():
    """A name of 255 octets with a port of five digits is plain; nothing longer is looked at."""
    host = ".".join(["h" * 50] * 5) + "x"
    assert len(host) == 255
    via = "SIP/2.0/UDP {};branch=z9hG4bK-1;rport".format

    assert Both().take(ack(via(f"{host}:65000"))) == b""
    assert Both().take(ack(via(f"{host}x:65000"))) is None


def test_an_ack_of_whom_nothing_is_known():
    """Its sent-by is read as any other."""
    both = Both()

    assert both.take(ack()) == b""
    assert both.quick.statistics().events["stray-ack"] == 1


def test_the_longest_ack():
    """As many octets as the Via of an ACK is looked for in are plain, one more is not."""
    line = "ACK " + "x" * (LONGEST_OCTETS - len(ack(line="ACK ")))

    assert Both().take(ack(line=line)) == b""
    assert Both().take(ack(line=line + "x")) is None


def test_new_peers_hold_from_the_next_call_on():
    """What was found out about a source is forgotten when the peers change."""
    both = Both()
    both.take(invite())
    for server in (both.quick, both.slow):
        server.peers = Peers((Peer("p", (ip_network("192.0.2.4"),), allowed=False),))

    assert both.take(invite(Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK2")) is None
    assert both.quick.statistics().responses == {302: 1, 403: 1}


def test_what_is_remembered_has_an_end(monkeypatch):
    """Neither sources nor hosts add up."""
    monkeypatch.setattr("enumd.sip.fast._REMEMBERED", 2)
    both = Both(Peer("all", (ip_network("0.0.0.0/0"),), force_rport=True))
    for n in range(1, 7):
        octets = invite(f"sip:+441632960017@h{n}", Via=f"SIP/2.0/UDP x{n};branch=z9hG4bK{n}")
        assert both.take(octets, replace(HERE, host=f"192.0.2.{n}"))

    assert len(both.quick.quick.__self__._plans) <= 2
    assert len(both.quick.quick.__self__._homes) <= 2
    assert len(both.quick.quick.__self__._sent_bys) <= 2


PIECES = [
    b"\r\nSupported: timer, histinfo\r\n",
    b"\r\nhistory-info: <sip:+441632960017@h>;index=1\r\n",
    b"\r\n",
    b"\r",
    b"\n",
    b" ",
    b"\t",
    b":",
    b": ",
    b":\t",
    b";",
    b",",
    b'"',
    b"<",
    b">",
    b"%",
    b"\0",
    b"\xff",
    b";rport",
    b"received",
    b"z9hG4bK",
    b"Via: ",
    b"v: ",
    b"From: ",
    b"Content-Length: ",
    b"l:",
    b"Max-Forwards: 1\r\n",
    b"t: <sip:a@h>\r\n",
    b"tag=",
    b"sip:+441632960018@",
    b";user=phone",
    b"ACK ",
    b"INVITE ",
    b"SIP/2.0",
    b"A: b\r\n",
    b"65536",
    b"0",
]
EDITS = st.lists(
    st.tuples(st.integers(0, 420), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4
)


@given(
    st.sampled_from(
        [invite(), invite("sip:+441632960018@h", Via="SIP/2.0/UDP a;rport;branch=z9hG4bK3"), ack()]
    ),
    EDITS,
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_both_paths_agree_on_any_octets(octets, edits, now_s):
    """However a call is spoiled, and whatever happens next."""
    for place, cut, piece in edits:
        octets = octets[:place] + piece + octets[place + cut :]
    both = Both()
    both.take(invite(Via="SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-0"))
    both.take(octets, now_s=now_s)
    both.take(octets, now_s=now_s + 0.1)
    both.expire(now_s + 0.7)
    both.take(ack(), now_s=now_s + 0.8)
    both.expire(now_s + 40)
