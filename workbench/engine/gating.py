"""Checks a step by its gates: what goes into it, and what comes out.

What can be computed is computed first.  Gates that ask somebody (a judge, a function of the recipe's folder)
go through the door, and only when all others have passed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.engine.ask import AskModel, AskOther, unbuilt
from workbench.engine.judging import judge_messages, judged
from workbench.engine.mending import given_fields
from workbench.engine.results import complete, empty_fields
from workbench.engine.running import Work
from workbench.engine.verbs.texts import as_text, parsed
from workbench.errors import CallError, ErrorClass
from workbench.events import GateChecked, Json, gate_label
from workbench.gates.checks import NoVerdict, read_check
from workbench.gates.grounded import found, source_text
from workbench.gates.registry import ASKING, Subject, Verdict, check
from workbench.gates.verdict import measured
from workbench.providers.port import Message, ModelRequest, Reply, Segment
from workbench.recipe.expressions import ExpressionError, render, render_value
from workbench.recipe.model import Check, Gate, Guard, Rubric, Similar, Step
from workbench.tools.python import call_function, load_function
from workbench.usage import NANO, dollars

TEMPLATED = frozenset({"equals", "contains", "contains_any", "starts_with"})
FINAL: frozenset[ErrorClass] = frozenset({"budget", "cancelled"})
"""Failures that ``on_fail`` cannot mend: they end the run."""
REQUEST = "request"
"""What a guard checks that names nothing: the text that the step would send."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdicts by gate, and what to tell a model that must do better.

    ``error`` is set where a gate could not say: its judge failed, its function broke.
    """

    verdicts: Mapping[str, Json]
    complaints: tuple[str, ...] = ()
    error: CallError | None = None


async def check_output(work: Work, name: str, result: Mapping[str, Json]) -> Checked:
    """Run the step's gates on ``result``; ``expr`` sees it under the step's ``name``.  Emits each verdict.

    Raises CallError where the run must end.
    """
    assert work.step.gate is not None
    names = work.scope.values.new_child({name: result})
    subject = Subject(text_of(result), result.get("data"), result, names, work.last_seconds)
    return await _Checking(work, subject).all(work.step.gate)


async def check_input(work: Work) -> Checked:
    """Run the step's guards on what goes into it; as ``check_output``."""
    verdicts: dict[str, Json] = {}
    complaints: tuple[str, ...] = ()
    for guard in work.step.guard:
        checked = await _Checking(work, _going_in(work, guard), guard.in_ or REQUEST).all(guard)
        verdicts |= checked.verdicts
        complaints += checked.complaints
        if checked.error is not None:
            return Checked(verdicts, complaints, checked.error)
    return Checked(verdicts, complaints)


def check_beside(work: Work, name: str, reply: Reply, cost: int | None, seconds: float) -> Mapping[str, Json]:
    """The verdicts of the step's gates on an answer that is not used; of those that ask nobody.

    ``asks`` among them says that other gates would have had their say too.
    """
    assert work.step.gate is not None
    fields = answered(work.step, reply.text, reply.data)
    result = complete(fields, "done", cost=dollars(cost), model=reply.model)
    names = work.scope.values.new_child({name: result})
    subject = Subject(text_of(result), result.get("data"), result, names, seconds)
    verdicts: dict[str, Json] = {}
    for gate, spec in work.step.gate.given().items():
        if gate in ASKING:
            verdicts["asks"] = True
            continue
        verdict = check(gate, rendered_spec(gate, spec, names), subject)
        verdicts[gate] = {"passed": verdict.passed, "score": verdict.score, "reason": verdict.reason}
    return verdicts


def answered(step: Step, text: str, data: Json) -> dict[str, Json]:
    """A step's keys from a model's answer to it."""
    fields = {**empty_fields(step), **given_fields(step, text)}
    if step.verb == "classify" and isinstance(data, Mapping):
        fields |= data
    elif data is not None:
        fields["data"] = data
    elif step.verb == "extract" or (step.verb == "prompt" and step.output is not None):
        fields["data"] = parsed(text)
    return fields


