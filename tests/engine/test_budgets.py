"""Budgets in a run: what happens when one is exceeded, and steps that the run does without."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import Outcome, recipe, rows, slow
from tests.engine.test_routes import asked, go, replayed
from workbench.engine.recording import Recording
from workbench.engine.reuse import Rules
from workbench.errors import CallError
from workbench.events import CallFinished, HumanAsked, RouteDecided, RunFinished, StepFinished
from workbench.guard.budget import Budget
from workbench.providers.port import ModelRequest, Reply
from workbench.recipe.recipe import Recipe
from workbench.study.budgets import budget_of
from workbench.usage import PER_MILLION, Price, Usage

pytestmark = pytest.mark.usefixtures("leaping_clock")

UNIT = Price(0, PER_MILLION)
"""A token of an answer costs a nano-dollar."""


def answers(tokens: int, finish: Any = "stop") -> Any:
    def script(model: str, request: ModelRequest) -> Reply:
        return Reply(
            model, finish=finish, usage=Usage(input=0, output=tokens, state="reported"), model=f"fake/{model}"
        )

    return script


async def spend(made: Recipe, tokens: int = 100, **more: Any) -> Outcome:
    """Run a recipe under its own budgets; an answer of ``big`` costs a hundred times one of ``small``."""
    prices = {"big": Price(0, 100 * PER_MILLION), "small": UNIT}
    more.setdefault("budget", budget_of(made, None))
    return await go(made, script=more.pop("script", answers(tokens)), prices=prices, **more)


def steps(outcome: Outcome) -> dict[str, str]:
    return {event.path: event.status for event in outcome.events.of(StepFinished)}


LIMITED = "params: {max_tokens: 100}"


async def test_a_steps_own_limit_fails_the_step_and_its_on_fail_decides(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        f"""
        models: {{m: {{candidates: [fake/big], {LIMITED}}}}}
        steps:
          tones:
            each: "[1, 2, 3]"
            at_once: 1
            prompt: "{{{{ item }}}}"
            budget: {{calls: 2}}
            on_fail: [retry, {{fallback: unknown}}]
        outputs: {{all: "{{{{ tones | map(attribute='text') | list }}}}"}}
        """,
    )
    outcome = await spend(made)
    assert outcome.outputs == {"all": ["big", "big", "unknown"]}
    assert len(outcome.provider.asked) == 2
    again = await replayed(made, outcome)
    assert again.outputs == outcome.outputs, "a replay knows of the call that was not made"


async def test_a_server_that_bills_more_than_was_reckoned_passes_no_limit(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        models: {m: {candidates: [fake/big], params: {max_tokens: 40}}}
        steps: {a: {each: "range(50)|list", at_once: 50, prompt: "{{ item }}"}}
        outputs: {all: "{{ a|length }}"}
        budget: {usd: 0.000001}
        """,
    )

    def script(model: str, request: ModelRequest) -> Reply:
        return Reply(model, usage=Usage(input=60, output=40, state="reported"), model=f"fake/{model}")

    price = Price(PER_MILLION, PER_MILLION)
    outcome = await go(made, script=slow(1, script), prices={"big": price}, budget=budget_of(made, None))
    assert outcome.ending.status == "over_budget"
    assert len(outcome.provider.asked) == 10, "100 nano-dollars each, where some 60 were reckoned with"


async def test_a_limit_of_the_run_stops_it_whatever_on_fail_says(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {calls: 1}
        steps: {a: {prompt: a}, b: {needs: [a], prompt: b, on_fail: continue}}
        outputs: {a: "{{ a.text }}", both: "{{ a.text }} {{ b.text }}"}
        """,
    )
    outcome = await spend(made)
    assert (outcome.ending.status, outcome.ending.error_path) == ("over_budget", "b")
    assert outcome.ending.error == "the run's 1 call is used up"


async def test_items_that_a_stopped_run_did_not_come_to_are_missing(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {calls: 2}
        steps:
          all: {each: "[1, 2, 3, 4, 5]", at_once: 1, prompt: "{{ item }}"}
          b: {needs: [all], prompt: b}
        """,
    )
    outcome = await spend(made)
    assert (outcome.ending.status, outcome.ending.error_path) == ("over_budget", "all[2]")
    assert [(each.path, each.why) for each in outcome.ending.missing] == [
        ("all", "3 of 5 items not done"),
        ("b", "not done"),
    ]


