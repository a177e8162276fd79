"""The canonical form: one for all ways to write the same, with all comments, and stable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.editing.kit import ODD, RECIPES, SAMPLES, TEXTS, VALUES, comments, done, paths, windows
from workbench.recipe.editing.formatting import formatted
from workbench.recipe.editing.meaning import semantic_diff
from workbench.recipe.editing.tree import EditError, draft, spelled
from workbench.recipe.editing.values import set_value
from workbench.recipe.load import examine_text

PLAIN = """\
# about this file

schema: workbench/v1
name: demo  # the name

models:
  writer: {candidates: [local/compose], policy: fixed}

steps:
  # first
  draft:
    prompt: |  # the prompt
      One.
        Two.
    model: writer
    gate:
      length: {at_most: 800}
      grounded: {in: text}
    # nothing else

  send:
    if: draft.text
    human: "Send {{ draft.text }}?"
    choices: ["yes", "no"]

# the end
"""
SAME = """\
# about this file

name:   'demo' # the name
schema: "workbench/v1"
steps: { draft: {model: writer, prompt: "One.\\n  Two.\\n", gate: {grounded: {in: text},
  length: {at_most: 0800}}}, send: {human: 'Send {{ draft.text }}?', choices: ['yes', "no"], if: draft.text}}
models:
        writer:
            policy:   fixed
            candidates:
            - local/compose
"""


def test_the_canonical_form_stays_as_it_is() -> None:
    assert formatted(PLAIN) == PLAIN


def test_other_ways_to_write_the_same_come_to_the_same() -> None:
    bare = "\n".join(
        line.partition("  #")[0] for line in PLAIN.split("\n") if not line.strip().startswith("# ")
    )
    bare = bare.lstrip("\n").rstrip("\n") + "\n"
    assert formatted(SAME.replace("# about this file\n\n", "").replace(" # the name", "")) == bare
    assert formatted(SAME).startswith("# about this file\n\nschema: workbench/v1\nname: demo  # the name\n")


def test_a_text_folded_by_hand_keeps_its_lines() -> None:
    text = "steps:\n  a:\n    set:\n      x: >-\n        {{ 'one' if a\n        else 'two' if b }}\n"
    assert formatted(text) == text
    long = f"about: {'word ' * 40}end\n"
    assert formatted(long).startswith("about: >-\n  word word") and formatted(formatted(long)) == formatted(
        long
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_in_its_form_and_other_orders_of_its_keys_are_the_same_recipe(name: str) -> None:
    text, path = SAMPLES[name], RECIPES / name / "recipe.yaml"
    assert formatted(text) == text
    head, *sections = re.split(r"(?m)^(?=[a-z]+:)", text.rstrip("\n") + "\n\n")
    turned = head + "".join(sections[::-1])
    moved = re.sub(
        r"(?m)^(    prompt: \|\n(?: {6}.*\n|\n)+)((?:    (?:model|system): .*\n)+)", r"\2\1", turned
    )
    before, after = examine_text(text, path)[0], examine_text(moved, path)[0]
    assert before is not None and after is not None and before.hash == after.hash


def test_the_order_of_names_and_of_all_else_counts_for_the_hash(tmp_path: Path) -> None:
    steps = ["a: {human: x}", "b: {prompt: y, output: {c: string, d: string}}"]
    head = "schema: workbench/v1\nname: x\nmodels: {m: local/lead}\nsteps: "
    texts = [f"{head}{{{', '.join(each)}}}\n" for each in (steps, steps[::-1])]
    texts.append(texts[0].replace("c: string, d: string", "d: string, c: string"))
    found = [examine_text(text, tmp_path / "recipe.yaml")[0] for text in texts]
    assert len({recipe.hash for recipe in found if recipe is not None}) == 3


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(EditError, match="the text cannot be read"):
        formatted("a: [")
    with pytest.raises(EditError, match="holds no keys"):
        formatted("- a\n")


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_meaning_comments_and_stability(name: str, data: st.DataObject) -> None:
    text = TEXTS[name]
    if data.draw(st.booleans(), "edited"):
        path = data.draw(st.sampled_from(list(paths(draft(text).data))), "path")
        value = data.draw(st.sampled_from(VALUES) | st.text(max_size=20), "value")
        text = done(text, set_value(text, path, value))
    new = formatted(text)
    assert spelled(draft(new).data) == spelled(draft(text).data)
    before, after = draft(text).data.get("steps"), draft(new).data.get("steps")
    assert not isinstance(before, dict) or list(before) == list(after)
    assert formatted(new) == new
    assert formatted(windows(text)) == new
    assert not semantic_diff(text, new)


@pytest.mark.parametrize("name", TEXTS)
def test_no_comment_is_lost(name: str) -> None:
    new = formatted(TEXTS[name])
    found = {comment.strip(): count for comment, count in comments(TEXTS[name]).items()}
    assert all(comment in new for comment in found)
    assert ODD.count("#") - ODD.count(" a # in") == sum(comments(formatted(ODD)).values()) or name != "odd"
