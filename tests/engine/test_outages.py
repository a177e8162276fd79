"""Two models behind real servers, one of which fails: who is asked, how often, and what is on record."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.providers.wire_server import GOOD, JSON, STREAM, Received, Script, WireServer, chunk, serving, sse
from tests.waiting import happens
from workbench.events import Event, RateLimited
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.study.bench import Bench

CUT = Script(sse(chunk("Hel"), done=False), headers=STREAM, ending="reset")
HTML = Script(b"<html><body>Welcome</body></html>", headers={"content-type": "text/html"})
REFUSED = Script(
    sse({"id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": {"refusal": "I cannot help."},
         "finish_reason": None}]}, chunk(finish="stop")), headers=STREAM,
)  # fmt: skip


def error(status: int, message: str = "no", **headers: str) -> Script:
    """An error as these servers tell it."""
    return Script(
        json.dumps({"error": {"message": message}}).encode(), status, {**JSON, **headers}, length="exact"
    )


class Two:
    """A workbench with a primary and a second server."""

    def __init__(self, folder: Path, first: WireServer, second: WireServer) -> None:
        self.folder, self.first, self.second = folder, first, second
        self.bench: Bench = Bench.open(folder)

    def recipe(self, fallback: str, more: str = "") -> Recipe:
        path = self.folder / "recipe.yaml"
        path.write_text(
            "schema: workbench/v1\nname: two\ninputs: {t: {type: string, default: hello}}\n"
            f"models: {{m: {{candidates: [one/m, two/m], fallback: {fallback}}}}}\n"
            f"steps: {{a: {{prompt: '{{{{ t }}}}', model: m{more}}}}}\noutputs: {{o: '{{{{ a.text }}}}'}}\n",
            encoding="utf-8",
        )
        return load(path)

    async def run(self, recipe: Recipe, **inputs: Any) -> Any:
        return await self.bench.run(recipe, inputs)

    def stop_the_clock(self) -> list[float]:
        """The seconds that the breakers go by; others pass only when a test adds to them."""
        now = [0.0]
        self.bench.health._clock = lambda: now[0]
        return now

    def attempts(self, run: str) -> list[tuple[str, str, str | None]]:
        """Who was asked, and how it ended, in order."""
        return [(row.target, row.status, row.error_class) for row in self.bench.reader.recording(run)]


@asynccontextmanager
async def two(folder: Path, settings: str = "") -> AsyncIterator[Two]:
    async with serving() as first, serving() as second:
        prices = "".join(f'[prices."{name}/*"]\ninput = 1\noutput = 2\n' for name in ("one", "two"))
        sections = f'[providers.one]\nkind = "openai"\nbase_url = "{first.url}"\n{settings}'
        sections += f'[providers.two]\nkind = "openai"\nbase_url = "{second.url}"\n'
        (folder / "workbench.toml").write_text(sections + prices, encoding="utf-8")
        made = Two(folder, first, second)
        try:
            yield made
        finally:
            await made.bench.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are short."""
    import workbench.providers.retry as retry

    quick = replace(retry.DEFAULT_POLICY, first_wait=0.02)
    monkeypatch.setitem(retry.retrying.__kwdefaults__, "policy", quick)


@pytest.mark.parametrize(
    ("fails", "error_class", "tries"),
    [
        (error(429, "Rate limit reached"), "rate_limit", 3),
        (error(500), "server", 3),
        (Script(ending="stall"), "timeout", 3),
        (CUT, "network", 3),
        (HTML, "malformed", 1),
        (REFUSED, "refused", 1),
    ],
    ids=["429", "500", "times out", "cut", "html", "refuses"],
)
async def test_each_failure_falls_by_its_class(
    tmp_path: Path, fails: Script, error_class: str, tries: int
) -> None:
    async with two(tmp_path, "first_token = 0.3\n" if error_class == "timeout" else "") as made:
        made.first.answer(fails)
        result = await made.run(made.recipe(f"{{on: [{error_class}]}}"))
        assert (result.status, result.outputs) == ("done", {"o": "Hello."})
        assert made.attempts(result.run) == [("one/m", "error", error_class)] * tries + [
            ("two/m", "ok", None)
        ]
        assert len(made.first.requests) == tries
        # the same failure under another class is none that one falls on
        other = "quota" if error_class != "quota" else "auth"
        made.first.requests.clear()
        result = await made.run(made.recipe(f"{{on: [{other}]}}"))
        assert result.status == "failed"
        assert {target for target, _, _ in made.attempts(result.run)} == {"one/m"}


async def test_a_long_wait_that_is_asked_for_goes_to_the_other_at_once(tmp_path: Path) -> None:
    async with two(tmp_path) as made:
        made.first.answer(error(429, "slow down", **{"retry-after": "30"}))
        recipe = made.recipe("{on: [rate_limit]}")
        first = await made.run(recipe)
        assert made.attempts(first.run) == [("one/m", "error", "rate_limit"), ("two/m", "ok", None)]
        second = await made.run(recipe)
        assert made.attempts(second.run) == [("two/m", "ok", None)]
        decision = made.bench.reader.step(second.run, "a").decisions[0]
        assert "nothing left of its rate limit" in decision.candidates[0].reason


async def test_a_wait_without_another_candidate_is_waited_for(tmp_path: Path) -> None:
    async with two(tmp_path) as made:
        made.first.answer(error(429, "slow down", **{"retry-after": "1"}), GOOD)
        path = tmp_path / "recipe.yaml"
        made.recipe("{on: [server]}")
        path.write_text(path.read_text().replace("[one/m, two/m], fallback: {on: [server]}", "[one/m]"))
        began = time.monotonic()
        result = await made.run(load(path))
        assert made.attempts(result.run) == [("one/m", "error", "rate_limit"), ("one/m", "ok", None)]
        assert time.monotonic() - began >= 1


