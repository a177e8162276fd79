"""New names in the files beside a recipe: prompts and tests follow, to the byte; one undo takes all back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipe.editing.kit import windows
from workbench.recipe.editing.beside import beside
from workbench.recipe.editing.history import History
from workbench.recipe.editing.reading import read
from workbench.recipe.editing.renaming import Renaming, rename_input, rename_output, rename_step
from workbench.recipe.editing.saving import Recovery, open_text
from workbench.recipe.editing.steps import dependants
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.tree import EditError
from workbench.recipe.tests_file import read_tests

RECIPE = """\
schema: workbench/v1
name: x
inputs: {question: string}
models: {m: local/lead}
steps:
  a: {human: "{{ question }}"}
  b: {prompt: {file: prompts/b.md}}
  g:
    steps:
      one: {prompt: {file: ./prompts/b.md}}
  loop_over:
    each: "[1]"
    as: doc
    human: "{{ a.text }}"
outputs: {reply: "{{ b.text }}"}
"""
PROMPT = """\
Hi – é {{ question }}.
Say {{ a.text }}, {{ a['answer'] }} {# a #}
{% for x in a.text %}{{ x }}{% endfor %}"""
TESTS = """\
cases:   # all of them
- name: one
  inputs: {question: "a"}   # asked
  expect:
    steps.a.answer: {equals: yes}
    "steps.a": {contains: a}
    'steps.g.one.text': {contains: a}
    outputs.reply: {contains: a}
"""
FILES = {"prompts/b.md": PROMPT, "tests.yaml": TESTS}


def after(renaming: Renaming, files: dict[str, str]) -> dict[str, str]:
    """The files after a renaming."""
    return {name: apply(text, renaming.files.get(name, [])) for name, text in files.items()}


@pytest.mark.parametrize("as_saved", [str, windows])
def test_prompts_and_tests_follow_and_nothing_else_changes(as_saved: object) -> None:
    files = {name: as_saved(text) for name, text in FILES.items()}  # type: ignore[operator]
    renaming = rename_step(RECIPE, "a", "asked", files)
    new = after(renaming, files)
    expected = PROMPT.replace("a.text", "asked.text").replace("a['answer']", "asked['answer']")
    assert new["prompts/b.md"] == as_saved(expected)  # type: ignore[operator]
    expected = TESTS.replace("steps.a.", "steps.asked.").replace('"steps.a"', '"steps.asked"')
    assert new["tests.yaml"] == as_saved(expected)  # type: ignore[operator]
    back = rename_step(apply(RECIPE, renaming.edits), "asked", "a", new)
    assert after(back, new) == files


def test_inputs_and_outputs_and_inner_steps_follow_too() -> None:
    new = after(rename_input(RECIPE, "question", "asked", FILES), FILES)
    assert new["prompts/b.md"] == PROMPT.replace("question", "asked")
    assert new["tests.yaml"] == TESTS.replace("question", "asked")
    renaming = rename_output(RECIPE, "reply", "answer", FILES)
    assert apply(RECIPE, renaming.edits) == RECIPE.replace("reply", "answer")
    assert after(renaming, FILES)["tests.yaml"] == TESTS.replace("reply", "answer")
    new = after(rename_step(RECIPE, "g/one", "uno", FILES), FILES)
    assert new["tests.yaml"] == TESTS.replace("g.one", "g.uno") and new["prompts/b.md"] == PROMPT


def test_who_depends_on_a_step_through_a_file_is_told() -> None:
    found = dependants(RECIPE, "a", FILES)
    assert found == ["b (prompts/b.md)", "g/one (prompts/b.md)", "loop_over", "tests.yaml"]


def test_a_name_that_would_be_hidden_is_refused() -> None:
    with pytest.raises(EditError, match="doc means something else"):
        rename_step(RECIPE, "a", "doc", FILES)
    with pytest.raises(EditError, match="x means something else"):
        rename_step(RECIPE, "a", "x", {"prompts/b.md": PROMPT.replace("{{ x }}", "{{ a.text }}")})
    with pytest.raises(EditError, match="one means something else"):
        rename_step(RECIPE.replace('"{{ question }}"', "hi"), "a", "one", {"prompts/b.md": "{{ a.text }}"})


def test_a_file_that_means_two_things_is_left_to_its_writer() -> None:
    text = RECIPE.replace("      one:", "      a: {human: hi}\n      one:")
    with pytest.raises(EditError, match=r"b\.md is read by b, g/one, to which the name means"):
        rename_step(text, "a", "c", FILES)


def test_files_are_found_on_disk_and_changes_of_them_are_read(tmp_path: Path) -> None:
    for name, words in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(windows(words).encode())
    found = {name: opened.text for name, opened in beside(RECIPE, tmp_path).items()}
    assert found == {name: windows(words) for name, words in FILES.items()}
    renaming = rename_step(RECIPE, "a", "asked", found)
    new = apply(RECIPE, renaming.edits)
    assert any("a is not known here" in each.message for each in read(new, tmp_path).problems)
    changed = after(renaming, found)
    assert not read(new, tmp_path, changed).errors
    assert "asked.text" in (read(new, tmp_path, changed).recipe or pytest.fail()).files["prompts/b.md"]  # type: ignore[operator]
    assert beside("- no\n- recipe", tmp_path).keys() == {"tests.yaml"} and beside("a: [", tmp_path) == {}
    (tmp_path / "recipe.yaml").write_text(new)
    (tmp_path / "tests.yaml").write_text(changed["tests.yaml"].removeprefix("\ufeff"))
    recipe = read(new, tmp_path, changed).recipe
    assert recipe is not None and read_tests(tmp_path / "tests.yaml", recipe)


def test_one_undo_takes_all_files_back() -> None:
    history = History(RECIPE)
    renaming = rename_step(RECIPE, "a", "asked", FILES)
    new = after(renaming, FILES)
    history.change(renaming.edits, "rename", files={name: (FILES[name], new[name]) for name in FILES})
    assert history.files == new
    assert history.undo() == "rename" and history.text == RECIPE and history.files == FILES
    assert history.redo() == "rename" and history.files == new


def test_unsaved_files_are_recovered_too(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    recovery = Recovery(tmp_path)
    recovery.keep(open_text(path), RECIPE, {"b.md": "changed"})
    found = recovery.offered(path)
    assert found is not None and found.files == {"b.md": "changed"} and found.text == RECIPE
    (tmp_path / "b.md").write_text("changed")
    assert recovery.offered(path) is None
