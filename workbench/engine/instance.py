"""One step instance: started, performed, checked by its gates, mended by ``on_fail``, finished."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final

from workbench.engine.ask import AskPerson, StepFailed, Stopped, Waiting
from workbench.engine.gating import FINAL, Checked, check_beside, check_input, check_output
from workbench.engine.mending import (
    given_fields,
    goes_on_without,
    instead,
    limit_of,
    next_action,
    next_of_cascade,
)
from workbench.engine.results import complete, empty_fields, group_cost
from workbench.engine.running import Work
from workbench.engine.scope import Scope
from workbench.engine.stream import Stream
from workbench.engine.verbs import PERFORM
from workbench.engine.verbs.recipe import inputs_within
from workbench.engine.verbs.texts import as_text
from workbench.errors import CallError, ErrorClass
from workbench.events import Json, Missing, StepFinished, StepStarted
from workbench.providers.port import Message
from workbench.recipe.expressions import ExpressionError, render_value
from workbench.recipe.model import FailAction, Instead, Step


class Waits:
    """The outcome of a step that waits for a person."""


WAITING: Final = Waits()

Group = Callable[[Mapping[str, Step], Scope], Awaitable[bool]]
"""Does the steps of a group within a scope; False when one waits for a person."""

UNGUARDED: Final = Checked({})
"""Of a step without guards: nothing is wrong with what goes into it."""

ASKS_AGAIN = frozenset({"retry", "revise", "escalate"})
"""Actions that do not help where a guard failed: the same would go in again."""


async def perform(work: Work, name: str, group: Group, reason: str = "") -> Json | Waits:
    """The result of one step instance; raises StepFailed when it fails for good."""
    step, stream = work.step, work.running.stream
    stream.emit(StepStarted(path=work.path, verb=step.verb, role=step.model))
    with failure_on_record(stream, work.path, step):
        try:
            by_hand = None if work.running.door.hands.idle else await _by_hand(work)
            result = by_hand or await _until_good(work, name, group)
        except Waiting:
            stream.emit(StepFinished(path=work.path, verb=step.verb, status="waiting"))
            return WAITING
    failed = result["failed"]
    if failed and "#" not in work.path:
        why = work.last_error or "; ".join(_complaints(result)) or "failed"
        work.running.lost.append(Missing(work.path, why, work.last_error_class or "gate"))
    complaints = "; ".join(
        f"{gate}: {each['reason']}" for gate, each in result["gates"].items() if not each["passed"]
    )
    stream.emit(
        StepFinished(
            path=work.path, verb=step.verb, status=result["status"], output=result,
            reason=", ".join(filter(None, (reason, work.reason, _declassified(work)))),
            error=(complaints or work.last_error) if failed else None,
            error_class=work.last_error_class or ("gate" if complaints else None) if failed else None,
        )
    )  # fmt: skip
    return result


def _declassified(work: Work) -> str:
    """That labels go no further than this step, and who stands behind it."""
    step = work.step
    if not step.declassify:
        return ""
    by = (
        "a person"
        if step.verb == "human" or work.model == "person"
        else "its gates"
        if step.gate
        else "its labels"
    )
    return f"{', '.join(step.declassify)} taken off by {by}"


async def mend(work: Work, result: Mapping[str, Json]) -> Json | Waits:
    """What becomes of a ``repeat`` whose kept pass is not good: mended by a person, continued, or failed."""
    complaints = _complaints(result)
    for action in work.step.fail_actions:
        if action == "continue":
            return result
        if action == "human":
            try:
                fields = await _mended_by_person(work, result, complaints)
            except Waiting:
                return WAITING
            return complete(fields, "done", cost=work.cost, model="person", gates=result["gates"])
        if isinstance(action, Instead):
            fields = instead(work, action, complaints)
            return complete(fields, "done", cost=work.cost, model="fallback", gates=result["gates"])
    raise StepFailed(
        work.path, "gate", f"no pass was good; the one kept: {'; '.join(complaints) or 'failed'}"
    )


@contextmanager
def failure_on_record(stream: Stream, path: str, step: Step) -> Iterator[None]:
    """Whatever ends the step early is on record as its end."""
    try:
        yield
    except StepFailed as error:
        stream.emit(
            StepFinished(
                path=path, verb=step.verb, status="failed", output=complete(empty_fields(step), "failed"),
                error=error.message, error_class=error.error_class,
            )
        )  # fmt: skip
        raise
    except (asyncio.CancelledError, Stopped):
        stream.emit(StepFinished(path=path, verb=step.verb, status="cancelled"))
        raise


def corrections_for(result: Mapping[str, Json] | None) -> tuple[Message, ...]:
    """What to tell a model about its failed output: the output, and what was wrong with it."""
    if not result or not result.get("failed"):
        return ()
    return _corrections(as_text(result.get("text") or ""), _complaints(result))


async def _by_hand(work: Work) -> dict[str, Json] | None:
    """The result when a person skips the step with an output of their own."""
    if work.step.verb in ("steps", "set", "recipe"):
        return None
    text = await work.running.door.hands.before_step(work.path, work.step.verb, work.names)
    if text is None:
        return None
    return complete({**empty_fields(work.step), **given_fields(work.step, text)}, "done", model="by hand")


async def _until_good(work: Work, name: str, group: Group) -> dict[str, Json]:
    actions: deque[FailAction | Instead] = deque(work.step.fail_actions)
    guarded = await _guarded(work) if work.step.guard else UNGUARDED
    if guarded.complaints:
        actions = deque(action for action in actions if action not in ASKS_AGAIN)
    while True:
        fields, complaints, verdicts = (
            (None, guarded.complaints, guarded.verdicts)
            if guarded.complaints
            else await _try(work, name, group, guarded.verdicts)
        )
        if not complaints:
            return complete(fields or {}, "done", cost=work.cost, model=work.model, gates=verdicts)
        if fields is not None and work.last_error is None and next_of_cascade(work, complaints):
            continue
        match next_action(work, actions, complaints):
            case "continue":
                fields = fields or empty_fields(work.step)
                return complete(fields, "failed", cost=work.cost, model=work.model, gates=verdicts)
            case "revise" if fields is not None:
                work.corrections = _corrections(as_text(fields.get("text") or ""), complaints)
            case "retry" | "revise" | "escalate":
                work.corrections = ()
            case "human":
                fields = await _mended_by_person(work, fields or {}, complaints)
                return complete(fields, "done", cost=work.cost, model="person", gates=verdicts)
            case Instead() as value:
                fields = instead(work, value, complaints)
                return complete(fields, "done", cost=work.cost, model="fallback", gates=verdicts)
            case _:
                raise StepFailed(
                    work.path, work.last_error_class or "gate", "; ".join(complaints), hint=work.last_hint,
                    over=work.last_over,
                )  # fmt: skip


async def _guarded(work: Work) -> Checked:
    """What the step's guards say of what goes into it."""
    try:
        checked = await check_input(work)
    except (CallError, ExpressionError) as error:
        _note(work, error)
        return Checked({}, (error.message,))
    if checked.error is not None:
        _note(work, checked.error)
    return checked


