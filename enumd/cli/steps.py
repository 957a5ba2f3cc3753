"""The look-ups of an ENUM query, as a person reads them and as plain values."""

from __future__ import annotations

from collections.abc import Iterator

from enumd.cli.layout import Record
from enumd.core.ddds import EnumStep, Failed, NoData, RecordsFound, Skipped


def step_fields(step: EnumStep) -> Record:
    """Return one look-up as plain values."""
    return {
        "owner_name": str(step.owner),
        "result": _result(step),
        "records": [
            {
                "record": str(judged.naptr),
                "uses": [f"{use.service} {use.uri}" for use in judged.uses],
                "referral": str(judged.referral) if judged.referral else None,
                "reasons": [{"rule": one.rule, "text": one.text} for one in judged.reasons],
            }
            for judged in step.judgements
        ],
    }


def step_lines(step: EnumStep) -> Iterator[str]:
    """Yield one look-up as a person reads it."""
    yield f"{step.owner}  {_result(step)}"
    for judged in step.judgements:
        yield f"  {judged.naptr}"
        for use in judged.uses:
            yield f"    use      {use.service} {use.uri}"
        if judged.referral:
            yield f"    go on    {judged.referral}"
        for reason in judged.reasons:
            yield f"    refused  {reason.text} ({reason.rule})"


def _result(step: EnumStep) -> str:
    """Return what a look-up gave."""
    result = step.result
    if isinstance(result, RecordsFound):
        count = len(result.naptrs)
        return f"{count} record{'s' * (count != 1)}, TTL {result.ttl_s} s"
    if isinstance(result, Failed):
        return f"failed: {result.why}"
    if isinstance(result, Skipped):
        return f"not asked: {result.why} ({result.rule})"
    return f"no data for {result.ttl_s} s" if isinstance(result, NoData) else "does not exist"
