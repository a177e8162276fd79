"""The measures of routing, against values worked out by hand."""

from __future__ import annotations

import random

import pytest

from workbench.study.recovery import Request, recovery


def test_perfect_and_worst_order() -> None:
    pairs = [(0, 1), (0, 1), (1, 1), (1, 1)]
    best = recovery([Request(strong - weak, weak, strong) for weak, strong in pairs], price=100, draws=0)
    # half of the gap after one of four calls, all of it after two; then flat: (1/8 + 3/8 + 1 + 1) / 4
    assert best.area.value == pytest.approx((0.25 + 0.75 + 1 + 1) / 4)
    assert best.half.value == 0.25
    assert best.most.value == 0.5
    assert best.saved.value == pytest.approx(1 - (0.5 + 0.5 / 100))
    worst = recovery([Request(weak, weak, strong) for weak, strong in pairs], price=100, draws=0)
    assert worst.area.value == pytest.approx((0.25 + 0.75) / 4)


def test_chance_is_one_half_within_its_interval() -> None:
    source = random.Random(1)
    rows = [
        Request(source.random(), float(source.random() < 0.6), float(source.random() < 0.8))
        for _ in range(900)
    ]
    found = recovery(rows)
    assert found.area.low < 0.5 < found.area.high
    assert found.area.low < found.area.value < found.area.high


def test_a_cascade_pays_the_weak_model_every_time() -> None:
    rows = [Request(1.0, 0, 1), Request(0.0, 1, 1)]
    assert recovery(rows, 10, draws=0).saved.value == pytest.approx(1 - (0.5 + 0.5 / 10))
    assert recovery(rows, 10, cascade=True, draws=0).saved.value == pytest.approx(1 - (0.5 + 1 / 10))
