"""What commands say, as plain data: lines and grids, drawn with colour on a terminal and plainly elsewhere.

Renderers build blocks from rows and know nothing of terminals; ``plain`` and ``rich_blocks`` draw them.
Every text passes ``safe_text`` here and nowhere is markup read, so that no renderer can forget it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbench.safe_text import safe_line, safe_text


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style (a rich style, empty for none)."""

    text: str
    style: str = ""


Piece = str | Span


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces side by side, ended by a line break.

    A text with line breaks spreads over several lines, unless the line is ``flat``: then they are shown as
    pictures, so that no text of others can pose as a line of ours.
    """

    pieces: tuple[Piece, ...] = ()
    indent: int = 0
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid.

    On a narrow terminal one that may go ``below`` stands under its row instead, in full; then the columns
    with the highest ``spare`` are left out, then those that may ``shrink`` are cut.
    """

    title: str
    align: Literal["left", "right"] = "left"
    shrink: bool = False
    spare: int = 0
    below: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.  Columns whose cells are all empty are left out."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Piece]] = field(default=())

    def filled(self) -> Grid:
        """This grid without its empty columns."""
        return self.only([i for i in range(len(self.columns)) if any(text_of(row[i]) for row in self.rows)])

    def only(self, keep: Sequence[int]) -> Grid:
        """This grid with the columns at these places."""
        return Grid([self.columns[i] for i in keep], [[row[i] for i in keep] for row in self.rows])


Block = Line | Grid


def line(*pieces: Piece, indent: int = 0) -> Line:
    """One line of ``pieces``."""
    return Line(pieces, indent)


def flat(*pieces: Piece, indent: int = 0) -> Line:
    """One line of ``pieces`` that stays one line."""
    return Line(pieces, indent, flat=True)


def title(text: str) -> Line:
    """A heading."""
    return Line((Span(text, "bold"),))


def text_of(piece: Piece) -> str:
    """The bare text of a piece."""
    return piece if isinstance(piece, str) else piece.text


def line_text(block: Line) -> str:
    """The text of a line, safe to print, indented."""
    return indented("".join(safe_piece(block, piece) for piece in block.pieces), block.indent)


def safe_piece(block: Line, piece: Piece) -> str:
    """The text of one piece of a line, safe to print."""
    return safe_line(text_of(piece)) if block.flat else safe_text(text_of(piece))


def indented(text: str, spaces: int) -> str:
    """``text`` with each of its lines moved right; empty lines stay empty."""
    if not spaces:
        return text
    return "\n".join(f"{' ' * spaces}{each}" if each else "" for each in text.split("\n"))


def safe_cell(piece: Piece) -> str:
    """The text of a cell, safe to print and on one line."""
    return safe_line(text_of(piece))


def plain(blocks: Iterable[Block]) -> str:
    """``blocks`` as plain text, for files and pipes: nothing is cut, nothing is coloured."""
    parts = [line_text(block) if isinstance(block, Line) else _plain_grid(block.filled()) for block in blocks]
    return "".join(f"{part}\n" for part in parts)


def _plain_grid(grid: Grid) -> str:
    cells = [[column.title for column in grid.columns]]
    cells += [[safe_cell(piece) for piece in row] for row in grid.rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(grid.columns))]
    return "\n".join(_plain_row(row, widths, grid.columns) for row in cells)


def _plain_row(row: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    padded = (
        text.rjust(width) if column.align == "right" else text.ljust(width)
        for text, width, column in zip(row, widths, columns, strict=True)
    )
    return "  ".join(padded).rstrip()
