"""The SIP service whole: processes, real sockets, real TLS."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing, suppress

import dns.message
import dns.rrset
import pytest
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import Protocol
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.tcp import Connection

from enumd.config import Config, SipSettings
from enumd.errors import ConfigError, ServiceError
from enumd.net.listeners import Address, bind
from enumd.serve.sip.service import poll_of, prepare

ADA = "sip:+441632960017@enum.example.net"
UNKNOWN = "sip:+441632960099@enum.example.net"
BOTH = 'listen = ["127.0.0.1:0", "[::1]:0"]'


def udp(address):
    """Return a UDP socket that is connected to *address*."""
    sock = socket.socket(address.family, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.connect(address.sockaddr())
    return sock


def tcp(address):
    """Return a TCP connection to *address*."""
    return socket.create_connection((address.host, address.port), 5)


def message(sock) -> str:
    """Return the next message without a body on a stream."""
    octets = b""
    while not octets.endswith(b"\r\n\r\n"):
        more = sock.recv(1)
        if not more:
            break
        octets += more
    return octets.decode()


def via(name, over="UDP"):
    """Return a Via of that branch."""
    return f"SIP/2.0/{over} 127.0.0.1:5060;branch=z9hG4bK{name};rport"


@pytest.fixture
def start(home, serve):
    """A function that starts a server whose [sip] is that text; it returns server and addresses."""

    def start(text, workers=1):
        (home / "enumd.toml").write_text(f"[sip]\n{text}\n")
        server = serve(workers, "127.0.0.1:0")
        return server, [Address.parse(text) for text in server.run_file.sip]

    return start


@pytest.mark.parametrize("connect", [udp, tcp])
@pytest.mark.parametrize("place", [0, 1], ids=["ipv4", "ipv6"])
def test_a_call_is_redirected(start, octets, connect, place):
    """INVITE, 302 with the Contact of the index, ACK, and no repetition: both families."""
    _, addresses = start(BOTH + "\nt1_ms = 1000")
    with closing(connect(addresses[place])) as caller:
        caller.sendall(octets(uri=ADA))
        answer = caller.recv(65535).decode()
        caller.sendall(octets("ACK", uri=ADA))

        assert answer.startswith("SIP/2.0 302 Moved Temporarily\r\n")
        assert "Contact: <sip:ada@example.net>;q=0.99\r\n" in answer
        caller.settimeout(1.5)  # past timer G, which an ACK that a busy machine is slow with beats
        with pytest.raises(TimeoutError):
            caller.recv(65535)


def test_the_reactor_waits_for_all_it_watches():
    """Where that is epoll; another kind of reactor is left alone."""
    reactor = EPollReactor()
    one, other = socket.socketpair()
    with closing(one), closing(other):
        reactor.addReader(Connection(one, Protocol(), reactor))
        poll = poll_of(reactor)
        assert poll(0.0, 2) == []
        other.send(b"x")
        assert [descriptor for descriptor, _ in poll(1.0, 2)] == [one.fileno()]
        reactor.removeAll()
    assert poll_of(SelectReactor()) is None


def test_the_server_is_asked_about_itself(start, octets):
    """OPTIONS to the server gets 200 with what it can do."""
    _, (address, _) = start(BOTH)
    with closing(udp(address)) as caller:
        caller.send(octets("OPTIONS", uri="sip:enum.example.net"))

        assert "Allow: INVITE" in caller.recv(65535).decode()


def test_a_repeated_call_gets_identical_octets(start, octets):
    """By the client's repetition and by our own timer G, until the ACK."""
    _, (address, _) = start(BOTH + "\nt1_ms = 50")
    with closing(udp(address)) as caller:
        caller.send(octets(uri=ADA))
        first = caller.recv(65535)
        caller.send(octets(uri=ADA))

        assert [caller.recv(65535) for _ in range(3)] == [first] * 3
        caller.send(octets("ACK", uri=ADA))


