"""`enumd lookup`: an ENUM client for any server and any tree."""

import json

import pytest

from enumd.serve import runfile

NUMBER = "+441632960017"


@pytest.fixture
def reachable(shared_home, home):
    """Let the home be the one that the tests of this file share; return where its server is."""
    home.symlink_to(shared_home)
    return runfile.running(shared_home).addresses[0]


def test_the_running_server_is_asked_for_its_own_trees(reachable, done, seen):
    """Without options the server of this home is asked for the trees it publishes."""
    found = done("lookup", NUMBER)

    assert (found["number"], found["outcome"]) == (NUMBER, "found")
    assert [target["uri"] for target in found["targets"]] == [
        "sip:ada@example.net",
        "mailto:ada@example.net",
    ]
    assert "10  sip           sip:ada@example.net     5 min" in seen("lookup", NUMBER)


def test_a_number_alone_is_enough(reachable, enumd):
    """`enumd +44 1632 960017` is a look-up; TSV has preference, service, URI and seconds."""
    assert enumd("+44", "1632", "960017").stdout.splitlines() == [
        "10\tsip\tsip:ada@example.net\t300",
        "20\temail:mailto\tmailto:ada@example.net\t300",
    ]


def test_any_server_and_tree_can_be_named(reachable, enumd, tmp_path):
    """No home is needed: server and tree are on the command line."""
    words = ("lookup", NUMBER, "--server", reachable, "--suffix", "enum.example.org=44")

    result = enumd("--home", tmp_path / "nowhere", *words, "--service", "sip")

    assert result.stdout == "10\tsip\tsip:ada@example.net\t300\n"
    assert not (tmp_path / "nowhere").exists()


def test_several_trees_are_asked_in_order(reachable, enumd, done):
    """The first tree with something to use answers."""
    enumd("zone", "add", "second.example", "--prefix", "44")
    words = ("--suffix", "second.example=44", "--suffix", "enum.example.org=44")

    steps = done("lookup", NUMBER, "--server", reachable, *words, "-v")["steps"]

    enumd("zone", "remove", "second.example")
    assert [step["result"] for step in steps] == ["does not exist", "2 records, TTL 300 s"]


@pytest.mark.parametrize(
    ("number", "outcome", "status", "means"),
    [
        ("+441632960018", "nxdomain", 3, "try the telephone network"),
        ("+4416329600", "nodata", 3, "no way to reach it"),
        ("+4930123456", "outside", 3, "none of the trees stands for"),
    ],
)
def test_no_target_is_told_by_meaning_and_status(reachable, enumd, number, outcome, status, means):
    """NXDOMAIN, NODATA and a foreign number mean different things."""
    result = enumd("lookup", number)
    assert status == result.exit_code
    assert means in result.stderr

    result = enumd("-o", "json", "lookup", number)
    assert outcome == json.loads(result.stdout)["outcome"]
    error = json.loads(result.stderr)["error"]
    assert (error["code"], error["exit_status"]) == ("E006", status)
    assert means in error["text"]
    assert error["advice"]


def test_verbose_says_why_records_are_refused(reachable, enumd):
    """With -v every look-up is shown, every record, and what was made of it."""
    result = enumd("lookup", NUMBER, "-v", "--service", "email")

    assert "7.1.0.0.6.9.2.3.6.1.enum.example.org.  2 records, TTL 300 s" in result.stderr
    assert "    use      email:mailto mailto:ada@example.net" in result.stderr
    assert "    refused  sip is not what was asked for (C-10)" in result.stderr


def test_verbose_json_has_the_same(reachable, done):
    """The steps are in the JSON, with rule and text of every reason."""
    (step,) = done("lookup", NUMBER, "-v", "--service", "email")["steps"]

    refused = step["records"][0]
    assert refused["reasons"] == [{"rule": "C-10", "text": "sip is not what was asked for"}]
    assert step["records"][1]["uses"] == ["email:mailto mailto:ada@example.net"]


