"""The whole server, as processes with real sockets: start, trouble, reload and end."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from itertools import count
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import pytest

from enumd.core.number import Number
from enumd.errors import ServiceError
from enumd.net.listeners import bind
from enumd.serve import supervisor
from enumd.serve.runfile import find_left_behind, running
from enumd.serve.sip.call import call

OWNER = dns.name.from_text("7.1.0.0.6.9.2.3.6.1.enum.example.")
CROWDED = dns.name.from_text("8.1.0.0.6.9.2.3.6.1.enum.example.")
BOTH = ("127.0.0.1:0", "[::1]:0")


def ask(address, owner=OWNER, over=dns.query.udp, **options):
    """Return the reply of the server at *address*."""
    query = dns.message.make_query(owner, "NAPTR", use_edns=0, payload=1232, **options)
    return over(query, address.host, timeout=5, port=address.port)


def uris(reply):
    """Return the URIs in the answer of a reply."""
    return [one.regexp.decode()[6:-1] for rrset in reply.answer for one in rrset]


def until(condition):
    """Return once *condition* is true."""
    deadline_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.01)
    return True


@pytest.fixture
def client():
    """A UDP socket connected to a server, with queries numbered from 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        yield sock


def query_octets(number):
    """Return a query whose ID is *number*."""
    return dns.message.make_query(OWNER, "NAPTR", id=number & 0xFFFF).to_wire()


def test_every_worker_answers_over_both_transports_and_families(serve):
    """Two workers answer over UDP and TCP, IPv4 and IPv6, on one port for each address."""
    server = serve(2, *BOTH)

    assert len(server.workers) == server.run_file.workers == 2
    for address in server.run_file.addresses:
        for _ in range(8):
            assert uris(ask(address)) == ["sip:ada@example.net"]
            assert uris(ask(address, over=dns.query.tcp)) == ["sip:ada@example.net"]
        cut = ask(address, CROWDED)
        assert cut.flags & dns.flags.TC
        assert len(uris(ask(address, CROWDED, over=dns.query.tcp))) == 15
    assert server.end() == 0
    assert running(server.home) is None
    assert "Traceback" not in server.log.read_text()


def test_it_answers_from_the_address_that_was_asked(serve):
    """A server at a wildcard address replies from the very address a client sent to."""
    server = serve(1, "0.0.0.0:0")
    port = server.run_file.addresses[0].port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(query_octets(1), ("127.0.0.2", port))
        _, source = sock.recvfrom(4096)

    assert source == ("127.0.0.2", port)


def test_a_change_is_seen_at_the_next_read(serve, publish):
    """What was published before a query was sent is in its reply."""
    server = serve(1, BOTH[0])
    (address,) = server.run_file.addresses
    for serial in range(2, 12):
        uri = f"sip:ada{serial}@example.net"
        publish(server.home, serial, {"441632960017": [uri]})
        assert uris(ask(address)) == [uri]


def test_a_server_waits_for_its_index(serve, publish, tmp_path):
    """Without an index every query gets SERVFAIL; the index is taken up as soon as it is there."""
    empty = tmp_path / "empty"
    empty.mkdir()
    server = serve(1, BOTH[0], at=empty)
    (address,) = server.run_file.addresses

    assert ask(address).rcode() == dns.rcode.SERVFAIL
    publish(empty, 1, {"441632960017": ["sip:late@example.net"]})
    deadline_s = time.monotonic() + 5
    while not uris(reply := ask(address)) and time.monotonic() < deadline_s:
        assert reply.rcode() == dns.rcode.SERVFAIL
    assert uris(reply) == ["sip:late@example.net"]
    log = server.logged("index-open")
    assert log.count("index-unusable") == 1
    assert "enumd publish" in log


def test_a_killed_worker_is_replaced_and_its_queries_are_answered(serve, client):
    """Queries waiting for a worker that was killed get their replies from its successor."""
    server = serve(1, BOTH[0])
    (address,) = server.run_file.addresses
    client.connect(address.sockaddr())
    victim = server.kill_worker()
    for number in range(20):
        client.send(query_octets(number))

    assert sorted(client.recv(4096)[1] for _ in range(20)) == list(range(20))
    assert server.workers != [victim]
    log = server.logged("worker-died")
    assert "was killed by SIGKILL" in log
    assert "restart_in_s=0.0" in log


