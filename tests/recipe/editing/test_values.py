"""Values set and taken out: the text means what was asked for, and nothing else of it changes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.editing.kit import SAMPLES, TEXTS, VALUES, comments, done, paths, windows
from workbench.recipe.editing.entries import block_end, block_start
from workbench.recipe.editing.history import History
from workbench.recipe.editing.text_edit import between
from workbench.recipe.editing.tree import EditError, draft, spelled
from workbench.recipe.editing.values import MISSING, get_value, remove, set_value, value_in

RECIPE = """\
schema: workbench/v1
name: demo   # the name
models:
  writer: local/compose
steps:
  # what it does
  draft:
    prompt: |   # as a block
      Answer.
      {{ question }}
    gate: {length: {at_most: 800}}

  # a person
  review:
    human: "Is {{ draft.text }} right?"   # ask
outputs: {reply: "{{ draft.text }}"}
"""


def after(path: tuple[str | int, ...], value: Any, text: str = RECIPE) -> str:
    return done(text, set_value(text, path, value))


def test_a_scalar_keeps_its_quotes_and_its_comment() -> None:
    assert 'human: "It\'s: fine"   # ask' in after(("steps", "review", "human"), "It's: fine")
    assert "name: other   # the name" in after(("name",), "other")


def test_only_the_lines_of_a_block_text_that_differ_change() -> None:
    path = ("steps", "draft", "prompt")
    edits = set_value(RECIPE, path, "Answer.\nBriefly.\n{{ question }}\n")
    assert [edit.text for edit in edits] == ["      Briefly.\n"]
    assert "prompt: One line.   # as a block\n    gate:" in after(path, "One line.")


def test_a_text_of_several_lines_becomes_a_block() -> None:
    new = after(("steps", "review", "human"), "One\n  two\n")
    assert "    human: |   # ask\n      One\n        two\noutputs:" in new


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("steps", "draft", "gate", "length", "at_most"), 900, "    gate: {length: {at_most: 900}}"),
        (("steps", "draft", "gate", "pii"), {}, "    gate: {length: {at_most: 800}, pii: {}}"),
        (("steps", "draft", "on_fail"), ["revise", "human"], "    on_fail: [revise, human]"),
        (("models", "writer", "policy"), "cheapest",
         "  writer: {candidates: [local/compose], policy: cheapest}"),
        (("budget", "usd"), 0.02, "budget: {usd: 0.02}"),
        (("steps", "review", "choices", 0), "yes", '    choices: ["yes"]'),
    ],
)  # fmt: skip
def test_a_value_is_added_in_one_line(path: tuple[str | int, ...], value: Any, line: str) -> None:
    new = after(path, value)
    assert line in new.split("\n")
    assert get_value(new, path) == value


def test_a_new_key_stands_at_its_canonical_place() -> None:
    new = after(("steps", "draft", "model"), "writer")
    assert new.index("prompt:") < new.index("model: writer") < new.index("gate:")
    new = after(("inputs", "question"), {"type": "string"})
    assert new.index("name:") < new.index("inputs:\n  question: {type: string}") < new.index("models:")


def test_in_brackets_that_hold_a_long_text_the_step_is_written_in_lines() -> None:
    text = "steps:\n  a: {human: hi, choices: [x]}   # note\n"
    new = done(text, set_value(text, ("steps", "a", "human"), "one\ntwo\n"))
    assert new == "steps:\n  a:   # note\n    human: |\n      one\n      two\n    choices: [x]\n"


def test_what_is_taken_out_takes_its_comments_along() -> None:
    new = done(RECIPE, remove(RECIPE, ("steps", "review")))
    assert new == RECIPE[: RECIPE.index("\n  # a person")] + RECIPE[RECIPE.index("outputs:") :]


def test_an_emptied_section_goes_but_a_step_stays() -> None:
    assert "outputs" not in done(RECIPE, remove(RECIPE, ("outputs", "reply")))
    assert "gate" not in done(RECIPE, remove(RECIPE, ("steps", "draft", "gate", "length", "at_most")))
    assert "  review: {}" in done(RECIPE, remove(RECIPE, ("steps", "review", "human")))


def test_a_value_that_is_not_there_is_told_from_null() -> None:
    assert get_value("a: null\n", ("a",)) is None
    assert get_value("a: null\n", ("b",)) is MISSING
    assert get_value("a: [1]\n", ("a", 1)) is MISSING


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("a: {b", ("a",), "the text cannot be read"),
        ("a: &x 1\nb: *x\n", ("a",), "anchors are not read"),
        ("a: 1\nb: *x\n", ("a",), "aliases are not read"),
        ("a: 1\n---\nb: 2\n", ("a",), "a second document"),
        ("a: 1\na: 2\n", ("a",), "stands here twice"),
        ("a: 1\n<<: {b: 1}\n", ("a",), "merge keys"),
        ("a: !!str 1\n", ("a",), "tags are not read"),
        ("a:\n\tb: 1\n", ("a",), "the text cannot be read"),
        ("- a\n", ("a",), "holds no keys"),
        ("a: [1]\n", ("a", 5), "no item 5"),
        ("a: [1]\n", ("a", "b"), "a is a list"),
        ("a: {b: 1}\n", ("a", 0), "a has keys"),
        ("b: 1\n? a\n: 1\n", ("a",), "line 2, column 1 is written as ? a, write it as a: first"),
    ],
)
def test_an_edit_that_cannot_be_says_why(text: str, path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(EditError) as caught:
        set_value(text, path, {"new": 1})
    assert message in str(caught.value)


def test_a_question_mark_begins_a_text_in_brackets() -> None:
    assert done("a: {b: 1}\n", set_value("a: {b: 1}\n", ("a", "b"), "?0")) == 'a: {b: "?0"}\n'


def test_an_empty_file_takes_its_first_values() -> None:
    new = done("", set_value("", ("schema",), "workbench/v1"))
    new = done(new, set_value(new, ("steps", "a"), {"human": "Hello?"}))
    assert new == "schema: workbench/v1\n\nsteps:\n  a:\n    human: Hello?\n"


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_random_values_in_samples_mean_what_was_asked_and_undo_gives_the_same_bytes(
    name: str, data: st.DataObject
) -> None:
    random_edit(name, data)


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in SAMPLES])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_random_values_in_odd_texts_mean_what_was_asked_and_undo_gives_the_same_bytes(
    name: str, data: st.DataObject
) -> None:
    random_edit(name, data)


def random_edit(name: str, data: st.DataObject) -> None:
    """One edit of a text: it means what it should, touches only its lines, and can be taken back."""
    text = windows(TEXTS[name]) if data.draw(st.booleans(), "windows") else TEXTS[name]
    old = draft(text).data
    path = data.draw(st.sampled_from(list(paths(old))), "path")
    taken_out = data.draw(st.integers(0, 4), "taken out") == 0
    value = data.draw(st.sampled_from(VALUES) | st.text(max_size=20), "value")
    history = History(text)
    edits = remove(text, path) if taken_out else set_value(text, path, value)
    history.change(edits, "edit")
    new = history.text
    if not taken_out:
        assert spelled(draft(new).data) == spelled(value_in(old, path, value))
        plain = draft(new).text
        assert not [comment for comment in comments_outside(text, path) if comment not in plain]
    assert_other_lines_stay(text, new, path)
    if "\r\n" in text:
        assert new.count("\n") == new.count("\r\n")
        assert new.startswith("\ufeff")
    history.undo()
    assert history.text == text


def comments_outside(text: str, path: tuple[str | int, ...]) -> Counter[str]:
    """The comments of a text, those within the value at ``path`` apart."""
    at = draft(text)
    node = at.node(path)
    if not node.children or node.flow:
        return comments(at.text[: node.start]) + comments(at.text[node.end :])
    begin = node.head if node.key is None else at.line_end(node.head)
    return comments(at.text[:begin]) + comments(at.text[block_end(at, node) :])


def assert_other_lines_stay(text: str, new: str, path: tuple[str | int, ...]) -> None:
    """Only characters of the entry change; in brackets, only those of the whole bracket."""
    at = draft(text)
    node = at.node(path)
    while len(node.path) > 1 and (
        at.node(node.path[:-1]).flow or len(at.node(node.path[:-1]).children) == 1 or not new.strip()
    ):
        node = at.node(node.path[:-1])
    first, last = block_start(at, node), block_end(at, node)
    for edit in between(at.text, draft(new).text):
        # Blank lines next to what was taken out go with it.
        assert edit.start >= len(at.text[:first].rstrip("\n")), edit
        assert edit.end <= len(at.text) - len(at.text[last:].lstrip("\n -")), edit


@pytest.mark.parametrize("name", SAMPLES)
def test_setting_every_value_to_itself_changes_nothing(name: str) -> None:
    text = SAMPLES[name]
    for path in paths(draft(text).data):
        assert set_value(text, path, get_value(text, path)) == []
