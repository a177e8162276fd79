"""Reading a text while it is being written."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.editing.kit import RECIPES, SAMPLES, TEXTS, windows
from workbench.recipe.editing.outline import outline, place_in
from workbench.recipe.editing.reading import exact_outline, place_at, read
from workbench.recipe.editing.tree import EditError, draft

JUNK = ["", "[", "{", "\t", "- ", '"', "'", "{{", "|", "\x00", "*a", "&a ", "? "]
STEP = """
  step{}:
    prompt: |
      Answer the customer from these passages only.
      {{{{ search.text }}}}
    model: writer
    gate: {{length: {{at_most: 1200}}}}
"""


def test_a_good_recipe_is_read_with_its_steps() -> None:
    reading = read(SAMPLES["support-triage"], RECIPES / "support-triage")
    assert reading.recipe is not None and not reading.errors
    assert [step.name for step in reading.steps] == list(reading.recipe.document.steps)
    draft_step = next(step for step in reading.steps if step.name == "draft")
    assert draft_step.verb == "prompt"
    assert place_at(reading, draft_step.first_line) == place_at(reading, draft_step.last_line) == draft_step
    assert place_at(reading, 1) is None


def test_problems_and_steps_of_a_text_that_does_not_parse(tmp_path: Path) -> None:
    text = "schema: workbench/v1\nsteps:\n  a:\n    prompt: [\n  b:\n    human: x\n    if: false\n"
    reading = read(text, tmp_path)
    assert reading.recipe is None and reading.problems
    assert [(step.path, step.verb, step.off) for step in reading.steps] == [
        ("a", "prompt", False),
        ("b", "human", True),
    ]


def test_lines_of_steps_inside_others() -> None:
    text = (
        "steps:\n  g:\n    steps:\n      one: {set: {a: 1}}\n      two:\n        prompt: |\n"
        "          steps: no\n  pick:\n    choose:\n    -\n      when: x\n      human: y\n"
        "    else:\n      human: z\n"
    )
    assert outline(text) == exact_outline(draft(text))
    found = [(step.path, step.first_line, step.last_line, step.depth) for step in outline(text)]
    assert found == [
        ("g", 2, 7, 0), ("g/one", 4, 4, 1), ("g/two", 5, 7, 1),
        ("pick", 8, 14, 0), ("pick/choose[0]", 10, 12, 1), ("pick/else", 13, 14, 1),
    ]  # fmt: skip
    assert place_in(outline(text), 7).path == "g/two"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_text_makes_it_fail(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = windows(TEXTS[name])
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 40)))
    junk = data.draw(st.sampled_from(JUNK))
    broken = text[:at] + junk + text[end:]
    reading = read(broken, Path("/nowhere"))
    assert reading.recipe is not None or reading.problems
    try:
        parsed = draft(broken)
    except EditError:
        assert reading.steps == outline(broken)
    else:
        assert reading.steps == exact_outline(parsed)


def test_the_outline_of_300_steps_takes_no_time() -> None:
    text = "schema: workbench/v1\nsteps:" + "".join(STEP.format(number) for number in range(300))
    outline(text)
    begin = time.process_time()
    steps = outline(text)
    assert time.process_time() - begin < 2
    assert len(steps) == 300 and steps[-1].first_line == 2 + 7 * 299 + 1
