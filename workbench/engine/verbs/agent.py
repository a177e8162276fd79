"""``agent``: a model that calls tools until it can answer.

Each of its questions to the model and each call of a tool goes through the door by itself: recorded, priced,
within the budgets, answered from the record where it was asked before.
"""

from __future__ import annotations

from typing import Final

from workbench.engine.ask import Answer, AskOther
from workbench.engine.running import Work
from workbench.engine.verbs.asking import question
from workbench.engine.verbs.offering import plain_calls
from workbench.engine.verbs.texts import as_text, parsed
from workbench.engine.verbs.tool import calling
from workbench.errors import CallError, ErrorClass
from workbench.events import Json
from workbench.providers.port import Message
from workbench.providers.tool_calls import ToolCall
from workbench.recipe.model import Role

MENDABLE: Final[frozenset[ErrorClass]] = frozenset({"bug", "bad_request", "malformed", "timeout"})
"""What a tool may fail of and the model is told, so that it calls it otherwise, or goes without."""


async def perform(work: Work) -> dict[str, Json]:
    """``text``, ``data`` with ``output:``, and ``calls``: the calls that were made, each with its result."""
    step = work.step
    assert step.agent is not None
    asked = await question(work, step.agent)
    role = asked.role
    said: list[Message] = []
    made: list[Json] = []
    for _ in range(step.at_most):
        answer = await work.ask(asked.ask(role, said))
        if not answer.calls:
            data = parsed(answer.text) if answer.data is None and asked.schema is not None else answer.data
            return {"text": answer.text, "data": data, "calls": made}
        said.append(_said(answer))
        for call, plain in zip(answer.calls, plain_calls(answer.calls), strict=True):
            result = await _result(work, call)
            said.append(Message("tool", as_text(result.get("result", result.get("error"))), call_id=call.id))
            made.append({**plain, "result": None, "error": None, **result})
        role = _going_on(role, answer.target)
    raise CallError(
        "malformed", f"the model asked for tools {step.at_most} times and gave no answer",
        hint="at_most: bounds how often the agent asks its model",
    )  # fmt: skip


def _said(answer: Answer) -> Message:
    """The answer as it goes back to the model."""
    by = answer.target.partition("/")[0]
    return Message("assistant", answer.text, calls=answer.calls, turn=answer.turn, turn_by=by)


def _going_on(role: Role, target: str) -> Role:
    """The role as it goes on: who began is asked first, the others where that one fails."""
    others = tuple(each for each in role.candidates if each != target)
    return role.model_copy(update={"candidates": (target or role.candidates[0], *others), "policy": "fixed"})


async def _result(work: Work, call: ToolCall) -> dict[str, Json]:
    """What a tool gave, or why it gave nothing."""
    if call.name not in work.step.tools:
        return {"error": f"there is no tool {call.name!r}; there are: {', '.join(work.step.tools)}"}
    if call.given is None:
        return {"error": "the arguments are not a JSON object"}
    ask: AskOther = calling(work, call.name, dict(call.given))
    try:
        answer = await work.ask_aside(ask)
    except CallError as error:
        if error.error_class not in MENDABLE:
            raise
        return {"error": error.message}
    return {"result": answer.text if answer.data is None else answer.data}
