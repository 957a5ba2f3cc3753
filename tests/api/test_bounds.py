"""What a caller may send."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.api import bounds
from enumd.api.bounds import MAX_DEPTH, MAX_OCTETS, Bounds, depth_of, source_of
from enumd.sip.rate import Rate

MANY = Rate(1000.0, 1000)


def deep(value):
    """Return how deep a value is."""
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(deep, value.values() if isinstance(value, dict) else value), default=0)


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_the_depth_of_json_is_that_of_its_value(value):
    """Brackets, quotes and backslashes in texts count for nothing."""
    for ascii_alone in (True, False):
        assert depth_of(json.dumps(value, ensure_ascii=ascii_alone).encode()) == deep(value)


@given(st.binary())
def test_any_octets_have_a_depth(octets):
    """Whatever comes, it is counted and nothing breaks."""
    assert 0 <= depth_of(octets) <= len(octets)


class Application:
    """What stands behind the bounds: it tells which bodies came through."""

    def __init__(self):
        """Begin with none."""
        self.bodies = []

    async def __call__(self, scope, receive, send):
        """Keep the body."""
        self.bodies.append((await receive())["body"])


def ask(bound, *parts, client="192.0.2.1", ends=True):
    """Send a request whose body comes in *parts*; return status, fields and problem, if any."""
    sent = []
    left = [{"type": "http.request", "body": each, "more_body": True} for each in parts]

    async def receive():
        if left:
            return left.pop(0)
        if not ends:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(bound({"type": "http", "client": (client, 1)}, receive, send))
    if not sent:
        return None
    fields = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], fields, json.loads(sent[1]["body"])


def test_a_body_has_so_many_octets_and_is_so_deep():
    """What is within reaches the application whole, what is beyond does not."""
    app = Application()
    bound = Bounds(app, MANY, lambda: 0.0)

    assert ask(bound, b"{", b"}") is None
    assert ask(bound, b" " * MAX_OCTETS) is None
    assert ask(bound, b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is None
    assert len(app.bodies) == 3 and app.bodies[0] == b"{}"
    assert ask(bound, b" " * MAX_OCTETS, b" ")[0] == 413
    assert ask(bound, b"[" * (MAX_DEPTH + 1))[0] == 400
    assert len(app.bodies) == 3


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    """It has its time; who has gone gets nothing."""
    monkeypatch.setattr(bounds, "BODY_S", 0.01)
    app = Application()
    status, _, problem = ask(Bounds(app, MANY, lambda: 0.0), b"{", ends=False)

    assert (status, problem["code"], app.bodies) == (408, "O900", [])


def test_who_has_gone_gets_nothing():
    """A request that was broken off is no request."""
    app, sent = Application(), []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(Bounds(app, MANY, lambda: 0.0)({"type": "http", "client": None}, receive, send))
    assert not app.bodies and not sent


def test_every_source_has_its_own_rate():
    """Who sends more is told for how long to wait; others notice nothing."""
    now = [0.0]
    bound = Bounds(Application(), Rate(0.5, 2), lambda: now[0])

    assert [ask(bound) for _ in range(2)] == [None, None]
    status, fields, problem = ask(bound)
    assert (status, fields["retry-after"], problem["code"]) == (429, "2", "V800")
    assert ask(bound, client="192.0.2.2") is None
    now[0] = 2.0
    assert ask(bound) is None


@pytest.mark.parametrize(
    ("client", "source"),
    [
        (("192.0.2.1", 1), "192.0.2.1"),
        (("2001:db8::1", 1), "2001:db8::/64"),
        (("2001:db8::ffff:1", 1), "2001:db8::/64"),
        (("testclient", 1), "testclient"),
        (None, ""),
    ],
)
def test_a_source_is_an_address_or_a_network(client, source):
    """Whoever has one address of IPv6 has as many as there are."""
    assert source_of({"client": client}) == source


def test_what_is_no_request_passes():
    """The beginning and the end of the application have no source."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Bounds(app, MANY, lambda: 0.0)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
