"""The same commands at home and over the network."""

import json
import os
import re
import shutil
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner

from enumd.cli.main import main
from enumd.cli.remote import Elsewhere, Remote
from enumd.errors import BadRequest, Conflict, NotRecognised, ServiceError
from enumd.operations.bulk import PublishRegistry
from enumd.operations.endpoint import MoveEndpoint, RemoveEndpoint
from enumd.operations.number import ClaimNumber, FindNumbers, ShowNumber
from enumd.operations.record import ListRecords

NUMBER = "+441632960017"
URL = "https://enum.example.org"
CODE = r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b|\bh_[0-9A-Z]{20}\b"
MOMENT = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\dZ)?"

STORY = (
    ("number", "find", "--like", "*17", "--limit", "3"),
    ("pool", "list"),
    ("pool", "show", "demo"),
    ("pool", "show", "demo2"),
    ("zone", "list"),
    ("zone", "show", "enum.example.org"),
    ("zone", "edit", "enum.example.org", "--ttl", "60", "--ns", "ns1.enum.example.org=192.0.2.1"),
    ("zone", "check"),
    ("record", "list"),
    ("party", "add", "acme", "--kind", "registrar"),
    ("party", "add", "a b/c"),
    ("party", "show", "a b/c"),
    ("party", "list", "--kind", "registrar"),
    ("number", "hold", NUMBER),
    ("number", "claim", NUMBER, "--holder", "ada@example.net"),
    ("number", "claim", "+44 1632 960018", "--holder", "ada@example.net"),
    ("number", "claim", "+44 1632 960018", "--holder", "eve@example.net"),
    ("number", "claim", "+44 1632 96oo18", "--holder", "eve@example.net"),
    ("number", "claim", "+4416329600180000000", "--holder", "eve@example.net"),
    ("endpoint", "add", "+441632960018", "sip:ada@example.net"),
    ("endpoint", "add", "+441632960018", "mailto:ada@example.net", "--preference", "5"),
    ("endpoint", "add", "+441632960018", "sip:ada@@example.net"),
    ("endpoint", "move", "+441632960018", "sip:ada", "--first"),
    ("endpoint", "list", "+441632960018"),
    ("endpoint", "ttl", "+441632960018", "120"),
    ("number", "show", "+441632960018"),
    ("endpoint", "remove", "+441632960018", "mailto"),
    ("number", "suspend", "+441632960018", "--why", "fraud & more?"),
    ("number", "list", "--state", "suspended"),
    ("number", "resume", "+441632960018"),
    ("number", "transfer", "+441632960018", "--holder", "ben@example.net"),
    ("number", "release", "+441632960018"),
    ("number", "show", "+441632960018"),
    ("number", "show", "+33140000000"),
    ("party", "show", "nobody"),
    ("pool", "add", "other", "+441632961000-099"),
    ("pool", "remove", "other"),
)


@pytest.fixture(scope="module")
def homes(template, tmp_path_factory):
    """Return two homes that are alike, in each the token of an operator."""
    found = tmp_path_factory.mktemp("both")
    once = shutil.copytree(template, found / "once")
    words = ("token", "create", "--party", "ops@example.net", "--role", "operator")
    made = CliRunner().invoke(main, ["--home", str(once), "-o", "json", *words])
    return once, shutil.copytree(once, found / "twice"), json.loads(made.stdout)["token"]


