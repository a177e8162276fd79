"""Draws blocks on a terminal, through rich text objects that never read markup."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workbench.cli.blocks import Block, Grid, Line, Piece, Span, safe_cell, safe_piece


def rich_blocks(blocks: Iterable[Block]) -> list[RenderableType]:
    """``blocks`` as rich renderables."""
    return [rich_line(block) if isinstance(block, Line) else rich_grid(block.filled()) for block in blocks]


def rich_line(block: Line) -> RenderableType:
    """A line as styled text."""
    text = Text()
    for piece in block.pieces:
        text.append(safe_piece(block, piece), style=_style(piece))
    return Padding(text, (0, 0, 0, block.indent)) if block.indent else text


def rich_grid(grid: Grid) -> Table:
    """A grid as a table without a frame."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for column in grid.columns:
        table.add_column(
            Text(column.title),
            justify=column.align,
            no_wrap=True,
            overflow="ellipsis",
            min_width=6 if column.shrink else len(column.title),
            ratio=None,
        )
    for row in grid.rows:
        table.add_row(*(Text(safe_cell(piece), style=_style(piece)) for piece in row))
    return table


def console(*, stderr: bool = False) -> Console:
    """A console that reads no markup, no emoji codes, and highlights nothing by itself."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def _style(piece: Piece) -> str:
    return piece.style if isinstance(piece, Span) else ""
