"""`enumd trace`: what SIP would answer, and why."""

import json
import shutil
import stat

import dns.name
import pytest
from click.testing import CliRunner

from enumd.cli.main import main
from enumd.core.ddds import Failed, NxDomain, RecordsFound, resolve_number
from enumd.core.naptr import Naptr
from enumd.serve.enum import lookup as client
from enumd.sip.numbering import DialPlan, DialRule
from enumd.sip.peer import Peer, Peers
from enumd.sip.server import Call, RedirectServer
from enumd.sip.transport import Source, Transport

NUMBER = "+441632960017"
INVITE = """INVITE sip:01632960017@enum.example.org;user=phone SIP/2.0
Via: SIP/2.0/UDP h.example;branch=z9hG4bKa
From: "Bob" <sip:bob@h.example>;tag=1
To: <sip:441632960017@enum.example.org>
Call-ID: a
CSeq: 1 INVITE

"""
PEER = """
[[sip.peers]]
name = "pbx"
addresses = ["192.0.2.1"]
dial_plan = ["0=+44"]
gateway = "gw.example.net"
redirect_status = 300
"""


@pytest.fixture(scope="module")
def inhabited(template, tmp_path_factory):
    """Make a home once whose number has three endpoints, with a peer that has a dial plan."""
    home = tmp_path_factory.mktemp("inhabited") / "home"
    shutil.copytree(template, home)
    claim = ("number", "claim", NUMBER, "--holder", "ada@example.net")
    uris = ("sip:ada@example.net", "mailto:ada@example.net", "tel:+4930123456")
    for words in (claim, *(("endpoint", "add", NUMBER, uri) for uri in uris)):
        assert CliRunner().invoke(main, ["--home", str(home), *words]).exit_code == 0
    with (home / "enumd.toml").open("a") as file:
        file.write(PEER)
    return home


@pytest.fixture
def reachable(inhabited, home):
    """Make the home a copy of the inhabited one."""
    shutil.copytree(inhabited, home)


@pytest.fixture
def message(tmp_path):
    """Return a function that writes a SIP message to a file."""

    def write(text):
        path = tmp_path / "message"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def traced(enumd):
    """Return a function that traces and returns exit status and JSON."""

    def run(*words, **kwargs):
        result = enumd("-o", "json", "trace", *words, **kwargs)
        return result.exit_code, json.loads(result.stdout)

    return run


@pytest.fixture
def others(monkeypatch):
    """Return a function that configures another tree and has it give this result."""

    def say(result, configured=True):
        if configured:
            monkeypatch.setenv("ENUMD_ENUM_SUFFIXES", "other.example")
            monkeypatch.setenv("ENUMD_ENUM_SERVERS", "192.0.2.53")
        asked = []

        def lookup(number, trees, servers, timeout_s):
            asked.append(([str(tree) for tree in trees], [str(one) for one in servers], timeout_s))
            steps = resolve_number(number, trees)
            with pytest.raises(StopIteration) as end:
                next(steps)
                while True:
                    steps.send(result)
            return end.value.value

        monkeypatch.setattr(client, "lookup", lookup)
        return asked

    return say


