"""The same screen on every machine: no colour switches, one time zone, no blinking, no moving parts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from textual._styles_cache import StylesCache
from textual.css.stylesheet import Stylesheet
from textual.widgets import Input, TextArea

from tests.study.kit import Lab
from tests.tui.fake_bench import FakeBench, make_recipe

_parse_rules, _parsed = Stylesheet._parse_rules, {}


def parsed_once(sheet, *source, **how):
    """The rules of a style sheet: every app reads the same ones."""
    key = (source, *how.items(), frozenset(sheet._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, *source, **how)
    return _parsed[key]


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch):
    for name in ("NO_COLOR", "TEXTUAL_THEME", "VISUAL", "EDITOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()
    monkeypatch.setattr("workbench.tui.app.TOLD_SECONDS", 1000)
    monkeypatch.setattr("workbench.tui.screens.run.FRAME_SECONDS", 0.005)
    monkeypatch.setattr("workbench.tui.screens.home_filter.TYPING_PAUSE", 0.01)
    monkeypatch.setattr("workbench.tui.screens.run_loading.LOOK_PAUSE", 0.001)
    monkeypatch.setattr("workbench.tui.screens.compose.TYPING_PAUSE", 0.02)
    monkeypatch.setattr("workbench.tui.screens.compose_source.COMPLETING_PAUSE", 0.01)
    monkeypatch.setattr("workbench.tui.screens.compose_files.KEEP_SECONDS", 0.02)
    monkeypatch.setattr(Stylesheet, "_parse_rules", parsed_once)
    for kind in (TextArea, Input):
        monkeypatch.setattr(kind.cursor_blink, "_default", False)
    yield
    monkeypatch.undo()
    time.tzset()
    StylesCache.get_inner_outer.cache_clear()  # it holds everything that was drawn


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A folder with two recipes that work and one that does not."""
    make_recipe(tmp_path, "triage")
    make_recipe(tmp_path, "review")
    make_recipe(tmp_path, "broken")
    return tmp_path


@pytest.fixture
def bench(recipes: Path) -> FakeBench:
    """A bench with a few past runs."""
    return FakeBench.with_history(recipes)


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """The real workbench, whose models answer in upper case and count what they are asked."""
    made = Lab(tmp_path / "lab")
    yield made
    await made.close()
