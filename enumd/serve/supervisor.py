"""The parent of the workers: forks, watches, reloads, drains.

The parent answers no query and runs no reactor; it sleeps in `select` until a signal, a word from a
worker or a restart that is due wakes it. It holds every socket of its workers open, so the queries
that wait for a worker that was killed are answered by its successor. For the same reason, and
because it may have given up root, addresses, number of workers and user do not change while it
lives.
"""

from __future__ import annotations

import gc
import logging
import os
import selectors
import signal
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from enumd import config as configuration
from enumd.config import Config
from enumd.errors import ServiceError
from enumd.net import descriptors, log
from enumd.net.child import SIGNALS, Child, Word
from enumd.net.listeners import Listener, address_of
from enumd.net.log import event
from enumd.net.signals import Signals
from enumd.net.slab import Counters
from enumd.serve import worker
from enumd.serve.dns.metrics import Cell
from enumd.serve.runfile import Announcement, RunFile
from enumd.serve.vigil import Vigil
from enumd.serve.worker import DRAIN_S, Post

if TYPE_CHECKING:
    from enumd.serve.sip.service import SipPost

_log = logging.getLogger("enumd.serve")


class Supervisor:
    """Keeps the workers of one server alive until it is told to stop."""

    def __init__(
        self,
        config: Config,
        listeners: tuple[Listener, ...],
        http: socket.socket | None,
        workers: int,
        announcement: Announcement,
        sip: SipPost | None = None,
    ) -> None:
        """Have *workers* serve *listeners* and *sip*, and the first of them /metrics at *http*."""
        self._config = config
        self._started_with = config
        self._listeners = listeners
        self._http = http
        self._announcement = announcement
        self._sip = sip
        self._counters = Counters(workers, Cell.COUNT)
        self._children = [Child(number) for number in range(workers)]
        self._vigil = Vigil(self._counters)
        self._signals = Signals(SIGNALS)
        self._selector = selectors.DefaultSelector()
        self._announced = False
        self._stop_by_s: float | None = None
        self._reloads = 0

    def serve(self, began_s: float) -> None:
        """Return when every worker has ended as told; *began_s* is when the server was started.

        Raises:
            ServiceError: a worker ended before the server was complete.
        """
        gc.collect()
        gc.freeze()  # what is never looked at again stays shared with the workers
        with self._signals, self._selector:
            self._selector.register(self._signals, selectors.EVENT_READ, self._on_signals)
            try:
                for child in self._children:
                    self._start(child)
                while any(child.wanted for child in self._children):
                    self._wait()
                    self._announce_once(began_s)
                    self._strike_stuck()
                    self._restart_due()
                    self._kill_late()
            finally:
                self._kill()
        _log.info(event("stopped"))

    def _wait(self) -> None:
        """Sleep until something happens or is due, and act on it."""
        moments = [child.due_s for child in self._children if child.due_s is not None]
        moments.append(self._vigil.due_s if self._stop_by_s is None else self._stop_by_s)
        timeout_s = max(0.0, min(moments) - time.monotonic())
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def _on_signals(self) -> None:
        """Act on the signals that came, each once however often it came."""
        came = self._signals.take()
        if signal.SIGCHLD in came:
            self._reap()
        if signal.SIGHUP in came:
            self._reload()
        if came & {signal.SIGTERM, signal.SIGINT}:
            self._stop()

    def _start(self, child: Child) -> None:
        """Start a worker."""
        try:
            line = child.start(lambda parent: self._be_worker(child.number, parent))
        except OSError as error:
            self._ended(child, f"cannot be forked: {error.strerror}")
            return
        self._selector.register(line, selectors.EVENT_READ, lambda: self._hear(child, line))

    def _be_worker(self, number: int, parent: socket.socket) -> None:
        """Be the worker of that number, in its process: keep what is its own, and run."""
        self._selector.close()
        self._signals.close()
        self._announcement.close()
        for child in self._children:
            if child.line is not None:
                child.line.close()
        for listener in self._listeners:
            listener.close_others(number)
        if self._sip is not None:
            self._sip.close_others(number)
        http = self._http if number == 0 else None
        if self._http is not None and http is None:
            self._http.close()
        post = Post(number, self._config, self._listeners, http, self._counters, parent, self._sip)
        worker.run(post)

    def _hear(self, child: Child, line: socket.socket) -> None:
        """Note what a worker says; its end is seen when it is reaped."""
        # Both can wake the loop at once, so the line may be closed or another's by now.
        if child.line is line and not child.hear():
            self._selector.unregister(line)
        self._count_listening()

    def _announce_once(self, began_s: float) -> None:
        """Write the run file when all workers listen for the first time."""
        complete = all(child.listening for child in self._children)
        if self._announced or not complete or self._stop_by_s is not None:
            return
        self._announced = True
        addresses = tuple(str(listener.address) for listener in self._listeners)
        metrics = str(address_of(self._http)) if self._http is not None else ""
        sip = self._sip.addresses if self._sip is not None else ()
        sip_tls = self._sip.tls_addresses if self._sip is not None else ()
        workers = len(self._children)
        self._announcement.publish(
            RunFile(
                os.getpid(),
                int(time.time()),
                workers,
                addresses,
                metrics,
                sip,
                sip_tls,
                descriptors.limit(),
            )
        )
        where = {"listeners": addresses, "sip": sip, "sip_tls": sip_tls}
        told = {name: ",".join(texts) for name, texts in where.items() if texts}
        took_ms = round(1000 * (time.monotonic() - began_s))
        _log.info(event("serving", **told, metrics=metrics, workers=workers, took_ms=took_ms))

    def _reap(self) -> None:
        """Take note of every worker that has ended."""
        for child in self._children:
            if (how := child.reap()) is not None:
                self._ended(child, how)

    def _ended(self, child: Child, how: str) -> None:
        """Have a worker that ended unasked started again, sooner or later."""
        pid = child.pid
        if child.line is not None:
            with suppress(KeyError):
                self._selector.unregister(child.line)
        child.ended()
        self._count_listening()
        if self._stop_by_s is not None:
            return
        if not self._announced:
            raise ServiceError(f"worker {child.number} {how} before it could serve").advise(
                "What it said stands above; with --workers 1 it says it alone."
            )
        delay_s = child.plan_restart()
        _log.error(
            event("worker-died", worker=child.number, pid=pid, how=how, restart_in_s=delay_s)
        )

    def _strike_stuck(self) -> None:
        """End the workers that do not move, so that others take their places."""
        if self._stop_by_s is not None:
            return
        running = {child.number: child.listening for child in self._children if child.pid}
        for number in self._vigil.look(time.monotonic(), running):
            child = self._children[number]
            _log.error(event("worker-stuck", worker=number, pid=child.pid, action="killed"))
            child.strike()

    def _restart_due(self) -> None:
        """Start the workers again whose time has come."""
        for child in self._children:
            if child.due_s is not None and child.due_s <= time.monotonic():
                self._counters.parent.add(Cell.RESTARTS)
                self._start(child)

    def _count_listening(self) -> None:
        """Count the workers that listen."""
        listening = sum(child.listening for child in self._children)
        self._counters.parent.put(Cell.WORKERS, listening)

    def _reload(self) -> None:
        """Read the configuration again and have the workers do so; a faulty one changes nothing.

        Signals that come while one is acted on are one more reload: the last file holds.
        """
        try:
            fresh = configuration.load(self._config.home)
            sip = None if self._sip is None else self._sip.renewed(fresh)
        except Exception as error:  # whatever a file makes of us, the server goes on
            _log.error(event("reload-refused", why=error))
            return
        for setting in configuration.restart_needed(self._started_with, fresh):
            _log.warning(event("restart-needed", setting=setting))
        # A worker that is started again gets what the others have been told to take up.
        self._config, self._sip = fresh, sip
        log.set_level(fresh.log.level)
        self._say(Word.RELOAD)
        self._reloads += 1
        _log.info(event("reloaded", reloads=self._reloads))

    def _stop(self) -> None:
        """Have the workers drain; at the second time, end them."""
        if self._stop_by_s is not None:
            self._kill()
            return
        _log.info(event("stopping"))
        self._stop_by_s = time.monotonic() + DRAIN_S + 1
        self._say(Word.DRAIN)
        for child in self._children:
            child.due_s = None
        # A worker that has drained closes its sockets; they must not stay open here, unheard.
        for listener in self._listeners:
            listener.close()
        if self._sip is not None:
            self._sip.close()
        if self._http is not None:
            self._http.close()

    def _say(self, word: Word) -> None:
        """Give all workers an order."""
        for child in self._children:
            child.tell(word)

    def _kill_late(self) -> None:
        """End the workers that should long have ended."""
        if self._stop_by_s is not None and time.monotonic() >= self._stop_by_s:
            _log.error(event("drain-overdue", after_s=DRAIN_S + 1))
            self._kill()

    def _kill(self) -> None:
        """End every worker now."""
        for child in self._children:
            child.kill()
