"""One worker: a reactor, a socket for each address and transport, an index, an authority, SIP.

A worker obeys its parent alone, over a socket pair: it says when it listens, is told to reload or
to drain, and takes the end of the parent for the order to drain. Signals that reach it with its
process group (a Ctrl-C, a service manager) are the parent's to act on.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from twisted.internet import default
from twisted.internet.defer import gatherResults
from twisted.python.failure import Failure

from enumd import config
from enumd.config import Config
from enumd.dns.authority import Authority, AuthoritySettings, DnsTransport
from enumd.net import descriptors, log
from enumd.net.acceptor import Acceptor
from enumd.net.child import Word
from enumd.net.connections import TcpLimits
from enumd.net.descriptors import Shares
from enumd.net.listeners import Listener
from enumd.net.log import event
from enumd.net.parent import ParentLine
from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.dns.answers import Answers
from enumd.serve.dns.tcp import DnsTcpFactory
from enumd.serve.dns.udp import AnswerBurst, UdpListener
from enumd.serve.vigil import keep_beating

if TYPE_CHECKING:
    from enumd.serve.sip.service import SipPost, SipService

DRAIN_S: Final = 5.0
"""A worker told to drain is gone after this time, whatever its peers do."""

_log = logging.getLogger("enumd.serve")


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker is given before it is forked."""

    number: int
    config: Config
    listeners: tuple[Listener, ...]
    http: socket.socket | None
    """Where this worker serves /metrics, if it is the one that does."""
    counters: Counters
    parent: socket.socket
    sip: SipPost | None = None
    """What SIP takes, where it is served."""


def run(post: Post) -> NoReturn:
    """Be the worker of *post* until told to end; called in the child after a fork."""
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        log.bridge_twisted()
        default.install()
        from twisted.internet import reactor as installed

        reactor: Any = installed
        worker = Worker(post, reactor)
        reactor.callWhenRunning(worker.start)
        reactor.callWhenRunning(_spare_the_collector)
        reactor.run(installSignalHandlers=False)
        worker.close()
        status = worker.status
    except BaseException:
        _log.exception(event("worker-failed", worker=post.number))
    finally:
        logging.shutdown()
        # Not sys.exit: the parent's clean-up handlers came along with the fork.
        os._exit(status)


