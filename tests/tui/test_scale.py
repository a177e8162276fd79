"""Large records: only what is looked at is read and drawn, however much there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui.apps import LARGE, FrozenApp, run_screen, screen_text, settled, until
from tests.tui.fake_bench import START, FakeBench, Kept, step_row
from workbench.tui.run_pages import KEPT_PAGES, PAGE
from workbench.tui.widgets.virtual_list import VirtualList


@pytest.fixture
def many_runs(bench):
    template = bench.reader.kept["run0001"]
    bench.reader.kept = {f"r{number:05}": replace_row(template, number) for number in range(10_000)}
    bench.reader.rows_read = 0
    return bench


def replace_row(kept, number):
    row = replace(kept.row, id=f"r{number:05}", number=number, started=START - 60_000_000 * (10_000 - number))
    return Kept(row, kept.snapshot, kept.state, kept.order)


@pytest.fixture
def many_steps(tmp_path):
    """A run of 5,000 steps whose recipe is gone: flat ones, and items of one step."""
    bench = FakeBench(tmp_path)
    run = bench.record("triage", {"ticket": "x"})
    kept = bench.reader.kept[run]
    paths = [f"step{number:04}" for number in range(2_000)] + [f"checks[{number}]" for number in range(3_000)]
    kept.order = [step_row(path, order) for order, path in enumerate(paths)]
    kept.state.rows = {row.path: row for row in kept.order}
    kept.row = replace(kept.row, steps=5_000)
    bench.reader.steps_read = 0
    return bench


async def test_ten_thousand_runs_are_read_by_the_page(many_runs):
    reader = many_runs.reader
    app = FrozenApp(many_runs)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        assert "1 of 10,000" in screen_text(app)
        assert reader.rows_read <= 2 * PAGE
        before = reader.rows_read
        await pilot.press("j", "j", "k")
        assert reader.rows_read == before, "moving within a page reads nothing"
        await pilot.press("G")
        await settled(pilot)
        assert "10,000 of 10,000" in screen_text(app)
        assert "…" not in screen_text(app).splitlines()[5]
        assert reader.rows_read <= 4 * PAGE
        assert len(app.screen.pages._pages) <= KEPT_PAGES


async def test_scrolling_through_all_runs_keeps_few_pages(many_runs):
    app = FrozenApp(many_runs)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        runs = app.screen.query_one("#runs", VirtualList)
        for index in range(0, 10_000, 500):
            runs.move_to(index)
            await settled(pilot)
        assert len(app.screen.pages._pages) <= KEPT_PAGES


async def test_five_thousand_steps_open_as_a_list_and_are_drawn_by_the_screenful(many_steps, monkeypatch):
    drawn = []
    app = FrozenApp(many_steps, open_run="run0001")
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: len(run_screen_or_none(app)) == 5_000, "all steps")
        await settled(pilot)
        screen = run_screen(app)
        assert not screen.shows_graph
        assert many_steps.reader.steps_read == 5_000
        steps = screen.query_one("#steps", VirtualList)
        assert steps.count == 2_001, "the 3,000 items are folded beneath their step"
        assert "▸ ✓ checks" in screen_text(app)
        original = steps._row
        monkeypatch.setattr(steps, "_row", lambda index, width: drawn.append(index) or original(index, width))
        details = many_steps.reader.details_read
        await pilot.press("g", "j", "j")
        assert len(drawn) <= 3 * 2 * LARGE[1], "a key draws the screen, and once more for its detail"
        await settled(pilot)
        assert many_steps.reader.details_read - details <= 3
        await pilot.press("G", "enter")
        await settled(pilot)
        assert steps.count == 5_001
        assert "checks  ✓ 3,000" in screen_text(app)


def run_screen_or_none(app):
    try:
        return run_screen(app).model.state.rows
    except StopIteration:
        return ()
