"""Calls beside the one that answers: shadows and hedges; and splits that keep to their choice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.engine.kit import Events, Outcome, Script, recipe, rows, slow
from tests.engine.test_routes import asked, go, replayed, says
from workbench.engine.attempts import GRACE_WHEN_OVERTAKEN
from workbench.engine.recording import Recording
from workbench.engine.reuse import Rules
from workbench.errors import CallError, RecipeError
from workbench.events import (
    CallFinished,
    CallReused,
    CallStarted,
    Delta,
    GateChecked,
    RouteDecided,
    RunFinished,
    StepFinished,
)
from workbench.guard.budget import Budget
from workbench.providers.port import ModelRequest, Reply
from workbench.usage import Price

pytestmark = pytest.mark.usefixtures("leaping_clock")

STEP = "steps: {a: {prompt: '{{ t }}', model: m}, b: {prompt: 'then {{ a.text }}', model: m}}\n"
OUT = "outputs: {o: '{{ b.text }}'}\n"


def role(text: str) -> str:
    return (
        f"inputs: {{t: string, who: {{type: string, default: x}}}}\nmodels: {{m: {{{text}}}}}\n" + STEP + OUT
    )


async def test_a_shadow_is_kept_and_paid_and_not_used_and_holds_nobody_up(tmp_path: Path) -> None:
    async def script(model: str, request: ModelRequest) -> Reply:
        if model == "s":
            await asyncio.sleep(0.3)
        return says(model, request)

    made = recipe(tmp_path, role("candidates: [fake/a], shadow: {model: fake/s, share: 1}"))
    outcome = await go(made, {"t": "x"}, script=script, prices={"s": Price(10**9, 10**9)})
    assert outcome.outputs == {"o": "a"}
    starts = outcome.events.of(CallStarted)
    assert Counter((each.kind, each.target) for each in starts) == {
        ("model", "fake/a"): 2, ("shadow", "fake/s"): 2
    }  # fmt: skip
    shadows = [each for each in starts if each.kind == "shadow"]
    assert [each.request["shadow_of"] for each in shadows] == [
        each.call for each in starts if each.kind == "model"
    ]
    ends = {(each.call, each.attempt): each for each in outcome.events.of(CallFinished)}
    assert all(ends[each.call, 1].cost_nano for each in shadows)
    steps = outcome.events.of(StepFinished)
    assert (steps[-1].at - starts[0].at) / 1e6 < 0.01, "the steps did not wait for it"
    again = await replayed(made, outcome, {"t": "x"})
    assert again.outputs == {"o": "a"}
    assert len(again.events.of(CallReused)) == 2
    same = recipe(tmp_path, role("candidates: [fake/a], shadow: {model: fake/a, share: 1}"))
    outcome = await go(same, {"t": "x"})
    assert {each.kind for each in outcome.events.of(CallStarted)} == {"model"}, "not beside its own answer"


GATED = (
    "inputs: {t: string, least: {type: integer, default: 3}}\n"
    "models: {m: {candidates: [fake/a], shadow: {model: fake/long, share: 1}}}\n"
    "steps: {a: {prompt: '{{ t }}', model: m, gate: {%s}, on_fail: continue}}\noutputs: {o: '{{ a.text }}'}\n"
)


async def test_gates_that_ask_nobody_say_what_they_think_of_a_shadow(tmp_path: Path) -> None:
    made = recipe(tmp_path, GATED % "length: {at_least: 3}, expr: 'a.text|length > least'")
    outcome = await go(made, {"t": "x", "least": 3})
    (kept,) = [each.answer for each in outcome.events.of(CallFinished) if each.model == "long"]
    assert kept is not None
    assert {gate: each["passed"] for gate, each in kept["gates"].items()} == {"length": True, "expr": True}
    checked = outcome.events.of(GateChecked)
    assert [(each.gate, each.passed) for each in checked] == [("length", False), ("expr", False)], (
        "what counts for the step is its own answer alone"
    )
    judged = recipe(tmp_path, GATED % "length: {at_least: 3}, rubric: {ask: good, model: m}")
    kept = next(
        each.answer for each in (await go(judged, {"t": "x"})).events.of(CallFinished) if each.model == "long"
    )
    assert kept is not None
    assert kept["gates"]["asks"] is True


async def test_the_share_of_shadows_is_drawn_the_same_again(tmp_path: Path) -> None:
    made = recipe(tmp_path, role("candidates: [fake/a], shadow: {model: fake/s, share: 0.3}"))
    counts = []
    for _ in range(2):
        drawn = [asked(await go(made, {"t": "x"}, name=f"r{n}")).count("fake/s") for n in range(40)]
        counts.append(drawn)
    assert counts[0] == counts[1]
    assert 10 < sum(counts[0]) < 40


async def test_a_shadow_that_fails_or_is_too_dear_changes_nothing(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        if model == "s":
            raise CallError("server", "down")
        return says(model, request)

    made = recipe(tmp_path, role("candidates: [fake/a], shadow: {model: fake/s, share: 1}"))
    failing = await go(made, {"t": "x"}, script=script)
    assert failing.outputs == {"o": "a"}
    assert Counter(asked(failing)) == {"fake/a": 2, "fake/s": 2}, "and is not tried again"
    dear = await go(made, {"t": "x"}, prices={"s": Price(10**9, 10**9)}, budget=Budget(nano=10))
    assert dear.outputs == {"o": "a"}
    assert asked(dear) == ["fake/a", "fake/a"]


async def test_a_split_keeps_to_the_value_of_its_expression(tmp_path: Path) -> None:
    text = "candidates: [fake/a, fake/b], policy: split, weights: {fake/a: 1, fake/b: 1}, sticky: who"
    made = recipe(tmp_path, role(text))
    taken: dict[str, set[str]] = {}
    for number in range(60):
        who = f"user{number % 20}"
        outcome = await go(made, {"t": f"x{number}", "who": who}, name=f"run{number}")
        taken.setdefault(who, set()).update(asked(outcome))
        assert outcome.events.of(RouteDecided)[0].reason.startswith("kept to, drawn with a chance of 0.5")
    assert all(len(models) == 1 for models in taken.values())
    assert 4 < sum(models == {"fake/a"} for models in taken.values()) < 16


async def test_a_split_can_keep_to_the_session(tmp_path: Path) -> None:
    weights = "policy: split, weights: {fake/a: 1, fake/b: 1}"
    text = f"candidates: [fake/a, fake/b], {weights}, sticky: request.session"
    made = recipe(tmp_path, role(text))
    taken: dict[str, set[str]] = {}
    for number in range(40):
        session = f"talk {number % 10}"
        outcome = await go(made, {"t": f"x{number}"}, name=f"run{number}", start={"session": session})
        taken.setdefault(session, set()).update(asked(outcome))
    assert all(len(models) == 1 for models in taken.values())
    assert len(set().union(*taken.values())) == 2


HEDGED = "candidates: [fake/a, fake/b], hedge: {after: 50ms}"


PRICES = {"a": Price(10**9, 10**9), "b": Price(2 * 10**9, 2 * 10**9)}


def first_takes(seconds: float, error: CallError | None = None) -> Script:
    async def script(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            await asyncio.sleep(seconds)
            if error is not None:
                raise error
        return says(model, request)

    return script


def lost(outcome: Outcome) -> list[CallFinished]:
    """How whom the second overtook ended."""
    return [each for each in outcome.events.of(CallFinished) if each.attempt == 1]


async def test_a_slow_first_is_overtaken_and_what_it_costs_recorded(tmp_path: Path) -> None:
    made = recipe(tmp_path, role(HEDGED))
    budget = Budget(nano=10**9)
    outcome = await go(made, {"t": "x"}, script=first_takes(5), prices=PRICES, budget=budget)
    assert outcome.outputs == {"o": "b"}
    decisions = outcome.events.of(RouteDecided)
    assert [each.chosen for each in decisions] == ["fake/a", "fake/b"] * 2
    assert decisions[1].reason == "hedge: fake/a has not answered within 0.05 s"
    steps = outcome.events.of(StepFinished)
    assert (steps[-1].at - outcome.events.all[0].at) / 1e6 < 1, "the steps did not wait for it"
    won = [each for each in outcome.events.of(CallFinished) if each.status == "ok"]
    assert [each.attempt for each in won] == [2, 2]
    late = lost(outcome)
    assert [each.status for each in late] == ["cancelled"] * 2
    assert late[0].error == "fake/b answered first: this answer is not used"
    assert [each.cost_nano for each in late] == [each.cost_nano // 2 for each in won if each.cost_nano]
    (line,) = [each for each in outcome.events.of(RunFinished)[0].budgets if each.measure == "usd"]
    assert line.used == sum(each.cost_nano or 0 for each in (*late, *won)) > 0
    again = await replayed(made, outcome, {"t": "x"})
    assert again.outputs == {"o": "b"}
    assert [each.source[2] for each in again.events.of(CallReused)] == [2, 2]


async def test_whoever_is_overtaken_and_does_not_answer_holds_the_end_up_for_some_seconds(
    tmp_path: Path,
) -> None:
    made = recipe(tmp_path, role(HEDGED))
    outcome = await go(made, {"t": "x"}, script=first_takes(500), prices=PRICES)
    assert outcome.outputs == {"o": "b"}
    took = (outcome.events.all[-1].at - outcome.events.all[0].at) / 1e6
    assert GRACE_WHEN_OVERTAKEN < took < GRACE_WHEN_OVERTAKEN + 1
    assert [(each.status, each.cost_nano) for each in lost(outcome)] == [("cancelled", None)] * 2
    assert lost(outcome)[0].error == (
        "fake/b answered first: stopped while it was in flight; it may have been billed"
    )
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}


async def test_whoever_is_overtaken_and_fails_fails_alone(tmp_path: Path) -> None:
    made = recipe(tmp_path, role(HEDGED))
    script = first_takes(1, CallError("server", "down"))
    outcome = await go(made, {"t": "x"}, script=script, prices=PRICES)
    assert outcome.outputs == {"o": "b"}
    assert [(each.status, each.error_class) for each in lost(outcome)] == [("error", "server")] * 2
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}


async def test_a_limit_in_the_way_of_whoever_is_overtaken_limits_nobody(tmp_path: Path) -> None:
    made = recipe(tmp_path, role(HEDGED))
    budget = Budget(seconds=3)
    outcome = await go(made, {"t": "x"}, script=first_takes(500), prices=PRICES, budget=budget)
    assert outcome.outputs == {"o": "b"}
    assert [each.status for each in lost(outcome)] == ["cancelled"] * 2
    assert (outcome.events.all[-1].at - outcome.events.all[0].at) / 1e6 < 4


async def test_a_run_that_only_waits_for_a_cost_is_done_when_it_is_stopped(tmp_path: Path) -> None:
    made, events = recipe(tmp_path, role(HEDGED)), Events()
    task = asyncio.create_task(go(made, {"t": "x"}, script=first_takes(500), record=events))
    await asyncio.sleep(1)
    assert any(each.path == "b" for each in events.of(StepFinished))
    task.cancel()
    outcome = await task
    assert outcome.outputs == {"o": "b"}
    assert [each.status for each in events.of(RunFinished)] == ["done"]
    assert [each.cost_nano for each in events.of(CallFinished) if each.status == "cancelled"] == [0, 0]


async def test_of_two_that_answer_at_the_same_moment_one_counts(tmp_path: Path) -> None:
    both = asyncio.Event()

    async def script(model: str, request: ModelRequest) -> Reply:
        if model == "b":
            both.set()
        await both.wait()
        return says(model, request)

    made = recipe(tmp_path, role(HEDGED))
    outcome = await go(made, {"t": "x"}, script=script, prices=PRICES)
    ends = [each for each in outcome.events.of(CallFinished) if each.path == "a"]
    assert sorted(each.status for each in ends) == ["cancelled", "ok"]
    assert all(each.cost_nano for each in ends)
    (won,) = [each for each in ends if each.status == "ok"]
    assert won.answer is not None
    assert outcome.events.of(StepFinished)[0].output["text"] == won.answer["text"]
    assert (await replayed(made, outcome, {"t": "x"})).outputs == outcome.outputs


@pytest.mark.parametrize("nano", range(150, 158))
async def test_a_second_that_still_waits_for_the_budget_is_not_asked(tmp_path: Path, nano: int) -> None:
    made = recipe(tmp_path, role(HEDGED + ", params: {max_tokens: 100}"))
    budget = Budget(nano=nano)
    price = Price(0, 1_000_000)
    outcome = await go(
        made, {"t": "x"}, script=first_takes(0.2), prices={"a": price, "b": price}, budget=budget
    )
    assert outcome.outputs == {"o": "a"}
    assert asked(outcome) == ["fake/a", "fake/a"]


async def test_nobody_hears_whoever_was_overtaken(tmp_path: Path) -> None:
    made, events = recipe(tmp_path, role(HEDGED)), Events()
    outcome = await go(made, {"t": "x"}, script=first_takes(5), listeners=(events,))
    assert outcome.outputs == {"o": "b"}
    assert {each.attempt for each in events.of(Delta)} == {2}


async def test_a_fast_first_is_alone_and_whoever_answers_first_wins(
    tmp_path: Path,
) -> None:
    made = recipe(tmp_path, role(HEDGED))
    assert asked(await go(made, {"t": "x"})) == ["fake/a", "fake/a"]

    async def script(model: str, request: ModelRequest) -> Reply:
        await asyncio.sleep(0.1 if model == "a" else 5)
        return says(model, request)

    outcome = await go(made, {"t": "x"}, script=script)
    assert outcome.outputs == {"o": "a"}
    assert asked(outcome) == ["fake/a", "fake/b"] * 2
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "a"}


async def test_a_second_that_fails_leaves_the_first_to_answer(tmp_path: Path) -> None:
    async def script(model: str, request: ModelRequest) -> Reply:
        if model == "b":
            raise CallError("server", "down")
        await asyncio.sleep(0.15)
        return says(model, request)

    outcome = await go(recipe(tmp_path, role(HEDGED)), {"t": "x"}, script=script)
    assert outcome.outputs == {"o": "a"}


async def test_p95_hedges_by_the_record_and_not_without_one(tmp_path: Path) -> None:
    made = recipe(tmp_path, role("candidates: [fake/a, fake/b], hedge: {after: p95}"))
    script = slow(0.1, says)
    assert asked(await go(made, {"t": "x"}, script=script)) == ["fake/a", "fake/a"]
    known = await go(made, {"t": "x"}, script=script, slow=lambda path, model: 0.02)
    assert asked(known)[:2] == ["fake/a", "fake/b"]


async def test_a_run_that_is_stopped_lets_both_land(tmp_path: Path) -> None:
    made = recipe(tmp_path, role(HEDGED))
    task = asyncio.create_task(go(made, {"t": "x"}, script=slow(0.3, says)))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("candidates: [fake/a], shadow: {model: big, share: 0.1}", "4:", "big is not a model"),
        ("candidates: [fake/a], shadow: {model: fake/b, share: 2}", "4:", "share must be at most 1"),
        ("candidates: [fake/a], sticky: who", "4:", "sticky goes with policy: split, not fixed"),
        ("candidates: [fake/a, fake/b], policy: split, weights: {fake/a: 1}, sticky: whom", "4:", "whom"),
        ("candidates: [fake/a, fake/b], hedge: {after: soon}", "4:", "write it as p95, 20s"),
        ("candidates: [fake/a, fake/b], hedge: {aftr: 2s}", "4:", "after"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, place: str, told: str) -> None:
    with pytest.raises(RecipeError) as found:
        recipe(tmp_path, role(text))
    assert told in str(found.value)
    assert f"recipe.yaml:{place}" in str(found.value)


async def test_a_resumed_run_takes_the_answer_that_won(tmp_path: Path) -> None:
    async def script(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            await asyncio.sleep(5)
        return says(model, request)

    made = recipe(tmp_path, role(HEDGED))
    first = await go(made, {"t": "x"}, script=script)
    rules = Rules((Recording("first", rows(first.events.all), finished_only=True),))
    again = await go(made, {"t": "x"}, rules=rules, name="second", script=script)
    assert again.outputs == {"o": "b"}
    assert asked(again) == []
