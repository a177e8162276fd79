"""Stepping by lines: each key at each stop, the pace, and what is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

import pytest

from tests.cli.rows import HOSTILE
from tests.cli.talk import conversation
from workbench.cli import render_stops
from workbench.cli.blocks import Block, plain
from workbench.cli.step import Stepper
from workbench.engine.control import (
    GO,
    AnswerStop,
    CallStop,
    EditOutput,
    EditRequest,
    Move,
    Retry,
    Skip,
    StepStop,
    Stop,
    SwapModel,
)
from workbench.events import Candidate
from workbench.providers.port import Message
from workbench.safe_text import FORBIDDEN

STEP = StepStop("draft", "prompt", {"ticket": "x", "kind": {}})
CALL = CallStop(
    "draft",
    3,
    "model",
    "acme/large",
    (Message("system", "Be brief."), Message("user", "Why?\nTell me.")),
    {},
    (Candidate("acme/large", True, "first", None, 20_000_000), Candidate("local/compose", False, "next")),
    "first of 2",
)
TOOL = CallStop("account", 1, "tool", "accounts", (), {"customer": "C-1"}, recorded=True)
ANSWER = AnswerStop("draft", 3, "Because.", {"sure": True}, "acme/large", 12_000_000, False)


@pytest.mark.parametrize(
    ("answers", "move"),
    [
        ([""], GO),
        (["x"], Stop()),
        ([], Stop()),
        (["?", ""], GO),
        (["r", ""], GO),
        (["m", "2"], SwapModel("local/compose")),
        (["m", "other/one"], SwapModel("other/one")),
        (["m", "nonsense", ""], GO),
        (["m", "", ""], GO),
        (["k", "my own", "output", "."], Skip("my own\noutput")),
        (
            ["e", "2", "Why not?", "."],
            EditRequest((Message("system", "Be brief."), Message("user", "Why not?"))),
        ),
        (["e", "7", ""], GO),
        (["v", "x"], Stop()),
    ],
)
async def test_before_a_call(answers: list[str], move: Move) -> None:
    assert await Stepper(conversation(*answers)).before_call(CALL) == move


@pytest.mark.parametrize(
    ("answers", "move"),
    [
        ([""], GO),
        (["o", "Since.", "."], EditOutput("Since.")),
        (["o", "Because.", ".", ""], GO),
        (["R"], Retry()),
        (["e", "x"], Stop()),
    ],
)
async def test_after_a_call(answers: list[str], move: Move) -> None:
    assert await Stepper(conversation(*answers)).after_call(ANSWER) == move


async def test_a_tool_cannot_be_swapped_or_edited() -> None:
    assert await Stepper(conversation("m", "e", "")).before_call(TOOL) == GO


async def test_next_step_passes_the_stops_of_this_one() -> None:
    stepper = Stepper(conversation("n", "x"))
    assert await stepper.before_step(STEP) == GO
    assert await stepper.before_call(CALL) == GO
    assert await stepper.after_call(ANSWER) == GO
    assert await stepper.before_call(TOOL) == Stop()


async def test_to_the_end_asks_no_more() -> None:
    stepper = Stepper(conversation("c"))
    assert [
        await stepper.before_call(CALL),
        await stepper.before_call(TOOL),
        await stepper.after_call(ANSWER),
    ] == [GO] * 3


async def test_the_editor_is_used_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "EDITOR", f"{sys.executable} -c \"import sys; open(sys.argv[1], 'a').write(' Really.')\""
    )
    monkeypatch.setattr("workbench.cli.step.is_terminal", lambda stream: True)
    assert await Stepper(conversation("o")).after_call(ANSWER) == EditOutput("Because. Really.")


@pytest.mark.parametrize("editor", ["false", "/no/such/editor", "'unclosed"])
async def test_an_editor_that_fails_changes_nothing(
    editor: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    monkeypatch.setattr("workbench.cli.step.is_terminal", lambda stream: True)
    assert await Stepper(conversation("o", "")).after_call(ANSWER) == GO
    assert "editor" in capsys.readouterr().err.lower() or editor == "false"


def test_what_the_stops_show(golden: Callable[[str, Iterable[Block]], None]) -> None:
    shown = [
        *render_stops.before_call(CALL),
        *render_stops.before_call(TOOL),
        *render_stops.after_call(ANSWER),
        *render_stops.help_lines("ekmv"),
    ]
    golden("stops", [*shown])


def test_long_texts_are_cut_and_viewed_whole() -> None:
    stop = CallStop("a", 1, "model", "x/y", (Message("user", "\n".join(map(str, range(99)))),), {})
    assert "… 75 lines more" in plain(render_stops.before_call(stop))
    assert plain(render_stops.whole_request(stop)).rstrip().endswith("98")


def test_hostile_stops_are_inert() -> None:
    call = CallStop(
        HOSTILE, 1, "model", HOSTILE, (Message("user", HOSTILE),), {}, (Candidate(HOSTILE),), HOSTILE
    )
    answer = AnswerStop(HOSTILE, 1, HOSTILE, {HOSTILE: HOSTILE}, HOSTILE, None, False)
    shown = [
        *render_stops.before_call(call),
        *render_stops.after_call(answer),
    ]
    assert not FORBIDDEN.search(plain(shown))
