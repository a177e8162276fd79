"""What stepping shows at each stop."""

from __future__ import annotations

from workbench.cli.blocks import Block, Column, Grid, Line, Span, flat, line
from workbench.cli.formats import at_most, value_text
from workbench.engine.control import AnswerStop, CallStop
from workbench.usage import money

LINES_SHOWN = 24
DATA_LINES_SHOWN = 12
KEYS = {
    "e": "edit the request",
    "o": "edit the answer",
    "k": "skip, with an output of yours",
    "r": "ask again",
    "m": "another model",
    "v": "view all of it",
}
PASSING = {"enter": "go on to the next stop", "n": "next step", "c": "to the end", "x": "stop the run"}
SHORT = {"e": "edit", "o": "edit", "k": "skip", "r": "retry", "m": "model", "v": "view"}


def before_call(stop: CallStop) -> list[Block]:
    """A call is ready to leave."""
    cost = "  recorded: costs nothing" if stop.recorded else ""
    head = flat(Span("■ call ", "bold cyan"), Span(stop.path, "bold"), f"  {stop.kind} {stop.target}{cost}")
    return [head, *request(stop, LINES_SHOWN), *decision(stop)]


def request(stop: CallStop, limit: int | None) -> list[Block]:
    """The rendered request: its messages, or the arguments of a tool."""
    if not stop.messages:
        return [line(clipped(value_text(dict(stop.request)), limit), indent=2)]
    blocks: list[Block] = []
    for message in stop.messages:
        blocks += [flat(Span(message.role, "dim"), indent=2), line(clipped(message.text, limit), indent=4)]
    return blocks


def decision(stop: CallStop) -> list[Block]:
    """The candidates, and why one was chosen."""
    if not stop.candidates:
        return []
    rows = [
        ("→" if each.chosen else "", each.model, at_most(each.estimate_nano), each.reason)
        for each in stop.candidates
    ]
    grid = Grid([Column(""), Column("model"), Column("at most", "right"), Column("why", shrink=True)], rows)
    reason = [flat(Span(f"why: {stop.reason}", "dim"), indent=2)] if stop.reason else []
    return [*reason, grid]


def after_call(stop: AnswerStop) -> list[Block]:
    """An answer has come."""
    cost = "recorded" if stop.reused else money(stop.cost_nano)
    head = flat(
        Span("■ answer ", "bold cyan"),
        Span(stop.path, "bold"),
        f"  {stop.model}  {cost}" if stop.model else "",
    )
    blocks: list[Block] = [head, line(clipped(stop.text, LINES_SHOWN), indent=4)]
    if stop.data is not None and value_text(stop.data) != stop.text:
        blocks.append(line(Span(clipped(value_text(stop.data), DATA_LINES_SHOWN), "dim"), indent=4))
    return blocks


def whole_request(stop: CallStop) -> list[Block]:
    """All of the request."""
    return request(stop, None)


def keys(letters: str) -> str:
    """The question at a stop."""
    own = " ".join(f"{letter}={SHORT[letter]}" for letter in letters)
    return f"enter=go n=next {own} c=continue x=stop ?=help › "


def help_lines(letters: str) -> list[Line]:
    """What each key does."""
    named = {**PASSING, **{letter: KEYS[letter] for letter in letters}}
    return [flat(f"{key:>5}  {does}", indent=2) for key, does in named.items()]


def clipped(text: str, limit: int | None) -> str:
    """``text`` cut to ``limit`` lines, saying how much was left out."""
    lines = text.split("\n")
    if limit is None or len(lines) <= limit:
        return text
    return "\n".join([*lines[:limit], f"… {len(lines) - limit:,} lines more"])
