"""The verb ``agent``: calls of tools until there is an answer, each through the door by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import Outcome, recipe, run
from workbench.engine.reuse import Rules
from workbench.errors import CallError
from workbench.events import CallStarted, Json
from workbench.providers.port import ModelRequest, Reply
from workbench.providers.tool_calls import ToolCall
from workbench.study.budgets import budget_of
from workbench.usage import Price, Usage

AGENT = """
    tools: {double: "tools.py:double", fail: "tools.py:fail"}
    steps:
      work: {agent: "Twice 4?", system: Be brief., tools: [double, fail], at_most: 3}
    outputs: {said: "{{ work.text }}", calls: "{{ work.calls }}", cost: "{{ work.cost }}"}
    """
TOOLS = """
    from pathlib import Path
    def double(number: int):
        with (Path(__file__).parent / "calls").open("a") as file:
            file.write(f"{number}\\n")
        return {"is": number * 2}
    def fail():
        raise ValueError("out of order")
    """
FILES = {"tools.py": TOOLS}
USED = Usage(input=10, output=5, state="reported")
Answer = Callable[[str, ModelRequest], Reply]


def wants(*calls: tuple[str, Json], text: str = "") -> Reply:
    """An answer that asks for tools."""
    asked = [
        ToolCall(name, given if isinstance(given, str) else json.dumps(given), f"c{number}")
        for number, (name, given) in enumerate(calls)
    ]
    return Reply(text, tool_calls=tuple(asked), finish="tool_calls", usage=USED, turn={"signed": 1})


def in_turn(*replies: Reply) -> Answer:
    left = list(replies)
    return lambda model, request: left.pop(0)


def done(text: str = "8") -> Reply:
    return Reply(text, usage=USED)


async def agent(folder: Path, *replies: Reply, text: str = AGENT, **more: Any) -> Outcome:
    made = recipe(folder, text, FILES)
    return await run(made, script=in_turn(*replies), budget=budget_of(made, None), **more)


async def test_it_calls_tools_until_it_can_answer(tmp_path: Path) -> None:
    price = Price(1_000_000_000, 2_000_000_000)
    found = await agent(
        tmp_path,
        wants(("double", {"number": 4}), ("double", {"number": 8}), text="Let me see."),
        done(),
        price=price,
    )
    assert found.outputs["said"] == "8"
    assert [(each["with"], each["result"], each["error"]) for each in found.outputs["calls"]] == [
        ({"number": 4}, {"is": 8}, None), ({"number": 8}, {"is": 16}, None),
    ]  # fmt: skip
    assert found.outputs["cost"] == pytest.approx(2 * 20e-6)
    started = found.events.of(CallStarted)
    assert [(each.kind, each.target, each.path) for each in started] == [
        ("model", "fake/a", "work"), ("tool", "double", "work"), ("tool", "double", "work"),
        ("model", "fake/a", "work"),
    ]  # fmt: skip
    messages = found.provider.asked[1][1].messages
    assert [(each.role, each.text) for each in messages[1:]] == [
        ("user", "Twice 4?"), ("assistant", "Let me see."), ("tool", '{"is": 8}'), ("tool", '{"is": 16}'),
    ]  # fmt: skip
    assert (messages[2].turn, messages[2].turn_by) == ({"signed": 1}, "fake")
    assert [each.call_id for each in messages[3:]] == ["c0", "c1"]
    kept = started[-1].request["messages"]
    assert kept[2]["calls"][1] == {"id": "c1", "name": "double", "arguments": '{"number": 8}'}
    assert kept[3]["call_id"] == "c0"


async def test_a_replay_asks_nobody_and_calls_nothing(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    first = await agent(tmp_path, wants(("double", {"number": 4}), ("fail", {})), done())
    assert "ValueError: out of order" in first.outputs["calls"][1]["error"]
    assert calls.read_text() == "4\n"
    again = recipe(tmp_path, AGENT, FILES)
    rules = Rules((first.recording(),), strict=True)
    replayed = await run(again, script=in_turn(), rules=rules, name="second")
    assert replayed.outputs == first.outputs
    assert replayed.provider.asked == []
    assert calls.read_text() == "4\n"


async def test_what_the_model_does_wrong_it_is_told(tmp_path: Path) -> None:
    found = await agent(
        tmp_path, wants(("doubel", {}), ("double", "[4"), ("double", {"nubmer": 4}), ("fail", "")), done()
    )
    told = [each.text for each in found.provider.asked[1][1].messages if each.role == "tool"]
    assert told[0] == "there is no tool 'doubel'; there are: double, fail"
    assert told[1] == "the arguments are not a JSON object"
    assert "nubmer" in told[2]
    assert "ValueError: out of order" in told[3]
    assert found.outputs["said"] == "8"


async def test_it_is_bounded(tmp_path: Path) -> None:
    again = [wants(("double", {"number": 4})) for _ in range(9)]
    found = await agent(tmp_path, *again)
    assert (found.ending.status, len(found.provider.asked)) == ("failed", 3)
    assert "asked for tools 3 times" in (found.ending.error or "")


async def test_budgets_hold_within_it(tmp_path: Path) -> None:
    again = [wants(("double", {"number": 4})) for _ in range(9)]
    text = AGENT.replace("steps:", "budget: {calls: 2}\n    steps:", 1)
    found = await agent(tmp_path, *again, text=text)
    assert found.ending.status == "over_budget"
    assert [each.kind for each in found.events.of(CallStarted)] == ["model", "tool"]


async def test_another_model_goes_on_where_one_fails(tmp_path: Path) -> None:
    def answer(model: str, request: ModelRequest) -> Reply:
        if len(request.messages) == 2:
            return wants(("double", {"number": 4}))
        if model == "a":
            raise CallError("quota", "nothing left", sent=False)
        return done(f"by {model}")

    text = AGENT.replace(
        "steps:", "models: {m: {candidates: [fake/a, fake/b], fallback: {on: [quota]}}}\n    steps:"
    )
    found = await run(recipe(tmp_path, text, FILES), script=answer)
    assert found.outputs["said"] == "by b"


async def test_an_answer_by_a_schema_and_a_revision(tmp_path: Path) -> None:
    text = AGENT.replace("at_most: 3}", "at_most: 3, output: {is: integer}, gate: {expr: work.data.is > 7},"
                         " on_fail: [revise]}")  # fmt: skip
    found = await agent(
        tmp_path,
        wants(("double", {"number": 4})),
        Reply('{"is": 7}', {"is": 7}),
        wants(("double", {"number": 4})),
        Reply('{"is": 8}', {"is": 8}),
        text=text,
    )
    assert found.outputs["said"] == '{"is": 8}'
    assert [each.role for each in found.provider.asked[2][1].messages] == [
        "system", "user", "assistant", "user"
    ]  # fmt: skip
