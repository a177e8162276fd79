"""Gestures on steps: what they change, what follows, what survives."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.recipe.editing.kit import NESTED, ODD, SAMPLES, comments, done, windows
from workbench.recipe.editing.outline import outline
from workbench.recipe.editing.places import document_path, place_of
from workbench.recipe.editing.reading import exact_outline
from workbench.recipe.editing.renaming import rename_entry, rename_input, rename_role, rename_step
from workbench.recipe.editing.steps import add_step, delete_step, dependants, duplicate_step, move_step
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.editing.tree import EditError, draft
from workbench.recipe.editing.values import get_value, set_value
from workbench.recipe.editing.wrapping import is_off, switch_off, switch_on, wrap_step

RECIPE = """\
schema: workbench/v1
name: demo
inputs: {question: string}
data: {kb: data}
models: {writer: local/compose}

steps:
  # find
  search: {retrieve: "{{ question }}", from: kb}

  # write
  draft:
    about: It writes.
    prompt: |   # the prompt
      Answer {{ question }} from {{ search.text }}.
    gate: {grounded: {in: search}, expr: draft.text != 'search'}

  send:
    needs: draft
    if: search.documents and not draft.failed
    human: "{% for search in search.documents %}{{ search.id }}{% endfor %} {{ draft.text }}"

outputs:
  reply: "{{ draft.text or search.text }}"   # the reply