def _spare_the_collector() -> None:
    """Have the garbage collector look at what calls leave behind, seldom, and at nothing else.

    What is there by now stays until the end; and open transactions, thousands of them and no
    cycles, are all that a collection would find: without this it takes a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)


class Worker:
    """Serves DNS and SIP on the sockets of one post."""

    def __init__(self, post: Post, reactor: Any) -> None:
        """Serve *post* in *reactor*, once started."""
        self.status = 0
        """The exit status of the process."""
        self._post = post
        self._reactor = reactor
        self._directory = Directory(post.config.index_path)
        self._slab = post.counters.worker(post.number)
        authority = authority_for(post.config)
        self._answers = {
            transport: Answers(authority, self._directory, transport, self._slab)
            for transport in DnsTransport
        }
        self._connections = DnsTcpFactory(
            self._answers[DnsTransport.TCP],
            tcp_limits_for(post.config, shares_for(post.config, post.sip)),
            reactor,
            self._slab,
        )
        self._udp: list[WatchedUdp] = []
        self._acceptors: list[Acceptor] = []
        self._sip: SipService | None = None
        self._ending = False
        self._stopped = False

    def start(self) -> None:
        """Open the index, listen, and tell the parent; or end, so that the parent notices."""
        try:
            self._listen()
        except Exception:
            _log.exception(event("worker-failed", worker=self._post.number))
            self.status = 1
            self._stop()

    def _listen(self) -> None:
        """Hand every socket to the reactor, and tell the parent."""
        post, reactor = self._post, self._reactor
        self._directory.open()
        for listener in post.listeners:
            udp, tcp = listener.sockets(post.number)
            self._udp.append(WatchedUdp(udp, self._answers[DnsTransport.UDP], self.fail))
            self._acceptors.append(Acceptor(tcp, self._connections, reactor))
        if post.sip is not None:
            self._serve_sip(post.sip)
        if post.http is not None:
            # A server without the page does not pay for the web server and the metrics library.
            from enumd.serve import exposition

            sip = post.sip.counters if post.sip is not None else None
            exposition.serve(post.http, post.counters, self._directory, reactor, sip)
        for udp_listener in self._udp:
            reactor.addReader(udp_listener)
        reactor.addReader(ParentLine(post.parent, self.reload, self.drain))
        keep_beating(self._slab, reactor)
        post.parent.send(Word.LISTENING)

    def _serve_sip(self, post: SipPost) -> None:
        """Listen for SIP, too."""
        # A server without SIP does not pay for it.
        from enumd.serve.sip.service import SipService

        config, number = self._post.config, self._post.number
        turns = self._connections.turns
        self._sip = SipService(
            post, config, number, self._directory, self._reactor, lambda: turns.waiting
        )
        self._sip.limit(config, shares_for(config, post).sip)
        self._sip.listen(self.fail)

    def reload(self) -> None:
        """Take up what the configuration says now, as far as that can change live."""
        try:
            self._take_up(config.load(self._post.config.home))
        except Exception as error:
            # The parent has read the file before, and said so; it was changed in between.
            _log.error(event("reload-refused", worker=self._post.number, why=error))

    def _take_up(self, fresh: Config) -> None:
        """Do from now on as *fresh* says."""
        authority, shares = authority_for(fresh), shares_for(fresh, self._post.sip)
        log.set_level(fresh.log.level)
        for answers in self._answers.values():
            answers.authority = authority
        self._connections.limits = tcp_limits_for(fresh, shares)
        if self._sip is not None:
            self._sip.reload(fresh, shares.sip)

    def drain(self) -> None:
        """Take nothing new, answer what is there, and end; within `DRAIN_S` in any case."""
        if self._ending:
            return
        self._ending = True
        self._reactor.callLater(DRAIN_S, self._cut_off)
        for listener in self._udp:
            self._reactor.removeReader(listener)
            listener.drain()
            listener.close()
        for acceptor in self._acceptors:
            acceptor.shut()
        drains = [self._connections.drain()]
        if self._sip is not None:
            drains.append(self._sip.drain())
        gatherResults(drains).addCallback(lambda _: self._stop())

    def fail(self, reason: Failure) -> None:
        """End with an error: a socket is lost, and the parent starts a worker with a fresh one."""
        if not self._ending:
            self._ending = True
            self.status = 1
            _log.error(event("listener-lost", worker=self._post.number, why=reason.value))
            self._stop()

    def close(self) -> None:
        """Give the index back."""
        self._directory.close()

    def _cut_off(self) -> None:
        """End although there are peers that have not taken their replies."""
        _log.warning(event("drain-cut-short", worker=self._post.number, after_s=DRAIN_S))
        self._connections.abort()
        if self._sip is not None:
            self._sip.abort()
        self._stop()

    def _stop(self) -> None:
        """End, once."""
        if not self._stopped:
            self._stopped = True
            self._reactor.stop()


class WatchedUdp(UdpListener):
    """A UDP listener whose loss is noticed: a worker that hears nothing must not seem well."""

    def __init__(
        self, sock: socket.socket, answer: AnswerBurst, lost: Callable[[Failure], None]
    ) -> None:
        """Answer what arrives at *sock* by *answer*; call *lost* should the reactor give it up."""
        super().__init__(sock, answer)
        self._lost = lost

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Close the socket and tell."""
        super().connectionLost(reason)
        self._lost(reason)

    def close(self) -> None:
        """Close the socket, as intended."""
        self._sock.close()


def authority_for(config: Config) -> Authority:
    """Return the authority an operator configured."""
    dns = config.dns
    settings = AuthoritySettings(
        nsid=dns.nsid.encode(),
        version=dns.version.encode(),
        udp_payload_max=dns.udp_payload_max,
    )
    return Authority(settings)


def shares_for(config: Config, sip: SipPost | None) -> Shares:
    """Return how the connections an operator configured share out what this process may open."""
    streams = config.sip.tcp_connections if sip is not None else 0
    return Shares.of(descriptors.limit(), config.dns.tcp_connections, streams)


def tcp_limits_for(config: Config, shares: Shares) -> TcpLimits:
    """Return the limits of TCP an operator configured, as far as there is room."""
    dns = config.dns
    return TcpLimits(shares.dns, dns.tcp_connections_per_peer, dns.tcp_idle_s)
