"""The torture texts of SIP (RFC 4475) and of SIP with IPv6 (RFC 5118), case by case.

Every message here is our own; each has what the case of that name is about. A status is what a
redirect server answers (RFC 3261 section 8.3: it ignores what it does not understand and redirects
all the same), None is silence.
"""

import re
from ipaddress import ip_network

import pytest

from enumd.core.enumservice import Enumservice
from enumd.routing.profile import Profile, Route, Status
from enumd.sip.framing import Framer, datagram
from enumd.sip.message import Response
from enumd.sip.peer import Peer, Peers
from enumd.sip.server import Call, RedirectServer
from enumd.sip.transport import Source, Transport

NUMBER = "sip:+441632960017@enum.example.net"
SOURCES = [Source("192.0.2.33", 5060, Transport.UDP), Source("2001:db8::33", 5060, Transport.UDP)]
PEER = Peer("tortured", (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
TAG = re.compile(rb";\s*tag\s*=", re.IGNORECASE)


def text(line, *rows, body=b"", length=None):
    """Return a message: a start line, its rows, and the length of its body unless one is given."""
    if length is None:
        rows = (*rows, f"Content-Length: {len(body)}")
    return "\r\n".join((line, *rows, "", "")).encode("latin-1") + body


def plain(line, *changes, cseq=None, body=b"", length=None):
    """Return an ordinary request with some rows replaced by name, or added."""
    method = line.split()[0]
    rows = {
        "Via": "Via: SIP/2.0/UDP 192.0.2.33;branch=z9hG4bK-plain;rport",
        "From": "From: <sip:caller@example.org>;tag=33242",
        "To": "To: <sip:callee@example.net>",
        "Call-ID": "Call-ID: plain.0ha0isndaksdj",
        "CSeq": f"CSeq: {cseq or f'8 {method}'}",
        "Max-Forwards": "Max-Forwards: 70",
    }
    more = []
    for change in changes:
        name = change.partition(":")[0]
        if name in rows:
            rows[name] = change
        else:
            more.append(change)
    return text(line, *filter(None, rows.values()), *more, body=body, length=length)


def without(octets, *names):
    """Return a request without the rows of those names."""
    head, _, body = octets.partition(b"\r\n\r\n")
    kept = [row for row in head.split(b"\r\n") if row.partition(b":")[0].decode() not in names]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.33\r\ns=-\r\nc=IN IP4 192.0.2.33\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 0\r\n"
)

WSINV = (
    "\r\n".join(
        [
            f"INVITE {NUMBER};unknownparam SIP/2.0",
            "TO :",
            " sip:callee@chair.example.com ;   x    = 1918181833n",
            'from   : "J Rosenberg \\\\\\""       <sip:jdr@example.com>',
            "  ;",
            "  tag = 98asjd8",
            "MaX-fOrWaRdS: 0068",
            "Call-ID: wsinv.ndaksdj@192.0.2.33",
            f"Content-Length   : {len(SDP)}",
            "cseq: 0009",
            "  INVITE",
            "Via  : SIP  /   2.0",
            " /UDP",
            "    192.0.2.33;branch=390skdjuw",
            "s :",
            "NewFangledHeader:   newfangled value",
            " continued newfangled value",
            "UnknownHeaderWithUnusualValue: ;;,,;;,;",
            "Content-Type: application/sdp",
            "Route:",
            " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
            "v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
            "  branch  =   z9hG4bK9ikj8  ,",
            " SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
            " z9hG4bK30239",
            'm:"Quoted string \\"\\"" <sip:jdr@example.com> ; newparam =',
            "      newvalue ;",
            "  secondparam ; q = 0.33",
            "",
            "",
        ]
    ).encode()
    + SDP
)

INTMETH_METHOD = "!interesting-Method0123456789_*+`.%indeed'~"
LONG = "long" * 60

VALID = {
    "wsinv": (WSINV, 302),
    "intmeth": (
        plain(
            f"{INTMETH_METHOD} sip:1_odd.URI~(be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas"
            "$wo~d_too.(doesn't-it)@example.com SIP/2.0",
            "Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
            'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_odd.URI~(to-be!sure)&isn\'t+it$@h>',
            "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>"
            ";fromParam''~+*_!.-%=\"\xd1\x80\xd0\xb0\";tag=_token~1'+`*%!-.",
            "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
            "extensionHeader-!.%*+_`'~: \xef\xbb\xbf\xe5\xa4\xa7",
        ),
        404,
    ),
    "esc01": (
        plain(
            "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
            "Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>",
        ),
        404,
    ),
    "escnull": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "To: sip:null-%00-null@example.com",
            "From: sip:null-%00-null@example.com;tag=839923423",
            "Contact: <sip:%00@host5.example.com>",
        ),
        405,
    ),
    "esc02": (
        plain(
            "RE%47IST%45R sip:registrar.example.com SIP/2.0",
            'To: "%Z%45" <sip:resource@example.com>',
            'From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23',
        ),
        404,
    ),
    "lwsdisp": (
        plain(f"OPTIONS {NUMBER} SIP/2.0", "From: caller<sip:caller@example.com>;tag=323"),
        302,
    ),
    "longreq": (
        plain(
            f"INVITE {NUMBER} SIP/2.0",
            f'To: "I have a user name of extreme {LONG} proportion" <sip:user@example.com:6000;'
            f"unknownparam1=very{LONG}value;lpname1>",
            f"From: sip:{LONG}@example.com;tag=12982982982982982982982{LONG}",
            f"Call-ID: longreq.one{LONG}",
            f"Via: SIP/2.0/TCP sip33.example.com;branch=z9hG4bK-{LONG}, SIP/2.0/TCP sip32.example",
            *(f"Via: SIP/2.0/TCP sip{place}.example.com" for place in range(31, 0, -1)),
            f"Unknown-{LONG}-Name: unknown-{LONG}-value; unknown-{LONG}-parameter-name",
        ),
        302,
    ),
    "dblreq": (
        plain("REGISTER sip:example.com SIP/2.0") + plain(f"INVITE {NUMBER} SIP/2.0", body=SDP),
        405,
    ),
    "semiuri": (plain("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0"), 404),
    "transports": (
        plain(
            f"OPTIONS {NUMBER} SIP/2.0",
            "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw",
            "v: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf",
            "v: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj",
            "v: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
            "v: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee",
        ),
        302,
    ),
    "mpart01": (
        plain(
            f"MESSAGE {NUMBER} SIP/2.0",
            'Content-Type: multipart/mixed;boundary="7a9cbec02ceef655"',
            body=b"--7a9cbec02ceef655\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n\r\n"
            b"0\x82\x01R\x06\t\0*\x86H\r\n\r\n--7a9cbec02ceef655--",
        ),
        302,
    ),
    "unreason": (plain("SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe", cseq="35 INVITE"), None),
    "noreason": (plain("SIP/2.0 100 ", cseq="35 INVITE"), None),
}

