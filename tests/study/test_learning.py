"""The policy ``learned``: by the length without evidence, by the record with it; replays ask the same."""

from __future__ import annotations

import pytest

from tests.study.kit import Lab
from workbench.providers.port import ModelInfo, ModelRequest, Reply
from workbench.study.bench import Bench
from workbench.study.lessons import lesson, told_apart
from workbench.study.routes import routed
from workbench.study.thresholds import as_it_is
from workbench.study.what_if import what_if
from workbench.usage import Price, Usage

RECIPE = """
inputs: {texts: list}
models: {m: {candidates: [fake/cheap, fake/dear], policy: %s}}
steps: {s: {each: texts, prompt: "{{ item }}", model: m, gate: {equals: good}, on_fail: continue}}
outputs: {o: "{{ s | map(attribute='model') | list }}"}
"""
LEARNED = RECIPE % "learned, at_least: {chance: 0.7}"


def script(model: str, request: ModelRequest) -> Reply:
    """The cheap model cannot do sums; the dear one can do all."""
    bad = "cheap" in model and "sum" in request.messages[-1].text
    usage = Usage(input=2, output=1, state="reported")
    return Reply("bad" if bad else "good", usage=usage, model=f"fake/{model}")


def texts(count: int) -> list[str]:
    return [f"the sum of {n} and {n + 1}" if n % 2 else f"name town {n}" for n in range(count)]


def lab_with_prices(lab: Lab) -> Bench:
    lab.fake.script = script
    lab.fake.info = lambda model: ModelInfo(  # type: ignore[method-assign]
        f"fake/{model}", price=Price(10**9, 10**9) if model == "cheap" else Price(10**11, 10**11)
    )
    return lab.bench


