"""`enumd endpoint`: what a person writes becomes a way to be reached."""

import pytest

NUMBER = "+441632960017"


@pytest.fixture
def claimed(enumd, directory):
    """Claim the number."""
    enumd("number", "claim", NUMBER, "--holder", "ada@example.net")


def test_an_address_alone_is_asked_what_it_is(refused, claimed):
    """A mail address could be SIP, mail or XMPP: the three are offered."""
    advice = refused("endpoint", "add", NUMBER, "ada@example.net")["advice"]

    assert advice.startswith("Is it sip:ada@example.net, mailto:ada@example.net or xmpp:")


def test_what_was_changed_or_is_unusual_is_noted(enumd, claimed):
    """Encoded characters, long URIs and experimental services are told to the person."""
    encoded = enumd("endpoint", "add", NUMBER, "sip:a!b@example.net")
    long = enumd("endpoint", "add", NUMBER, f"sip:{'a' * 130}@example.net")
    experimental = enumd("endpoint", "add", NUMBER, "matrix:@ada:example.net")
    tls = enumd("endpoint", "add", NUMBER, "sip:ada@example.net;transport=tls")

    assert 'note: in the URI, "!" became %21' in encoded.stderr
    assert "over 127 octets" in long.stderr
    assert "X-matrix is experimental" in experimental.stderr
    assert "transport=tls (RFC 5630); write sips:ada@example.net\n" in tls.stderr
    assert "note" not in enumd("-q", "endpoint", "add", NUMBER, "sip:c!d@example.net").stderr


def test_each_comes_after_the_others(done, seen, claimed):
    """Without `--preference` an endpoint comes last, in steps of ten."""
    assert done("endpoint", "add", NUMBER, "sip:ada@example.net")["preference"] == 10
    assert done("endpoint", "add", NUMBER, "xmpp:ada@example.net")["preference"] == 20
    assert done("endpoint", "add", NUMBER, "+4930123456", "--preference", "5")["preference"] == 5

    rows = [tuple(row.values()) for row in done("endpoint", "list", NUMBER)]
    assert rows == [
        (5, "voice:tel", "tel:+4930123456", 300),
        (10, "sip", "sip:ada@example.net", 300),
        (20, "xmpp", "xmpp:ada@example.net", 300),
    ]
    assert "PREFERENCE  SERVICE" in seen("endpoint", "list", NUMBER)


def test_an_endpoint_is_moved_and_removed(done, seen, claimed):
    """Moving gives another preference; what was added by a short name goes by it."""
    done("endpoint", "add", NUMBER, "sip:ada@example.net")
    done("endpoint", "add", NUMBER, "whatsapp:441632960017")

    assert "moved     5  web:https  https://wa.me/441632960017  for +44 1632 960017" in seen(
        *("endpoint", "move", NUMBER, "whatsapp:441632960017", "--preference", "5")
    )
    assert "removed   10  sip  sip:ada@example.net" in seen(
        *("endpoint", "remove", NUMBER, "sip:ada@example.net")
    )
    assert [row["preference"] for row in done("endpoint", "list", NUMBER)] == [5]


def test_the_service_says_which_of_two(done, refused, claimed):
    """A telephone for calls and messages has one URI and two services."""
    done("endpoint", "add", NUMBER, "tel:+4930123456")
    done("endpoint", "add", NUMBER, "tel:+4930123456", "--service", "sms:tel")

    assert refused("endpoint", "remove", NUMBER, "tel:+4930123456")["exit_status"] == 4
    words = ("tel:+4930123456", "--service", "sms:tel")
    assert done("endpoint", "remove", NUMBER, *words)["service"] == "sms:tel"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["add", NUMBER, "sip:ada@example.net"], 4),
        (["add", NUMBER, f"sip:{NUMBER}@enum.example.org"], 4),
        (["add", "+441632960018", "sip:ada@example.net"], 3),
        (["remove", NUMBER, "sip:bob@example.net"], 3),
        (["move", NUMBER, "sip:bob@example.net", "--preference", "5"], 3),
        (["list", "+4930123456"], 3),
    ],
)
def test_what_cannot_be_is_refused(enumd, refused, claimed, words, status):
    """Twice the same, a loop, numbers nobody claimed, endpoints nobody has."""
    enumd("endpoint", "add", NUMBER, "sip:ada@example.net")

    assert status == refused("endpoint", *words)["exit_status"]