async def test_what_is_missing_is_told_in_the_recipes_order(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        steps:
          b: {needs: [a], prompt: b, gate: {contains: never}, on_fail: continue}
          a: {each: "range(12)", prompt: "{{ item }}", gate: {contains: never}, optional: true}
        """,
    )
    outcome = await spend(made)
    wanted = ["b", *(f"a[{number}]" for number in range(12))]
    assert [each.path for each in outcome.ending.missing] == wanted


async def test_an_optional_step_is_done_without(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {calls: 2}
        steps:
          a: {prompt: a}
          extra: {needs: [a], optional: true, steps: {x: {prompt: x}, y: {needs: [x], prompt: y}}}
          all: {needs: [extra], each: "[1, 2]", prompt: z, optional: true}
        outputs:
          reply: "{{ a.text }}"
          lost: "{{ [extra.failed, extra.y.text is none, all[0].failed, all | length] }}"
        """,
    )
    outcome = await spend(made)
    assert outcome.outputs == {"reply": "a", "lost": [True, True, True, 2]}
    assert len(outcome.provider.asked) == 2
    assert (await replayed(made, outcome)).outputs == outcome.outputs


async def test_cheaper_asks_the_next_cheaper_candidate_that_fits(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        f"""
        models: {{m: {{candidates: [fake/big, fake/small, fake/free], {LIMITED}}}}}
        budget: {{usd: 0.0000101, on_exceed: cheaper}}
        steps: {{a: {{prompt: a}}, b: {{needs: [a], prompt: b}}, c: {{needs: [b], prompt: c}}}}
        outputs: {{who: "{{{{ a.text }}}} {{{{ b.text }}}} {{{{ c.text }}}}"}}
        """,
    )
    outcome = await spend(made)
    assert outcome.outputs == {"who": "big small free"}
    reason = [each.reason for each in outcome.events.of(RouteDecided) if each.chosen == "fake/small"]
    assert reason[0].startswith("cheaper than fake/big: the next call may cost $0.00001 and only")
    assert (await replayed(made, outcome)).outputs == outcome.outputs
    stopped = await spend(made, budget=Budget(nano=10_100))
    assert (stopped.ending.status, stopped.ending.error_path) == ("over_budget", "b")
    assert stopped.ending.hint.endswith("with on_exceed: cheaper, fake/small would be asked")


class Person:
    """Answers from a list; nobody is there after it."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None


ASKS = f"""
    models: {{m: {{candidates: [fake/small], {LIMITED}}}}}
    budget: {{usd: 0.00000025, on_exceed: ask}}
    steps: {{all: {{each: "[1, 2, 3, 4, 5, 6]", prompt: "{{{{ item }}}}"}}}}
    outputs: {{n: "{{{{ all | length }}}}"}}
"""


async def test_ask_lets_a_person_raise_the_limit(tmp_path: Path) -> None:
    made, person = recipe(tmp_path, ASKS), Person("no idea", "+0.0000001", "$0.000001")
    outcome = await spend(made, person=person)
    assert outcome.outputs == {"n": 6}
    assert len(person.questions) == 3, "one question at a time, however many calls wait"
    assert "Raise it? Write the new limit in dollars, or stop." in person.questions[0]
    assert person.questions[1].startswith("'no idea' is no limit above $0.00000025.")
    assert (await replayed(made, outcome)).outputs == outcome.outputs


async def test_ask_and_nobody_there_puts_the_run_aside(tmp_path: Path) -> None:
    made = recipe(tmp_path, ASKS)
    outcome = await spend(made)
    assert outcome.ending.status == "waiting"
    assert len(outcome.events.of(HumanAsked)) == 1
    assert len(outcome.provider.asked) == 2
    own = Recording("first", rows(outcome.events.all), finished_only=True)
    more = await spend(
        made, rules=Rules((own,)), budget=Budget(nano=10_000), start={"resumed": True, "last_call": 10}
    )
    assert more.outputs == {"n": 6}
    assert len(more.provider.asked) == 4, "what was paid is not paid again"
    assert (await spend(made, person=Person("stop"))).ending.status == "over_budget"


async def test_an_answer_cut_by_the_budget_is_no_answer(tmp_path: Path) -> None:
    made = recipe(tmp_path, "models: {m: fake/small}\nbudget: {usd: 0.0000005}\nsteps: {a: {prompt: a}}")
    outcome = await spend(made, script=answers(500, "length"))
    assert outcome.provider.asked[0][1].params == {"max_tokens": 500}, "the provider is told"
    assert outcome.ending.status == "over_budget"
    assert "cut at 500 tokens" in (outcome.ending.error or "")
    finished = outcome.events.of(CallFinished)[0]
    assert (finished.cost_nano, finished.error_class) == (500, "budget")
    assert finished.answer is not None and finished.answer["text"] == "small", "what was paid is kept"


async def test_unknown_prices_run_under_a_money_budget_only_where_it_says_so(tmp_path: Path) -> None:
    text = "models: {m: fake/x}\nbudget: {usd: 1%s}\nsteps: {a: {prompt: a}}\noutputs: {a: '{{ a.text }}'}"
    refused = await go(made := recipe(tmp_path, text % ""), prices={"x": None}, budget=budget_of(made, None))
    assert refused.ending.status == "over_budget"
    assert "unknown_price: allow" in refused.ending.hint
    made = recipe(tmp_path, text % ", unknown_price: allow")
    assert (await go(made, prices={"x": None}, budget=budget_of(made, None))).outputs == {"a": "x"}


# --- time -------------------------------------------------------------------------------------------------


async def test_attempts_get_what_time_is_left_and_steps_degrade_as_declared(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {seconds: 1}
        steps:
          a: {prompt: a, budget: {seconds: 0.2}, on_fail: [retry, {fallback: short}]}
          b: {needs: [a], prompt: b, optional: true}
        outputs: {a: "{{ a.text }}", b: "{{ b.failed }}"}
        """,
    )
    began = asyncio.get_running_loop().time()
    outcome = await spend(made, script=slow(30, answers(1)))
    took = asyncio.get_running_loop().time() - began
    assert outcome.outputs == {"a": "short", "b": True}
    assert took == pytest.approx(1, abs=0.01)
    assert (await replayed(made, outcome)).outputs == outcome.outputs


