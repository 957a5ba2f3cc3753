"""`enumd number`: the life of a number at the command line."""

import re

import pytest

NUMBER = "+441632960017"
CODE = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"


@pytest.fixture
def claimed(done, directory):
    """Claim the number for Ada and return what the command said."""
    return done("number", "claim", NUMBER, "--holder", "ada@example.net")


class TestFind:
    def test_free_numbers_that_fit_are_listed(self, done, seen, directory):
        """`--like` picks by digits, `--limit` bounds, and a person sees groups."""
        rows = done("number", "find", "--like", "*17", "--limit", "3")

        assert rows[:1] == [{"number": NUMBER, "pool": "demo", "recycled": False}]
        assert len(rows) == 3
        assert "+44 1632 960017  demo" in seen("number", "find", "--pool", "demo")

    def test_a_taken_number_is_not_offered(self, done, claimed):
        """What is claimed is not found."""
        assert NUMBER not in [row["number"] for row in done("number", "find", "--like", "*17")]

    def test_nothing_that_fits_is_an_empty_list(self, enumd, directory):
        """No match is no error; a person is told."""
        result = enumd("-o", "table", "number", "find", "--like", "49*")

        assert (result.exit_code, result.stdout) == (0, "")
        assert "no free number fits" in result.stderr

    @pytest.mark.parametrize(
        ("words", "status", "text"),
        [
            (["--like", "*l7"], 2, "'l' is no digit"),
            (["--pool", "dmo"], 3, "there is no pool 'dmo'"),
        ],
    )
    def test_a_mistake_is_marked(self, refused, directory, words, status, text):
        """A pattern with a letter and an unknown pool say what is wrong."""
        error = refused("number", "find", *words)

        assert status == error["exit_status"]
        assert text in error["text"]


class TestHold:
    def test_a_hold_is_claimed_with_its_token(self, done, directory):
        """Who has the hold claims the number; the hold says when it ends."""
        held = done("number", "hold", NUMBER)

        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", held["until"])
        words = ("--hold", held["hold"], "--holder", "ada@example.net")
        assert done("number", "claim", NUMBER, *words)["holder"] == "ada@example.net"

    def test_a_person_is_told_how_to_go_on(self, seen, directory):
        """The text names the token, the time left and the next command."""
        text = seen("number", "hold", NUMBER)

        assert re.search(
            r"held      \+44 1632 960017 until 20\d\d-\d\d-\d\d \d\d:\d\d \S+ \(30 min\)", text
        )
        assert f"enumd number claim {NUMBER} --hold h_" in text

    def test_a_held_number_is_nobody_elses(self, refused, enumd, directory):
        """Without the token a held number is a conflict; a wrong token fails verification."""
        enumd("number", "hold", NUMBER)
        claim = ("number", "claim", NUMBER, "--holder", "eve@example.net")

        assert f"{NUMBER} is held until" in refused(*claim)["text"]
        assert refused(*claim, "--hold", "h_WRONG")["exit_status"] == 6
        assert refused("number", "hold", NUMBER)["exit_status"] == 4