def test_a_call_can_be_cancelled_while_it_is_looked_up(home, start, octets):
    """A tree that never answers: 100 after 200 ms, then CANCEL gets 200 and the call 487."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        enum = f'[enum]\nsuffixes = ["e164.example"]\nservers = ["127.0.0.1:{port}"]'
        _, (address, _) = start(f"{BOTH}\n{enum}")
        with closing(udp(address)) as caller:
            caller.send(octets(uri=UNKNOWN))
            assert caller.recv(65535).startswith(b"SIP/2.0 100 Trying")
            caller.send(octets("CANCEL", uri=UNKNOWN))
            got = sorted(caller.recv(65535)[:11] for _ in range(2))
            caller.send(octets("ACK", uri=UNKNOWN))

    assert got == [b"SIP/2.0 200", b"SIP/2.0 487"]


def test_garbage_hurts_nobody(start, octets):
    """Whatever comes before it, the next good call is answered."""
    _, (address, _) = start(BOTH)
    with closing(udp(address)) as caller, closing(tcp(address)) as stream:
        for noise in (
            b"\xff" * 60000,
            b"",
            b"INVITE\r\n\r\n",
            b"SIP/2.0 200 OK\r\n\r\n",
            b"\0" * 4,
        ):
            caller.send(noise)
        stream.sendall(b"\xff" * 100_000)
        caller.send(octets(uri=ADA))
        while not (answer := caller.recv(65535)).startswith(b"SIP/2.0 302"):
            assert answer.startswith(b"SIP/2.0 400")
    with closing(tcp(address)) as stream:
        stream.sendall(octets(uri=ADA, Via=via("x", "TCP")))
        assert message(stream).startswith("SIP/2.0 302")


def test_a_keep_alive_is_answered_on_a_stream(start):
    """Two line ends get one (RFC 5626)."""
    _, (address, _) = start(BOTH)
    with closing(tcp(address)) as stream:
        stream.sendall(b"\r\n\r\n")
        assert stream.recv(10) == b"\r\n"


def test_strangers_are_refused(start, octets):
    """Somebody who is no peer gets 403, once: a forged source makes us repeat nothing."""
    peer = '[[sip.peers]]\nname = "none"\naddresses = ["127.0.0.0/8"]\ntreatment = "refuse"'
    _, (address, _) = start(f"{BOTH}\nt1_ms = 50\n{peer}")
    with closing(udp(address)) as caller:
        caller.send(octets(uri=ADA))
        assert caller.recv(65535).startswith(b"SIP/2.0 403")


class TestTls:
    """TLS with certificates of an authority made for the test."""

    def connect(self, server, home, certificate=""):
        """Return a TLS connection to *server*, perhaps with a client certificate."""
        context = ssl.create_default_context(cafile=str(home / "ca.pem"))
        if certificate:
            context.load_cert_chain(home / f"{certificate}.pem", home / f"{certificate}.key")
        address = Address.parse(server.run_file.sip_tls[0])
        return context.wrap_socket(tcp(address), server_hostname="sip.example.net")

    def settings(self, *more):
        """Return the settings of TLS."""
        files = 'certificate = "sip.example.net.pem"\nkey = "sip.example.net.key"'
        return "\n".join(['tls_listen = ["127.0.0.1:0"]', files, *more])

    def test_a_call_is_redirected(self, home, authority, start, octets):
        """Over TLS alone: without `listen` nothing listens unencrypted."""
        authority.sign("sip.example.net")
        server, addresses = start(self.settings())
        with closing(self.connect(server, home)) as stream:
            stream.sendall(octets(uri=ADA, Via=via("a", "TLS")))
            assert message(stream).startswith("SIP/2.0 302")
            stream.sendall(octets("ACK", uri=ADA, Via=via("a", "TLS")))
        assert addresses == []

    def test_a_client_is_known_by_its_certificate(self, home, authority, start, octets):
        """The peer of that name gets what was agreed with it, here 300 for several ways on."""
        authority.sign("sip.example.net")
        authority.sign("pbx.example.net")
        peer = '[[sip.peers]]\nname = "pbx"\ntls_names = ["pbx.example.net"]\nredirect_status = 300'
        server, _ = start(self.settings('client_ca = "ca.pem"', peer))
        crowded = ADA.replace("17", "18")
        for certificate, status in (("pbx.example.net", "300"), ("", "302")):
            with closing(self.connect(server, home, certificate)) as stream:
                stream.sendall(octets(uri=crowded, Via=via(status, "TLS")))
                assert message(stream).startswith(f"SIP/2.0 {status}")

    def test_a_client_without_a_certificate_is_refused(self, home, authority, start, octets):
        """Where one is required."""
        authority.sign("sip.example.net")
        server, _ = start(
            self.settings('client_ca = "ca.pem"', "require_client_certificate = true")
        )
        with pytest.raises(OSError), closing(self.connect(server, home)) as stream:
            stream.sendall(octets(uri=ADA, Via=via("a", "TLS")))
            assert stream.recv(10) == b"SIP/2.0 302"

    def test_noise_in_place_of_tls_hurts_nobody(self, home, authority, start, octets):
        """A client that speaks no TLS is dropped; the next one is served."""
        authority.sign("sip.example.net")
        server, _ = start(self.settings())
        with closing(tcp(Address.parse(server.run_file.sip_tls[0]))) as stream:
            stream.sendall(octets(uri=ADA))
            assert b"SIP" not in stream.recv(1000)
        with closing(self.connect(server, home)) as stream:
            stream.sendall(octets(uri=ADA, Via=via("b", "TLS")))
            assert message(stream).startswith("SIP/2.0 302")

    def test_a_reload_takes_up_a_new_certificate(self, home, authority, start, octets):
        """New connections see the certificate of the file; a broken file changes none."""
        authority.sign("sip.example.net")
        server, _ = start(self.settings())
        with closing(self.connect(server, home)) as stream:
            before = stream.getpeercert()["serialNumber"]
        authority.sign("sip.example.net")
        server.signal(signal.SIGHUP)
        server.logged("reloaded")
        after = before
        while after == before:
            with closing(self.connect(server, home)) as stream:
                after = stream.getpeercert()["serialNumber"]
        (home / "sip.example.net.key").write_text("junk")
        server.signal(signal.SIGHUP)
        server.logged("reload-refused")
        with closing(self.connect(server, home)) as stream:
            assert stream.getpeercert()["serialNumber"] == after

    def test_a_worker_started_again_serves_tls_that_was_struck_out(
        self, home, authority, start, octets
    ):
        """Its addresses change at the next start of the server, and so does that it is served."""
        authority.sign("sip.example.net")
        server, _ = start(self.settings())
        (home / "enumd.toml").write_text(f"[sip]\n{BOTH}\n")
        server.signal(signal.SIGHUP)
        server.logged("reloaded")
        (before,) = server.workers
        os.kill(before, signal.SIGKILL)
        server.logged("worker-died")
        with closing(self.connect(server, home)) as stream:
            stream.sendall(octets(uri=ADA, Via=via("b", "TLS")))
            assert message(stream).startswith("SIP/2.0 302")


def test_a_reload_takes_up_peers(home, start, octets):
    """Who was a peer a moment ago is none now."""
    server, (address, _) = start(BOTH)
    peer = '[[sip.peers]]\nname = "none"\naddresses = ["127.0.0.0/8"]\ntreatment = "refuse"'
    with closing(udp(address)) as caller:
        caller.send(octets(uri=ADA, Via=via("0")))
        assert caller.recv(65535).startswith(b"SIP/2.0 302")
        caller.send(octets("ACK", uri=ADA, Via=via("0")))
        (home / "enumd.toml").write_text(f"[sip]\n{BOTH}\n{peer}\n")
        server.signal(signal.SIGHUP)
        server.logged("reloaded")
        status, number = b"302", 0
        while status == b"302":
            number += 1
            caller.send(octets(uri=ADA, Via=via(number)))
            status = caller.recv(65535)[8:11]
            caller.send(octets("ACK", uri=ADA, Via=via(number)))
    assert status == b"403"


def test_a_worker_that_died_comes_back_with_the_peers_of_the_reload(home, start, octets):
    """What holds is what was taken up last, not what held when the server started."""
    server, (address, _) = start(BOTH)
    peer = '[[sip.peers]]\nname = "none"\naddresses = ["127.0.0.0/8"]\ntreatment = "refuse"'
    (home / "enumd.toml").write_text(f"[sip]\n{BOTH}\n{peer}\n")
    server.signal(signal.SIGHUP)
    server.logged("reloaded")
    (before,) = server.workers
    os.kill(before, signal.SIGKILL)
    server.logged("worker-died")
    with closing(udp(address)) as caller:
        caller.settimeout(0.5)
        answer = b""
        for number in range(40):  # until the next worker listens
            with suppress(OSError):
                caller.send(octets(uri=ADA, Via=via(number)))
                answer = caller.recv(65535)
                break
    assert answer.startswith(b"SIP/2.0 403")


def test_a_faulty_peer_at_reload_changes_nothing(home, start, octets):
    """The whole reload is refused, with the setting named."""
    server, (address, _) = start(BOTH)
    peer = '[[sip.peers]]\nname = "p"\naddresses = ["127.0.0.0/8"]\nredirect_status = 301'
    (home / "enumd.toml").write_text(f"[sip]\n{BOTH}\n{peer}\n")
    server.signal(signal.SIGHUP)

    assert "sip.peers.p" in server.logged("reload-refused")
    with closing(udp(address)) as caller:
        caller.send(octets(uri=ADA))
        assert caller.recv(65535).startswith(b"SIP/2.0 302")


def saying(user, once=None):
    """Return the script of a DNS server: every number is that user's, *once* that is set."""

    def script(octets, over_tcp):
        assert once is None or once.wait(20)
        query = dns.message.from_wire(octets)
        reply, name = dns.message.make_response(query), query.question[0].name
        text = f'100 10 "u" "E2U+sip" "!^.*$!sip:{user}@example.net!" .'
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "NAPTR", text))
        return [reply.to_wire()]

    return script


