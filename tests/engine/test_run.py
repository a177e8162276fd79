"""A run from start to end: dataflow, conditions, loops, failures."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.kit import Events, echo, recipe, run, slow
from workbench.errors import CallError
from workbench.events import CallFinished, CallStarted, RunFinished, StepFinished
from workbench.providers.port import ModelRequest, Reply
from workbench.usage import Price, Usage

pytestmark = pytest.mark.usefixtures("leaping_clock")


def finished(events: Events) -> dict[str, StepFinished]:
    return {event.path: event for event in events.of(StepFinished)}


async def test_a_chain_passes_outputs_on(tmp_path: Path) -> None:
    text = """
    inputs: {word: string}
    steps:
      one: {prompt: "say {{ word }}"}
      two: {prompt: "again {{ one.text }}"}
    outputs: {said: "{{ two.text }}", first: "{{ one.text }}"}
    """
    outcome = await run(recipe(tmp_path, text), {"word": "hello"})
    assert outcome.outputs == {"said": "AGAIN SAY HELLO", "first": "SAY HELLO"}
    assert [event.seq for event in outcome.events.all] == list(range(1, len(outcome.events.all) + 1))


async def test_steps_that_do_not_mention_each_other_overlap(tmp_path: Path) -> None:
    steps = "\n".join(f"      s{i}: {{prompt: 'p{i}'}}" for i in range(8))
    mention = " ".join(f"{{{{ s{i}.text }}}}" for i in range(8))
    text = f"""
    steps:
{steps}
      join: {{prompt: "{mention}"}}
    outputs: {{all: "{{{{ join.text }}}}"}}
    """
    flying = most = 0

    async def count(model: str, request: ModelRequest) -> Reply:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.02)
        flying -= 1
        return echo(model, request)

    outcome = await run(recipe(tmp_path, text), script=count)
    assert most == 8
    assert outcome.outputs["all"] == "P0 P1 P2 P3 P4 P5 P6 P7"


async def test_conditions_skip_and_skipped_results_are_none(tmp_path: Path) -> None:
    text = """
    inputs: {n: integer}
    steps:
      small: {if: n < 10, prompt: "small"}
      large: {if: n >= 10, prompt: "large"}
    outputs: {size: "{{ small.text or large.text }}", skipped: "{{ small.skipped }}"}
    """
    outcome = await run(recipe(tmp_path, text), {"n": 12})
    assert outcome.outputs == {"size": "LARGE", "skipped": True}
    assert finished(outcome.events)["small"].status == "skipped"


async def test_choose_takes_the_first_branch_that_holds(tmp_path: Path) -> None:
    text = """
    inputs: {kind: string}
    steps:
      reply:
        choose:
          - {when: "kind == 'a'", prompt: "branch a"}
          - {when: "kind == 'b'", prompt: "branch b"}
        else: {prompt: "neither"}
    outputs: {said: "{{ reply.text }}"}
    """
    loaded = recipe(tmp_path, text)
    said = [(await run(loaded, {"kind": kind})).outputs["said"] for kind in ("a", "b", "c")]
    assert said == ["BRANCH A", "BRANCH B", "NEITHER"]


async def test_each_runs_items_at_once_and_keeps_their_order(tmp_path: Path) -> None:
    text = """
    inputs: {words: list}
    steps:
      shout: {each: words, as: word, at_once: 3, prompt: "{{ loop.index }} {{ word }}"}
    outputs: {all: "{{ shout | map(attribute='text') | join(', ') }}"}
    """
    most = flying = 0

    async def count(model: str, request: ModelRequest) -> Reply:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.005)
        flying -= 1
        return echo(model, request)

    outcome = await run(recipe(tmp_path, text), {"words": list("abcdefg")}, script=count)
    assert outcome.outputs["all"] == "1 A, 2 B, 3 C, 4 D, 5 E, 6 F, 7 G"
    assert most == 3
    assert "shout[6]" in finished(outcome.events)


async def test_repeat_goes_on_until_the_gate_passes_and_revises(tmp_path: Path) -> None:
    text = """
    steps:
      draft:
        prompt: "pass {{ loop.index }}"
        repeat: {at_most: 5}
        gate: {contains: "PASS 3"}
        on_fail: revise
    outputs: {said: "{{ draft.text }}"}
    """

    def answer(model: str, request: ModelRequest) -> Reply:
        return Reply(request.messages[0].text.upper())

    outcome = await run(recipe(tmp_path, text), script=answer)
    assert outcome.outputs["said"] == "PASS 3"
    assert outcome.calls == 3
    correction = outcome.provider.prompts[1]
    assert "contains" in correction and "mend" in correction
    assert finished(outcome.events)["draft#2"].status == "failed"


async def test_until_sees_the_pass_before_and_how_many_there_were(tmp_path: Path) -> None:
    text = """
    inputs: {words: list}
    steps:
      same:
        prompt: "{{ words[loop.index - 1] }}"
        repeat: {until: "previous and same.text == previous.text", at_most: 5}
      few:
        each: words
        prompt: "{{ item }} {{ loop.index }}"
        repeat: {until: "loop.index == 2 and item in few.text | lower", at_most: 5}
    outputs: {said: "{{ same.text }}", few: "{{ few | map(attribute='text') | join(', ') }}"}
    """
    outcome = await run(recipe(tmp_path, text), {"words": ["a", "b", "b", "c"]})
    assert outcome.outputs == {"said": "B", "few": "A 2, B 2, B 2, C 2"}
    passes = [path for path in finished(outcome.events) if path.startswith("same#")]
    assert passes == ["same#1", "same#2", "same#3"]


async def test_repeat_keeps_the_best_pass(tmp_path: Path) -> None:
    text = """
    steps:
      draft:
        prompt: "x"
        repeat: {at_most: 3, keep: best, until: "false"}
        gate: {length: {at_most: 4}}
        on_fail: continue
    outputs: {said: "{{ draft.text }}"}
    """
    answers = iter(["far too long", "fine", "much too long again"])
    outcome = await run(recipe(tmp_path, text), script=lambda model, request: Reply(next(answers)))
    assert outcome.outputs["said"] == "fine"


async def test_groups_are_scopes_and_their_results_are_visible_outside(tmp_path: Path) -> None:
    text = """
    inputs: {words: list}
    steps:
      pair:
        each: words
        steps:
          up: {prompt: "{{ item }}"}
          twice: {prompt: "{{ up.text }} {{ up.text }}"}
    outputs: {last: "{{ pair[1].twice.text }}"}
    """
    outcome = await run(recipe(tmp_path, text), {"words": ["a", "b"]})
    assert outcome.outputs == {"last": "B B"}
    assert {"pair[0]/up", "pair[1]/twice"} <= set(finished(outcome.events))


async def test_a_failed_step_fails_the_run_and_what_is_in_flight_lands(tmp_path: Path) -> None:
    text = """
    steps:
      bad: {prompt: "bad"}
      paid: {prompt: "paid"}
      never: {prompt: "{{ bad.text }}"}
    """

    async def answer(model: str, request: ModelRequest) -> Reply:
        if request.messages[0].text == "bad":
            await asyncio.sleep(0.01)
            raise CallError("refused", "no")
        await asyncio.sleep(0.05)
        return Reply("landed")

    outcome = await run(recipe(tmp_path, text), script=answer)
    assert (outcome.ending.status, outcome.ending.error_class, outcome.ending.error_path) == (
        "failed",
        "refused",
        "bad",
    )
    ends = {event.path: event for event in outcome.events.of(CallFinished)}
    assert ends["paid"].status == "ok" and ends["paid"].answer == {"text": "landed", "data": None}
    assert finished(outcome.events)["paid"].status == "cancelled"
    assert "never" not in finished(outcome.events)
    assert isinstance(outcome.events.all[-1], RunFinished)


async def test_on_fail_retries_then_continues(tmp_path: Path) -> None:
    text = """
    steps:
      shaky: {prompt: "x", gate: {contains: ok}, on_fail: [retry, continue]}
    outputs: {failed: "{{ shaky.failed }}", text: "{{ shaky.text }}"}
    """
    answers = iter(["one", "two"])
    outcome = await run(recipe(tmp_path, text), script=lambda model, request: Reply(next(answers)))
    assert outcome.outputs == {"failed": True, "text": "two"}


async def test_fallback_tries_the_next_candidate_and_each_attempt_is_recorded(tmp_path: Path) -> None:
    text = """
    models: {m: {candidates: [fake/a, fake/b], fallback: {on: [refused]}}}
    steps: {s: {prompt: hello}}
    outputs: {said: "{{ s.text }}", by: "{{ s.model }}"}
    """

    def answer(model: str, request: ModelRequest) -> Reply:
        if model == "a":
            raise CallError("refused", "I would rather not")
        return Reply("from b")

    outcome = await run(recipe(tmp_path, text), script=answer)
    assert outcome.outputs == {"said": "from b", "by": "fake/b"}
    assert [(event.attempt, event.target) for event in outcome.events.of(CallStarted)] == [
        (1, "fake/a"),
        (2, "fake/b"),
    ]
    assert [event.status for event in outcome.events.of(CallFinished)] == ["error", "ok"]


async def test_a_time_limit_is_an_error_class(tmp_path: Path) -> None:
    text = """
    steps: {s: {prompt: hello, timeout: 20ms, on_fail: continue}}
    outputs: {failed: "{{ s.failed }}"}
    """
    outcome = await run(recipe(tmp_path, text), script=slow(5))
    ended = outcome.events.of(CallFinished)
    assert {event.error_class for event in ended} == {"timeout"}
    assert outcome.outputs == {"failed": True}


@pytest.mark.parametrize("workers", [1, 16])
async def test_parallel_calls_never_overshoot_a_money_budget(tmp_path: Path, workers: int) -> None:
    text = f"""
    inputs: {{words: list}}
    models: {{m: {{candidates: [fake/a], params: {{max_tokens: 1000}}}}}}
    budget: {{usd: 0.010}}
    steps: {{s: {{each: words, at_once: {workers}, prompt: "{{{{ item }}}}"}}}}
    """
    from workbench.guard.budget import Budget

    price = Price(input=0, output=1_000_000_000)  # a dollar per million: 0.001 a call of 1,000 tokens

    async def answer(model: str, request: ModelRequest) -> Reply:
        await asyncio.sleep(0.001)
        return Reply("x", usage=Usage(input=1, output=1000, state="reported"))

    outcome = await run(
        recipe(tmp_path, text), {"words": list(range(50))}, script=answer, price=price,
        budget=Budget(nano=10_000_000),
    )  # fmt: skip
    paid = sum(event.cost_nano or 0 for event in outcome.events.of(CallFinished))
    assert outcome.ending.status == "over_budget"
    assert paid == 10_000_000
    assert len(outcome.provider.asked) == 10


async def test_an_unknown_price_cannot_run_under_a_money_budget(tmp_path: Path) -> None:
    from workbench.guard.budget import Budget

    outcome = await run(recipe(tmp_path, "steps: {s: {prompt: x}}"), price=None, budget=Budget(nano=1))
    assert outcome.ending.status == "over_budget"
    assert outcome.provider.asked == []


async def test_cancelling_leaves_no_task_and_a_truthful_record(tmp_path: Path) -> None:
    events = Events()
    before = asyncio.all_tasks()
    task = asyncio.create_task(
        run(recipe(tmp_path, "steps: {s: {prompt: x}, t: {prompt: y}}"), script=slow(60), events=events)
    )
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
    assert {event.status for event in events.of(CallFinished)} == {"cancelled"}
    assert events.of(RunFinished)[0].status == "cancelled"


async def test_a_template_that_meets_missing_data_fails_its_step(tmp_path: Path) -> None:
    text = """
    inputs: {thing: object}
    steps: {s: {prompt: "{{ thing.missing }}"}}
    """
    outcome = await run(recipe(tmp_path, text), {"thing": {}})
    assert (outcome.ending.status, outcome.ending.error_path) == ("failed", "s")
    assert outcome.provider.asked == []


async def test_a_group_has_a_time_limit_of_its_own(tmp_path: Path) -> None:
    text = """
    steps:
      both:
        timeout: 30ms
        on_fail: continue
        steps: {a: {prompt: x}, b: {prompt: "{{ a.text }}"}}
    outputs: {failed: "{{ both.failed }}", b: "{{ both.b.text }}"}
    """
    outcome = await run(recipe(tmp_path, text), script=slow(0.02))
    assert outcome.outputs == {"failed": True, "b": None}
    assert finished(outcome.events)["both"].error_class == "timeout"


async def test_a_person_who_does_not_answer_in_time(tmp_path: Path) -> None:
    class Away:
        async def ask(self, path: str, question: str, choices: tuple[str, ...]) -> str | None:
            await asyncio.sleep(60)
            return None

    text = """
    steps: {who: {human: "There?", timeout: 20ms, on_fail: continue}}
    outputs: {failed: "{{ who.failed }}"}
    """
    outcome = await run(recipe(tmp_path, text), person=Away())
    assert outcome.outputs == {"failed": True}
    assert [event.error_class for event in outcome.events.of(CallFinished)] == ["timeout"]
