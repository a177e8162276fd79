"""Plans: what would happen and why, what it may cost; held against what then happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.plan_against_actual import measure
from tests.engine.kit import echo
from tests.study.kit import Lab, planned, reason
from workbench.guard.clearance import Clearances
from workbench.providers.port import ModelInfo, ModelRequest, Reply
from workbench.recipe.load import load
from workbench.study.change import Change
from workbench.study.common import today
from workbench.study.history import Expectation, expectation
from workbench.study.interval import interval
from workbench.study.outcome import covers, outcome
from workbench.study.plan import Plan, plan_again, plan_live
from workbench.study.plan_budgets import amounts
from workbench.usage import PER_MILLION, Price, Usage


async def test_fifty_reruns_against_their_plans(tmp_path: Path) -> None:
    tally = await measure(tmp_path, 50, seed=7)
    assert tally.faults == []
    assert tally.exact == 50
    assert tally.inside >= 45


LIVE = """
inputs: {word: {type: string, default: hi}}
steps:
  kind: {prompt: "kind of {{ word }}"}
  items: {set: {list: [a, b]}}
  say: {each: items.list, prompt: "say {{ item }}"}
  maybe: {if: kind.text == 'x', prompt: "maybe"}
  group: {steps: {one: {prompt: "one {{ kind.text }}"}, two: {prompt: "two {{ one.text }}"}}}
  better: {repeat: {at_most: 3, until: "better.text == 'x'"}, prompt: "again {{ loop.index }}"}
"""


async def test_a_live_plan(lab: Lab) -> None:
    loaded = lab.write(LIVE)
    plan = await plan_live(lab.bench, loaded, {}, Change())
    assert planned(plan, "call") == ["better#1", "group/one", "group/two", "kind", "say[0]", "say[1]"]
    assert planned(plan, "unknown") == ["better#2", "maybe"]
    assert reason(plan, "group/one") == "after kind"
    assert reason(plan, "maybe") == "until kind is known: if kind.text == 'x'"
    assert reason(plan, "better#2") == "until better#1 is known: at most 2 more"
    assert plan.cost == (0, 0)
    assert lab.asked() == []
    assert lab.reader.count_runs() == 0


LISTS = """
inputs: {words: {type: list, default: [a, b, c]}}
steps:
  kind: {prompt: kind}
  pair: {set: {list: [x, y]}}
  group: {each: words, steps: {one: {each: pair.list, as: word, prompt: "{{ kind.text }} {{ word }}"}}}
  nobody: {each: "[]", prompt: "{{ kind.text }}"}
  found: {each: kind.text.split(), prompt: "say {{ item }}"}
  maybe: {if: kind.text == 'x', each: words, prompt: "maybe {{ item }}"}
