"""Budgets against a real server that bills: by its own count no cap is passed, in one process or in two."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.study.billing_server import Billing, billing
from tests.waiting import LONG
from workbench.errors import UsageError
from workbench.export.bundle import write_bundle
from workbench.export.taking_in import import_bundle
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench
from workbench.study.common import today
from workbench.study.summary import summary

PRICED = """
    [prices."acme/*"]
    input = 0
    output = 1000.0
"""
"""A token of an answer is a tenth of a cent."""
FAN = """
    models: {writer: {candidates: [acme/big], params: {max_tokens: 100}}}
    %s
    steps:
      all: {each: "range(50) | list", at_once: 50, prompt: "{{ item }}"}
      sum: {prompt: "{{ all | length }}"}
    outputs: {sum: "{{ sum.text }}"}
"""


def write(folder: Path, bill: Billing, recipe: str, settings: str = "") -> Recipe:
    """A folder to work in: settings for the server, and a recipe."""
    provider = f'[providers.acme]\nkind = "openai"\nbase_url = "{bill.url}"\n'
    text = provider + textwrap.dedent(PRICED) + textwrap.dedent(settings)
    (folder / "workbench.toml").write_text(text, encoding="utf-8")
    path = folder / "recipe.yaml"
    path.write_text("schema: workbench/v1\nname: t\n" + textwrap.dedent(recipe), encoding="utf-8")
    return load(path)


async def told(bench: Bench, run: str) -> dict[str, Any]:
    return summary(bench.reader, run)


async def test_fifty_calls_under_a_budget_for_ten(tmp_path: Path) -> None:
    with billing(together=3) as bill:  # so many are asked side by side before the first answer
        recipe = write(tmp_path, bill, FAN % "budget: {usd: 1.0}")
        bench = Bench.open(tmp_path)
        result = await bench.run(recipe, {})
        assert bill.billed == 1000, "ten answers at a tenth of a dollar, by the server's own count"
        assert len(bill.requests) == 10
        assert bill.at_once >= 3
        assert (result.status, result.exit_code) == ("over_budget", 4)
        record = await told(bench, result.run)
        assert record["error"]["class"] == "budget"
        assert record["error"]["step"].startswith("all[")
        assert {"step": "sum", "reason": "not done", "class": None} in record["missing"]
        budget = {"of": "run", "name": None, "measure": "usd", "used": 1.0, "limit": 1.0, "on_exceed": "stop"}
        assert record["budgets"] == [budget]
        done = await bench.resume(result.run, budget_usd=10.0)
        assert done.status == "done"
        assert bill.billed == 5100, "forty more and the sum: nothing is paid twice"
        await bench.close()


async def test_a_server_that_counts_more_than_it_was_sent_passes_no_cap(tmp_path: Path) -> None:
    """Each call is billed 100 tokens that nobody sees; a process knows of it from the first answer on."""
    with billing(unseen=100) as bill:
        recipe = write(
            tmp_path, bill, FAN % "budget: {usd: 2.0}", '[prices."acme/big"]\ninput = 1000\noutput = 1000\n'
        )
        bench = Bench.open(tmp_path)
        for runs in (1, 2):
            result = await bench.run(recipe, {})
            assert result.status == "over_budget"
            assert bill.billed == runs * 2000, "ten calls for a fifth of a dollar each"
        await bench.close()


async def test_answers_that_could_cost_more_are_kept_shorter(tmp_path: Path) -> None:
    """The server would answer with 3,000 tokens; the budget holds 1,000 in all."""
    with billing(tokens=3000, seconds=0.01) as bill:
        recipe = write(tmp_path, bill, FAN.replace(", params: {max_tokens: 100}", "") % "budget: {usd: 1.0}")
        bench = Bench.open(tmp_path)
        result = await bench.run(recipe, {})
        assert result.status == "over_budget"
        assert bill.billed == 1000
        await bench.close()


COMMAND = [sys.executable, "-c", "from workbench.cli.main import main; main()", "run", "."]
TWO = """
    models: {writer: {candidates: [acme/big], params: {max_tokens: 100}}}
    steps: {all: {each: "range(30) | list", at_once: 30, prompt: "{{ item }}"}}
