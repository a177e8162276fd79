"""Fields of the form, new steps, gates, previews: pure functions."""

from __future__ import annotations

import pytest

from tests.tui.compose_kit import ANSWERS, NOTES, make_folder
from workbench.guard.clearance import Clearances
from workbench.providers.registry import Providers
from workbench.recipe.editing.formatting import formatted
from workbench.recipe.editing.saving import open_text
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.values import set_value
from workbench.recipe.load import load
from workbench.settings import Settings
from workbench.study.check import NO_CLEARANCES
from workbench.study.history import History
from workbench.tui.composing.beginnings import VERBS, Spot, beginning
from workbench.tui.composing.draft import Draft
from workbench.tui.composing.fields import fields_of
from workbench.tui.composing.gate_values import gate_value, gate_words, read_gate
from workbench.tui.composing.looking import look
from workbench.tui.composing.naming import name_problem, recipe_name_problem
from workbench.tui.composing.new_recipe import able, make_recipe
from workbench.tui.composing.outline import Item
from workbench.tui.composing.part_preview import part_lines
from workbench.tui.composing.preview import Given, preview, preview_lines
from workbench.tui.composing.values import parse_value, yaml_text
from workbench.tui.ink import plain


@pytest.fixture
def draft(tmp_path):
    made = Draft(open_text(make_folder(tmp_path)))
    made.take(look(made.text, made.path))
    return made


@pytest.fixture
def providers():
    return Providers(Settings())


def rows(draft: Draft, *path: str) -> dict[str, str]:
    item = draft.find(path)
    return {row.label: row.text for row in fields_of(item, draft.value(path)) if row.given}


def test_the_form_shows_what_a_part_holds(draft):
    assert rows(draft, "steps", "search") == {"retrieve": "{{ question }}", "from": "kb", "top": "3"}
    assert rows(draft, "steps", "draft") | {"prompt": ""} == {
        "model": "writer", "prompt": "", "gate.grounded": "in search, at_least 0.6",
        "on_fail": "revise, continue",
    }  # fmt: skip
    assert rows(draft, "models", "writer") == {"candidates": "local/extract, local/lead"}
    assert rows(draft, "outputs", "reply") == {"value": "{{ draft.text or person.text }}"}


def test_parts_written_short_have_the_field_they_stand_for(tmp_path):
    text = ANSWERS.replace("{candidates: [local/extract, local/lead]}", "local/extract")
    made = Draft(open_text(make_folder(tmp_path, text)))
    made.take(look(made.text, made.path))
    field = next(row for row in fields_of(made.find(("models", "writer")), "local/extract") if row.given)
    assert (field.label, field.path) == ("candidates", ("models", "writer"))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_begins_as_a_recipe_that_is_valid(verb, tmp_path, providers):
    path = make_recipe(tmp_path / "new", verb, providers)
    assert not look(path.read_text(), path, providers).problems
    assert formatted(path.read_text()) == path.read_text()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_begins_well_after_other_steps(verb, draft, providers):
    made = beginning(
        verb,
        Spot(draft.value(()), ["draft", "tone", "search"]),
        lambda model, task: able(model, task, providers),
    )
    text = draft.text
    for path, value in made.sets:
        text = apply(text, set_value(text, path, value))
    text = apply(text, add_step(text, made.name, made.step, after="draft"))
    for name, words in made.files.items():
        (draft.folder / name).write_text(words)
    found = look(text, draft.path, providers)
    assert not [problem for problem in found.problems if problem.severity == "error"], found.problems


def test_a_person_after_a_checked_step_answers_only_when_the_check_failed(draft):
    made = beginning("human", Spot(draft.value(()), ["draft", "search"]), lambda model, task: True)
    assert made.step["if"] == "draft.failed"
    assert not made.sets  # on_fail is there already, and the output is no longer the bare answer


def test_gates_start_with_what_the_recipe_has_and_read_as_they_are_typed(draft):
    item = draft.find(("steps", "draft"))
    assert gate_value("grounded", draft, item) == {"in": "search", "at_least": 0.6}
    assert gate_value("contains", draft, item) is None
    for name, value in (("length", {"at_most": 3}), ("pii", {}), ("grounded", {"in": "a", "at_least": 0.5})):
        assert read_gate(name, gate_words(value)) == (value, None)
    assert read_gate("length", "at_most: [")[1]
    assert read_gate("regex", "a: b") == ("a: b", None)


def test_values_are_read_as_people_write_them():
    assert parse_value("3", number=True) == (3, None)
    assert parse_value("three", number=True)[1] == "a number is wanted"
    labels = {"billing": "about money", "other": "all: else"}
    assert parse_value(yaml_text(labels)) == (labels, None)
    assert parse_value(yaml_text(["a", "b: c"])) == (["a", "b: c"], None)


def test_names_are_checked():
    assert (
        name_problem("draft", {"draft"}) and name_problem("2x") and name_problem("") and name_problem("a b")
    )
    assert name_problem("draft_2") is None
    assert recipe_name_problem("My Recipe") and recipe_name_problem("my-recipe") is None


