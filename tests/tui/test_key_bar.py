"""Which hints a footer shows where there is little room."""

from __future__ import annotations

from workbench.tui.widgets.key_bar import PALETTE, SHORT_PALETTE, Hint, fitting

HINTS = [Hint(key, "a longer word", "") for key in "abcdefg"]
BACK = Hint("esc", "back", "back")


def test_all_are_shown_where_they_fit():
    assert fitting([HINTS[0], BACK], 80) == ([HINTS[0], BACK], PALETTE)


def test_the_way_out_is_shown_always():
    for width in (20, 40, 80, 200):
        shown, palette = fitting([*HINTS, BACK], width)
        assert shown[-1] == BACK
        assert palette is (PALETTE if width == 200 else SHORT_PALETTE)
        assert sum(len(f"{each.key} {each.label}  ") for each in shown) + 3 < width


def test_no_more_than_eight():
    assert len(fitting([*HINTS, *HINTS, BACK], 400)[0]) == 8