def test_there_is_a_most(enumd, refused, claimed, tmp_path, monkeypatch):
    """A number has at most fifteen endpoints, or what the configuration says."""
    rows = [f"{NUMBER},sip,sip:ada{place}@example.net\n" for place in range(14)]
    (tmp_path / "numbers.csv").write_text("".join(rows))
    assert enumd("import", tmp_path / "numbers.csv", "--as", "ada@example.net").exit_code == 0
    assert enumd("endpoint", "add", NUMBER, "sip:ada14@example.net").exit_code == 0

    assert refused("endpoint", "add", NUMBER, "sip:ada@example.net")["exit_status"] == 5
    monkeypatch.setenv("ENUMD_POLICY_MAX_ENDPOINTS", "3")
    assert enumd("endpoint", "remove", NUMBER, "sip:ada14@example.net").exit_code == 0
    assert refused("endpoint", "add", NUMBER, "sip:ada@example.net")["exit_status"] == 5


def test_a_number_without_endpoints_lists_none(enumd, claimed):
    """An empty list is a hint for a person."""
    result = enumd("-o", "table", "endpoint", "list", NUMBER)

    assert result.stdout == ""
    assert "no endpoints" in result.stderr


@pytest.mark.parametrize("preference", ["-1", "65536", "first"])
def test_a_preference_fits_its_field(enumd, claimed, preference):
    """A preference is a number from 0 to 65535."""
    words = ("endpoint", "add", NUMBER, "sip:ada@example.net", "--preference", preference)

    assert enumd(*words).exit_code == 2


def test_an_endpoint_is_named_in_a_short_way(done, enumd, claimed):
    """A place, a preference or a part is enough; `--first` goes before all others."""
    for uri in ("sip:ada@example.net", "tel:+491711234567", "mailto:ada@example.net"):
        done("endpoint", "add", NUMBER, uri)

    assert done("endpoint", "move", NUMBER, "3", "--first")["preference"] == 0
    assert done("endpoint", "move", NUMBER, "mailto", "--first")["preference"] == 0
    assert done("endpoint", "remove", NUMBER, "10")["uri"] == "sip:ada@example.net"
    assert enumd("endpoint", "move", NUMBER, "tel").exit_code == 2


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "sip:ada@m\u00fcller.example;transport=tcp",
            "sip:ada@xn--mller-kva.example;transport=tcp",
        ),
        ("https://m\u00fcller.example/ada", "https://xn--mller-kva.example/ada"),
    ],
)
def test_a_host_with_umlauts_is_offered_in_ascii(refused, done, claimed, text, written):
    """The advice holds the URI that can be given, and it is taken."""
    assert written in refused("endpoint", "add", NUMBER, text)["advice"]
    assert done("endpoint", "add", NUMBER, written)["uri"] == written


def test_a_host_that_may_be_two_names_is_not_guessed(refused, claimed):
    """A sharp s is one name by RFC 3490 and another by RFC 5891."""
    assert "xn--" not in refused("endpoint", "add", NUMBER, "sip:a@stra\u00dfe.example")["advice"]


def test_equal_preferences_share_the_calls(claimed, done, seen):
    """The result names the others that are as preferred, whether one is added or moved."""
    first, second, third = (f"sip:{name}@example.net" for name in ("ada", "bob", "eve"))
    assert done("endpoint", "add", NUMBER, first)["shared_with"] == []
    assert done("endpoint", "add", NUMBER, second, "--preference", "10")["shared_with"] == [first]
    shown = seen("endpoint", "add", NUMBER, third, "--preference", "20")
    assert "shares" not in shown
    shown = seen("endpoint", "move", NUMBER, third, "--preference", "10")
    assert f"shares    calls equally with {first}, {second}" in shown
    listed = [(row["preference"], row["uri"]) for row in done("endpoint", "list", NUMBER)]
    assert listed == [(10, first), (10, second), (10, third)]
