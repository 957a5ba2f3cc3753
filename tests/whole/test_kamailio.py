"""A SIP proxy finds our numbers: Kamailio's `enum` module, which thousands of proxies ask with.

Kamailio looks each called number up in our zone through the C library's resolver, without EDNS and
over TCP where the answer was cut, and redirects the caller to what it found. That resolver asks
port 53 of what stands in /etc/resolv.conf, so the server listens at a loopback address of its own,
and Kamailio sees a resolv.conf that nobody else sees.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess

import pytest

from enumd.core.number import Number
from enumd.serve.sip.call import call as place_call

pytestmark = pytest.mark.peer

SUFFIX = "enum.example.org."

KAMAILIO_CFG = """#!KAMAILIO
debug=2
log_stderror=yes
children=1
max_branches=16
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:{port}
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "enum.so"

request_route {{
    if (method == "ACK") {{
        exit;
    }}
    if ($hdr(X-Service) == $null) {{
        $var(found) = enum_query("{suffix}");
    }} else {{
        $var(found) = enum_query("{suffix}", "$hdr(X-Service)");
    }}
    if ($var(found) > 0) {{
        sl_send_reply("302", "Found in ENUM");
    }} else {{
        sl_send_reply("404", "Not in ENUM");
    }}
    exit;
}}
"""

INVITE = """INVITE sip:{number}@proxy.example SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{branch}
Max-Forwards: 70
From: <sip:caller@example.net>;tag=1
To: <sip:{number}@proxy.example>
Call-ID: {branch}
CSeq: 1 INVITE
{more}Content-Length: 0

"""

BLOCK = """$ORIGIN 4.4.enum.example.org.
$TTL 300
@ SOA ns1.example.net. hostmaster.example.org. 1 3600 600 86400 60
*.8.6.9.2.3.6.1 NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@block.example.net!" .
"""


@pytest.fixture(scope="module")
def home(new_home, tmp_path_factory):
    """Return a home with numbers of all kinds."""
    home = new_home(
        *("--apex", f"4.4.{SUFFIX}", "--prefix", "44", "--ns", "ns1.example.net"),
        *("--pool", "drama:+441632960000-999"),
    )
    endpoints = {
        "17": ["sip:desk@example.net", "sip:mobile@example.net", "sips:home@example.net"],
        "18": ["xmpp:ada@example.net", "mailto:ada@example.net", "sip:ada@example.net"],
        "19": [],
        "20": ["sip:suspended@example.net"],
        "21": ["sip:released@example.net"],
        "22": ["tel:+441632960017", "matrix:@ada:example.net"],
        "23": [f"sip:line{place:02}@a-rather-long-name.example.net" for place in range(15)],
        "24": ["sip:quo'te%21@example.net;user=phone"],
        "25": ["sip:first@example.net", "sip:second@example.net"],
    }
    for last, uris in endpoints.items():
        home.enumd("number", "claim", f"+4416329600{last}", "--holder", "ada@example.net")
        for uri in uris:
            home.enumd("endpoint", "add", f"+4416329600{last}", uri)
    home.enumd("number", "suspend", "+441632960020", "--why", "unpaid")
    home.enumd("number", "release", "+441632960021")
    move = ("sip:second@example.net", "--preference", 5)
    home.enumd("endpoint", "move", "+441632960025", *move)
    file = tmp_path_factory.mktemp("zone") / "block.zone"
    file.write_text(BLOCK)
    home.enumd("import", file)
    return home


@pytest.fixture(scope="module")
def server(home, own_address):
    """Return the running server, at port 53 of its own address."""
    with home.serve(f"{own_address}:53", sip=["127.0.0.1:0"]) as server:
        yield server


@pytest.fixture(scope="module")
def call(peers, server, own_address, tmp_path_factory, loopback_port):
    """Return a function that calls a number through Kamailio."""
    kamailio, home, port = peers.path("kamailio"), tmp_path_factory.mktemp("sip"), loopback_port()
    resolv, cfg = home / "resolv.conf", home / "kamailio.cfg"
    resolv.write_text(f"nameserver {own_address}\noptions timeout:2 attempts:1\n")
    cfg.write_text(KAMAILIO_CFG.format(port=port, suffix=SUFFIX))
    own = ("--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolv)
    probe = subprocess.run([peers.path("unshare"), *own, "true"], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"a resolv.conf for Kamailio alone: {probe.stderr.strip()}")
    words = (*own, kamailio, "-DD", "-E", "-m", "32", "-M", "4", "-w", home, "-Y", home, "-f", cfg)

    def call(number, service=""):
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", port))
            text = INVITE.format(
                number=number,
                port=sock.getsockname()[1],
                branch=os.urandom(8).hex(),
                more=f"X-Service: {service}\n" if service else "",
            )
            sock.send(text.replace("\n", "\r\n").encode())
            return sock.recv(65535).decode()

    with peers.run("unshare", *words, home=home, ready=lambda: _listens(call)):
        yield call


def test_several_endpoints_in_order_with_q(call):
    """Three endpoints become three contacts, the first with the highest q."""
    assert contacts(call("+441632960017")) == [
        ("sip:desk@example.net", 0.99),
        ("sip:mobile@example.net", 0.98),
        ("sips:home@example.net", 0.97),
    ]


def test_a_moved_endpoint_comes_first(call):
    """Preference, not age, makes the order."""
    assert contacts(call("+441632960025")) == [
        ("sip:second@example.net", 0.99),
        ("sip:first@example.net", 0.98),
    ]


def test_other_services_are_passed_over(call):
    """Of XMPP, mail and SIP the proxy takes SIP."""
    assert contacts(call("+441632960018")) == [("sip:ada@example.net", 0.99)]


def test_a_service_can_be_asked_for(call):
    """With a service given, the proxy takes the telephone number instead."""
    assert contacts(call("+441632960022", "+voice:tel")) == [("tel:+441632960017", 0.99)]


def test_fifteen_endpoints_come_over_tcp(call, server):
    """What does not fit 512 octets is fetched over TCP, and none is missing."""
    before = server.metrics().get("enumd_dns_tcp_accepted_total", 0)
    found = [uri for uri, _ in contacts(call("+441632960023"))]

    assert found == [f"sip:line{place:02}@a-rather-long-name.example.net" for place in range(15)]
    assert server.metrics()["enumd_dns_tcp_accepted_total"] > before


def test_what_had_to_be_escaped_arrives(call):
    """A URI with what a NAPTR cannot hold is the same URI at the proxy."""
    (found,) = contacts(call("+441632960024"))

    assert found == ("sip:quo%27te%21@example.net;user=phone", 0.99)


def test_a_block_is_expanded(call):
    """A number of a block is routed by the block's expression."""
    assert contacts(call("+441632968123")) == [("sip:+441632968123@block.example.net", 0.99)]


