"""The table of operations: all that people do, in one place.

Adding a capability is adding a row, its function in `work`, and the words of a command.
"""

from __future__ import annotations

from typing import Any, Final

from enumd.operations import (
    bulk,
    completion,
    endpoint,
    health,
    number,
    party,
    pool,
    record,
    setup,
    zone,
)
from enumd.operations.operation import Opens
from enumd.operations.operation import Operation as Op
from enumd.operations.request import Request
from enumd.operations.rights import (
    CLAIMANTS,
    EVERYBODY,
    OPERATORS,
    OWNERS,
    READERS,
    REGISTRARS,
    SUBJECTS,
)

READ: Final = Opens.READING
CHANGE: Final = Opens.CHANGE
ITSELF: Final = Opens.ITSELF

_N: Final = "/v1/numbers/{number}"
_E: Final = f"{_N}/endpoints"
_Z: Final = "/v1/zones/{apex}"
_P: Final = "/v1/pools/{name}"
_R: Final = "/v1/records"

# What else the log is told by what is done: a zone brings its NS records, a claim its holder.
_PUT: Final = ("record.put",)
_PUT_LESS: Final = ("record.put", "record.remove")
_ZONE_MADE: Final = ("zone.add", "record.put")
_ZONE_EDITED: Final = ("zone.edit", "record.put")
_ZONE_GONE: Final = ("zone.remove", "number.remove", "record.remove", "pool.remove")
_EXPIRED: Final = ("zone.expire",)
_MOVED: Final = ("number.transfer", "party.add")
_HOME_MADE: Final = (*_ZONE_MADE, "pool.add")

OPERATIONS: Final = (
    Op("number.find", number.FindNumbers, READ, EVERYBODY, "GET /v1/free", "free:find"),
    Op("number.list", number.ListNumbers, READ, SUBJECTS, "GET /v1/numbers", "number:listing"),
    Op("number.show", number.ShowNumber, READ, SUBJECTS, f"GET {_N}"),
    Op("number.log", number.ReadNumberLog, READ, SUBJECTS, f"GET {_N}/log"),
    Op("number.proof", number.AskProof, READ, OWNERS, f"GET {_N}/proof"),
    Op("number.hold", number.HoldNumber, CHANGE, CLAIMANTS, f"POST {_N}/hold", offers=True),
    Op(
        "number.claim",
        number.ClaimNumber,
        CHANGE,
        CLAIMANTS,
        "POST /v1/numbers",
        logs=("number.claim", "party.add"),
        live=True,
        offers=True,
    ),
    Op("number.release", number.ReleaseNumber, CHANGE, OWNERS, f"POST {_N}/release", live=True),
    Op("number.suspend", number.SuspendNumber, CHANGE, REGISTRARS, f"POST {_N}/suspend", live=True),
    Op("number.resume", number.ResumeNumber, CHANGE, REGISTRARS, f"POST {_N}/resume", live=True),
    Op(
        "number.transfer", number.TransferNumber, CHANGE, OWNERS, f"POST {_N}/transfer", logs=_MOVED
    ),
    Op("number.registrar", number.ChangeRegistrar, CHANGE, OWNERS, f"POST {_N}/registrar"),
    Op("number.recover", number.RecoverNumber, CHANGE, OPERATORS, f"POST {_N}/recover"),
    Op("number.ttl", endpoint.SetTtl, CHANGE, OWNERS, f"PUT {_N}/ttl", "endpoint:ttl", live=True),
    Op("endpoint.add", endpoint.AddEndpoint, CHANGE, OWNERS, f"POST {_E}", live=True),
    Op("endpoint.remove", endpoint.RemoveEndpoint, CHANGE, OWNERS, f"DELETE {_E}", live=True),
    Op("endpoint.move", endpoint.MoveEndpoint, CHANGE, OWNERS, f"PATCH {_E}", live=True),
    Op("endpoint.list", endpoint.ListEndpoints, READ, SUBJECTS, f"GET {_E}", "endpoint:listing"),
    Op("pool.list", pool.ListPools, READ, READERS, "GET /v1/pools", "pool:listing"),
    Op("pool.show", pool.ShowPool, READ, READERS, f"GET {_P}"),
    Op("pool.add", pool.AddPool, CHANGE, OPERATORS, "POST /v1/pools"),
    Op("pool.edit", pool.EditPool, CHANGE, OPERATORS, f"PATCH {_P}"),
    Op("pool.remove", pool.RemovePool, CHANGE, OPERATORS, f"DELETE {_P}"),
    Op("zone.list", zone.ListZones, READ, READERS, "GET /v1/zones", "zone:listing"),
    Op("zone.show", zone.ShowZone, READ, READERS, f"GET {_Z}"),
    Op("zone.check", zone.CheckZones, READ, OPERATORS, "GET /v1/check"),
    Op("zone.add", zone.AddZone, CHANGE, OPERATORS, "POST /v1/zones", logs=_ZONE_MADE),
    Op("zone.edit", zone.EditZone, CHANGE, OPERATORS, f"PATCH {_Z}", logs=_ZONE_EDITED),
    Op("zone.remove", zone.RemoveZone, CHANGE, OPERATORS, f"DELETE {_Z}", logs=_ZONE_GONE),
    Op("record.list", record.ListRecords, READ, READERS, f"GET {_R}", "record:listing"),
    Op("record.add", record.AddRecord, CHANGE, OPERATORS, f"POST {_R}", logs=_PUT),
    Op("record.remove", record.RemoveRecord, CHANGE, OPERATORS, f"DELETE {_R}", logs=_PUT_LESS),
    Op("party.list", party.ListParties, READ, OPERATORS, "GET /v1/parties", "party:listing"),
    Op("party.show", party.ShowParty, READ, OPERATORS, "GET /v1/parties/{name}"),
    Op("party.add", party.AddParty, CHANGE, OPERATORS, "POST /v1/parties"),
    Op(
        "registry.import",
        bulk.ImportFile,
        ITSELF,
        REGISTRARS,
        "POST /v1/import",
        "bulk:take_file",
        logs=("number.import", "record.import", "zone.import", "party.add", *_ZONE_MADE),
    ),
    Op("registry.export", bulk.ExportZone, READ, OPERATORS, "GET /v1/export", "bulk:export"),
    Op("registry.publish", bulk.PublishRegistry, ITSELF, OPERATORS, None, "bulk:publish", _EXPIRED),
    Op(
        "registry.examine",
        health.ExamineRegistry,
        READ,
        OPERATORS,
        "GET /v1/health",
        "health:examine",
    ),
    Op("registry.complete", completion.CompleteWord, READ, OPERATORS, None, "completion:complete"),
    Op("registry.make", setup.MakeHome, ITSELF, OPERATORS, None, "setup:make", _HOME_MADE),
    Op("registry.upgrade", setup.UpgradeRegistry, ITSELF, OPERATORS, None, "setup:upgrade"),
)
"""Every operation: its name, its request, what it opens, who may, and its place over HTTP."""

_BY_REQUEST: Final = {operation.request: operation for operation in OPERATIONS}


def operation_of(request: Request[Any]) -> Op:
    """Return the row of *request*."""
    return _BY_REQUEST[type(request)]
