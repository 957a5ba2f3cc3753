"""`enumd api`: what is said before the server begins."""

import pytest

from enumd.api import server


@pytest.fixture
def begun(monkeypatch):
    """Have no server begin; return where it would have listened."""
    found = []

    def run(home, listen, say):
        found.extend(map(str, listen))
        say([f"http://{each}" for each in listen])

    monkeypatch.setattr(server, "run", run)
    return found


def test_it_says_where_it_is(done, seen, directory, begun):
    """On loopback if nothing else is asked for."""
    assert done("api")["url"] == "http://127.0.0.1:8044"
    assert "export ENUMD_REMOTE=http://[::1]:1" in seen("api", "--listen", "[::1]:1")
    assert begun == ["127.0.0.1:8044", "[::1]:1"]


def test_an_address_for_others_is_warned_of(enumd, directory, begun):
    """Tokens would go over the network as they are."""
    assert "not encrypted" in enumd("api", "--listen", "192.0.2.1:80").stderr
    assert "not encrypted" not in enumd("api").stderr


def test_without_a_registry_nothing_begins(refused, home, begun):
    """Better said at once than in every answer."""
    assert refused("api")["code"] == "G505"
    assert begun == []
