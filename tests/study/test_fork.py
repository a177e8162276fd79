"""Forks: a step and what follows from it anew, all the rest as recorded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.study.kit import Lab, planned
from workbench.errors import UsageError

STEP = """
inputs: {word: string}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}"}
  side: {prompt: "side {{ one.text }}"}
  three: {prompt: "three {{ two.text }}"}
outputs: {said: "{{ three.text }} {{ side.text }}"}
"""
EACH = """
steps:
  items: {set: {list: [a, b, c]}}
  say: {each: items.list, prompt: "say {{ item }}"}
  all: {prompt: "{{ say|map(attribute='text')|join(' ') }}"}
  aside: {prompt: "aside"}
outputs: {said: "{{ all.text }}"}
"""
REPEAT = """
steps:
  better:
    repeat: {at_most: 3, until: "better.text == 'X...'"}
    prompt: "{{ previous.text if previous else 'x' }}."
  after: {prompt: "after {{ better.text }}"}
outputs: {said: "{{ after.text }}"}
"""
GROUP = """
inputs: {words: list}
steps:
  word:
    each: words
    steps:
      first: {prompt: "first {{ item }}"}
      second: {prompt: "second {{ first.text }}"}
      third: {prompt: "third {{ item }}"}
  all: {prompt: "{{ word|map(attribute='second.text')|join(' ') }}"}
outputs: {said: "{{ all.text }}"}
"""
CHOICE = """
steps:
  pick:
    choose:
      - when: "true"
        steps:
          inner: {prompt: "inner"}
          next: {prompt: "next {{ inner.text }}"}
          free: {prompt: "free"}
    else: {prompt: "else"}
  after: {prompt: "after {{ pick.next.text }}"}
outputs: {said: "{{ after.text }}"}
"""

CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("a step", STEP, {"word": "x"}, ["two", "three"]),
    ("all items", EACH, {}, ["say", "all"]),
    ("one item", EACH, {}, ["say[1]", "all"]),
    ("a pass", REPEAT, {}, ["better#2", "better#3", "after"]),
    ("within a group's item", GROUP, {"words": ["a", "a"]}, ["word[1]/first", "word[1]/second", "all"]),
    ("within a branch", CHOICE, {}, ["pick/inner", "pick/next", "after"]),
]


@pytest.mark.parametrize(("text", "inputs", "anew"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
async def test_what_follows_is_asked_anew(lab: Lab, text: str, inputs: Any, anew: list[str]) -> None:
    first = await lab.run(text, **inputs)
    all_calls = lab.made(first.run)
    plan, fork = await lab.fork(anew[0])
    expected = sorted(path for path in all_calls if path in anew or path.startswith(f"{anew[0]}["))
    assert lab.made(fork.run) == expected
    assert lab.reused(fork.run) == sorted(set(all_calls) - set(expected)) == planned(plan, "reuse")
    assert set(planned(plan, "call")) <= set(expected)
    assert fork.outputs == first.outputs
    replayed = await lab.bench.replay(fork.run)
    assert (replayed.status, replayed.outputs) == ("done", fork.outputs)
    assert lab.made(replayed.run) == []


@pytest.mark.parametrize(("text", "inputs", "anew"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
async def test_an_output_given_takes_the_step_s_place(
    lab: Lab, text: str, inputs: Any, anew: list[str]
) -> None:
    at = "say[0]" if anew[0] == "say" else anew[0]
    await lab.run(text, **inputs)
    plan, fork = await lab.fork(at, output="GIVEN")
    assert at not in lab.made(fork.run)
    assert at in planned(plan, "none")
    assert lab.steps(fork.run)[at].status == "done"
    assert lab.reader.step_outputs(fork.run)[at]["text"] == "GIVEN"
    assert "GIVEN" in fork.outputs["said"]
    replayed = await lab.bench.replay(fork.run)
    assert (replayed.status, replayed.outputs) == ("done", fork.outputs)


async def test_a_fork_with_changes(lab: Lab) -> None:
    await lab.run(STEP, word="x")
    _plan, fork = await lab.fork("two", edits={"steps.two.prompt": "zwei {{ one.text }}"})
    assert lab.made(fork.run) == ["three", "two"]
    assert fork.outputs == {"said": "THREE ZWEI ONE X SIDE ONE X"}
    assert lab.reader.run(fork.run).mode == "fork"


async def test_a_fork_of_a_fork(lab: Lab) -> None:
    await lab.run(STEP, word="x")
    await lab.fork("two", output="GIVEN")
    _, second = await lab.fork("three")
    assert lab.made(second.run) == ["three"]
    assert second.outputs == {"said": "THREE GIVEN SIDE ONE X"}
    _, third = await lab.fork("two")
    assert lab.made(third.run) == ["three", "two"], "an edit by hand does not outlive a fork at its step"


async def test_an_edit_of_a_step_that_is_gone_is_not_made_elsewhere(lab: Lab) -> None:
    await lab.run(STEP, word="x")
    await lab.fork("side", output="GIVEN")
    lab.write(STEP.replace("side:", "beside:").replace("side.text", "beside.text"))
    _, again = await lab.rerun()
    assert again.outputs == {"said": "THREE TWO ONE X SIDE ONE X"}


@pytest.mark.parametrize(
    ("at", "output"), [("nowhere", None), ("say", "x"), ("say[7]", None), ("items", "x"), ("say[", None)]
)
async def test_no_such_place(lab: Lab, at: str, output: str | None) -> None:
    await lab.run(EACH)
    with pytest.raises(UsageError):
        await lab.fork(at, output)
