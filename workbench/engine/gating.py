"""Checks a step's output by its gates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.engine.running import Work
from workbench.engine.verbs.texts import as_text
from workbench.events import GateChecked, Json
from workbench.gates.registry import Subject, check
from workbench.recipe.expressions import render_value
from workbench.recipe.model import Similar

TEMPLATED = frozenset({"equals", "contains", "contains_any", "starts_with"})


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdicts on one output, by gate, and what to tell a model that must do better."""

    verdicts: Mapping[str, Json]
    complaints: tuple[str, ...]


async def check_output(work: Work, name: str, result: Mapping[str, Json]) -> Checked:
    """Run the step's gates on ``result``; ``expr`` sees it under the step's ``name``.  Emits each verdict."""
    assert work.step.gate is not None
    names = work.scope.values.new_child({name: result})
    subject = Subject(text=_text(result), data=result.get("data"), result=result, names=names)
    verdicts: dict[str, Json] = {}
    complaints: list[str] = []
    for gate, spec in work.step.gate.given().items():
        began = time.perf_counter()
        rendered = _rendered(gate, spec, names)
        # a pattern may take its time; the other gates take microseconds
        verdict = (
            await asyncio.to_thread(check, gate, rendered, subject)
            if gate == "regex"
            else check(gate, rendered, subject)
        )
        work.running.stream.emit(
            GateChecked(
                path=work.path, call=work.last_call, gate=gate, passed=verdict.passed, score=verdict.score,
                reason=verdict.reason, seconds=time.perf_counter() - began,
            )
        )  # fmt: skip
        verdicts[gate] = {"passed": verdict.passed, "score": verdict.score, "reason": verdict.reason}
        if not verdict.passed:
            complaints.append(f"{gate}: {verdict.reason}")
    return Checked(verdicts, tuple(complaints))


def _text(result: Mapping[str, Json]) -> str:
    for key in ("text", "answer", "label", "result", "data"):
        value = result.get(key)
        if value is not None:
            return as_text(value)
    return ""


def _rendered(gate: str, spec: Json, names: Mapping[str, Json]) -> Json:
    """The gate's settings with their templates filled in."""
    if gate in TEMPLATED:
        return render_value(list(spec) if isinstance(spec, tuple) else spec, names)
    if isinstance(spec, Similar):
        return spec.model_copy(update={"to": as_text(render_value(spec.to, names))})
    return spec
