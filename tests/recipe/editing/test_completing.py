"""What could stand at the cursor, also in a text that is not good YAML yet."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.editing.kit import NESTED, RECIPES, SAMPLES
from workbench.recipe.editing.completing import complete
from workbench.recipe.editing.reading import read

TEXT = """\
schema: workbench/v1
name: x
inputs: {ticket: string}
data:
  kb: {folder: data}
models:
  writer:
    candidates: [local/compose]
    poli^policy
  sorter: lo^local/lead
steps:
  kind:
    classify: "{{ ti^ticket
    into: [a, b]
    mo^model
  search:
    retrieve: "{{ kind.la^label
    from: ^kb
  draft:
    prompt: |
      Answer {{ search.do^documents
      and {% if kind.conf^confidence
    model: wr^writer
    gate:
      grounded: {in: se^search
      le^length
    on_fail: [revise, hu^human
    if: kind.la^label
  g:
    steps:
      one: {prom^prompt
    gate: {grounded: {in: search, at^at_least
outputs:
  reply: "{{ dr^draft
"""
LINES = [line.partition("^") for line in TEXT.split("\n")]
PLAIN = "\n".join(before for before, _, _ in LINES)


@pytest.mark.parametrize(
    ("line", "before", "expected"),
    [(number, before, after) for number, (before, mark, after) in enumerate(LINES, 1) if mark],
)
def test_the_first_offer_fits(line: int, before: str, expected: str) -> None:
    first = complete(PLAIN, line, len(before) + 1, models=["local/lead", "openai/gpt"])[0]
    assert first.text == expected
    assert expected.startswith(before[first.start_column - 1 :])


def test_what_a_step_leaves_behind_is_known_from_the_recipe() -> None:
    text = SAMPLES["support-triage"]
    recipe = read(text, RECIPES / "support-triage").recipe
    line = next(number for number, each in enumerate(text.split("\n"), 1) if "triage.article" in each)
    column = text.split("\n")[line - 1].index("triage.article") + len("triage.") + 1
    assert {each.text for each in complete(text, line, column, recipe=recipe)} >= {"article", "urgent"}


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(1, 90), st.sampled_from([NESTED, PLAIN, *SAMPLES.values()]))
def test_no_cursor_makes_it_fail(line: int, column: int, text: str) -> None:
    for offer in complete(text, line, column):
        assert 1 <= offer.start_column <= column


def test_a_large_recipe_completes_at_once() -> None:
    text = PLAIN + "".join(f"\n  s{number}:\n    prompt: hello\n    model: writer" for number in range(300))
    begin = time.process_time()
    complete(text, 17, 24)
    assert time.process_time() - begin < 2


def test_items_and_passes_are_offered_where_they_are(tmp_path):
    text = """\
schema: workbench/v1
name: x
inputs: {docs: list}
steps:
  plain: {human: "{{ docs }}"}
  all:
    each: docs
    as: doc
    steps:
      again:
        repeat: {until: "loop.index == 2", at_most: 3}
        human: "{{ doc }}"
"""
    recipe = read(text, tmp_path).recipe
    assert recipe is not None

    def offered(line: int, before: str) -> set[str]:
        column = text.split("\n")[line - 1].index(before) + len(before) + 1
        return {each.text for each in complete(text, line, column, recipe=recipe)} & {
            "item",
            "doc",
            "loop",
            "previous",
        }

    assert offered(5, "{{ ") == set()
    assert offered(11, 'until: "') == {"doc", "loop", "previous"}
    assert offered(12, "{{ ") == {"doc", "loop", "previous"}
