"""Draws blocks on a terminal, through rich text objects that never read markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workbench.cli.blocks import Block, Column, Grid, Line, Piece, Span, safe_cell, safe_piece

GAP = 2
BELOW = 4
"""Cells by which what stands under a row is moved in."""
NARROWEST = 6
READABLE = 12
"""Cells of a column that may shrink, before others are left out for it."""


def rich_blocks(blocks: Iterable[Block]) -> list[RenderableType]:
    """``blocks`` as rich renderables."""
    return [rich_line(block) if isinstance(block, Line) else GridOnScreen(block.filled()) for block in blocks]


def rich_line(block: Line) -> RenderableType:
    """A line as styled text."""
    text = Text()
    for piece in block.pieces:
        text.append(safe_piece(block, piece), style=_style(piece))
    return Padding(text, (0, 0, 0, block.indent), expand=False) if block.indent else text


class GridOnScreen:
    """A grid as a table without a frame, as wide as the screen allows."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    def __rich_console__(self, screen: Console, options: ConsoleOptions) -> RenderResult:
        """The table at the width at hand."""
        above, below = _parted(self._grid, options.max_width)
        grid = without_spare(above, options.max_width)
        widths = shared(natural(grid), [each.shrink for each in grid.columns], options.max_width)
        if not below:
            yield _table(grid.columns, widths, grid.rows, header=True)
            return
        yield _table(grid.columns, widths, (), header=True)
        for row, under in zip(grid.rows, below, strict=True):
            yield _table(grid.columns, widths, (row,), header=False)
            for piece in under:
                if safe_cell(piece):
                    yield Padding(Text(safe_cell(piece), style=_style(piece)), (0, 0, 0, BELOW), expand=False)


def _table(
    columns: Sequence[Column], widths: Sequence[int], rows: Sequence[Sequence[Piece]], *, header: bool
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim", show_header=header)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(Text(column.title), justify=column.align, no_wrap=True, overflow="ellipsis",
                         min_width=width, max_width=width)  # fmt: skip
    for row in rows:
        table.add_row(*(Text(safe_cell(piece), style=_style(piece)) for piece in row))
    return table


def _parted(grid: Grid, available: int) -> tuple[Grid, list[list[Piece]]]:
    """The grid without the columns that go below where all of it has no room, and their cells by row."""
    places = [i for i, column in enumerate(grid.columns) if column.below]
    needed = sum(natural(grid)) + GAP * (len(grid.columns) - 1)
    if not places or needed <= available:
        return grid, []
    kept = [i for i in range(len(grid.columns)) if i not in places]
    return grid.only(kept), [[row[i] for i in places] for row in grid.rows]


def natural(grid: Grid) -> list[int]:
    """The width each column would like to have."""
    cells = [
        [column.title, *(safe_cell(row[i]) for row in grid.rows)] for i, column in enumerate(grid.columns)
    ]
    return [max(cell_len(cell) for cell in column) for column in cells]


def without_spare(grid: Grid, available: int) -> Grid:
    """``grid`` without the columns that a narrow screen has no room for."""
    while any(column.spare for column in grid.columns):
        wanted = zip(grid.columns, natural(grid), strict=True)
        needed = sum(min(width, READABLE) if column.shrink else width for column, width in wanted)
        if needed + GAP * (len(grid.columns) - 1) <= available:
            break
        least = max(range(len(grid.columns)), key=lambda i: grid.columns[i].spare)
        grid = grid.only([i for i in range(len(grid.columns)) if i != least])
    return grid


def shared(natural: Sequence[int], shrinks: Sequence[bool], available: int) -> list[int]:
    """Column widths that fit: those that may shrink give way cell by cell, the widest first."""
    widths = list(natural)
    may = [i for i, shrink in enumerate(shrinks) if shrink]
    excess = sum(widths) + GAP * (len(widths) - 1) - available
    for _ in range(excess if may else 0):
        widest = max(may, key=widths.__getitem__)
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def console(*, stderr: bool = False) -> Console:
    """A console that reads no markup, no emoji codes, and highlights nothing by itself."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def moving_line(draw: Callable[[], RenderableType], updates_a_second: int) -> Live:
    """The last line of the terminal, drawn anew so often until it is stopped."""
    live = Live(
        console=console(stderr=True),
        get_renderable=draw,
        refresh_per_second=updates_a_second,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    live.start()
    return live


def _style(piece: Piece) -> str:
    return piece.style if isinstance(piece, Span) else ""
