"""Requests longer than a window: a larger one, or what the role says may be left out; all of it on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import Events, FakeProvider, Outcome, recipe
from tests.engine.test_routes import asked, says
from workbench.engine.reuse import Rules
from workbench.engine.run import Start, Surroundings, run_recipe
from workbench.engine.shortening import shortened, told
from workbench.errors import CallError, RecipeError
from workbench.events import CallStarted, RouteDecided, StepFinished
from workbench.providers.port import Message, ModelInfo, ModelRequest, Reply, Segment
from workbench.recipe.recipe import Recipe
from workbench.usage import FREE, Usage


@dataclass
class Windowed(FakeProvider):
    """A provider whose models have windows."""

    windows: Mapping[str, int] = field(default_factory=dict)

    def info(self, model: str) -> ModelInfo:
        return ModelInfo(f"fake/{model}", window=self.windows.get(model), price=FREE)


async def go(
    made: Recipe,
    inputs: Mapping[str, Any],
    windows: Mapping[str, int],
    script: Any = says,
    of: Outcome | None = None,
) -> Outcome:
    """A run; with ``of`` a replay of another one."""
    provider, events = Windowed(script, windows=windows), Events()
    rules = Rules() if of is None else Rules((of.recording(),), strict=True)
    start = Start("first" if of is None else "second", made, inputs)
    ending = await run_recipe(start, Surroundings(provider.find, events, rules=rules))
    return Outcome(ending, events, provider)


KB = "id,text\n" + "".join(f"p{n},invoice number {n} {'is paid late ' * 20}\n" for n in range(4))
RECIPE = """
inputs: {q: string}
data: {kb: {file: kb.csv}}
models: {m: {%s}}
steps:
  found: {retrieve: "{{ q }}", from: kb, top: 4}
  a: {prompt: "Answer {{ q }} from these:\\n{{ found.text }}\\nBe brief.", model: m}