INVALID = {
    "badinv01": (
        plain(
            f"INVITE {NUMBER} SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.15;;,;,,",
            'Contact: "Joe" <sip:joe@example.org>;;;;',
        ),
        400,
    ),
    "clerr": (
        plain(f"INVITE {NUMBER} SIP/2.0", "Content-Length: 9999", body=SDP, length=9999),
        400,
    ),
    "ncl": (plain(f"INVITE {NUMBER} SIP/2.0", "Content-Length: -999", body=SDP, length=-999), 400),
    "scalar02": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "Max-Forwards: 300",
            "Expires: 10000000000000000000",
            "Contact: <sip:user@host129.example.com>;expires=280297596632815",
            cseq="36893488147419103232 REGISTER",
        ),
        400,
    ),
    "scalarlg": (
        plain(
            "SIP/2.0 503 Service Unavailable",
            "Retry-After: 949302838503028349304023988",
            'Warning: 1812 overture "In Progress"',
            cseq="9292394834772304023312 OPTIONS",
        ),
        None,
    ),
    "quotbal": (
        plain(f"INVITE {NUMBER} SIP/2.0", 'To: "Mr. J. User <sip:j.user@example.com>'),
        400,
    ),
    "ltgtruri": (plain(f"INVITE <{NUMBER}> SIP/2.0"), 400),
    "lwsruri": (plain(f"INVITE {NUMBER}; lr SIP/2.0"), 400),
    "lwsstart": (plain(f"INVITE  {NUMBER}  SIP/2.0"), 400),
    "trws": (plain(f"OPTIONS {NUMBER} SIP/2.0  "), 400),
    "escruri": (plain(f"INVITE {NUMBER}?Route=%3Csip:example.com%3E SIP/2.0"), 400),
    # Not GMT: refused by those alone to whom the Date matters, and here it does not.
    "baddate": (plain(f"INVITE {NUMBER} SIP/2.0", "Date: Fri, 01 Jan 2010 16:00:00 EST"), 302),
    "regbadct": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E",
        ),
        405,
    ),
    "badaspec": (
        plain(f"OPTIONS {NUMBER} SIP/2.0", 'To: "Watson, Thomas" < sip:t.watson@example.org >'),
        400,
    ),
    "baddn": (
        plain(
            f"OPTIONS {NUMBER} SIP/2.0", "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43"
        ),
        400,
    ),
    "badvers": (
        plain(f"OPTIONS {NUMBER} SIP/7.0", "Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw"),
        505,
    ),
    "mismatch01": (plain(f"OPTIONS {NUMBER} SIP/2.0", cseq="8 INVITE"), 400),
    "mismatch02": (plain(f"NEWMETHOD {NUMBER} SIP/2.0", cseq="8 INVITE"), 400),
    "bigcode": (
        plain("SIP/2.0 4294967301 better not break the receiver", cseq="353494 INVITE"),
        None,
    ),
}

