"""Places over HTTP: one for each row of the table."""

import re

import pytest

from enumd.operations.actor import Role
from enumd.operations.number import ReadNumberLog
from enumd.operations.perform import perform
from enumd.operations.table import OPERATIONS
from tests.api.conftest import NUMBER, OPERATOR, bearing, token_for

PLACED = [operation for operation in OPERATIONS if operation.http]
each_operation = pytest.mark.parametrize("operation", PLACED, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def described(client):
    """Return the OpenAPI description."""
    return client.get("/v1/openapi.json").json()


@each_operation
def test_every_row_stands_in_the_description(described, operation):
    """At its place, with its scope, its request, its answer and its problems."""
    method, path = operation.http.split()
    found = described["paths"][path][method.lower()]

    assert (found["operationId"], found["x-scope"]) == (operation.name, operation.name)
    assert found["security"] == [{"token": []}]
    answer = found["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert answer.endswith(f"/{operation.result.__name__}Performed")
    assert "application/problem+json" in found["responses"]["default"]["content"]
    inside = {one["name"] for one in found.get("parameters", []) if one["in"] == "path"}
    assert inside == set(re.findall(r"\{(\w+)\}", path))


def test_nothing_else_stands_there(described):
    """But for the health; the description is of OpenAPI 3.1."""
    places = {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
    }

    assert places == {one.http for one in PLACED} | {"GET /v1/health"}
    assert described["openapi"].startswith("3.1")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
@each_operation
def test_the_door_decides_nothing(client, home, tokens, operation, role):
    """What the table of rights refuses a role is refused at its place, before all else."""
    if operation.who.get(role):
        return
    method, path = operation.http.split()
    body = {"json": EXAMPLES.get(operation.name, {})} if method not in ("GET", "DELETE") else {}
    path = re.sub(r"\{\w+\}", NUMBER, path)
    asked = {"params": EXAMPLES[operation.name]} if not body and operation.name in EXAMPLES else {}
    answer = client.request(method, path, headers=tokens[role], **body, **asked)

    assert (answer.status_code, answer.json()["code"]) == (
        401 if role is Role.ANYBODY else 403,
        "G503",
    )


EXAMPLES = {
    "number.claim": {"holder": "ada@example.net", "number": NUMBER},
    "number.suspend": {"why": "x"},
    "number.transfer": {"holder": "ben@example.net"},
    "number.registrar": {"registrar": "acme"},
    "number.ttl": {"ttl_s": 60},
    "endpoint.add": {"uri": "sip:ada@example.net"},
    "endpoint.remove": {"which": "1"},
    "endpoint.move": {"which": "1", "first": True},
    "pool.add": {"name": "x", "first": NUMBER, "last": NUMBER},
    "zone.add": {"apex": "x.example.org"},
    "record.add": {"owner": "www", "type": "A", "data": "192.0.2.1"},
    "record.remove": {"owner": "www", "type": "A"},
    "party.add": {"name": "x"},
    "token.create": {"party": "acme"},
    "registry.complete": {"kind": "number"},
}


@pytest.fixture(scope="module")
def tokens(home):
    """Return the field Authorization for each role but the operator's."""
    found = {
        role: bearing(token_for(home, "acme", role.value))
        for role in (Role.REGISTRAR, Role.HOLDER, Role.READER)
    }
    return {**found, Role.ANYBODY: {}}


def test_a_number_lives_over_http(client, operator, home):
    """Claimed, given an endpoint, shown, given back; the log says through which door."""
    at = f"/v1/numbers/{NUMBER}"
    claim = {"holder": "ada@example.net", "number": "+44 1632 960017"}
    claimed = client.post("/v1/numbers", json=claim, headers=operator).json()
    way = {"uri": "sip:ada@example.net"}
    added = client.post(f"{at}/endpoints", json=way, headers=operator).json()
    shown = client.get(at, headers=operator).json()
    taken = client.post("/v1/numbers", json=claim, headers=operator)
    removed = client.delete(f"{at}/endpoints", params={"which": "sip"}, headers=operator)
    released = client.post(f"{at}/release", headers=operator).json()

    assert (claimed["number"], claimed["trouble"]) == (NUMBER, None)
    assert claimed["performed"]["live"]["serial"] == 2
    assert added["service"] == "sip"
    assert (shown["state"], shown["endpoints"][0]["uri"]) == ("claimed", "sip:ada@example.net")
    assert (taken.status_code, taken.json()["code"]) == (409, "G502")
    assert len(taken.json()["similar"]) == 3
    assert removed.json()["uri"] == "sip:ada@example.net"
    assert released["state"] == "released" or released["state"] == "quarantine"
    log = perform(ReadNumberLog(NUMBER), OPERATOR, home).result.events
    assert {event.actor for event in log} == {"api:ops@example.net"}


def test_anybody_finds_and_claims_nothing(client):
    """No pool is open to all, so far; who asks without a token is asked for one."""
    assert len(client.get("/v1/free", params={"limit": 3}).json()["numbers"]) == 3
    claim = {"holder": "eve@example.net", "number": "+441632960018"}
    refused = client.post("/v1/numbers", json=claim)

    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Bearer realm="enumd"',
    )


def test_a_scope_limits_a_token(client, home):
    """A refusal names what it lacks."""
    scoped = bearing(token_for(home, "ops@example.net", "operator", ("pool.list",)))

    assert client.get("/v1/pools", headers=scoped).status_code == 200
    refused = client.get("/v1/zones", headers=scoped)
    assert refused.status_code == 403 and "zone.list" in refused.json()["detail"]


def test_a_name_may_have_a_slash(client, operator):
    """It is one part of the path, written as %2F."""
    added = client.post("/v1/parties", json={"name": "a b/c"}, headers=operator)
    shown = client.get("/v1/parties/a%20b%2Fc", headers=operator)

    assert added.json()["party"] == shown.json()["party"] == "a b/c"


@pytest.mark.parametrize(
    ("method", "path", "sent", "says"),
    [
        ("GET", "/v1/free", {"params": {"limt": 3}}, "limt"),
        ("GET", "/v1/free", {"params": {"limit": "x"}}, "limit"),
        ("GET", "/v1/zones", {"params": {"x": 1}}, "nothing in its query"),
        ("POST", "/v1/numbers", {"json": {"holdr": "x"}}, "holdr"),
        ("POST", "/v1/numbers", {"json": {"holder": 7}}, "holder"),
        ("POST", "/v1/numbers", {"content": b"{"}, ""),
        ("POST", "/v1/numbers", {"json": {"holder": "a@b.example", "hold": "h_X"}}, "hold"),
        ("POST", "/v1/numbers", {"json": {"holder": "x"}, "params": {"q": 1}}, "query"),
        ("GET", "/v1/numbers/+44163296oo17", {}, "digit"),
        ("PATCH", f"/v1/numbers/{NUMBER}/endpoints", {"json": {"which": "1"}}, "moves"),
        ("POST", "/v1/tokens", {"json": {"party": "acme", "days": 0}}, "days"),
    ],
)
def test_what_cannot_be_meant_is_refused(client, operator, method, path, sent, says):
    """With status 400 and the exit status of a mistake; nothing is taken in silence."""
    answer = client.request(method, path, headers=operator, **sent)

    assert (answer.status_code, answer.json()["exit_status"]) == (400, 2)
    assert says in answer.json()["detail"]
