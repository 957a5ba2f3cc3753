"""The process, with real sockets."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from enumd.api import server as running
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from tests.api.conftest import bearing, serving, token_for

CLAIMERS = 16


def test_many_claim_one_number_and_one_gets_it(server, home):
    """Nobody gets an error but that it is taken."""
    token = bearing(token_for(home, "ops@example.net", "operator"))

    def claim(number):
        wish = {"holder": f"h{number}@example.net", "number": "+441632960500"}
        return server.post("/v1/numbers", json=wish, headers=token)

    with ThreadPoolExecutor(CLAIMERS) as people:
        answers = list(people.map(claim, range(CLAIMERS)))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * (CLAIMERS - 1)]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    shown = server.get("/v1/numbers/+441632960500", headers=token).json()
    assert shown["holder"] == won["holder"]


def test_sigterm_cuts_off_no_answer(home):
    """What was asked before it is answered whole, and the process ends well."""
    token = bearing(token_for(home, "ops@example.net", "operator"))
    with serving(home.path) as (url, process), httpx.Client(base_url=url, timeout=60) as client:
        client.get("/v1/health").raise_for_status()

        def claim(number):
            wish = {"holder": "ada@example.net", "number": f"+4416329606{number:02}"}
            try:
                return client.post("/v1/numbers", json=wish, headers=token).json()
            except httpx.TransportError as error:
                # Refused, or closed before a word of an answer: it was never begun.
                assert not isinstance(error, httpx.RemoteProtocolError) or "complete" not in str(
                    error
                )
                return None

        with ThreadPoolExecutor(4) as people:
            first = people.submit(claim, 0)
            assert first.result()["number"] == "+441632960600"
            rest = [people.submit(claim, number) for number in range(1, 9)]
            process.send_signal(signal.SIGTERM)
            found = [each.result() for each in rest]
        assert process.wait(30) == 0
    assert all(each is None or "number" in each for each in found)


def test_an_address_in_use_is_told(home):
    """Before anything is loaded that would take long."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = Address("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ServiceError, match="cannot listen") as refused:
            running.run(home, [address], print)
    assert "--listen" in refused.value.advice


def test_a_url_is_one_that_can_be_asked():
    """A wildcard is told as loopback, IPv6 in brackets."""
    with socket.socket() as anywhere:
        anywhere.bind(("0.0.0.0", 0))
        port = anywhere.getsockname()[1]
        assert running.url_of(anywhere) == f"http://127.0.0.1:{port}"


def test_answers_are_sent_at_once():
    """A socket whose protocol is not named would hold them back for 40 ms."""
    with running._bind(Address("127.0.0.1", 0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP
