"""Edits of a text, and the fewest between two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.recipe.editing.text_edit import TextEdit, apply, between, inverse

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "ab", "\n", "  c: 1\n", "é", "\r\n"]), max_size=12).map(
    "".join
)


def test_edits_are_made_from_left_to_right_whatever_their_order() -> None:
    assert apply("abcdef", [TextEdit(4, 5, "X"), TextEdit(0, 1, ""), TextEdit(2, 2, "--")]) == "b--cdXf"


@pytest.mark.parametrize(
    "edits", [[TextEdit(0, 3, ""), TextEdit(2, 4, "")], [TextEdit(5, 9, "")], [TextEdit(3, 1, "")]]
)
def test_edits_that_overlap_or_lead_out_are_refused(edits: list[TextEdit]) -> None:
    with pytest.raises(ValueError, match="overlaps another or leads out"):
        apply("abcdef", edits)


@given(TEXTS, TEXTS)
def test_edits_between_two_texts_lead_there_and_back(old: str, new: str) -> None:
    edits = between(old, new)
    assert apply(old, edits) == new
    assert apply(new, inverse(old, edits)) == old


def test_a_line_that_stays_is_not_touched() -> None:
    edits = between("one\ntwo\nthree\nfour\n", "one\n2\nthree\nfour\nfive\n")
    assert edits == [TextEdit(4, 7, "2"), TextEdit(19, 19, "five\n")]
