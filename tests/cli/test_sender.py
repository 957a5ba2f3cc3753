"""Who an address is, and how it would be let in."""

import json

import pytest

NUMBER = "+441632960017"
PEERS = """
[[sip.peers]]
name = "pbx"
addresses = ["192.0.2.0/24", "192.0.2.1"]
per_s = 50
realm = "r"
credentials = "users"

[[sip.peers]]
name = "bad"
addresses = ["198.51.100.1"]
treatment = "refuse"

[[sip.peers]]
name = "mute"
addresses = ["198.51.100.2"]
treatment = "ignore"
"""


@pytest.fixture
def source(enumd, directory, home):
    """Return a function that asks who an address is: exit status and JSON."""
    (home / "users").write_text("a:b\n")
    (home / "users").chmod(0o600)
    with (home / "enumd.toml").open("a") as file:
        file.write(PEERS)

    def run(address, *words):
        result = enumd("-o", "json", "trace", "--source", address, *words)
        return result.exit_code, json.loads(result.stdout)

    return run


def test_a_peer_is_known_by_its_longest_network(source):
    """With what it needs and how much it may send."""
    status, found = source("192.0.2.1")

    assert (status, found["peer"], found["sip"]["status"]) == (0, "pbx", None)
    assert found["sender"] == {
        "address": "192.0.2.1",
        "allowed": True,
        "network": "192.0.2.1/32",
        "realm": "r",
        "per_s": 50,
        "way_in": None,
    }
    assert source("192.0.2.9")[1]["sender"]["network"] == "192.0.2.0/24"
    assert source("127.0.0.1")[1]["peer"] == "loopback"


@pytest.mark.parametrize(
    ("address", "status", "way"),
    [
        ("203.0.113.9", 403, '[[sip.peers]]\nname = "203.0.113.9"\naddresses = ["203.0.113.9"]'),
        ("2001:db8::9", 403, '[[sip.peers]]\nname = "2001-db8--9"\naddresses = ["2001:db8::9"]'),
        ("198.51.100.1", 403, '# in the table of the peer "bad"\ntreatment = "redirect"'),
        ("198.51.100.2", None, '# in the table of the peer "mute"\ntreatment = "redirect"'),
    ],
)
@pytest.mark.parametrize("number", [(), (NUMBER,)])
def test_who_is_refused_learns_how_to_get_in(source, address, status, way, number):
    """A stranger by a table of its own, a peer by another treatment; no look-up is made."""
    exit_status, found = source(address, *number)

    assert (exit_status, found["sip"]["status"], found["index"]) == (3, status, None)
    assert found["sender"]["way_in"] == way


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::9", "[2001:DB8::9]"])
def test_what_is_shown_lets_it_in(source, home, address):
    """The lines, put into the file as they are."""
    _, refused = source(address)
    with (home / "enumd.toml").open("a") as file:
        file.write(refused["sender"]["way_in"] + "\n")
    status, found = source(address)

    assert (refused["sender"]["allowed"], found["sender"]["allowed"], status) == (False, True, 0)


def test_a_call_of_a_peer_is_traced_as_its_own(source, enumd):
    """With what its peer takes; nobody holds the number."""
    status, found = source("192.0.2.1", NUMBER)

    assert (status, found["peer"], found["sip"]["status"]) == (3, "pbx", 404)
    assert found["sender"]["allowed"]


def test_a_person_reads_it_as_a_tree(source, seen, enumd):
    """The lines of the file stand below each other."""
    assert seen("trace", "--source", "192.0.2.1") == (
        "source    192.0.2.1 is the peer pbx, by 192.0.2.1/32\n"
        '  needs credentials for the realm "r": SHA-256, MD5\n'
        "  may send 50 requests a second\n"
    )
    refused = enumd("-o", "table", "trace", "--source", "198.51.100.1")
    assert refused.stdout.startswith("198.51.100.1  this source is not known here (SIP 403)\n")
    assert refused.stdout.endswith('      treatment = "redirect"\n')


@pytest.mark.parametrize("words", [("pbx",), ("192.0.2.1", "--peer", "pbx"), ("192.0.2.0/24",)])
def test_it_is_an_address(enumd, source, words):
    """One, and no name of a peer beside it."""
    assert enumd("trace", "--source", *words).exit_code == 2