async def test_it_learns_from_the_record_what_is_worth_its_price(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    await bench.run(both, {"texts": texts(260)})
    made = lab.write(LEARNED)
    result = await bench.run(made, {"texts": ["the sum of 4 and 9", "name town 77"]})
    assert result.outputs == {"o": ["fake/dear", "fake/cheap"]}
    decision = lab.reader.step(result.run, "s[1]").decisions[0]
    assert decision.reason.startswith("cheapest with a chance of at least 0.7: 0.")
    assert all(0 < each.score < 1 for each in decision.candidates)
    again = await bench.replay(result.run)
    assert again.outputs == result.outputs


async def test_without_evidence_it_says_so_and_goes_by_length(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    result = await bench.run(lab.write(LEARNED), {"texts": ["name town 1", "name town " + "x" * 1200]})
    assert result.outputs == {"o": ["fake/cheap", "fake/dear"]}
    decision = lab.reader.step(result.run, "s[0]").decisions[0]
    assert decision.reason == "not enough evidence (0 of 200 labelled calls): cheapest"


async def test_a_backtest_of_it_before_it_is_trusted(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    await bench.run(
        lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}"), {"texts": texts(260)}
    )
    role = lab.write(LEARNED).document.models["m"]
    provider = lab.fake
    found = what_if(
        list(routed(lab.reader, "t")), "m", role, lambda model: provider.info(model.split("/")[1]), draws=50
    )
    rows = {row.name: row for row in found.result.rows}
    now = rows["as the recipe is now"]
    assert now.quality.value > 0.9 > rows["as recorded"].quality.value
    assert now.cost.value < rows["always the dearest"].cost.value
    assert 0.4 < now.shares["fake/cheap"] < 0.6
    assert 0.3 < now.known < 0.7


CASCADE = """
inputs: {texts: list}
models: {m: {candidates: [fake/cheap, fake/dear], policy: %s}}
steps: {s: {each: texts, prompt: "{{ item }}", model: m%s, on_fail: continue}}
outputs: {o: "{{ s | map(attribute='model') | list }}"}
"""
JUDGED = """, gate: {contains_any: [surely, good]}"""


def hedges(model: str, request: ModelRequest) -> Reply:
    """The cheap model cannot do sums, and one can hear it."""
    bad = "cheap" in model and "sum" in request.messages[-1].text
    usage = Usage(input=2, output=1, state="reported")
    number = request.messages[-1].text.split()[-1]
    said = f"well, perhaps it is {number}, sorry" if bad else f"it is surely {number}"
    return Reply(said, usage=usage, model=f"fake/{model}")


async def test_a_cascade_reads_an_answer_and_goes_on_where_such_answers_were_bad(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    lab.fake.script = hedges
    await bench.run(lab.write(CASCADE % ("split, weights: {fake/cheap: 1}", JUDGED)), {"texts": texts(240)})
    made = lab.write(CASCADE % ("cascade, at_least: {chance: 0.5}", ""))
    result = await bench.run(made, {"texts": ["the sum of 400 and 901", "name town 770"]})
    assert result.outputs == {"o": ["fake/dear", "fake/cheap"]}
    decision = lab.reader.step(result.run, "s[0]").decisions[-1]
    assert "likely to be good by the record, 0.5 is asked for" in decision.reason
    # what was learnt since changes no replay
    await bench.run(lab.write(CASCADE % ("split, weights: {fake/cheap: 1}", JUDGED)), {"texts": texts(60)})
    asked = len(lab.fake.asked)
    again = await bench.replay(result.run)
    assert again.outputs == result.outputs and len(lab.fake.asked) == asked


async def test_a_cascade_without_known_answers_trusts_what_it_gets(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    lab.fake.script = hedges
    made = lab.write(CASCADE % ("cascade, at_least: {chance: 0.5}", ""))
    result = await bench.run(made, {"texts": ["the sum of 400 and 901"]})
    assert result.outputs == {"o": ["fake/cheap"]}


async def test_a_promise_of_quality_pays_where_it_must(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    await bench.run(
        lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}"), {"texts": texts(400)}
    )
    made = lab.write(RECIPE % "learned, at_least: {quality: 0.98}")
    result = await bench.run(made, {"texts": ["the sum of 4 and 9", "name town 77"]})
    assert result.outputs == {"o": ["fake/dear", "fake/cheap"]}
    decision = lab.reader.step(result.run, "s[1]").decisions[0]
    assert decision.reason.startswith("keeps 98% of the best model's passes: ")
    found = what_if(
        list(routed(lab.reader, "t")), "m", made.document.models["m"],
        lambda model: lab.fake.info(model.split("/")[1]), draws=20,
    )  # fmt: skip
    rows = {row.name: row for row in found.result.rows}
    assert rows["as the recipe is now"].quality.value > 0.9
    assert rows["as the recipe is now"].cost.value < rows["always the dearest"].cost.value


NEWCOMER = LEARNED.replace("fake/dear]", "fake/dear, fake/new]")


async def test_a_model_that_was_never_asked_is_not_free_but_unknown(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    await bench.run(both, {"texts": texts(260)})
    result = await bench.run(lab.write(NEWCOMER), {"texts": ["the sum of 4 and 9", "name town 77"]})
    assert result.outputs == {"o": ["fake/dear", "fake/cheap"]}
    decision = lab.reader.step(result.run, "s[0]").decisions[0]
    new = next(each for each in decision.candidates if each.model == "fake/new")
    assert new.score is None
    assert new.reason == (
        "not weighed: no outcome of it is on record, 20 are needed: ask it by shadow or split first"
    )


async def test_who_was_asked_after_bad_answers_only_is_not_weighed(lab: Lab) -> None:
    """A cascade asks its later models what is hard: what they would do with the rest it does not say."""
    bench = lab_with_prices(lab)
    await bench.run(lab.write(RECIPE % "cascade"), {"texts": texts(400)})
    made = lab.write(LEARNED)
    found = lesson(lab.reader, "t", "m", made.document.models["m"])
    cheap, dear = found.models
    assert dear.judged >= 20 and cheap.not_weighed == ""
    assert dear.not_weighed == (
        "it was asked after bad answers of others; else no outcome of it is on record, 20 are needed: "
        "ask it by shadow or split first"
    )
    assert found.promises == (), "of one model there is nothing to promise"
    shadowed = RECIPE.replace("policy: %s", "shadow: {model: fake/dear, share: 0.4}, policy: %s")
    await bench.run(lab.write(shadowed % "cascade"), {"texts": texts(400)})
    found = lesson(lab.reader, "t", "m", made.document.models["m"])
    assert [each.not_weighed for each in found.models] == ["", ""]


async def test_what_was_learnt_of_some_candidates_is_not_taken_for_others(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    await bench.run(both, {"texts": texts(260)})
    alone = LEARNED.replace("[fake/cheap, fake/dear]", "[fake/dear, fake/new]")
    for recipe, model in ((alone, "fake/dear"), (LEARNED, "fake/cheap")):
        result = await bench.run(lab.write(recipe), {"texts": ["name town 77"]})
        assert result.outputs == {"o": [model]}


async def test_calls_of_unknown_cost_are_not_weighed(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    priced = lab.fake.info
    lab.fake.info = lambda model: (  # type: ignore[method-assign]
        priced(model) if model == "dear" else ModelInfo(f"fake/{model}")
    )
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    await bench.run(both, {"texts": texts(600)})
    result = await bench.run(lab.write(LEARNED), {"texts": ["name town 77"]})
    assert result.outputs == {"o": ["fake/dear"]}
    decision = lab.reader.step(result.run, "s[0]").decisions[0]
    cheap = next(each for each in decision.candidates if each.model == "fake/cheap")
    assert cheap.reason == "not weighed: what its recorded calls cost is unknown"


async def test_a_lesson_tells_what_would_be_learnt(lab: Lab) -> None:
    bench = lab_with_prices(lab)
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    await bench.run(both, {"texts": texts(20)})
    role = lab.write(NEWCOMER).document.models["m"]
    few = lesson(lab.reader, "t", "m", role)
    assert (few.requests, few.evidence, few.has_evidence, few.promises) == (20, 0, False, ())
    await bench.run(both, {"texts": texts(300)})
    found = lesson(lab.reader, "t", "m", role)
    cheap, dear, new = found.models
    assert found.has_evidence and found.evidence == 320
    assert cheap.passed < cheap.judged and dear.passed == dear.judged
    assert cheap.apart is not None and cheap.apart > 0.95 and dear.apart is None
    assert new.judged == 0 and new.cost is None and "ask it by shadow" in new.not_weighed
    (_, ninety), *_ = found.promises
    assert ninety.lowest >= 0.9 and ninety.saving > 0.3


def test_told_apart_by_hand() -> None:
    assert told_apart([(0.9, 1), (0.5, 1), (0.5, 0), (0.1, 0)]) == 0.875
    assert told_apart([(0.9, 1)]) is None


@pytest.mark.parametrize(
    ("gate", "passed"),
    [
        ("equals: good", 30),
        ("length: {at_most: 3}", 30),
        ("length: {at_most: 2}", 0),
        ("contains: '{{ item }}'", 0),
        ("contains_any: [good, '{{ item }}']", 30),
    ],
)
async def test_an_edited_gate_is_computed_anew_on_recorded_answers(lab: Lab, gate: str, passed: int) -> None:
    """Answers are ``good`` and ``bad``; what another bound of their length would say needs nobody asked."""
    bench = lab_with_prices(lab)
    kept = RECIPE.replace("gate: {equals: good}", "gate: {%s}")
    first = gate.replace("3", "9").replace("2", "9").replace("{{ item }}", "{{ item }}!")
    made = lab.write(kept % ("split, weights: {fake/cheap: 1}", first))
    await bench.run(made, {"texts": texts(60)})
    asked = len(lab.fake.asked)
    edited = lab.write(kept % ("split, weights: {fake/cheap: 1}", gate))
    attempts = list(routed(lab.reader, "t", judge=as_it_is(edited.document)))
    assert sum(bool(each.passed) for each in attempts) == passed
    assert len(lab.fake.asked) == asked


async def test_it_learns_from_all_runs_also_where_each_makes_one_request(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest runs that a look at the routes goes by are not enough to learn from."""
    bench = lab_with_prices(lab)
    monkeypatch.setattr("workbench.study.routes.LATEST_RUNS", 2)
    both = lab.write(RECIPE % "split, weights: {fake/cheap: 1, fake/dear: 1}")
    for start in range(0, 260, 52):
        await bench.run(both, {"texts": texts(260)[start : start + 52]})
    found = lesson(lab.reader, "t", "m", lab.write(LEARNED).document.models["m"])
    assert (found.requests, found.has_evidence, found.is_latest) == (260, True, False)
    assert len(list(routed(lab.reader, "t", role="m", runs=2))) == 104
    assert not list(routed(lab.reader, "t", role="other"))