TRANSACTION = {
    "badbranch": (
        plain(f"OPTIONS {NUMBER} SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
        400,
    ),
}

APPLICATION = {
    "insuf": (without(plain(f"INVITE {NUMBER} SIP/2.0", body=SDP), "Call-ID", "From", "To"), 400),
    "unkscm": (plain("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), 416),
    "novelsc": (plain("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), 416),
    "unksm2": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "To: isbn:2983792873",
            "From: <http://www.example.com>;tag=3234233",
            "Contact: <name:John_Smith>",
        ),
        405,
    ),
    "bext01": (
        plain(
            f"OPTIONS {NUMBER} SIP/2.0",
            "Require: nothingSupportsThis, nothingSupportsThisEither",
            "Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis",
        ),
        302,
    ),
    "invut": (
        plain(f"INVITE {NUMBER} SIP/2.0", "Content-Type: application/unknownformat", body=b"<x/>"),
        302,
    ),
    "regaut01": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "Authorization: NoOneKnowsThisScheme opaque-data=here",
        ),
        405,
    ),
    "multi01": (
        plain(
            f"INVITE {NUMBER} SIP/2.0",
            "Call-Id: multi01.2",
            "cseq: 59 INVITE",
            "f: <sip:b@h>;tag=2",
            "t: <sip:other@h>",
            "max-forwards: 5",
            "v: SIP/2.0/UDP 192.0.2.16;branch=z9hG4bKother",
        ),
        400,
    ),
    "mcl01": (
        plain(f"OPTIONS {NUMBER} SIP/2.0", "Content-Length: 13", "l: 5", body=b"x" * 13, length=13),
        400,
    ),
    "bcast": (
        plain(
            "SIP/2.0 200 OK", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1", cseq="8 INVITE"
        ),
        None,
    ),
    "zeromf": (plain(f"OPTIONS {NUMBER} SIP/2.0", "Max-Forwards: 0"), 302),
    "cparam01": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: sip:+19725552222@gw1.example.net;unknownparam",
        ),
        405,
    ),
    "cparam02": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: <sip:+19725552222@gw1.example.net;unknownparam>",
        ),
        405,
    ),
    "regescrt": (
        plain(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>",
        ),
        405,
    ),
    "sdp01": (plain(f"INVITE {NUMBER} SIP/2.0", "Accept: text/nobodyKnowsThis", body=SDP), 302),
}