async def _try(
    work: Work, name: str, group: Group, guards: Mapping[str, Json]
) -> tuple[dict[str, Json] | None, tuple[str, ...], Mapping[str, Json]]:
    """One try at the step: its fields (None when it gave none), what is wrong with them, the verdicts."""
    work.last_error = work.last_error_class = work.last_over = None
    fields = None
    if work.step.gate is not None:
        work.check = partial(check_beside, work, name)
    try:
        fields = await _fields(work, group)
        if work.step.gate is None:
            return fields, (), guards
        checked = await check_output(work, name, complete(fields, "done", cost=work.cost, model=work.model))
    except (CallError, ExpressionError, StepFailed) as error:
        _note(work, error)
        return fields, (error.message,), guards
    finally:
        work.check = None  # it holds the work in its turn
    if checked.error is not None:
        _note(work, checked.error)
    return fields, checked.complaints, {**guards, **checked.verdicts}


def _note(work: Work, error: CallError | ExpressionError | StepFailed) -> None:
    """Keep why the step failed; raises StepFailed where nothing may mend it."""
    error_class: ErrorClass = "bad_request" if isinstance(error, ExpressionError) else error.error_class
    work.last_over = limit_of(error)
    if error_class in FINAL and not goes_on_without(work):
        path = error.path if isinstance(error, StepFailed) else work.path
        raise StepFailed(path, error_class, error.message, hint=error.hint, over=work.last_over) from error
    work.last_error, work.last_error_class, work.last_hint = error.message, error_class, error.hint


async def _fields(work: Work, group: Group) -> dict[str, Json]:
    step = work.step
    if step.verb not in ("steps", "recipe"):
        return await PERFORM[step.verb](work)
    assert step.steps is not None
    inner = work.scope.inner(work.path + "/", inputs_within(step, work.names), "input")
    try:
        async with work.running.door.budget.clock.limit(work.timeout):
            done = await group(step.steps, inner)
    except TimeoutError:
        raise CallError("timeout", f"the group took longer than {work.timeout:g} s") from None
    if not done:
        raise Waiting(work.path)
    results = {name: inner.values[name] for name in step.steps}
    work.costs = [group_cost(results)]
    if step.inside is not None:
        return {
            "outputs": {
                name: render_value(value, inner.values) for name, value in step.inside.outputs.items()
            }
        }
    return results


async def _mended_by_person(
    work: Work, fields: Mapping[str, Json], complaints: tuple[str, ...]
) -> dict[str, Json]:
    """The step's output, written by a person who is shown the failed one."""
    shown = fields.get("text")
    question = "\n\n".join(
        part
        for part in (
            f"Step {work.path} needs your help: {'; '.join(complaints)}.",
            f"Its output was:\n{as_text(shown)}" if shown else "",
            "What should its output be?",
        )
        if part
    )
    identity: dict[str, Json] = {"question": question, "choices": []}
    answer = await work.ask(AskPerson(work.path, "human", "person", identity, question=question))
    return {**empty_fields(work.step), **given_fields(work.step, answer.text)}


def _complaints(result: Mapping[str, Json]) -> tuple[str, ...]:
    gates = result.get("gates") or {}
    return tuple(f"{gate}: {each['reason']}" for gate, each in gates.items() if not each["passed"])


def _corrections(output: str, complaints: tuple[str, ...]) -> tuple[Message, ...]:
    listed = "\n".join(f"- {each}" for each in complaints)
    told = f"Your answer did not pass these checks:\n{listed}\nAnswer again and mend this."
    return (Message("assistant", output), Message("user", told))
