"""Differences between texts and between requests, for wide and narrow screens and for files."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence

from workbench.cli.blocks import Block, Line, Piece, Span, flat, line
from workbench.cli.formats import value_text
from workbench.cli.output import is_terminal
from workbench.safe_text import safe_line
from workbench.study.explain import TEXTS, Difference
from workbench.study.word_diff import Run, word_diff

WIDE = 110
"""Columns from which two texts stand side by side."""
KEPT_AROUND = 3
"""Lines shown before and after a change where texts stand one below the other."""
GONE, NEW = "red strike", "green"


def screen_width() -> int:
    """The columns of the terminal; narrow where there is none."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else 80


def text_blocks(left: str, right: str, width: int, indent: int = 4) -> list[Block]:
    """Two texts word by word: side by side on a wide screen, as one text on a narrow one."""
    runs = word_diff(left, right)
    if width >= WIDE:
        return list(_side_by_side(runs, (width - indent - 3) // 2, indent))
    return list(_as_one(runs, indent))


def difference_blocks(difference: Difference, width: int, indent: int = 4) -> list[Block]:
    """One part of a request that is not the same."""
    if difference.part in TEXTS or (isinstance(difference.before, str) and isinstance(difference.after, str)):
        before, after = str(difference.before or ""), str(difference.after or "")
        if "\n" in before + after or len(before + after) > 60:
            return [
                flat(Span(difference.part, "bold"), indent=indent - 2),
                *text_blocks(before, after, width, indent),
            ]
    before, after = ("none" if v is None else value_text(v) for v in (difference.before, difference.after))
    return [
        line(
            Span(f"{difference.part} ", "bold"),
            Span(before, GONE),
            " → ",
            Span(after, NEW),
            indent=indent - 2,
        )
    ]


# --- one below the other ------------------------------------------------------------------------------


def _as_one(runs: Sequence[Run], indent: int) -> Iterator[Line]:
    """One text with ``[-what is gone-]`` and ``{+what is new+}``; far from changes, lines are left out."""
    lines = list(_lines(runs))
    near = _near([changed for changed, _ in lines])
    left_out = False
    for number, (_, pieces) in enumerate(lines):
        if number in near:
            yield flat(*pieces, indent=indent)
        elif not left_out:
            yield flat(Span("…", "dim"), indent=indent)
        left_out = number not in near


def _near(changed: Sequence[bool]) -> set[int]:
    """The numbers of the lines at and around changes."""
    places = [number for number, each in enumerate(changed) if each]
    return {other for place in places for other in range(place - KEPT_AROUND, place + KEPT_AROUND + 1)}


def _lines(runs: Sequence[Run]) -> Iterator[tuple[bool, list[Piece]]]:
    """Whole lines, and whether something in them changed."""
    pieces: list[Piece] = []
    changed = False
    for run in runs:
        sides = [(run.left, "", "", "")] if run.same else [
            (run.left, GONE, "[-", "-]"), (run.right, NEW, "{+", "+}")
        ]  # fmt: skip
        for text, style, opening, closing in sides:
            for number, part in enumerate(text.split("\n")):
                if number:
                    yield changed, pieces
                    pieces, changed = [], False
                if part:
                    pieces.append(Span(f"{opening}{part}{closing}", style))
                changed = changed or bool(style and text)
    yield changed, pieces


# --- side by side -------------------------------------------------------------------------------------


def _side_by_side(runs: Sequence[Run], width: int, indent: int) -> Iterator[Line]:
    """Both texts in columns; stretches that are the same begin at the same height."""
    paragraphs = list(_paragraphs(runs))
    near = _near([any(span.style for span in (*left, *right)) for left, right in paragraphs])
    for number, (left, right) in enumerate(paragraphs):
        if number not in near:
            if number - 1 in near or not number:
                yield flat(Span("…", "dim"), indent=indent)
            continue
        columns = _wrapped(left, width), _wrapped(right, width)
        for row in range(max(map(len, columns))):
            cells = [column[row] if row < len(column) else [] for column in columns]
            gap = width - sum(_cells(piece.text) for piece in cells[0])
            yield flat(*cells[0], " " * gap, Span(" │ ", "dim"), *cells[1], indent=indent)


def _paragraphs(runs: Sequence[Run]) -> Iterator[tuple[list[Span], list[Span]]]:
    """Left and right, cut at the line breaks that both have."""
    left: list[Span] = []
    right: list[Span] = []
    for run in runs:
        if not run.same:
            left.append(Span(run.left, GONE))
            right.append(Span(run.right, NEW))
            continue
        for number, part in enumerate(run.left.split("\n")):
            if number:
                yield left, right
                left, right = [], []
            left.append(Span(part))
            right.append(Span(part))
    yield left, right


def _wrapped(spans: Sequence[Span], width: int) -> list[list[Span]]:
    """Spans broken into lines of at most ``width`` cells, between words where that is possible."""
    lines: list[list[Span]] = [[]]
    used = 0
    for span in spans:
        for number, part in enumerate(span.text.split("\n")):
            if number:
                lines.append([])
                used = 0
            for word in _pieces(part, width):
                size = _cells(word)
                if used + size > width and used:
                    lines.append([])
                    used = 0
                    word = word.lstrip(" ") if not span.style else word
                    size = _cells(word)
                if lines[-1] and lines[-1][-1].style == span.style:
                    word = lines[-1].pop().text + word
                lines[-1].append(Span(word, span.style))
                used += size
    return lines


def _pieces(text: str, width: int) -> Iterator[str]:
    """Words with the space before them; longer ones cut."""
    start = 0
    for place in [*(i for i, letter in enumerate(text) if letter == " "), len(text)]:
        word = safe_line(text[start:place])
        start = place
        while _cells(word) > width:
            yield word[: max(1, width // 2)]
            word = word[max(1, width // 2) :]
        if word:
            yield word


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
