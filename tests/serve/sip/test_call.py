"""A small client that places a call, against a server that is a socket of the test."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import pytest

from enumd.core.number import Number
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.serve.sip import call as sip_call
from enumd.serve.sip.call import Contact, call
from enumd.sip import framing
from enumd.sip.message import Request

NUMBER = Number.parse("+441632960017")


@contextmanager
def server(host, *answers):
    """Give those answers, one for each request; the value is the address and what was heard."""
    heard: list[bytes] = []
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.settimeout(5)

        def serve():
            for answer in (*answers, None):
                octets, address = sock.recvfrom(65535)
                heard.append(octets)
                for one in answer or ():
                    rows = octets.decode().split("\r\n")
                    kept = [
                        row
                        for row in rows
                        if row.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")
                    ]
                    to = next(row for row in rows if row.startswith("To:"))
                    text = "\r\n".join([*kept, f"{to};tag=x", ""]).encode()
                    sock.sendto(one.replace(b"@", text, 1), address)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address(*sock.getsockname()[:2]), heard
        thread.join(5)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_redirect_is_shown_and_acknowledged(host):
    """The Contacts come back in order, noise and 100 aside, and the ACK has its tag."""
    noise = [b"\xff", b"\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"BYE sip:a SIP/2.0\r\n\r\n"]
    trying = b"SIP/2.0 100 Trying\r\n@\r\n"
    contacts = b"Contact: <sip:a@h;x=1>;q=0.9, <tel:+1>\r\nm: nonsense\r\n"
    moved = b"SIP/2.0 302 Moved Temporarily\r\n@" + contacts + b"\r\n"
    with server(host, [*noise, trying, moved]) as (address, heard):
        got = call(NUMBER, address)

    assert (got.status, got.reason) == (302, "Moved Temporarily")
    assert got.contacts == (Contact("sip:a@h;x=1", "0.9"), Contact("tel:+1", ""))
    assert got.request == heard[0].decode()
    assert got.response.startswith("SIP/2.0 302")
    invite, ack = (Request.parse(framing.datagram(octets).head) for octets in heard)
    assert (invite.method, ack.method) == ("INVITE", "ACK")
    assert (invite.uri.text, invite.via, invite.call_id) == (ack.uri.text, ack.via, ack.call_id)
    assert (invite.to_tag, ack.to_tag) == (b"", b"x")


def test_a_call_is_repeated(monkeypatch):
    """A lost INVITE is sent again, the very same octets."""
    monkeypatch.setattr(sip_call, "T1_S", 0.01)
    with server("127.0.0.1", [], [], [b"SIP/2.0 404 Not Found\r\n@\r\n"]) as (address, heard):
        assert call(NUMBER, address).status == 404

    assert len(set(heard[:3])) == 1


def test_silence_has_an_end():
    """Nobody answers in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        address = Address("127.0.0.1", sock.getsockname()[1])
        with pytest.raises(ServiceError, match=r"did not answer a call within 0\.05 s"):
            call(NUMBER, address, 0.05)


@pytest.mark.parametrize("again", [False, True])
def test_a_port_nobody_listens_at_is_told(again, monkeypatch):
    """The error of the network names the server, whether it comes with a receive or a send."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        address = Address("127.0.0.1", sock.getsockname()[1])
    if again:

        def refused(sock, octets):
            raise ConnectionRefusedError(111, "Connection refused")

        monkeypatch.setattr(socket.socket, "send", refused)
    with pytest.raises(ServiceError, match="Connection refused"):
        call(NUMBER, address)
