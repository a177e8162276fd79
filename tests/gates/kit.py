"""Outputs under check."""

from __future__ import annotations

from typing import Any

from workbench.gates.registry import Subject, Verdict, check
from workbench.recipe.model import Gate


def verdict(gate: dict[str, Any], text: str = "", **more: Any) -> Verdict:
    """The verdict of one gate, given as in a recipe; ``names``, ``result`` and ``data`` may be given."""
    (name, spec), *others = Gate.model_validate(gate).given().items()
    assert not others
    subject = Subject(
        text=text,
        data=more.get("data"),
        result=more.get("result", {"text": text}),
        names=more.get("names", {}),
        seconds=more.get("seconds"),
    )
    return check(name, spec, subject)
