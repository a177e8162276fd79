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


PRICE = {"cheap": 0.01, "dear": 0.1}
"""Of a character."""


def _long_is_hard(count: int, seed: int, alike: float = 0.0) -> list[PastCall]:
    """Long requests are hard for the cheap model, ``alike`` for the other too, and dear."""
    source = random.Random(seed)
    made = []
    for number in range(count):
        hard = source.random()
        text = f"question {number}: " + "so " * round(100 * hard)
        right = {
            "cheap": float(source.random() > hard),
            "dear": float(source.random() > 0.2 + alike * (hard - 0.5)),
        }
        made.append(PastCall(text, right, {model: len(text) * price for model, price in PRICE.items()}))
    return made


def _drawn(call: PastCall, kept: set[str], propensity: dict[str, float]) -> PastCall:
    right, costs = ({model: known[model] for model in kept} for known in (call.right, call.costs))
    return PastCall(call.text, right, costs, propensity=propensity)


def _usual(calls: list[PastCall]) -> dict[str, float]:
    known = {model: [call.costs[model] for call in calls if model in call.costs] for model in PRICE}
    return {model: sum(costs) / len(costs) for model, costs in known.items()}


BLIND = Chain(("cheap", "dear"), frozenset({"cheap"}))


def _cascade(call: PastCall) -> Chain:
    known = call.right.get("cheap")
    if known is None:
        return BLIND
    return Chain(("cheap",) if known else ("cheap", "dear"), undrawn=BLIND)


def _real(full: list[PastCall]) -> tuple[float, float]:
    """Quality and cost of the cascade."""
    paid = sum(call.costs["cheap"] + (1 - call.right["cheap"]) * call.costs["dear"] for call in full)
    return sum(max(call.right.values()) for call in full) / len(full), paid / len(full)


def test_the_cost_of_a_cascade_is_not_told_too_low_where_hard_requests_are_long() -> None:
    ratios = []
    for seed in range(5):
        full, source = _long_is_hard(250, seed), random.Random(seed)
        split = {"cheap": 0.5, "dear": 0.5}
        logged = [_drawn(call, {source.choice(("cheap", "dear"))}, split) for call in full]
        found = backtest(logged, _usual(logged), {"cascade": _cascade, "cheap": always("cheap")}, draws=100)
        row, cheap = found.rows[:2]
        _, cost = _real(full)
        ratios.append(row.cost.value / cost)
        assert row.cost.low <= cost <= row.cost.high
        right = sum(call.right["cheap"] for call in full) / len(full)
        assert cheap.quality.low <= right <= cheap.quality.high
        assert cheap.robust is not None and cheap.robust.low <= right <= cheap.robust.high
    assert sum(ratios) / len(ratios) == pytest.approx(1, abs=0.05)


def test_a_log_of_a_cascade_says_between_bounds_what_its_later_model_does() -> None:
    """The dear model was only asked what is hard: how it does elsewhere nobody knows."""
    for seed in range(5):
        full = _long_is_hard(400, seed, alike=0.3)
        logged = [_drawn(call, {"cheap"} if call.right["cheap"] else {"cheap", "dear"}, {}) for call in full]
        found = backtest(logged, _usual(logged), {"cascade": _cascade, "dear": always("dear")}, draws=100)
        cascade, dear = found.rows[:2]
        assert cascade.quality.value == pytest.approx(_real(full)[0])
        right = sum(call.right["dear"] for call in full) / len(full)
        assert dear.quality.low <= right <= dear.quality.high
        assert found.after_bad == ("dear",) and found.is_bounded
    beside = [_drawn(call, {"cheap", "dear"}, {}) for call in full]
    assert not backtest(beside, _usual(beside), {"dear": always("dear")}, draws=2).after_bad


def test_a_cascade_is_known_by_shadows() -> None:
    """Where the cheap model was drawn beside the dear one, both have a verdict: nothing is left to bounds."""
    full, source = _long_is_hard(400, 1), random.Random(2)
    logged = [
        _drawn(call, {"cheap", "dear"} if source.random() < 0.3 else {"dear"}, {"cheap": 0.3})
        for call in full
    ]
    found = backtest(logged, _usual(logged), {"cascade": _cascade}, draws=100)
    row, (quality, cost) = found.rows[0], _real(full)
    assert row.robust is not None and not found.is_bounded
    assert row.robust.low <= quality <= row.robust.high
    assert row.quality.low <= quality <= row.quality.high
    assert row.cost.low <= cost <= row.cost.high


def test_what_was_asked_is_no_draw_to_weigh_by() -> None:
    """As it was recorded: a part of the answers was never judged, which is not corrected by the draw."""
    source, logged = random.Random(3), []
    for number, call in enumerate(_long_is_hard(300, 3)):
        drawn = _drawn(call, {source.choice(("cheap", "dear"))}, {"cheap": 0.5, "dear": 0.5})
        logged.append(
            PastCall(drawn.text, {}, drawn.costs, propensity=drawn.propensity) if number % 3 else drawn
        )
    recorded = {"recorded": lambda call: Chain(tuple(call.costs), is_record=True)}
    row = backtest(logged, _usual(logged), recorded, draws=20).rows[0]
    assert row.robust is None
    paid = sum(cost for call in logged for cost in call.costs.values()) / len(logged)
    assert row.cost.value == pytest.approx(paid)


def test_the_curve_runs_from_quality_to_thrift() -> None:
    found = backtest(_world(400, 5), COSTS, {"now": always("dear")}, draws=20)
    costs = [cost for _, cost, _ in found.curve]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == 1.0
    assert found.has_evidence


def test_it_needs_something_to_go_by() -> None:
    with pytest.raises(ValueError, match="needs calls"):
        backtest([], COSTS, {"now": always("dear")})


@pytest.mark.parametrize(("undrawn", "told"), [(10, True), (150, False)])
def test_a_few_outcomes_that_nobody_drew_leave_the_doubly_robust_figure(undrawn: int, told: bool) -> None:
    """As when a learned role goes on where a split was: its first requests were chosen, not drawn."""
    source, full, logged = random.Random(5), _long_is_hard(300, 5), []
    for number, call in enumerate(full):
        if number < undrawn:
            logged.append(PastCall(call.text, {"dear": call.right["dear"]}, {"dear": call.costs["dear"]}))
        else:
            logged.append(_drawn(call, {source.choice(("cheap", "dear"))}, {"cheap": 0.5, "dear": 0.5}))
    row = backtest(logged, _usual(logged), {"dear": lambda call: Chain(("dear",))}, draws=50).rows[0]
    assert (row.robust is not None) is told
    if row.robust is not None:
        right = sum(call.right["dear"] for call in full) / len(full)
        assert row.robust.low <= right <= row.robust.high
