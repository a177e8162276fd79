"""``workbench batch``: what it prints, its exit codes, and that a killed one goes on."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.waiting import LONG
from workbench.batch.executor import Ended, Job
from workbench.batch.tally import Tally
from workbench.cli.blocks import line_text
from workbench.cli.render_batch import bar, progress_line, speed_text

RECIPE = """\
schema: workbench/v1
name: shout
inputs: {text: string, wait: {type: number, default: 0}}
tools: {up: {python: "tools.py:up"}}
steps:
  loud: {tool: up, with: {text: "{{ text }}", wait: "{{ wait }}"}}
  asked: {if: text == 'ask', human: Really?}
outputs: {loud: "{{ loud.result }}"}
"""
TOOLS = """\
import asyncio
from pathlib import Path

async def up(text: str, wait: float) -> str:
    while not Path(f"go {wait:.0f}").exists():
        await asyncio.sleep(0.01)
    if text == "bad":
        raise ValueError("no bad words")
    return text.upper()
"""
KEY = "sk-proj-" + "a1b2c3d4" * 3
COMMAND = [sys.executable, "-c", "from workbench.cli.main import main; main()"]


@pytest.fixture(autouse=True)
def recipe(surroundings: Path) -> Path:
    folder = surroundings / "recipes" / "shout"
    folder.mkdir(parents=True)
    Path("go 0").touch()
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "tools.py").write_text(TOOLS)
    return folder


def write(*texts: str, name: str = "data.csv", held_from: int | None = None) -> str:
    """A file of these; rows from a place on, and a second part 20 later, wait for ``go 1`` and ``go 2``."""
    first = len(texts) if held_from is None else held_from
    rows = [f"{text},{(at >= first) + (at >= first + 20)}\n" for at, text in enumerate(texts)]
    Path(name).write_text("text,wait\n" + "".join(rows))
    return name


def keys(status: str = "done") -> list[str]:
    with closing(sqlite3.connect("file:local.db?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT batch_key FROM runs WHERE status = ?", (status,))
        return [key for (key,) in found]


def test_a_batch(invoke: Invoke) -> None:
    outcome = invoke("batch", "shout", "--data", write("a", "b", "c"), "--at-once", "2")
    assert outcome.code == 0
    assert " done: 3 runs · 3 done" in outcome.out
    assert "runs shout over 3 rows of" in outcome.err
    assert "text ← text: a" in outcome.err
    assert len(set(keys())) == 3


def test_as_json(invoke: Invoke) -> None:
    outcome = invoke("batch", "shout", "--data", write("a", "b"), "--repeat", "3", "--limit", "1", "--json")
    found = json.loads(outcome.out)
    assert (found["status"], found["rows"], found["repeat"], found["runs"]) == ("done", 1, 3, 3)
    assert (found["by_status"], found["cost_usd"], outcome.err) == ({"done": 3}, 0, "")


def test_failures_and_questions_in_the_exit_code(invoke: Invoke) -> None:
    outcome = invoke("batch", "shout", "--data", write("a", "bad", "ask"))
    assert outcome.code == 1
    assert "1 done · 1 failed · 1 waiting" in outcome.out
    assert "data.csv:3: " in outcome.out
    assert "no bad words" in outcome.out
    assert invoke("batch", "shout", "--data", write("a", "ask")).code == 3


def test_a_column_that_is_missing(invoke: Invoke) -> None:
    Path("d.csv").write_text("words\nhello\n")
    outcome = invoke("batch", "shout", "--data", "d.csv")
    assert outcome.code == 2
    assert "no column for the input text" in outcome.err
    assert "--map words=text" in outcome.err
    assert invoke("batch", "shout", "--data", "d.csv", "--map", "words=text").code == 0


def test_nothing_to_go_on_with(invoke: Invoke) -> None:
    data = write("a")
    assert invoke("batch", "shout", "--data", data).code == 0
    outcome = invoke("batch", "shout", "--data", data, "--resume")
    assert outcome.code == 2
    assert "is unfinished" in outcome.err


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [*COMMAND, "batch", "shout", "--data", "data.csv", "--at-once", "4", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(process: subprocess.Popen[bytes], runs: int) -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until and process.poll() is None:
        try:
            if len(keys()) >= runs:
                return
        except sqlite3.Error:
            pass
        time.sleep(0.02)
    raise AssertionError(process.communicate())


def test_killed_twice_each_row_is_run_exactly_once() -> None:
    write(*(f"row {i}" for i in range(90)), held_from=20)
    for number, resume in enumerate(([], ["--resume"])):
        process = start(*resume)
        wait_for(process, 20 * (number + 1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        Path(f"go {number + 1}").touch()
    done = len(keys())
    assert done == 40
    out, err = start("--resume", "--json").communicate(timeout=LONG)
    found = json.loads(out)
    assert (found["status"], found["by_status"]) == ("done", {"done": 90}), err
    assert found["ran_now"] == 90 - done
    assert len(keys()) == len(set(keys())) == 90


def test_interrupted_it_stops_cleanly_and_says_how_to_go_on() -> None:
    write(*(f"row {i}" for i in range(100)), held_from=10)
    process = start()
    wait_for(process, 10)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONG)
    assert process.returncode == 130
    assert b"cancelled" in out
    assert b"--resume" in err
    assert b"Traceback" not in err
    assert keys("running") == []
    Path("go 1").touch()
    Path("go 2").touch()
    again = start("--resume")
    out, err = again.communicate(timeout=LONG)
    assert again.returncode == 0, err
    assert len(keys()) == len(set(keys())) == 100


def test_two_do_not_drive_the_same_batch(invoke: Invoke) -> None:
    write(*(f"row {i}" for i in range(20)), held_from=4)
    process = start()
    wait_for(process, 4)
    outcome = invoke("batch", "shout", "--data", "data.csv", "--resume")
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=LONG)
    assert outcome.code == 2
    assert "is running" in outcome.err


def test_what_one_does_next_is_told_with_the_record_that_it_is_in(invoke: Invoke) -> None:
    outcome = invoke("batch", "shout", "--data", write("a", "bad"), "--db", "my own.db")
    batch = outcome.out.split()[2]
    assert outcome.code == 1
    assert f"hint: to try the failed again: workbench rerun --batch {batch} --errors --db 'my own.db'" in (
        outcome.err
    )


def test_the_moving_line() -> None:
    tally = Tally(total=200, before=100)
    for status in ("done", "done", "failed"):
        tally.add(Ended(Job("k", "r", {}), status, 1_000_000))  # type: ignore[arg-type]
    told = line_text(progress_line(tally))
    assert " 103/200 · " in told
    assert "$0.003" in told
    assert "1 failed" in told
    assert "left" in told


def test_bars_and_speeds() -> None:
    assert (bar(0), bar(1)) == ("·" * 24, "█" * 24)
    assert len(bar(0.33)) == 24
    assert [speed_text(each) for each in (0.5, 2.5, 1234)] == ["30.0 runs/min", "2.5 runs/s", "1,234 runs/s"]


def batch_of(invoke: Invoke, *texts: str) -> str:
    outcome = invoke("batch", "shout", "--data", write(*texts), "--json")
    found: str = json.loads(outcome.out)["batch"]
    return found


def test_two_batches_compared(invoke: Invoke) -> None:
    left = batch_of(invoke, *"abcdefghi", f"{KEY} j")
    with closing(sqlite3.connect("local.db")) as connection:
        connection.execute("UPDATE runs SET batch_key = substr(batch_key, 18)")  # by position alone
        connection.commit()
    right = batch_of(invoke, *"abcdefghi", "bad")
    with closing(sqlite3.connect("local.db")) as connection:
        connection.execute("UPDATE runs SET batch_key = substr(batch_key, 18) WHERE length(batch_key) > 5")
        connection.commit()
    outcome = invoke("compare", left, right, "--margin", "0.1")
    assert outcome.code == 0, outcome.err
    assert "paired over 10 cases" in outcome.out
    assert "worse than a: 1 case" in outcome.out
    assert f"    given [key] j · 0\n    a     {KEY.upper()} J\n    b     failed: " in outcome.out
    assert "-10.0 %" in outcome.out
    found = json.loads(invoke("compare", left[:5], right, "--json").out)
    assert found["cases"] == 10
    assert found["measures"][0]["against_a"]["b"]["verdict"] == "not decisive"
    changed = found["regressions"][0]
    assert (changed["measures"], changed["row"], changed["answers"]["a"]) == (
        ["done"], "10", f"{KEY.upper()} J",
    )  # fmt: skip
    builds = ["--markdown", "found.md", "--junit", "found.xml"]
    failing = invoke("compare", left, right, "--fail-if", "pass_rate.b < pass_rate.a - 0.02", *builds)
    assert (failing.code, "✗ holds: pass_rate.b < pass_rate.a - 0.02" in failing.out) == (1, True)
    assert (
        Path("found.md")
        .read_text()
        .startswith("### ❌ compare over 10 cases\n\n- ❌ fail if pass\\_rate.b &lt;")
    )
    assert f"| 10 | b | \\[key\\] j · 0 | {KEY.upper()} J | failed: " in Path("found.md").read_text()
    assert 'failures="1"' in Path("found.xml").read_text()
    assert invoke("compare", left, right, "--fail-if", "pass_rate.b < 0.5").code == 0
    misspelt = invoke("compare", left, right, "--fail-if", "pas_rate.b < 0.5")
    assert (misspelt.code, "did you mean pass_rate?" in misspelt.err) == (2, True)


def test_many_runs_compared(invoke: Invoke) -> None:
    batch_of(invoke, "a", "b", "c")
    outcome = invoke("compare", "last", "last~1", "last~2")
    assert outcome.code == 0
    assert "loud" in outcome.out
    assert "no statistics: all are of one version of the recipe" in outcome.out
    assert len(json.loads(invoke("compare", "last", "last~1", "last~2", "--json").out)["runs"]) == 3
    assert invoke("compare", "last").code == 2
    assert invoke("compare", "last", "last~1", "--fail-if", "cost.b > 1").code == 2


def test_a_run_alone_is_not_compared_but_its_batch_may_be(invoke: Invoke) -> None:
    batch = batch_of(invoke, "a")
    for more in ((), ("--fail-if", "cost.b > 1")):
        outcome = invoke("compare", "last", *more)
        assert outcome.code == 2
        assert "alone cannot be compared" in outcome.err
        assert f"workbench compare {batch}" in outcome.err


def test_a_batch_is_not_compared_with_a_run(invoke: Invoke) -> None:
    outcome = invoke("compare", batch_of(invoke, "a"), "last")
    assert outcome.code == 2
    assert "last is no batch" in outcome.err


def test_variants_share_what_is_alike(invoke: Invoke) -> None:
    options = ["--variant", "steps.loud.with.wait=0.001", "--variant", "steps.loud.with.wait=0.002"]
    planned = invoke("batch", "shout", "--data", write("a", "b"), *options, "--plan")
    assert planned.code == 0
    assert "would run shout over 2 rows, 4 runs of" in planned.out
    assert "variant 2: steps.loud.with.wait=0.002" in planned.out
    assert "of tools, data and people, each distinct one once (8 without sharing)" in planned.out
    assert "text ← text: a" in planned.out
    found = json.loads(invoke("batch", "shout", "--data", write("a", "b"), *options, "--plan", "--json").out)
    assert (found["runs"], found["asks"], found["exact"]) == (4, 6, False)
    ran = json.loads(invoke("batch", "shout", "--data", write("a", "b"), *options, "--json").out)
    assert (ran["runs"], len(ran["variants"])) == (4, 2)
    assert sorted(key.partition("@")[2] for key in keys()) == ["1", "1", "2", "2"]


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("up", "--variant takes role=model"),
        ("up=", "--variant takes role=model"),
        ("steps.laud.tool=x", "laud"),
        ("up=sim/echo", "no role up"),
        ("steps.loud.tool=@gone.md", "cannot read gone.md"),
    ],
)
def test_what_is_no_variant(invoke: Invoke, variant: str, told: str) -> None:
    outcome = invoke("batch", "shout", "--data", write("a"), "--variant", variant)
    assert outcome.code == 2
    assert told in outcome.err
