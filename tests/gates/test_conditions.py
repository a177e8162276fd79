"""The gate ``expr``."""

from __future__ import annotations

import pytest

from tests.gates.kit import verdict


@pytest.mark.parametrize(
    ("expression", "passed", "reason"),
    [
        ("draft.text | length > 2", True, "draft.text | length > 2 holds"),
        ("draft.text == 'no'", False, "draft.text == 'no' does not hold"),
        ("darft.text", False, "the condition darft.text cannot be computed"),
    ],
)
def test_conditions_see_the_scope(expression: str, passed: bool, reason: str) -> None:
    found = verdict({"expr": expression}, names={"draft": {"text": "hello"}})
    assert found.passed is passed
    assert found.reason.startswith(reason)