@pytest.fixture(scope="module")
def url(homes):
    """Run an API for the second home; return its URL."""
    command = [sys.executable, "-m", "enumd.cli", "--home", str(homes[1]), "api"]
    command += ["--listen", "127.0.0.1:0"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("ENUMD_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
def there(homes, url, monkeypatch):
    """Return a function that runs a command over the network."""
    for name in ("ENUMD_HOME", "ENUMD_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENUMD_REMOTE", url)
    monkeypatch.setenv("ENUMD_TOKEN", homes[2])
    return lambda *words, **extra: CliRunner().invoke(main, list(words), **extra)


def comparable(text):
    """Return what is printed without codes, moments and who acts."""
    text = re.sub(r"no server is running; start one: enumd serve\n", "", text)
    text = re.sub(r"(cli|api):[^ \"\t]+", "ACTOR", text)
    return re.sub(MOMENT, "WHEN", re.sub(CODE, "CODE", text))


@pytest.mark.parametrize("form", ["json", "table"])
def test_a_story_is_the_same_at_home_and_over_the_network(homes, there, form):
    """Results, notes, errors with code, advice and place, exit status: all that is printed."""
    if form == "table":
        homes = homes[:1]
        # What JSON has told is there now; a person is told the same of it.
        story = [words for words in STORY if words[1] in ("list", "show", "find", "check")]
    else:
        story = STORY
    for words in story:
        here = CliRunner().invoke(
            main, ["--home", str(homes[0]), "-o", form, *words], env={"ENUMD_REMOTE": None}
        )
        far = there("-o", form, *words)
        assert comparable(far.stdout) == comparable(here.stdout), words
        assert comparable(far.stderr) == comparable(here.stderr), words
        assert far.exit_code == here.exit_code, words


def test_a_token_may_stand_in_a_file_or_come_in(there, homes, url, tmp_path, monkeypatch):
    """It need not stand in a command line, nor in the environment."""
    monkeypatch.delenv("ENUMD_TOKEN")
    file = tmp_path / "token"
    file.write_text(f"{homes[2]}\n")

    assert there("zone", "list").exit_code == 5
    assert there("--token-file", str(file), "zone", "list").exit_code == 0
    assert there("--token-file", "-", "zone", "list", input=f"{homes[2]}\n").exit_code == 0
    file.write_text("\n")
    empty = there("--token-file", str(file), "zone", "list")
    assert empty.exit_code == 2 and "no token" in empty.stderr


def test_without_rights_the_exit_status_is_that_of_one_who_may_not(there, monkeypatch):
    """With advice; what was given as a token is said nowhere."""
    monkeypatch.setenv("ENUMD_TOKEN", "enumd_wrong")
    wrong = there("-o", "json", "zone", "list")
    error = json.loads(wrong.stderr)["error"]

    assert (wrong.exit_code, error["code"]) == (5, "G510")
    assert "enumd_wrong" not in wrong.output
    monkeypatch.delenv("ENUMD_TOKEN")
    assert there("number", "find").exit_code == 0
    nobody = there("number", "claim", NUMBER, "--holder", "eve@example.net")
    assert nobody.exit_code == 5 and "Send a token" in nobody.stderr


def test_a_home_that_is_typed_goes_before_the_variable(there, homes):
    """And what is typed twice is refused."""
    typed = there("--home", str(homes[0]), "-o", "json", "token", "list")

    assert json.loads(typed.stdout)[0]["used"] is None
    both = there("--home", str(homes[0]), "--remote", URL, "zone", "list")
    assert both.exit_code == 2 and "here, or there" in both.stderr


def test_what_is_done_at_home_is_not_done_elsewhere(there):
    """It says so, and changes nothing here either."""
    refused = there("publish")

    assert refused.exit_code == 2
    assert "registry.publish is done where the home is" in refused.stderr


@pytest.mark.parametrize(
    "words", [("config",), ("doctor",), ("serve",), ("api",), ("lookup", NUMBER), ("trace", NUMBER)]
)
def test_what_needs_the_home_says_so(words):
    """Nobody who names another place is answered from here in silence."""
    refused = CliRunner().invoke(main, ["--remote", URL, *words], standalone_mode=True)

    assert refused.exit_code == 2
    assert "where the home is" in refused.stderr or "needs the home itself" in refused.stderr


@pytest.mark.parametrize("wrong", ["secret\u00e9", "enumd_a\nX-Evil: 1", "enumd_ x", "x", "enumd_"])
def test_what_is_no_token_is_sent_nowhere(there, monkeypatch, wrong):
    """And shown to nobody."""
    monkeypatch.setenv("ENUMD_TOKEN", wrong)
    refused = there("zone", "list")

    assert refused.exit_code == 2 and "no token in ENUMD_TOKEN" in refused.stderr
    assert wrong not in refused.output or len(wrong) < 7


def test_the_client_loads_no_more_than_a_client(homes, url):
    """Neither the database nor a server; and nothing at home loads a client of HTTP."""
    code = (
        "import sys\nfrom enumd.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )

    def loaded(*words):
        done = subprocess.run(
            [sys.executable, "-c", code, *words, "number", "find"],
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stderr.splitlines()[-1].split())

    far, here = loaded("--remote", url), loaded("--home", str(homes[0]))
    assert "httpx" in far and "httpx" not in here
    server = {"fastapi", "starlette", "pydantic", "uvicorn"}
    assert not far & {"sqlalchemy", "alembic", "lmdb", *server}
    assert not here & server


class TestElsewhere:
    """Where an API may be."""

    @pytest.mark.parametrize(
        "good",
        [URL, f"{URL}/enum/", "http://127.0.0.1:8044", "http://[::1]:8044", "http://localhost:1"],
    )
    def test_http_is_for_this_machine(self, good):
        """Elsewhere the token would be read on the way."""
        assert Elsewhere(good).url == good

    @pytest.mark.parametrize(
        "bad",
        ["http://192.0.2.1", "http://enum.example.org", "http://localhost.example.org"],
    )
    def test_http_over_a_network_is_refused_unless_it_is_said(self, bad):
        """In so many words."""
        with pytest.raises(BadRequest, match="--plain-http"):
            Elsewhere(bad)
        assert Elsewhere(bad, plain_http=True).url == bad

    @pytest.mark.parametrize(
        "bad",
        ["", "enum.example.org", "ftp://x", "https://", "https://a:b@x", "http://[", URL + "?x"],
    )
    def test_what_is_no_url_is_refused(self, bad):
        """A user and a password in it would be seen by all."""
        with pytest.raises(BadRequest):
            Elsewhere(bad)

    def test_a_wrong_url_is_a_mistake_in_the_command_line(self):
        """With exit status 2."""
        refused = CliRunner().invoke(main, ["--remote", "ftp://x", "number", "find"])

        assert refused.exit_code == 2 or isinstance(refused.exception, SystemExit)
        assert "not a URL" in refused.stderr


def asking(answer, elsewhere=URL):
    """Return a remote that gets *answer*, and the requests it sends."""
    sent = []

    def handle(request):
        sent.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Remote(Elsewhere(elsewhere), httpx.MockTransport(handle)), sent


FREE = {
    "numbers": [],
    "trouble": None,
    "performed": {"committed": False, "published": [], "live": None, "notes": []},
}


class TestRemote:
    """What is sent, and what is made of the answers."""

    @pytest.mark.parametrize(
        ("request_", "method", "target", "body"),
        [
            (FindNumbers(), "GET", "/v1/free", ""),
            (FindNumbers(like="*17", limit=3), "GET", "/v1/free?like=%2A17&limit=3", ""),
            (ShowNumber("+44 1632"), "GET", "/v1/numbers/+44%201632", ""),
            (RemoveEndpoint("+1", "a&b"), "DELETE", "/v1/numbers/+1/endpoints?which=a%26b", ""),
            (
                MoveEndpoint("+1", "sip", first=True),
                "PATCH",
                "/v1/numbers/+1/endpoints",
                '{"which":"sip","first":true}',
            ),
            (ClaimNumber("a"), "POST", "/v1/numbers", '{"holder":"a"}'),
            (ListRecords(), "GET", "/v1/records", ""),
        ],
    )
    def test_a_request_stands_at_its_place(self, monkeypatch, request_, method, target, body):
        """What is as it is anyway is not said; the token goes in its field alone."""
        monkeypatch.setenv("ENUMD_TOKEN", "enumd_x")
        remote, sent = asking(httpx.Response(200, json={}))
        with pytest.raises(ServiceError, match="not as this enumd expects"):
            remote.perform(request_)
        (found,) = sent

        assert (found.method, found.url.raw_path.decode()) == (method, target)
        assert found.content.decode() == body
        assert found.headers["authorization"] == "Bearer enumd_x"

    def test_an_answer_is_what_it_is_at_home(self, monkeypatch):
        """Without a token none is sent."""
        monkeypatch.delenv("ENUMD_TOKEN", raising=False)
        remote, sent = asking(httpx.Response(200, json=FREE), f"{URL}/below/")

        assert remote.perform(FindNumbers()).result.numbers == ()
        assert str(sent[0].url) == f"{URL}/below/v1/free"
        assert "authorization" not in sent[0].headers

    @pytest.mark.parametrize(
        ("code", "kind"), [("G502", Conflict), ("G510", NotRecognised), ("V800", ServiceError)]
    )
    def test_a_problem_is_the_error_it_was(self, code, kind):
        """With its text and advice."""
        problem = {"detail": "why", "code": code, "advice": "Do.", "exit_status": kind.exit_status}
        remote, _ = asking(httpx.Response(409, json=problem))
        with pytest.raises(kind, match="why") as refused:
            remote.perform(FindNumbers())

        assert refused.value.advice == "Do."

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, text="<html>"),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"numbers": []}),
            httpx.Response(200, content=b"\xff"),
            httpx.Response(301, headers={"Location": "https://example.com/"}),
            httpx.Response(502, text="Bad Gateway"),
            httpx.Response(404, json={"detail": "Not Found"}),
        ],
    )
    def test_another_program_is_told_from_ours(self, answer):
        """A redirect is not followed: the token is for one place."""
        remote, sent = asking(answer)
        with pytest.raises(ServiceError, match=f"status {answer.status_code}"):
            remote.perform(FindNumbers())
        assert len(sent) == 1

    def test_who_cannot_be_reached_was_sent_nothing(self):
        """Nor is it repeated."""
        remote, _ = asking(httpx.ConnectError("refused"))
        with pytest.raises(ServiceError, match="cannot reach") as refused:
            remote.perform(ClaimNumber("a"))
        assert "nothing was sent" in refused.value.advice

    @pytest.mark.parametrize(
        ("request_", "advice"),
        [(FindNumbers(), "Run it again"), (ClaimNumber("a"), "It may be done all the same")],
    )
    def test_an_answer_that_is_lost_says_nothing_of_the_change(self, request_, advice):
        """What only reads can be asked again."""
        remote, _ = asking(httpx.ReadTimeout("late"))
        with pytest.raises(ServiceError, match="did not answer") as refused:
            remote.perform(request_)
        assert advice in refused.value.advice

    def test_what_has_no_place_over_http_is_done_at_home(self):
        """Nothing is sent."""
        remote, sent = asking(httpx.Response(200, json=FREE))
        with pytest.raises(BadRequest, match="where the home is"):
            remote.perform(PublishRegistry())
        assert not sent
