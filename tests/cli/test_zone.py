"""`enumd zone`: added, listed, shown, checked."""

import pytest

from enumd.cli.arguments import name_server
from enumd.operations.zone import NameServer


def test_a_zone_is_added_with_its_own_times(seen, done, directory):
    """A new zone is published at once, with the times asked for and those of enumd.toml."""
    text = seen("zone", "add", "9.4.e164.arpa", "--prefix", "49", "--ttl", "900")

    assert text == "added     zone 9.4.e164.arpa. for numbers beginning with +49\nserial    1\n"
    shown = done("zone", "show", "9.4.e164.arpa")
    assert (shown["ttl_s"], shown["negative_ttl_s"], shown["published"]) == (900, 60, 1)
    assert shown["name_servers"] == ["ns.9.4.e164.arpa."]


def test_a_zone_that_is_there_is_a_conflict(refused, directory):
    """The same apex cannot be added twice."""
    assert refused("zone", "add", "ENUM.example.org")["exit_status"] == 4


def test_a_zone_is_shown_as_a_person_reads_it(seen, directory):
    """The card of a zone says what it stands for, its serial, times, servers and pools."""
    text = seen("zone", "show", "enum.example.org")

    assert "zone enum.example.org. for numbers beginning with +44\n" in text
    assert "name servers  ns1.example.net.\n" in text
    assert "0 names published" in text
    assert "pools         demo" in text


def test_a_zone_behind_its_registry_says_so(seen, home, directory):
    """A zone that was committed and not published shows both serials."""
    (home / "index" / "data.mdb").unlink()
    (home / "index" / "lock.mdb").unlink(missing_ok=True)

    assert "serial        1, published never" in seen("zone", "show", "enum.example.org")
    assert "enum.example.org." in seen("zone", "list")


def test_an_unknown_zone_is_not_found(refused, directory):
    """A zone that is not there is status 3 and names what was asked for."""
    error = refused("zone", "show", "enum.example.com")

    assert error["exit_status"] == 3
    assert error["text"] == "enum.example.com. is no zone of this registry"


def test_a_zone_that_would_not_load_is_ill(enumd, directory):
    """`zone check` finds what BIND would refuse, and exits with 1."""
    enumd("zone", "add", "bad.example")

    result = enumd("zone", "check", "bad.example")

    assert result.exit_code == 1
    assert "bad.example.\terror\tbad.example. NS\tns.bad.example. has no A or AAAA" in result.stdout


def test_a_zone_with_its_servers_is_well(enumd, directory):
    """A zone whose name servers have addresses passes, for all zones at once as well."""
    words = ("--ns", "ns1.good.example=192.0.2.1", "--ns", "ns2.good.example=2001:db8::2")
    enumd("zone", "add", "good.example", *words)

    assert (
        (result := enumd("zone", "check", "good.example")).exit_code,
        result.stdout,
    ) == (0, "")
    assert "1 zone checked" in enumd("-o", "table", "zone", "check", "good.example").stderr
    assert enumd("zone", "check").exit_code == 0


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("ns1.example.net", NameServer("ns1.example.net", ())),
        ("ns1.enum.example=192.0.2.1", NameServer("ns1.enum.example", ("192.0.2.1",))),
        ("ns=192.0.2.1,2001:db8::1", NameServer("ns", ("192.0.2.1", "2001:db8::1"))),
    ],
)
def test_a_name_server_may_bring_its_addresses(text, server):
    """NAME, or NAME=ADDRESS[,ADDRESS]."""
    assert server == name_server(text)