async def test_a_step_that_can_be_done_without_leaves_time_for_what_follows(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {seconds: 1.0}
        steps: {a: {prompt: a, optional: true}, b: {needs: [a], prompt: b}}
        outputs: {b: "{{ b.text }}"}
        """,
    )

    async def script(model: str, request: ModelRequest) -> Reply:
        await asyncio.sleep(30 if request.messages[-1].text == "a" else 0.4)
        return Reply("in time")

    outcome = await spend(made, script=script, ahead=lambda path: (0, 0.6 if path == "a" else 0.0))
    assert outcome.outputs == {"b": "in time"}


async def test_what_follows_and_is_unknown_gets_an_equal_share(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {seconds: 0.9}
        steps:
          a: {prompt: a, on_fail: [{fallback: x}]}
          b: {needs: [a], prompt: b}
          c: {needs: [b], prompt: c}
        outputs: {all: "{{ a.text }} {{ c.text }}"}
        """,
    )

    async def script(model: str, request: ModelRequest) -> Reply:
        await asyncio.sleep(30 if request.messages[-1].text == "a" else 0.05)
        return Reply("in time")

    outcome = await spend(made, script=script, ahead=lambda path: (2, 0.0))
    assert outcome.outputs == {"all": "x in time"}
    took = outcome.events.of(CallFinished)[0].seconds
    assert took == pytest.approx(0.3, abs=0.01)


async def test_candidates_that_cannot_make_it_do_not_qualify(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        models: {m: [fake/big, fake/small]}
        budget: {seconds: 2}
        steps: {a: {prompt: a}}
        outputs: {a: "{{ a.text }}"}
        """,
    )
    outcome = await spend(made, pace=lambda path, model: 3.0 if model == "fake/big" else 0.1)
    assert outcome.outputs == {"a": "small"}
    decided = outcome.events.of(RouteDecided)[0]
    assert decided.candidates[0].reason == "usually takes 3 s and 2 s is left"
    assert asked(await replayed(made, outcome)) == []


@pytest.mark.parametrize("at", ["steps: {s: {prompt: x, budget: {usd: 1, calls: 0}}}", "budget: {}"])
async def test_a_budget_that_limits_nothing_is_a_mistake(tmp_path: Path, at: str) -> None:
    from workbench.errors import RecipeError

    with pytest.raises(RecipeError):
        recipe(tmp_path, f"{at}\n" + ("" if "steps" in at else "steps: {s: {prompt: x}}"))


async def test_the_time_of_a_step_ends_with_it(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        steps:
          a: {prompt: a, budget: {seconds: 5}}
          b: {needs: [a], prompt: b}
        outputs: {b: "{{ b.text }}"}
        """,
    )
    outcome = await spend(made, script=slow(0.2, answers(1)))
    (line,) = outcome.events.of(RunFinished)[0].budgets
    assert line.name == "a"
    assert line.used == pytest.approx(0.2, abs=0.01)