def test_a_worker_that_dies_again_and_again_is_restarted_ever_later(serve):
    """The second death in short time costs a delay, and the third a longer one."""
    server = serve(1, BOTH[0])
    for delay in ("0.0", "0.1", "0.2"):
        while not server.workers:
            time.sleep(0.01)
        server.kill_worker()
        server.logged(f"restart_in_s={delay}")

    assert uris(ask(server.run_file.addresses[0])) == ["sip:ada@example.net"]


def test_a_reload_takes_up_what_can_change_and_loses_no_query(serve, client):
    """SIGHUP changes the NSID while queries stream in; what needs a restart is named."""
    server = serve(2, BOTH[0])
    (address,) = server.run_file.addresses
    client.connect(address.sockaddr())
    (server.home / "enumd.toml").write_text('[dns]\nnsid = "n1"\nworkers = 9\n')
    stop = threading.Event()
    sent = count()

    def keep_asking():
        while not stop.is_set():
            client.send(query_octets(next(sent)))
            time.sleep(0.0005)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    server.signal(signal.SIGHUP)
    server.logged("reloaded")
    nsid = {"options": [dns.edns.GenericOption(dns.edns.OptionType.NSID, b"")]}
    for worker_seen in range(200):
        if all(reply.options for reply in [ask(address, **nsid) for _ in range(10)]):
            break
        assert worker_seen < 199
    stop.set()
    asking.join()
    total = next(sent)
    got = {int.from_bytes(client.recv(4096)[:2], "big") for _ in range(total)}

    assert len(got) == min(total, 65536)
    log = server.log.read_text()
    assert "restart-needed setting=dns.workers" in log
    assert len(server.workers) == 2


def test_a_faulty_file_at_reload_changes_nothing(serve):
    """A reload of a file with a mistake is refused in the log, and the server goes on."""
    server = serve(1, BOTH[0])
    (server.home / "enumd.toml").write_text("[dns]\nnsidd = 'x'\n")
    server.signal(signal.SIGHUP)

    assert "did you mean nsid?" in server.logged("reload-refused")
    assert uris(ask(server.run_file.addresses[0]))


def test_a_file_that_its_reader_fails_at_changes_nothing(serve):
    """However broken the file is, the server goes on, and so do its workers."""
    server = serve(1, BOTH[0])
    (worker,) = server.workers
    for text in ("a = " + "[" * 9999, "a = " + "9" * 9999, "a = 0x" + "f" * 9999, "\0"):
        before = server.log.read_text().count("reload-refused")
        (server.home / "enumd.toml").write_text(text)
        server.signal(signal.SIGHUP)
        until(lambda: server.log.read_text().count("reload-refused") > before)  # noqa: B023

    assert uris(ask(server.run_file.addresses[0]))
    assert server.workers == [worker]


def test_after_hundreds_of_signals_the_last_file_holds(serve):
    """No signal is lost in its effect, and one that does not read what it is told blocks nobody."""
    server = serve(2, BOTH[0])
    os.kill(server.workers[0], signal.SIGSTOP)
    for number in range(1000):
        (server.home / "enumd.toml").write_text(f"[dns]\nnsid = 'n{number}'\n")
        server.signal(signal.SIGHUP)
    (server.home / "enumd.toml").write_text("[log]\nlevel = 'debug'\n")
    server.signal(signal.SIGHUP)
    os.kill(server.workers[0], signal.SIGCONT)
    (address,) = server.run_file.addresses
    asked = iter(range(1000))

    def seen() -> bool:
        assert next(asked) < 999
        ask(address)
        return "outcome=hit" in server.log.read_text()

    assert until(seen)
    assert server.end() == 0
    assert "drain-overdue" not in server.log.read_text()


def test_a_worker_that_does_not_move_is_replaced(serve):
    """One that is stopped, or loops, keeps its share of the queries no longer than some looks."""
    server = serve(1, BOTH[0], first="from enumd.serve import vigil; vigil.BEAT_S = 0.2")
    (victim,) = server.workers
    os.kill(victim, signal.SIGSTOP)

    assert f"pid={victim}" in server.logged("worker-stuck")
    server.logged("worker-died")
    assert uris(ask(server.run_file.addresses[0])) == ["sip:ada@example.net"]
    assert victim not in server.workers