class TestNumber:
    def test_a_decision_is_shown_as_a_tree(self, seen, reachable):
        """What is published, what each rule did, where the call goes."""
        assert seen("trace", NUMBER, "--from", "sip:bob@example.com") == (
            "+44 1632 960017  redirect (SIP 302)\n"
            "  from      sip:bob@example.com\n"
            "  index     claimed  in enum.example.org.\n"
            "    100 10  sip  sip:ada@example.net\n"
            "    100 20  email:mailto  mailto:ada@example.net\n"
            "    100 30  voice:tel  tel:+4930123456\n"
            "  rules\n"
            "    status    the number is claimed\n"
            "    scheme    mailto:ada@example.net left out: the peer does not take mailto\n"
            "    gateway   tel:+4930123456: no gateway takes telephone numbers for this peer: "
            "it comes last\n"
            "  targets\n"
            "    q=0.99  sip:ada@example.net\n"
            "    q=0.98  tel:+4930123456\n"
        )

    def test_what_would_meddle_with_the_call_is_left_out_and_said(self, traced, enumd, reachable):
        """Headers in a published URI would get into the caller's request."""
        eve = "sip:eve@example.net?Route=%3Csip:eve.example%3E"
        enumd("endpoint", "add", NUMBER, eve)

        _, found = traced(NUMBER)

        assert eve in [route["uri"] for route in found["routes"]]
        assert eve not in [target["uri"] for target in found["targets"]]
        why = "its headers would get into the caller's request"
        assert {"rule": "contact", "uri": eve, "became": None, "why": why} in found["rules"]

    def test_the_json_is_an_interface(self, traced, reachable):
        """All keys are always there."""
        status, found = traced(NUMBER)

        assert status == 0
        assert list(found) == [
            "number",
            "uri",
            "caller",
            "peer",
            "verdict",
            "sip",
            "source",
            "index",
            "dns",
            "routes",
            "rules",
            "targets",
        ]
        assert found["sip"] == {"status": 302, "why": "redirect", "retry_after_s": None}
        assert found["index"] == {
            "status": "claimed",
            "tree": "enum.example.org.",
            "until": None,
            "not_after": None,
        }
        assert found["targets"] == [
            {
                "uri": "sip:ada@example.net",
                "q": 0.99,
                "order": 100,
                "preference": 10,
                "service": "sip",
            },
            {
                "uri": "tel:+4930123456",
                "q": 0.98,
                "order": 100,
                "preference": 30,
                "service": "voice:tel",
            },
        ]

    def test_a_peer_has_its_own_way(self, traced, reachable):
        """Its gateway takes numbers, and it wants 300 where there is a choice."""
        _, found = traced(NUMBER, "--peer", "pbx")

        assert (found["peer"], found["sip"]["status"]) == ("pbx", 300)
        assert found["targets"][1]["uri"] == "sip:+4930123456@gw.example.net;user=phone"

    def test_a_peer_that_is_not_there_is_a_mistake(self, enumd, reachable):
        """Those that are there are named."""
        result = enumd("trace", NUMBER, "--peer", "pxb")

        assert result.exit_code == 2
        assert "there are pbx, loopback, stranger" in result.stderr

    @pytest.mark.parametrize(
        ("digits", "status", "exit_status"),
        [("+44163296", 484, 3), ("+441632960018", 404, 3), ("+4930", 404, 3)],
    )
    def test_what_goes_nowhere_is_status_3(self, traced, reachable, digits, status, exit_status):
        """Too few digits, nobody's, no tree's."""
        got, found = traced(digits)

        assert (got, found["sip"]["status"]) == (exit_status, status)
        assert found["targets"] == []

    def test_a_number_that_was_given_up_rests(self, traced, enumd, reachable):
        """Gone, and until when."""
        enumd("--yes", "number", "release", NUMBER)

        status, found = traced(NUMBER)

        assert (status, found["verdict"], found["sip"]["status"]) == (3, "gone", 410)
        assert found["index"]["until"].endswith("Z")

    def test_without_an_index_nothing_is_known(self, enumd, home):
        """Status 1, the answer 500, and a note that says what to do."""
        home.mkdir()
        result = enumd("-o", "json", "trace", NUMBER)

        assert (result.exit_code, json.loads(result.stdout)["sip"]["status"]) == (1, 500)
        assert "enumd publish" in result.stderr

    @pytest.mark.parametrize(
        "words", [[], [NUMBER, "--from", "bob"], ["44"], [NUMBER, "--sip-message", "/nowhere"]]
    )
    def test_mistakes_are_usage_errors(self, enumd, directory, words):
        """No number, no URI, no international number, no file."""
        assert enumd("trace", *words).exit_code == 2

    def test_a_number_and_a_message_are_too_much(self, enumd, directory, message):
        """One call at a time."""
        assert enumd("trace", NUMBER, "--sip-message", message(INVITE)).exit_code == 2


