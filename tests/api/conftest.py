"""What the tests of the API share: a home, tokens, the application, and one server for all."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from fastapi.testclient import TestClient

from enumd.api.application import make
from enumd.operations.actor import Doer, Role
from enumd.operations.home import Home
from enumd.operations.party import AddParty
from enumd.operations.perform import perform
from enumd.operations.setup import MakeHome, NewPool
from enumd.operations.token import CreateToken
from enumd.operations.zone import NameServer

NUMBER = "+441632960017"
OPERATOR = Doer("ada", "test", Role.OPERATOR)


def token_for(home, *wish):
    """Return a new token, which a request sends."""
    return perform(CreateToken(*wish), OPERATOR, home).result.token


def bearing(token):
    """Return the field that a request with *token* has."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """Make a home once: a pool of the drama numbers, a registrar, and an operator's token."""
    path = tmp_path_factory.mktemp("api") / "home"
    pool = NewPool("demo", "+441632960000", "+441632960999")
    request = MakeHome("enum.example.org", "44", (NameServer("ns1.example.net"),), (pool,))
    assert perform(request, OPERATOR, Home(path)).trouble is None
    perform(AddParty("acme", "registrar", "noc@acme.example"), OPERATOR, Home(path))
    return path, token_for(Home(path), "ops@example.net", "operator")


@pytest.fixture(scope="module")
def home(template, tmp_path_factory):
    """Return a copy of that home, one for the tests of a module."""
    return Home(shutil.copytree(template[0], tmp_path_factory.mktemp("copy") / "home"))


@pytest.fixture(scope="module")
def operator(template):
    """Return the field of a request that an operator sends."""
    return bearing(template[1])


@pytest.fixture(scope="module")
def client(home):
    """Give a client of the application, without a server between them."""
    with TestClient(make(home)) as found:
        yield found


@contextmanager
def serving(path, *words):
    """Run `enumd api` for the home at *path*; give its URL and the process."""
    command = [sys.executable, "-m", "enumd.cli", "--home", str(path), "api"]
    command += ["--listen", "127.0.0.1:0", *words]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("ENUMD_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process.stdout.readline().split()[-1], process
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def server(home):
    """Give a client of a real server on loopback."""
    with serving(home.path) as (url, _), httpx.Client(base_url=url, timeout=60) as found:
        yield found
