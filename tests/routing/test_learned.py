"""The learned router: it learns what pays, the same way every time, and refuses without evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from benchmarks import routing as bench
from workbench.routing.answer_gate import AnswerGate
from workbench.routing.features import answer_features, text_features
from workbench.routing.learned import ENOUGH, Example, Router
from workbench.routing.threshold import NotEnoughEvidence, calibrate

KINDS = ("red", "green", "blue")
COSTS = {"dear": 100.0, "cheap": 1.0}


def examples(count: int) -> list[Example]:
    """Sums are hard for the cheap model; capitals are easy for both; riddles for neither."""
    kinds = (
        ("add {0} to {1} and divide by {2}", {"cheap": 0.0, "dear": 1.0}),
        ("name the capital of country {0}", {"cheap": 1.0, "dear": 1.0}),
        ("solve riddle number {0} of the sphinx", {"cheap": 0.0, "dear": 0.0}),
    )
    return [
        Example(kinds[n % 3][0].format(n, n * 7, n + 2), kinds[n % 3][1], ("sum", "capital", "riddle")[n % 3])
        for n in range(count)
    ]


def test_it_pays_only_where_paying_helps() -> None:
    router = Router(COSTS)
    router.learn_all(examples(300))
    assert router.choose("add 4 to 12 and divide by 9", trade=0.3) == "dear"
    assert router.choose("name the capital of country 9", trade=0.3) == "cheap"
    assert router.choose("solve riddle number 9 of the sphinx", trade=0.3) == "cheap"
    assert router.cheapest_at_least("name the capital of country 3", "", 0.7) == "cheap"
    assert router.cheapest_at_least("add 4 to 12 and divide by 9", "", 0.7) == "dear"
    assert router.cheapest_at_least("solve riddle number 9 of the sphinx", "", 0.7) is None


def test_a_known_step_says_what_the_words_do_not() -> None:
    router = Router(COSTS)
    router.learn_all(examples(300))
    unsaid = router.chances("please do this one")["cheap"]
    assert router.chances("please do this one", "capital")["cheap"] > unsaid + 0.2
    assert router.chances("please do this one", "never seen")["cheap"] == pytest.approx(unsaid)


def test_without_evidence_long_requests_go_to_the_dear_model() -> None:
    router = Router(COSTS)
    for example in examples(ENOUGH - 1):
        router.learn(example)
    assert not router.has_evidence
    assert router.choose("add", trade=0.0) == "cheap"
    assert router.choose("x" * 500) == "dear"
    with pytest.raises(NotEnoughEvidence, match="199 labelled calls of 200"):
        calibrate(examples(ENOUGH - 1), COSTS, 0.95)


def test_unlabelled_calls_are_no_evidence() -> None:
    router = Router(COSTS)
    for _ in range(ENOUGH):
        router.learn(Example("text", {}))
    assert router.evidence == 0


def test_unpaired_outcomes_teach_too() -> None:
    router = Router(COSTS)
    for number, each in enumerate(examples(600)):
        model = "cheap" if number % 2 else "dear"
        router.learn(Example(each.text, {model: each.right[model]}))
    assert router.choose("add 4 to 12 and divide by 9", trade=0.3) == "dear"
    assert router.choose("name the capital of country 9", trade=0.3) == "cheap"


def test_many_models_each_for_what_it_does_best() -> None:
    router = Router({f"m{n}": 1.0 + n for n in range(9)})
    for number in range(450):
        kind = number % 3
        right = {f"m{n}": float(n % 3 == kind) for n in range(9)}
        router.learn(Example(f"a {KINDS[kind]} request", right))
    assert [router.choose(f"a {kind} request", trade=0.05) for kind in KINDS] == ["m0", "m1", "m2"]


def test_a_promise_is_kept_with_its_margin() -> None:
    trade = calibrate(examples(300), COSTS, 0.95)
    assert trade.lowest >= 0.95
    assert trade.saving > 0.5
    assert trade.calls == 300


_PROGRAM = """
import json
from tests.routing.test_learned import COSTS, examples
from workbench.routing.learned import Router
router = Router(COSTS)
router.learn_all(examples(120))
print(json.dumps(router.chances("add 1 to 2 and name the capital", "sum")))
"""


def test_the_same_in_every_process() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(found) == 1
    assert set(json.loads(found.pop())) == {"cheap", "dear"}


def test_the_gate_reads_the_answer() -> None:
    gate = AnswerGate()
    for number in range(300):
        apples, more = 2 + number % 9, 3 + number % 7
        question = f"Ann has {apples} apples and buys {more} more. How many has she?"
        good = f"She has {apples} + {more} = {apples + more} apples.\n#### {apples + more}"
        bad = f"However, it is unclear. She has {apples} apples, assume {number % 13} more"
        gate.learn(question, good if number % 2 else bad, float(number % 2))
    asked = "Bob has 5 pears and buys 4 more. How many has he?"
    assert gate.chance(asked, "He has 5 + 4 = 9 pears.\n#### 9") > 0.8
    assert gate.chance(asked, "However, it is unclear. He has 5 pears, assume 3 more") < 0.2


HOSTILE = ["", " ", "\ud800", "1" * 100_000, "a?" * 50_000, "=" * 20_000, "1+" * 20_000, "- " * 20_000]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_any_text_has_features_quickly(number: int) -> None:
    text = HOSTILE[number]
    began = time.process_time()
    found = text_features(text)
    assert len(found) == len(set(found))
    assert answer_features(text, text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(("step", "area", "saved"), [(False, 0.66, 0.55), (True, 0.72, 0.63)])
def test_floors_on_recorded_outcomes(step: bool, area: float, saved: float) -> None:
    if not bench.DATA.exists():
        pytest.skip(f"no routing data: {bench.DATA} (WORKBENCH_SHARED_DATA names the folder above routing/)")
    rows = bench.rows()
    router = bench.trained([row for row in rows if row["fold"] == 0], step=step)
    test = [row for row in rows if row["fold"] == 1]
    found = bench.measured(test, bench.uplift(router, step=step), draws=0)
    assert found.area.value >= area
    assert found.saved.value >= saved
