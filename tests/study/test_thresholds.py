"""Recorded answers judged again by the gates of now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.recipe.kit import recipe
from tests.study.kit import Lab
from workbench.ledger.rows import CallRow, GateRow
from workbench.providers.port import ModelRequest, Reply
from workbench.recipe.load import load
from workbench.study.judged import GONE, Around, Judged, passed, passes
from workbench.study.routes import routed
from workbench.study.thresholds import ANEW, SCORED, as_it_is
from workbench.study.what_if import GateNow, gates_now
from workbench.usage import Usage

BODY = """
models: {m: local/compose}
inputs: {q: string}
steps:
  a:
    prompt: "{{ q }}"
    gate: {grounded: {in: q, at_least: 0.8}, toxicity: {at_most: 0.3}, length: {at_most: 9},
           injection: {at_most: 0.4}}
  group: {steps: {inner: {prompt: "{{ q }}", gate: {score: {at_least: 0.5}}}}}
  either:
    choose: [{when: "q == 'x'", prompt: "{{ q }}", gate: {score: {at_least: 0.9}}}]
    else: {prompt: "{{ q }}", gate: {score: {at_least: 0.1}}}
outputs: {o: "{{ a.text }} {{ group.inner.text }} {{ either.text }}"}
"""


class Nothing(Around):
    """Nothing stands around."""

    def __init__(self) -> None:
        pass

    def was_checked(self, path: str) -> bool:
        return True

    def names(self, path: str) -> dict[str, Any]:
        return {}

    def result(self, path: str) -> None:
        return None

    def cost(self, call: CallRow) -> float:
        return 0.5


def unknown_answer(path: str) -> CallRow:
    return CallRow(
        path, 1, 1, "model", "local/compose", "ok", "", 0, 1.0, {}, None, "", "", Usage(), 0, None, None, (),
        None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "gate", "score", "then", "now"),
    [
        ("a", "grounded", 0.7, True, False),
        ("a", "grounded", 0.8, False, True),
        ("a", "toxicity", 0.65, True, False),
        ("a", "toxicity", 0.75, False, True),
        ("a", "length", 0.5, True, True),
        ("a", "injection", 0.5, True, False),
        ("a", "injection", 0.7, False, True),
        ("a", "injection", 0.0, False, False),
        ("a", "grounded", None, True, True),
        ("group/inner", "score", 0.4, True, False),
        ("group[3]/inner#2", "score", 0.6, False, True),
        ("either", "score", 0.5, True, True),
        ("gone", "score", 0.0, True, True),
    ],
)
def test_without_the_answer_scores_decide_again(
    tmp_path: Path, path: str, gate: str, score: float | None, then: bool, now: bool
) -> None:
    judge = as_it_is(recipe(tmp_path, BODY).document)
    found = judge(unknown_answer(path), [GateRow(path, 1, gate, then, score, "", 0.0)], Nothing())
    assert next(each.now for each in found if each.gate == gate) is now


THEN = """
inputs: {q: string, want: {type: string, default: LIGHT}}
models: {m: fake/m}
steps:
  first: {set: {word: "{{ q }}"}}
  a:
    prompt: "{{ q }}"
    gate: {%s}
    on_fail: continue
outputs: {o: "{{ a.text }}"}
"""


def answers(model: str, request: ModelRequest) -> Reply:
    """The prompt in upper case, for a millionth of a dollar a letter."""
    text = request.messages[-1].text.upper()
    return Reply(text, None, usage=Usage(input=len(text), output=0, state="reported"))


async def again(lab: Lab, then: str, now: str, texts: tuple[str, ...] = ("light", "dark")) -> list[GateNow]:
    """What the gates of now say of answers that were recorded under the gates of then."""
    lab.fake.script = answers
    made = lab.write(THEN % then)
    for text in texts:
        await lab.bench.run(made, {"q": text})
    edited = load(made.path.parent / "recipe.yaml", edits=None) if now == then else lab.write(THEN % now)
    found = list(routed(lab.reader, "t", judge=as_it_is(edited.document)))
    return list(gates_now(found))


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("equals: LIGHT", "equals: DARK", (1, 1, 2)),
        ('equals: "{{ want }}"', 'equals: "{{ q|upper }}"', (1, 2, 1)),
        ("regex: ^LI", "regex: ^.A", (1, 1, 2)),
        ("is_json: true", "is_json: true", (0, 0, 0)),
        ("cost: {at_most: 1}", "cost: {at_most: 0}", (2, 2, 0)),
        ("length: {at_most: 4}", "length: {at_least: 5}", (1, 1, 2)),
        ('contains: "{{ first.word }}"', 'contains: "{{ first.word }}S"', (2, 0, 2)),
        ("expr: \"a.text == 'DARK'\"", "expr: a.text|length > 4 and q != ''", (1, 1, 2)),
        ("similar: {to: light}", "similar: {to: dark}", (1, 1, 2)),
        ("grounded: {in: q}", "grounded: {in: want}", (2, 1, 1)),
    ],
)
async def test_what_the_record_holds_is_computed_anew(
    lab: Lab, then: str, now: str, expected: tuple[int, int, int]
) -> None:
    (gate,) = await again(lab, then, now)
    assert gate.how == ANEW
    assert (gate.passed, gate.passes, gate.other) == expected


async def test_a_gate_that_asks_decides_by_its_score_or_says_that_it_cannot(lab: Lab) -> None:
    rubric = "rubric: {ask: 'Is it light?', at_least: %s, model: fake/judge}"

    def judged(model: str, request: ModelRequest) -> Reply:
        if model != "judge":
            return answers(model, request)
        return Reply('{"score": 0.6, "reason": "so so"}', {"score": 0.6, "reason": "so so"}, usage=Usage())

    lab.fake.script = judged
    made = lab.write(THEN % (rubric % 0.5))
    await lab.bench.run(made, {"q": "light"})
    for now, expected in (
        (rubric % 0.7, GateNow("a", "rubric", SCORED, 1, 0, 1, 1)),
        ("python: gates.py:good", GateNow("a", "python", "not known: it asks somebody", 1, None, None, 0)),
    ):
        (made.path.parent / "gates.py").write_text("def good(text):\n    return True\n", encoding="utf-8")
        edited = lab.write(THEN % now)
        found = [each for each in routed(lab.reader, "t", judge=as_it_is(edited.document)) if each.judged]
        assert expected in gates_now(found)


async def test_a_gate_that_is_gone_does_not_count_and_a_new_one_does(lab: Lab) -> None:
    gone, new = await again(lab, "equals: LIGHT", "length: {at_most: 4}")
    assert gone == GateNow("a", "equals", GONE, 2, None, 1, 0)
    assert new == GateNow("a", "length", ANEW, 2, 1, None, 2)
    found = {each.inputs["q"]: (each.was, each.passed) for each in _routed_now(lab, "length: {at_most: 4}")}
    assert found == {"light": (True, False), "dark": (False, True)}


def _routed_now(lab: Lab, gates: str) -> list[Any]:
    return list(routed(lab.reader, "t", judge=as_it_is(lab.write(THEN % gates).document)))


LOOPS = """
inputs: {many: list}
models: {m: fake/m}
steps:
  a: {each: many, as: one, prompt: "{{ one }}", gate: {equals: "{{ one|upper }}", %s}, on_fail: continue}