class TestMessage:
    def test_its_request_uri_and_from_count(self, traced, message, reachable):
        """Read by the peer's dial plan."""
        status, found = traced("--sip-message", message(INVITE), "--peer", "pbx")

        assert status == 0
        assert (found["number"], found["caller"]) == (NUMBER, "sip:bob@h.example")
        assert found["uri"] == "sip:01632960017@enum.example.org;user=phone"

    def test_it_may_come_by_a_pipe(self, traced, reachable):
        """And somebody else may be calling."""
        text = INVITE.replace("sip:0", "sip:+44")
        _, found = traced("--sip-message", "-", "--from", "tel:+1", input=text)

        assert (found["number"], found["caller"]) == (NUMBER, "tel:+1")

    def test_a_person_sees_what_was_asked(self, seen, message, reachable):
        """The method and the URI as they came."""
        text = seen("trace", "--sip-message", message(INVITE), "--peer", "pbx")

        assert "  asked     INVITE sip:01632960017@enum.example.org;user=phone\n" in text
        assert "  from      sip:bob@h.example\n" in text
        assert "tel:+4930123456 -> sip:+4930123456@gw.example.net;user=phone" in text

    @pytest.mark.parametrize(
        ("changes", "status", "exit_status"),
        [
            ({"sip:01632960017@": "sip:zoe@"}, 404, 3),
            ({"INVITE": "REGISTER"}, 405, 3),
            ({"INVITE": "OPTIONS", "sip:01632960017@": "sip:"}, 200, 0),
            ({"Call-ID: a\n": ""}, 400, 3),
            ({"\n\n": "\nContent-Length: x\n\n"}, 400, 3),
        ],
    )
    def test_what_needs_no_look_up_is_answered(
        self, traced, message, directory, changes, status, exit_status
    ):
        """Names, other methods, broken requests: there is an answer and no decision."""
        text = INVITE
        for old, new in changes.items():
            text = text.replace(old, new)

        got, found = traced("--sip-message", message(text))

        assert (got, found["sip"]["status"]) == (exit_status, status)
        assert (found["number"], found["verdict"], found["rules"]) == (None, None, [])

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"INVITE": "ACK"}, "an ACK is never answered"),
            ({"INVITE": "ACK", "Call-ID: a\n": ""}, "an ACK is never answered"),
            ({"Via: SIP/2.0/UDP h.example;branch=z9hG4bKa\n": ""}, "no Via"),
            ({"Via: SIP/2.0/UDP h.example;branch=z9hG4bKa\n": "Content-Length: x\n"}, "no Via"),
            ({"Via: SIP/2.0/UDP h.example;branch=z9hG4bKa\n": "", "2.0\n": "3.0\n"}, "no Via"),
        ],
    )
    def test_what_gets_no_answer_is_status_3(self, traced, message, reachable, changes, why):
        """Where the server stays silent no answer is shown, and the reason is."""
        text = INVITE
        for old, new in changes.items():
            text = text.replace(old, new)

        got, found = traced("--sip-message", message(text), "--peer", "pbx")

        assert (got, found["sip"]["status"], found["number"]) == (3, None, None)
        assert why in found["sip"]["why"]

    @pytest.mark.parametrize(
        ("stateful", "status"), [("true", 481), ("false", None)], ids=["stateful", "stateless"]
    )
    def test_a_cancel_alone_has_nothing_to_cancel(
        self, traced, message, reachable, home, stateful, status
    ):
        """RFC 3261 section 9.2; without transactions the server says nothing to it."""
        with (home / "enumd.toml").open("a") as file:
            file.write(f"stateful = {stateful}\n")

        text = INVITE.replace("INVITE", "CANCEL")
        got, found = traced("--sip-message", message(text), "--peer", "pbx")

        assert (got, found["sip"]["status"], found["targets"]) == (3, status, [])

    @pytest.mark.parametrize("method", ["INVITE", "ACK", "CANCEL", "REGISTER"])
    @pytest.mark.parametrize("stateful", [True, False])
    @pytest.mark.parametrize(
        "lost", ["", "Via:", "From:", "Call-ID:", "CSeq:", "SIP/2.0/UDP", "h.example;branch"]
    )
    def test_it_is_what_the_server_answers(
        self, traced, message, reachable, home, method, stateful, lost
    ):
        """Or its silence, for whole and for broken messages."""
        with (home / "enumd.toml").open("a") as file:
            file.write(f"stateful = {str(stateful).lower()}\n")
        text = INVITE.replace("INVITE", method).replace(lost, "X-" + lost if lost else "")
        plan = DialPlan((DialRule.parse("0=+44"),))
        peers = Peers(stranger=Peer("pbx", stateful=stateful, dial_plan=plan))
        server = RedirectServer(peers, bytes(16), lambda: bytes(8))
        source = Source("192.0.2.1", 5060, Transport.UDP)

        _, found = traced("--sip-message", message(text), "--peer", "pbx")

        octets = text.replace("\n", "\r\n").encode()
        actions = server.datagram(octets, source, 0.0)
        if actions and isinstance(actions[0], Call):
            assert found["number"] == NUMBER
        else:
            said = [int(send.octets.split()[1]) for send in actions]
            assert [found["sip"]["status"]] == (said or [None])

    def test_a_person_sees_that_there_is_no_answer(self, enumd, message, directory):
        """The reason stands where the verdict does."""
        path = message(INVITE.replace("INVITE", "ACK"))

        said = enumd("-o", "table", "trace", "--sip-message", path).stdout

        assert said.startswith("no number  an ACK is never answered (no answer)\n")

    def test_what_is_no_sip_is_refused(self, refused, message, directory):
        """The file is another one."""
        assert refused("trace", "--sip-message", message("hello\n\n"))["code"] == "P601"
        assert refused("trace", "--sip-message", message("\n\n"))["code"] == "P601"

    def test_a_person_sees_that_there_was_no_number(self, enumd, message, directory):
        """The reason stands in its place."""
        text = INVITE.replace("sip:01632960017@", "sip:zoe@").replace(";user=phone", "")

        said = enumd("-o", "table", "trace", "--sip-message", message(text)).stdout

        assert said.startswith("no number  the user part is no number (SIP 404)\n")


