"""Backtests: against values worked out by hand, and against the full rerun that they spare."""

from __future__ import annotations

import random

import pytest

from workbench.study.backtest import backtest
from workbench.study.imputing import Chain, PastCall

COSTS = {"cheap": 1.0, "dear": 10.0}


def always(model: str):  # type: ignore[no-untyped-def]
    return lambda call: Chain((model,))


def test_by_hand() -> None:
    calls = [
        PastCall("a", {"cheap": 1, "dear": 1}),
        PastCall("b", {"cheap": 0, "dear": 1}),
        PastCall("c", {"cheap": 0, "dear": 0}, {"cheap": 3.0}),
        PastCall("d", {"cheap": 1, "dear": 0}),
    ]
    cascade = {"cascade": lambda call: Chain(("cheap",) if call.right["cheap"] else ("cheap", "dear"))}
    found = backtest(calls, COSTS, {"now": always("cheap"), **cascade}, draws=50)
    rows = {row.name: row for row in found.rows}
    assert rows["now"].quality.value == 0.5
    assert rows["now"].cost.value == pytest.approx((1 + 1 + 3 + 1) / 4)
    assert rows["cascade"].quality.value == 0.75
    assert rows["cascade"].cost.value == pytest.approx((1 + 11 + 13 + 1) / 4)
    assert rows["cascade"].shares == {"cheap": 0.5, "dear": 0.5}
    assert rows["oracle"].quality.value == 0.75
    assert rows["oracle"].cost.value == pytest.approx((1 + 10 + 3 + 1) / 4)
    assert rows["best single model"].quality.value == 0.5
    assert found.quality_gain.value == 0.25
    assert found.cost_gain.value == pytest.approx(5.0)
    assert all(row.known == 1 for row in found.rows)
    assert not found.has_evidence


def _world(count: int, seed: int) -> list[PastCall]:
    """Both outcomes of calls of two kinds: the cheap model is good at one of them."""
    source = random.Random(seed)
    made = []
    for number in range(count):
        hard = source.random() < 0.4
        right = {
            "cheap": float(source.random() < (0.35 if hard else 0.9)),
            "dear": float(source.random() < 0.92),
        }
        made.append(PastCall(f"{'prove a lemma' if hard else 'name a town'} {number}", right))
    return made


def test_it_agrees_with_a_full_rerun_within_its_interval() -> None:
    full = _world(1200, 3)
    source = random.Random(4)
    logged = []
    for call in full:
        model = "dear" if source.random() < 0.5 else "cheap"
        logged.append(PastCall(call.text, {model: call.right[model]}, propensity={"cheap": 0.5, "dear": 0.5}))

    def by_kind(call: PastCall) -> Chain:
        return Chain(("dear",) if "lemma" in call.text else ("cheap",))

    real = sum(call.right[by_kind(call).models[0]] for call in full) / len(full)
    row = backtest(logged, COSTS, {"by kind": by_kind}, draws=100).rows[0]
    assert row.robust is not None
    assert row.robust.low <= real <= row.robust.high
    assert abs(row.quality.value - real) < 0.03
    assert 0.4 < row.known < 0.6
    assert row.to_fill > 0


def _alike(count: int, seed: int) -> list[PastCall]:
    """What is hard for the cheap model is hard for the dear one too."""
    source = random.Random(seed)
    made = []
    for number in range(count):
        hardness = source.random()
        cheap, dear = (float(skill + source.gauss(0, 0.15) > hardness) for skill in (0.6, 0.75))
        made.append(PastCall(f"question {number}", {"cheap": cheap, "dear": dear}))
    return made


@pytest.mark.parametrize("both", [0.0, 0.1])
def test_a_cascade_that_was_never_run_is_known_within_bounds_or_from_pairs(both: float) -> None:
    full = _alike(1500, 7)
    real = sum(max(call.right.values()) for call in full) / len(full)
    source = random.Random(8)
    logged = []
    for call in full:
        kept = ("cheap", "dear") if source.random() < both else (source.choice(("cheap", "dear")),)
        logged.append(PastCall(call.text, {model: call.right[model] for model in kept}))

    def cascade(call: PastCall) -> Chain:
        cheap = call.right.get("cheap")
        if cheap == 1:
            return Chain(("cheap",))
        return Chain(("cheap", "dear"), frozenset({"cheap"} if cheap is None else ()))

    found = backtest(logged, COSTS, {"cascade": cascade}, draws=100)
    row = found.rows[0]
    assert row.quality.low <= real <= row.quality.high
    assert row.robust is None
    assert found.is_bounded is (not both)
    assert (row.quality.high - row.quality.low < 0.1) is bool(both)
    paid = sum(COSTS["cheap"] + (1 - call.right["cheap"]) * COSTS["dear"] for call in full) / len(full)
    assert row.cost.value == pytest.approx(paid, rel=0.15)


def test_the_curve_runs_from_quality_to_thrift() -> None:
    found = backtest(_world(400, 5), COSTS, {"now": always("dear")}, draws=20)
    costs = [cost for _, cost, _ in found.curve]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == 1.0
    assert found.has_evidence


def test_it_needs_something_to_go_by() -> None:
    with pytest.raises(ValueError, match="needs calls"):
        backtest([], COSTS, {"now": always("dear")})