"""


async def test_items_of_what_waits_are_counted_where_their_list_is_known(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", price=Price(10**9, 10**9))
    recipe = lab.write(LISTS)
    plan = await plan_live(lab.bench, recipe, {}, Change())
    often = {each.path: (each.action, each.at_most, each.or_more) for each in plan.steps}
    assert often["group/one"] == ("call", 6, False)
    assert often["found"] == ("call", 1, True)
    assert often["maybe"] == ("unknown", 3, False)
    assert often["nobody"][0] == "none"
    assert (plan.count("call"), plan.count("unknown"), plan.or_more) == (8, 3, True)
    assert reason(plan, "group/one") == "after kind, 6 times"
    assert reason(plan, "found") == "after kind, for each of kind.text.split()"
    await lab.close()


MEANING = """
inputs: {question: {type: string, default: "What of 7?"}}
data: {kb: {file: kb.csv}}
models: {finder: fake/a}
steps: {search: {retrieve: "{{ question }}", from: kb, model: finder}}
"""


async def test_a_search_by_meaning_costs_what_it_compares(tmp_path: Path) -> None:
    lab = Lab(tmp_path, price=Price(1_000_000_000, 0))
    rows = [f"d{each},T,{'word ' * 200}\n" for each in range(100)]
    few = lab.write(MEANING, {"kb.csv": "id,title,text\n" + "".join(rows[:10])})
    (planned_few,) = (await plan_live(lab.bench, few, {}, Change())).steps
    assert planned_few.cost is not None
    assert planned_few.cost.p50 == pytest.approx(10 * 1000 / 4 * 1000, rel=0.1)
    many = lab.write(MEANING, {"kb.csv": "id,title,text\n" + "".join(rows)})
    (planned_many,) = (await plan_live(lab.bench, many, {}, Change())).steps
    assert "of 100 documents only the 64 that share most words" in planned_many.reason
    await lab.bench.close()


AGENT = """
tools: {double: "tools.py:double"}
steps: {work: {agent: "Twice 4?", tools: double, at_most: 5}}
"""


async def test_an_agent_may_ask_as_often_as_its_limit_says(tmp_path: Path) -> None:
    lab = Lab(tmp_path, price=Price(1_000_000_000, 1_000_000_000))
    recipe = lab.write(AGENT, {"tools.py": "def double(number: int) -> int:\n    return number * 2\n"})
    before = await plan_live(lab.bench, recipe, {}, Change())
    assert (before.count("call"), before.count("unknown")) == (1, 4)
    first, more = before.steps
    assert more.reason.startswith("until it can answer: at most 4 more questions to its model")
    assert first.cost is not None and more.cost is not None
    assert more.cost.p50 == pytest.approx(4 * first.cost.p50)
    result = await lab.run(AGENT)
    held = outcome(lab.reader, before, result.run)
    assert held.unplanned == ()
    after = await plan_live(lab.bench, recipe, {}, Change())
    assert (after.count("unknown"), after.steps[1].cost.p90) == (4, 0)  # the record tells of whole agents
    assert "work" not in planned(await plan_again(lab.bench, "last", Change()), "call")
    await lab.bench.close()


async def test_what_waits_inside_a_group_is_planned_too(lab: Lab) -> None:
    await lab.run(LIVE)
    lab.write(LIVE.replace("one {{", "ONE now {{"))
    plan, again = await lab.rerun()
    assert planned(plan, "call") == ["group/one"]
    assert planned(plan, "unknown") == ["group/two"]
    assert reason(plan, "group/two") == "until one is known"
    assert outcome(lab.reader, plan, again.run).unplanned == ()


async def test_costs_follow_the_prompt_the_price_and_the_record(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", echo, Price(1_000_000_000, 4_000_000_000))
    first = await lab.run("steps:\n  s: {prompt: 'a prompt of 33 characters or so..'}\n")
    assert lab.reader.run(first.run).cost_nano == 2 * 1000 + 1 * 4000
    path = lab.folder / "recipe.yaml"
    path.write_text(path.read_text().replace("so..", "so" + "." * 35), "utf-8")
    plan, _ = await lab.rerun()
    [step] = plan.steps
    assert step.cost is not None
    assert step.cost.p50 == pytest.approx(4 * 1000 + 4000, rel=0.01), "twice the prompt, the same answer"
    assert step.cost.low < step.cost.p50 < step.cost.p90 < step.cost.high
    least, most = plan.cost
    assert most is not None and least < 8000 < most
    await lab.close()


async def test_an_unknown_price_is_unknown(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", echo, None)
    loaded = lab.write("steps:\n  s: {prompt: hi}\n")
    plan = await plan_live(lab.bench, loaded, {}, Change())
    assert plan.steps[0].cost is None
    assert plan.cost == (0, None)
    result = await lab.bench.run(load(loaded.path), {})
    found = outcome(lab.reader, plan, result.run)
    assert str(found) == "planned 1 call, $0 or more; made 1 call, $?"
    await lab.close()


def test_expectations() -> None:
    assert expectation([0, 0]).spread.high == 0
    one = expectation([100.0]).spread
    many = expectation([100.0] * 50).spread
    assert one.p50 == pytest.approx(100)
    assert one.high > many.high > 100
    assert expectation([100.0] * 50, familiar=False).spread.high > many.high
    assert expectation([100.0], known=50).spread.p50 == pytest.approx(150)


def test_many_calls_together_are_surer_than_each_alone() -> None:
    single = Expectation(0, 100, 0.8, 1000)
    _, most = interval([(number, single) for number in range(100)], [])
    assert most is not None and most < 100 * single.spread.high / 2
    assert interval([("a", single), None], [])[1] is None
    assert interval([], []) == (0, 0)


@pytest.mark.parametrize(
    ("unknown", "path", "expected"),
    [
        ("a", "a", True), ("a", "a[3]", True), ("a", "a[3]/b", True), ("a/b", "a[3]/b", True),
        ("a", "b", False), ("a[1]/b", "a[2]/b", False), ("a#2", "a#3", True), ("a#2", "a#1", False),
        ("a#2", "a#3/b", True),
        ("a/b", "a", False),
    ],
)  # fmt: skip
def test_what_an_unknown_step_covers(unknown: str, path: str, expected: bool) -> None:
    assert covers(unknown, path) is expected


async def test_a_plan_names_the_guards_that_may_stop_a_call(lab: Lab) -> None:
    made = lab.write(
        """
        inputs: {q: string}
        steps:
          a: {prompt: "{{ q }}", guard: [{in: q, injection: {}}, {length: {at_most: 90}}]}
          b: {prompt: "{{ a.text }}"}
        outputs: {o: "{{ b.text }}"}
        """
    )
    plan = await plan_live(lab.bench, made, {"q": "hello"}, Change())
    assert reason(plan, "a") == (
        "a live run asks everything; unless a guard stops it: injection of q, length of request"
    )
    assert "guard" not in reason(plan, "b")
    result = await lab.bench.run(made, {"q": "hello"})
    again = await plan_again(lab.bench, result.run, Change())
    assert "guard" not in reason(again, "a")


async def test_it_says_whom_the_policy_would_ask_and_what_is_against_others(lab: Lab) -> None:
    made = lab.write(
        "inputs: {t: {type: string, labels: [customer]}}\n"
        "models: {m: {candidates: [fake/a, fake/b, fake/c], policy: cascade}}\n"
        "steps: {a: {prompt: '{{ t }}', model: m}}\noutputs: {o: '{{ a.text }}'}\n"
    )
    lab.bench.clearances = Clearances({"customer": ("fake/b", "fake/c")})
    plan = await plan_live(lab.bench, made, {"t": "x"}, Change())
    assert (plan.steps[0].target, reason(plan, "a")) == (
        "fake/b",
        "cheapest first; not fake/a: not cleared for customer",
    )
    assert lab.asked() == []


# --- budgets ----------------------------------------------------------------------------------

LIMITED = """
models: {m: {candidates: [fake/a], params: {max_tokens: 100}, budget: {calls: 2}}}
budget: {%s}
steps:
  one: {prompt: "say something of {{ 'x' }}", model: m}
  two: {prompt: "and {{ one.text }}", model: m, optional: true, budget: {seconds: 9}}
  three: {if: two.text == 'x', prompt: "or {{ one.text }}", model: m, on_fail: [{fallback: none}]}
