"""SIPp calls us: the scenarios in `sipp/`, over UDP, TCP and TLS."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from enumd.net.listeners import Address

SCENARIOS = Path(__file__).parent / "sipp"
T1_MS = 50
PATIENT_T1_MS = 250
"""With this T1 the distance of retransmissions gets to T2, 4 s, before timer H goes off."""
TLS = {
    "ENUMD_SIP_TLS_LISTEN": "127.0.0.1:0",
    "ENUMD_SIP_CERTIFICATE": "sip.example.net.pem",
    "ENUMD_SIP_KEY": "sip.example.net.key",
}
PEER = """
[[sip.peers]]
name = "sipp"
addresses = ["127.0.0.2"]
realm = "enum.example.org"
credentials = "users"
algorithms = ["MD5", "SHA-256"]
"""
HELD, SUSPENDED = "+441632960017", "+441632960018"
KNOWN = "+441632960016"
NUMBERS = {"unknown": "+441632960099", "suspended": SUSPENDED, "incomplete": "+4416329600"}

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def server(new_home, new_authority):
    """A server with a number that can be called and one that is suspended; over TLS, too."""
    home = new_home()
    new_authority(home.path).sign("sip.example.net")
    for number in (HELD, SUSPENDED):
        home.enumd("number", "claim", number, "--holder", "ada@example.net")
    home.enumd("endpoint", "add", HELD, "sip:ada@sip.example.net")
    home.enumd("endpoint", "add", HELD, "sip:ada@pbx.example.net")
    home.enumd("number", "suspend", SUSPENDED, "--why", "unpaid")
    with (home.path / "enumd.toml").open("a") as file:
        file.write(PEER)
    (home.path / "users").write_text("sipp:secret\n")
    (home.path / "users").chmod(0o600)
    settings = {"ENUMD_SIP_T1_MS": str(T1_MS), **TLS}
    with home.serve("127.0.0.1:0", sip=["127.0.0.1:0"], settings=settings) as served:
        yield served


@pytest.fixture(scope="module")
def slow_server(new_home, new_authority):
    """A server that asks another tree, whose server never answers."""
    home = new_home()
    new_authority(home.path).sign("sip.example.net")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        settings = {
            "ENUMD_ENUM_SUFFIXES": "e164.example",
            "ENUMD_ENUM_SERVERS": f"127.0.0.1:{silent.getsockname()[1]}",
            "ENUMD_SIP_T1_MS": str(PATIENT_T1_MS),
            **TLS,
        }
        home.enumd("number", "claim", KNOWN, "--holder", "ada@example.net")
        home.enumd("endpoint", "add", KNOWN, "sip:ada@sip.example.net")
        with home.serve("127.0.0.1:0", sip=["127.0.0.1:0"], settings=settings) as served:
            yield served


@pytest.fixture
def sipp(peers, tmp_path):
    """A function that has SIPp play a scenario against a server; it returns what it received."""

    def play(scenario, server, number, *options, transport="udp", calls=1):
        with ExitStack() as opened:
            (address,) = server.run_file.sip_addresses
            if transport == "tls":
                (far,) = map(Address.parse, server.run_file.sip_tls)
                address = opened.enter_context(tunnel(far, server.home / "ca.pem"))
            return run(scenario, address, number, *options, transport=transport, calls=calls)

    def run(scenario, address, number, *options, transport, calls):
        over = "u1" if transport == "udp" else "t1"
        messages = tmp_path / "messages.log"
        command = [peers.path("sipp"), str(address), "-sf", SCENARIOS / f"{scenario}.xml"]
        command += ["-s", number, "-m", str(calls), "-r", "50", "-t", over, "-i", "127.0.0.1"]
        command += ["-nostdin", "-trace_msg", "-message_file", messages, "-timeout", "30"]
        command += ["-timeout_error", *options]
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            errors="replace",
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return Log(messages.read_text())

    return play


@contextmanager
def tunnel(address, authority):
    """Take TCP connections and pass them on over TLS: SIPp is often built without that."""
    context = ssl.create_default_context(cafile=str(authority))

    def pump(source, target):
        with suppress(OSError):
            while octets := source.recv(65536):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)

    def take(listening):
        with suppress(OSError), closing(listening.accept()[0]) as near:
            far = socket.create_connection((address.host, address.port))
            with closing(context.wrap_socket(far, server_hostname="sip.example.net")) as secure:
                back = threading.Thread(target=pump, args=(secure, near))
                back.start()
                pump(near, secure)
                far.close()
                back.join()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        taking = threading.Thread(target=take, args=(listening,))
        taking.start()
        yield Address("127.0.0.1", listening.getsockname()[1])
        taking.join()


class Log:
    """The messages SIPp sent and received."""

    def __init__(self, text) -> None:
        """Read the log it wrote."""
        parts = re.split(r"-{20,} ([\d-]+\s+[\d:.]+)\s*\n", text)
        self.received = [
            (_seconds(stamp), body.split("\n\n", 1)[1].strip())
            for stamp, body in zip(parts[1::2], parts[2::2], strict=True)
            if "message received" in body.split("\n\n", 1)[0]
        ]


def _seconds(stamp) -> float:
    """Return a time of day in seconds."""
    hours, minutes, seconds = stamp.split()[-1].split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
class TestOverEach:
    """Scenarios that are the same over UDP, TCP and TLS."""

    def test_a_claimed_number(self, sipp, server, transport):
        """Every call gets 302, Contacts in order, and its ACK ends it."""
        sipp("redirect", server, HELD, transport=transport, calls=20)

    @pytest.mark.parametrize("scenario", ["unknown", "suspended", "incomplete"])
    def test_a_number_that_cannot_be_called(self, sipp, server, transport, scenario):
        """404, 480 and 484: callers tell them apart."""
        sipp(scenario, server, NUMBERS[scenario], transport=transport, calls=5)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_call_that_is_cancelled(sipp, slow_server, transport):
    """100 while it is looked up, then 200 and 487."""
    sipp("cancel", slow_server, HELD, transport=transport)


def test_a_repeated_request(sipp, server):
    """The very octets of the first answer come again."""
    log = sipp("retransmission", server, HELD, "-nr")

    (_, first), (_, second) = log.received
    assert first == second


def test_a_lost_ack_over_udp(sipp, server):
    """Timer G: after T1, doubling, the same octets; after 64*T1 timer H ends it in silence."""
    log = sipp("lost-ack", server, HELD, "-nr")

    began_s = log.received[0][0]
    at_ms = [1000 * (at_s - began_s) for at_s, _ in log.received]
    assert at_ms == pytest.approx([0, 50, 150, 350, 750, 1550, 3150], abs=40)
    assert len({octets for _, octets in log.received}) == 1


def test_a_lost_ack_is_not_asked_for_ever_more_rarely(sipp, slow_server):
    """Timer G: the distance doubles up to T2 and stays there; timer H ends that, too."""
    log = sipp("lost-ack-t2", slow_server, KNOWN, "-nr")

    began_s = log.received[0][0]
    at_ms = [1000 * (at_s - began_s) for at_s, _ in log.received]
    assert at_ms == pytest.approx([0, 250, 750, 1750, 3750, 7750, 11750, 15750], abs=60)
    assert len({octets for _, octets in log.received}) == 1


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_lost_ack_over_a_stream(sipp, server, transport):
    """Nothing is lost there, so nothing is repeated."""
    log = sipp("lost-ack-stream", server, HELD, transport=transport)

    assert len(log.received) == 1


def test_the_counters_agree(sipp, server, eventually):
    """What SIPp was told is what /metrics says."""

    def redirects():
        return server.metrics().get('enumd_sip_responses_total{status="302"}', 0)

    before = redirects()
    sipp("redirect", server, HELD, calls=7)

    eventually(lambda: redirects() == before + 7)


def test_a_peer_that_knows_md5_alone_proves_itself(sipp, server):
    """SIPp takes the first challenge; the URI it hashes has to be the one it calls."""
    (address,) = server.run_file.sip_addresses
    uri = f"{HELD}@{address}"

    sipp("credentials", server, HELD, "-i", "127.0.0.2", "-auth_uri", uri, calls=3)