"""


def test_a_new_step_gets_its_lines_and_its_air() -> None:
    new = done(RECIPE, add_step(RECIPE, "check", {"human": "Good?"}, after="search"))
    assert "from: kb}\n\n  check:\n    human: Good?\n\n  # write\n  draft:" in new
    new = done(RECIPE, add_step(RECIPE, "first", {"human": "Hi"}, before="search"))
    assert "steps:\n  first:\n    human: Hi\n\n  # find\n  search:" in new
    new = done(NESTED, add_step(NESTED, "three", {"set": {"x": 1}}, inside="g"))
    assert "{{ a.answer }}\n      three:\n        set:\n          x: 1\n    gate:" in new


def test_the_first_step_of_all_makes_the_section() -> None:
    text = "schema: workbench/v1\nname: x\noutputs: {}\n"
    new = done(text, add_step(text, "ask", {"human": "Hi"}))
    assert new == "schema: workbench/v1\nname: x\n\nsteps:\n  ask:\n    human: Hi\n\noutputs: {}\n"


def test_a_taken_name_is_refused_and_a_free_one_offered() -> None:
    with pytest.raises(EditError) as caught:
        add_step(RECIPE, "draft", {"human": "Hi"})
    assert caught.value.hint == "draft_2 is free"
    with pytest.raises(EditError, match="there is no step darft") as caught:
        add_step(RECIPE, "x", {"human": "Hi"}, after="darft")
    assert caught.value.hint == "did you mean draft?"


def test_all_mentions_follow_a_new_name_and_nothing_else() -> None:
    new = done(RECIPE, rename_step(RECIPE, "search", "find").edits)
    assert "find: {retrieve:" in new and "from {{ find.text }}." in new
    assert "gate: {grounded: {in: find}, expr: draft.text != 'search'}" in new
    assert "if: find.documents and" in new and "or find.text }}" in new
    # The loop's own name hides the step's.
    assert "{% for search in find.documents %}{{ search.id }}{% endfor %}" in new
    assert done(new, rename_step(new, "find", "search").edits) == RECIPE


def test_a_step_inside_a_group_is_followed_from_outside() -> None:
    new = done(NESTED, rename_step(NESTED, "g/one", "uno").edits)
    assert "expr: uno.text != ''" in new and "if: uno.text" in new
    assert "gate: {expr: g.uno.text}" in new and "when: g.uno.text == 'x'" in new
    assert "g[''uno''].text" in new and "a.text ~ g.uno.text" in new
    # The item of `last` is called as the step is: it is another thing.
    assert "human: '{{ a }}" in done(NESTED, rename_step(NESTED, "a", "first").edits)


def test_inputs_roles_data_are_renamed_with_their_uses() -> None:
    new = done(RECIPE, rename_input(RECIPE, "question", "asked").edits)
    assert new.count("{{ asked }}") == 2 and "question" not in new
    new = done(RECIPE, rename_entry(RECIPE, "data", "kb", "articles"))
    assert "data: {articles: data}" in new and "from: articles}" in new
    text = SAMPLES["support-triage"]
    new = done(text, rename_role(text, "writer", "author"))
    assert "\n  author:\n" in new and "model: author" in new and "model: writer" not in new


@pytest.mark.parametrize("name", ["2nd", "loop", "search", "question", "with space"])
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(EditError):
        rename_step(RECIPE, "draft", name)


def test_a_copy_speaks_of_itself() -> None:
    new = done(RECIPE, duplicate_step(RECIPE, "draft"))
    assert get_value(new, ("steps", "draft_2", "gate", "expr")) == "draft_2.text != 'search'"
    assert list(draft(new).data["steps"]) == ["search", "draft", "draft_2", "send"]
    assert new.count("# the prompt") == 2


def test_who_depends_on_a_step_is_told() -> None:
    assert dependants(RECIPE, "search") == ["draft", "send", "outputs.reply"]
    assert dependants(RECIPE, "draft") == ["send", "outputs.reply"]
    assert dependants(RECIPE, "send") == []
    assert dependants(NESTED, "g/one") == ["g", "g/two", "pick/choose[0]", "last", "outputs.reply"]


def test_a_deleted_step_takes_its_comments_along() -> None:
    new = done(RECIPE, delete_step(RECIPE, "draft"))
    assert new == RECIPE[: RECIPE.index("  # write")] + RECIPE[RECIPE.index("  send:") :]


def test_a_moved_step_keeps_its_comments_and_fits_its_new_depth() -> None:
    new = done(RECIPE, move_step(RECIPE, "search", after="send"))
    assert list(draft(new).data["steps"]) == ["draft", "send", "search"]
    assert "  # find\n  search: {" in new
    assert done(new, move_step(new, "search", before="draft")) == RECIPE
    new = done(NESTED, move_step(NESTED, "g/two", before="last"))
    assert "\n  # over two\n  two:\n    if: one.text\n    human: >-\n      a very long" in new


def test_the_last_step_of_a_group_stays() -> None:
    text = "steps:\n  g:\n    steps:\n      a: {human: x}\n  b: {human: y}\n"
    with pytest.raises(EditError, match="only step of its group"):
        move_step(text, "g/a", after="b")
    with pytest.raises(EditError, match="only one in its place"):
        delete_step(text, "g/a")


def test_a_step_is_done_for_each_item_or_until_good() -> None:
    new = done(RECIPE, wrap_step(RECIPE, "draft", "each", over="search.documents", name="passage"))
    assert "    each: search.documents\n    as: passage\n    prompt: |   # the prompt" in new
    new = done(RECIPE, wrap_step(RECIPE, "draft", "repeat", at_most=5))
    assert "    repeat: {at_most: 5}\n    prompt: |" in new
    until = "{{ draft.text|length > 20 }}"
    new = done(RECIPE, wrap_step(RECIPE, "draft", "repeat", until=until))
    assert "    repeat: {until: draft.text|length > 20, at_most: 3}\n" in new
    assert get_value(done(RECIPE, wrap_step(RECIPE, "draft", "each")), ("steps", "draft", "each")) == "[]"


@pytest.mark.parametrize(
    ("how", "given", "message"),
    [
        ("each", {"over": "search.documents["}, "the list cannot be read"),
        ("each", {"over": "search.documents", "name": "send"}, "the name send is taken"),
        ("each", {"over": "search.documents", "name": "loop"}, "loop cannot be a name"),
        ("repeat", {"until": "draft.text |nofilter"}, "the condition cannot be read"),
        ("repeat", {"at_most": 0}, "1 or more"),
        ("choose", {"when": "a b"}, "the condition cannot be read"),
    ],
)
def test_what_a_wrapping_asks_for_is_read_before_it_is_written(
    how: Any, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(EditError, match=message):
        wrap_step(RECIPE, "draft", how, **given)


def test_a_step_becomes_one_way_of_several_with_its_comments() -> None:
    new = done(RECIPE, wrap_step(RECIPE, "draft", "choose", when="search.documents"))
    expected = """\
  draft:
    about: It writes.
    choose:
      - when: search.documents
        prompt: |   # the prompt
          Answer {{ question }} from {{ search.text }}.
        gate: {grounded: {in: search}, expr: draft.text != 'search'}
