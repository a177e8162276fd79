"""Batches on a workbench: each row once, whatever happens in between."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import slow
from tests.study.kit import Lab
from workbench.batch.dataset import Dataset, Row
from workbench.batch.executor import Ended
from workbench.errors import CallError, RecipeError, UsageError
from workbench.ledger.prune import Keep, prune
from workbench.ledger.rows import RunFilter
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.batches import Nobody
from workbench.study.case_figures import figures_of
from workbench.study.change import Change
from workbench.study.rerun_batch import rerun_batch
from workbench.usage import Price, Usage

RECIPE = """
inputs: {text: string}
steps: {say: {prompt: "say {{ text }}"}}
outputs: {said: "{{ say.text }}"}
"""


def data(folder: Path, rows: int, **more: Any) -> Path:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {i}", **more}) + "\n" for i in range(rows)))
    return path


class StopAfter(Nobody):
    """Cancels the batch after some runs."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.task = asyncio.current_task()

    def ended(self, one: Ended) -> None:
        self.left -= 1
        if self.left == 0 and self.task:
            self.task.cancel()


async def stopped(lab: Lab, recipe: Any, path: Path, after: int, **more: Any) -> None:
    async def work() -> None:
        await lab.bench.batch(recipe, path, at_once=4, watcher=StopAfter(after), **more)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(work())


async def test_every_row_is_run(lab: Lab) -> None:
    result = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 50), at_once=8)
    assert (result.row.status, result.totals.by_status, result.exit_code) == ("done", {"done": 50}, 0)
    assert sorted(lab.asked()) == sorted(f"say row {i}" for i in range(50))
    assert result.tally.done == 50


async def test_repeats_and_limit(lab: Lab) -> None:
    options = BatchOptions(limit=5, repeat=3)
    result = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 50), options)
    assert set(Counter(lab.asked()).values()) == {3}
    assert (result.row.rows, result.row.repeat, result.totals.by_status) == (5, 3, {"done": 15})


async def test_a_stopped_batch_goes_on(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", slow(0.002))
    recipe, path = lab.write(RECIPE), data(lab.folder, 60)
    await stopped(lab, recipe, path, 20)
    row = lab.bench.ledger.batches().all()[0]
    assert row.status == "cancelled"
    before = lab.bench.ledger.batches().totals(row.number).by_status["done"]
    assert 20 <= before < 60
    result = await lab.bench.batch(recipe, path, at_once=4, resume=True)
    assert (result.row.id, result.row.status) == (row.id, "done")
    assert result.totals.by_status == {"done": 60}
    assert result.tally.before == before
    assert lab.reader.count_runs(RunFilter()) == 60
    assert len(lab.asked()) <= 60 + 4
    await lab.close()


async def test_what_failed_has_had_its_turn(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        if request.messages[-1].text == "say row 3":
            raise CallError("bad_request", "no threes")
        return Reply("ok", usage=Usage(input=1, output=1, state="reported"))

    lab = Lab(tmp_path / "lab", script)
    result = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 10))
    assert (result.row.status, result.exit_code) == ("done", 1)
    assert result.totals.by_status == {"done": 9, "failed": 1}
    assert "data.jsonl:4: no threes" in result.tally.last_error
    with pytest.raises(UsageError, match="unfinished"):
        await lab.bench.batch(lab.write(RECIPE), lab.folder / "data.jsonl", resume=True)
    await lab.close()


