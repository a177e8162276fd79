"""What to try next when a step failed: the next model, the next action, a value to go on with."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from workbench.engine.ask import StepFailed
from workbench.engine.results import empty_fields
from workbench.engine.running import Work
from workbench.engine.verbs.texts import as_text
from workbench.events import Json
from workbench.guard.over import OverBudget
from workbench.recipe.expressions import ExpressionError, render_value
from workbench.recipe.model import MODEL_VERBS, FailAction, Instead, Step


def next_of_cascade(work: Work, complaints: Sequence[str]) -> bool:
    """Go to the next model of a cascade whose step says nothing of ``escalate``; False when there is none."""
    if work.step.verb not in MODEL_VERBS or "escalate" in work.step.fail_actions:
        return False
    return work.running.role(work.step)[1].policy == "cascade" and _escalate(work, complaints)


def next_action(
    work: Work, actions: deque[FailAction | Instead], complaints: Sequence[str]
) -> FailAction | Instead:
    """The next action that can be done; ``fail`` after the last."""
    while actions:
        action = actions.popleft()
        if work.last_over is not None and not _helps(work, action):
            continue
        if action != "escalate" or _escalate(work, complaints):
            return action
    return "fail"


def limit_of(error: Exception) -> OverBudget | None:
    """The limit that made a call or a step fail; None when it was something else."""
    if isinstance(error, OverBudget):
        return error
    return error.over if isinstance(error, StepFailed) else None


def goes_on_without(work: Work) -> bool:
    """True when ``on_fail`` may speak though a limit was in the way.

    A limit above the step and its role ends the run, unless the step names a value to go on with.
    """
    over = work.last_over
    if over is None:
        return False
    return not over.ends_run(work.path) or any(isinstance(each, Instead) for each in work.step.fail_actions)


def _helps(work: Work, action: FailAction | Instead) -> bool:
    """Whether an action is of use where a limit was in the way: asking again is not."""
    over = work.last_over
    if isinstance(action, Instead) or over is None:
        return True
    return not over.ends_run(work.path) and action not in ("retry", "revise")


def _escalate(work: Work, complaints: Sequence[str]) -> bool:
    if work.step.verb not in MODEL_VERBS:
        return False
    why = "; ".join(complaints)
    if not work.pass_over(why):
        return False
    work.corrections = ()
    return True


def instead(work: Work, action: Instead, complaints: Sequence[str]) -> dict[str, Json]:
    """The fields of a step from the value given for its failure."""
    try:
        value = render_value(action.fallback, work.names)
    except ExpressionError as error:
        raise StepFailed(work.path, "bad_request", f"on_fail: {error.message}", hint=error.hint) from error
    work.reason = f"went on with its fallback value: {'; '.join(complaints)}"
    given = given_fields(work.step, as_text(value))
    if not isinstance(value, str):
        given |= {"result": value} if work.step.verb == "tool" else {}
        given |= {"data": value} if work.step.verb in ("prompt", "agent", "extract") else {}
    return {**empty_fields(work.step), **given}


def given_fields(step: Step, text: str) -> dict[str, Json]:
    """A verb's keys from an output given as text."""
    match step.verb:
        case "classify":
            return {"label": text.strip(), "text": text.strip()}
        case "recipe":
            return {"outputs": dict.fromkeys(step.inside.outputs if step.inside is not None else (), text)}
        case "human":
            return {"answer": text, "text": text}
        case "judge":
            score = float(text) if re.fullmatch(r"\s*(?:0?\.\d+|[01](?:\.0*)?)\s*", text) else None
            return {"score": score, "reason": text, "text": text}
        case "tool":
            return {"result": text, "text": text}
        case _:
            return {"text": text}
