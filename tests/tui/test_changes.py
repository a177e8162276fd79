"""What can be changed of a past run, and where it stands in the recipe."""

from __future__ import annotations

from pathlib import Path

from tests.engine.kit import recipe
from workbench.recipe.load import load
from workbench.tui.changes import choices, role_of, texts_of

TEXT = """
inputs: {word: string}
models: {m: fake/a, n: [fake/b, fake/c]}
steps:
  flat: {prompt: {file: long.md}, system: "be kind", model: m}
  group:
    steps:
      inner: {prompt: "inner {{ word }}", model: n}
  pick:
    choose:
      - {when: "word == 'a'", prompt: "first", model: m}
      - when: "word == 'b'"
        steps:
          deep: {prompt: "deep", model: n}
    else: {prompt: "else", model: m}
  values: {set: {a: 1}}
outputs: {x: "{{ flat.text }}"}
"""


def test_texts_stand_where_an_edit_finds_them(tmp_path: Path) -> None:
    found = recipe(tmp_path, TEXT, {"long.md": "long {{ word }}"})
    assert [(each.name, each.value) for each in texts_of(found, "flat")] == [
        ("steps.flat.prompt", "long {{ word }}"),
        ("steps.flat.system", "be kind"),
    ]
    names = {
        path: [each.name for each in texts_of(found, path)] for path in ("group/inner", "pick", "pick/deep")
    }
    assert names == {
        "group/inner": ["steps.group.steps.inner.prompt"],
        "pick": ["steps.pick.choose.0.prompt", "steps.pick.else.prompt"],
        "pick/deep": ["steps.pick.choose.1.steps.deep.prompt"],
    }
    assert texts_of(found, "values") == texts_of(found, "nothing/there") == []
    for dotted in (name for group in names.values() for name in group):
        changed = load(tmp_path / "recipe.yaml", edits={dotted: "changed"})
        assert changed.hash != found.hash


def test_items_and_passes_share_the_text_of_their_step(tmp_path: Path) -> None:
    found = recipe(tmp_path, TEXT, {"long.md": "x"})
    assert texts_of(found, "flat[3]#2") == texts_of(found, "flat")


def test_roles_of_steps(tmp_path: Path) -> None:
    found = recipe(tmp_path, TEXT, {"long.md": "x"})
    roles = [role_of(found, path) for path in ("flat", "group/inner", "pick", "values", "gone")]
    assert roles == ["m", "n", "m", None, None]


def test_the_step_comes_first_then_models_and_inputs(tmp_path: Path) -> None:
    found = recipe(tmp_path, TEXT, {"long.md": "x"})
    rows = choices(found, {"word": "w"}, {"n": "fake/z"}, "group/inner")
    assert [(each.kind, each.name, each.value) for each in rows] == [
        ("text", "steps.group.steps.inner.prompt", "inner {{ word }}"),
        ("model", "m", "fake/a"),
        ("model", "n", "fake/z"),
        ("input", "word", "w"),
    ]
