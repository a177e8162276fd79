"""What tells the runs of a batch apart."""

from __future__ import annotations

from pathlib import Path

from tests.study.kit import Lab
from workbench.batch.variants import Choice, grid
from workbench.errors import CallError
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.case_texts import Given, case_texts
from workbench.study.compare_many import compare_many, subjects_of

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


async def test_changed_cases_are_told_by_what_was_given_and_what_both_came_to(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        if "fails" in request.messages[-1].text and model == "bad":
            raise CallError("server", "the \x1b[31mserver\nis away")
        return Reply(f"{model} key-1234 {LONG}" if model == "bad" else "good")

    lab = Lab(tmp_path / "lab", script)
    path = lab.folder / "rows.csv"
    path.write_text("text,expect.outputs.said\nfirst,good\nfails,good\n")
    variants = grid([Choice("m", f"fake/{each}", each) for each in ("good", "bad")])
    row = (await lab.bench.batch(lab.write(RECIPE), path, BatchOptions(variants=variants))).row
    ledger = lab.bench.ledger
    found = compare_many(ledger, subjects_of(ledger, [row.id]))
    told = case_texts(
        ledger.batches(), found.regressions, lambda value: str(value).replace("key-1234", "[key]")
    )
    texts = {each.given: (each.first, each.other) for each in told.values()}
    assert texts["first"][0] == "good"
    assert texts["first"][1].startswith("bad [key] a long text") and len(texts["first"][1]) == 200
    assert texts["fails"][1].startswith("failed: ") and "\n" not in texts["fails"][1]
    assert {each.given for each in told.values()} == {"first", "fails"}
    await lab.close()