BACKWARD = {
    "inv2543": (
        text(
            f"INVITE {NUMBER} SIP/2.0",
            "Via: SIP/2.0/UDP iftgw.example.com",
            "From: <sip:+13035551111@ift.client.example.net;user=phone>",
            "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>",
            "To: <sip:+16505552222@ss1.example.net;user=phone>",
            "Call-ID: inv2543.1717@ift.client.example.com",
            "CSeq: 56 INVITE",
            "Contact: sip:UserB@192.0.2.44",
            body=SDP,
        ),
        302,
    ),
}

RFC4475 = VALID | INVALID | TRANSACTION | APPLICATION | BACKWARD

VIA6 = "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111"
SDP6 = SDP.replace(b"IP4 192.0.2.33", b"IP6 2001:db8::20")

RFC5118 = {
    "ipv6-good": (
        plain("REGISTER sip:[2001:db8::10] SIP/2.0", VIA6, "Contact: <sip:c@[2001:db8::1]>"),
        405,
    ),
    "ipv6-bad": (plain("REGISTER sip:2001:db8::10 SIP/2.0", VIA6), 400),
    "port-ambiguous": (plain("REGISTER sip:[2001:db8::10:5070] SIP/2.0", VIA6), 405),
    "port-unambiguous": (plain("REGISTER sip:[2001:db8::10]:5070 SIP/2.0", VIA6), 405),
    "via-received-param-with-delim": (
        plain(
            "BYE sip:[2001:db8::10] SIP/2.0",
            "To: sip:user@example.com;tag=bd76ya",
            "Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111",
        ),
        481,
    ),
    "via-received-param-no-delim": (
        plain(
            "OPTIONS sip:[2001:db8::10] SIP/2.0",
            "Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3",
        ),
        200,
    ),
    "ipv6-in-sdp": (plain("INVITE sip:+441632960017@[2001:db8::10] SIP/2.0", VIA6, body=SDP6), 302),
    "mult-ip-in-header": (
        plain(
            "BYE sip:user@host.example.net SIP/2.0",
            "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
            "v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
            "v: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
            "To: sip:user@example.net;tag=bd76ya",
        ),
        481,
    ),
    "mult-ip-in-sdp": (
        plain(
            "INVITE sip:+441632960017@[2001:db8::10] SIP/2.0",
            VIA6,
            body=SDP6 + b"m=video 6024 RTP/AVP 107\r\nc=IN IP4 192.0.2.1\r\n",
        ),
        302,
    ),
    "ipv4-mapped-ipv6": (
        plain(
            f"INVITE {NUMBER} SIP/2.0",
            "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19",
            "Contact: <sip:alice@[::ffff:192.0.2.10]:19823>",
            body=SDP6,
        ),
        302,
    ),
    "ipv6-bug-abnf-3-colons": (
        plain("OPTIONS sip:+441632960017@[2001:db8:::192.0.2.1] SIP/2.0", VIA6),
        302,
    ),
}

CASES = [
    pytest.param(octets, status, id=name) for name, (octets, status) in (RFC4475 | RFC5118).items()
]
GOOD = plain(f"INVITE {NUMBER} SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.33;branch=z9hG4bK-next")


def answered(server, actions):
    """Return what is sent when every number has two routes."""
    sip = Enumservice.parse("sip")
    routes = (
        Route(100, 10, sip, "sip:ada@example.net"),
        Route(100, 20, sip, "sip:ada@example.org"),
    )
    sends = []
    for action in actions:
        if isinstance(action, Call):
            sends += server.answer(action, Profile(action.number, Status.CLAIMED, routes), 0.0)
        else:
            sends.append(action)
    return sends


