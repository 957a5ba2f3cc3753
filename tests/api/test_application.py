"""The application as a whole."""

import shutil

from fastapi.testclient import TestClient

from enumd.api.application import make
from enumd.operations.home import Home
from tests.api.conftest import NUMBER


def test_health_is_for_anybody(client, template, tmp_path):
    """It says whether the registry can be read, and nothing more."""
    gone = Home(shutil.copytree(template[0], tmp_path / "home"))
    assert client.get("/v1/health").json() == {"healthy": True}
    with TestClient(make(gone)) as other:
        (gone.path / "registry.db").unlink()
        ill = other.get("/v1/health")

    assert (ill.status_code, ill.json()["code"], ill.headers["retry-after"]) == (503, "G505", "1")


def test_no_page_loads_anything_from_elsewhere(client):
    """There are no pages, and no other origin is let in."""
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
    answer = client.get("/v1/health", headers={"Origin": "https://example.org"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_wrong_place_is_a_problem_too(client, operator):
    """Whatever is refused has the same form."""
    lost = client.get("/v1/nothing")
    wrong = client.put("/v1/pools", headers=operator)

    assert (lost.status_code, lost.json()["code"]) == (404, "G501")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "O900")
    assert {lost.headers["content-type"], wrong.headers["content-type"]} == (
        {"application/problem+json"}
    )


def test_what_is_committed_is_reported_whatever_follows(template, tmp_path, operator):
    """A claim whose publication fails is a claim, and the answer has both."""
    home = Home(shutil.copytree(template[0], tmp_path / "home"))
    shutil.rmtree(home.path / "index")
    (home.path / "index").write_text("in the way")
    with TestClient(make(home)) as client:
        claim = {"holder": "ada@example.net", "number": NUMBER}
        answer = client.post("/v1/numbers", json=claim, headers=operator)

    said = answer.json()
    assert (answer.status_code, said["number"]) == (200, NUMBER)
    assert said["recovery_code"] and said["performed"]["committed"] is True
    assert said["trouble"]["code"].startswith("S4")
    assert "do not repeat it" in said["trouble"]["advice"].lower()


def test_the_rate_is_that_of_the_configuration(template, tmp_path, monkeypatch):
    """One source has so many requests; the rest is told when to come again."""
    home = Home(shutil.copytree(template[0], tmp_path / "home"))
    monkeypatch.setenv("ENUMD_API_REQUESTS_PER_S", "1")
    monkeypatch.setenv("ENUMD_API_BURST", "2")
    with TestClient(make(home, lambda: 0.0)) as client:
        answers = [client.get("/v1/health") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "1"