async def test_one_budget_for_all_runs(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", slow(0.001), price=Price(input=1_000_000, output=1_000_000))
    recipe, path = lab.write(RECIPE), data(lab.folder, 40)
    estimate = await lab.bench.batch(recipe, path, BatchOptions(limit=1))
    paid = estimate.totals.cost_nano
    assert paid > 0
    result = await lab.bench.batch(recipe, path, at_once=8, budget_usd=2_000_000 * paid / 1e9)
    assert result.row.status == "done", "a budget that is never reached changes nothing"
    short = await lab.bench.batch(recipe, path, at_once=8, budget_usd=0.0000001)
    assert (short.row.status, short.exit_code) == ("over_budget", 4)
    assert short.totals.cost_nano <= 1000
    again = await lab.bench.batch(recipe, path, at_once=8, budget_usd=100.0, resume=True)
    assert (again.row.id, again.totals.by_status) == (short.row.id, {"done": 40})
    await lab.close()


async def test_memory_is_flat(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows there are, few are read ahead of those that ended."""
    recipe, path = lab.write(RECIPE), data(lab.folder, 400)
    read, ahead = 0, 0
    whole = Dataset.rows

    def counted(dataset: Dataset) -> Iterator[Row]:
        nonlocal read
        read = 0
        for row in whole(dataset):
            read += 1
            yield row

    class Watch(Nobody):
        finished = 0

        def ended(self, one: Ended) -> None:
            nonlocal ahead
            self.finished += 1
            ahead = max(ahead, read - self.finished)

    monkeypatch.setattr(Dataset, "rows", counted)
    await lab.bench.batch(recipe, path, at_once=4, watcher=Watch())
    assert read == 400
    assert ahead <= 4 + 16


async def test_nothing_runs_when_a_row_is_wrong(lab: Lab) -> None:
    path = data(lab.folder, 5)
    path.write_text(path.read_text() + '{"text": [1]}\n')
    with pytest.raises(RecipeError, match=r"data\.jsonl:6: the input text must be a text"):
        await lab.bench.batch(lab.write(RECIPE), path)
    assert lab.asked() == []
    assert lab.bench.ledger.batches().all() == []


async def test_it_goes_on_as_it_began_or_says_why_not(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", slow(0.002))
    recipe, path = lab.write(RECIPE), data(lab.folder, 60)
    await stopped(lab, recipe, path, 5)
    with pytest.raises(UsageError, match="another --repeat"):
        await lab.bench.batch(recipe, path, BatchOptions(repeat=2), resume=True)
    with pytest.raises(UsageError, match="recipe t has changed"):
        await lab.bench.batch(lab.write(RECIPE + "about: changed\n"), path, resume=True)
    path.write_text(path.read_text().replace("row 3", "row three"))
    with pytest.raises(UsageError, match="has changed since batch"):
        await lab.bench.batch(lab.write(RECIPE), path, resume=True)
    await lab.close()


async def test_a_batch_whose_runs_were_pruned_does_not_go_on(tmp_path: Path) -> None:
    """It would do the rows of the deleted runs again, and they would be paid again."""
    lab = Lab(tmp_path / "lab", slow(0.002))
    recipe, path = lab.write(RECIPE), data(lab.folder, 40)
    await stopped(lab, recipe, path, 10)
    prune(lab.folder / "local.db", Keep(newest=5), dry=False)
    assert [each.status for each in lab.bench.ledger.batches().all()] == ["pruned"]
    with pytest.raises(UsageError, match="is unfinished"):
        await lab.bench.batch(recipe, path, resume=True)
    prune(lab.folder / "local.db", Keep(newest=0), dry=False)
    assert lab.bench.ledger.batches().all() == []
    await lab.close()


async def test_a_shared_budget_is_used_and_never_overspent(tmp_path: Path) -> None:
    """A call costs 3,000 and may cost 4 million: the budget holds one at a time, and hundreds in all.

    The smaller one holds shorter answers, until what is left holds none worth asking for.
    """
    lab = Lab(tmp_path / "lab", slow(0.001), price=Price(input=10**9, output=10**9))
    result = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 300), at_once=16, budget_usd=0.005)
    assert result.totals.cost_nano <= 5_000_000
    assert (result.row.status, result.totals.by_status) == ("done", {"done": 300})
    short = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 300), at_once=16, budget_usd=0.0005)
    assert short.row.status == "over_budget"
    assert 200_000 <= short.totals.cost_nano <= 500_000
    await lab.close()


async def test_what_the_data_expects(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    path = lab.folder / "data.jsonl"
    rows = [
        {"text": "a", "expect.outputs.said": "SAY A", "expect": {"status": {"equals": "done"}}},
        {"text": "b", "expect.outputs.said": "SAY NO"},
        {"text": "c", "expect.outputs.said": ""},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = await lab.bench.batch(lab.write(RECIPE), path)
    by_text = {
        lab.reader.run(each.run).inputs["text"]: lab.reader.expected(each.run)
        for each in lab.bench.ledger.batches().runs(result.row.number)
    }
    assert [(each.target, each.passed) for each in by_text["a"]] == [("outputs.said", True), ("status", True)]
    assert [each.passed for each in by_text["b"]] == [False]
    assert by_text["c"] == []
    figures = figures_of(lab.bench.ledger, result.row)[0]
    assert figures.mean("passed") == pytest.approx(2 / 3)
    assert figures.mean("outputs.said: equals") == 0.5
    path.write_text('{"text": "a", "expect": {"outputs.sad": {"equals": 1}}}\n{"text": "b", "expect": 3}\n')
    with pytest.raises(RecipeError) as caught:
        await lab.bench.batch(lab.write(RECIPE), path)
    told = [str(each) for each in caught.value.problems]
    assert "data.jsonl:1: " in told[0] and "expect: outputs has no sad" in told[0]
    assert "data.jsonl:2: " in told[1]
    await lab.close()


async def test_only_what_failed_goes_on(tmp_path: Path) -> None:
    broken = {"say row 3", "say row 5"}

    def script(model: str, request: ModelRequest) -> Reply:
        if request.messages[-1].text in broken:
            raise CallError("bad_request", "not now")
        return Reply("ok", usage=Usage(input=1, output=1, state="reported"))

    lab = Lab(tmp_path / "lab", script)
    result = await lab.bench.batch(lab.write(RECIPE), data(lab.folder, 10))
    assert result.totals.by_status == {"done": 8, "failed": 2}
    lab.asked()
    broken.remove("say row 5")
    done = await rerun_batch(lab.bench, result.row.id, Change(), errors=True)
    assert sorted(lab.asked()) == ["say row 3", "say row 5"]
    assert [(each.before.status, each.after.status) for each in done] == [
        ("failed", "failed"),
        ("failed", "done"),
    ]
    assert lab.bench.ledger.batches().totals(result.row.number).by_status == {"done": 9, "failed": 1}
    changed = await rerun_batch(lab.bench, result.row.id, Change(models={"m": "sim/echo"}), errors=True)
    assert [(each.after.status, each.after.parent) for each in changed] == [("done", done[0].before.id)]
    await lab.close()
