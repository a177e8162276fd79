"""Roles with a policy in a run: who is asked, what is recorded, and that a replay asks the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import Events, FakeProvider, Outcome, recipe, rows
from workbench.capabilities import TEXT_ONLY, UNKNOWN, Capabilities
from workbench.engine.recording import Recording
from workbench.engine.reuse import Rules
from workbench.engine.run import Start, Surroundings, run_recipe
from workbench.errors import CallError
from workbench.events import CallReused, CallStarted, RouteDecided, StepFinished
from workbench.guard.budget import Budget
from workbench.providers.port import ModelInfo, ModelRequest, Reply
from workbench.recipe.recipe import Recipe
from workbench.routing.health import Health
from workbench.usage import FREE, Price, Usage

pytestmark = pytest.mark.usefixtures("leaping_clock")


@dataclass
class Priced(FakeProvider):
    """A provider whose models have prices of their own."""

    prices: Mapping[str, Price | None] = field(default_factory=dict)
    able: Mapping[str, Capabilities] = field(default_factory=dict)

    def info(self, model: str) -> ModelInfo:
        price = self.prices.get(model, self.price)
        return ModelInfo(f"fake/{model}", price=price, capabilities=self.able.get(model, UNKNOWN))


def says(model: str, request: ModelRequest) -> Reply:
    """Each model answers with its own name."""
    return Reply(model, usage=Usage(input=2, output=1, state="reported"), model=model)


async def go(made: Recipe, inputs: Mapping[str, Any] | None = None, **more: Any) -> Outcome:
    script, prices = more.pop("script", says), more.pop("prices", {})
    provider = Priced(script, FREE, prices=prices, able=more.pop("able", {}))
    events = more.pop("record", None) or Events()
    start = Start(more.pop("name", "first"), made, inputs or {}, **more.pop("start", {}))
    around = Surroundings(provider.find, events, budget=more.pop("budget", None) or Budget(), **more)
    return Outcome(await run_recipe(start, around), events, provider)


def asked(outcome: Outcome) -> list[str]:
    return [event.target for event in outcome.events.of(CallStarted)]


async def replayed(made: Recipe, first: Outcome, inputs: Mapping[str, Any] | None = None) -> Outcome:
    rules = Rules((Recording("first", rows(first.events.all), finished_only=False),), strict=True)
    return await go(made, inputs, rules=rules, name="second", script=_nobody)


def _nobody(model: str, request: ModelRequest) -> Reply:
    raise AssertionError("a replay asks nobody")


ONE = "steps: {a: {prompt: '{{ t }}', model: m%s}}\noutputs: {o: '{{ a.text }}'}\n"


async def test_rules_choose_by_inputs_and_request(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        "inputs: {t: string, vip: {type: boolean, default: false}}\n"
        "models: {m: {candidates: [fake/a, fake/b], policy: rules, else: fake/a,\n"
        "  rules: [{when: vip, model: fake/b}, {when: request.characters > 20, model: fake/b}]}}\n"
        + ONE
        % "",
    )
    assert asked(await go(made, {"t": "short", "vip": False})) == ["fake/a"]
    assert asked(await go(made, {"t": "short", "vip": True})) == ["fake/b"]
    long = await go(made, {"t": "x" * 21, "vip": False})
    assert asked(long) == ["fake/b"]
    decided = long.events.of(RouteDecided)[0]
    assert (decided.policy, decided.reason) == ("rules", "when: request.characters > 20")
    again = await replayed(made, long, {"t": "x" * 21, "vip": False})
    assert again.outputs == {"o": "b"}


SPLIT = (
    "inputs: {t: string}\nmodels: {m: {candidates: [fake/a, fake/b], policy: split, "
    "weights: {fake/a: 1, fake/b: 1}}}\n" + ONE % ""
)


async def test_a_split_is_drawn_for_each_run_and_kept_in_replays_and_reruns(tmp_path: Path) -> None:
    made = recipe(tmp_path, SPLIT)
    drawn = Counter()
    for number in range(40):
        outcome = await go(made, {"t": "x"}, name=f"run{number}")
        drawn[asked(outcome)[0]] += 1
        assert [each.score for each in outcome.events.of(RouteDecided)[0].candidates] == [0.5, 0.5]
        for strict in (True, False):
            rules = Rules((Recording("first", rows(outcome.events.all), finished_only=True),), strict=strict)
            again = await go(made, {"t": "x"}, name=f"other{number}", rules=rules)
            assert not asked(again)
            assert again.outputs == outcome.outputs
    assert 8 < drawn["fake/a"] < 32


async def test_cheapest_by_price(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        "inputs: {t: string}\nmodels: {m: {candidates: [fake/a, fake/b], policy: cheapest}}\n" + ONE % "",
    )
    prices = {"a": Price(10, 10), "b": Price(1, 1)}
    outcome = await go(made, {"t": "x"}, prices=prices)
    assert asked(outcome) == ["fake/b"]
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}


async def test_fastest_by_the_record(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        "inputs: {t: string}\nmodels: {m: {candidates: [fake/a, fake/b], policy: fastest}}\n" + ONE % "",
    )
    pace = {"fake/a": 2.0, "fake/b": 1.0}
    outcome = await go(made, {"t": "x"}, pace=lambda path, model: pace[model])
    assert asked(outcome) == ["fake/b"]
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}


CASCADE = "inputs: {t: string}\nmodels: {m: {candidates: [fake/a, fake/b, fake/c], policy: cascade}}\n"


async def test_a_cascade_escalates_while_gates_fail(tmp_path: Path) -> None:
    made = recipe(tmp_path, CASCADE + ONE % ", gate: {equals: c}")
    outcome = await go(made, {"t": "x"})
    assert asked(outcome) == ["fake/a", "fake/b", "fake/c"]
    assert outcome.outputs == {"o": "c"}
    reasons = [event.reason for event in outcome.events.of(RouteDecided)]
    assert reasons[0] == "cheapest first"
    assert reasons[1].startswith("escalated from fake/a: equals:")
    again = await replayed(made, outcome, {"t": "x"})
    assert again.outputs == {"o": "c"}
    assert len(again.events.of(CallReused)) == 3


async def test_a_cascade_that_runs_out_does_what_on_fail_says(tmp_path: Path) -> None:
    made = recipe(tmp_path, CASCADE + ONE % ", gate: {equals: z}, on_fail: continue")
    outcome = await go(made, {"t": "x"})
    assert asked(outcome) == ["fake/a", "fake/b", "fake/c"]
    assert outcome.events.of(StepFinished)[0].status == "failed"
    failing = recipe(tmp_path, CASCADE + ONE % ", gate: {equals: z}")
    assert (await go(failing, {"t": "x"})).ending.status == "failed"


SORT = (
    "inputs: {t: string}\nmodels: {m: {candidates: [fake/a, fake/b], policy: cascade, "
    "at_least: {confidence: 0.7}}}\n"
    "steps: {a: {classify: '{{ t }}', into: [x, y], model: m}}\noutputs: {o: '{{ a.label }}'}\n"
)


@pytest.mark.parametrize(
    ("sure", "models"), [(0.9, ["fake/a"]), (0.7, ["fake/a"]), (0.4, ["fake/a", "fake/b"])]
)
async def test_a_cascade_goes_on_until_an_answer_is_sure_enough(
    tmp_path: Path, sure: float, models: list[str]
) -> None:
    def sorts(model: str, request: ModelRequest) -> Reply:
        label, confidence = ("x", sure) if model == "a" else ("y", 0.2)
        return Reply(label, {"label": label, "confidence": confidence, "scores": {}}, model=model)

    made = recipe(tmp_path, SORT)
    outcome = await go(made, {"t": "x"}, script=sorts)
    assert asked(outcome) == models
    # the last of the cascade is taken as it is
    assert outcome.outputs == {"o": "x" if len(models) == 1 else "y"}
    if len(models) == 2:
        reason = outcome.events.of(RouteDecided)[1].reason
        assert reason == "escalated from fake/a: 0.40 sure of its answer, 0.7 is asked for"
    assert (await replayed(made, outcome, {"t": "x"})).outputs == outcome.outputs


async def test_escalate_asks_the_next_candidate_once_per_mention(tmp_path: Path) -> None:
    head = "inputs: {t: string}\nmodels: {m: [fake/a, fake/b, fake/c]}\n"
    made = recipe(tmp_path, head + ONE % ", gate: {equals: b}, on_fail: [retry, escalate]")
    outcome = await go(made, {"t": "x"})
    assert asked(outcome) == ["fake/a", "fake/a", "fake/b"]
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}
    made = recipe(tmp_path, head + ONE % ", gate: {equals: c}, on_fail: [escalate, continue]")
    assert asked(await go(made, {"t": "x"})) == ["fake/a", "fake/b"]


async def test_escalate_also_mends_a_call_that_failed(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            raise CallError("refused", "no")
        return says(model, request)

    made = recipe(
        tmp_path, "inputs: {t: string}\nmodels: {m: [fake/a, fake/b]}\n" + ONE % ", on_fail: escalate"
    )
    outcome = await go(made, {"t": "x"}, script=script)
    assert asked(outcome) == ["fake/a", "fake/b"]
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        ("prompt: '{{ t }}'", "sorry, {{ t }}", {"text": "sorry, x", "data": None}),
        ("prompt: '{{ t }}', output: {n: integer}", {"n": 0}, {"text": '{"n": 0}', "data": {"n": 0}}),
        ("classify: '{{ t }}', into: [u, v]", "u", {"label": "u", "text": "u"}),
    ],
)
async def test_a_fallback_value_is_gone_on_with(tmp_path: Path, step: str, value: Any, expected: Any) -> None:
    def fails(model: str, request: ModelRequest) -> Reply:
        raise CallError("refused", "no")

    body = f"inputs: {{t: string}}\nsteps: {{a: {{{step}, on_fail: [retry, {{fallback: {value!r}}}]}}}}\n"
    outcome = await go(recipe(tmp_path, body + "outputs: {o: '{{ a }}'}"), {"t": "x"}, script=fails)
    assert outcome.calls == 2
    result = outcome.outputs["o"]
    assert {key: result[key] for key in expected} == expected
    assert (result["failed"], result["model"]) == (False, "fallback")
    assert outcome.events.of(StepFinished)[0].reason == "went on with its fallback value: no"


async def test_a_fallback_value_after_the_passes_of_a_repeat(tmp_path: Path) -> None:
    body = "inputs: {t: string}\nsteps: {a: {prompt: '{{ t }}', gate: {equals: z}, repeat: {at_most: 2}, "
    body += "on_fail: {fallback: none of these}}}\noutputs: {o: '{{ a.text }}'}"
    assert (await go(recipe(tmp_path, body), {"t": "x"})).outputs == {"o": "none of these"}


RESTING = (
    "inputs: {t: string}\nmodels: {m: {candidates: [fake/a, fake/b], "
    "fallback: {on: [quota], cooldown: 30s, failures: 2}}}\n" + ONE % ""
)


async def test_a_model_that_keeps_failing_rests_and_comes_back(tmp_path: Path) -> None:
    now, broken = [0.0], [True]

    def script(model: str, request: ModelRequest) -> Reply:
        if model == "a" and broken[0]:
            raise CallError("quota", "used up")
        return says(model, request)

    health = Health(lambda: now[0])
    made = recipe(tmp_path, RESTING)
    seen = [asked(await go(made, {"t": "x"}, script=script, health=health)) for _ in range(4)]
    assert seen == [["fake/a", "fake/b"]] * 2 + [["fake/b"]] * 2
    outcome = await go(made, {"t": "x"}, script=script, health=health)
    resting = outcome.events.of(RouteDecided)[0].candidates[0]
    assert resting.reason == "rests 30.0 s more: failed 2 times in a row, last with quota"
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "b"}
    now[0], broken[0] = 31.0, False
    assert asked(await go(made, {"t": "x"}, script=script, health=health)) == ["fake/a"]
    assert health.state("fake/a") == "closed"


async def test_no_herd_meets_a_server_that_recovers(tmp_path: Path) -> None:
    now, asked_a = [0.0], [0]

    async def script(model: str, request: ModelRequest) -> Reply:
        asked_a[0] += model == "a"
        await asyncio.sleep(0.01)
        if model == "a" and now[0] < 31:
            raise CallError("quota", "used up")
        return says(model, request)

    health, made = Health(lambda: now[0]), recipe(tmp_path, RESTING)

    async def crowd() -> int:
        asked_a[0] = 0
        await asyncio.gather(*(go(made, {"t": "x"}, script=script, health=health) for _ in range(100)))
        return asked_a[0]

    assert await crowd() == 100
    assert await crowd() == 0
    now[0] = 31.0
    assert await crowd() == 1
    assert [await crowd() for _ in range(7)] == [2, 4, 8, 16, 32, 64, 100], "twice as many each time"


async def test_when_all_rest_the_failure_says_so(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        raise CallError("quota", "used up")

    health, made = Health(lambda: 0.0), recipe(tmp_path, RESTING)
    for _ in range(2):
        await go(made, {"t": "x"}, script=script, health=health)
    outcome = await go(made, {"t": "x"}, script=script, health=health)
    assert not asked(outcome)
    assert "rests 30.0 s more" in (outcome.ending.error or "")


async def test_a_model_set_by_hand_has_no_policy(tmp_path: Path) -> None:
    outcome = await go(recipe(tmp_path, SPLIT), {"t": "x"}, start={"models": {"m": "fake/z"}})
    assert asked(outcome) == ["fake/z"]


async def test_what_is_too_dear_for_the_budget_is_not_chosen(tmp_path: Path) -> None:
    made = recipe(tmp_path, CASCADE + ONE % ", gate: {equals: c}, on_fail: continue")
    prices = {"b": Price(10**12, 10**12), "c": None}
    outcome = await go(made, {"t": "x"}, prices=prices, budget=Budget(nano=1000))
    assert asked(outcome)[0] == "fake/a"
    reasons = [each.reason for each in outcome.events.of(RouteDecided)[0].candidates]
    assert reasons[1].startswith("may cost $")
    assert reasons[2] == "its price is unknown, and there is a money budget"


async def test_an_unsure_answer_is_kept_when_the_next_is_too_dear(tmp_path: Path) -> None:
    def sorts(model: str, request: ModelRequest) -> Reply:
        return Reply("x", {"label": "x", "confidence": 0.1, "scores": {}}, model=model)

    made = recipe(tmp_path, SORT)
    outcome = await go(
        made, {"t": "x"}, script=sorts, prices={"b": Price(10**12, 10**12)}, budget=Budget(nano=9)
    )
    assert asked(outcome) == ["fake/a"]
    assert outcome.outputs == {"o": "x"}
    # the replay has no budget, and asks no more than was asked
    assert (await replayed(made, outcome, {"t": "x"})).outputs == {"o": "x"}


async def test_retries_end_when_the_model_rests(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            raise CallError("server", "down", retry_after=5.0)
        return says(model, request)

    made = recipe(tmp_path, RESTING.replace("quota", "server").replace("failures: 2", "failures: 1"))
    outcome = await go(made, {"t": "x"}, script=script, health=Health(lambda: 0.0))
    assert asked(outcome) == ["fake/a", "fake/b"]
    reasons = [event.reason for event in outcome.events.of(RouteDecided)]
    assert reasons == ["first that qualifies", "fallback: fake/a failed (server)"]


# --- what models can do -------------------------------------------------------------------------------------

NEEDS = {
    "tools": "tools: {find: 'tools.py:find'}\nsteps: {a: {prompt: x, model: m, tools: [find]}}\n",
    "images": "steps: {a: {prompt: x, model: m, attach: [cat.png]}}\n",
    "files": "steps: {a: {prompt: x, model: m, attach: [bill.pdf]}}\n",
    "schema": "steps: {a: {prompt: x, model: m, output: {n: integer}}}\n",
}
FILES = {"tools.py": "def find(word: str) -> str:\n    return word\n"}
CANDIDATES = "models: {m: {candidates: [fake/a, fake/b, fake/c]%s}}\n"


def needing(folder: Path, need: str, more: str = "", head: str = CANDIDATES) -> Recipe:
    folder.mkdir(exist_ok=True)
    (folder / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 32)
    (folder / "bill.pdf").write_bytes(b"%PDF-1.7\n")
    text = (head % more if "%s" in head else head) + NEEDS[need] + "outputs: {o: '{{ a.model }}'}\n"
    return recipe(folder, text, FILES if need == "tools" else None)


def counts(model: str, request: ModelRequest) -> Reply:
    return replace(says(model, request), text='{"n": 1}', data={"n": 1})


@pytest.mark.parametrize("need", ["tools", "images", "files", "schema"])
@pytest.mark.parametrize("more", ["", ", policy: cheapest", ", fallback: {on: [server], cooldown: 30s}"])
async def test_a_model_known_not_to_be_able_is_no_candidate(tmp_path: Path, need: str, more: str) -> None:
    able = {"a": TEXT_ONLY, "c": Capabilities(**{need: True})}
    outcome = await go(needing(tmp_path, need, more), able=able, script=counts)
    assert outcome.outputs == {"o": "b"}
    words = {
        "tools": "use tools",
        "images": "see images",
        "files": "read files",
        "schema": "keep to a schema",
    }
    first, second, third = outcome.events.of(RouteDecided)[0].candidates
    assert first.reason == f"cannot {words[need]}"
    assert second.reason.endswith(f"; nobody knows whether it can {words[need]}")
    assert third.reason.startswith("not chosen: ")
    assert "nobody knows" not in third.reason


@pytest.mark.parametrize("need", ["tools", "images", "files"])
async def test_where_nobody_is_able_nothing_is_sent(tmp_path: Path, need: str) -> None:
    outcome = await go(needing(tmp_path, need, "", "models: {m: fake/a}\n"), able={"a": TEXT_ONLY})
    assert outcome.provider.asked == []
    assert (outcome.ending.status, outcome.ending.error_class) == ("failed", "bad_request")
    told = {"tools": "use tools", "images": "see images", "files": "read files"}[need]
    assert outcome.ending.error == f"fake/a cannot {told}: nothing was sent to it"
    assert outcome.ending.hint == (
        'give the role one that can, or say in workbench.toml that it can: [models."fake/a"]'
    )


async def test_a_schema_may_be_told_in_words_where_nobody_keeps_to_one(tmp_path: Path) -> None:
    made = needing(tmp_path, "schema", "", "models: {m: fake/a}\n")
    outcome = await go(made, able={"a": TEXT_ONLY}, script=counts)
    assert outcome.outputs == {"o": "a"}
    assert outcome.events.of(RouteDecided)[0].reason == "only candidate; cannot keep to a schema"


@pytest.mark.parametrize("policy", ["fixed", "cheapest", "fastest"])
async def test_a_conversation_goes_on_with_who_answered_before(tmp_path: Path, policy: str) -> None:
    """Another model would have to read it all anew: no going back to one that has just failed."""
    made = recipe(
        tmp_path,
        f"models: {{m: {{candidates: [fake/a, fake/b], policy: {policy}, fallback: {{on: [refused]}}}}}}\n"
        "steps: {s: {prompt: x, model: m, gate: {contains: better}, on_fail: [revise, retry, fail]}}\n"
        "outputs: {o: '{{ s.text }}'}\n",
    )

    def script(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            raise CallError("refused", "no", sent=False)
        said = "better" if len(request.messages) > 1 else "good"
        return replace(says(model, request), text=said)

    outcome = await go(made, script=script)
    assert outcome.outputs == {"o": "better"}
    assert asked(outcome) == ["fake/a", "fake/b", "fake/b"]
    assert outcome.events.of(RouteDecided)[-1].reason == "kept to fake/b, which answered before"
    assert (await replayed(made, outcome)).outputs == {"o": "better"}
