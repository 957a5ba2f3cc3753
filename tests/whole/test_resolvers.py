"""Resolvers in front of us: unbound and BIND, which show as little of a name as they can.

They walk down to a number label by label (RFC 9156); each step is an empty non-terminal that must
be answered NODATA, or they conclude that nothing is below. What reaches us is read from our
metrics and, for the types, from unbound's log.
"""

from __future__ import annotations

import re
from collections import Counter

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from enumd.cli.help import PAGES

pytestmark = pytest.mark.peer

APEX = "enum.example.org."
NEGATIVE_S = 2
"""The zone's negative TTL: short, so that a test can wait for it."""

RESOLVERS = ("unbound-strict", "unbound-lax", "bind-strict", "bind-relaxed")
only_unbound = pytest.mark.parametrize("resolver", RESOLVERS[:2], indirect=True)

UNBOUND_CONF = """server:
    interface: 127.0.0.1
    port: {port}
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{home}"
    pidfile: "{home}/unbound.pid"
    use-syslog: no
    logfile: ""
    verbosity: 4
    num-threads: 1
    module-config: "iterator"
    do-not-query-localhost: no
    qname-minimisation: yes
    qname-minimisation-strict: {strict}
    harden-below-nxdomain: yes
    aggressive-nsec: yes
    use-caps-for-id: yes
    cache-min-ttl: 0
remote-control:
    control-enable: no
stub-zone:
    name: "{apex}"
    stub-addr: {address}@53
"""

WIRING = (PAGES / "wiring.md").read_text()

VALIDATING_CONF = """server:
    interface: 127.0.0.1
    port: {port}
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{home}"
    pidfile: "{home}/unbound.pid"
    use-syslog: no
    logfile: ""
    verbosity: 1
    num-threads: 1
    module-config: "validator iterator"
    trust-anchor: "example.org. DS 1 13 2 {digest}"
remote-control:
    control-enable: no
stub-zone:
    name: "example.org."
    stub-addr: {address}@53
"""
"""It believes nothing below example.org. that is not signed; what the manual has to say follows."""

NAMED_CONF = """options {{
    directory "{home}";
    pid-file "{home}/named.pid";
    session-keyfile "{home}/session.key";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion yes;
    allow-query {{ 127.0.0.1; }};
    qname-minimization {mode};
    dnssec-validation no;
    empty-zones-enable no;
}};
controls {{ }};
zone "{apex}" {{ type static-stub; server-addresses {{ {address}; }}; }};
"""


@pytest.fixture(scope="module")
def home(new_home):
    """Return a home with a pool, two neighbours in it, and a short negative TTL."""
    home = new_home("--apex", "other.example")
    words = ("--prefix", "44", "--ns", "ns1.example.net", "--negative-ttl", NEGATIVE_S)
    home.enumd("zone", "add", APEX, *words)
    home.enumd("pool", "add", "drama", "+441632960000", "+441632960999", "--zone", APEX)
    for last in ("17", "18"):
        home.enumd("number", "claim", f"+4416329600{last}", "--holder", "ada@example.net")
        home.enumd("endpoint", "add", f"+4416329600{last}", f"sip:u{last}@example.net")
    home.enumd("number", "suspend", "+441632960018", "--why", "unpaid")
    return home


@pytest.fixture(scope="module")
def server(home, own_address):
    """Return the home's running server, where BIND asks: at port 53."""
    with home.serve(f"{own_address}:53") as server:
        yield server


class Resolver:
    """A resolver with an empty cache."""

    def __init__(self, port, log):
        self.port = port
        self._log = log

    def ask(self, number):
        """Return what a client is told of a number."""
        query = dns.message.make_query(owner(number), "NAPTR")
        return dns.query.udp(query, "127.0.0.1", 10, self.port)

    def sent(self):
        """Return the type of each query unbound sent us, in order."""
        return re.findall(r"sending query: \S+ (\S+) IN", self._log.read_text())

    def ready(self):
        """Tell whether it has started."""
        return bool(re.search("start of service|running$", self._log.read_text(), re.MULTILINE))


@pytest.fixture(params=RESOLVERS)
def resolver(request, peers, server, own_address, tmp_path, loopback_port):
    """Return a resolver with an empty cache, in front of the server."""
    program, mode = request.param.split("-")
    fields = {"port": loopback_port(), "home": tmp_path, "apex": APEX, "address": own_address}
    resolver, conf = Resolver(fields["port"], tmp_path / "log"), tmp_path / "conf"
    if program == "unbound":
        strict = "yes" if mode == "strict" else "no"
        conf.write_text(UNBOUND_CONF.format(**fields, strict=strict))
        words = ("unbound", "-d", "-c", conf)
    else:
        conf.write_text(NAMED_CONF.format(**fields, mode=mode))
        words = ("named", "-g", "-n", "1", "-c", conf)
    with peers.run(*words, home=tmp_path, ready=resolver.ready):
        yield resolver