class TestOtherTrees:
    """Numbers that are not here, and a reload."""

    def settings(self, dns_server, *more):
        """Return settings with a tree that *dns_server* knows, and time for a slow machine."""
        tree = f'suffixes = ["e164.example"]\nservers = ["{dns_server.address}"]'
        slowly = "timeout_ms = 20000\ntotal_timeout_ms = 20000"
        return "\n".join([BOTH, *more, "[enum]", tree, slowly])

    def reload(self, server, address, text, octets):
        """Have *server* take up the settings *text*, and return when it has.

        Its only worker takes up peers and trees together: they are there when whoever calls from
        127.0.0.2 is refused.
        """
        peer = '[[sip.peers]]\nname = "none"\naddresses = ["127.0.0.2/32"]\ntreatment = "refuse"\n'
        (server.home / "enumd.toml").write_text(f"[sip]\n{text}\n{peer}")
        server.signal(signal.SIGHUP)
        status, number = b"", 0
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
            probe.settimeout(5)
            probe.bind(("127.0.0.2", 0))
            probe.connect(address.sockaddr())
            while status != b"403":
                number += 1
                probe.send(octets(uri=ADA, Via=via(f"probe{number}")))
                status = probe.recv(65535)[8:11]
                probe.send(octets("ACK", uri=ADA, Via=via(f"probe{number}")))

    def final(self, caller, octets, name):
        """Return where a call from *caller* is sent, and acknowledge that."""
        while (answer := caller.recv(65535)).startswith(b"SIP/2.0 100"):
            pass
        caller.send(octets("ACK", uri=UNKNOWN, Via=via(name)))
        return answer.decode().split("Contact: <")[1].split(">")[0]

    def call(self, address, octets, name):
        """Return where a call is sent."""
        with closing(udp(address)) as caller:
            caller.send(octets(uri=UNKNOWN, Via=via(name)))
            return self.final(caller, octets, name)

    def test_what_was_learnt_survives_a_reload(self, start, scripted, octets):
        """Nobody is asked again because somebody changed something else."""
        theirs = scripted(saying("carol"))
        server, (address, _) = start(self.settings(theirs))
        assert self.call(address, octets, "1") == "sip:carol@example.net"

        self.reload(server, address, self.settings(theirs, "t1_ms = 400"), octets)

        assert self.call(address, octets, "2") == "sip:carol@example.net"
        assert len(theirs.ports) == 1

    def test_other_servers_are_asked_anew_while_the_old_still_answer(self, start, scripted, octets):
        """A call that waits gets the old server's answer; the next gets the new one's."""
        released = threading.Event()
        old, new = scripted(saying("carol", released)), scripted(saying("dora"))
        server, (address, _) = start(self.settings(old))
        with closing(udp(address)) as waiting:
            waiting.send(octets(uri=UNKNOWN, Via=via("1")))
            assert waiting.recv(65535).startswith(b"SIP/2.0 100")

            self.reload(server, address, self.settings(new), octets)

            assert self.call(address, octets, "2") == "sip:dora@example.net"
            released.set()
            assert self.final(waiting, octets, "1") == "sip:carol@example.net"
        assert self.call(address, octets, "3") == "sip:dora@example.net"
        assert (len(old.ports), len(new.ports)) == (1, 1)

    def shown(self, server, **values):
        """Return once the page of the metrics has these values."""
        lines = {f"enumd_enum_{name} {float(value)}" for name, value in values.items()}
        missing, until_s = lines, time.monotonic() + 20
        while missing:
            assert time.monotonic() < until_s, f"the page does not have {missing}"
            page = f"http://{server.run_file.metrics}/metrics"
            with suppress(OSError), urllib.request.urlopen(page, timeout=5) as answer:
                missing = lines - set(answer.read().decode().splitlines())
            time.sleep(0.01)

    def test_what_they_were_asked_is_on_the_page(self, start, scripted, octets, monkeypatch):
        """Counters go on over a reload and the death of a worker; what is kept ends with both."""
        monkeypatch.setenv("ENUMD_METRICS_LISTEN", "127.0.0.1:0")
        old, new = scripted(saying("carol")), scripted(saying("dora"))
        server, (address, _) = start(self.settings(old))
        for name in ("1", "2"):
            self.call(address, octets, name)
        self.shown(server, resolved_total=2, queries_total=1, remembered_total=1, kept=1)

        self.reload(server, address, self.settings(new), octets)
        self.shown(server, resolved_total=2, queries_total=1, kept=0)
        self.call(address, octets, "3")
        self.shown(server, resolved_total=3, queries_total=2, kept=1, pending=0)

        server.kill_worker()
        self.shown(server, resolved_total=3, queries_total=2, kept=0)
        self.call(address, octets, "4")
        self.shown(server, resolved_total=4, queries_total=3, remembered_total=1, kept=1)


