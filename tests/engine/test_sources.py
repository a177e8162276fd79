"""Data sources that several loops ask for at a time, as two runs begun from a notebook do."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.engine.kit import recipe
from workbench.engine import sources
from workbench.engine.sources import Sources
from workbench.recipe.recipe import Recipe


def test_two_loops_read_the_same_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.csv").write_text("text,label\nhello,good\n", encoding="utf-8")
    both, read = Barrier(2), sources.read_examples

    def together(*given: object) -> object:
        both.wait(60)
        return read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sources, "read_examples", together)
    made: Recipe = recipe(tmp_path, "data: {notes: {file: notes.csv}}\nsteps: {s: {prompt: x}}\n")
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(lambda: asyncio.run(Sources(made).examples("notes"))) for _ in range(2)]
        assert [list(each.result(60).labels) for each in asked] == [["good"], ["good"]]
    assert sources._reading == {}