class _Checking:
    """The gates of one output or input."""

    def __init__(self, work: Work, subject: Subject, input_: str = "") -> None:
        self._work = work
        self._subject = subject
        self._input = input_

    async def all(self, gates: Gate) -> Checked:
        verdicts: dict[str, Json] = {}
        complaints: list[str] = []
        failed: CallError | None = None
        for gate, spec in gates.given().items():
            if gate in ASKING and complaints:
                break
            label = gate_label(gate, self._input)
            verdict, failed = await self._one(gate, spec)
            verdicts[label] = {"passed": verdict.passed, "score": verdict.score, "reason": verdict.reason}
            if not verdict.passed:
                complaints.append(f"{label}: {verdict.reason}")
            if failed is not None:
                break
        return Checked(verdicts, tuple(complaints), failed)

    async def _one(self, gate: str, spec: Json) -> tuple[Verdict, CallError | None]:
        """The verdict of one gate, on record; and why it has none."""
        work, began, paid = self._work, time.perf_counter(), len(self._work.costs)
        failed: CallError | None = None
        try:
            verdict = await self._verdict(gate, spec)
        except ExpressionError as error:
            failed = CallError("bad_request", error.message, hint=error.hint, sent=False)
        except CallError as error:
            if error.error_class in FINAL:
                raise
            failed = error
        if failed is not None:
            verdict = Verdict(False, None, f"it could not be checked: {failed.message}")
        work.running.stream.emit(
            GateChecked(
                path=work.path, call=None if self._input else work.last_call, gate=gate,
                passed=verdict.passed, score=verdict.score, reason=verdict.reason,
                seconds=time.perf_counter() - began, cost_nano=_nano(work.costs[paid:]), input=self._input,
            )
        )  # fmt: skip
        return verdict, failed

    async def _verdict(self, gate: str, spec: Json) -> Verdict:
        if isinstance(spec, Rubric):
            return await self._judge(spec)
        if isinstance(spec, Check):
            return await self._call(spec)
        if isinstance(spec, Similar) and spec.model is not None:
            return await self._near(spec)
        rendered = rendered_spec(gate, spec, self._subject.names)
        # a pattern may take its time; the other gates take microseconds
        if gate == "regex":
            return await asyncio.to_thread(check, gate, rendered, self._subject)
        return check(gate, rendered, self._subject)

    async def _judge(self, spec: Rubric) -> Verdict:
        """The judge's score, by a call through the door."""
        work, text = self._work, self._subject.text
        name, role = work.running.role_named(spec.model)
        rendered = render(spec.ask, self._subject.names)
        rubric = Message("user", rendered.text, work.scope.segments(rendered))
        source = Segment(0, len(text), "step", self._input or work.path) if text else None
        messages = judge_messages(rubric, Message("user", text, (source,) if source else ()))
        ask = AskModel(work.path, "model", name, {}, work.timeout, role=role, build=unbuilt, gate="rubric")
        verdict = await judged(work.ask_aside, ask, messages)
        told = f"{name} gives {verdict.score:.2f}"
        if verdict.score < spec.at_least:
            told += f", {spec.at_least:g} needed"
        reason = f"{told}: {verdict.reason}" if verdict.reason else told
        return measured(verdict.score >= spec.at_least, verdict.score, reason)

    async def _near(self, spec: Similar) -> Verdict:
        """How near two texts are in meaning, by a call of an embedding model through the door."""
        work, texts = self._work, (render(spec.to, self._subject.names).text, self._subject.text)
        name, role = work.running.role_named(spec.model)
        identity: dict[str, Json] = {"task": "compare", "text": texts[0], "with": texts[1]}

        async def build() -> ModelRequest:
            return ModelRequest("compare", tuple(Message("user", each) for each in texts), params=role.params)

        answer = await work.ask_aside(
            AskModel(work.path, "model", name, identity, work.timeout, role=role, build=build, gate="similar")
        )
        if not isinstance(answer.data, list) or len(answer.data) != 1:
            raise CallError("malformed", f"{name} compared nothing")
        score = float(answer.data[0])
        needed = "" if score >= spec.at_least else f", {spec.at_least:g} needed"
        return measured(score >= spec.at_least, score, f"{score:.2f} alike in meaning{needed}")

    async def _call(self, spec: Check) -> Verdict:
        """What a function of the recipe's folder says, by a call through the door."""
        work, running = self._work, self._work.running
        given = {key: render_value(value, self._subject.names) for key, value in spec.with_.items()}
        arguments: dict[str, Json] = {"text": self._subject.text, **given}
        file, _, function = spec.call.rpartition(":")
        identity: dict[str, Json] = {
            "function": spec.call, "code": running.recipe.file_hashes.get(file, ""), "with": arguments,
        }  # fmt: skip

        async def run() -> tuple[str, Json]:
            loaded = await asyncio.to_thread(load_function, running.recipe.folder, spec.call)
            result = await call_function(loaded, arguments)
            return as_text(result), result

        shown = f"{function}({', '.join(f'{key}={as_text(value)}' for key, value in arguments.items())})"
        answer = await work.ask_aside(
            AskOther(
                work.path, "tool", spec.call, identity, work.timeout, perform=run, shown=shown, gate="python"
            )
        )
        try:
            return read_check(function, answer.data if answer.data is not None else parsed(answer.text),
                              spec.at_least)  # fmt: skip
        except NoVerdict as error:
            raise CallError("malformed", str(error), hint=f"see {file}") from None


def _nano(costs: Sequence[float | None]) -> int | None:
    known = [cost for cost in costs if cost is not None]
    return round(sum(known) * NANO) if len(known) == len(costs) else None


def _going_in(work: Work, guard: Guard) -> Subject:
    """What a guard checks."""
    names = work.scope.values
    if guard.in_ is None:
        return Subject(_request(work), None, {}, names)
    value = found(guard.in_, names)
    result = value if isinstance(value, Mapping) else {"score": value}
    data = result.get("data") if isinstance(value, Mapping) else None if isinstance(value, str) else value
    return Subject(source_text(guard.in_, names), data, result, names)


def _request(work: Work) -> str:
    """The text that a step is about to send."""
    step, names = work.step, work.scope.values
    if step.verb == "tool":
        return as_text({key: render_value(value, names) for key, value in step.with_.items()})
    return render(work.running.recipe.text(getattr(step, step.verb)), names).text


def text_of(result: Mapping[str, Json]) -> str:
    """What gates read of a result."""
    for key in ("text", "answer", "label", "result", "data"):
        value = result.get(key)
        if value is not None:
            return as_text(value)
    return ""


def rendered_spec(gate: str, spec: Json, names: Mapping[str, Json]) -> Json:
    """The gate's settings with their templates filled in."""
    if gate in TEMPLATED:
        return render_value(list(spec) if isinstance(spec, tuple) else spec, names)
    if isinstance(spec, Similar):
        return spec.model_copy(update={"to": as_text(render_value(spec.to, names))})
    return spec