@pytest.fixture
def server():
    """Return a server that knows the sources of the tests."""
    return RedirectServer(Peers([PEER]), b"s" * 32, lambda: b"salt" * 2)


def test_all_cases_are_here():
    """RFC 4475 has 49, RFC 5118 has eleven messages."""
    assert tuple(map(len, (VALID, INVALID, TRANSACTION, APPLICATION, BACKWARD))) == (
        13,
        19,
        1,
        15,
        1,
    )
    assert (len(RFC4475), len(RFC5118)) == (49, 11)


@pytest.mark.parametrize("source", SOURCES, ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(("octets", "status"), CASES)
class TestDatagrams:
    def test_each_gets_its_answer_and_the_next_call_is_served(self, server, source, octets, status):
        """One response of the right status, or silence; and then an ordinary call goes through."""
        sends = answered(server, server.datagram(octets, source, 0.0))

        statuses = [Response.parse(datagram(send.octets).head).status for send in sends]
        assert ([] if status is None else [status]) == statuses
        (good,) = answered(server, server.datagram(GOOD, source, 0.0))
        assert good.octets.startswith(b"SIP/2.0 302 ")

    def test_every_answer_has_what_it_needs(self, server, source, octets, status):
        """All Vias in order, From, To with a tag, Call-ID and CSeq as they came, a length."""
        request = datagram(octets).head
        for send in answered(server, server.datagram(octets, source, 0.0)):
            response = datagram(send.octets).head
            assert (source.host, source.transport) == (
                send.destination.host,
                send.destination.transport,
            )
            for name in (b"from", b"call-id", b"cseq"):
                assert request.rows(name)[:1] == response.rows(name)
            ours, theirs = (
                [
                    re.sub(rb";(received|rport)=[^;,]*|;rport", b"", via)
                    for via in head.elements(b"via")
                ]
                for head in (response, request)
            )
            assert theirs == ours
            to = response.first(b"to")
            assert to is None or TAG.search(to)
            assert response.first(b"content-length") == b"0"


@pytest.mark.parametrize(("octets", "status"), CASES)
def test_on_a_stream_each_gets_the_same_answer(server, octets, status):
    """Framed octet by octet; only what has no end gets none until its time is over."""
    source, framer = Source("192.0.2.33", 40000, Transport.TCP), Framer()
    if b"\nContent-Length" not in octets:
        octets = octets.replace(
            b"\r\n\r\n", b"\r\nl: %d\r\n\r\n" % len(octets.split(b"\r\n\r\n")[1]), 1
        )
    frames = [frame for octet in octets for frame in framer.feed(bytes([octet]), 0.0)]
    sends = answered(server, server.frame(frames[0], source, 0.0)) if frames else []

    statuses = [Response.parse(datagram(send.octets).head).status for send in sends]
    if b"Content-Length: 9999" in octets:
        assert (statuses, framer.overdue(32.0)) == ([], True)
    else:
        assert ([] if status is None else [status]) == statuses


@pytest.mark.parametrize("name", ["ncl", "mcl01"])
def test_what_cannot_be_framed_closes_the_stream(name):
    """After a length that means nothing, nobody knows where the next message begins."""
    framer = Framer()
    framer.feed(RFC4475[name][0], 0.0)

    assert framer.closed


def test_only_the_first_of_two_messages_in_a_datagram_counts(server):
    """dblreq: what follows the body is discarded."""
    sends = answered(server, server.datagram(RFC4475["dblreq"][0], SOURCES[0], 0.0))

    assert [datagram(send.octets).head.first(b"cseq") for send in sends] == [b"8 REGISTER"]


def test_a_tortuous_request_within_a_dialog_is_refused(server):
    """wsinv with the To tag that it has in the RFC: there are no dialogs here."""
    octets = WSINV.replace(b"x    = 1918181833n", b"tag    = 1918181833n")
    (send,) = answered(server, server.datagram(octets, SOURCES[0], 0.0))

    assert send.octets.startswith(b"SIP/2.0 481 ")