class TestClaim:
    def test_a_claim_gives_a_recovery_code_and_a_serial(self, claimed):
        """The record says whose it is, how to prove it, and where it is published."""
        assert re.fullmatch(CODE, claimed.pop("recovery_code"))
        assert claimed == {
            "number": NUMBER,
            "holder": "ada@example.net",
            "not_after": None,
            "zone": "enum.example.org.",
            "serial": 2,
            "live": {"server": None, "ms": None},
        }

    def test_a_person_is_told_to_keep_the_code(self, enumd, directory):
        """The text has the code, the serial, the next step, and how to start a server."""
        result = enumd("-o", "table", "number", "claim", NUMBER, "--holder", "ada@example.net")

        assert "claimed   +44 1632 960017 for ada@example.net\n" in result.stdout
        assert re.search(rf"recovery  {CODE}   \(keep it", result.stdout)
        assert "serial    2\n" in result.stdout
        assert f"next      enumd endpoint add {NUMBER} sip:" in result.stdout
        assert result.stderr == "no server is running; start one: enumd serve\n"

    def test_a_taken_number_tells_since_when_and_what_is_like_it(self, refused, claimed):
        """Who wants a taken number is not told whose it is, but gets others to choose from."""
        error = refused("number", "claim", NUMBER, "--holder", "eve@example.net")

        assert error["exit_status"] == 4
        assert re.fullmatch(
            re.escape(NUMBER) + r" is claimed since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", error["text"]
        )
        assert "ada" not in str(error)
        assert error["advice"].startswith("Free and like it: +44 1632 960117, +44 1632 960217")

    def test_a_full_pool_offers_nothing(self, enumd, refused):
        """Where no number is free, none is proposed."""
        enumd("init", "--apex", "enum.example.org", "--pool", "one:+441632960017-+441632960017")
        claim = ("number", "claim", NUMBER, "--holder", "ada@example.net")
        enumd(*claim)

        assert "Free and like it" not in refused(*claim)["advice"]

    def test_a_zone_without_pools_has_nothing_to_offer(self, enumd, refused):
        """Without pools any number of the zone can be claimed, and none is proposed."""
        enumd("init", "--apex", "enum.example.org")
        claim = ("number", "claim", NUMBER, "--holder", "ada@example.net")
        enumd(*claim)

        assert "Free and like it" not in refused(*claim)["advice"]

    def test_any_number_is_picked(self, done, directory):
        """`--any` takes a free number that fits, never the same twice."""
        words = ("number", "claim", "--any", "--like", "*7?", "--holder", "ada@example.net")

        first, second = done(*words)["number"], done(*words, "--pool", "demo")["number"]

        assert first != second
        assert all(re.fullmatch(r"\+4416329\d\d\d7\d", number) for number in (first, second))

    def test_no_number_left_is_not_found(self, refused, directory):
        """A pattern nothing fits is status 3."""
        words = ("number", "claim", "--any", "--like", "49*", "--holder", "ada@example.net")

        assert refused(*words)["exit_status"] == 3

    @pytest.mark.parametrize(
        ("text", "place"),
        [("+441632960191.0", ".0"), ("+441632960190-199", "199"), ("+441632960191/92", "92")],
    )
    def test_one_number_is_claimed_or_none(self, refused, directory, text, place):
        """A fraction, a range and two numbers are refused, marked, with what to write."""
        error = refused("number", "claim", text, "--holder", "ada@example.net")

        assert error["exit_status"] == 2
        assert text[error["start"] : error["end"]] == place
        assert "Write +44163296019" in error["advice"]

    def test_a_zero_too_many_is_noted(self, enumd, directory):
        """The 0 of a national number is claimed as written, and noted."""
        enumd("pool", "add", "odd", "+4407700900000", "+4407700900099")

        result = enumd("number", "claim", "+4407700900091", "--holder", "ada@example.net")

        assert result.exit_code == 0
        assert "is it +447700900091?" in result.stderr

    def test_a_claim_may_end(self, done, refused, directory):
        """`--until` is the moment from which the number is out of the zone; it lies ahead."""
        words = ("number", "claim", NUMBER, "--holder", "ada@example.net", "--until")

        assert refused(*words, "2020-01-01")["exit_status"] == 5
        assert done(*words, "2096-02-29T12:00:00Z")["not_after"] == "2096-02-29T12:00:00Z"

    @pytest.mark.parametrize(
        "words",
        [
            [],
            [NUMBER, "--any"],
            [NUMBER, "--like", "*1"],
            [NUMBER, "--pool", "demo"],
            ["--any", "--hold", "h_1"],
            ["--any", "--recovery-code", "1"],
            ["--any", "--zone", "enum.example.org"],
        ],
    )
    def test_a_number_is_given_or_picked(self, enumd, directory, words):
        """NUMBER or --any, and what belongs to each only with it."""
        assert enumd("number", "claim", *words, "--holder", "a@b.example").exit_code == 2

    @pytest.mark.parametrize(
        ("number", "status", "code"),
        [
            ("+44 1632 96oo17", 2, "N103"),
            ("01632 960017", 2, "N101"),
            ("+44 (0)1632 960017", 2, "N103"),
            ("+4416329600170001", 2, "N102"),
            ("+441632960017;ext=2", 2, "N103"),
            ("+442079460000", 3, "G501"),
            ("+4930123456", 3, "G501"),
        ],
    )
    def test_what_cannot_be_claimed_says_why(self, refused, directory, number, status, code):
        """Letters, national forms, extensions, too many digits, and numbers of other people."""
        error = refused("number", "claim", number, "--holder", "ada@example.net")

        assert (status, code) == (error["exit_status"], error["code"])

    def test_a_holder_is_a_mail_address_or_known(self, refused, directory):
        """A name nobody has, and that is no mail address, is not found."""
        assert refused("number", "claim", NUMBER, "--holder", "acme")["exit_status"] == 3

    def test_the_limit_of_digits_is_configured(self, enumd, home, directory):
        """A home may allow longer numbers than E.164 does."""
        (home / "enumd.toml").write_text("[numbers]\nmax_digits = 16\n")
        enumd("pool", "add", "long", "+4416329600170000", "9999")

        words = ("number", "claim", "+4416329600170001", "--holder", "a@b.example")
        assert enumd(*words).exit_code == 0


