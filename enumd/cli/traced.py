"""What becomes of a call, as a tree for a person and as plain values for programs.

The keys of the JSON, all of them always there::

    number, uri             what is called; the Request-URI of a SIP message
    caller, peer            who calls; the peer whose call it is
    verdict                 redirect, not found, gone, unavailable, incomplete, unanswered, broken
    sip                     status, why, retry_after_s: what SIP answers; status null for silence
    source                  index or dns: where that is from
    index                   status, tree, until, not_after: what our own index says
    dns                     outcome and steps of the other trees; null where they were not asked
    routes                  order, preference, service, uri: what is published for the number
    rules                   rule, uri, became, why: what each rule did to a URI, or to the call
    targets                 uri, q, order, preference, service: where the call goes, in order

and, where --source was given::

    sender                  address, allowed, network, realm, per_s, way_in: who that is, what it
                            needs, and the lines of enumd.toml that would let it in
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from enumd.cli.layout import Branch, Record
from enumd.cli.sender import sender_fields, sender_tree
from enumd.cli.spelling import grouped, local_time
from enumd.cli.steps import step_fields, step_lines
from enumd.cli.tracing import Traced
from enumd.operations.times import timestamp
from enumd.routing.decision import Decision, Step, Target
from enumd.routing.profile import Profile, Route
from enumd.serve.enum.finding import Finding


def fields_of(traced: Traced) -> Record:
    """Return what becomes of a call as plain values."""
    finding, decision = traced.finding, traced.decision
    resolution = finding.resolution if finding else None
    return {
        "number": str(traced.number) if traced.number else None,
        "uri": str(traced.request.uri) if traced.request else None,
        "caller": traced.caller or None,
        "peer": traced.peer.name,
        "verdict": decision.verdict.value if decision else None,
        "sip": {
            "status": traced.answer.status,
            "why": traced.answer.why,
            "retry_after_s": decision.retry_after_s if decision else None,
        },
        "source": _source(finding) if finding else None,
        "index": _index_fields(finding.ours) if finding else None,
        "dns": {
            "outcome": resolution.outcome.value,
            "steps": [step_fields(step) for step in resolution.trace],
        }
        if resolution
        else None,
        "routes": [_route_fields(route) for route in finding.entry.routes] if finding else [],
        "rules": [step._asdict() for step in decision.steps] if decision else [],
        "targets": [_target_fields(target) for target in decision.targets] if decision else [],
        **({"sender": sender_fields(traced.sender)} if traced.sender else {}),
    }


def tree_of(traced: Traced) -> Branch:
    """Return what becomes of a call as a person reads it."""
    answer, decision = traced.answer, traced.decision
    said = "no answer" if answer.status is None else f"SIP {answer.status}"
    good = answer.status < 400 if answer.status is not None else traced.admitted
    unnamed = traced.sender.address if traced.sender and not traced.request else "no number"
    name = grouped(str(traced.number)) if traced.number else unnamed
    if traced.admitted and traced.sender:
        return replace(sender_tree(traced.sender), style="green")
    verdict = decision.verdict.value if decision else answer.why
    below = [*_show_request(traced)]
    if traced.sender:
        below.append(sender_tree(traced.sender))
    if traced.finding:
        below += _show_finding(traced.finding)
    if decision:
        below += _show_decision(decision)
    return Branch(f"{name}  {verdict} ({said})", below, "green" if good else "red")


def _source(finding: Finding) -> str:
    """Return where the entry is from."""
    return "index" if finding.entry is finding.ours else "dns"


def _show_request(traced: Traced) -> Iterator[Branch]:
    """Yield what the call came as."""
    if traced.request:
        yield Branch(f"asked     {traced.request.method} {traced.request.uri}")
    if traced.caller:
        yield Branch(f"from      {traced.caller}")


def _show_finding(finding: Finding) -> Iterator[Branch]:
    """Yield what is known of the number, and from whom."""
    ours, entry = finding.ours, finding.entry
    times = [
        f"{word} {local_time(at_s)}"
        for word, at_s in (("until", ours.until_s), ("not after", ours.not_after_s))
        if at_s
    ]
    where = f"in {ours.tree}" if ours.tree else ""
    routes = [_route(route) for route in entry.routes]
    said = "  ".join(filter(None, ["index     " + ours.status.value, where, *times]))
    yield Branch(said, routes if entry is ours else ())
    if finding.resolution:
        lines = [line for step in finding.resolution.trace for line in step_lines(step)]
        below = [*map(Branch, lines), *(routes if entry is not ours else ())]
        yield Branch(f"dns       {finding.resolution.outcome.value}", below)


def _show_decision(decision: Decision) -> Iterator[Branch]:
    """Yield the rules that had a part, and where the call goes."""
    yield Branch("rules", [*map(_rule, decision.steps)])
    if decision.targets:
        yield Branch("targets", [_target(target) for target in decision.targets], "bold")
    if decision.retry_after_s:
        yield Branch(f"retry     after {decision.retry_after_s} s")


def _route(route: Route) -> Branch:
    """Return one published route."""
    return Branch(f"{route.order} {route.preference}  {route.service}  {route.uri}")


def _rule(step: Step) -> Branch:
    """Return what one rule did."""
    if not step.uri:
        return Branch(f"{step.rule:<8}  {step.why}")
    became = f" -> {step.became}" if step.became and step.became != step.uri else ""
    left_out = "" if step.became else " left out"
    style = "" if step.became else "dim"
    return Branch(f"{step.rule:<8}  {step.uri}{became}{left_out}: {step.why}", style=style)


def _target(target: Target) -> Branch:
    """Return one place to try."""
    return Branch(f"q={_q(target)}  {target.uri}", style="green")


def _q(target: Target) -> str:
    """Return the rank as the Contact has it."""
    return f"0.{target.q_percent:02d}"


def _index_fields(entry: Profile) -> Record:
    """Return what our index says as plain values."""
    return {
        "status": entry.status.value,
        "tree": str(entry.tree) if entry.tree else None,
        "until": timestamp(entry.until_s),
        "not_after": timestamp(entry.not_after_s),
    }


def _route_fields(route: Route) -> Record:
    """Return one published route as plain values."""
    return {
        "order": route.order,
        "preference": route.preference,
        "service": str(route.service),
        "uri": route.uri,
    }


def _target_fields(target: Target) -> Record:
    """Return one place to try as plain values."""
    route = target.route
    return {
        "uri": target.uri,
        "q": target.q_percent / 100,
        "order": route.order,
        "preference": route.preference,
        "service": str(route.service),
    }
