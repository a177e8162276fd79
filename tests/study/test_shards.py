"""A batch in parts, each with a record of its own: put together they are the batch as it is done at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import echo
from tests.study.kit import Lab
from tests.study.test_variants import CHAIN, choices, data, naming
from workbench.batch.shard import Shard, read_shard
from workbench.batch.variants import grid
from workbench.errors import UsageError
from workbench.export.bundle import write_bundle
from workbench.export.choice import choose
from workbench.export.taking_in import import_bundle
from workbench.study.batch_options import BatchOptions
from workbench.study.compare_many import compare_many, subjects_of

OPTIONS = BatchOptions(repeat=2, variants=grid(choices(three="ab")))


def digest(lab: Lab, batch: str) -> dict[str, Any]:
    """What a batch is and came to, by the keys of its runs: all but ids and times."""
    row = lab.bench.ledger.batches().find(batch)
    assert row is not None
    runs = {}
    for run in lab.bench.ledger.batches().runs(row.number):
        calls = [
            (each.path, each.fingerprint, each.status == "reused", each.answer, each.cost_nano)
            for each in lab.calls(run.run)
        ]
        # who of the variants asks and who reuses is a matter of time
        asked = sorted(json.dumps((path, name, answer)) for path, name, _, answer, _ in calls)
        inputs = dict(lab.reader.run(run.run).inputs)
        runs[run.key] = (run.status, inputs, dict(lab.reader.outputs(run.run)), asked)
    return {"what": (row.recipe, row.recipe_hash, row.data_hash, row.rows, row.status), "runs": runs}


async def part(folder: Path, shard: str, rows: int = 7) -> tuple[Lab, str, Path]:
    """One part of the batch on a machine of its own, and its bundle."""
    lab = Lab(folder, naming)
    options = BatchOptions(repeat=2, variants=OPTIONS.variants, shard=shard)
    result = await lab.bench.batch(lab.write(CHAIN), data(lab, rows), options, at_once=4)
    choice = choose(lab.bench.ledger, [result.row.id])
    bundle = folder.with_suffix(".jsonl.gz")
    write_bundle(choice.reader, choice.runs, bundle, choice.batch)
    return lab, result.row.id, bundle


async def test_parts_put_together_are_the_whole(tmp_path: Path) -> None:
    whole = Lab(tmp_path / "whole", naming)
    result = await whole.bench.batch(whole.write(CHAIN), data(whole, 7), OPTIONS, at_once=4)
    parts = [await part(tmp_path / f"m{number}", f"{number}/3") for number in (1, 2, 3)]
    assert len({id for _, id, _ in parts}) == 1
    together, id = Lab(tmp_path / "together", echo), parts[0][1]
    for _, _, bundle in (*reversed(parts), parts[1]):
        import_bundle(together.bench.ledger, bundle)
    assert digest(together, id) == digest(whole, result.row.id)
    asked = sum(len(lab.fake.prompts) for lab, _, _ in parts)
    assert asked == len(whole.fake.prompts)
    assert compare_many(together.bench.ledger, subjects_of(together.bench.ledger, [id])).cases == 7
    for lab in (whole, together, *(lab for lab, _, _ in parts)):
        await lab.close()


async def test_what_no_part_did_is_gone_on_with(tmp_path: Path) -> None:
    parts = [await part(tmp_path / f"m{number}", f"{number}/3") for number in (1, 3)]
    together = Lab(tmp_path / "together", naming)
    recipe, path = together.write(CHAIN), data(together, 7)
    id = parts[0][1]
    for _, _, bundle in parts:
        import_bundle(together.bench.ledger, bundle)
    row = together.bench.ledger.batches().find(id)
    assert row is not None
    assert (row.status, row.options["shard"]) == ("cancelled", "")
    # elsewhere the data lay in another folder
    with together.bench.ledger.batches()._writing() as connection:
        connection.execute("UPDATE batches SET data = ?", (str(path.resolve()),))
    result = await together.bench.batch(recipe, path, resume=True)
    assert (result.row.id, result.row.status) == (id, "done")
    assert result.totals.by_status == {"done": 7 * 2 * 2}
    for lab in (together, *(lab for lab, _, _ in parts)):
        await lab.close()


async def test_a_part_is_begun_once_and_gone_on_with_as_it_was(tmp_path: Path) -> None:
    lab, _, _ = await part(tmp_path / "m", "1/2")
    options = BatchOptions(repeat=2, variants=OPTIONS.variants, shard="2/2")
    with pytest.raises(UsageError, match="on record already"):
        await lab.bench.batch(lab.write(CHAIN), data(lab, 7), options)
    await lab.close()


async def test_rows_of_another_run_are_refused(tmp_path: Path) -> None:
    """Somebody else did the same part: their runs do not stand beside ours."""
    one, id, _ = await part(tmp_path / "one", "1/2")
    two, _, bundle = await part(tmp_path / "two", "1/2")
    with pytest.raises(UsageError, match=f"of batch {id} was done by run"):
        import_bundle(one.bench.ledger, bundle)
    assert one.reader.count_runs() == 4 * 2 * 2
    other, _, strange = await part(tmp_path / "three", "2/2", rows=8)
    await one.close()
    await two.close()
    await other.close()
    assert strange.exists()


@pytest.mark.parametrize("text", ["0/2", "3/2", "a/b", "1/0", "1", "1/99999", "-1/2", "²/3"])
def test_what_is_no_part(text: str) -> None:
    with pytest.raises(UsageError, match="no part of a batch"):
        read_shard(text)


def test_parts_hold_every_row_once() -> None:
    parts = [Shard(part, 3) for part in (1, 2, 3)]
    assert [sum(part.holds(row) for part in parts) for row in range(1, 12)] == [1] * 11
    assert [part.share_of(11) for part in parts] == [4, 4, 3]
    assert read_shard("") == Shard(1, 1)
