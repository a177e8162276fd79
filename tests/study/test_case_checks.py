"""Cases that ask a judge or a function: recorded, priced, answered from the record when nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.study.kit import Lab
from workbench.errors import RecipeError
from workbench.providers.port import ModelRequest, Reply
from workbench.recipe.tests_file import Case, read_tests
from workbench.study.case_runs import run_case
from workbench.usage import Price, Usage

RECIPE = """
inputs: {t: {type: string, labels: [customer]}, checked: {type: string, default: no}}
models: {m: fake/a, judge: fake/judge}
steps: {s: {prompt: "about {{ t }}", model: m}}
outputs: {o: "{{ s.text }}"}
"""
CASES = """cases:
  - name: judged
    inputs: {t: cats}
    expect:
      outputs.o:
        contains: CATS
        rubric: {ask: "It speaks of {{ t }}.", model: judge, at_least: 0.7}
        python: {call: "checks.py:is_loud", with: {about: "{{ t }}"}}
      steps.s: {latency: {at_most: 5s}}
"""
LOUD = "def is_loud(text: str, about: str) -> bool:\n    return text.isupper() and about == 'cats'\n"
CHECKS = {"checks.py": LOUD}


def answers(model: str, request: ModelRequest) -> Reply:
    """The judge likes cats."""
    asked = request.messages[-1].text
    usage = Usage(input=10, output=5, state="reported")
    if model == "judge":
        liked = "CATS" in asked and "It speaks of cats." in asked
        return Reply(f'{{"reason": "it is so", "score": {0.9 if liked else 0.2}}}', usage=usage)
    return Reply(asked.upper(), usage=usage)


async def run_of(lab: Lab, cases: str, **more: bool) -> tuple[list[str], bool]:
    made = lab.write(RECIPE, CHECKS)
    (lab.folder / "tests.yaml").write_text(cases, encoding="utf-8")
    (case,) = read(lab, made)
    result = await run_case(lab.bench, made, case, **more)
    return [f"{each.gate}: {each.reason}" for each in result.misses], result.from_record


def read(lab: Lab, made: object) -> tuple[Case, ...]:
    return read_tests(lab.folder / "tests.yaml", made)  # type: ignore[arg-type]


async def test_a_case_is_judged_on_record_and_again_for_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", answers, Price(1_000_000_000, 1_000_000_000))
    assert await run_of(lab, CASES) == ([], False)
    first, second = lab.reader.runs()[1], lab.reader.runs()[0]
    assert (first.recipe, second.recipe) == ("t", "t.outputs.o")
    assert second.cost_nano == 15_000, "what the judge cost is on record"
    before = len(lab.fake.asked)
    without = CASES.replace("      steps.s: {latency: {at_most: 5s}}\n", "")
    assert await run_of(lab, without, live=False) == ([], True)
    assert len(lab.fake.asked) == before, "nobody was asked again"
    await lab.close()


async def test_what_a_judge_or_a_function_does_not_like_is_a_miss(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", answers)
    misses, _ = await run_of(lab, CASES.replace("of {{ t }}.", "of dogs."))
    assert misses == ["rubric: judge gives 0.20, 0.7 needed: it is so"]
    before = len(lab.fake.asked)
    misses, _ = await run_of(lab, CASES.replace("contains: CATS", "contains: DOGS"))
    assert misses == ["contains: must mention 'DOGS'"]
    assert len(lab.fake.asked) == before + 1, "what can be computed comes first: the judge is not asked"
    misses, _ = await run_of(lab, CASES.replace("at_most: 5s", "at_most: 0.01ms"))
    assert len(misses) == 1
    assert misses[0].startswith("latency: took ")
    misses, _ = await run_of(lab, CASES.replace("is_loud", "is_missing"))
    assert "is_missing" in misses[0]
    await lab.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("model: judge, ", "which role judges?"),
        ("judge,", "the recipe has no role jury"),
        ("checks.py", "other.py is not in the recipe's folder"),
        ("5s", "soon is not a length of time; write it as 20s, 500ms or 2m"),
    ],
)
async def test_a_judge_must_be_known(tmp_path: Path, change: str, told: str) -> None:
    lab = Lab(tmp_path / "lab", answers)
    made = lab.write(RECIPE, CHECKS)
    other = {"judge,": "jury,", "checks.py": "other.py", "5s": "soon"}
    cases = CASES.replace(change, other.get(change, ""))
    (lab.folder / "tests.yaml").write_text(cases, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        read(lab, made)
    assert [each.message for each in caught.value.problems] == [told]
    assert caught.value.problems[0].line in (7, 8, 9)
    await lab.close()