"""
PRICE = Price(1_000_000_000, 1_000_000_000)
"""A token is a thousandth of a millidollar."""


def told(plan: Plan, of: str, measure: str) -> tuple[str, str]:
    (found,) = [each for each in plan.budgets if f"{each.level} {each.name}".strip() == of
                and each.measure == measure]  # fmt: skip
    return found.verdict, found.why


async def test_a_plan_tells_what_it_would_take_of_each_budget(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", price=PRICE)
    made = lab.write(LIMITED % "usd: 1.0, tokens: 5, seconds: 20")
    await lab.run(LIMITED % "usd: 1.0, seconds: 20")
    plan = await plan_live(lab.bench, made, {}, Change())
    assert told(plan, "run", "usd") == ("holds", "")
    assert told(plan, "run", "tokens") == ("may stop it", "left is 5 tokens")
    assert told(plan, "run", "seconds") == ("holds", "")
    assert told(plan, "step two", "seconds") == ("holds", "")
    assert told(plan, "role m", "calls") == ("may stop it", "left is 2 calls")
    assert {step.path: step.without for step in plan.steps} == {
        "one": "", "two": "optional", "three": "else its fallback value",
    }  # fmt: skip
    await lab.close()


async def test_a_call_that_no_budget_would_hold_is_told_beforehand(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", price=PRICE)
    made = lab.write(LIMITED % "usd: 0.0001")
    plan = await plan_live(lab.bench, made, {}, Change())
    verdict, why = told(plan, "run", "usd")
    assert (verdict, why[:21]) == ("stops it", "one may cost $0.00013"[:21])
    result = await lab.bench.run(made, {})
    assert (result.status, lab.asked()) == ("over_budget", [])
    held = await plan_live(lab.bench, made, {}, Change(budget_usd=1.0))
    assert told(held, "run", "usd")[0] == "holds"
    unpriced = Lab(tmp_path / "other", price=None)
    made = unpriced.write(LIMITED % "usd: 1")
    plan = await plan_live(unpriced.bench, made, {}, Change())
    assert told(plan, "run", "usd") == ("stops it", "the price of fake/a is unknown")
    await lab.close()
    await unpriced.close()


async def test_no_answer_costs_more_than_its_limit_of_tokens(tmp_path: Path) -> None:
    """By the record or without one: what ``max_tokens`` allows is the most an answer can cost."""
    lab = Lab(tmp_path / "lab", price=PRICE)
    made = lab.write(LIMITED % "usd: 1")
    plan = await plan_live(lab.bench, made, {}, Change())
    for step in plan.steps:
        assert step.expected is not None
        assert step.expected.spread.high - step.expected.known == PRICE.most(0, 100)
    await lab.close()


async def test_of_equally_dear_calls_the_first_is_named(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", price=PRICE)
    many = 'each: "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", prompt: "{{ item % 2 }}", model: m'
    head = LIMITED.partition("steps:")[0] % "usd: 0.00001"
    made = lab.write(f"{head}steps: {{one: {{{many}}}}}\n")
    plan = await plan_live(lab.bench, made, {}, Change())
    assert told(plan, "run", "usd")[1].startswith("one[0] may cost")
    await lab.close()


async def test_a_plan_counts_what_a_day_has_used_already(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "workbench.toml").write_text("[budgets.day]\ncalls = 4\n", encoding="utf-8")
    lab = Lab(tmp_path / "lab")
    made = lab.write("steps: {a: {prompt: a}, b: {prompt: b}, c: {prompt: c}}")
    assert told(await plan_live(lab.bench, made, {}, Change()), f"day {today()}", "calls")[0] == "holds"
    await lab.bench.run(made, {})
    plan = await plan_live(lab.bench, made, {}, Change())
    assert told(plan, f"day {today()}", "calls") == ("stops it", "left is 1 call")
    assert [each.used for each in plan.budgets] == [3]
    await lab.close()


JUDGED = """
inputs: {q: string}
models:
  m: {candidates: [fake/a, fake/b], fallback: {on: [server]}, hedge: {after: 5s}}
  j: {candidates: [fake/judge]}
