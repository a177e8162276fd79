"""Two models' real, recorded correctness on thousands of questions, served as two providers over HTTP."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.providers.wire_server import STREAM, Received, Script, chunk, serving, sse, usage_chunk
from tests.shared_data import FOLDER
from workbench.recipe.load import load
from workbench.recipe.model import Role
from workbench.study.backtest import Row
from workbench.study.bench import Bench
from workbench.study.routes import routed
from workbench.study.what_if import AS_NOW, what_if

NANO = {"weak": 240, "strong": 24_700}
"""Nano-dollars a token."""
COUNT = 400


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    """Every so many of the questions, so that all subjects are among them."""
    path = FOLDER.parent / "routing" / "mmlu_dev.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no routing data: {path} (WORKBENCH_SHARED_DATA names the folder that holds routing/)")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return rows[:: len(rows) // COUNT][:COUNT]


@asynccontextmanager
async def bench(folder: Path, questions: list[dict[str, Any]]) -> AsyncIterator[Bench]:
    """A workbench whose ``weak/m`` and ``strong/m`` answer as the recorded models did: right or wrong."""
    async with serving() as weak, serving() as strong:
        settings = ""
        for name, server in (("weak", weak), ("strong", strong)):
            server.answer_by(lambda received, name=name: _answer(name, received, questions))
            price = NANO[name] / 1000
            settings += f'[providers.{name}]\nkind = "openai"\nbase_url = "{server.url}"\n'
            settings += f'[prices."{name}/m"]\ninput = {price}\noutput = {price}\n'
        (folder / "workbench.toml").write_text(settings, encoding="utf-8")
        made = Bench.open(folder)
        try:
            yield made
        finally:
            await made.close()


def _answer(name: str, received: Received, questions: list[dict[str, Any]]) -> Script:
    asked = received.json["messages"][-1]["content"]
    found = re.match(r"#(\d+) ", asked)
    assert found is not None, asked
    row = questions[int(found[1])]
    used = usage_chunk(prompt_tokens=row["q_tokens"], completion_tokens=1)
    text = "right" if row[name] else "wrong"
    return Script(sse(chunk(text), chunk(finish="stop"), used), headers=STREAM)


async def ask_all(bench: Bench, questions: list[dict[str, Any]], role: str) -> tuple[float, int]:
    """All questions through a role in one run: the share answered rightly, and the cost in nano-dollars."""
    path = bench.folder / "recipe.yaml"
    path.write_text(
        f"schema: workbench/v1\nname: quiz\ninputs: {{questions: list}}\nmodels: {{m: {{{role}}}}}\n"
        "steps:\n  answer: {each: questions, as: one, at_once: 16, prompt: '{{ one }}', model: m,\n"
        "           gate: {equals: right}, on_fail: continue}\n"
        "outputs: {answers: \"{{ answer | map(attribute='text') | list }}\"}\n",
        encoding="utf-8",
    )
    texts = [f"#{number} {row['question']}" for number, row in enumerate(questions)]
    result = await bench.run(load(path), {"questions": texts})
    assert result.status == "done", result.error
    answers = result.outputs["answers"]
    return answers.count("right") / len(answers), bench.reader.run(result.run).cost_nano


def backtested(bench: Bench, role: Role) -> Row:
    """The backtest of another policy of the role on what is on record."""
    attempts = list(routed(bench.reader, "quiz"))
    found = what_if(
        attempts, "m", role, lambda model: bench.providers.provider(model)[0].info("m"), draws=200
    )
    return next(row for row in found.result.rows if row.name == AS_NOW)


CASCADE = "candidates: [weak/m, strong/m], policy: cascade"
SPLIT = "candidates: [weak/m, strong/m], policy: split, weights: {weak/m: 1, strong/m: 1}"


async def test_a_cascade_costs_and_answers_as_worked_out_by_hand(
    tmp_path: Path, questions: list[dict[str, Any]]
) -> None:
    tokens = [row["q_tokens"] + 1 for row in questions]
    escalated = [count for count, row in zip(tokens, questions, strict=True) if not row["weak"]]
    async with bench(tmp_path, questions) as made:
        quality, cost = await ask_all(made, questions, CASCADE)
        assert cost == sum(tokens) * NANO["weak"] + sum(escalated) * NANO["strong"]
        assert quality == sum(row["weak"] or row["strong"] for row in questions) / len(questions)
        # the same policy held against its own record is that record
        row = backtested(made, Role(candidates=("weak/m", "strong/m"), policy="cascade"))
        assert row.quality.value == pytest.approx(quality)
        assert row.cost.value * len(questions) == pytest.approx(cost / 1e9)
        assert row.known == 1


async def test_a_backtest_agrees_with_a_full_rerun(tmp_path: Path, questions: list[dict[str, Any]]) -> None:
    async with bench(tmp_path, questions) as made:
        await ask_all(made, questions, SPLIT)
        found = {model: backtested(made, Role(candidates=(model,))) for model in ("weak/m", "strong/m")}
        for model, row in found.items():
            quality, cost = await ask_all(made, questions, f"candidates: [{model}]")
            assert 0.4 < row.known < 0.6, "the rest was never asked"
            assert row.robust is not None
            assert row.robust.low <= quality <= row.robust.high
            assert row.quality.low <= quality <= row.quality.high
            assert row.cost.low <= cost / 1e9 / len(questions) <= row.cost.high
        row = backtested(made, Role(candidates=("weak/m", "strong/m"), policy="cascade"))
        quality, cost = await ask_all(made, questions, CASCADE)
        assert row.quality.low <= quality <= row.quality.high
        assert row.cost.low <= cost / 1e9 / len(questions) <= row.cost.high
        assert row.cost.value == pytest.approx(cost / 1e9 / len(questions), rel=0.2)