BREAKER = "{on: [server], cooldown: 500ms, failures: 4}"


async def test_the_breaker_opens_after_the_declared_number_and_closes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.study.bench.SHOWN_SECONDS", 0.0)
    async with two(tmp_path) as made:
        now = made.stop_the_clock()
        made.first.answer(error(500))
        recipe = made.recipe(BREAKER)
        for _ in range(5):
            assert (await made.run(recipe)).status == "done"
        assert len(made.first.requests) == 4
        assert made.bench.health.state("one/m") == "open"
        decisions = made.bench.reader.step(made.bench.reader.run("last").id, "a").decisions
        assert [(each.model, each.health) for each in decisions[0].candidates] == [
            ("one/m", "rests"), ("two/m", "well"),
        ]  # fmt: skip
        assert decisions[0].candidates[1].seconds is not None, "what two/m took before, by the record"
        made.first.answer(GOOD)
        now[0] += 0.55
        assert made.bench.health.state("one/m") == "half-open"
        for _ in range(3):
            assert (await made.run(recipe)).status == "done"
        assert len(made.first.requests) == 7
        assert made.bench.health.state("one/m") == "closed"


async def test_no_herd_at_recovery(tmp_path: Path) -> None:
    """200 runs meet an outage: few requests reach the primary until one has tried it and come back well."""
    async with two(tmp_path) as made:
        now, down, arrivals = made.stop_the_clock(), [True], 0
        answered = asyncio.Event()

        def choose(_: Received) -> Script:
            nonlocal arrivals
            arrivals += 1
            return error(500) if down[0] else replace(GOOD, after=answered)

        made.first.answer_by(choose)
        recipe = made.recipe("{on: [server], cooldown: 1s, failures: 3}")
        await made.run(recipe)
        assert arrivals == 3
        results = await asyncio.gather(*(made.run(recipe) for _ in range(100)))
        assert arrivals == 3
        down[0] = False
        now[0] += 1.1
        one, *others = [asyncio.create_task(made.run(recipe)) for _ in range(100)]
        await happens(lambda: arrivals == 4)
        results += await asyncio.gather(*others)
        assert arrivals == 4, "nobody asks before the first has been answered"
        answered.set()
        results += [await one, await made.run(recipe)]
        assert arrivals == 5
        assert [result.status for result in results] == ["done"] * 201


async def test_an_outage_that_begins_under_load_ends_the_retries(tmp_path: Path) -> None:
    """Whoever waits to try again finds the breaker open: after the first wave nobody asks the primary."""
    async with two(tmp_path, "at_once = 4\n") as made:
        made.first.answer(error(500))
        recipe = made.recipe("{on: [server], cooldown: 60s, failures: 3}")
        results = await asyncio.gather(*(made.run(recipe) for _ in range(100)))
        assert [result.status for result in results] == ["done"] * 100
        assert len(made.first.requests) <= 6, "those in flight when it opened, and no more"


async def test_declared_rates_hold_for_all_runs_together_and_the_wait_is_told(tmp_path: Path) -> None:
    async with two(tmp_path, "at_once = 2\n") as made:
        flying, most, all_there = 0, 0, asyncio.Event()

        def choose(_: Received) -> Script:
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            asyncio.get_running_loop().call_later(0.02, land)
            return replace(GOOD, pause=0.03, after=all_there)

        def land() -> None:
            nonlocal flying
            flying -= 1

        made.first.answer_by(choose)
        recipe = made.recipe("{on: [server]}")
        heard: list[RateLimited] = []

        class Ear:
            def receive(self, event: Event) -> None:
                if isinstance(event, RateLimited):
                    heard.append(event)
                    if len(heard) == 6:
                        all_there.set()

        results = await asyncio.gather(*(made.bench.run(recipe, {}, listeners=(Ear(),)) for _ in range(8)))
        assert [result.status for result in results] == ["done"] * 8
        assert most <= 2
        assert len(heard) == 6
        assert heard[0].reason.startswith("waiting for the rate limit of one: 2 requests are in flight")
        waits = [made.bench.reader.recording(each.run)[0].request.get("waited_for_rate") for each in results]
        assert sum(wait is not None and wait > 0 for wait in waits) == 6


async def test_a_run_whose_time_is_over_waits_no_longer(tmp_path: Path) -> None:
    async with two(tmp_path, "requests_per_minute = 1\n") as made:
        assert (await made.run(made.recipe("{on: [server]}"))).status == "done"
        result = await made.run(made.recipe("{on: [server]}", ", timeout: 200ms"))
        assert result.status == "failed"
        assert result.error is not None
        assert result.error.startswith("no turn within 0.2 s: waiting for the rate limit of one: 1 requests")
        # with the class declared, the other answers
        falls = await made.run(made.recipe("{on: [timeout]}", ", timeout: 2s"))
        assert made.attempts(falls.run) == [("two/m", "ok", None)]


async def test_a_step_without_a_turn_in_its_time_is_done_without_and_replays_the_same(tmp_path: Path) -> None:
    async with two(tmp_path, "requests_per_minute = 1\n") as made:
        assert (await made.run(made.recipe("{on: [server]}"))).status == "done"
        late = made.recipe("{on: [server]}", ", budget: {seconds: 2}, on_fail: [{fallback: short}]")
        result = await made.run(late)
        assert result.outputs == {"o": "short"}
        (row,) = made.bench.reader.recording(result.run)
        assert (row.error_class, row.finish) == ("budget", "limit")
        assert (await made.bench.replay(result.run)).outputs == result.outputs
