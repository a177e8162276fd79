"""Reruns and forks killed in the middle: truthful afterwards, and they go on as what they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.durability.counting import CountingServer, finished_prompts, kill_when, make_folder, start
from tests.waiting import LONG

STEPS = """
inputs: {word: {type: string, default: hi}}
steps:
  known: {each: "range(30)", at_once: 8, prompt: "known {{ item }}"}
  root: {prompt: "root {{ word }}"}
  left: {each: "range(60)", at_once: 4, prompt: "left {{ item }} {{ root.text }}"}
  right: {each: "range(60)", at_once: 4, prompt: "right {{ item }} {{ root.text }}"}
  join: {prompt: "join {{ left[59].text }} {{ right[59].text }} {{ known[29].text }}"}
outputs: {last: "{{ join.text }}"}
"""
LANES = 16


def told(folder: Path, *arguments: str) -> Any:
    process = start(folder, *arguments, "--json")
    out, err = process.communicate(timeout=LONG)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CountingServer, Path, str]]:
    """A server, a folder in which one run of it is on record, and that run."""
    folder = tmp_path_factory.mktemp("past")
    with CountingServer() as server:
        make_folder(folder, server, STEPS)
        yield server, folder, told(folder, "run", "many")["run"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rerun", "last", "-i", "word=ho"), "HO"),
        (("fork", "last", "--at", "root"), "HI"),
        (("fork", "last", "--at", "root", "--output", "by hand"), "HAND"),
    ],
    ids=["rerun", "fork", "fork with an output"],
)
def test_what_was_killed_goes_on(
    tmp_path: Path, past: tuple[CountingServer, Path, str], arguments: tuple[str, ...], said: str
) -> None:
    server, folder, first = past
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before = server.counts()
    assert kill_when(start(tmp_path, *arguments), server, server.total + 50)
    finished, counts = finished_prompts(tmp_path / "local.db"), server.counts() - before
    runs = told(tmp_path, "runs")
    resumed = told(tmp_path, "resume")
    after = server.counts() - before
    steps = told(tmp_path, "show", "last")["steps"]

    assert [(row["status"], row["parent"]) for row in runs] == [("crashed", first), ("done", None)]
    assert (resumed["run"], resumed["status"], resumed["mode"]) == (runs[0]["run"], "done", arguments[0])
    assert said in resumed["outputs"]["last"].upper()
    assert not [prompt for prompt in after if prompt.startswith("known")], (
        "what the past knows is asked of nobody"
    )
    assert len(finished) >= 20
    assert {prompt: after[prompt] for prompt in finished} == {prompt: counts[prompt] for prompt in finished}
    assert after.total() - len(after) <= LANES, "at most what was in flight is asked twice"
    assert {step["status"] for step in steps} == {"done"}
    assert len(steps) == 30 + 1 + 60 + 60 + 1 + 3
