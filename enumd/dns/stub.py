"""The part of a stub resolver that needs no socket: what to ask of whom, what a reply says.

A look-up is a generator that yields each question it wants put to a server and is sent the reply,
or why there is none, so a blocking client and one on a reactor drive the same code::

    steps = naptrs(owner, servers)
    ask = next(steps)
    ...  ask = steps.send(a reply, or Silence)  ...  StopIteration.value is the LookupResult

A question goes out with EDNS, again without it to a server that does not know it (RFC 6891 section
7), to the next server when one is silent or refuses, and so around all servers a few times. Only
NOERROR and NXDOMAIN say something of a name: a server that fails never makes a name "not found".
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from enumd.core.ddds import Failed, LookupResult, NoData, NxDomain, RecordsFound
from enumd.core.naptr import Naptr

ROUNDS: Final = 2
"""How often a question goes around all servers."""

MAX_ALIASES: Final = 8
"""Questions asked for one name because each answer led on to another name."""

PAYLOAD_OCTETS: Final = 1232
"""The longest reply over UDP that is asked for (RFC 9715)."""

_CONCLUSIVE: Final = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
_WITHOUT_EDNS: Final = (dns.rcode.FORMERR, dns.rcode.NOTIMP)

Server = TypeVar("Server")


class Ask(NamedTuple, Generic[Server]):
    """A question that is to be put to a server, over UDP and, where its reply is cut, TCP."""

    server: Server
    name: dns.name.Name
    rdtype: dns.rdatatype.RdataType = dns.rdatatype.NAPTR
    edns: bool = True

    def query(self, ident: int) -> dns.message.QueryMessage:
        """Return the message, under the random number *ident*."""
        use_edns, payload = (0, PAYLOAD_OCTETS) if self.edns else (None, None)
        return dns.message.make_query(
            self.name, self.rdtype, use_edns=use_edns, payload=payload, id=ident
        )


class ServerSilence(NamedTuple):
    """There was no reply."""

    why: str
    final: bool = False
    """There is no time left to ask another server."""


Heard = dns.message.QueryMessage | ServerSilence
Asking = Generator[Ask[Server], Heard, LookupResult]
"""A look-up that is under way."""


def naptrs(owner: dns.name.Name, servers: Sequence[Server], rounds: int = ROUNDS) -> Asking[Server]:
    """Ask *servers* for the NAPTRs at *owner*, aliases followed."""
    least_s: int | None = None
    for _ in range(MAX_ALIASES):
        reply = yield from _ask_around(owner, servers, rounds)
        if isinstance(reply, Failed):
            return reply
        try:
            chain = reply.resolve_chaining()
        except dns.exception.DNSException as error:
            return Failed(f"{owner}: the reply makes no sense: {error or type(error).__name__}")
        least_s = chain.minimum_ttl if least_s is None else min(least_s, chain.minimum_ttl)
        if chain.answer is not None:
            return RecordsFound(
                tuple(Naptr.from_rdata(one.to_wire()) for one in chain.answer), least_s
            )
        if reply.rcode() == dns.rcode.NXDOMAIN:
            return NxDomain(_negative_ttl_s(reply, least_s))
        if not chain.cnames:
            return _nothing(owner, reply, least_s)
        # The alias leads out of what this server knows; the name it leads to is asked for.
        owner = chain.canonical_name
    return Failed(f"{owner}: more than {MAX_ALIASES} aliases in a row")


def question(
    server: Server, name: dns.name.Name, rdtype: dns.rdatatype.RdataType = dns.rdatatype.NAPTR
) -> Generator[Ask[Server], Heard, Heard]:
    """Ask one server one question; without EDNS where it says that it does not know that."""
    heard = yield Ask(server, name, rdtype)
    if not isinstance(heard, ServerSilence) and heard.rcode() in _WITHOUT_EDNS and heard.edns < 0:
        heard = yield Ask(server, name, rdtype, edns=False)
    return heard


def reply_to(query: dns.message.QueryMessage, octets: bytes) -> dns.message.QueryMessage | None:
    """Return the reply to *query* in *octets*; None for anything else, which is to be ignored.

    A reply has the number of the query and its question (RFC 5452 section 9.1); whether it came
    from where the query went, the socket has to know. One that is cut may end anywhere.
    """
    try:
        reply = dns.message.from_wire(octets, raise_on_truncation=True)
    except dns.message.Truncated as cut:
        reply = cut.message()  # type: ignore[no-untyped-call]
    except Exception:  # whatever a peer may send, and whatever that leads the parser to
        return None
    return (
        reply if isinstance(reply, dns.message.QueryMessage) and query.is_response(reply) else None
    )


def refusal(reply: dns.message.Message) -> str | None:
    """Return why a reply says nothing of the name, code and extended errors; None if it does."""
    if reply.flags & dns.flags.TC:
        return "the reply is cut, even over TCP"
    if reply.rcode() in _CONCLUSIVE:
        return None
    return " ".join([dns.rcode.to_text(reply.rcode()), *map(str, reply.extended_errors())])


def _ask_around(
    owner: dns.name.Name, servers: Sequence[Server], rounds: int
) -> Generator[Ask[Server], Heard, dns.message.QueryMessage | Failed]:
    """Return the first reply that says whether the name exists, or why there is none."""
    reasons: dict[str, None] = {}
    for server in [*servers] * rounds:
        heard = yield from question(server, owner)
        if not isinstance(heard, ServerSilence):
            if (why := refusal(heard)) is None:
                return heard
            reasons[f"{server}: {why}"] = None
        elif heard.final:
            reasons[heard.why] = None
            break
        else:
            reasons[f"{server}: {heard.why}"] = None
    return Failed(f"{owner}: " + ("; ".join(reasons) or "there is no server to ask"))


def _nothing(owner: dns.name.Name, reply: dns.message.QueryMessage, ttl_s: int) -> LookupResult:
    """Return what a reply without records means: no data, or go and ask elsewhere."""
    types = {rrset.rdtype for rrset in reply.authority}
    if dns.rdatatype.NS in types and dns.rdatatype.SOA not in types:
        servers = [str(one) for rrset in reply.authority for one in rrset]
        return Failed(f"{owner}: the server refers to {', '.join(servers)}; ask a resolver")
    return NoData(_negative_ttl_s(reply, ttl_s))


def _negative_ttl_s(reply: dns.message.QueryMessage, ttl_s: int) -> int:
    """Return how long "no" may be remembered; not at all without an SOA (RFC 2308 section 5)."""
    known = any(rrset.rdtype == dns.rdatatype.SOA for rrset in reply.authority)
    return ttl_s if known else 0