"""


def test_two_processes_share_a_day(tmp_path: Path) -> None:
    with billing() as bill:
        write(tmp_path, bill, TWO, "[budgets.day]\nusd = 1.5\n")
        command = [*COMMAND, "--json"]
        runs = [
            subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for _ in range(2)
        ]
        records = [json.loads(run.communicate(timeout=LONG)[0]) for run in runs]
        assert [run.returncode for run in runs] == [4, 4]
        assert bill.billed == 1500, "fifteen answers in both together, by the server's own count"
        assert [record["error"]["class"] for record in records] == ["budget", "budget"]
        days = [line for record in records for line in record["budgets"] if line["of"] == "day"]
        assert [line["name"] for line in days] == [today(), today()]
        again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert again.returncode == 4
        assert bill.billed == 1500, "a later process knows of it"
        assert "[budgets.day]" in again.stderr


async def test_a_session_counts_across_runs(tmp_path: Path) -> None:
    text = """
    inputs: {customer: string}
    models: {writer: {candidates: [acme/big], params: {max_tokens: 100}}}
    session: {name: "{{ customer }}", budget: {calls: 3}}
    steps: {a: {prompt: hello}, b: {prompt: "{{ a.text }}"}}
    """
    with billing(seconds=0.01) as bill:
        recipe = write(tmp_path, bill, text)
        bench = Bench.open(tmp_path)
        first = await bench.run(recipe, {"customer": "ada"})
        assert first.status == "done"
        second = await bench.run(recipe, {"customer": "ada"})
        assert (second.status, second.error_path) == ("over_budget", "b")
        assert second.error == "session ada's 3 calls are used up"
        assert (await bench.run(recipe, {"customer": "bob"})).status == "done"
        record = await told(bench, second.run)
        assert (record["session"], record["budgets"][0]["used"]) == ("ada", 3)
        with pytest.raises(UsageError, match="session's name"):
            await bench.run(recipe, {"customer": " "})
        bench.session = "carl"
        assert (await told(bench, (await bench.run(recipe, {"customer": "ada"})).run))["session"] == "carl"
        await bench.close()


async def test_what_runs_spent_before_a_day_had_a_limit_counts(tmp_path: Path) -> None:
    one = "models: {writer: {candidates: [acme/big], params: {max_tokens: 100}}}\nsteps: {a: {prompt: hello}}"
    with billing(seconds=0.01) as bill:
        bench = Bench.open(write(tmp_path, bill, one).folder)
        assert (await bench.run(load(tmp_path / "recipe.yaml"), {})).status == "done"
        await bench.close()
        recipe = write(tmp_path, bill, one, "[budgets.day]\nusd = 0.15\n")
        bench = Bench.open(tmp_path)
        assert (await bench.run(recipe, {})).status == "over_budget"
        await bench.close()


async def test_imported_runs_were_not_paid_here(tmp_path: Path) -> None:
    one = "models: {writer: {candidates: [acme/big], params: {max_tokens: 100}}}\nsteps: {a: {prompt: hello}}"
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    with billing(seconds=0.01) as bill:
        bench = Bench.open(write(there, bill, one).folder)
        run = await bench.run(load(there / "recipe.yaml"), {})
        write_bundle(bench.reader, [run.run], tmp_path / "b.jsonl.gz")
        await bench.close()
        recipe = write(here, bill, one, "[budgets.day]\nusd = 0.15\n")
        bench = Bench.open(here)
        import_bundle(bench.ledger, tmp_path / "b.jsonl.gz")
        assert (await bench.run(recipe, {})).status == "done"
        assert (await bench.run(recipe, {})).status == "over_budget"
        await bench.close()


async def test_a_process_that_died_leaves_what_it_held_as_spent(tmp_path: Path) -> None:
    one = "models: {writer: {candidates: [acme/big], params: {max_tokens: 100}}}\nsteps: {a: {prompt: hello}}"
    with billing(seconds=30) as bill:
        recipe = write(tmp_path, bill, one, "[budgets.day]\nusd = 0.15\n")
        run = await asyncio.create_subprocess_exec(*COMMAND, cwd=tmp_path, stderr=subprocess.DEVNULL)
        while not bill.requests:
            assert run.returncode is None
            await asyncio.sleep(0.05)
        run.kill()
        await run.wait()
        bill.seconds = 0.01
        bench = Bench.open(tmp_path)
        result = await bench.run(recipe, {})
        assert result.status == "over_budget", "its call may have been billed"
        assert f"$0.0500 of day {today()}'s $0.1500 is left" in (result.error or "")
        await bench.close()


# --- time -------------------------------------------------------------------------------------------------


async def test_two_seconds_in_five(tmp_path: Path) -> None:
    """A step with 2 s in a run with 5 s, on a slow server: the sum holds, with what each step declared."""
    text = """
    models: {writer: acme/fast, thinker: [acme/slow], ender: acme/last}
    budget: {seconds: 5}
    steps:
      facts: {prompt: facts, model: writer}
      deep:
        prompt: "{{ facts.text }}"
        model: thinker
        budget: {seconds: 2}
        on_fail: [{fallback: "(no comment)"}]
      extra: {prompt: "{{ deep.text }}", model: thinker, optional: true}
      reply: {prompt: "{{ facts.text }} {{ deep.text }}", model: ender, needs: [extra]}
    outputs: {reply: "{{ reply.text }}", comment: "{{ deep.text }}"}
    """
    with billing(slow={"slow": 30.0, "last": 1.6}) as bill:
        recipe = write(tmp_path, bill, text)
        bench = Bench.open(tmp_path)
        learn = write(tmp_path, bill, text.replace("thinker: [acme/slow]", "thinker: acme/fast"))
        await bench.run(learn, {})
        bill.slow["last"] = 0.05  # what is kept for the last step is much more than it needs
        recipe = write(tmp_path, bill, text)
        result = await bench.run(recipe, {})
        assert result.status == "done", result.error
        assert result.outputs == {"reply": "from last", "comment": "(no comment)"}
        record = await told(bench, result.run)
        assert [each["step"] for each in record["missing"]] == ["extra"]
        assert "kept for what follows" in record["missing"][0]["reason"]
        ways = {way["step"]: way for way in record["came_from"]["reply"]}
        assert ways["deep"] == {"step": "deep", "models": [], "by": "its fallback value"}
        assert ways["extra"]["by"] == "failed"
        assert ways["facts"] == {"step": "facts", "models": ["acme/fast"]} or ways["facts"]["models"] == [
            "fast"
        ]
        (late,) = [call for call in bench.reader.recording(result.run) if call.path == "deep"]
        assert late.error == "step deep's 2 s were used up during the call"
        await bench.close()