def test_many_workers_share_an_address(start, octets):
    """Two workers answer, and each caller's repetitions meet the worker that has its call."""
    server, (address, _) = start(BOTH, workers=2)
    assert len(server.workers) == 2
    for number in range(16):
        with closing(udp(address)) as caller:
            request = octets(uri=ADA, Via=via(number))
            caller.send(request)
            first = caller.recv(65535)
            caller.send(request)
            assert caller.recv(65535) == first
            caller.send(octets("ACK", uri=ADA, Via=via(number)))


class TestTheEnd:
    """A server that is told to stop."""

    def test_waits_for_the_ack(self, start, octets):
        """What is open is repeated until it is acknowledged; new calls get 503; then it ends."""
        server, (address, _) = start(BOTH + "\nt1_ms = 100")
        with closing(udp(address)) as caller:
            caller.send(octets(uri=ADA))
            caller.recv(65535)
            server.signal(signal.SIGTERM)
            server.logged("stopping")
            statuses = set()
            while b"503" not in statuses:
                caller.send(octets(uri=ADA, Via=via(len(statuses))))
                statuses.add(caller.recv(65535)[8:11])
            assert server.process.poll() is None
            caller.send(octets("ACK", uri=ADA))
            assert server.process.wait(5) == 0
        assert statuses <= {b"302", b"503"}

    def test_ends_at_once_when_nothing_is_open(self, start, octets):
        """An acknowledged call keeps nobody waiting, nor does an open connection."""
        server, (address, _) = start(BOTH)
        with closing(udp(address)) as caller, closing(tcp(address)) as stream:
            stream.sendall(b"\r\n\r\n")
            assert stream.recv(2) == b"\r\n"
            caller.send(octets(uri=ADA))
            caller.recv(65535)
            caller.send(octets("ACK", uri=ADA))
            assert server.end() == 0
            assert stream.recv(10) == b""
        assert "drain" not in server.log.read_text()

    def test_does_not_wait_for_ever(self, start, octets):
        """A call that is never acknowledged ends with the drain's bound."""
        server, (address, _) = start(BOTH)
        with closing(udp(address)) as caller:
            caller.send(octets(uri=ADA))
            caller.recv(65535)
            assert server.end() == 0
        assert "drain-cut-short" in server.log.read_text()


