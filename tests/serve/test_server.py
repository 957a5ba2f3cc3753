"""A server from its start, and what ends the start."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from enumd.config import Config, DnsSettings
from enumd.errors import ConfigError, ServiceError
from enumd.serve import server
from enumd.serve.runfile import Announcement, RunFile

HERE = "127.0.0.1:0"


def test_a_worker_that_cannot_start_ends_the_start(tmp_path, monkeypatch):
    """Workers that die before the server was complete are not tried again and again."""
    monkeypatch.setattr("enumd.serve.worker.run", lambda post: os._exit(3))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ServiceError, match="worker 0 ended with status 3 before it could serve"):
        server.run(Config(tmp_path), [HERE], 1)

    assert signal.getsignal(signal.SIGTERM) is before
    assert list(tmp_path.iterdir()) == []


def test_a_machine_full_of_processes_ends_the_start(tmp_path, monkeypatch):
    """Where no worker can be forked the error says so."""

    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    with pytest.raises(ServiceError, match="worker 0 cannot be forked: Resource temporarily"):
        server.run(Config(tmp_path), [HERE], 1)


def test_a_second_server_for_a_home_is_refused(tmp_path):
    """One home has one server; the error names the process of the first."""
    first = Announcement(tmp_path)
    first.publish(RunFile(os.getpid(), 0, 1, ()))
    with pytest.raises(ServiceError, match=f"process {os.getpid()} serves"):
        server.run(Config(tmp_path))
    first.withdraw()


def test_a_port_in_use_stops_the_start(tmp_path):
    """The error names the address, and nothing is left bound or written."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(ServiceError, match=f"cannot listen on {taken} .TCP.: another program"):
            server.run(Config(tmp_path), [taken])

    assert list(tmp_path.iterdir()) == []


def test_no_address_at_all_is_refused(tmp_path):
    """A server without an address would answer nobody."""
    with pytest.raises(ConfigError, match=r"dns\.listen: there is no address to listen at"):
        server.run(Config(tmp_path, dns=DnsSettings(listen=())))
