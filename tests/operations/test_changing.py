"""A change is committed, published, and looked for at the running server."""

import pytest

from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.operations import asking, changing, live
from enumd.operations.actor import Doer, Role
from enumd.operations.desk import Desk
from enumd.operations.number import ClaimNumber, ShowNumber
from enumd.operations.performed import QUIET
from enumd.operations.work import number

NUMBER = "+441632960017"
OPERATOR = Doer("ada", "test", Role.OPERATOR)
SERVER = Address("127.0.0.1", 5300)


@pytest.fixture
def desk(home):
    """Return the desk of an operator."""
    return Desk(home, OPERATOR, QUIET, home.now_s)


@pytest.fixture
def asked(monkeypatch):
    """Let a server run, and return what it was asked for and the milliseconds it took."""
    seen = {"took_ms": 3.0}

    def ask(server, expected, committed_s):
        seen["expected"] = expected
        return seen["took_ms"]

    monkeypatch.setattr(live, "running_server", lambda home: SERVER)
    monkeypatch.setattr(asking, "ask_until_live", ask)
    return seen


def claim(desk, **how):
    """Claim a number as a change that is looked for."""
    request = ClaimNumber("ada@example.net", **how)
    return changing.change_number(desk, request, lambda deed: number.claim(deed, request))


def test_an_exception_leaves_everything_as_it_was(desk, done):
    """What is not committed is not published either."""

    def broken(deed):
        number.claim(deed, ClaimNumber("ada@example.net", NUMBER))
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        changing.change(desk, broken)
    assert done(ShowNumber(NUMBER)).state == "free"


def test_the_server_is_asked_for_what_was_published(desk, asked):
    """Also where the number was picked by the work itself."""
    performed = claim(desk)

    assert str(asked["expected"].number) == performed.result.number
    assert (performed.live.server, performed.live.took_ms) == (str(SERVER), 3.0)
    assert performed.live.serial == performed.published[0].to_serial == 2
    assert performed.live.remembered_s == 60


def test_what_is_not_live_in_time_is_a_trouble_after_the_result(desk, asked):
    """The change is done all the same."""
    asked["took_ms"] = None
    performed = claim(desk, number=NUMBER)

    assert performed.result.recovery_code
    assert isinstance(performed.trouble, ServiceError)
    assert performed.live.took_ms is None


def test_what_is_not_published_is_not_looked_for(desk, asked):
    """The trouble is that of publishing."""
    (desk.home.config.index_path / "data.mdb").write_bytes(b"no index at all" * 1000)
    performed = claim(desk, number=NUMBER)

    assert "expected" not in asked
    assert performed.trouble and performed.live.took_ms is None


def test_a_serial_is_told_where_nobody_is_asked(desk):
    """No server runs, and the change is published under a serial."""
    assert claim(desk, number=NUMBER).live.fields()["live"] == {"server": None, "ms": None}