def test_connections_share_what_the_system_allows(serve):
    """Where files are few idle connections make room, and there is no busy loop."""
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    server = serve(1, BOTH[0], first=few)
    (address,) = server.run_file.addresses
    idle = [socket.create_connection(address.sockaddr(), timeout=5) for _ in range(100)]

    def answered() -> bool:
        # Of those who come in one go some are turned away: they try again, as resolvers do.
        try:
            return bool(uris(ask(address, over=dns.query.tcp)))
        except (OSError, EOFError):
            return False

    assert uris(ask(address))
    assert until(answered)
    assert "WARNING enumd.serve connections descriptors=64 dns_tcp=4" in server.log.read_text()
    assert server.run_file.descriptors == 64
    for sock in idle:
        sock.close()


def test_sip_can_be_served_alone(serve, home):
    """A server without an address for DNS is one all the same."""
    (home / "enumd.toml").write_text(
        "[dns]\nlisten = []\n[sip]\nlisten = ['127.0.0.1:0']\n[metrics]\nlisten = '127.0.0.1:0'\n"
    )
    server = serve(1)

    assert server.run_file.listeners == ()
    answered = call(Number.parse("+441632960017"), server.run_file.sip_addresses[0])
    assert answered.status == 302
    assert server.run_file.metrics
    assert server.end() == 0


def test_a_server_that_was_killed_leaves_its_run_file_behind(serve):
    """What it said is told from what a living one says; one that ends as told leaves none."""
    server = serve(1, BOTH[0])
    assert find_left_behind(server.home) is None
    server.signal(signal.SIGKILL)
    server.process.wait(10)

    assert running(server.home) is None
    assert find_left_behind(server.home) == server.run_file


def test_the_log_level_changes_live(serve):
    """After a reload to debug each query is logged, without its number."""
    server = serve(1, BOTH[0])
    (server.home / "enumd.toml").write_text("[log]\nlevel = 'debug'\n")
    server.signal(signal.SIGHUP)
    server.logged("reloaded")
    ask(server.run_file.addresses[0])

    assert "transport=udp outcome=hit rcode=0" in server.logged("query ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_asked_before_the_end_is_answered(serve, number):
    """Clients that keep asking get every reply to what they sent before the signal."""
    server = serve(2, BOTH[0])
    (address,) = server.run_file.addresses
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
    sent = [0] * len(clients)
    for sock in clients:
        sock.settimeout(2)
        sock.connect(address.sockaddr())
    stream = socket.create_connection(address.sockaddr(), timeout=5)
    for round_ in range(25):
        for place, sock in enumerate(clients):
            sock.send(query_octets(round_))
            sent[place] += 1
        octets = query_octets(round_)
        stream.sendall(len(octets).to_bytes(2, "big") + octets)
    server.signal(number)
    for place, sock in enumerate(clients):
        for _ in range(sent[place]):
            assert sock.recv(4096)
        sock.close()
    replies = b""
    while octets := stream.recv(65536):
        replies += octets
    stream.close()
    answers = 0
    while replies:
        length = int.from_bytes(replies[:2], "big")
        replies = replies[2 + length :]
        answers += 1

    assert answers == 25
    assert server.process.wait(10) == 0
    assert running(server.home) is None


def test_a_connection_made_before_the_end_is_answered(serve):
    """A query that arrives within the grace of a shutdown gets its reply; new ones are refused."""
    server = serve(1, BOTH[0])
    (address,) = server.run_file.addresses
    with socket.create_connection(address.sockaddr(), timeout=5) as stream:
        octets = query_octets(5)
        stream.sendall(len(octets).to_bytes(2, "big") + octets[:7])
        server.signal(signal.SIGTERM)
        server.logged("stopping")
        stream.sendall(octets[7:])
        assert stream.recv(2)
        while stream.recv(4096):
            pass
    assert server.process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address.sockaddr(), timeout=5)


def test_a_second_signal_ends_it_at_once(serve):
    """Who does not want to wait for the drain signals again."""
    server = serve(1, BOTH[0])
    (address,) = server.run_file.addresses
    with socket.create_connection(address.sockaddr(), timeout=5) as stream:
        stream.sendall(b"\x00")  # half a length: this connection waits for the rest
        uris(ask(address, over=dns.query.tcp))
        server.signal(signal.SIGTERM)
        server.logged("stopping")
        server.signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
    assert "drain-cut-short" not in server.log.read_text()


