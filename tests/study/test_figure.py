"""Figures of comparisons in words."""

from __future__ import annotations

import pytest

from workbench.study.case_figures import Unit
from workbench.study.figure import figure, interval


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.915, "share", "91.5 %"),
        (0.0, "usd", "$0"),
        (0.0000041, "usd", "$0.0000041"),
        (-0.00213, "usd", "-$0.0021"),
        (1e-13, "usd", "$0"),
        (12.5, "usd", "$12.50"),
        (0.088, "s", "88 ms"),
        (2.5, "s", "2.50 s"),
        (1234.4, "tokens", "1,234"),
        (0.5, "score", "0.500"),
        (None, "usd", "$?"),
    ],
)
def test_a_figure(value: float | None, unit: Unit, told: str) -> None:
    assert figure(value, unit) == told


def test_differences_have_a_sign() -> None:
    assert [figure(each, "usd", "+") for each in (0.002, -0.002, 0.0)] == ["+$0.0020", "-$0.0020", "$0"]


def test_an_interval_tells_its_unit_once() -> None:
    assert interval(-0.061, 0.093, "share") == "-6.1 … +9.3 %"
    assert interval(-0.5, 0.25, "s") == "-500 … +250 ms"
    assert interval(-0.5, 1.25, "s") == "-500 ms … +1.25 s"
    assert interval(-0.002, 0.001, "usd") == "-$0.0020 … +$0.0010"
