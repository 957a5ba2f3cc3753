"""A proxy finds our numbers as the manual configures it: Kamailio, by ENUM and by being redirected.

Both recipes are cut out of the page `wiring` and run as they stand there, but for the addresses.
Kamailio's `enum` module asks port 53 of what stands in /etc/resolv.conf: it sees one that nobody
else sees. Everybody is called at one socket, and the name called says what becomes of it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
from contextlib import closing, suppress
from functools import partial

import pytest

from enumd.cli.help import PAGES

WIRING = (PAGES / "wiring.md").read_text()
SUFFIX = "enum.example.org."
WAYS = ("enum", "udp", "tcp", "tls")
only_redirected = pytest.mark.parametrize("proxy", WAYS[1:], indirect=True)

pytestmark = pytest.mark.peer


class Phones(threading.Thread):
    """Everybody who is called: `busyN` answers 503, `gone` 486, `silent` nothing, others 200."""

    def __init__(self, family, host):
        super().__init__(daemon=True)
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.port = self.sock.getsockname()[1]
        self.called = []
        self.start()

    def run(self):
        """Answer until the socket is closed."""
        with suppress(OSError):
            while octets := self.sock.recvfrom(65535):
                self.answer(*octets)

    def answer(self, octets, source):
        """Answer one request."""
        text = octets.decode()
        method, uri, _ = text.partition("\r\n")[0].split(" ")
        user = re.fullmatch(r"sip:(\w+)@.*", uri)[1]
        if method == "INVITE" and user not in self.called:
            self.called.append(user)
        status = 200
        if method == "INVITE":
            status = 503 if user.startswith("busy") else {"gone": 486}.get(user, 200)
        if method == "INVITE" and user == "silent":
            status = 180
        if method == "CANCEL":
            self.sock.sendto(response(text.replace("CANCEL", "INVITE"), 487), source)
        if method != "ACK":
            self.sock.sendto(response(text, status), source)


def response(text, status):
    """Return an answer to a request."""
    wanted = r"(?:Via|From|To|Call-ID|CSeq|Record-Route):"
    rows = [row for row in text.split("\r\n") if re.match(wanted, row)]
    rows = [f"{row};tag=t" if re.match(r"To:(?!.*;tag)", row) else row for row in rows]
    return "\r\n".join([f"SIP/2.0 {status} x", *rows, "Content-Length: 0\r\n\r\n"]).encode()


@pytest.fixture(scope="module")
def phones():
    """Whoever is called over IPv4, and over IPv6."""
    both = Phones(socket.AF_INET, "127.0.0.1"), Phones(socket.AF_INET6, "::1")
    yield both
    for phone in both:
        phone.sock.close()


@pytest.fixture(scope="module")
def server(new_home, new_authority, own_address, phones):
    """A server with numbers that are reached in all ways, over DNS, UDP, TCP and TLS."""
    home = new_home("--apex", SUFFIX, "--ns", "ns1.example.net", "--pool", "d:+441632960000-99")
    four, six = (f"127.0.0.1:{phones[0].port}", f"[::1]:{phones[1].port}")
    numbers = {
        "01": [f"sip:ada@{four}"],
        "02": [f"sip:busy1@{four}", f"sip:ada@{four}"],
        "10": [*(f"sip:busy{n}@{four}" for n in range(9)), f"sip:ada@{four}"],
        "11": [f"sip:busy1@{four}"],
        "12": [f"sip:gone@{four}", f"sip:ada@{four}"],
        "13": [f"sip:ada@{six}"],
        "14": ["sip:ada@nowhere.invalid", f"sip:ada@{four}"],
        "15": ["sip:ada@nowhere.invalid"],
        "16": ["tel:+4930123", f"sip:ada@{four}"],
        "17": ["tel:+4930123"],
        "18": [f"sip:silent@{four}", f"sip:ada@{four}"],
        "19": [],
    }
    for last, uris in numbers.items():
        home.enumd("number", "claim", f"+4416329600{last}", "--holder", "ada@example.net")
        for uri in uris:
            home.enumd("endpoint", "add", f"+4416329600{last}", uri)
    authority = new_authority(home.path)
    authority.sign("enumd")
    authority.sign("proxy")
    files = {"ENUMD_SIP_CERTIFICATE": "enumd.pem", "ENUMD_SIP_KEY": "enumd.key"}
    settings = {"ENUMD_SIP_TLS_LISTEN": "127.0.0.1:0", **files}
    with home.serve(f"{own_address}:53", sip=["127.0.0.1:0"], settings=settings) as served:
        yield served


def recipe(way, server):
    """Return the configuration of the manual that reaches *server* that way."""
    by_enum, redirected = re.findall(r"(?ms)^```kamailio\n(.*?)^```$", WIRING)
    (tls,) = re.findall(r"(?ms)^```kamailio-tls\n(.*?)^```$", WIRING)
    over = {"udp": server.run_file.sip[0], "tcp": f"{server.run_file.sip[0]};transport=tcp"}
    over["tls"] = f"{server.run_file.sip_tls[0]};transport=tls"
    assert "sip:127.0.0.1:5060;transport=tcp" in WIRING
    if way == "enum":
        return by_enum
    told = redirected.replace("sip:127.0.0.1:5060", f"sip:{over[way]}")
    tls = tls.replace("/etc/kamailio/proxy.pem", str(server.home / "proxy.pem"))
    tls = tls.replace("/etc/kamailio/proxy.key", str(server.home / "proxy.key"))
    return tls + told if way == "tls" else told


@pytest.fixture(scope="module", params=WAYS)
def proxy(request, peers, server, own_address, tmp_path_factory, loopback_port):
    """The port of a proxy that is configured as the manual says, and asks in one of the ways."""
    home, port = tmp_path_factory.mktemp("kamailio"), loopback_port()
    resolv, cfg = home / "resolv.conf", home / "kamailio.cfg"
    resolv.write_text(f"nameserver {own_address}\noptions timeout:2 attempts:1\n")
    listen = "".join(
        f"listen={over}\n"
        for over in (f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}", f"udp:[::1]:{port}")
    )
    if request.param == "tls":
        listen += f"listen=tls:127.0.0.1:{loopback_port()}\n"
    head = f"#!KAMAILIO\nlog_stderror=yes\nchildren=1\ntcp_children=1\n{listen}"
    cfg.write_text(head + recipe(request.param, server))
    own = ("--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolv)
    probe = subprocess.run([peers.path("unshare"), *own, "true"], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"a resolv.conf for Kamailio alone: {probe.stderr.strip()}")
    words = (peers.path("kamailio"), "-DD", "-E", "-m", "32", "-M", "4", "-w", home, "-Y", home)
    words = (*own, *words, "-f", cfg)
    with peers.run("unshare", *words, home=home, ready=partial(answers, port)):
        yield port


class Caller:
    """Whoever calls through the proxy."""

    def __init__(self, port, uri, wait_s=10):
        self.sock = socket.socket(type=socket.SOCK_DGRAM)
        self.sock.settimeout(wait_s)
        self.sock.connect(("127.0.0.1", port))
        here, self.branch = self.sock.getsockname()[1], os.urandom(6).hex()
        self.text = (
            f"INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bK"
            f"{self.branch}\r\nMax-Forwards: 70\r\nFrom: <sip:b@127.0.0.1:{here}>;tag=1\r\n"
            f"To: <{uri}>\r\nCall-ID: {self.branch}\r\nCSeq: 1 INVITE\r\n"
            f"Contact: <sip:b@127.0.0.1:{here}>\r\nContent-Length: 0\r\n\r\n"
        )

    def say(self, method, to=""):
        """Send a request of the call."""
        text = self.text.replace("INVITE", method)
        if to:
            text = re.sub(r"(?m)^To: .*\r$", f"To: {to}\r", text)
        self.sock.send(text.encode())

    def hear(self, least=200):
        """Return the status of the next answer to the INVITE from *least* on, acknowledged."""
        while True:
            text = self.sock.recv(65535).decode()
            status = int(text[8:11])
            if "CSeq: 1 INVITE" in text and status >= least:
                if status >= 300:
                    self.say("ACK", re.search(r"(?m)^To: (.*)\r$", text)[1])
                return status


def answers(port):
    """Tell whether the proxy runs: it refuses what is no number."""
    with suppress(OSError), closing((caller := Caller(port, "sip:x@h", 0.5)).sock):
        caller.say("INVITE")
        return caller.hear() == 404
    return False


@pytest.fixture
def call(proxy, phones):
    """A function that calls a number through the proxy: the last status, and who was called."""

    def call(uri):
        for phone in phones:
            phone.called.clear()
        with closing((caller := Caller(proxy, uri)).sock):
            caller.say("INVITE")
            return caller.hear(), [*phones[0].called, *phones[1].called]

    return call


ALL = [f"busy{n}" for n in range(9)]
CALLS = {
    "one target": ("01", 200, ["ada"]),
    "a first target that fails": ("02", 200, ["busy1", "ada"]),
    "ten targets": ("10", 200, [*ALL, "ada"]),
    "none that answers": ("11", 500, ["busy1"]),
    "busy, which ends it": ("12", 486, ["gone"]),
    "IPv6": ("13", 200, ["ada"]),
    "a host without address": ("14", 200, ["ada"]),
    "nothing but that": ("15", 480, []),
    "a telephone number and a SIP URI": ("16", 200, ["ada"]),
}


@pytest.mark.parametrize(("number", "status", "called"), CALLS.values(), ids=CALLS.keys())
def test_one_target_after_the_other(call, number, status, called):
    """In order, until one takes the call; what cannot be tried is passed over."""
    assert call(f"sip:+4416329600{number}@h") == (status, called)


@only_redirected
@pytest.mark.parametrize(
    ("uri", "status", "called"),
    [
        ("tel:+441632960002", 200, ["busy1", "ada"]),
        ("sip:+441632960017@h;user=phone", 480, []),
        ("sip:+441632960019@h", 480, []),
        ("sip:+441632960099@h", 404, []),
    ],
    ids=["tel", "nothing but a telephone number", "no endpoints", "unknown"],
)
def test_a_redirect_is_never_handed_on(call, uri, status, called):
    """The caller gets what became of the targets, or the refusal."""
    assert call(uri) == (status, called)


def test_a_caller_who_gives_up_ends_it(proxy, phones):
    """The phone that rings is told to stop, and no other is tried."""
    phones[0].called.clear()
    with closing((caller := Caller(proxy, "sip:+441632960018@h")).sock):
        caller.say("INVITE")
        assert caller.hear(180) == 180
        caller.say("CANCEL")
        assert caller.hear() == 487
        assert phones[0].called == ["silent"]