def test_a_drain_is_bounded(serve):
    """A peer that never finishes its query keeps the server no longer than the bound."""
    server = serve(1, BOTH[0])
    (address,) = server.run_file.addresses
    with socket.create_connection(address.sockaddr(), timeout=10) as stream:
        stream.sendall(b"\x00")
        uris(ask(address, over=dns.query.tcp))
        began_s = time.monotonic()
        assert server.end() == 0
    assert time.monotonic() - began_s > supervisor.DRAIN_S - 0.5
    said = server.log.read_text()
    assert "drain-cut-short" in said or "drain-overdue" in said


def test_workers_follow_a_killed_parent(serve):
    """When the parent is killed its workers drain and end, and the run file is not believed."""
    server = serve(2, BOTH[0])
    (address,) = server.run_file.addresses
    server.signal(signal.SIGKILL)
    server.process.wait(10)
    deadline_s = time.monotonic() + 10
    while True:
        try:
            bind(address, 1).close()
            break
        except ServiceError:
            assert time.monotonic() < deadline_s, "a worker still listens"
            time.sleep(0.01)

    assert running(server.home) is None


def test_metrics_are_served_where_configured(serve, home):
    """The page /metrics tells what all workers did, and there is no other page."""
    (home / "enumd.toml").write_text("[metrics]\nlisten = '127.0.0.1:0'\n")
    server = serve(2, BOTH[0])
    (address,) = server.run_file.addresses
    for _ in range(10):
        ask(address)
    ask(address, over=dns.query.tcp)
    with urllib.request.urlopen(f"http://{server.run_file.metrics}/metrics", timeout=5) as page:
        text = page.read().decode()

    assert 'enumd_dns_responses_total{outcome="hit",transport="udp"} 10.0' in text
    assert 'enumd_dns_responses_total{outcome="hit",transport="tcp"} 1.0' in text
    assert "enumd_workers 2.0" in text
    assert 'enumd_index_names{zone="enum.example."} 2.0' in text
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://{server.run_file.metrics}/", timeout=5)


def test_a_stopped_worker_does_not_stop_the_end(serve):
    """A worker that does not move is killed once its time for the drain is over."""
    server = serve(2, BOTH[0])
    os.kill(server.workers[0], signal.SIGSTOP)

    assert server.end() == 0
    assert "drain-overdue" in server.log.read_text()


def test_root_is_given_up(serve, publish):
    """Started by root for another user, neither parent nor worker is root when it serves."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        publish(home, 1, {"441632960017": ["sip:ada@example.net"]})
        (home / "enumd.toml").write_text("[dns]\nuser = 'nobody'\n")
        nobody = pwd.getpwnam("nobody")
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        server = serve(1, "127.0.0.1:0", at=home)
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in server.workers}
        owners.add(Path(f"/proc/{server.process.pid}").stat().st_uid)

        assert owners == {nobody.pw_uid}, server.log.read_text()
        assert uris(ask(server.run_file.addresses[0])) == ["sip:ada@example.net"]
        assert server.end() == 0


def test_the_parent_stays_small():
    """Nothing that only commands, databases or a scrape need is loaded to serve."""
    heavy = "sqlalchemy click rich dns.query dns.resolver prometheus_client twisted.web"
    program = (
        "import sys; import enumd.serve.server; "
        f"print(*[name for name in {[*heavy.split(), 'twisted.internet.reactor']} "
        "if name in sys.modules])"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True, env=environ)

    assert loaded.strip() == ""


def test_a_worker_killed_with_an_order_unread_is_replaced(serve):
    """A worker that dies before it reads what its parent told it takes nothing along."""
    server = serve(1, BOTH[0])
    (victim,) = server.workers
    os.kill(victim, signal.SIGSTOP)
    server.signal(signal.SIGHUP)
    server.logged("reloaded")
    os.kill(victim, signal.SIGKILL)
    server.logged("worker-died")

    assert uris(ask(server.run_file.addresses[0])) == ["sip:ada@example.net"]
    assert server.end() == 0
