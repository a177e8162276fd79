"""The runs that came of one another, as a tree: who forked from whom.  Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.ledger.rows import RunRow
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, join, spread


@dataclass(frozen=True, slots=True)
class Member:
    """One run of the tree, and the lines drawn before it."""

    run: RunRow
    lead: str
    depth: int


def members(rows: Sequence[RunRow]) -> list[Member]:
    """The runs with each one's children beneath it, the oldest first."""
    known = {row.id for row in rows}
    children: dict[str | None, list[RunRow]] = {}
    for row in rows:
        above = row.parent if row.parent in known and row.parent != row.id else None
        children.setdefault(above, []).append(row)
    found: list[Member] = []
    waiting = [(row, "", "", 0) for row in reversed(children.get(None, []))]
    while waiting:
        row, lead, inner, depth = waiting.pop()
        found.append(Member(row, lead, depth))
        below = children.get(row.id, [])
        for child in reversed(below):
            last = child is below[-1]
            waiting.append(
                (child, inner + ("└─ " if last else "├─ "), inner + ("   " if last else "│  "), depth + 1)
            )
    return found


def member_row(member: Member, width: int, now: int, current: str) -> Line:
    """One run: its place in the tree, how it came about and ended; what it paid and saved at the right."""
    run = member.run
    lead = member.lead if len(member.lead) <= 30 else f"… {member.depth} {member.lead[-3:]}"
    left = ink(
        " ", (lead, "dim"), (f"{show.glyph(run.status)} ", show.state_ink(run.status)),
        (run.id, "bold" if run.id == current else ""),
        ("  here" if run.id == current else "", "key"),
        (f"  {run.mode}", "" if run.mode != "live" else "dim"),
        (f"  {show.word(run.status)}", show.state_ink(run.status)),
    )  # fmt: skip
    saved = f"saved {show.cost(run.saved_nano)}" if run.saved_nano else ""
    figures = [
        ink((show.count(run.steps, "step"), "dim")),
        ink((f"{show.count(run.calls, 'call')}, {run.reused:,} reused", "dim")),
        ink(show.cost(run.cost_nano, run.cost_known)),
        ink((saved, "good")),
        ink((show.when(run.started, now), "dim")),
    ]
    kept = figures if width >= 90 else [figures[2], figures[4]]
    return spread(left, (*join(kept), (" ", "")), width)
