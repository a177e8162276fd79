"""A process killed at any moment loses no finished call, and what goes on asks none of them again."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.durability.counting import CountingServer, finished_prompts, kill_when, make_folder, start
from tests.waiting import LONG

CHAIN = """
steps:
  chain: {each: "range(200)", at_once: 1, prompt: "n {{ item }}"}
outputs: {last: "{{ chain[199].text }}"}
"""
PARALLEL = """
steps:
  root: {prompt: "root"}
  left: {each: "range(100)", at_once: 8, prompt: "left {{ item }} {{ root.text }}"}
  right: {each: "range(98)", at_once: 8, prompt: "right {{ item }} {{ root.text }}"}
  join: {prompt: "join {{ left[99].text }} {{ right[97].text }}"}
outputs: {last: "{{ join.text }}"}
"""


@pytest.mark.parametrize(("steps", "lanes"), [(CHAIN, 1), (PARALLEL, 16)], ids=["chain", "parallel"])
def test_killed_runs_resume_without_asking_anything_finished_again(
    tmp_path: Path, steps: str, lanes: int
) -> None:
    chance = random.Random(20)
    kills = 3
    with CountingServer() as server:
        make_folder(tmp_path, server, steps)
        process = start(tmp_path, "run", "many", "--json")
        finished_before: list[tuple[set[str], Counter[str]]] = []
        for number in range(kills):
            target = server.total + chance.randint(20, 45)
            assert kill_when(process, server, target), process.communicate()
            finished_before.append((finished_prompts(tmp_path / "local.db"), server.counts()))
            process = start(tmp_path, "resume", "--json")
            assert number < kills
        out, err = process.communicate(timeout=LONG)
        assert process.returncode == 0, err.decode()
        result = json.loads(out)
        after = server.counts()

    assert result["status"] == "done"
    for finished, counts in finished_before:
        assert finished, "some calls were on record when it was killed"
        assert {prompt: after[prompt] for prompt in finished} == {
            prompt: counts[prompt] for prompt in finished
        }
    assert sum(after.values()) - len(after) <= kills * lanes
    assert len(after) == len(server.keys) == 200, (
        "asked again under the same key: billed once where it is honoured"
    )


def test_a_killed_run_is_shown_as_crashed_and_its_open_calls_as_unknown(tmp_path: Path) -> None:
    with CountingServer(delay=0.02) as server:
        make_folder(tmp_path, server, CHAIN)
        process = start(tmp_path, "run", "many")
        assert kill_when(process, server, 5)
        runs = json.loads(start(tmp_path, "runs", "--json").communicate()[0])
        shown = start(tmp_path, "show", "last").communicate()[0].decode()
    row = runs[0] if isinstance(runs, list) else runs["runs"][0]
    assert row["status"] == "crashed"
    assert "crashed" in shown
