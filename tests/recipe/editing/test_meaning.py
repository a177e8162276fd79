"""Differences in what recipes mean."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.editing.kit import SAMPLES, done, windows
from workbench.recipe.editing.meaning import Change, semantic_diff
from workbench.recipe.editing.renaming import rename_role, rename_step
from workbench.recipe.editing.steps import delete_step, move_step
from workbench.recipe.editing.values import set_value

TEXT = SAMPLES["support-triage"]


def test_comments_spacing_and_short_forms_do_not_count() -> None:
    one = "schema: workbench/v1\nmodels: {w: local/lead}\nsteps: {a: {human: hi}}\n"
    other = (
        '# x\nschema: "workbench/v1"\nmodels:\n  w: {candidates: [local/lead]}\nsteps:\n  a:\n    human: hi\n'
    )
    assert semantic_diff(one, other) == []
    assert semantic_diff(TEXT, windows(TEXT)) == []


def test_a_new_name_is_one_change() -> None:
    new = done(TEXT, rename_step(TEXT, "search", "find").edits)
    new = done(new, rename_role(new, "writer", "author"))
    assert semantic_diff(TEXT, new) == [
        Change("renamed", ("steps", "find"), "search", "find"),
        Change("renamed", ("models", "author"), "writer", "author"),
    ]


def test_a_value_a_step_and_an_order_that_changed() -> None:
    path = ("steps", "draft", "gate", "grounded", "at_least")
    new = done(TEXT, set_value(TEXT, path, 0.8))
    assert semantic_diff(TEXT, new) == [Change("changed", path, 0.6, 0.8)]
    gone = done(TEXT, delete_step(TEXT, "review"))
    assert [(each.kind, each.path) for each in semantic_diff(TEXT, gone)] == [
        ("removed", ("steps", "review"))
    ]
    assert [each.kind for each in semantic_diff(gone, TEXT)] == ["added"]
    moved = done(TEXT, move_step(TEXT, "kind", after="search"))
    assert [(each.kind, each.path) for each in semantic_diff(TEXT, moved)] == [("moved", ("steps",))]


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_set_is_what_is_told(name: str, data: st.DataObject) -> None:
    text = SAMPLES[name]
    key = data.draw(st.sampled_from(["about", "name"]))
    value = data.draw(st.text("abc :#", min_size=1, max_size=12).filter(str.strip))
    new = done(text, set_value(text, (key,), value))
    assert [(each.path, each.new) for each in semantic_diff(text, new)] == [((key,), value)]