outputs: {o: "{{ a.text }}"}
"""


def make(folder: Path, role: str) -> Recipe:
    return recipe(folder, RECIPE % role, {"kb.csv": KB})


async def test_a_larger_window_is_taken_whatever_the_policy(tmp_path: Path) -> None:
    made = make(tmp_path, "candidates: [fake/a, fake/b], fit: drop_lowest")
    outcome = await go(made, {"q": "invoice paid late"}, {"a": 100, "b": 100_000})
    assert asked(outcome)[-1] == "fake/b"
    against = outcome.events.of(RouteDecided)[0].candidates[0].reason
    assert against == "the request is longer than its window of 100 tokens"
    assert "left_out" not in outcome.events.of(CallStarted)[-1].request


async def test_the_worst_passages_go_first_and_it_is_told(tmp_path: Path) -> None:
    made = make(tmp_path, "candidates: [fake/a], fit: drop_lowest")
    outcome = await go(made, {"q": "invoice paid late"}, {"a": 220})
    call = outcome.events.of(CallStarted)[-1]
    documents = outcome.events.of(CallStarted)[0]
    assert documents.kind == "retrieve"
    left_out = call.request["left_out"]
    sent = outcome.provider.prompts[-1]
    assert 1 <= len(left_out) <= 3
    assert sent.count("invoice number") == 4 - len(left_out)
    segments = outcome.provider.asked[-1][1].messages[-1].segments
    kept = {piece.id for piece in segments if piece.kind == "passage"}
    assert kept.isdisjoint({each["what"].split()[1] for each in left_out})
    assert sent.startswith("Answer invoice paid late from these:")
    assert sent.endswith("Be brief.")
    reason = outcome.events.of(RouteDecided)[0].reason
    assert reason.startswith("only candidate; left out to fit: passage p")
    assert "tokens)" in reason


async def test_without_fit_the_model_says_for_itself_that_it_is_too_long(tmp_path: Path) -> None:
    outcome = await go(make(tmp_path, "candidates: [fake/a]"), {"q": "invoice"}, {"a": 100})
    assert outcome.provider.prompts[-1].count("invoice number") == 4
    reason = outcome.events.of(RouteDecided)[0].reason
    assert reason == "only candidate; the request is longer than its window of 100 tokens"


def refuses_over(characters: int) -> Any:
    def script(model: str, request: ModelRequest) -> Reply:
        if model == "a" and len(request.messages[-1].text) > characters:
            raise CallError("too_long", "too many tokens", sent=False)
        return says(model, request)

    return script


async def test_a_refusal_as_too_long_falls_to_the_larger_window_or_is_cut(tmp_path: Path) -> None:
    script = refuses_over(700)
    larger = make(tmp_path, "candidates: [fake/a, fake/b], fit: drop_oldest")
    outcome = await go(larger, {"q": "invoice"}, {"b": 9000}, script)
    assert [each.target for each in outcome.events.of(CallStarted)[1:]] == ["fake/a", "fake/b"]
    assert outcome.events.of(RouteDecided)[-1].reason == "too long for fake/a: a larger window"
    cut = make(tmp_path, "candidates: [fake/a], fit: drop_oldest")
    outcome = await go(cut, {"q": "invoice"}, {}, script)
    assert outcome.outputs == {"o": "a"}
    sizes = [len(prompt) for prompt in outcome.provider.prompts]
    assert sizes == sorted(sizes, reverse=True)
    assert 2 <= len(sizes) <= 5
    none = make(tmp_path, "candidates: [fake/a], fit: fail")
    outcome = await go(none, {"q": "invoice"}, {}, script)
    assert outcome.ending.error_class == "too_long"


async def test_what_cannot_be_cut_fails_after_a_few_tries(tmp_path: Path) -> None:
    cut = make(tmp_path, "candidates: [fake/a], fit: drop_lowest")
    outcome = await go(cut, {"q": "invoice"}, {}, refuses_over(3))
    assert outcome.ending.error_class == "too_long"
    assert len(outcome.provider.asked) <= 6


def request(*messages: Message) -> ModelRequest:
    return ModelRequest("prompt", messages)


@pytest.mark.parametrize(
    ("order", "kept"), [("drop_oldest", "Sum up: bbbbb"), ("drop_lowest", "Sum up: aaaaa")]
)
def test_a_long_input_loses_its_beginning_or_its_end(order: Any, kept: str) -> None:
    text = "Sum up: " + "a" * 400 + "b" * 400 + " end"
    message = Message("user", text, (Segment(8, 808, "input", "t"),))
    shorter, cuts = shortened(request(message), 100, order)
    only = shorter.messages[0]
    assert len(only.text) <= 304
    assert only.text.startswith(kept)
    assert only.text.endswith(" end"), "the author's text stays"
    assert only.text[only.segments[0].start : only.segments[0].end].strip("ab") == ""
    assert told(cuts).startswith(
        f"left out to fit: the {'beginning' if order == 'drop_oldest' else 'end'} of t"
    )


def test_earlier_turns_go_before_anything_else_and_never_the_system_or_the_question() -> None:
    turns = [Message("system", "s" * 40), Message("user", "q" * 40)]
    turns += [Message("assistant", "a" * 400), Message("user", "c" * 40)]
    shorter, cuts = shortened(request(*turns), 60, "drop_oldest")
    assert [each.text[0] for each in shorter.messages] == ["s", "q", "c"]
    assert [cut.what for cut in cuts] == ["an earlier assistant turn"]


# --- scores and summaries -----------------------------------------------------------------------------------


def test_the_lowest_score_goes_first_wherever_it_stands() -> None:
    text = "".join(f"passage {n} {'x' * 100} " for n in range(3))
    at = [text.index(f"passage {n}") for n in range(3)]
    scores = (0.2, 0.9, 0.4)
    segments = tuple(
        Segment(start, start + 100, "passage", "found.text", f"p{n}", scores[n]) for n, start in enumerate(at)
    )
    _, cuts = shortened(request(Message("user", text, segments)), 60, "drop_lowest")
    assert [cut.what for cut in cuts][:2] == [
        "passage p0 of found.text, score 0.2", "passage p2 of found.text, score 0.4",
    ]  # fmt: skip


SUMMED = "candidates: [fake/a], fit: summarise, summarise_by: short}, short: {candidates: [fake/s]"
"""A role, and the one that sums up for it."""


def sums_up(model: str, request: ModelRequest) -> Reply:
    if model == "s":
        return Reply("the gist of it", usage=Usage(input=5, output=2, state="reported"), model="s")
    return says(model, request)


async def test_what_is_too_long_is_summed_up_by_a_call_on_record(tmp_path: Path) -> None:
    made = make(tmp_path, SUMMED)
    outcome = await go(made, {"q": "invoice paid late"}, {"a": 200}, sums_up)
    assert outcome.outputs == {"o": "a"}
    starts = outcome.events.of(CallStarted)
    assert [(each.target, each.gate) for each in starts[1:]] == [("fake/s", "fit"), ("fake/a", "")]
    asked_to_sum, sent = outcome.provider.prompts
    assert asked_to_sum.count("invoice number") == 4
    assert sent == "Answer invoice paid late from these:\nthe gist of it\nBe brief."
    (left_out,) = starts[-1].request["left_out"]
    assert left_out["what"] == "found.text, but for a summary"
    assert left_out["tokens"] > 200
    segments = outcome.provider.asked[-1][1].messages[-1].segments
    assert [(sent[each.start : each.end], each.source) for each in segments] == [
        ("invoice paid late", "q"), ("the gist of it", "found.text"),
    ]  # fmt: skip
    ended = next(each for each in outcome.events.of(StepFinished) if each.path == "a")
    assert ended.output["model"] == "a", "the step's own answer is not the summary's"
    again = await go(made, {"q": "invoice paid late"}, {"a": 200}, _nobody, outcome)
    assert again.outputs == {"o": "a"}
    short = await go(made, {"q": "invoice paid late"}, {"a": 100_000}, sums_up)
    assert [model for model, _ in short.provider.asked] == ["a"], "what fits is not summed up"


async def test_a_summing_model_with_a_small_window_is_asked_piece_by_piece(tmp_path: Path) -> None:
    outcome = await go(make(tmp_path, SUMMED), {"q": "invoice"}, {"a": 200, "s": 150}, sums_up)
    assert outcome.outputs == {"o": "a"}
    pieces = [request.messages[-1].text for model, request in outcome.provider.asked if model == "s"]
    assert len(pieces) > 2
    assert all(len(piece) <= 300 for piece in pieces)


async def test_a_refusal_as_too_long_is_summed_up_more_and_more(tmp_path: Path) -> None:
    script = refuses_over(450)

    def refuses(model: str, request: ModelRequest) -> Reply:
        if model == "s":
            return Reply("word " * 2000, model="s")
        reply = script(model, request)
        assert isinstance(reply, Reply)
        return reply

    made = make(tmp_path, SUMMED)
    outcome = await go(made, {"q": "invoice"}, {}, refuses)
    assert outcome.outputs == {"o": "a"}
    sizes = [len(request.messages[-1].text) for model, request in outcome.provider.asked if model == "a"]
    assert len(sizes) > 2
    assert sizes == sorted(sizes, reverse=True)
    assert (await go(made, {"q": "invoice"}, {}, _nobody, outcome)).outputs == {"o": "a"}


def _nobody(model: str, request: ModelRequest) -> Reply:
    raise AssertionError("a replay asks nobody")


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("candidates: [fake/a], summarise_by: m", "summarise_by does nothing without fit: summarise"),
        ("candidates: [fake/a], fit: summarise, summarise_by: sort", "there is no role sort"),
    ],
)
def test_who_sums_up_must_be_known_and_wanted(tmp_path: Path, role: str, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        make(tmp_path, role)
    assert [each.message for each in caught.value.problems] == [told]
