"""The gate ``python``: what a function may return."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.gates.checks import NoVerdict, read_check


@pytest.mark.parametrize(
    ("value", "passed", "score", "reason"),
    [
        (True, True, 1.0, "polite says yes"),
        (False, False, 0.0, "polite says no"),
        (0.7, True, 0.7, "polite gives 0.7"),
        (0.2, False, 0.2, "polite gives 0.2, 0.5 needed"),
        ([0.2, "no greeting"], False, 0.2, "polite gives 0.2, 0.5 needed: no greeting"),
        ([True, "it greets"], True, 1.0, "it greets"),
        ("", True, 1.0, "polite finds nothing wrong"),
        ("no greeting", False, 0.0, "no greeting"),
        ({"passed": False, "reason": "no greeting"}, False, 0.0, "no greeting"),
        ({"score": 0.9}, True, 0.9, "polite gives 0.9"),
    ],
)
def test_results_are_verdicts(value: Any, passed: bool, score: float, reason: str) -> None:
    verdict = read_check("polite", value, 0.5)
    assert (verdict.passed, verdict.score, verdict.reason) == (passed, score, reason)


@pytest.mark.parametrize("value", [None, 7, -0.5, [], {}, {"ok": True}, [1, 2, 3]])
def test_what_says_neither_yes_nor_no_is_an_error(value: Any) -> None:
    with pytest.raises(NoVerdict, match=r"polite returned .*: return True or False"):
        read_check("polite", value, 0.5)
