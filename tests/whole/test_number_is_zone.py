"""One number = one zone: its endpoints stand at the apex, and every tongue gives one answer."""

from __future__ import annotations

import json

import dns.flags
import dns.message
import dns.rdatatype
import pytest
from click.testing import CliRunner

from enumd.cli.main import main
from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.index.reader import IndexReader

NUMBER = "+441632960017"
APEX = "7.1.0.0.6.9.2.3.6.1.4.4.e164.arpa."
HEAD = f"""$TTL 3600
$ORIGIN {APEX}
@ IN SOA ns1.example.net. host.example.net. 1 3600 600 86400 60
@ IN NS ns1.example.net.
"""
NAPTR = '@ IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ada@pbx.example!" .\n'
NOW_S = 1_795_000_000


class Home:
    """A home, the commands in it and what its index answers."""

    def __init__(self, path) -> None:
        self.path = path / "home"
        self.files = path
        self.done("init", "--apex", "other.example", "--ns", "ns1.example.net")

    def run(self, *words):
        """Return what a command did."""
        return CliRunner().invoke(
            main, ["--home", str(self.path), "--yes", "-o", "json", *map(str, words)]
        )

    def done(self, *words):
        """Return the JSON of a command that works."""
        result = self.run(*words)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def bring(self, text, *words):
        """Import a zone file."""
        (self.files / "in.zone").write_text(text)
        return self.done("import", self.files / "in.zone", *words)

    def ask(self, name=APEX, rdtype="NAPTR"):
        """Return what DNS answers."""
        query = dns.message.make_query(name, rdtype)
        authority = Authority(AuthoritySettings())
        with IndexReader(self.path / "index") as reader, reader.snapshot() as snapshot:
            reply = authority.respond(query.to_wire(), snapshot, NOW_S, DnsTransport.UDP)
        return dns.message.from_wire(reply.octets)

    def uris(self, name=APEX):
        """Return the URIs that DNS answers, in order."""
        answer = self.ask(name).answer
        records = sorted(answer[0], key=lambda rdata: rdata.preference) if answer else []
        return [rdata.regexp.decode().split("!")[2] for rdata in records]

    def call(self, number=NUMBER):
        """Return status and targets of a call."""
        trace = json.loads(self.run("trace", number).stdout)
        return trace["sip"]["status"], [target["uri"] for target in trace["targets"]]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a zone of another tree."""
    for name in ("ENUMD_HOME", "ENUMD_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path)


def test_an_imported_zone_claims_the_number_that_it_is(home):
    """With its endpoints: DNS, SIP, `number show` and both exports say the same."""
    result = home.bring(HEAD + NAPTR)

    assert result["numbers_created"] == 1
    assert home.done("number", "show", NUMBER)["owner_name"] == APEX
    assert home.uris() == ["sip:ada@pbx.example"]
    assert home.call() == (302, ["sip:ada@pbx.example"])
    assert {int(rrset.rdtype) for rrset in home.ask(rdtype="ANY").answer} == {35}
    assert len(home.ask(rdtype="SOA").answer) == len(home.ask(rdtype="NS").answer) == 1
    assert home.bring(HEAD + NAPTR)["numbers_unchanged"] == 1
    for file in ("out.csv", "out.zone"):
        home.done("export", home.files / file, "--zone", APEX)
    assert f"{NUMBER},sip,sip:ada@pbx.example" in (home.files / "out.csv").read_text()
    zone = (home.files / "out.zone").read_text()
    assert home.bring(zone)["taken"] == 0
    assert zone.count("NAPTR") == 1


def test_it_is_claimed_and_given_endpoints_like_any_other(home):
    """In a zone whose prefix is the number, and numbers below it too."""
    home.done("zone", "add", APEX, "--ns", "ns1.example.net")
    assert home.call() == (484, [])
    claimed = home.done("number", "claim", NUMBER, "--holder", "ada@example.net")
    assert (home.call(), home.uris()) == ((480, []), [])

    home.done("endpoint", "add", NUMBER, "sip:ada@pbx.example")
    home.done("number", "claim", f"{NUMBER}42", "--holder", "bob@example.net")
    home.done("endpoint", "add", f"{NUMBER}42", "sip:bob@pbx.example")

    assert home.call() == (302, home.uris()) == (302, ["sip:ada@pbx.example"])
    assert home.call(f"{NUMBER}42") == (302, ["sip:bob@pbx.example"])
    assert home.uris(f"2.4.{APEX}") == ["sip:bob@pbx.example"]
    assert home.call(f"{NUMBER}4") == (484, [])
    assert home.done("export", home.files / "out.zone", "--zone", APEX)["numbers"] == 2
    home.done("publish", "--rebuild")
    assert home.uris() == ["sip:ada@pbx.example"]
    assert claimed["recovery_code"]


def test_what_is_suspended_or_given_up_leaves_the_apex(home):
    """NODATA, since an apex exists; SIP says what it knows."""
    home.bring(HEAD + NAPTR)

    home.done("number", "suspend", NUMBER, "--why", "unpaid")
    suspended = home.ask()
    assert (suspended.answer, len(suspended.authority)) == ([], 1)
    assert home.call() == (480, [])
    home.done("number", "resume", NUMBER)
    assert home.call() == (302, ["sip:ada@pbx.example"])

    home.done("number", "release", NUMBER)
    assert (home.ask().rcode(), home.uris()) == (0, [])
    assert home.call() == (410, [])


def test_the_same_zone_with_a_shorter_prefix_keeps_the_number_below_it(home):
    """Nothing is different for the zone of a country."""
    country = HEAD.replace(APEX, "4.4.e164.arpa.")
    home.bring(country + NAPTR.replace("@", "7.1.0.0.6.9.2.3.6.1", 1))

    assert home.uris() == home.call()[1] == ["sip:ada@pbx.example"]


def test_a_line_that_is_refused_leaves_the_number_out(home):
    """A number is taken with all its lines or not at all, at the apex, too."""
    bad = '\tIN NAPTR 100 20 "u" "E2U+sip" "!^.*$!no uri!" .\n\tIN TXT "a"\n'
    (home.files / "in.zone").write_text(HEAD + NAPTR + bad)

    result = home.run("import", home.files / "in.zone")

    found = json.loads(result.stdout)
    assert (found["numbers_created"], found["incomplete"], found["invalid"]) == (0, 1, 1)
    assert home.ask(rdtype="TXT").answer
