"""A recipe is checked against the workbench it would run in."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.providers.registry import Providers
from workbench.settings import Settings
from workbench.study.check import check_here

RECIPE = """\
schema: workbench/v1
name: models
models:
  a: locl/compose
  b: [local/comp, local/compose]
  c: sim/typical
  d: openai/any
steps:
  one: {prompt: hi, model: a}
  two: {prompt: hi, model: b}
  three: {prompt: hi, model: c}
  four: {prompt: hi, model: d}
"""


def test_models_without_a_provider_are_found_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    problems = check_here(path, Providers(Settings(), fetch_env={}))
    found = [(each.line, each.column, each.severity, each.text) for each in problems]
    assert found == [
        (4, 6, "error", "locl/compose"),
        (5, 7, "error", "local/comp"),
        (7, 6, "warning", "openai/any"),
    ]
    assert "did you mean local?" in problems[0].suggestion
    assert "OPENAI_API_KEY" in problems[2].message


TOOLS = """\
schema: workbench/v1
name: tools
models: {unable: sim/echo, able: [sim/echo, openai/any]}
tools: {find: "tools.py:find"}
steps:
  one: {prompt: hi, model: unable, tools: [find]}
  two: {prompt: hi, model: able, tools: [find]}
"""


def test_tools_that_no_candidate_can_use_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(TOOLS, encoding="utf-8")
    (tmp_path / "tools.py").write_text("def find(word: str) -> str:\n    return word\n", encoding="utf-8")
    problems = check_here(path, Providers(Settings(), fetch_env={"OPENAI_API_KEY": "k"}))
    assert [(each.line, each.severity, each.message) for each in problems] == [
        (6, "warning", "step one offers tools, and sim/echo cannot use tools"),
    ]


MEANING = """\
schema: workbench/v1
name: meaning
inputs: {question: string}
data: {kb: {file: kb.csv}}
models: {finder: openai/text-embedding-3-small}
steps:
  group:
    steps:
      search:
        retrieve: "{{ question }}"
        from: kb
        model: finder
"""


@pytest.mark.parametrize("number", [64, 2000])
def test_a_search_by_meaning_that_leaves_documents_out_is_warned_of(tmp_path: Path, number: int) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(MEANING, encoding="utf-8")
    rows = "".join(f"d{each},T,text {each}\n" for each in range(number))
    (tmp_path / "kb.csv").write_text("id,title,text\n" + rows, encoding="utf-8")
    problems = check_here(path, Providers(Settings(), fetch_env={"OPENAI_API_KEY": "k"}))
    told = "of 2,000 documents only the 64 that share most words with the question are compared"
    expected = [(11, "warning", f"step group/search: {told}")] if number > 64 else []
    assert [(each.line, each.severity, each.message) for each in problems] == expected


@pytest.mark.parametrize(
    "step", ["{promt: hi}", "{}", "{prompt: hi, set: {x: 1}}", "{if: 'true'}", "{steps: {b: {promt: hi}}}"]
)
def test_a_step_without_a_verb_is_a_problem_and_no_more(tmp_path: Path, step: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        f"schema: workbench/v1\nname: n\nmodels: {{m: sim/echo}}\nsteps: {{a: {step}}}\n", "utf-8"
    )
    problems = check_here(path, Providers(Settings(), fetch_env={}))
    assert [each.line for each in problems if each.severity == "error"][:1] == [4]