async def test_tries_again_have_no_new_share_of_the_time(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        budget: {seconds: 1.2}
        steps:
          a: {prompt: a, optional: true, timeout: 100ms, on_fail: [retry, retry, retry, retry]}
          b: {needs: [a], prompt: b}
        outputs: {b: "{{ b.text }}"}
        """,
    )

    async def script(model: str, request: ModelRequest) -> Reply:
        await asyncio.sleep(30 if request.messages[-1].text == "a" else 0.05)
        return Reply("in time")

    began = asyncio.get_running_loop().time()
    outcome = await spend(made, script=script, ahead=lambda path: (2 if path == "a" else 0, 0.0))
    assert outcome.outputs == {"b": "in time"}
    assert asyncio.get_running_loop().time() - began < 0.8, "a had a third, 0.4 s, however often it tried"


async def test_who_waits_for_the_reservations_of_others_gives_up_in_its_own_time(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        models: {m: {candidates: [fake/x], params: {max_tokens: 10}}}
        budget: {tokens: 40}
        steps:
          a: {prompt: a}
          b: {prompt: b, timeout: 100ms, on_fail: continue}
        outputs: {a: "{{ a.text }}", b: "{{ b.failed }}"}
        """,
    )
    outcome = await spend(made, script=slow(0.4, answers(1)))
    assert outcome.outputs == {"a": "x", "b": True}
    failed = next(each for each in outcome.events.of(StepFinished) if each.path == "b")
    assert failed.error_class == "timeout"


async def test_a_wait_that_leaves_no_time_for_another_try_is_not_begun(tmp_path: Path) -> None:
    """The step's share of the time is a third, 0.4 s, and the server asks for a wait of a second."""
    made = recipe(
        tmp_path,
        """
        budget: {seconds: 1.2}
        steps:
          a: {prompt: a, optional: true}
          b: {needs: [a], prompt: b}
        outputs: {b: "{{ b.text }}"}
        """,
    )

    def script(model: str, request: ModelRequest) -> Reply:
        if request.messages[-1].text == "a":
            raise CallError("server", "HTTP 503", retry_after=1.0)
        return Reply("in time")

    began = asyncio.get_running_loop().time()
    outcome = await spend(made, script=script, ahead=lambda path: (2 if path == "a" else 0, 0.0))
    assert asyncio.get_running_loop().time() == pytest.approx(began, abs=0.01)
    assert outcome.outputs == {"b": "in time"}
    failed, refused, _ = outcome.events.of(CallFinished)
    assert (failed.error_class, refused.error_class, refused.finish) == ("server", "budget", "limit")
    assert refused.error is not None
    assert refused.error.startswith("no time to try again: the wait would be 1")
    assert refused.error.endswith("step a has 0.4 s left (fake/a: HTTP 503)")
    assert refused.seconds < 1
    assert (await replayed(made, outcome)).outputs == outcome.outputs


async def test_another_candidate_is_asked_where_no_time_is_left_to_wait(tmp_path: Path) -> None:
    made = recipe(
        tmp_path,
        """
        models: {m: {candidates: [fake/big, fake/small], fallback: {on: [server]}}}
        steps: {a: {prompt: a, budget: {seconds: 0.2}}}
        outputs: {a: "{{ a.text }}"}
        """,
    )

    def script(model: str, request: ModelRequest) -> Reply:
        if model == "big":
            raise CallError("server", "HTTP 503", retry_after=1.0)
        return Reply("from small")

    outcome = await spend(made, script=script)
    assert outcome.outputs == {"a": "from small"}
    assert asked(outcome) == ["fake/big", "fake/small"]


async def test_a_try_that_was_too_slow_leaves_the_time_to_another_candidate(tmp_path: Path) -> None:
    """One more second at the slow one, of two in all, would leave none for who can do it."""
    made = recipe(
        tmp_path,
        """
        models: {m: {candidates: [fake/big, fake/small], fallback: {on: [timeout]}}}
        steps: {a: {prompt: a, timeout: 1s, budget: {seconds: 2}}}
        outputs: {a: "{{ a.text }}"}
        """,
    )

    async def script(model: str, request: ModelRequest) -> Reply:
        if model == "big":
            await asyncio.sleep(9)
        return Reply("from small")

    outcome = await spend(made, script=script)
    assert outcome.outputs == {"a": "from small"}
    assert asked(outcome) == ["fake/big", "fake/small"]
