"""The variants of a case side by side: what they ask alike is asked once, and the others wait for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.study.kit import Lab
from tests.study.test_variants import CHAIN, choices, data, naming
from tests.waiting import LONG, happens
from workbench.batch.variants import grid
from workbench.engine.shared import Pool, Shared
from workbench.errors import CallError
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.compare_many import compare_many, subjects_of


async def test_variants_of_one_case_run_side_by_side(tmp_path: Path) -> None:
    flying, all_there = 0, asyncio.Event()

    async def together(model: str, request: ModelRequest) -> Reply:
        nonlocal flying
        if request.messages[-1].text.startswith("3 "):
            flying += 1
            if flying == 8:
                all_there.set()
            await asyncio.wait_for(all_there.wait(), LONG)
        return naming(model, request)

    lab = Lab(tmp_path / "lab", together)
    options = BatchOptions(variants=grid(choices(three="abcdefgh")))
    result = await lab.bench.batch(lab.write(CHAIN), data(lab, 1), options, at_once=8)
    assert result.totals.by_status == {"done": 8}
    assert len(lab.fake.prompts) == 1 + 1 + 8
    await lab.close()


async def test_waiting_for_another_variant_makes_none_look_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: Counter[tuple[str, str]] = Counter()
    turn, paths = Shared.turn, {"1": "first", "2": "second"}

    def counted(self: Shared, path: str, fingerprint: str) -> AbstractAsyncContextManager[float]:
        came[path, fingerprint] += 1
        return turn(self, path, fingerprint)

    async def to_both(model: str, request: ModelRequest) -> Reply:
        path = paths.get(request.messages[-1].text[0])
        await happens(lambda: all(number == 2 for key, number in came.items() if key[0] == path))
        await asyncio.sleep(0.15)
        return naming(model, request)

    monkeypatch.setattr(Shared, "turn", counted)
    lab = Lab(tmp_path / "lab", to_both)
    options = BatchOptions(variants=grid(choices(three="ab")))
    result = await lab.bench.batch(lab.write(CHAIN), data(lab, 8), options, at_once=16)
    calls = lab.bench.ledger.batches().calls(result.row.number)
    assert sum(call.reused for call in calls) == 16
    assert all(call.waited > 0 for call in calls if call.reused)
    runs = sum(row.seconds or 0 for row in lab.reader.runs())
    instead = sum(call.seconds - call.waited for call in calls if call.reused)
    found = compare_many(lab.bench.ledger, subjects_of(lab.bench.ledger, [result.row.id]))
    times = found.measure("time")
    assert times is not None
    values = [value for value in times.values if value is not None]
    assert min(values) > 0.4, "three calls after one another"
    assert sum(values) * 8 == pytest.approx(runs + instead)
    await lab.close()


async def test_who_fails_leaves_the_question_to_the_next(tmp_path: Path) -> None:
    times = 0

    async def once(model: str, request: ModelRequest) -> Reply:
        nonlocal times
        times += 1
        first = times == 1
        await asyncio.sleep(0.05)
        if first:
            raise CallError("bad_request", "not this time")
        return naming(model, request)

    lab = Lab(tmp_path / "lab", once)
    options = BatchOptions(variants=grid(choices(three="abc")))
    result = await lab.bench.batch(lab.write(CHAIN), data(lab, 1), options, at_once=3)
    assert result.totals.by_status == {"failed": 1, "done": 2}
    assert len(lab.fake.prompts) == 1 + 1 + 1 + 2
    await lab.close()


async def test_a_question_asked_twice_in_a_run_is_not_answered_by_its_own_answer(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", naming)
    recipe = lab.write(
        "models: {one: fake/a, two: fake/a}\n"
        "inputs: {text: string}\n"
        'steps: {say: {prompt: "{{ text }}", model: one, repeat: {until: "false", at_most: 2}},'
        ' end: {prompt: "{{ say.text }}", model: two}}\n'
    )
    result = await lab.bench.batch(
        recipe, data(lab, 2), BatchOptions(variants=grid(choices(two="ab"))), at_once=4
    )
    assert result.totals.by_status["done"] == 4
    assert len(lab.fake.prompts) == 2 * (2 + 2)
    await lab.close()


async def test_one_who_is_stopped_lets_the_others_go_on() -> None:
    pool = Pool()
    first, second = Shared(pool), Shared(pool)

    async def ask(one: Shared) -> float:
        async with one.turn("say", "abc") as waited:
            await asyncio.sleep(0.05)
            return waited

    asking, waiting = asyncio.create_task(ask(first)), asyncio.create_task(ask(second))
    await asyncio.sleep(0.01)
    asking.cancel()
    assert await waiting > 0.0
    assert pool.asking == {}
