"""Undo and redo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.recipe.editing.history import History
from workbench.recipe.editing.text_edit import TextEdit


def typed(history: History, at: int, text: str) -> None:
    for character in text:
        history.change([TextEdit(at, at, character)], "typing", typing=True)
        at += 1


def test_a_word_that_is_typed_is_one_change_and_the_next_word_another() -> None:
    history = History("")
    typed(history, 0, "two words")
    assert history.text == "two words"
    assert history.undo() == "typing"
    assert history.text == "two "
    history.undo()
    assert history.text == ""
    assert history.undo() is None


def test_backspace_over_several_letters_is_one_change() -> None:
    history = History("abcdef")
    for at in (6, 5, 4):
        history.change([TextEdit(at - 1, at, "")], "erase", typing=True)
    assert history.text == "abc"
    history.undo()
    assert history.text == "abcdef"


def test_what_is_typed_elsewhere_or_after_a_pause_is_its_own_change() -> None:
    history = History("ab")
    typed(history, 2, "c")
    typed(history, 0, "x")
    history.undo()
    assert history.text == "abc"
    typed(history, 3, "d")
    history.close()
    typed(history, 4, "e")
    history.undo()
    assert history.text == "abcd"


def test_a_new_change_forgets_what_was_taken_back() -> None:
    history = History("a")
    history.change([TextEdit(1, 1, "b")], "add b")
    history.undo()
    assert history.can_redo and history.redo_label == "add b"
    history.change([TextEdit(1, 1, "c")], "add c")
    assert not history.can_redo and history.redo() is None
    assert history.undo_label == "add c"


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    history = History("abc")
    history.change([TextEdit(0, 1, "a")], "nothing")
    assert not history.can_undo


CHANGE = st.tuples(st.integers(0, 30), st.integers(0, 4), st.text("ab \n", max_size=4), st.booleans())


@given(st.text("xyz\n", max_size=20), st.lists(CHANGE))
def test_undoing_all_gives_the_same_text_and_redoing_all_the_last(
    text: str, changes: list[tuple[int, int, str, bool]]
) -> None:
    history = History(text)
    for at, length, new, typing in changes:
        start = min(at, len(history.text))
        end = min(start + length, len(history.text))
        history.change([TextEdit(start, end, new)], "change", typing=typing)
    last = history.text
    while history.can_undo:
        history.undo()
    assert history.text == text
    while history.can_redo:
        history.redo()
    assert history.text == last
