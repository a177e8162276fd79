"""Two texts as a diff: nothing is lost, words stand out, and nothing in them steers a terminal."""

from __future__ import annotations

import pytest

from workbench.safe_text import FORBIDDEN
from workbench.tui.diff_text import LONGEST, side_by_side, unified
from workbench.tui.ink import cells, plain

LEFT = "Dear Ada,\nyour refund of 12 euro is on its way.\nYours"
RIGHT = "Dear Ada,\nyour refund of 14 euro is on its way.\nYours"


def inked(lines: list, name: str) -> list[str]:
    return [
        text for line in lines for text, ink in line if ink == name and text.strip() not in ("-", "+", "")
    ]


def test_the_words_that_differ_stand_out() -> None:
    lines = side_by_side(LEFT, RIGHT, 100)
    assert inked(lines, "drop") == ["12"]
    assert inked(lines, "add") == ["14"]


def test_changed_rows_have_signs_too() -> None:
    rows = [plain(line) for line in side_by_side(LEFT, RIGHT, 100)]
    assert rows[0].startswith("  Dear Ada,")
    assert rows[1].startswith("- your refund") and "│ + your refund" in rows[1]


def test_one_beneath_the_other() -> None:
    rows = [plain(line) for line in unified(LEFT, RIGHT, 60)]
    assert rows == [
        "  Dear Ada,",
        "- your refund of 12 euro is on its way.",
        "+ your refund of 14 euro is on its way.",
        "  Yours",
    ]


def test_texts_with_little_in_common_are_replaced_as_a_whole() -> None:
    assert inked(side_by_side("one two three", "an other text at all", 100), "drop") == ["one two three"]


@pytest.mark.parametrize("draw", [side_by_side, unified])
@pytest.mark.parametrize(("left", "right"), [("", "new"), ("old", ""), ("", ""), ("same", "same")])
def test_empty_sides(draw, left: str, right: str) -> None:
    text = "\n".join(plain(line) for line in draw(left, right, 60))
    assert left in text and right in text


def test_many_equal_lines_are_folded() -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    rows = [plain(line) for line in unified(text + "\na", text + "\nb", 60)]
    assert len(rows) == 7
    assert "96 equal lines" in rows[2]


@pytest.mark.parametrize("width", [20, 61, 100])
def test_no_row_is_wider_than_the_room(width: int) -> None:
    long = "word " * 60 + "x" * 200
    for draw in (side_by_side, unified):
        assert all(cells(line) <= width for line in draw(long, long + " more 漢字漢字", width))


def test_hostile_text_is_inert() -> None:
    for draw in (side_by_side, unified):
        rows = [plain(line) for line in draw("a\x1b]52;c;eA==\x07 [red]b", "a\u202e\x9b31m [/] c", 80)]
        assert not any(FORBIDDEN.search(row) for row in rows)
        assert "[red]" in "".join(rows) and "[/]" in "".join(rows)


def test_long_texts_are_cut_and_counted() -> None:
    text = "word\n" * (LONGEST // 5 + 100)
    assert "not compared" in plain(unified(text, text + "x", 60)[-1]) or "not compared" in "".join(
        plain(line) for line in unified(text, text + "x", 60)
    )
