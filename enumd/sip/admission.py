"""Who is let in: rates, strangers, credentials, and a server that goes down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from enumd.sip.digest import Proof
from enumd.sip.message import Request
from enumd.sip.nonces import NonceCounts
from enumd.sip.peer import Peer, Peers, bucket_of
from enumd.sip.rate import Allowance, Limiter
from enumd.sip.redirect import RETRY_S, UNKNOWN_SOURCE, CallAnswer, refusal
from enumd.sip.transport import Source

_TOLD_AT_ONCE: Final = 16


class Admission:
    """What is decided about a request before it is looked at any further."""

    def __init__(self, peers: Peers, secret: bytes, salt: Callable[[], bytes]) -> None:
        """Let *peers* in; *secret* and *salt* are those of `RedirectServer`."""
        self.peers = peers
        self.draining = False
        self.limiter = Limiter()
        self._secret = secret
        self._salt = salt
        self._counts = NonceCounts()
        self._refused: list[Source] = []

    def refused(self) -> list[Source]:
        """Return strangers that were refused since the last time, some of them if they are many."""
        refused, self._refused = self._refused, []
        return refused

    def take(self, peer: Peer, source: Source, now_s: float) -> Allowance:
        """Take a token from the bucket of *source*, where there is a limit."""
        if peer.rate is None:
            return Allowance.PASS
        return self.limiter.take(bucket_of(peer, source), peer.rate, now_s)

    def answer_busy(self, peer: Peer, source: Source) -> CallAnswer:
        """Return the answer to a source that sent too much (RFC 3261 section 21.5.4)."""
        wait_s = self.limiter.retry_after_s(bucket_of(peer, source))
        return refusal(503, "too many requests from this source", b"Retry-After: %d\r\n" % wait_s)

    def turn_away(
        self, allowance: Allowance, request: Request, peer: Peer, source: Source, now_s: float
    ) -> CallAnswer | None:
        """Return the refusal of a request that is not looked at any further, or None."""
        if allowance is Allowance.REFUSE:
            return self.answer_busy(peer, source)
        if not peer.allowed:
            if peer is self.peers.stranger and len(self._refused) < _TOLD_AT_ONCE:
                self._refused.append(source)
            return UNKNOWN_SOURCE
        if self.draining:
            return refusal(503, "this server is going down", b"Retry-After: %d\r\n" % RETRY_S)
        if peer.digest is None:
            return None
        proof = peer.digest.prove(request, self._secret, now_s, self._counts)
        if proof is Proof.GOOD:
            return None
        if proof is Proof.MISPLACED:
            return refusal(400, "the credentials are for another Request-URI")
        stale = proof is Proof.STALE
        challenge = peer.digest.challenge(self._secret, now_s, self._salt(), stale=stale)
        return CallAnswer(401, challenge, "credentials are needed")
