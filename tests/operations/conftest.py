"""What the tests of the operations share: a home, somebody who acts, a way to perform."""

import shutil

import pytest

from enumd.operations.actor import Doer, Role
from enumd.operations.home import Home
from enumd.operations.number import ClaimNumber
from enumd.operations.perform import perform
from enumd.operations.setup import MakeHome, NewPool
from enumd.operations.zone import NameServer

NUMBER = "+441632960017"
NOW_S = 1_795_256_163
OPERATOR = Doer("ada", "test", Role.OPERATOR)


class Clock:
    """A clock that is set."""

    def __init__(self):
        """Begin at some second."""
        self.now_s = NOW_S

    def __call__(self):
        """Return what second it is."""
        return self.now_s


@pytest.fixture
def clock():
    """Return the clock of the home."""
    return Clock()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Make a home once: a zone for 44, and the drama numbers as the pool `demo`."""
    path = tmp_path_factory.mktemp("operations") / "home"
    servers, pool = (NameServer("ns1.example.net"),), NewPool("demo", "+441632960000", NUMBER)
    request = MakeHome("enum.example.org", "44", servers, (pool,))
    assert perform(request, OPERATOR, Home(path, lambda: NOW_S)).trouble is None
    return path


@pytest.fixture
def home(made, tmp_path, clock):
    """Return a copy of that home."""
    return Home(shutil.copytree(made, tmp_path / "home"), clock)


@pytest.fixture
def done(home):
    """Return a function that performs a request as the operator, and returns its result."""

    def run(request, doer=OPERATOR):
        performed = perform(request, doer, home)
        assert performed.trouble is None
        return performed.result

    return run


@pytest.fixture
def claimed(done):
    """Claim the last number of the pool for Ada."""
    return done(ClaimNumber("ada@example.net", NUMBER))