def test_the_preview_shows_the_prompt_with_the_values_of_a_run(tmp_path, providers):
    recipe = load(make_folder(tmp_path))
    given = Given(
        {"question": "Open on [bold]Saturday[/]?"},
        {"search": {"text": NOTES, "documents": []}, "tone": {"label": "calm", "text": "calm"}},
        "the values of run1", "run1",
    )  # fmt: skip
    shown = preview(recipe, "draft", given, (providers, NO_CLEARANCES), History(()))
    text = shown.messages[-1].text
    assert "Open on [bold]Saturday[/]?" in text and "calm" in text and "The shop is open" in text
    assert {segment.kind for segment in shown.messages[-1].segments} == {"input", "step"}
    assert [offer.model for offer in shown.offers] == ["local/extract", "local/lead"]
    assert all(offer.cost == 0 for offer in shown.offers)
    lines = [plain(line) for line in preview_lines(shown, given)]
    assert lines[0].startswith(f"≈ {shown.tokens} tokens") and any(
        "[bold]Saturday[/]" in line for line in lines
    )


def test_before_the_first_run_the_preview_is_as_written(tmp_path, providers):
    recipe = load(make_folder(tmp_path))
    shown = preview(recipe, "draft", Given(), (providers, NO_CLEARANCES), History(()))
    assert "{{ search.text }}" in shown.messages[-1].text
    assert shown.notes == (("as written: a run gives it values (F5)", "warn"),)
    assert preview(recipe, "gone", Given(), (providers, NO_CLEARANCES), History(())) is None


def test_the_preview_tells_the_labels_and_who_may_see_them(tmp_path, providers):
    text = ANSWERS.replace("{type: string, about", "{type: string, labels: [customer], about")
    recipe = load(make_folder(tmp_path, text))
    clearances = Clearances({"customer": ("local/lead",)})
    shown = preview(recipe, "draft", Given(), (providers, clearances), History(()))
    assert shown.labels == (("customer", ("question",)),)
    assert [offer.barred for offer in shown.offers] == ["not cleared for customer", ""]
    lines = [plain(line) for line in preview_lines(shown, Given())]
    assert "carries customer of question" in lines and "◦ extract  ✗ not cleared for customer" in lines
    assert not any("all of its models" in line for line in lines)


def test_parts_tell_their_documents_values_and_users(tmp_path, providers):
    recipe = load(make_folder(tmp_path))
    steps = {"draft": {"text": "Yes."}, "person": {"text": None}}
    given = Given({"question": "Open?"}, steps, "the values of run1", "run1")
    known = (providers, NO_CLEARANCES, {})

    def told(kind, section, name):
        item = Item(kind, (section, name), name, 1, 1)
        return [plain(line) for line in part_lines(recipe, item, given, known)]

    data = told("data", "data", "kb")
    assert data[0] == "1 document" and "▪ Opening hours  18 words" in data and data[-1] == "used by search"
    assert told("role", "models", "writer")[-1] == "used by draft"
    assert told("input", "inputs", "question")[-1] == "used by search, tone, draft, person"
    assert told("output", "outputs", "reply")[:2] == ["reply  the values of run1", "Yes."]
    (tmp_path / "recipes/answers/data/kb/hours.md").unlink()
    assert "no file in data/kb matches" in told("data", "data", "kb")[0]


def test_the_preview_says_when_a_step_would_be_skipped(tmp_path, providers):
    recipe = load(make_folder(tmp_path))
    given = Given({"question": "x"}, {"draft": {"failed": False}}, "run", "run1")
    shown = preview(recipe, "person", given, (providers, NO_CLEARANCES), History(()))
    assert ("skipped with these values: if draft.failed", "warn") in shown.notes


def test_the_preview_of_items_and_passes_is_that_of_the_first(tmp_path, providers):
    inner = '        prompt: "{{ item }} {{ loop.index }}{% if previous %} {{ previous.text }}{% endif %}"'
    text = (
        "schema: workbench/v1\nname: x\ninputs: {docs: list}\nmodels: {w: local/extract}\nsteps:\n"
        f"  all:\n    each: docs\n    steps:\n      one:\n        repeat: {{at_most: 2}}\n{inner}\n"
    )
    recipe = load(make_folder(tmp_path, text))
    given = Given({"docs": ["first", "second"]}, {}, "run", "run1")
    shown = preview(recipe, "all/one", given, (providers, NO_CLEARANCES), History(()))
    assert [each.text for each in shown.messages] == ["first 1"]
    assert shown.notes == (("the first of 2 items", "dim"), ("the first pass", "dim"))


def test_the_preview_of_a_choice_is_that_of_the_branch_that_is_taken(tmp_path, providers):
    text = (
        "schema: workbench/v1\nname: x\ninputs: {kind: string}\nmodels: {w: local/extract}\nsteps:\n"
        "  pick:\n    model: w\n    choose:\n"
        '      - {when: kind == \'a\', prompt: "first {{ kind }}"}\n    else: {prompt: "other {{ kind }}"}\n'
        '  last: {human: "{{ pick.text }}"}\n'
    )
    path = make_folder(tmp_path, text)
    recipe = load(path)

    def shown(step: str, kind: str):
        given = Given({"kind": kind}, {}, "run", "run1")
        return preview(recipe, step, given, (providers, NO_CLEARANCES), History(()))

    for step, kind, wanted, told in (
        ("pick", "a", "first a", "takes choose[0]: kind == 'a'"),
        ("pick", "b", "other b", "takes else"),
        ("pick/choose[0]", "b", "first b", ""),
        ("pick/else", "b", "other b", ""),
    ):
        found = shown(step, kind)
        assert [each.text for each in found.messages] == [wanted]
        assert [note for note, _ in found.notes] == ([told] if told else [])
        assert [each.model for each in found.offers] == ["local/extract"]
    rows = [row.item.name for row in look(text, path).rows if row.item.kind == "step"]
    assert rows == ["pick", "choose[0]", "else", "last"]
