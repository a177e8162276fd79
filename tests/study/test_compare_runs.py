"""Single runs held against each other, paired by their inputs."""

from __future__ import annotations

import pytest

from tests.study.kit import Lab
from workbench.errors import UsageError
from workbench.recipe.load import load
from workbench.study.compare_runs import compare_runs

RECIPE = """
inputs: {text: string}
steps: {say: {prompt: "{{ text }}", gate: {contains: a}, on_fail: continue}}
outputs: {said: "{{ say.text }}"}
"""


async def versions(lab: Lab, texts: str) -> list[str]:
    """Runs of two versions on each text."""
    recipe = lab.write(RECIPE.replace("contains: a", "contains: A"))
    other = load(recipe.path, edits={"steps.say.gate.contains": "B"})
    found = []
    for text in texts:
        for each, edits in ((recipe, {}), (other, dict(other.edits))):
            result = await lab.bench.run(each, {"text": text}, edits=edits)
            found.append(result.run)
    return found


async def test_versions_are_paired_by_inputs(lab: Lab) -> None:
    runs = await versions(lab, "abca")
    found = compare_runs(lab.reader, runs)
    assert (found.cases, [each.name for each in found.subjects]) == (3, ["a", "b"])
    assert found.subjects[1].label == "t steps.say.gate.contains=B"
    passed = found.measure("passed")
    assert passed is not None
    assert passed.values == pytest.approx((1 / 3, 1 / 3))
    assert [(each.row, each.loss) for each in found.regressions] == [("1", 1.0)]
    replay = await lab.bench.replay(runs[0])
    assert compare_runs(lab.reader, [*runs, replay.run]).figures[0].by_status.total() == 4


async def test_why_there_is_nothing_to_pair(lab: Lab) -> None:
    runs = await versions(lab, "ab")
    with pytest.raises(UsageError, match="one version"):
        compare_runs(lab.reader, runs[::2])
    with pytest.raises(UsageError, match="different inputs"):
        compare_runs(lab.reader, [runs[0], runs[3]])