def test_a_number_is_found_cold(resolver, server):
    """A first question leads down through empty non-terminals, all NODATA, to the NAPTR."""
    before = Counter(server.outcomes())
    reply = resolver.ask("441632960017")
    seen = Counter(server.outcomes()) - before

    assert reply.rcode() == dns.rcode.NOERROR
    assert "sip:u17@example.net" in str(reply.answer[0])
    assert seen["ent"] >= 3
    assert seen["hit"] == 1


@only_unbound
def test_the_way_down_is_of_empty_non_terminals(resolver, server):
    """All that unbound asks on the way is A, the last time at the number; then NAPTR, once."""
    before = Counter(server.outcomes())
    assert resolver.ask("441632960017").answer
    seen = Counter(server.outcomes()) - before

    *way, last = resolver.sent()
    assert last == "NAPTR"
    assert set(way) == {"A"}
    assert seen == {"ent": len(way) - 1, "nodata": 1, "hit": 1}


def test_a_suspended_number_is_nodata(resolver):
    """Beside a number that was found, one that is silenced exists and has nothing."""
    assert resolver.ask("441632960017").answer
    reply = resolver.ask("441632960018")

    assert reply.rcode() == dns.rcode.NOERROR
    assert not reply.answer
    assert not reply.flags & dns.flags.AA


def test_numbers_that_do_not_exist_hide_nobody(resolver):
    """NXDOMAIN of neighbours and of names above and below is cached, and siblings are found."""
    for missing in ("441632960019", "4416329600", "44163297", "4416329600170", "441632960016"):
        reply = resolver.ask(missing)
        known = "441632960017".startswith(missing)
        assert reply.rcode() == (dns.rcode.NOERROR if known else dns.rcode.NXDOMAIN), missing

    assert resolver.ask("441632960017").answer
    assert resolver.ask("441632960018").rcode() == dns.rcode.NOERROR
    assert resolver.ask("441632960019").rcode() == dns.rcode.NXDOMAIN


def test_a_number_claimed_meanwhile_is_found_after_the_negative_ttl(
    resolver, home, request, eventually
):
    """The resolver forgets that a number did not exist when the SOA says so."""
    number = f"441632960{100 + RESOLVERS.index(request.node.callspec.params['resolver'])}"
    reply = resolver.ask(number)
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert reply.authority[0].ttl <= NEGATIVE_S

    home.enumd("number", "claim", f"+{number}", "--holder", "ada@example.net")
    home.enumd("endpoint", "add", f"+{number}", "sip:new@example.net")

    eventually(lambda: resolver.ask(number).answer)


@pytest.mark.parametrize(
    ("number", "status", "uris"),
    [
        ("+441632960017", 0, ["sip:u17@example.net"]),
        ("+441632960018", 3, []),
        ("+441632960019", 3, []),
    ],
    ids=["claimed", "suspended", "unknown"],
)
def test_our_client_finds_it_through_a_resolver(number, status, uris, resolver, home):
    """`enumd lookup` gets from a resolver what the registry says."""
    words = ("--server", f"127.0.0.1:{resolver.port}", "--suffix", f"{APEX}=44")
    found = home.enumd("lookup", number, *words, status=status)

    assert [target["uri"] for target in found["targets"]] == uris
    outcome = {"+441632960018": "nodata", "+441632960019": "nxdomain"}.get(number, "found")
    assert found["outcome"] == outcome


@pytest.mark.parametrize(
    ("left_out", "rcode"), [("", dns.rcode.NOERROR), ("domain-insecure", dns.rcode.SERVFAIL)]
)
def test_a_validating_unbound_finds_it_as_the_manual_says(
    left_out, rcode, peers, server, own_address, tmp_path, loopback_port
):
    """The tree is not signed, and what is above it is: that has to be said, or nothing is found."""
    (recipe,) = re.findall(r"(?ms)^```unbound\n(.*?)^```$", WIRING)
    lines = recipe.replace("127.0.0.1@5300", f"{own_address}@53").splitlines(keepends=True)
    recipe = "".join(line for line in lines if not (left_out and left_out in line))
    port, conf = loopback_port(), tmp_path / "conf"
    fields = {"port": port, "home": tmp_path, "address": own_address, "digest": "42" * 32}
    conf.write_text(VALIDATING_CONF.format(**fields) + recipe)
    resolver = Resolver(port, tmp_path / "log")
    with peers.run("unbound", "-d", "-c", conf, home=tmp_path, ready=resolver.ready):
        assert resolver.ask("441632960017").rcode() == rcode


def owner(number: str) -> str:
    """Return the name of a number in the zone, which stands for 44."""
    return ".".join(reversed(number.removeprefix("44"))) + "." + APEX


@only_unbound
def test_the_doctor_sees_where_it_leads(resolver, server, home, monkeypatch):
    """A resolver that is told where the zone is leads here, one that is not does not find it."""
    monkeypatch.setenv("ENUMD_ENUM_SERVERS", f"127.0.0.1:{resolver.port}")

    found = {one["text"] for one in home.enumd("doctor") if one["what"] == "resolver"}

    assert any(f"leads to {APEX} as published here" in text for text in found)
    assert any("other.example." in text and "leads to" not in text for text in found)