class TestRelease:
    def test_a_released_number_rests(self, seen, done, claimed):
        """A release asks for the code, if one is given, and starts the quarantine."""
        text = seen("number", "release", NUMBER, "--recovery-code", claimed["recovery_code"])

        assert "released  +44 1632 960017, in quarantine until 20" in text
        assert done("number", "show", NUMBER)["state"] == "released"

    def test_a_wrong_code_changes_nothing(self, refused, done, claimed):
        """A wrong recovery code is status 6, and the number stays claimed."""
        error = refused("number", "release", NUMBER, "--recovery-code", "AAAA-BBBB-CCCC")

        assert error["exit_status"] == 6
        assert done("number", "show", NUMBER)["state"] == "claimed"

    def test_the_former_holder_takes_it_back(self, enumd, refused, done, claimed):
        """In quarantine a number goes back to who has the code, and to nobody else."""
        code = ("--recovery-code", claimed["recovery_code"])
        claim = ("number", "claim", NUMBER, "--holder")
        enumd("number", "release", NUMBER)

        assert refused(*claim, "eve@example.net")["exit_status"] == 4
        assert refused(*claim, "eve@example.net", *code)["exit_status"] == 5
        assert done(*claim, "ada@example.net", *code)["number"] == NUMBER

    def test_no_means_no(self, enumd, done, claimed, monkeypatch):
        """On a terminal the question is asked, and anything but yes changes nothing."""
        monkeypatch.setattr("enumd.cli.session.is_a_person", lambda: True)

        result = enumd("number", "release", NUMBER, input="n\n")

        assert result.exit_code == 1
        assert "Release +44 1632 960017, and remove all its endpoints?" in result.stderr
        assert done("number", "show", NUMBER)["state"] == "claimed"
        assert enumd("--yes", "number", "release", NUMBER).exit_code == 0

    def test_a_free_number_cannot_be_released(self, refused, directory):
        """There is nothing to give back."""
        assert refused("number", "release", NUMBER)["exit_status"] == 3


