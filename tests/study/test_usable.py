"""A run that could only fail for want of a model is refused before anything is asked or recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.study.kit import Lab
from workbench.batch.variants import Choice, grid
from workbench.errors import CallError, ErrorClass, RecipeError, UsageError
from workbench.providers import retry
from workbench.providers.port import ModelRequest, Reply
from workbench.study.batch_options import BatchOptions
from workbench.study.change import Change

HEAD = "inputs: {t: string}\nmodels:\n"
NEEDED = "steps:\n  say: {prompt: 'say {{ t }}', model: m}\n"


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def rows(lab: Lab, number: int) -> Path:
    path = lab.folder / "rows.csv"
    path.write_text("t\n" + "".join(f"row {each}\n" for each in range(number)))
    return path


@pytest.mark.parametrize(
    ("roles", "steps", "places"),
    [
        ("  m: sim/nosuch", NEEDED, [(5, 6)]),
        ("  m: openai/x", NEEDED, [(5, 6)]),
        ("  m: nobody/x", NEEDED, [(5, 6)]),
        ("  m: [openai/x, local/nosuch]", NEEDED, [(5, 7), (5, 17)]),
        ("  m: {candidates: [openai/x]}", NEEDED, [(5, 20)]),
        ("  m: fake/a", "steps:\n  say: {prompt: x, model: openai/x}\n", [(7, 27)]),
        ("  m: sim/nosuch", "steps:\n  all:\n    steps:\n      say: {prompt: x, model: m}\n", [(5, 6)]),
        ("  m: openai/x", "steps:\n  say: {prompt: x, model: m, on_fail: [retry, fail]}\n", [(5, 6)]),
    ],
)
async def test_what_no_run_could_do_is_refused(
    tmp_path: Path, roles: str, steps: str, places: list[tuple[int, int]]
) -> None:
    lab = Lab(tmp_path / "lab")
    recipe = lab.write(f"{HEAD}{roles}\n{steps}")
    with pytest.raises(RecipeError) as refused:
        await lab.bench.run(recipe, {"t": "x"})
    assert [(each.line, each.column) for each in refused.value.problems] == places
    assert refused.value.exit_code == 2
    with pytest.raises(RecipeError):
        await lab.bench.batch(recipe, rows(lab, 3))
    assert (lab.reader.count_runs(), lab.bench.ledger.batches().all(), lab.asked()) == (0, [], [])
    await lab.close()


@pytest.mark.parametrize(
    ("roles", "steps"),
    [
        ("  m: {candidates: [openai/x, fake/a], fallback: {on: [auth]}}", NEEDED),
        ("  m: openai/x\n  n: fake/a", "steps:\n  say: {prompt: x, model: m, if: t == 'never'}\n"),
        ("  m: openai/x\n  n: fake/a", "steps:\n  say: {prompt: x, model: n}\n"),
        ("  m: openai/x", "steps:\n  say: {prompt: x, model: m, on_fail: continue}\n"),
        ("  m: openai/x", "steps:\n  say: {prompt: x, model: m, optional: true}\n"),
        ("  m: openai/x", "steps:\n  say: {prompt: x, model: m, on_fail: {fallback: none}}\n"),
        ("  m: openai/x", "steps:\n  say: {prompt: '{{ item }}', model: m, each: '[]'}\n"),
        (
            "  m: openai/x",
            "steps:\n  say: {choose: [{when: t == 'never', prompt: x, model: m}], else: {set: {a: b}}}\n",
        ),
    ],
)
async def test_what_can_go_on_without_it_is_not(tmp_path: Path, roles: str, steps: str) -> None:
    lab = Lab(tmp_path / "lab")
    recipe = lab.write(f"{HEAD}{roles}\n{steps}")
    assert (await lab.bench.run(recipe, {"t": "x"})).status == "done"
    assert (await lab.bench.batch(recipe, rows(lab, 2))).totals.by_status == {"done": 2}
    await lab.close()


async def test_a_model_that_was_set_takes_the_place_of_one_without_a_key(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    recipe = lab.write(f"{HEAD}  m: openai/x\n{NEEDED}")
    assert (await lab.bench.run(recipe, {"t": "x"}, models={"m": "fake/a"})).status == "done"
    variants = grid([Choice("m", each, each) for each in ("fake/a", "openai/y")])
    with pytest.raises(UsageError, match="role m: openai/y cannot be used: OPENAI_API_KEY not set"):
        await lab.bench.batch(recipe, rows(lab, 2), BatchOptions(variants=variants))
    variants = grid([Choice("m", each, each) for each in ("fake/a", "fake/b")])
    result = await lab.bench.batch(recipe, rows(lab, 2), BatchOptions(variants=variants))
    assert result.totals.by_status == {"done": 4}
    await lab.close()


async def test_what_a_recording_answers_needs_no_key(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    recipe = lab.write(f"{HEAD}  m: openai/x\n{NEEDED}")
    first = await lab.bench.run(recipe, {"t": "x"}, models={"m": "fake/a"})
    assert (await lab.bench.replay(first.run)).status == "done"
    assert (await lab.bench.rerun(first.run, Change())).status == "done"
    await lab.close()


@pytest.mark.parametrize("error_class", ["auth", "network"])
async def test_a_batch_that_only_fails_alike_stops_and_goes_on_with_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error_class: ErrorClass
) -> None:
    monkeypatch.setattr(retry, "wait_seconds", lambda *_: 0.0)
    key = {"good": False}

    def script(model: str, request: ModelRequest) -> Reply:
        if not key["good"]:
            raise CallError(error_class, "no such key", sent=False)
        return Reply("ok")

    lab = Lab(tmp_path / "lab", script)
    recipe, data = lab.write(f"{HEAD}  m: fake/a\n{NEEDED}"), rows(lab, 200)
    stopped = await lab.bench.batch(recipe, data, at_once=4)
    assert (stopped.row.status, stopped.exit_code) == ("cancelled", 1)
    assert stopped.stopped == "the first 10 runs all failed alike, and others would too"
    assert stopped.totals.by_status["failed"] < 50
    key["good"] = True
    done = await lab.bench.batch(recipe, data, at_once=4, resume=True)
    assert (done.row.status, done.stopped, done.totals.by_status) == ("done", "", {"done": 200})
    assert (done.tally.before, done.tally.done) == (0, 200)
    await lab.close()


async def test_a_batch_of_which_some_fail_goes_on(tmp_path: Path) -> None:
    def script(model: str, request: ModelRequest) -> Reply:
        number = int(request.messages[-1].text.rsplit(" ", 1)[1])
        if number != 3:
            raise CallError("auth", "no such key")
        return Reply("ok")

    lab = Lab(tmp_path / "lab", script)
    result = await lab.bench.batch(lab.write(f"{HEAD}  m: fake/a\n{NEEDED}"), rows(lab, 60), at_once=1)
    assert (result.row.status, result.totals.by_status) == ("done", {"done": 1, "failed": 59})
    await lab.close()
