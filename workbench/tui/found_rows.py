"""What a search found as rows of a list, and one of them in full."""

from __future__ import annotations

from workbench.ledger.search import Match
from workbench.tui import presentation as show
from workbench.tui.ink import Line, cells, fit, ink, plain

COLUMNS = (("run", 11, 11), ("recipe", 11, 19), ("step", 13, 25), ("in", 7, 7))
"""Heading, and the width in a narrow and in a wide list; the last column is the excerpt."""
WIDE = 100
TABS_OF = {"input": "Prompt", "prompt": "Prompt", "reason": "Why"}
"""Where the run screen shows what stands in a place; all else is with the answer."""


def found_heading(width: int) -> Line:
    """The names of the columns."""
    names = "".join(f"{name:<{size}}" for name, size in _sizes(width))
    return fit(((f" {names}text", "dim"),), width)


def found_row(match: Match, width: int) -> Line:
    """One text: the run with its state, recipe, step, place, and the words around the match."""
    run, recipe, step, place = (size for _, size in _sizes(width))
    sign = (f"{show.glyph(match.status)} ", show.state_ink(match.status))
    columns = (
        *fit(ink(match.run), run - 1), (" ", ""),
        *fit(ink(sign, match.recipe), recipe - 1), (" ", ""),
        *_end(match.path or "", step - 1), (" ", ""),
        *fit(ink((match.place, "key")), place - 1), (" ", ""),
    )  # fmt: skip
    room = max(0, width - cells(columns))
    return (*columns, *fit(_around(match, room), room))


def found_detail(match: Match, now: int) -> list[Line]:
    """One text: where it is, and all of the excerpt."""
    where = ink((match.run, "bold"), f"  {match.recipe}  ", (show.when(match.started, now), "dim"), "  ")
    step = ink((match.path or "the run itself", "bold"), "  ", (match.place, "key"))
    return [(*where, *show.state(match.status)), step, (), excerpt_line(match)]


def excerpt_line(match: Match) -> Line:
    """The excerpt with the match marked."""
    return ink((match.before, "dim"), (match.match, "found"), match.after)


def excerpt_text(match: Match) -> str:
    """The excerpt, for the clipboard."""
    return match.before + match.match + match.after


def _sizes(width: int) -> list[tuple[str, int]]:
    return [(name, wide if width >= WIDE else narrow) for name, narrow, wide in COLUMNS]


def _around(match: Match, room: int) -> Line:
    """The excerpt from so far before the match that the match is in sight."""
    before = plain(ink(match.before))
    most = room // 3
    if len(before) > most:
        before = "…" + before[len(before) - max(0, most - 1) :]
    return ink((before, "dim"), (match.match, "found"), match.after)


def _end(path: str, width: int) -> Line:
    """A path by its end, which tells one step from another."""
    text = plain(ink(path))
    if cells(((text, ""),)) > width:
        text = "…" + text[len(text) - width + 1 :]
    return fit(((text, ""),), width)
