"""Nothing that a terminal obeys survives, and nothing that people read is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.safe_text import FORBIDDEN, copyable, safe_line, safe_text

HOSTILE = [
    "\x1b[31mred",
    "\x1b]52;c;cm0gLXJm\x07", "\x1b]8;;http://x\x1b\\link", "\x9b2J", "\x90q\x9c", "\x00\x08\x7f",
    "a\u202eb", "a\u2066b", "a\u200bb", "\ufeffx", "\U000e0041", "a\u2028b", "\ud800", "x\rgone", "\x85",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("make", [safe_text, safe_line])
def test_hostile_text_becomes_visible(text, make):
    shown = make(text)
    assert not FORBIDDEN.search(shown)
    assert len(shown) >= len(text) - 1, "nothing may vanish without a trace"
    shown.encode()


def test_pictures():
    assert safe_text("\x1b[0m\x7f\x9b\u202e") == "␛[0m␡‹U+009B›‹U+202E›"
    assert safe_text("one\r\ntwo\tthree\n") == "one\ntwo\tthree\n"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_applying_it_twice_changes_nothing(text):
    assert safe_text(safe_text(text)) == safe_text(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_readable_text_is_untouched(text):
    assert safe_text(text) == text


def test_a_line_is_one_line_of_bounded_length():
    assert safe_line("a\r\nb\nc\td") == "a⏎b⏎c d"
    assert safe_line("x" * 5_000, limit=10) == "x" * 9 + "…"


def test_a_copy_keeps_the_text_and_drops_what_a_terminal_obeys():
    assert copyable("héllo 👨‍👩\n\tx\x1b[31m\x07\ud800") == "héllo 👨‍👩\n\tx[31m\ufffd"
