"""What `enumd doctor` asks the running server: each of its listeners, in its own tongue."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from typing import Final

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode

from enumd.cli.diagnosis import Diagnosis, ill, odd, well
from enumd.cli.doctor_sip import sip, tls
from enumd.cli.listening import usable
from enumd.cli.session import Session
from enumd.errors import EnumdError
from enumd.index.layout import Zone
from enumd.index.reader import IndexReader
from enumd.net.listeners import Address, bind_all
from enumd.serve import runfile
from enumd.serve.enum import lookup as client
from enumd.serve.runfile import RunFile

TIMEOUT_S: Final = 2.0
"""How long the running server may take to answer."""


def server(session: Session) -> Iterator[Diagnosis]:
    """Yield whether the running server answers, or whether one could run."""
    running = runfile.running(session.home)
    if running is None:
        yield from _ports(session)
        yield _nobody(runfile.find_left_behind(session.home))
        return
    for address in running.addresses:
        yield from _questions(session, address)
    for address in running.sip_addresses:
        yield sip(address, "UDP", TIMEOUT_S)
        yield sip(address, "TCP", TIMEOUT_S)
    for text in running.sip_tls:
        yield tls(session, _reachable(text), TIMEOUT_S)
    if running.metrics:
        yield _metrics(_reachable(running.metrics))


def _nobody(died: RunFile | None) -> Diagnosis:
    """Return that no server runs: it was never started or was stopped, or it *died*."""
    if died is None:
        return odd("server", "none is running", "Start one: enumd serve")
    began = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(died.started_s))
    text = f"it died: process {died.pid}, which answered since {began}, was killed or lost power"
    return ill("server", text, "Look at the end of its log for the cause, then run: enumd serve")


def _reachable(text: str) -> Address:
    """Return where a client on this machine asks the listener written as *text*."""
    return Address.parse(text).reachable


def _ports(session: Session) -> Iterator[Diagnosis]:
    """Yield whether the configured addresses are free."""
    for text in usable(session.config.dns.listen):
        try:
            for one in bind_all([Address.parse(text, "dns.listen")], 1):
                one.close()
            yield well("ports", f"{text} is free")
        except EnumdError as error:
            yield ill("ports", str(error), error.advice)


def _questions(session: Session, address: Address) -> Iterator[Diagnosis]:
    """Yield what the server at *address* answers when asked for every zone."""
    try:
        with IndexReader(session.config.index_path) as reader, reader.snapshot() as snapshot:
            heads = [view.zone for view in snapshot.zones.values()]
        for head in heads:
            yield _question(address, head)
    except EnumdError as error:
        yield ill("server", f"{address}: {error}", error.advice)


def _question(address: Address, head: Zone) -> Diagnosis:
    """Return what the server at *address* says of one zone, over UDP and over TCP."""
    apex = dns.name.from_wire(head.apex, 0)[0]
    began_s = time.perf_counter()
    reply = client.ask(address, apex, "SOA", TIMEOUT_S)
    took_ms = 1000 * (time.perf_counter() - began_s)
    serials = [soa.serial for rrset in reply.answer for soa in rrset]
    if reply.rcode() != dns.rcode.NOERROR or not reply.flags & dns.flags.AA or not serials:
        what = dns.rcode.to_text(reply.rcode())
        return ill("server", f"{address} answers {what} for {apex}", "Look at the server's log.")
    if serials != [head.serial.value]:
        text = f"{address} answers serial {serials[0]} of {apex}, published is {head.serial}"
        return ill("server", text, "Ask again; if it stays so, restart the server.")
    over_tcp = dns.message.make_query(apex, "SOA")
    try:
        dns.query.tcp(over_tcp, address.host, TIMEOUT_S, address.port)
    except (dns.exception.DNSException, OSError, EOFError) as error:
        text = f"{address} does not answer over TCP: {error}"
        return ill("server", text, "Look whether a firewall is in the way.")
    return well(
        "server", f"{address} answers {apex} serial {serials[0]} in {took_ms:.1f} ms, TCP too"
    )


def _metrics(address: Address) -> Diagnosis:
    """Return whether the page /metrics is answered at *address*."""
    client = http.client.HTTPConnection(address.host, address.port, timeout=TIMEOUT_S)
    try:
        client.request("GET", "/metrics")
        status = client.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else error
        text = f"{address} does not answer /metrics: {why}"
        return ill("metrics", text, "Look at the server's log.")
    finally:
        client.close()
    if status != 200:
        text = f"{address} answers {status} to /metrics"
        return ill("metrics", text, "Look whether another program has that port.")
    return well("metrics", f"{address} answers /metrics")