class TestShow:
    def test_everything_known_is_shown(self, done, enumd, claimed):
        """State, holder, zone, pool, owner name and the endpoints in order."""
        enumd("endpoint", "add", NUMBER, "sip:ada@example.net")

        shown = done("number", "show", "+44", "1632", "960017")

        assert tuple(shown[k] for k in ("state", "pool", "in_zone")) == ("claimed", "demo", True)
        assert shown["owner_name"] == "7.1.0.0.6.9.2.3.6.1.enum.example.org."
        assert shown["endpoints"] == [
            {"preference": 10, "service": "sip", "uri": "sip:ada@example.net"}
        ]

    def test_a_number_nobody_has_touched_is_free(self, done, directory):
        """A number without a row is free, and not in the zone."""
        shown = done("number", "show", NUMBER)

        assert (shown["state"], shown["in_zone"], shown["endpoints"]) == ("free", False, [])

    def test_two_zones_for_a_number_want_a_choice(self, enumd, refused, done, directory):
        """Where two zones stand for the number, `--zone` says which."""
        enumd("zone", "add", "second.example", "--prefix", "44")

        assert refused("number", "show", "+442079460000")["exit_status"] == 4
        words = ("--zone", "second.example")
        assert done("number", "show", "+442079460000", *words)["zone"] == "second.example."


class TestSuspend:
    def test_a_suspended_number_is_silent_and_comes_back(self, seen, done, claimed):
        """Suspending takes a reason; resuming lets it answer again."""
        assert "suspended +44 1632 960017: abuse" in seen(
            *("number", "suspend", NUMBER, "--why", "abuse")
        )
        assert done("number", "show", NUMBER)["suspended_why"] == "abuse"
        assert "resumed   +44 1632 960017" in seen("number", "resume", NUMBER)
        assert done("number", "show", NUMBER)["state"] == "claimed"

    def test_a_number_that_is_not_suspended_cannot_be_resumed(self, refused, claimed):
        """Resuming what answers is a conflict."""
        assert refused("number", "resume", NUMBER)["exit_status"] == 4


class TestTransfer:
    def test_the_next_holder_gets_a_new_code(self, seen, refused, done, claimed):
        """After a transfer the old code is worth nothing."""
        code = claimed["recovery_code"]
        words = ("number", "transfer", NUMBER, "--holder", "bob@example.net")

        assert "moved     +44 1632 960017 to bob@example.net" in seen(
            *words, "--recovery-code", code
        )
        assert refused("number", "release", NUMBER, "--recovery-code", code)["exit_status"] == 6
        assert done("number", "show", NUMBER)["holder"] == "bob@example.net"


class TestList:
    def test_numbers_are_listed_by_what_they_are(self, done, enumd, claimed):
        """Holder, state and pool narrow; a cut list says so; a free number is never listed."""
        done("number", "claim", "+441632960018", "--holder", "ben@example.net")
        done("number", "release", "+441632960018")

        mine = done("number", "list", "--holder", "ada@example.net")
        resting = done("number", "list", "--state", "quarantine", "--pool", "demo")

        assert [(row["number"], row["state"]) for row in mine] == [(NUMBER, "claimed")]
        assert [row["number"] for row in resting] == ["+441632960018"]
        cut = enumd("-o", "table", "number", "list", "--limit", "1")
        assert "more than 1" in cut.stderr


class TestLog:
    def test_what_happened_is_told_in_order(self, done, seen, claimed):
        """Who did what when, before and after; a person reads it in words."""
        done("endpoint", "add", NUMBER, "sip:ada@example.net")
        events = done("number", "log", NUMBER)

        assert [event["action"] for event in events] == ["number.claim", "endpoint.add"]
        assert events[0]["before"] == {"state": "free"}
        assert "sip:ada@example.net" in str(events[1]["after"]["endpoints"])
        told = seen("number", "log", NUMBER)
        assert "holder ada@example.net" in told
        assert "recovery" not in told

    def test_a_person_sees_what_differs(self, done, seen, claimed):
        """Both sides of a line say all there is; what is the same in both is left out."""
        done("endpoint", "add", NUMBER, "sip:ada@example.net")
        done("endpoint", "add", NUMBER, "sip:ben@example.net")
        *_, last = seen("number", "log", NUMBER).splitlines()

        assert "endpoints" in last
        assert "ben@" in last
        assert not {"ada@", "state", "holder"} & set(last.replace("@", "@ ").split())
