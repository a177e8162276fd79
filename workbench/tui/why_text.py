"""Why a model was asked: the choice in words, its candidates side by side, what spoke for and against."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.events import Candidate
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, paragraphs
from workbench.usage import price_in_words

HEADINGS = ("price", "at most", "usual", "health", "chance")
"""Price of a million tokens in and out; what the request may cost; how long one usually takes."""


def choice_lines(chosen: str, reason: str, title: str, candidates: Sequence[Candidate]) -> list[Line]:
    """One decision."""
    lines = [ink(("→ ", "good"), (chosen, "bold"), (f"   {title}" if title else "", "dim"))]
    if reason:
        lines += paragraphs(reason)
    return lines + ([(), *_candidates(candidates)] if candidates else [])


def _candidates(candidates: Sequence[Candidate]) -> list[Line]:
    """A row of figures for each candidate, its reason beneath; columns that nobody fills are left out."""
    figures = [_figures(each) for each in candidates]
    kept = [at for at in range(len(HEADINGS)) if any(row[at] for row in figures)]
    widths = {at: max(len(HEADINGS[at]), *(len(row[at]) for row in figures)) for at in kept}
    name = max(len(each.model) for each in candidates)
    head = "".join(f"  {HEADINGS[at].rjust(widths[at])}" for at in kept)
    lines = [ink((f"  {'':<{name}}{head}", "dim"))] if kept else []
    for each, row in zip(candidates, figures, strict=True):
        cells = "".join(f"  {row[at].rjust(widths[at])}" for at in kept)
        mark, colour = ("→ ", "good") if each.chosen else ("· ", "dim")
        lines.append(
            ink((mark, colour), (each.model.ljust(name), "bold" if each.chosen else ""), (cells, "dim"))
        )
        if each.reason:
            lines += [(("    ", ""), *line) for line in paragraphs(each.reason, "dim")]
    return lines


def _figures(each: Candidate) -> tuple[str, ...]:
    return (
        price_in_words(each.price),
        show.cost(each.estimate_nano) if each.estimate_nano is not None else "",
        show.seconds(each.seconds),
        each.health,
        f"{each.score:.2f}" if each.score is not None else "",
    )