class TestOtherTrees:
    THEIRS = Naptr(100, 10, b"u", b"E2U+sip", b"!^.*$!sip:theirs@example.net!", dns.name.root)

    def test_configured_ones_are_asked(self, traced, reachable, others):
        """For what is not published here, by the configured servers, within the time."""
        asked = others(RecordsFound((self.THEIRS,), 60))

        status, found = traced("+4930123")

        assert asked == [(["other.example."], ["192.0.2.53:53"], 4.0)]
        assert (status, found["source"], found["dns"]["outcome"]) == (0, "dns", "found")
        assert found["targets"][0]["uri"] == "sip:theirs@example.net"
        assert found["dns"]["steps"][0]["owner_name"] == "3.2.1.0.3.9.4.other.example."

    def test_for_what_is_published_here_they_are_not(self, traced, reachable, others):
        """Our own index goes first."""
        asked = others(RecordsFound((self.THEIRS,), 60))

        assert traced(NUMBER)[1]["source"] == "index"
        assert asked == []

    def test_a_person_sees_every_step(self, seen, reachable, others):
        """What our index said, what the tree said, and what came of it."""
        others(RecordsFound((self.THEIRS,), 60))

        text = seen("trace", "+4930123")

        assert "  index     outside\n  dns       found\n" in text
        assert "    3.2.1.0.3.9.4.other.example.  1 record, TTL 60 s\n" in text
        assert "    100 10  sip  sip:theirs@example.net\n" in text

    def test_a_silent_tree_is_status_1(self, enumd, traced, reachable, others):
        """SIP says 503 and when to come back, never 404."""
        others(Failed("silence"))

        status, found = traced("+4930123")

        assert (status, found["verdict"]) == (1, "unanswered")
        assert found["sip"]["status"] == 503

    def test_they_can_be_left_out(self, traced, reachable, others):
        """Then there is our own index alone."""
        asked = others(Failed("silence"))

        assert traced("+4930123", "--no-dns")[1]["sip"]["status"] == 404
        assert asked == []

    def test_the_public_tree_can_be_asked(self, traced, reachable, others, monkeypatch):
        """Where none is configured."""
        asked = others(NxDomain(60), configured=False)
        monkeypatch.setattr(client, "system_servers", lambda: ())

        assert traced("+4930123", "--dns")[0] == 3
        assert asked == [(["e164.arpa."], [], 4.0)]

    def test_a_call_that_was_asked_for_is_not_asked_for_again(
        self, traced, message, reachable, others
    ):
        """`enumdi` in the Request-URI (RFC 4759)."""
        asked = others(Failed("silence"))
        text = INVITE.replace("sip:01632960017@enum.example.org;user=phone", "tel:+4930123;enumdi")

        assert traced("--sip-message", message(text))[1]["sip"]["status"] == 404
        assert asked == []


def test_the_home_is_not_opened_to_others(enumd, reachable, home):
    """Looking changes nothing."""
    enumd("trace", NUMBER)

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
