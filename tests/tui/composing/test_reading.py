"""What the Compose screen knows of a text: its lines, colours, parts, lanes, rows."""

from __future__ import annotations

import pytest

from tests.tui.compose_kit import ANSWERS, make_folder
from workbench.recipe.editing.saving import open_text
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.load import load
from workbench.tui.composing.compose_text import bar, problem_at
from workbench.tui.composing.draft import Draft
from workbench.tui.composing.estimate import Estimate
from workbench.tui.composing.highlighting import blocks, spans
from workbench.tui.composing.lanes import lane_rows
from workbench.tui.composing.lines import Lines, newline_of, shown, typed
from workbench.tui.composing.looking import look
from workbench.tui.composing.outline import item_at, moved
from workbench.tui.composing.outline_rows import draw_row
from workbench.tui.ink import plain


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\nb\rc\n\nd", "\ufeffa\nb"])
def test_places_of_a_text_lead_to_its_offsets_and_back(text):
    lines = Lines.of(text)
    for offset in range(len(text) + 1):
        row, column = lines.place(offset)
        assert lines.offset(row, column) == offset or text[offset - 1 : offset + 1] == "\r\n"


def test_what_is_shown_has_the_same_places_and_obeys_nothing():
    text = "a\x1b[31mb\r\nc\u2028d\x85e\rf"
    assert shown(text).split("\n") == ["a·[31mb", "c·d·e", "f"]
    assert typed("x\ny\x1b\u2028z", newline_of(text)) == "x\r\nyz"


def inked(line: str, above: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    block = blocks([*above, line])[-1]
    return [(line[start:end], ink) for start, end, ink in spans(line, block=block)]


def test_a_line_is_coloured_by_what_it_is():
    assert inked("  top: 3 # three") == [("top:", "key"), ("3", "accent"), ("# three", "dim")]
    assert inked('ask: "of {{ a.b }}"') == [
        ("ask:", "key"), ('"of ', "passage"), ("{{ a.b }}", "input"), ('"', "passage"),
    ]  # fmt: skip
    assert inked("gate: {length: {at_most: 4}}")[:3] == [
        ("gate:", "key"), ("length:", "key"), ("at_most:", "key"),
    ]  # fmt: skip


def test_a_block_of_text_holds_no_keys():
    above = ("  draft:", "    prompt: |", "      First line", "")
    assert inked("      model: is a word, {{ x }}", above) == [
        ("model: is a word, ", "passage"), ("{{ x }}", "input"),
    ]  # fmt: skip
    assert blocks([*above, "      more", "    model: writer"]) == [False, False, True, True, True, False]
    assert blocks(["# a | remark |", "  key: value"]) == [False, False]


def test_parts_stand_on_their_lines_and_move_with_them(tmp_path):
    path = make_folder(tmp_path)
    found = look(ANSWERS, path)
    assert not found.problems
    lines = ANSWERS.split("\n")
    for item in found.items:
        if item.kind in ("step", "input", "role", "output", "data"):
            assert lines[item.first - 1].strip().startswith(f"{item.name}:")
    draft = next(item for item in found.items if item.name == "draft")
    assert item_at(found.items, draft.first + 2) == draft
    later = moved(found.items, draft.first, 2)
    assert (
        next(item for item in later if item.name == "person").first
        == next(item for item in found.items if item.name == "person").first + 2
    )
    assert next(item for item in later if item.name == "search") == next(
        item for item in found.items if item.name == "search"
    )


def test_steps_stand_in_the_order_they_run_with_their_lanes(tmp_path):
    recipe = load(make_folder(tmp_path))
    drawn = {path: row.drawn().rstrip() for path, row in lane_rows(recipe).items()}
    assert drawn == {"search": "●", "tone": "│ ●", "draft": "●─╯", "person": "●"}


def test_steps_within_others_stand_between_the_lanes_around_them(tmp_path):
    text = """\
schema: workbench/v1
name: x
steps:
  start: {human: go}
  all:
    needs: [start]
    steps:
      one: {human: "{{ start.text }}"}
      two: {human: "{{ one.text }}"}
  pick:
    choose: [{when: start.failed, human: no}]
    else: {human: "{{ start.text }}"}
  end: {human: "{{ start.text }} {{ all.two.text }} {{ pick.text }}"}
"""
    path = make_folder(tmp_path, text)
    found = look(text, path)
    draft = Draft(open_text(path))
    draft.take(found)
    assert "6 steps" in plain(bar(draft, None, 80)), "a branch is none of its own"
    steps = [row for row in found.rows if row.item.kind == "step"]
    assert [plain(draw_row(row, 60)).split("human")[0].split("steps")[0].rstrip() for row in steps] == [
        "●   start",
        "├─● all",
        "│ │ ● one",
        "│ │ ● two",
        "● │ pick       choose",
        "│ │ ● choose[0]",
        "│ │ ● else",
        "●─╯ end",
    ]


def test_the_mark_of_what_is_unsaved_stays_however_narrow_it_is(tmp_path):
    path = make_folder(tmp_path, ANSWERS.replace("name: answers", f"name: {'a' * 30}"))
    draft = Draft(open_text(path))
    draft.take(look(draft.text, path))
    draft.change([TextEdit(0, 0, "# new\n")], "a comment")
    estimate = Estimate(11_000, 8_700_000, 12.3)
    for width in (60, 80, 120):
        shown = plain(bar(draft, estimate, width))
        assert len(shown) == width and " ● unsaved  " in shown and "$0.000011–$0.0087 · ≈ 12.3 s" in shown
    assert "steps" in plain(bar(draft, estimate, 120)) and "steps" not in plain(bar(draft, estimate, 60))


def test_what_keeps_it_from_running_is_told_before_a_warning(tmp_path):
    path = make_folder(tmp_path, ANSWERS.replace("models:\n", "  faq: {folder: nowhere}\nmodels:\n"))
    draft = Draft(open_text(path))
    draft.take(look(draft.text, path))
    draft.selected = ("data", "faq")
    line = draft.item.first
    assert {each.severity for each in draft.own if each.line == line} == {"error", "warning"}
    assert problem_at(draft, None).severity == problem_at(draft, line).severity == "error"


def test_a_text_that_is_no_yaml_keeps_its_parts(tmp_path):
    path = make_folder(tmp_path)
    draft = Draft(open_text(path))
    draft.take(look(draft.text, path))
    rows = [row.item.name for row in draft.rows]
    at = draft.text.index("    model: writer")
    draft.type(at, at, "    broken: [\n")
    draft.take(look(draft.text, path))
    assert draft.findings.errors and [row.item.name for row in draft.rows] == rows
    person = next(item for item in draft.items if item.name == "person")
    assert draft.text.split("\n")[person.first - 1] == "  person:"


def test_a_file_that_is_no_yaml_at_first_still_shows_its_steps(tmp_path):
    path = make_folder(tmp_path, ANSWERS.replace("inputs:", "inputs: ["))
    draft = Draft(open_text(path))
    draft.take(look(draft.text, path))
    assert [row.item.name for row in draft.rows] == ["search", "tone", "draft", "person"]
    assert all(plain(draw_row(row, 40)) for row in draft.rows)
