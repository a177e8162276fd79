"""Stepping belongs to the engine: what a controller may do at each stop, and that replays do the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.engine.kit import Outcome, recipe, run
from workbench.engine.control import (
    GO,
    AnswerStop,
    CallStop,
    EditOutput,
    EditRequest,
    Move,
    Retry,
    Skip,
    StepStop,
    Stop,
    SwapModel,
)
from workbench.engine.reuse import Rules
from workbench.events import RunFinished
from workbench.guard.budget import Budget
from workbench.providers.port import Message, ModelRequest, Reply

pytestmark = pytest.mark.usefixtures("leaping_clock")

TWO = """
steps:
  one: {prompt: first}
  two: {prompt: "then {{ one.text }}"}
outputs: {said: "{{ two.text }}"}
"""


def go(stop: object) -> Move:
    return GO


@dataclass
class Script:
    """A controller that answers by functions and keeps its stops."""

    step: Callable[[StepStop], Move] = go
    call: Callable[[CallStop], Move] = go
    answer: Callable[[AnswerStop], Move] = go
    stops: list[str] = field(default_factory=list)
    thinks: float = 0.0

    async def before_step(self, stop: StepStop) -> Move:
        self.stops.append(f"step {stop.path}")
        await asyncio.sleep(self.thinks)
        return self.step(stop)

    async def before_call(self, stop: CallStop) -> Move:
        self.stops.append(f"call {stop.path} {stop.target}: {stop.messages[-1].text}")
        return self.call(stop)

    async def after_call(self, stop: AnswerStop) -> Move:
        self.stops.append(f"answer {stop.path}: {stop.text}")
        return self.answer(stop)


async def both(folder: Path, controller: Script, text: str = TWO) -> tuple[Outcome, Outcome]:
    """A stepped run and its replay without anyone at the keys."""
    loaded = recipe(folder, text)
    first = await run(loaded, controller=controller)
    again = await run(loaded, name="second", rules=Rules((first.recording(),), strict=True))
    assert again.provider.asked == []
    return first, again


async def test_every_stop_is_offered_with_what_is_at_hand(tmp_path: Path) -> None:
    script = Script()
    await run(recipe(tmp_path, TWO), controller=script)
    assert script.stops == [
        "step one", "call one fake/a: first", "answer one: FIRST",
        "step two", "call two fake/a: then FIRST", "answer two: THEN FIRST",
    ]  # fmt: skip


async def test_an_edited_request_is_sent_and_replays(tmp_path: Path) -> None:
    def edit(stop: CallStop) -> Move:
        return EditRequest((Message("user", "edited"),)) if stop.path == "one" else GO

    first, again = await both(tmp_path, Script(call=edit))
    assert first.provider.prompts == ["edited", "then EDITED"]
    assert again.outputs == first.outputs == {"said": "THEN EDITED"}


async def test_an_edited_answer_is_what_later_steps_see(tmp_path: Path) -> None:
    first, again = await both(
        tmp_path, Script(answer=lambda stop: EditOutput("mine") if stop.path == "one" else GO)
    )
    assert again.outputs == first.outputs == {"said": "THEN MINE"}


async def test_skipping_a_step_or_a_call_uses_the_given_output(tmp_path: Path) -> None:
    first, again = await both(tmp_path / "a", Script(step=lambda s: Skip("given") if s.path == "one" else GO))
    assert again.outputs == first.outputs == {"said": "THEN GIVEN"}
    assert len(first.provider.asked) == 1
    first, again = await both(tmp_path / "b", Script(call=lambda s: Skip("here") if s.path == "two" else GO))
    assert again.outputs == first.outputs == {"said": "here"}


async def test_a_swapped_model_is_asked_and_recorded(tmp_path: Path) -> None:
    first, again = await both(tmp_path, Script(call=lambda stop: SwapModel("fake/b")))
    assert [model for model, _ in first.provider.asked] == ["b", "b"]
    assert again.outputs == first.outputs


async def test_retry_asks_again_and_the_replay_takes_the_same_turns(tmp_path: Path) -> None:
    answers = iter(["bad", "good"])

    def answer(model: str, request: ModelRequest) -> Reply:
        return Reply(next(answers))

    text = "steps: {one: {prompt: first}}\noutputs: {said: '{{ one.text }}'}"
    loaded = recipe(tmp_path, text)
    controller = Script(answer=lambda stop: Retry() if stop.text == "bad" else GO)
    first = await run(loaded, controller=controller, script=answer)
    again = await run(loaded, name="second", rules=Rules((first.recording(),), strict=True))
    assert again.outputs == first.outputs == {"said": "good"}


async def test_stop_ends_the_run_as_cancelled(tmp_path: Path) -> None:
    outcome = await run(recipe(tmp_path, TWO), controller=Script(call=lambda stop: Stop()))
    assert outcome.ending.status == "cancelled"
    assert outcome.provider.asked == []


async def test_a_run_without_a_person_waits_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = """
    steps:
      ask: {human: "Which?", choices: [left, right]}
      after: {prompt: "go {{ ask.answer }}"}
      beside: {prompt: beside}
    outputs: {said: "{{ after.text }}"}
    """
    loaded = recipe(tmp_path, text)
    first = await run(loaded)
    assert first.ending.status == "waiting"
    assert first.provider.prompts == ["beside"]

    class Decided:
        async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
            assert (path, question, choices) == ("ask", "Which?", ("left", "right"))
            return "left"

    again = await run(
        loaded, person=Decided(), resumed=True, last_call=50,
        rules=Rules((first.recording(finished_only=True),)),
    )  # fmt: skip
    assert again.outputs == {"said": "GO LEFT"}
    assert again.provider.prompts == ["go LEFT".replace("LEFT", "left")]


async def test_the_time_of_a_run_stands_still_at_a_stop(tmp_path: Path) -> None:
    made = recipe(tmp_path, f"budget: {{seconds: 0.2}}\n{TWO}")
    outcome = await run(made, controller=Script(thinks=0.15), budget=Budget(seconds=0.2))
    assert outcome.outputs == {"said": "THEN FIRST"}
    used = outcome.events.of(RunFinished)[0].budgets[0].used
    assert used < 0.1, "two stops of 0.15 s each do not count"


async def test_the_time_of_a_group_stands_still_at_a_stop(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        steps:
          g: {timeout: 200ms, steps: {one: {prompt: first}, two: {prompt: "then {{ one.text }}"}}}
        outputs: {said: "{{ g.two.text }}"}
        """,
    )
    assert (await run(made, controller=Script(thinks=0.15))).outputs == {"said": "THEN FIRST"}