%s
outputs: {o: "{{ a[0].text }}"}
"""


async def test_what_is_not_on_record_is_said(lab: Lab) -> None:
    """The second answer is held against a step that the recipe did not have then."""
    lab.fake.script = answers
    made = lab.write(LOOPS % ("starts_with: '{{ one }}'", ""))
    await lab.bench.run(made, {"many": ["LIGHT", "light"]})
    edited = lab.write(LOOPS % ("starts_with: '{{ b.word }}'", "  b: {set: {word: L}}"))
    found = gates_now(list(routed(lab.reader, "t", judge=as_it_is(edited.document))))
    equals, starts = found
    assert (equals.how, equals.passed, equals.passes) == (ANEW, 2, 2), "items are worked out"
    assert starts.how == "as recorded: a name is not on record: b is not known here"
    assert (starts.checks, starts.passed, starts.passes, starts.other) == (2, 2, 2, 0)


async def test_what_a_loop_told_an_answer_is_on_record(lab: Lab) -> None:
    lab.fake.script = answers
    made = lab.write(LOOPS % ("expr: loop.index < 9", ""))
    await lab.bench.run(made, {"many": ["light", "dark"]})
    edited = lab.write(LOOPS % ("expr: loop.index < 2", ""))
    _, found = gates_now(list(routed(lab.reader, "t", judge=as_it_is(edited.document))))
    assert (found.how, found.passed, found.passes, found.other) == (ANEW, 2, 1, 1)


async def test_the_pass_before_an_answer_is_on_record(lab: Lab) -> None:
    lab.fake.script = answers
    body = """
inputs: {q: string}
models: {m: fake/m}
steps:
  a: {repeat: {at_most: 3}, prompt: "{{ q }}{{ loop.index }}", gate: {expr: "%s"}, on_fail: continue}
outputs: {o: "{{ a.text }}"}
"""
    made = lab.write(body % "previous is not none and previous.text == 'Q2'")
    result = await lab.bench.run(made, {"q": "q"})
    assert result.outputs == {"o": "Q3"}
    for now, expected in (("previous is none", 1), ("previous is none or loop.index == 2", 2)):
        edited = lab.write(body % now)
        (found,) = gates_now(list(routed(lab.reader, "t", judge=as_it_is(edited.document))))
        assert (found.how, found.checks, found.passed, found.passes) == (ANEW, 3, 1, expected)


@pytest.mark.parametrize(
    ("gate", "now"),
    [
        ("latency: {at_most: 1s}", True),
        ("latency: {at_most: 900ms}", False),
        ("cost: {at_most: 0.5}", True),
        ("cost: {at_most: 0.4}", False),
    ],
)
def test_time_and_cost_are_on_record(tmp_path: Path, gate: str, now: bool) -> None:
    judge = as_it_is(recipe(tmp_path, THEN % gate).document)
    call = replace(unknown_answer("a"), answer={"text": "x", "data": None})
    (found,) = judge(call, [GateRow("a", 1, gate.split(":")[0], not now, 0.5, "", 0.0)], Nothing())
    assert (found.now, found.how) == (now, ANEW)


def test_a_verdict_of_several() -> None:
    def one(now: bool | None, how: str = ANEW) -> Judged:
        return Judged("a", "equals", None, now, how)

    assert passes([]) is None
    assert passes([one(True), one(None)]) is None
    assert passes([one(False), one(None)]) is False
    assert passes([one(True), one(None, GONE)]) is True
    assert passed([one(True)]) is None
