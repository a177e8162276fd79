"""Blocks draw the same content on a terminal and in a pipe, and let nothing of others steer either."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.cli.rows import HOSTILE
from workbench.cli.blocks import Block, Column, Grid, Span, flat, line, plain
from workbench.cli.terminal_blocks import rich_blocks
from workbench.safe_text import FORBIDDEN

GRID = Grid([Column("name"), Column("size", "right"), Column("never")], [("a", "1", ""), ("long", "200", "")])


def drawn(*blocks: Block, width: int = 80) -> str:
    """What a terminal without colours gets."""
    screen = Console(
        file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False
    )
    for block in rich_blocks(blocks):
        screen.print(block)
    file = screen.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_plain_grid_aligns_and_leaves_empty_columns_out() -> None:
    assert plain([GRID]) == "name  size\na        1\nlong   200\n"


def test_terminal_grid_shows_the_same() -> None:
    assert [text.rstrip() for text in drawn(GRID).splitlines()] == ["name  size", "a        1", "long   200"]


def test_line_keeps_breaks_and_flat_shows_them() -> None:
    assert plain([line("a\nb", indent=2)]) == "  a\n  b\n"
    assert plain([flat("a\nb")]) == "a⏎b\n"


@pytest.mark.parametrize("draw", [lambda *blocks: plain(blocks), drawn], ids=["plain", "terminal"])
def test_hostile_text_is_inert_and_visible(draw: object) -> None:
    assert callable(draw)
    text = draw(
        line(HOSTILE), flat(Span(HOSTILE, "red")), Grid([Column("x")], [(HOSTILE,), (Span(HOSTILE, "bold"),)])
    )
    assert not FORBIDDEN.search(text)
    assert "[bold]markup[/]" in text
    assert "␛" in text


def test_a_narrow_terminal_cuts_cells_and_not_rows() -> None:
    wide = Grid([Column("a", shrink=True), Column("b")], [("x" * 200, "kept")])
    rows = drawn(wide, width=40).splitlines()
    assert len(rows) == 2
    assert rows[1].rstrip().endswith("kept")


def test_a_plain_grid_is_never_cut() -> None:
    assert "x" * 200 in plain([Grid([Column("a")], [("x" * 200,)])])