def test_the_metrics_tell_of_calls(home, start, octets, monkeypatch):
    """Responses, events and latencies of all workers stand on /metrics."""
    monkeypatch.setenv("ENUMD_METRICS_LISTEN", "127.0.0.1:0")
    server, (address, _) = start(BOTH, workers=2)
    with closing(udp(address)) as caller:
        caller.send(octets(uri=ADA))
        caller.recv(65535)
        caller.send(octets("ACK", uri=ADA))
        page = ""
        while 'enumd_sip_responses_total{status="302"} 1.0' not in page:
            with urllib.request.urlopen(f"http://{server.run_file.metrics}/metrics") as answer:
                page = answer.read().decode()
    assert 'enumd_sip_latency_seconds_count{transport="udp"} 1.0' in page


def test_without_sip_nothing_of_it_is_loaded(home):
    """A server without a SIP listener imports nothing of it."""
    code = (
        "import sys; from enumd.serve import server, worker, exposition;"
        "print([name for name in sys.modules if '.sip' in name or 'serve.sip' in name"
        " or name.startswith('enumd.routing')])"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)

    assert said.stdout == "['enumd.config.sip']\n"


class TestPreparing:
    """What is wrong is said before a worker is forked."""

    def test_an_address_that_is_taken(self, tmp_path):
        """Nothing stays bound when one of the addresses is another's."""
        with closing(bind(Address("127.0.0.1", 0), 1)) as other, pytest.raises(ServiceError):
            prepare(Config(tmp_path), ["127.0.0.1:0", str(other.address)], 1)

    def test_a_word_that_is_no_address(self, tmp_path):
        """The setting is named."""
        with pytest.raises(ConfigError, match=r"^sip.listen: 'here' is not an address"):
            prepare(Config(tmp_path), ["here"], 1)

    def test_tls_without_a_certificate(self, tmp_path):
        """The setting that is missing is named."""
        config = Config(tmp_path, sip=SipSettings(tls_listen=("127.0.0.1:0",)))
        with pytest.raises(ConfigError, match=r"^sip.certificate: is needed"):
            prepare(config, [], 1)
