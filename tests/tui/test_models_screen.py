"""The models screen: what can be asked, prices, figures, a ping; and how it looks.

After a change that is meant to be seen:  pytest tests/tui/test_models_screen.py --snapshot-update
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.tui.apps import LARGE, SMALL, FrozenApp, screen_text, settled, until
from workbench.capabilities import Capabilities
from workbench.ledger.rows import ModelFigures
from workbench.providers.port import ModelInfo
from workbench.study.models import ModelLook, Pinged
from workbench.tui.screens.models import ModelsScreen
from workbench.usage import FREE, Price

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
DEAR = Price(3_000_000_000, 15_000_000_000, 300_000_000, source="genai-prices")
LOOKS = [
    ModelLook(
        ModelInfo("local/bayes", "learns from examples", ("classify",), None, FREE),
        ModelFigures("local/bayes", 1204, 0, (0.0012, 0.0041), None, 0, True),
    ),
    ModelLook(
        ModelInfo(
            "anthropic/claude-sonnet-4-5",
            "",
            window=200_000,
            price=DEAR,
            max_output=64_000,
            capabilities=Capabilities(True, True, True, None, True, False),
        ),
        ModelFigures("anthropic/claude-sonnet-4-5", 318, 12, (1.4, 4.9), 0.61, 2_418_300_000, False),
    ),
    ModelLook(ModelInfo("acme/small", window=128_000)),
    ModelLook(ModelInfo("openai/*", "any model of OpenAI", available=False, reason="OPENAI_API_KEY not set")),
    ModelLook(ModelInfo("lmstudio/*", available=False, reason="nothing listens at 127.0.0.1:1234")),
    ModelLook(ModelInfo("sim/calm", "a good day", price=DEAR, simulated=True)),
    ModelLook(ModelInfo("acme/\x1b[31m[bold]odd[/]", "\x1b]0;title\x07")),
]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[ModelLook]:
    async def read(bench: Any) -> list[ModelLook]:
        return LOOKS

    monkeypatch.setattr("workbench.tui.screens.models.look_at_models", read)
    return LOOKS


@SIZES
def test_how_it_looks(snap_compare, bench, looks, size) -> None:
    async def before(pilot: Any) -> None:
        await settled(pilot)
        await pilot.press("M", "j")
        await settled(pilot)

    assert snap_compare(FrozenApp(bench), terminal_size=size, run_before=before)


async def test_keys(bench, looks, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, asked = asyncio.Event(), []

    async def ping(bench: Any, name: str) -> Pinged:
        asked.append(name)
        await answered.wait()
        failed = name.startswith("acme")
        told = "no answer within 1 s" if failed else None
        return Pinged(name, "failed" if failed else "done", "pong", 0.42, None, told, "run0009")

    monkeypatch.setattr("workbench.tui.screens.models.ping", ping)
    app = FrozenApp(bench)
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, ModelsScreen) and app.screen.looks)
        shown = screen_text(app)
        for expected in ("5 of 7 can be asked", "1,204", "free", "learns from examples"):
            assert expected in shown
        assert "\x1b" not in shown
        await pilot.press("j")
        await until(pilot, lambda: "12 failed (4%)" in screen_text(app))
        assert "window 200,000 tokens, answers up to 64,000" in screen_text(app)
        assert "files ✓   schema ?   reasoning ✓   embeddings ✗" in screen_text(app).replace("\u00a0", " ")
        assert app.screen.command() == "workbench models anthropic/claude-sonnet-4-5"
        assert app.screen.copy_text() == "anthropic/claude-sonnet-4-5"
        await pilot.press("p", "p", "j", "p")
        await until(pilot, lambda: len(asked) == 2, "two are asked, one of them once")
        assert "it has not answered yet" in screen_text(app)
        answered.set()
        await until(pilot, lambda: "no answer within 1 s" in screen_text(app))
        await pilot.press("k")
        await until(pilot, lambda: "? · run run0009 · pong" in screen_text(app))
        await pilot.press("j", "j", "p")
        await until(pilot, lambda: "OPENAI_API_KEY not set" in screen_text(app))
        assert asked == ["anthropic/claude-sonnet-4-5", "acme/small"]
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ModelsScreen))