budget: {calls: 9}
steps:
  one:
    prompt: "{{ q }}"
    model: m
    gate: {rubric: {ask: "Is it good?", model: j}}
    on_fail: [revise, continue]
outputs: {o: "{{ one.text }}"}
"""


WORST = """
inputs: {q: string}
models:
  m: {candidates: [fake/a, fake/b], fallback: {on: [server]}, params: {max_tokens: 10}}
budget: {usd: 1, tokens: 9000, seconds: 20}
steps:
  one: {prompt: "{{ q }}", model: m, budget: {seconds: 3}%s}
  two: {prompt: "{{ one.text }}", model: m%s}
outputs: {o: "{{ two.text }}"}
"""


async def test_the_worst_is_told_where_limits_are_known_and_else_that_it_is_unknown(lab: Lab) -> None:
    """A nano-dollar a token at one candidate, two at the other; three tries at each."""
    lab.fake.info = lambda model: ModelInfo(  # type: ignore[method-assign]
        f"fake/{model}", price=Price(PER_MILLION, (2 if model == "b" else 1) * PER_MILLION)
    )
    one = lab.write((WORST % ("", "")).replace('  two: {prompt: "{{ one.text }}", model: m}\n', "").replace(
        "two.text", "one.text"))  # fmt: skip
    usd, tokens, seconds, step = (await plan_live(lab.bench, one, {"q": "hello"}, Change())).budgets
    assert tokens.worst and usd.worst == tokens.worst + 6 * 10, "ten tokens of answer, twice as dear"
    assert (seconds.worst, step.worst) == (3.0, 3.0)
    assert amounts(seconds) == "0 s or more of 20 s (with failures up to 3 s)"
    found = (await plan_live(lab.bench, lab.write(WORST % ("", "")), {"q": "hello"}, Change())).budgets
    assert [each.worst for each in found] == [None, None, None, 3.0], "what is asked second is not known"
    assert amounts(found[0]).endswith("of $1.00 (with failures: unknown)")
    both = WORST % (", on_fail: [revise]", ", budget: {seconds: 4}")
    found = (await plan_live(lab.bench, lab.write(both), {"q": "hello"}, Change())).budgets
    assert [each.worst for each in found] == [None, None, 7.0, 3.0, 4.0]


async def test_judges_are_counted_and_what_failures_would_add_is_told(lab: Lab) -> None:
    """A judge is asked for each answer; a judged run says nothing wrong of the writer's own calls."""

    def answer(model: str, request: ModelRequest) -> Reply:
        if model != "judge":
            return echo(model, request)
        return Reply('{"score": 1, "reason": "fine"}', {"score": 1, "reason": "fine"}, usage=Usage())

    lab.fake.script = answer
    made = lab.write(JUDGED)
    before = await plan_live(lab.bench, made, {"q": "hello"}, Change())
    assert [(each.path, each.verb, each.target) for each in before.steps] == [
        ("one", "prompt", "fake/a"), ("one", "judge", "fake/judge"),
    ]  # fmt: skip
    assert before.count("call") == 2
    (calls,) = before.budgets
    # two answers (one revised), each tried three times at two models and hedged, each judged in three tries
    assert (calls.low, calls.high, calls.worst) == (2, 2, 2 * (3 * 2 + 1 + 3))
    assert amounts(calls) == "2 of 9 calls (with failures up to 20)"
    result = await lab.bench.run(made, {"q": "hello"})
    seen = outcome(lab.reader, before, result.run)
    assert (seen.calls_planned, seen.calls, seen.unplanned) == (2, 2, ())
    own = [each for each in lab.reader.figures("t") if not each.gate]
    assert [(each.target, each.calls) for each in own] == [("fake/a", 1)]
