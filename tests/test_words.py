"""Words, stems and sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.words import content_stems, sentences, stem, without_citations, words


def test_words_are_lower_case_and_keep_apostrophes() -> None:
    assert words("Don't pay_twice: 3.5 Äpfel!") == ["don't", "pay", "twice", "3", "5", "äpfel"]


@pytest.mark.parametrize(
    "family",
    [("refund", "refunds", "refunded", "refunding"), ("card", "cards", "card's"), ("query", "queries"),
     ("transfer", "transfers", "transferred"), ("change", "changes", "changed", "changing")],
)  # fmt: skip
def test_endings_meet(family: tuple[str, ...]) -> None:
    assert len({stem(word) for word in family}) == 1


def test_short_words_and_numbers_stay() -> None:
    assert [stem(word) for word in ("bus", "2024", "is", "this")] == ["bus", "2024", "is", "this"]


def test_stop_words_say_nothing() -> None:
    assert content_stems("What is the price of these cards?") == ["price"[:-1], "card"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One is. Two is! Three?", ["One is.", "Two is!", "Three?"]),
        ("Dr. Smith paid 3.5, e.g. cash. Then left.", ["Dr. Smith paid 3.5, e.g. cash.", "Then left."]),
        ("The U.S. Army came. A. Lee saw it.", ["The U.S. Army came.", "A. Lee saw it."]),
        ('"Was it?" she asked. Yes.', ['"Was it?" she asked.', "Yes."]),
        ("It is so. [kb-1] Next. [kb-2][kb 3] End", ["It is so. [kb-1]", "Next. [kb-2][kb 3]", "End"]),
        ("# Title\nBody one. Body two.", ["# Title", "Body one.", "Body two."]),
        ("- first\n- second", ["- first", "- second"]),
        ("a line that was wrapped by its writer at some column\nand goes on here.",
         ["a line that was wrapped by its writer at some column and goes on here."]),
        ("Short title\nThe body.", ["Short title", "The body."]),
        ("", []),
        (" \n\n ", []),
    ],
)  # fmt: skip
def test_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_citations_are_taken_off() -> None:
    assert (
        without_citations("So it is. [kb-1] And [sic or so] more [a, b].")
        == "So it is. And [sic or so] more [a, b]."
    )
    assert without_citations("So. [Opening hours]", ["Opening hours"]) == "So."


@given(st.text())
def test_no_text_breaks_it_and_nothing_is_lost(text: str) -> None:
    assert words(" ".join(sentences(text))) == words(text)