"""
    assert expected in new


@pytest.mark.parametrize("step", ["search", "send"])
def test_a_step_is_switched_off_and_on_again(step: str) -> None:
    off = done(RECIPE, switch_off(RECIPE, step))
    data = get_value(off, ("steps", step))
    assert is_off(data) and not is_off(get_value(RECIPE, ("steps", step)))
    assert switch_off(off, step) == []
    assert done(off, switch_on(off, step)) == RECIPE


def test_a_switched_off_condition_is_kept() -> None:
    off = done(RECIPE, switch_off(RECIPE, "send"))
    assert "    if: false and (search.documents and not draft.failed)\n" in off


def test_places_and_paths_are_two_ways_to_say_the_same() -> None:
    for place in ("a", "g/one", "pick/choose[1]/deep", "pick/else/x"):
        assert place_of(document_path(place)) == place


def gesture(text: str, step: str, other: str, which: str, number: int) -> list[TextEdit]:
    """One gesture on a step."""
    if which == "add":
        return add_step(text, f"new{number}", {"prompt": "a\nb\n", "model": "m"}, after=other)
    if which == "group":
        return add_step(text, f"new{number}", {"steps": {"inner": {"human": "x"}}}, before=other)
    if which == "duplicate":
        return duplicate_step(text, step)
    if which == "delete":
        return delete_step(text, step)
    if which == "move":
        return move_step(text, step, before=other)
    if which == "rename":
        return rename_step(text, step, f"fresh{number}").edits
    if which in ("each", "repeat", "choose"):
        return wrap_step(text, step, which, over="[1, 2]", name="thing", when="a == 1")  # type: ignore[arg-type]
    return switch_off(text, step) if which == "off" else switch_on(text, step)


GESTURES = ("add", "group", "duplicate", "delete", "move", "rename", "each", "repeat", "choose", "off", "on")


@pytest.mark.parametrize("name", ["nested", "odd", *SAMPLES])
def test_random_gestures_keep_comments_and_the_outline_by_lines_agrees(name: str) -> None:
    text = {**SAMPLES, "nested": NESTED, "odd": ODD}[name]
    random, start, made = Random(name), windows(text), Counter[str]()
    text = start
    for number in range(250):
        steps = [place.path for place in exact_outline(draft(text))]
        named = [path for path in steps if not re.search(r"(choose\[\d+\]|else)$", path)]
        if number % 12 == 0 or not named:
            text = start
            continue
        which = random.choice(GESTURES)
        try:
            edits = gesture(text, random.choice(steps), random.choice(named), which, number)
        except EditError as error:
            assert "does not work here" not in error.message, error
            continue
        new = done(text, edits)
        if which != "delete":
            assert not comments(text) - comments(new)
        assert exact_outline(draft(new)) == outline(new)
        assert new.count("\n") == new.count("\r\n")
        made[which] += 1
        text = new
    assert all(made[which] > 1 for which in GESTURES), made


EXPLICIT = "schema: workbench/v1\nsteps:\n  ? a\n  : prompt: hi\n    model: local/lead\n  b: {prompt: x}\n"


@pytest.mark.parametrize("edit", [
    lambda text: delete_step(text, "a"), lambda text: duplicate_step(text, "a"),
    lambda text: move_step(text, "a", after="b"),
    lambda text: add_step(text, "c", {"human": "Hi"}, after="a"),
    lambda text: add_step(text, "c", {"human": "Hi"}, before="a"),
])  # fmt: skip
def test_an_entry_with_a_question_mark_says_where_it_is(edit) -> None:
    with pytest.raises(EditError, match=r"line 3, column 3 is written as \? a, write it as a: first"):
        edit(EXPLICIT)


def test_what_stands_in_an_entry_with_a_question_mark_is_edited() -> None:
    assert done(EXPLICIT, set_value(EXPLICIT, ("steps", "a", "prompt"), "ho")) == EXPLICIT.replace("hi", "ho")
