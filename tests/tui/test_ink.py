"""Lines of ink: cut, filled, wrapped, and safe from the start."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.safe_text import FORBIDDEN
from workbench.tui.ink import cells, fit, ink, join, paragraphs, plain, spread, wrap

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def test_foreign_text_is_safe_on_one_line():
    assert plain(ink("a\x1b[0m\nb", ("c\td", "dim"))) == "a␛[0m⏎bc d"
    assert ink("", ("", "bad")) == ()


def test_paragraphs_keep_breaks_and_say_what_was_cut():
    lines = paragraphs("one\n\ttwo\n\nthree", "dim")
    assert [plain(line) for line in lines] == ["one", "    two", "", "three"]
    assert "3 more characters" in plain(paragraphs("abcdef", limit=3)[-1])


@given(TEXTS, st.integers(0, 40))
def test_fit_gives_exactly_the_width(text, width):
    assert cells(fit(ink(text), width)) == width


@given(TEXTS, st.integers(1, 40))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text, width):
    line = ink(text)
    rows = wrap(line, max(2, width))
    assert all(
        cells(tuple((part.rstrip(" "), name) for part, name in row[-1:])) <= max(2, width) for row in rows
    )
    joined = "".join(plain(row) for row in rows)
    assert joined.replace(" ", "") == plain(line).replace(" ", "")
    assert not FORBIDDEN.search(joined)


def test_words_are_kept_whole_and_indents_hold():
    assert [plain(row).rstrip() for row in wrap(ink("  to be or not"), 8)] == ["  to be", "  or not"]
    assert [plain(row) for row in wrap(ink("abcdefgh"), 3)] == ["abc", "def", "gh"]


def test_spread_and_join():
    assert plain(spread(ink("left side"), ink("right"), 10)) == "left…right"
    assert plain(spread(ink("l"), ink("much too long"), 5)) == "l    "
    assert plain(join([ink("a"), (), ink("b")], (" · ", ""))) == "a · b"
