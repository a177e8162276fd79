"""Two runs side by side: aligned steps, what differs, the first split; texts word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.study.kit import Lab
from workbench.errors import UsageError
from workbench.study.compare import compare
from workbench.study.explaining import explain
from workbench.study.word_diff import Run, word_diff

TEXT = """
inputs: {word: {type: string, default: x}}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}", gate: {length: {at_most: 20}}, on_fail: continue}
  side: {prompt: "side"}
outputs: {said: "{{ two.text }}"}
"""


def standings(lab: Lab) -> dict[str, str]:
    found = compare(lab.reader, "last~1", "last")
    return {pair.path: pair.standing for pair in found.pairs}


async def test_equal_runs(lab: Lab) -> None:
    await lab.run(TEXT)
    await lab.run(TEXT)
    found = compare(lab.reader, "last~1", "last")
    assert set(standings(lab).values()) == {"same"}
    assert found.split is None
    assert [name for name, left, right in found.outputs if left != right] == []


async def test_a_rerun_is_the_same_but_for_what_changed(lab: Lab) -> None:
    await lab.run(TEXT)
    await lab.rerun(edits={"steps.two.prompt": "a much longer wording of {{ one.text }}"})
    found = compare(lab.reader, "last~1", "last")
    assert standings(lab) == {"one": "same", "side": "same", "two": "differs"}
    [two] = [pair for pair in found.pairs if pair.path == "two"]
    assert two.differs == ("prompt", "answer", "output", "gates", "status")
    assert two.left is not None and two.right is not None
    assert (two.left.prompt, two.right.prompt) == ("two ONE X", "a much longer wording of ONE X")
    assert found.split is not None
    assert (found.split.path, found.split.cause) == ("two", "prompt text differs")


async def test_added_removed_and_renamed_steps(lab: Lab) -> None:
    await lab.run(TEXT)
    text = TEXT.replace("one:", "uno:").replace("one.text", "uno.text")
    await lab.run(text.replace('side: {prompt: "side"}', 'more: {prompt: "more"}'))
    assert standings(lab) == {"one → uno": "same", "two": "same", "more": "only right", "side": "only left"}


@pytest.mark.parametrize(
    ("change", "path", "cause"),
    [
        ({"inputs": {"word": "y"}}, "inputs", "input word differs"),
        ({"models": {"m": "fake/b"}}, "one", "model fake/a → fake/b"),
    ],
)
async def test_the_first_split(lab: Lab, change: dict[str, object], path: str, cause: str) -> None:
    await lab.run(TEXT)
    await lab.rerun(**change)
    split = compare(lab.reader, "last~1", "last").split
    assert split is not None
    assert (split.path, split.cause) == (path, cause)


async def test_an_output_given_by_hand_is_the_cause(lab: Lab) -> None:
    await lab.run(TEXT)
    await lab.fork("one", "MINE")
    split = compare(lab.reader, "last~1", "last").split
    assert split is not None
    assert (split.path, split.cause) == ("one", "the output was changed by hand")


async def test_a_gate_that_judges_otherwise_is_the_cause(lab: Lab) -> None:
    """What a stricter gate stopped was not changed by hand."""
    await lab.run("steps: {one: {prompt: a long answer, gate: {length: {at_most: 900}}}}")
    await lab.rerun(edits={"steps.one.gate.length.at_most": 1})
    split = compare(lab.reader, "last~1", "last").split
    assert split is not None
    assert (split.path, split.cause) == ("one", "the answer is the same, and the gates say otherwise of it")


async def test_why_calls_were_reused_or_asked(lab: Lab) -> None:
    first = await lab.run(TEXT)
    with pytest.raises(UsageError, match="came from no other run"):
        explain(lab.reader, "last", "one")
    await lab.rerun(edits={"steps.two.prompt": "zwei {{ one.text }}"})
    [one] = explain(lab.reader, "last", "one")
    [two] = explain(lab.reader, "last", "two")
    assert one.verdict == f"answered from {first.run}: the same was asked there"
    assert two.verdict == "asked anew: prompt text differs"
    assert (two.other_parts["prompt"], two.parts["prompt"]) == ("two ONE X", "zwei ONE X")
    await lab.fork("two")
    [again] = explain(lab.reader, "last", "two")
    assert again.verdict.endswith("and it was asked again")
    [moved] = explain(lab.reader, "last", "two", first.run)
    assert moved.verdict == "asked anew: prompt text differs"


@given(left=st.text("ab \n.ü", max_size=60), right=st.text("ab \n.ü", max_size=60))
def test_the_sides_of_a_difference_are_the_texts(left: str, right: str) -> None:
    runs = word_diff(left, right)
    assert "".join(run.left for run in runs) == left
    assert "".join(run.right for run in runs) == right


def test_words_alike_by_chance_do_not_tear_a_change_apart() -> None:
    runs = word_diff("keep this one of them all", "keep every single one that there is")
    assert runs == [Run("keep ", "keep "), Run("this one of them all", "every single one that there is")]


def test_long_texts_are_compared_by_line() -> None:
    lines = [f"line {number} of many words, and more of them\n" for number in range(2_000)]
    runs = word_diff("".join(lines), "".join([*lines[:1000], "new\n", *lines[1000:]]))
    assert [run for run in runs if not run.same] == [Run("", "new\n")]
