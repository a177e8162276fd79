"""The door with a recording behind it: replay, resume, and what does not fit."""

from __future__ import annotations

import string
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.kit import echo, recipe, run
from workbench.engine.reuse import Rules
from workbench.errors import CallError
from workbench.events import CallReused, CallStarted
from workbench.providers.port import ModelRequest, Reply

CHAIN = """
inputs: {word: string}
steps:
  one: {prompt: "say {{ word }}"}
  two: {each: "[1, 2, 3]", prompt: "{{ item }} {{ one.text }}"}
  three: {prompt: "{{ two[0].text }}{{ two[2].text }}"}
outputs: {said: "{{ three.text }}", cost: "{{ three.cost }}"}
"""


async def test_a_strict_replay_asks_nobody_and_gives_the_same(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, CHAIN)
    first = await run(loaded, {"word": "hi"})
    again = await run(
        loaded, {"word": "hi"}, name="second", rules=Rules((first.recording(),), strict=True), mode="replay"
    )
    assert again.outputs == first.outputs
    assert again.provider.asked == []
    assert again.events.of(CallStarted) == []
    assert {event.source[0] for event in again.events.of(CallReused)} == {"first"}


async def test_a_replay_that_asks_something_else_names_the_step(tmp_path: Path) -> None:
    first = await run(recipe(tmp_path, CHAIN), {"word": "hi"})
    changed = recipe(tmp_path, CHAIN.replace("say {{", "shout {{"))
    again = await run(changed, {"word": "hi"}, name="second", rules=Rules((first.recording(),), strict=True))
    assert again.ending.status == "failed"
    assert again.ending.error_path == "one"
    assert again.provider.asked == []


async def test_the_same_question_asked_again_gets_the_next_answer(tmp_path: Path) -> None:
    text = """
    steps:
      s: {prompt: x, repeat: {at_most: 3, until: "s.text == 'c'"}}
    outputs: {said: "{{ s.text }}"}
    """
    answers = iter("abc")
    loaded = recipe(tmp_path, text)
    first = await run(loaded, script=lambda model, request: Reply(next(answers)))
    again = await run(loaded, name="second", rules=Rules((first.recording(),), strict=True))
    assert again.outputs == first.outputs == {"said": "c"}


async def test_a_failed_run_replays_as_failed_and_resumes_live(tmp_path: Path) -> None:
    healthy = False

    def answer(model: str, request: ModelRequest) -> Reply:
        if not healthy and "2 " in request.messages[0].text:
            raise CallError("refused", "not today")
        return echo(model, request)

    loaded = recipe(tmp_path, CHAIN)
    first = await run(loaded, {"word": "hi"}, script=answer)
    assert first.ending.status == "failed"
    replayed = await run(
        loaded, {"word": "hi"}, name="second", rules=Rules((first.recording(),), strict=True)
    )
    assert (replayed.ending.status, replayed.ending.error_class) == ("failed", "refused")

    healthy = True
    resumed = await run(
        loaded, {"word": "hi"}, script=answer, resumed=True, last_seq=len(first.events.all), last_call=100,
        rules=Rules((first.recording(finished_only=True),)),
    )  # fmt: skip
    assert resumed.ending.status == "done"
    asked = set(first.provider.prompts) - {"2 SAY HI"}
    assert not asked & set(resumed.provider.prompts), "what was finished is not asked again"
    assert resumed.events.of(CallReused) == [], "a run that goes on holds its own calls already"
    assert min(event.seq for event in resumed.events.all) == len(first.events.all) + 1


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mentions=st.lists(st.sets(st.integers(0, 6), max_size=3), min_size=1, max_size=7),
    word=st.text(string.ascii_letters + "{}%é\u2028", max_size=8),
)
async def test_any_recipe_replays_to_the_same_outputs(
    tmp_path: Path, mentions: list[set[int]], word: str
) -> None:
    lines = ["inputs: {word: string}", "steps:"]
    for number, earlier in enumerate(mentions):
        mentioned = "".join(f" {{{{ s{each}.text }}}}" for each in sorted(earlier) if each < number)
        lines.append(f"  s{number}: {{prompt: '{number} {{{{ word }}}}{mentioned}'}}")
    lines.append("outputs: {" + ", ".join(f"o{n}: '{{{{ s{n}.text }}}}'" for n in range(len(mentions))) + "}")
    loaded = recipe(tmp_path, "\n".join(lines))
    first = await run(loaded, {"word": word})
    again = await run(loaded, {"word": word}, name="second", rules=Rules((first.recording(),), strict=True))
    assert again.outputs == first.outputs
    assert again.provider.asked == []


async def test_a_resumed_run_replays_as_it_ended(tmp_path: Path) -> None:
    healthy = False

    def answer(model: str, request: ModelRequest) -> Reply:
        if not healthy:
            raise CallError("refused", "not today")
        return echo(model, request)

    class Decided:
        async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
            return "yes"

    text = """
    steps:
      ask: {human: "Shall we?"}
      say: {prompt: "{{ ask.answer }}"}
    outputs: {said: "{{ say.text }}"}
    """
    loaded = recipe(tmp_path, text)
    waiting = await run(loaded)
    assert waiting.ending.status == "waiting"
    events = waiting.events
    going_on = {"resumed": True, "events": events, "last_call": 10}
    refused = await run(
        loaded,
        person=Decided(),
        script=answer,
        rules=Rules((waiting.recording(finished_only=True),)),
        **going_on,
    )
    assert refused.ending.status == "failed"
    healthy = True
    done = await run(loaded, script=answer, rules=Rules((refused.recording(finished_only=True),)), **going_on)
    assert done.outputs == {"said": "YES"}
    replayed = await run(loaded, name="second", rules=Rules((done.recording(),), strict=True))
    assert replayed.outputs == done.outputs
