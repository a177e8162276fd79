"""What tells the runs of a batch apart."""

from __future__ import annotations

from pathlib import Path

from tests.study.kit import Lab
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.tui.given import Given

RECIPE = """
models: {m: fake/good}
inputs: {text: string, tone: {type: string, default: kind}}
steps: {say: {prompt: "say {{ text }} {{ tone }}"}}
outputs: {said: "{{ say.text }}"}
"""
LONG = "a long\ntext " * 60


def ok(model: str, request: ModelRequest) -> Reply:
    return Reply("ok")


async def test_a_run_is_known_by_what_others_were_not_given(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", ok)
    path = lab.folder / "rows.csv"
    path.write_text(f'text\nfirst\nsecond\n"{LONG}"\n')
    row = (await lab.bench.batch(lab.write(RECIPE), path, BatchOptions())).row
    batches = lab.bench.ledger.batches()
    runs = {each.key.rpartition(":")[2]: each.run for each in batches.runs(row.number)}
    given = Given(batches)
    found = given.of(runs.values())
    assert (found[runs["1"]], found[runs["2"]]) == ("first", "second")
    assert found[runs["3"]].startswith("a long text a long text") and len(found[runs["3"]]) == 200
    assert given.of([runs["1"]]) == {runs["1"]: "first · kind"}
    assert given.of(["none"]) == {"none": ""}
    assert batches.inputs([runs["2"]]) == {runs["2"]: {"text": "second", "tone": "kind"}}
    await lab.close()
