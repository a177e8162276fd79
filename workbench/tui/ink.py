"""Lines of inked text: what the screens draw, free of Textual, with foreign text made inert on the way in.

A piece is a text and the name of an ink (``good``, ``dim`` …); widgets turn inks into the theme's styles.
No markup exists here, so nothing in a text can become any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from workbench.safe_text import safe_line, safe_text

INKS = (
    "dim", "bold", "good", "bad", "warn", "live", "accent", "key", "tab", "input", "passage", "step",
    "add", "drop", "found",
)  # fmt: skip
"""The names of all inks; each is a class of the style sheet."""

Piece = tuple[str, str]
Line = tuple[Piece, ...]

SHOWN_CHARACTERS = 200_000
"""The most of one text that a screen shows; the rest is counted, and copied in full."""

_TAB = " " * 4


def ink(*pieces: str | Piece) -> Line:
    """One line from foreign texts and inked pieces; control characters become visible pictures."""
    return tuple(
        (safe_line(piece), "") if isinstance(piece, str) else (safe_line(piece[0]), piece[1])
        for piece in pieces
        if (piece if isinstance(piece, str) else piece[0])
    )


def paragraphs(text: str, name: str = "", limit: int = SHOWN_CHARACTERS) -> list[Line]:
    """The lines of a longer foreign text in one ink, cut after ``limit`` characters with a note."""
    shown = safe_text(text[:limit]).replace("\t", _TAB)
    lines: list[Line] = [((part, name),) if part else () for part in shown.split("\n")]
    if len(text) > limit:
        lines.append(((f"… {len(text) - limit:,} more characters (y copies all)", "dim"),))
    return lines


def plain(line: Line) -> str:
    """The text of a line."""
    return "".join(text for text, _ in line)


def cells(line: Line) -> int:
    """How many terminal cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def fit(line: Line, width: int) -> Line:
    """``line`` in exactly ``width`` cells: cut with ``…``, or filled with spaces."""
    taken = cells(line)
    if taken <= width:
        return (*line, (" " * (width - taken), "")) if taken < width else line
    kept: list[Piece] = []
    room = max(0, width - 1)
    for text, name in line:
        length = cell_len(text)
        if length > room:
            kept.append((set_cell_size(text, room), name))
            break
        kept.append((text, name))
        room -= length
    return (*kept, ("…" if width else "", "dim"))


def part(line: Line, start: int, width: int) -> Line:
    """The ``width`` characters of a line from ``start`` on; all of them are one cell wide."""
    kept: list[Piece] = []
    for text, name in line:
        if start < len(text) and width > 0:
            shown = text[start : start + width]
            kept.append((shown, name))
            width -= len(shown)
        start = max(0, start - len(text))
    return tuple(kept)


def spread(left: Line, right: Line, width: int) -> Line:
    """``left`` at the left and ``right`` at the right end of ``width`` cells; ``left`` gives way."""
    room = width - cells(right)
    if room < 1:
        return fit(left, width)
    return (*fit(left, room), *right)


def join(lines: Iterable[Line], between: Piece = ("  ", "")) -> Line:
    """The non-empty lines as one, with ``between`` them."""
    parts: list[Piece] = []
    for line in lines:
        if line:
            parts.extend((between, *line) if parts else line)
    return tuple(parts)


def wrap(line: Line, width: int) -> list[Line]:
    """``line`` broken into lines of at most ``width`` cells, between words where it can be.

    All of them are indented as the first one is.
    """
    if width < 1 or cells(line) <= width:
        return [line]
    indent, rest = _indented(line, width // 3)
    return [((" " * indent, ""), *row) if indent else row for row in _wrapped(rest, width - indent)]


def _indented(line: Line, most: int) -> tuple[int, Line]:
    """How many spaces a line starts with, at most so many, and the line without them."""
    text = plain(line)
    indent = left = min(len(text) - len(text.lstrip(" ")), most)
    rest: list[Piece] = []
    for text, name in line:
        cut = min(left, len(text))
        left -= cut
        if text[cut:]:
            rest.append((text[cut:], name))
    return indent, tuple(rest)


def _wrapped(line: Line, width: int) -> list[Line]:
    rows: list[Line] = []
    row: list[Piece] = []
    room = width
    for word, name in _words(line):
        length = cell_len(word)
        if cell_len(word.rstrip(" ")) > room and row:
            rows.append(tuple(row))
            row, room = [], width
        for part in _chopped(word, width) if length > width else (word,):
            part_length = cell_len(part)
            if part_length > room and row:
                rows.append(tuple(row))
                row, room = [], width
            row.append((part, name))
            room -= part_length
    rows.append(tuple(row))
    return rows


def _chopped(word: str, width: int) -> Sequence[str]:
    """A word longer than a line, in parts that fit; trailing spaces never start a line."""
    bare = word.rstrip(" ")
    return chop_cells(bare, width) if cell_len(bare) > width else (word,)


def _words(line: Line) -> Iterator[Piece]:
    """The words of a line, each with the spaces that follow it."""
    for text, name in line:
        start = 0
        while start < len(text):
            space = text.find(" ", start)
            end = len(text) if space < 0 else space + 1
            while end < len(text) and text[end] == " ":
                end += 1
            yield text[start:end], name
            start = end
