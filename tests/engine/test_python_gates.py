"""The gate ``python`` in a run: a function of the recipe's folder, called through the door."""

from __future__ import annotations

from pathlib import Path

from tests.engine.kit import recipe, run
from workbench.engine.reuse import Rules
from workbench.events import CallStarted, GateChecked

TEXT = """
inputs: {word: string}
steps:
  draft:
    prompt: "say {{ word }}"
    gate: {python: {call: "checks.py:says", with: {wanted: "{{ word }}"}}}
outputs: {said: "{{ draft.text }}"}
"""
SAYS = "def says(text, wanted):\n    return wanted in text, f'looked for {wanted}'\n"
BREAKS = "def says(text, wanted):\n    return text.index(wanted) > 100\n"


async def test_a_function_passes_and_fails_a_text(tmp_path: Path) -> None:
    made = recipe(tmp_path, TEXT, {"checks.py": SAYS})
    outcome = await run(made, {"word": "HELLO"})
    (gate,) = outcome.events.of(GateChecked)
    assert (gate.passed, gate.reason, gate.cost_nano) == (True, "looked for HELLO", 0)
    assert [(each.kind, each.target, each.gate) for each in outcome.events.of(CallStarted)] == [
        ("model", "fake/a", ""), ("tool", "checks.py:says", "python"),
    ]  # fmt: skip
    outcome = await run(made, {"word": "hello"})
    assert outcome.ending.error == "python: looked for hello"


async def test_a_function_that_breaks_is_an_error_with_its_place(tmp_path: Path) -> None:
    outcome = await run(recipe(tmp_path, TEXT, {"checks.py": BREAKS}), {"word": "hello"})
    assert outcome.ending.error_class == "bug"
    assert "substring not found (checks.py:2)" in str(outcome.ending.error)


async def test_a_function_that_returns_nothing_is_malformed(tmp_path: Path) -> None:
    broken = "def says(text, wanted):\n    pass\n"
    outcome = await run(recipe(tmp_path, TEXT, {"checks.py": broken}), {"word": "hello"})
    assert outcome.ending.error_class == "malformed"
    assert "says returned nothing: return True or False" in str(outcome.ending.error)


async def test_a_replay_runs_no_code(tmp_path: Path) -> None:
    made = recipe(tmp_path, TEXT, {"checks.py": SAYS})
    first = await run(made, {"word": "HELLO"})
    (tmp_path / "checks.py").unlink()
    again = await run(made, {"word": "HELLO"}, rules=Rules((first.recording(),), strict=True), name="second")
    assert again.outputs == first.outputs
    assert [each.reason for each in again.events.of(GateChecked)] == ["looked for HELLO"]


async def test_another_function_is_another_recipe(tmp_path: Path) -> None:
    first = recipe(tmp_path, TEXT, {"checks.py": SAYS})
    second = recipe(tmp_path, TEXT, {"checks.py": SAYS + "# changed\n"})
    assert first.hash != second.hash and "checks.py" in first.files
