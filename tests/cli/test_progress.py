"""Progress is a fold of the events; its lines say what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.cli.rows import HOSTILE, START
from tests.waiting import happens
from workbench.cli.blocks import Block, plain
from workbench.cli.display import HELD_BACK, Lines, OnTerminal, Quiet, display
from workbench.cli.progress import Progress
from workbench.cli.render_progress import ending, happening, sample_line, status_line
from workbench.events import (
    BudgetLine,
    BudgetUsed,
    CallFinished,
    CallReused,
    CallStarted,
    Event,
    GateChecked,
    HumanAsked,
    Missing,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
    now,
)
from workbench.safe_text import FORBIDDEN


def at(event: Event, milliseconds: int, run: str = "k3v9t2m8qa") -> Event:
    """``event`` as the stream sends it."""
    object.__setattr__(event, "at", START + milliseconds * 1000)
    object.__setattr__(event, "run", run)
    return event


def route(path: str, chosen: str, attempt: int = 1) -> RouteDecided:
    return RouteDecided(
        path=path, call=1, attempt=attempt, role="writer", policy="fixed", chosen=chosen, reason="first"
    )


def asked(path: str, target: str, attempt: int = 1) -> CallStarted:
    return CallStarted(
        path=path, call=1, attempt=attempt, kind="model", target=target, fingerprint="f", request={}
    )


def started(recipe: str = "support-triage") -> RunStarted:
    return RunStarted(
        recipe=recipe, recipe_hash="0" * 32, recipe_path="r", files={}, file_hashes={}, inputs={}
    )


def reused(path: str) -> CallReused:
    return CallReused(
        path=path, call=2, kind="model", target="a/b", fingerprint="f", source=("x", 1, 1), answer={}
    )


EVENTS: list[Event] = [
    at(started(), 0),
    at(StepStarted(path="draft", verb="prompt", role="writer"), 1),
    at(StepStarted(path="kind", verb="classify"), 1),
    at(route("draft", "acme/large"), 2),
    at(asked("draft", "acme/large"), 2),
    at(
        CallFinished(
            path="draft", call=1, attempt=1, status="error", error="503\nbusy", error_class="server"
        ),
        500,
    ),
    at(route("draft", "acme/small", 2), 510),
    at(asked("draft", "acme/small", 2), 510),
    at(
        CallFinished(path="draft", call=1, attempt=2, status="ok", cost_nano=12_000_000, model="small-2"), 900
    ),
    at(GateChecked(path="draft", call=1, gate="length", passed=False, reason="too long"), 901),
    at(StepFinished(path="draft", verb="prompt", status="done"), 902),
    at(reused("kind"), 903),
    at(StepFinished(path="kind", verb="classify", status="done"), 904),
    at(StepStarted(path="review", verb="human"), 905),
    at(HumanAsked(path="review", call=3, question="ok?"), 905),
    at(StepFinished(path="review", verb="human", status="failed", error="no", error_class="cancelled"), 950),
    at(StepFinished(path="late", verb="prompt", status="skipped", reason="x is false"), 960),
    at(RunFinished(status="failed"), 1000),
]


def told(events: Iterable[Event]) -> tuple[Progress, list[Block]]:
    progress = Progress()
    lines: list[Block] = []
    for event in events:
        step = progress.receive(event)
        words = happening(event, step, progress)
        if words:
            lines.append(words)
    return progress, lines


def test_what_a_cancelled_call_cost_is_not_known_when_its_step_ends() -> None:
    begun = [at(StepStarted(path="ask", verb="prompt"), 1), at(asked("ask", "acme/large"), 2)]
    _, lines = told(
        [at(started(), 0), *begun, at(StepFinished(path="ask", verb="prompt", status="cancelled"), 900)]
    )
    assert "$?" in plain(lines[-1:])


def test_the_moving_line_says_why_a_run_whose_steps_are_done_has_not_ended() -> None:
    begun = [at(StepStarted(path="ask", verb="prompt"), 1), at(asked("ask", "acme/large"), 2)]
    events = [at(started(), 0), *begun, at(StepFinished(path="ask", verb="prompt", status="done"), 900)]
    progress, _ = told(events)
    assert "waits for 1 answer that nobody needs, to know the cost" in plain([status_line(progress, 1)])
    overtaken = CallFinished(path="ask", call=1, attempt=1, status="cancelled", cost_nano=5)
    progress, _ = told([*events, at(overtaken, 950)])
    assert "waits" not in plain([status_line(progress, 1)])


def test_the_lines_of_a_run(golden: Callable[[str, Iterable[Block]], None]) -> None:
    progress, lines = told(EVENTS)
    golden(
        "progress", [*lines, ending(progress, "failed"), sample_line(2, 7, "draft-until-good", "a notice")]
    )


def test_the_fold_counts() -> None:
    progress, _ = told(EVENTS)
    assert (progress.run, progress.done, progress.calls, progress.reused) == ("k3v9t2m8qa", 4, 1, 1)
    assert (progress.cost_nano, progress.cost_known) == (12_000_000, False)
    assert progress.seconds == 1.0
    assert not progress.running


def test_the_moving_line_names_what_runs() -> None:
    progress, _ = told(EVENTS[:5])
    assert (
        plain([status_line(progress, 0.3)]) == "▶ 0 steps · 0 calls · $0 · 300 ms   draft acme/large, kind\n"
    )


def test_the_moving_line_stays_short() -> None:
    progress, _ = told(StepStarted(path=f"s{n}", verb="prompt") for n in range(9))
    assert plain([status_line(progress, 1.0)]).endswith("s5, s6, s7, s8 +5\n")


def test_a_resumed_run_has_a_start() -> None:
    progress, lines = told([at(RunResumed(), 5), at(RunFinished(status="done"), 1005)])
    assert progress.seconds == 1.0
    assert plain(lines) == "resume k3v9t2m8qa\n"


def test_hostile_events_are_one_inert_line_each() -> None:
    events: list[Event] = [
        at(started(HOSTILE + "\n"), 0, HOSTILE),
        StepStarted(path=HOSTILE, verb="prompt"),
        route(HOSTILE, HOSTILE + "\n✓ forged"),
        CallFinished(path=HOSTILE, call=1, attempt=1, status="error", error=HOSTILE, error_class="server"),
        StepFinished(path=HOSTILE, verb="prompt", status="failed", error=HOSTILE + "\n✓ forged"),
    ]
    progress, lines = told(events)
    text = plain([*lines, ending(progress, "failed"), status_line(progress, 0)])
    assert not FORBIDDEN.search(text)
    assert text.count("\n") == len(lines) + 2


def test_a_run_that_did_without_a_step_says_so() -> None:
    lacking = (Missing("answer", "openai needs a key"), Missing(HOSTILE + "\n", "no"))
    progress, _ = told([at(started(), 0), RunFinished(status="done", missing=lacking)])
    text = plain([ending(progress, "done")])
    assert text.startswith("! done without answer, ") and text.count("\n") == 1
    assert not FORBIDDEN.search(text)
    whole, _ = told([at(started(), 0), RunFinished(status="done")])
    assert plain([ending(whole, "done")]).startswith("✓ done ")


def test_plain_lines_are_held_back_and_never_lost_track_of(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Lines()
    for number in range(500):
        shown.receive(StepFinished(path=f"s{number}", verb="set", status="done"))
    shown.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) < 4 * HELD_BACK
    assert lines[-1].startswith("✓ s499")
    left_out = sum(int(text.split()[1].replace(",", "")) for text in lines if text.startswith("…"))
    assert left_out + sum(text.startswith("✓") for text in lines) == 500


async def test_a_held_line_comes_out_by_itself(capsys: pytest.CaptureFixture[str]) -> None:

    shown = Lines()
    for path in ("a", "b"):
        shown.receive(StepFinished(path=path, verb="set", status="done"))
    told: list[str] = []
    await happens(lambda: told.append(capsys.readouterr().err) or "✓ b" in "".join(told))


def test_quiet_only_counts(capsys: pytest.CaptureFixture[str]) -> None:
    shown = display(quiet=True)
    assert isinstance(shown, Quiet)
    for event in EVENTS:
        shown.receive(event)
    with shown.paused():
        pass
    shown.close()
    assert shown.progress.done == 4
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_what_ended_scrolls_by(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    shown = OnTerminal()
    for event in EVENTS[:11]:
        shown.receive(event)
    with shown.paused():
        pass
    shown.close()
    text = capsys.readouterr().err
    assert "✓" in text
    assert "→" not in text
    assert "draft" in text


def test_a_limit_that_comes_near_is_told_once() -> None:
    near = BudgetUsed(lines=(), near=("the run: $0.85 of $1.00 used", "role m: 9 calls of 10 calls used"))
    told = happening(at(near, 1), None, Progress())
    assert (
        plain([told] if told else []) == "! the run: $0.85 of $1.00 used; role m: 9 calls of 10 calls used\n"
    )
    assert happening(at(BudgetUsed(lines=()), 2), None, Progress()) is None


def test_the_moving_line_tells_the_limits_of_the_run() -> None:
    lines = (BudgetLine("run", "", "usd", 0, 50_000_000), BudgetLine("role", "m", "calls", 0, 9))
    progress, _ = told([BudgetUsed(lines=lines)])
    assert plain([status_line(progress, 1.0)]) == "▶ 0 steps · 0 calls · $0 of $0.0500 · 1.0 s   \n"
    timed = BudgetUsed(lines=(BudgetLine("run", "", "seconds", 2.0, 5.0),))
    progress, _ = told([timed])
    progress.told = now() - 1_000_000
    assert "3.0 s of 5.0 s" in plain([status_line(progress, 60.0)]), (
        "a minute went by, most of it with a person"
    )
