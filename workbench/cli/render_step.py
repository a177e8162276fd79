"""One step of a run: what was asked, what came back, why this model, the checks, every attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from workbench.cli.blocks import Block, Column, Grid, Line, Span, flat, line, title
from workbench.cli.formats import at_most, count, duration, percent, state, value_text
from workbench.cli.render_runs import iso
from workbench.events import Json, asked_by
from workbench.ledger.rows import CallRow, DecisionRow, GateRow, StepDetail
from workbench.providers.tool_calls import calls_of, said_by
from workbench.usage import dollars, money, price_in_words

COMMON = ("status", "failed", "skipped", "cost", "model", "gates")
"""Keys of every result, which the page tells elsewhere."""


def step_page(detail: StepDetail, *, raw: bool) -> list[Block]:
    """All that ``show RUN STEP`` tells."""
    row = detail.step
    head = flat(Span(f"step {row.path}", "bold"), f"  {row.verb}  ", state(row.status))
    cost = money(row.cost_nano) if detail.calls else ""
    figures = [row.model, cost, duration(row.seconds), count(row.attempts, "attempt")]
    if row.reused:
        figures.append(f"{row.reused:,} recorded")
    blocks: list[Block] = [head, flat(" · ".join(each for each in figures if each))]
    if row.reason:
        blocks.append(flat(Span(row.reason, "dim")))
    if row.error:
        blocks.append(line(Span(f"{row.error_class or 'error'}: ", "bold red"), row.error))
    for call in detail.calls:
        blocks += [line(), *_call(call, detail.decisions, raw=raw)]
    asked = {(call.call, call.attempt) for call in detail.calls}
    for decision in detail.decisions:  # of calls that no budget held, or that had no turn
        if (decision.call, decision.attempt) not in asked:
            blocks += [line(), flat(Span(f"model {decision.call}", "bold"), "  not asked"), *_why(decision)]
    blocks += _gates(detail.gates)
    given = None if detail.calls and _is_said(detail) else _given(detail.output)
    if given not in (None, {}):
        blocks += [line(), title("output"), line(value_text(given), indent=2)]
    return blocks


def _is_said(detail: StepDetail) -> bool:
    """Whether the output is what a call said, and so is shown with it."""
    return not (isinstance(detail.output, Mapping) and detail.output.get("model") == "fallback")


def _given(output: Json) -> Json:
    """What a step gave: of a result its own keys, as text where that is all."""
    if not isinstance(output, Mapping) or "status" not in output:
        return output
    given = {key: value for key, value in output.items() if key not in COMMON and value is not None}
    return given["text"] if given.keys() == {"text"} else given


def _call(call: CallRow, decisions: Sequence[DecisionRow], *, raw: bool) -> list[Block]:
    decision = next(
        (each for each in decisions if (each.call, each.attempt) == (call.call, call.attempt)), None
    )
    blocks: list[Block] = [_call_head(call)]
    if call.source:
        run, number, attempt = call.source
        blocks.append(flat(Span(f"answered from run {run}, call {number}, attempt {attempt}", "dim")))
    if call.status == "unknown":
        blocks.append(flat(Span("outcome unknown, may have been billed", "yellow")))
    if raw:
        return [*blocks, *_raw(call)]
    blocks += [*_request(call.request), *_answer(call)]
    return [*blocks, *_why(decision)] if decision else blocks


def _call_head(call: CallRow) -> Line:
    usage = call.usage
    tokens = "" if usage.input is None else f"{usage.input_total:,} in, {usage.output or 0:,} out"
    figures = (money(call.cost_nano), duration(call.seconds), tokens, call.finish)
    again = f" attempt {call.attempt}" if call.attempt > 1 else ""
    return flat(
        Span(f"{call.kind} {call.call}{again}", "bold"),
        f" {asked_by(call.gate)}" if call.gate and call.gate != call.kind else "",
        f"  {call.model or call.target}  ",
        state(call.status),
        f"  {' · '.join(figure for figure in figures if figure)}",
    )


def _request(request: Mapping[str, Json]) -> list[Block]:
    messages = messages_of(request)
    if not messages:
        return [flat(Span("asked", "dim"), indent=2), line(value_text(dict(request)), indent=4)]
    return [
        block
        for role, text in messages
        for block in (flat(Span(role, "dim"), indent=2), line(text, indent=4))
    ]


def messages_of(request: Mapping[str, Json]) -> list[tuple[str, str]]:
    """The messages of a request as (role, text), in whichever of the usual shapes they were kept."""
    found = []
    for message in request.get("messages") or ():
        if isinstance(message, Mapping):
            found.append((str(message.get("role", "")), said_by(message)))
        elif isinstance(message, list | tuple) and len(message) > 1:
            found.append((str(message[0]), str(message[1])))
    return found


def _answer(call: CallRow) -> list[Block]:
    failed: list[Block] = []
    if call.error:
        failed = [line(Span(f"{call.error_class}: ", "red"), call.error, indent=2)]
    answer = call.answer
    if answer is None or (failed and not any(answer.values())):
        return failed
    return [*failed, *_thought(answer), *_said(answer, "arrived until then" if failed else "answer")]


def _thought(answer: Mapping[str, Json]) -> list[Block]:
    thought = answer.get("reasoning")
    return (
        [flat(Span("reasoning", "dim"), indent=2), line(Span(str(thought), "dim"), indent=4)]
        if thought
        else []
    )


def _said(answer: Mapping[str, Json], heading: str) -> list[Block]:
    text, data = answer.get("text"), answer.get("data")
    asked_for = calls_of(answer)
    shown = text if isinstance(text, str) and (text or asked_for) else value_text(data)
    blocks: list[Block] = []
    if shown or not asked_for:
        blocks = [flat(Span(heading, "dim"), indent=2), line(shown, indent=4)]
    if data is not None and shown == text and value_text(data) != text:
        blocks.append(line(Span(value_text(data), "dim"), indent=4))
    return blocks + [
        line(Span("asks for ", "dim"), f"{each.name}({each.arguments})", indent=2) for each in asked_for
    ]


def _why(decision: DecisionRow) -> list[Block]:
    rows = [
        (
            "→" if each.chosen else "",
            each.model,
            price_in_words(each.price),
            at_most(each.estimate_nano),
            "" if each.seconds is None else duration(each.seconds),
            each.health,
            percent(each.score),
            each.reason,
        )
        for each in decision.candidates
    ]
    columns = [
        Column(""), Column("model"), Column("price", "right", spare=2), Column("at most", "right"),
        Column("usual", "right", spare=1), Column("health"), Column("chance", "right"),
        Column("why", shrink=True, below=True),
    ]  # fmt: skip
    told = f"{decision.role} by {decision.policy}: {decision.reason}"
    return [flat(Span("why", "dim"), f" {told}", indent=2), Grid(columns, rows)]


def _gates(gates: Sequence[GateRow]) -> list[Block]:
    if not gates:
        return []
    several = len({gate.call for gate in gates if gate.call is not None}) > 1
    rows = [
        (
            state("done" if gate.passed else "failed").text[:1], gate.label,
            str(gate.call) if several and gate.call is not None else "", percent(gate.score),
            money(gate.cost_nano) if gate.cost_nano != 0 else "", gate.reason,
        )
        for gate in gates
    ]  # fmt: skip
    columns = [
        Column(""), Column("gate"), Column("call", "right", spare=2), Column("score", "right"),
        Column("cost", "right", spare=1), Column("reason", shrink=True),
    ]  # fmt: skip
    return [line(), title("gates"), Grid(columns, rows)]


def _raw(call: CallRow) -> list[Block]:
    parts = (("request", call.request), ("answer", call.answer), ("wire", call.raw))
    return [
        block
        for name, part in parts
        if part is not None
        for block in (flat(Span(name, "dim"), indent=2), line(value_text(dict(part)), indent=4))
    ]


def step_json(run: str, detail: StepDetail, *, raw: bool) -> dict[str, Json]:
    """One step for programs."""
    row = detail.step
    return {
        "run": run,
        "path": row.path,
        "verb": row.verb,
        "status": row.status,
        "model": row.model,
        "attempts": row.attempts,
        "reused": row.reused,
        "cost_usd": dollars(row.cost_nano),
        "seconds": row.seconds,
        "tokens": {"in": row.tokens_in, "out": row.tokens_out},
        "reason": row.reason,
        "error": row.error,
        "error_class": row.error_class,
        "output": detail.output,
        "calls": [_call_json(call, raw=raw) for call in detail.calls],
        "decisions": [_decision_json(decision) for decision in detail.decisions],
        "gates": [asdict(gate) for gate in detail.gates],
    }


def _call_json(call: CallRow, *, raw: bool) -> dict[str, Json]:
    told: dict[str, Json] = {
        "call": call.call,
        "attempt": call.attempt,
        "kind": call.kind,
        "target": call.target,
        "status": call.status,
        "fingerprint": call.fingerprint,
        "started": iso(call.started),
        "seconds": call.seconds,
        "first_token": call.first_token,
        "request": dict(call.request),
        "answer": None if call.answer is None else dict(call.answer),
        "model": call.model,
        "finish": call.finish,
        "usage": asdict(call.usage),
        "cost_usd": dollars(call.cost_nano),
        "error": call.error,
        "error_class": call.error_class,
        "source": call.source,
        "gate": call.gate or None,
    }
    return {**told, "raw": call.raw} if raw else told


def _decision_json(decision: DecisionRow) -> dict[str, Json]:
    candidates = [
        {
            "model": each.model,
            "chosen": each.chosen,
            "reason": each.reason,
            "estimate_usd": dollars(each.estimate_nano),
            "price_usd": None
            if each.price is None
            else [dollars(each.price.input), dollars(each.price.output)],
            "seconds": each.seconds,
            "health": each.health or None,
            "score": each.score,
        }
        for each in decision.candidates
    ]
    return {
        "call": decision.call,
        "attempt": decision.attempt,
        "role": decision.role,
        "policy": decision.policy,
        "chosen": decision.chosen,
        "reason": decision.reason,
        "candidates": candidates,
    }