def test_a_silent_server_is_a_failure(enumd):
    """Nothing is known if nobody answers: status 1, and -v tells who was asked."""
    words = ("--server", "127.0.0.1:9", "--suffix", "e164.test", "--timeout", "0.3")

    result = enumd("lookup", NUMBER, *words, "-v")

    assert result.exit_code == 1
    assert "nothing is known" in result.stderr
    assert "failed:" in result.stderr


def test_a_server_that_does_not_exist_is_named(enumd):
    """A host name nobody has is an error that repeats it."""
    result = enumd("lookup", NUMBER, "--server", "no-such-host.invalid")

    assert result.exit_code == 1
    assert "no-such-host.invalid" in result.stderr


def test_this_machines_resolvers_ask_the_public_tree(enumd, monkeypatch):
    """Without a server or a tree, e164.arpa is asked at the resolvers of this machine."""
    from enumd.net.listeners import Address
    from enumd.serve.enum import lookup as client

    monkeypatch.setattr(client, "system_servers", lambda: (Address("127.0.0.1", 9),))

    result = enumd("lookup", NUMBER, "--timeout", "0.2", "-v")

    assert "7.1.0.0.6.9.2.3.6.1.4.4.e164.arpa.  failed" in result.stderr


def test_a_tree_of_somebody_else_is_not_asked_here(reachable, enumd, monkeypatch):
    """Our server would refuse a tree it does not have; the resolvers may know it."""
    from enumd.net.listeners import Address
    from enumd.serve.enum import lookup as client

    monkeypatch.setattr(client, "system_servers", lambda: (Address("127.0.0.1", 9),))

    result = enumd("lookup", NUMBER, "--suffix", "e164.test", "--timeout", "0.2", "-v")

    assert "127.0.0.1:9" in result.stderr


def test_a_damaged_index_is_no_reason_not_to_ask(enumd, home, directory):
    """A look-up at a named server does not need the index of this home."""
    (home / "index" / "data.mdb").write_bytes(b"torn")

    result = enumd("lookup", NUMBER, "--server", "127.0.0.1:9", "--timeout", "0.2")

    assert "nothing is known" in result.stderr


@pytest.mark.parametrize(
    "words", [["+44 1632 96oo17"], ["01632960017"], [], [NUMBER, "--suffix", "a..b"]]
)
def test_mistakes_are_usage_errors(enumd, words):
    """Letters, national numbers, no number and bad names are status 2."""
    assert enumd("lookup", *words).exit_code == 2


def test_every_kind_of_step_is_told(enumd, monkeypatch):
    """Referrals are followed or not asked, and a name without records says how long."""
    from dns.name import from_text

    from enumd.core.ddds import EnumOutcome, EnumResolution, EnumStep, NoData, Skipped
    from enumd.core.naptr import Naptr
    from enumd.core.naptr_use import Judgement
    from enumd.core.number import Number
    from enumd.serve.enum import lookup as client

    owner, onward = from_text("a.example"), from_text("b.example")
    naptr = Naptr(100, 10, b"", b"E2U+sip", b"", onward)
    trace = (
        EnumStep(owner, NoData(60), (Judgement(naptr, referral=onward),)),
        EnumStep(onward, Skipped("it was asked already", "C-14")),
    )
    resolution = EnumResolution(Number("44"), (), trace, EnumOutcome.UNUSABLE)
    monkeypatch.setattr(client, "lookup", lambda *_: resolution)

    said = enumd("lookup", NUMBER, "--server", "127.0.0.1", "-v").stderr

    assert "a.example.  no data for 60 s\n" in said
    assert "    go on    b.example.\n" in said
    assert "b.example.  not asked: it was asked already (C-14)\n" in said
    assert "none of them can be used" in said


def test_a_number_of_this_home_is_asked_of_nobody_else(enumd, refused, monkeypatch, directory):
    """Without a server here no resolver is asked for it, and what to do is said."""
    from enumd.serve.enum import lookup as client

    monkeypatch.setattr(client, "system_servers", lambda: pytest.fail("they were asked"))

    error = refused("lookup", "+441632960017")
    assert error["exit_status"] == 1
    assert "no server is running here" in error["text"]
    assert enumd("+441632960017").exit_code == 1
