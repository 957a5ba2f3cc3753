"""The one tree of errors.

::

    EnumdError
    +- NumberError               the text is not an E.164 number               N1xx
    |  +- NotInternational       no leading "+" and no way to be sure          N101
    |  +- NumberTooLong          more digits than the limit                    N102
    |  +- ForeignCharacter       letters, extensions, foreign digits           N103
    |  +- NumberOutsideTree      the apex does not stand for this number       N104
    |  +- NotOneNumber           two numbers, a range, an extension            N105
    |  +- DecimalNumber          a program made a decimal fraction of it       N106
    |  +- ImpossibleNumber       too long or too short for its country         N107
    +- RecordError               something that must not be published          R2xx
    |  +- BadUri                 not an absolute URI, or wrong for the service R201
    |  +- BadEnumservice         not in the IANA table, nor "X-"               R202
    |  +- BadSubstitution        the regexp field breaks RFC 3402              R203
    |  +- BadNaptr               several reasons at once                       R204
    |  +- BadOwnerName           not a domain name, or not below the apex      R205
    +- WireError                 octets from the network                       W3xx
    |  +- NotAQuery              no header to answer, or that of a response    W301
    |  +- UnknownOpcode          an opcode other than QUERY                    W302
    |  +- FormError              octets that break RFC 1035, 6891 or 9619      W303
    |  +- BadVersion             an EDNS version above 0                       W304
    +- IndexFault                the published directory cannot be used        S4xx
    |  +- IndexMissing           nothing has been published here               S401
    |  +- IndexForeign           not ours, or another format version           S402
    |  +- IndexDamaged           torn or inconsistent                          S403
    |  +- IndexUnreachable       the operating system or LMDB refuses          S404
    +- RegistryError             refused by the system of record               G5xx
    |  +- NotFound               no such zone, pool, number, party             G501
    |  +- Conflict               taken, held, overlapping, already there       G502
    |  +- NotPermitted           the actor may not do this                     G503
    |  |  +- NotRecognised       a token that is none, has ended, was revoked  G510
    |  +- VerificationFailed     a recovery code does not match                G504
    |  +- RegistryUnusable       missing, or of another schema version         G505
    |  +- PolicyRefused          the registry's own rules say no               G506
    |  +- PartlyDone             some rows were taken and some were not        G507
    |  +- RegistryBusy           others are writing and did not finish in time G508
    |  +- UnreadableFile         an import file is not what it is said to be   G509
    +- SipError                  a SIP message or its use is wrong             P6xx
    |  +- NotSip                 octets to which no answer may be given        P601
    |  +- BrokenRequest          a request that gets a 4xx or 5xx, and why     P602
    |  +- BadPeer                a peer's policy contradicts itself            P603
    +- BadRequest                a request that cannot be meant                O9xx
    +- ConfigError               the configuration cannot be used              C7xx
    +- ServiceError              a socket, a worker or a peer                  V8xx

Errors keep their fields and compose their text late. Each raise brings the next step of its very
case with `advise`; where one brings none, the docstring of the class is what the CLI prints under
the text. `exit_status`: 1 operational, 2 usage, 3 not found, 4 conflict, 5 not permitted,
6 verification failed, 7 safety, 8 partly done.
"""

from __future__ import annotations

from enumd.errors.error import EnumdError, MarkedError
from enumd.errors.index import (
    IndexDamaged,
    IndexFault,
    IndexForeign,
    IndexMissing,
    IndexUnreachable,
)
from enumd.errors.messages import (
    BadPeer,
    BadVersion,
    BrokenRequest,
    FormError,
    NotAQuery,
    NotSip,
    SipError,
    UnknownOpcode,
    WireError,
)
from enumd.errors.registry import (
    Conflict,
    NotFound,
    NotPermitted,
    NotRecognised,
    PartlyDone,
    PolicyRefused,
    RegistryBusy,
    RegistryError,
    RegistryUnusable,
    UnreadableFile,
    VerificationFailed,
)
from enumd.errors.running import BadRequest, ConfigError, ServiceError
from enumd.errors.values import (
    BadEnumservice,
    BadNaptr,
    BadOwnerName,
    BadSubstitution,
    BadUri,
    DecimalNumber,
    ForeignCharacter,
    ImpossibleNumber,
    NotInternational,
    NotOneNumber,
    NumberError,
    NumberOutsideTree,
    NumberTooLong,
    RecordError,
)

__all__ = [
    "BadEnumservice",
    "BadNaptr",
    "BadOwnerName",
    "BadPeer",
    "BadRequest",
    "BadSubstitution",
    "BadUri",
    "BadVersion",
    "BrokenRequest",
    "ConfigError",
    "Conflict",
    "DecimalNumber",
    "EnumdError",
    "ForeignCharacter",
    "FormError",
    "ImpossibleNumber",
    "IndexDamaged",
    "IndexFault",
    "IndexForeign",
    "IndexMissing",
    "IndexUnreachable",
    "MarkedError",
    "NotAQuery",
    "NotFound",
    "NotInternational",
    "NotOneNumber",
    "NotPermitted",
    "NotRecognised",
    "NotSip",
    "NumberError",
    "NumberOutsideTree",
    "NumberTooLong",
    "PartlyDone",
    "PolicyRefused",
    "RecordError",
    "RegistryBusy",
    "RegistryError",
    "RegistryUnusable",
    "ServiceError",
    "SipError",
    "UnknownOpcode",
    "UnreadableFile",
    "VerificationFailed",
    "WireError",
]