@pytest.mark.parametrize(
    "number",
    ["+441632960019", "+441632960020", "+441632960021", "+441632960022", "+441632960099", "+4416"],
    ids=["no-endpoints", "suspended", "released", "no-sip", "unknown", "too-few-digits"],
)
def test_no_branch(number, call):
    """Whoever cannot be reached by SIP gives the proxy nothing to try."""
    reply = call(number)

    assert reply.startswith("SIP/2.0 404 ")
    assert not contacts(reply)


def test_a_change_is_seen_by_the_next_call(call, home):
    """The proxy caches nothing: what is published is what the next caller gets."""
    assert not contacts(call("+441632960030"))

    home.enumd("number", "claim", "+441632960030", "--holder", "ada@example.net")
    home.enumd("endpoint", "add", "+441632960030", "sip:new@example.net")

    assert contacts(call("+441632960030")) == [("sip:new@example.net", 0.99)]


@pytest.mark.parametrize("last", ["17", "18", "24", "25"])
def test_our_own_redirect_says_the_same(call, server, last):
    """The proxy's look-up over DNS and our 302 give the same targets, order and q."""
    number = f"+4416329600{last}"
    (address,) = server.run_file.sip_addresses

    redirected = place_call(Number.parse(number), address)

    assert [
        (one.uri, float(one.q)) for one in redirected.contacts if one.uri.startswith("sip")
    ] == contacts(call(number))


def contacts(reply: str) -> list[tuple[str, float]]:
    """Return the URIs of a reply's Contact headers, and their q."""
    values = re.findall(r"^Contact: (.*?)\r$", reply, re.MULTILINE)
    return [(uri, float(q)) for uri, q in re.findall(r"<([^>]*)>;q=([\d.]+)", ",".join(values))]


def _listens(call) -> bool:
    """Tell whether the proxy answers yet."""
    try:
        return bool(call("+1"))
    except OSError:
        return False
