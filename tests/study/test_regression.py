"""Replays: nobody is asked; what differs is named, at the first step, with its difference."""

from __future__ import annotations

import pytest

from tests.study.kit import Lab
from workbench.recipe.load import load
from workbench.study.regression import departure

TEXT = """
inputs: {word: string}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}", gate: {length: {at_most: 100}}, on_fail: continue}
  three: {prompt: "three {{ two.text }}", if: not two.failed}
outputs: {said: "{{ three.text or 'none' }}"}
"""


async def test_the_same_recipe_does_not_depart(lab: Lab) -> None:
    first = await lab.run(TEXT, word="x")
    before = lab.reader.count_runs()
    assert await departure(lab.bench, first.run, load(lab.folder / "recipe.yaml")) is None
    assert lab.reader.count_runs() == before, "nothing is recorded"


@pytest.mark.parametrize(
    ("old", "new", "path", "told"),
    [
        ('"two {{', '"zwei {{', "two", "prompt text differs"),
        ("at_most: 100", "at_most: 3", "two", "status done → failed, gates differ"),
        ("'none' }}", "'none' }}!", "outputs", "said differ"),
        ("if: not two.failed", "if: two.failed", "three", "status done → skipped"),
        (TEXT.splitlines()[5][9:], "{set: {text: hi}}", "three", "output differs"),
        ("three {{ two.text }}", "three", "three", "prompt text differs"),
    ],
)  # fmt: skip
async def test_the_first_departure_is_named(lab: Lab, old: str, new: str, path: str, told: str) -> None:
    first = await lab.run(TEXT, word="x")
    assert old in TEXT
    found = await departure(lab.bench, first.run, lab.write(TEXT.replace(old, new)))
    assert found is not None
    assert (found.path, found.told) == (path, told)
    assert lab.asked() == []


async def test_a_step_that_is_gone_and_one_that_is_renamed(lab: Lab) -> None:
    text = TEXT.replace("three:", "free: {prompt: 'free'}\n  three:")
    first = await lab.run(text, word="x")
    found = await departure(lab.bench, first.run, lab.write(TEXT))
    assert found is not None
    assert (found.path, found.told) == ("free", "what it asked then is not asked any more")
    renamed = lab.write(text.replace("free:", "liberty:"))
    assert await departure(lab.bench, first.run, renamed) is None


async def test_a_new_step_departs(lab: Lab) -> None:
    first = await lab.run(TEXT, word="x")
    text = TEXT.replace("three:", "more: {prompt: 'more {{ word }}'}\n  three:")
    found = await departure(lab.bench, first.run, lab.write(text))
    assert found is not None
    assert (found.path, found.told) == ("more", "it asks something that was not asked then")


async def test_a_failed_run_goes_through_as_it_failed(lab: Lab) -> None:
    text = TEXT.replace("on_fail: continue", "on_fail: fail").replace("at_most: 100", "at_most: 2")
    first = await lab.run(text, word="x")
    assert first.status == "failed"
    assert await departure(lab.bench, first.run, load(lab.folder / "recipe.yaml")) is None


async def test_the_difference_is_told(lab: Lab) -> None:
    first = await lab.run(TEXT, word="x")
    found = await departure(lab.bench, first.run, lab.write(TEXT.replace('"two {{', '"zwei {{')))
    assert found is not None
    [difference] = found.differences
    assert difference.diff() == [
        "--- recorded", "+++ now", "@@ -1 +1 @@", "-two ONE X", "+zwei ONE X",
    ]  # fmt: skip


async def test_a_replay_of_a_rerun_that_reused(lab: Lab) -> None:
    await lab.run(TEXT, word="x")
    _, again = await lab.rerun()
    found = await departure(lab.bench, again.run, lab.write(TEXT.replace('"two {{', '"zwei {{')))
    assert found is not None, "a reused answer's request is found where it was made"
    assert found.told == "prompt text differs"
