"""The doctor and SIP: OPTIONS over UDP and TCP, the handshake and the certificate of TLS."""

import socket
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from enumd.cli import doctor_sip
from enumd.cli.diagnosis import Health
from enumd.cli.session import Session
from enumd.net.listeners import Address

DAY_S = 86_400


@pytest.fixture
def over_tls(home, directory, new_authority, serving):
    """Serve SIP over TLS with a certificate that is good for a day; return where."""
    new_authority(home).sign("sip.example.net")
    (home / "enumd.toml").write_text(
        '[sip]\ntls_listen = ["127.0.0.1:0"]\n'
        'certificate = "sip.example.net.pem"\nkey = "sip.example.net.key"\n'
    )
    (text,) = serving("--dns", "127.0.0.1:0").sip_tls
    return text


def of_tls(rows):
    """Return the health, text and remedy of the line about TLS."""
    ((_, *found),) = [row for row in rows if row[0] == "tls"]
    return found


def test_a_certificate_that_ends_soon_is_odd(findings, over_tls):
    """The handshake works, and the certificate has less than 14 days."""
    rows, status = findings()

    health, text, remedy = of_tls(rows)
    assert (status, health) == (0, "odd")
    assert f"the certificate of {over_tls} expires in 0 days" in text
    assert "SIGHUP" in remedy


def test_a_certificate_that_expired_is_ill(findings, over_tls, monkeypatch):
    """Two days later it has ended."""
    real = Session.now_s.func
    monkeypatch.setattr(Session, "now_s", property(lambda self: real(self) + 2 * DAY_S))

    rows, status = findings()

    assert (status, of_tls(rows)[0]) == (1, "ill")
    assert f"the certificate of {over_tls} expired on" in of_tls(rows)[1]


def test_a_new_certificate_that_is_not_taken_up_is_odd(findings, home, over_tls, new_authority):
    """The file has another one than the server shows."""
    new_authority(home).sign("sip.example.net")

    health, text, remedy = of_tls(findings()[0])

    assert (health, text) == ("odd", f"{over_tls} has another certificate than its file")
    assert "SIGHUP" in remedy


@pytest.mark.parametrize(("name", "why"), [("gone.pem", "cannot be read"), ("enumd.toml", "PEM")])
def test_a_certificate_file_that_cannot_be_read_is_ill(findings, home, over_tls, name, why):
    """The next start would fail."""
    path = home / "enumd.toml"
    path.write_text(path.read_text().replace("sip.example.net.pem", name))

    rows, status = findings()

    assert (status, of_tls(rows)[0]) == (1, "ill")
    assert why in of_tls(rows)[1]


@pytest.mark.parametrize(
    ("left_s", "health"),
    [(0, Health.ILL), (1, Health.ODD), (14 * DAY_S, Health.ODD), (14 * DAY_S + 1, Health.WELL)],
)
def test_a_certificate_is_judged_by_the_time_it_has_left(left_s, health):
    """Expired is ill, up to 14 days are odd."""
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    now_s = int(ends.timestamp()) - left_s

    found = doctor_sip._expiry(Address("127.0.0.1", 5061), ends, now_s)

    assert found.health is health


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_sip_without_an_answer_is_ill(transport):
    """Silence ends with the time it was given, and is told."""
    kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as silent:
        silent.bind(("127.0.0.1", 0))
        if transport == "TCP":
            silent.listen()
        address = Address("127.0.0.1", silent.getsockname()[1])
        found = doctor_sip.sip(address, transport, 0.1)
        text = f"{address} does not answer SIP over {transport}: no answer in time"
        assert (found.health, found.text) == (Health.ILL, text)


def test_a_port_nobody_speaks_tls_at_is_ill():
    """A listener that says nothing fails the handshake in the time it was given."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address("127.0.0.1", silent.getsockname()[1])
        found = doctor_sip.tls(SimpleNamespace(), address, 0.1)

    assert (found.health, "does not answer over TLS" in found.text) == (Health.ILL, True)


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"SIP/2.0 403 Forbidden\r\nVia: x;branch=b1\r\n\r\n", 403),
        (b"SIP/2.0 100 Trying\r\nVia: x;branch=b1\r\n\r\n", None),
        (b"SIP/2.0 200 OK\r\nVia: x;branch=other\r\n\r\n", None),
        (b"OPTIONS sip:a SIP/2.0\r\nVia: x;branch=b1\r\n\r\n", None),
        (b"\x00\x01noise", None),
        (b"\r\n\r\n", None),
    ],
)
def test_only_the_final_answer_to_our_request_counts(octets, status):
    """Noise, requests, provisional answers and those to others are passed over."""
    assert doctor_sip._status(octets, b"b1") == status
