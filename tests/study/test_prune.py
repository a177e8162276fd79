"""Pruning: runs go with all that only they used; what stays can be read, replayed and compared as before."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.engine.kit import echo
from tests.study.kit import Lab
from workbench.errors import CallError, UsageError
from workbench.ledger.prune import Keep, prune
from workbench.providers.port import ModelRequest, Reply
from workbench.study.compare import compare
from workbench.study.explaining import explain

LONG = "a long text that is kept apart from its row, since it is longer than rows like " * 4
TEXT = f"""
inputs: {{word: string}}
steps:
  one: {{prompt: "one {{{{ word }}}} {LONG}"}}
  two: {{prompt: "two {{{{ one.text }}}}"}}
outputs: {{said: "{{{{ two.text }}}}"}}
"""


def dangling(path: Path) -> list[Any]:
    """What the reader cannot restore shows by failing; foreign blobs of columns that are plain ids."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(
            "SELECT id FROM calls WHERE answer IS NOT NULL AND answer NOT IN (SELECT id FROM blobs)"
        ).fetchall()
    finally:
        connection.close()


async def read_all(lab: Lab) -> dict[str, Any]:
    """All that can be read of the runs there are."""
    reader = lab.reader
    return {
        row.id: (
            reader.outputs(row.id), reader.step_outputs(row.id), reader.gates(row.id),
            [(call.path, call.answer) for call in reader.recording(row.id)],
            reader.snapshot(row.id).files, reader.snapshot(row.id).inputs,
        )
        for row in reader.runs(1000)
    }  # fmt: skip


async def test_what_stays_is_whole(lab: Lab) -> None:
    path = lab.folder / "local.db"
    runs = [(await lab.run(TEXT, word=f"w{number}")).run for number in range(6)]
    before = await read_all(lab)
    dry = prune(path, Keep(newest=2), dry=True)
    assert [each.id for each in dry.runs] == runs[3::-1]
    assert dry.after is None
    assert await read_all(lab) == before
    done = prune(path, Keep(newest=2), dry=False)
    assert (done.runs, done.texts) == (dry.runs, dry.texts)
    assert done.texts > 0 and all(each.bytes > 0 for each in done.runs)
    assert await read_all(lab) == {run: before[run] for run in runs[4:]}
    assert dangling(path) == []
    for run in runs[4:]:
        assert (await lab.bench.replay(run)).status == "done"
    assert prune(path, Keep(newest=10), dry=False).runs == ()


async def test_long_texts_keep_their_pieces(lab: Lab) -> None:
    chance = random.Random(1)
    word = " ".join(str(chance.random()) for _ in range(8_000))
    runs = [(await lab.run(TEXT, word=f"{word}{number}")).run for number in range(3)]
    before = await read_all(lab)
    done = prune(lab.folder / "local.db", Keep(newest=1), dry=False)
    assert done.after is not None and done.after < done.before
    assert await read_all(lab) == {runs[2]: before[runs[2]]}
    assert (await lab.bench.replay(runs[2])).status == "done"


async def test_a_rerun_keeps_answers_and_questions_of_a_run_that_goes(lab: Lab) -> None:
    await lab.run(TEXT, word="x")
    lab.write(TEXT.replace("two {{", "zwei {{"))
    await lab.rerun()
    _, third = await lab.rerun()
    prune(lab.folder / "local.db", Keep(newest=1), dry=False)
    assert [row.id for row in lab.reader.runs()] == [third.run]
    replayed = await lab.bench.replay(third.run)
    assert (replayed.status, replayed.outputs) == ("done", third.outputs)
    plan, again = await lab.rerun(third.run, edits={"steps.two.prompt": "drei {{ one.text }}"})
    assert lab.made(again.run) == ["two"]
    assert [step.reason for step in plan.steps if step.path == "two"] == ["prompt text differs"]
    [explained] = explain(lab.reader, again.run, "two")
    assert str(explained.other_parts["prompt"]).startswith("zwei ONE X")
    found = compare(lab.reader, third.run, again.run)
    assert [pair.standing for pair in found.pairs] == ["same", "differs"]


async def test_a_writer_that_remembers_texts_finds_them_gone(lab: Lab) -> None:
    await lab.run(TEXT, word="x")
    prune(lab.folder / "local.db", Keep(newest=0), dry=False)
    again = await lab.run(TEXT, word="x")
    assert (await lab.bench.replay(again.run)).status == "done"
    assert lab.reader.snapshot(again.run).files


async def test_what_unfinished_runs_need_stays(tmp_path: Path) -> None:
    ill = False

    def answer(model: str, request: ModelRequest) -> Reply:
        if ill:
            raise CallError("refused", "not today")
        reply = echo(model, request)
        assert isinstance(reply, Reply)
        return reply

    lab = Lab(tmp_path / "lab", answer)
    first = await lab.run(TEXT, word="x")
    ill = True
    _, stopped = await lab.fork("two")
    done = prune(lab.folder / "local.db", Keep(newest=1), dry=False)
    assert (done.runs, done.needed) == ((), (first.run,))
    ill = False
    assert (await lab.bench.resume(stopped.run)).outputs == first.outputs
    assert [each.id for each in prune(lab.folder / "local.db", Keep(newest=1), dry=False).runs] == [first.run]
    await lab.close()


async def test_nothing_goes_while_a_run_is_running(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")

    def answer(model: str, request: ModelRequest) -> Reply:
        with pytest.raises(UsageError, match="is running"):
            prune(tmp_path / "lab" / "local.db", Keep(newest=0), dry=False)
        return Reply("fine")

    lab.fake.script = answer
    result = await lab.run(TEXT, word="x")
    assert result.status == "done"
    await lab.close()
