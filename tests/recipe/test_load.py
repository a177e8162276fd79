"""Loading: identity, snapshots, edits, finding; and no mutation of a recipe makes it crash."""

from __future__ import annotations

import copy
import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.recipe.kit import HEAD, recipe, write
from tests.recipe.test_check import EXAMPLE, FILES
from workbench.errors import RecipeError, UsageError
from workbench.recipe.check import check
from workbench.recipe.load import examine, find, load, load_snapshot
from workbench.recipe.source import read_text

BODY = """
models: {m: local/compose}
data: {kb: kb}
tools: {t: "tools.py:f"}
steps:
  a: {prompt: {file: p.md}}
  b: {retrieve: "{{ a.text }}", from: kb}
  c: {tool: t}
"""
BESIDE = {
    "p_dot_md": "Say {{ 'hello' }}\n",
    "kb__one_dot_md": "# One\n",
    "tools_dot_py": "import json\n\ndef f(): ...\n",
}


def test_the_snapshot_holds_what_a_run_needs(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY, **BESIDE)
    assert loaded.files == {
        "recipe.yaml": (tmp_path / "recipe.yaml").read_text(),
        "p.md": "Say {{ 'hello' }}\n",
        "tools.py": "import json\n\ndef f(): ...\n",
        "kb/one.md": None,
    }
    assert set(loaded.file_hashes) == set(loaded.files)
    assert len(loaded.hash) == 32
    assert loaded.text(loaded.document.steps["a"].prompt) == "Say {{ 'hello' }}\n"


def test_a_snapshot_loads_when_the_folder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    loaded = recipe(folder, BODY, **BESIDE)
    edited = load(folder / "recipe.yaml", edits={"steps.b.top": 9})
    shutil.rmtree(folder)
    again = load_snapshot(str(folder / "recipe.yaml"), loaded.files, loaded.file_hashes)
    assert again.hash == loaded.hash
    assert again.document == loaded.document
    assert again.text(again.document.steps["a"].prompt) == "Say {{ 'hello' }}\n"
    edited_again = load_snapshot(
        str(folder / "recipe.yaml"), loaded.files, loaded.file_hashes, edits={"steps.b.top": 9}
    )
    assert edited_again.hash == edited.hash != loaded.hash


def test_a_snapshot_loads_under_another_name(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, BODY, **BESIDE)
    (tmp_path / "other.yaml").write_text((tmp_path / "recipe.yaml").read_text())
    assert load(tmp_path / "other.yaml").hash == loaded.hash
    again = load_snapshot(str(tmp_path / "other.yaml"), loaded.files, loaded.file_hashes)
    assert (again.hash, again.document) == (loaded.hash, loaded.document)


@pytest.mark.parametrize("name", ["p.md", "kb/one.md", "tools.py"])
def test_each_used_file_counts_for_the_identity(tmp_path: Path, name: str) -> None:
    before = recipe(tmp_path, BODY, **BESIDE).hash
    (tmp_path / name).write_text((tmp_path / name).read_text() + "\n# more\n")
    assert load(tmp_path / "recipe.yaml").hash != before


def test_other_files_do_not_count(tmp_path: Path) -> None:
    before = recipe(tmp_path, BODY, **BESIDE).hash
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "kb" / ".hidden").write_text("x")
    assert load(tmp_path / "recipe.yaml").hash == before


def reformatted(text: str, style: int) -> str:
    """The same content in another dress: block or flow style, other quotes, comments, blank lines."""
    data = read_text(text, "f").data
    if style == 0:
        return json.dumps(data)
    if style == 1:
        return json.dumps(data, indent=3).replace("\n", "\n\n")
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = style == 2
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = io.StringIO()
    yaml.dump(data, out)
    return "# another comment\n" + out.getvalue().replace("\n", "   # remark\n", 1 if style == 3 else 0)


@pytest.mark.parametrize("style", range(4))
def test_dress_does_not_count_for_the_identity(tmp_path: Path, style: int) -> None:
    path = write(tmp_path, EXAMPLE, **FILES)
    before = load(path)
    path.write_text(reformatted(path.read_text(), style))
    after = load(path)
    assert path.read_text() != before.files["recipe.yaml"]
    assert after.hash == before.hash
    assert after.document == before.document


def test_short_and_long_forms_are_the_same_recipe(tmp_path: Path) -> None:
    short = (
        "inputs: {i: string}\nmodels: {m: local/compose}\nsteps: {a: {prompt: '{{ i }}', on_fail: continue}}"
    )
    long = (
        "inputs: {i: {type: string}}\nmodels: {m: {candidates: [local/compose]}}\n"
        "steps: {a: {prompt: '{{ i }}', on_fail: [continue]}}"
    )
    assert recipe(tmp_path, short).hash == recipe(tmp_path, long).hash


@pytest.mark.parametrize(
    "change", [("steps.draft.prompt", "other"), ("steps.search.top", 6), ("inputs.customer.default", "C-2")]
)
def test_content_counts_for_the_identity(tmp_path: Path, change: tuple[str, Any]) -> None:
    path = write(tmp_path, EXAMPLE, **FILES)
    assert load(path, edits=dict([change])).hash != load(path).hash


def test_edits(tmp_path: Path) -> None:
    path = write(tmp_path, EXAMPLE, **FILES)
    edits = {
        "models.writer.candidates": ["local/lead"],
        "steps.draft.gate.words.at_most": 9,
        "budget.calls": 3,
        "models.sorter.candidates.1": "local/bayes2",
        "steps.draft.prompt": "{{ ticket }}",
        "inputs.customer": "string",
    }
    document = load(path, edits=edits).document
    assert document.models["writer"].candidates == ("local/lead",)
    assert document.models["sorter"].candidates == ("local/bayes", "local/bayes2")
    assert document.steps["draft"].gate is not None
    assert document.steps["draft"].gate.words is not None
    assert document.budget is not None
    assert document.budget.calls == 3
    assert document.inputs["customer"].required


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            {"steps.darft.prompt": "x"},
            "steps.darft.prompt cannot be set: there is no step darft (did you mean draft?)",
        ),
        (
            {"models.riter": "x/y"},
            "models.riter cannot be set: there is no model riter (did you mean writer?)",
        ),
        ({"steps.draft.prompt.x": 1}, "steps.draft.prompt.x cannot be set: steps.draft.prompt holds no keys"),
        ({"models.writer.candidates.7": "x/y"}, "a number from 0 to 1 is expected, not 7"),
        ({"steps.draft.promt": "x"}, "unknown key promt in draft (did you mean prompt?)"),
        ({"steps.draft.prompt": "{{ nope }}"}, "nope is not known here"),
        ({"steps.search.top": "x"}, 'top must be a whole number, not the text "x"'),
        ({"": 1}, "unknown key"),
        ({"steps.draft.prompt": "\ud800"}, "surrogates not allowed"),
        ({"steps": 1}, "steps must be keys with values"),
    ],
)
def test_wrong_edits_are_refused(tmp_path: Path, edit: dict[str, Any], expected: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load(write(tmp_path, EXAMPLE, **FILES), edits=edit)
    assert expected in str(caught.value)


def test_find(tmp_path: Path) -> None:
    path = tmp_path / "recipes" / "triage"
    path.mkdir(parents=True)
    write(path, "steps: {a: {set: {x: 1}}}")
    for reference in ("triage", "recipes/triage", "recipes/triage/recipe.yaml", str(path)):
        assert find(reference, tmp_path) == path / "recipe.yaml"
    with pytest.raises(UsageError) as caught:
        find("triaje", tmp_path)
    assert (caught.value.message, caught.value.hint) == ("there is no recipe triaje", "did you mean triage?")
    with pytest.raises(UsageError, match=r"recipes holds no recipe.yaml"):
        find("recipes", tmp_path)
    for odd in ("a\x00b", "x" * 5000, "~nobody/x", ""):
        with pytest.raises(UsageError):
            find(odd, tmp_path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="the recipe cannot be read: no such file or directory"):
        load(tmp_path / "recipe.yaml")
    (tmp_path / "recipe.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="not UTF-8"):
        load(tmp_path)
    with pytest.raises(RecipeError, match="the record holds no text"):
        load_snapshot("r/recipe.yaml", {}, {})


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("text,label\na,b\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    body = "models: {m: a/b}\ndata: {d: {file: link.csv}}\nsteps: {a: {classify: x, examples: d}}"
    with pytest.raises(RecipeError, match="leads out of the recipe's folder"):
        recipe(inside, body)


WHOLE: dict[str, Any] = read_text(HEAD + EXAMPLE.lstrip("\n"), "f").data


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(item, (*path, key))
    return found


ODD = st.sampled_from(
    [
        None, True, 0, -1, 1.5, 10**20, "", "x", "{{ ticket }}", "{{ nope.x }}", "{{ a b", "{% if", [], [1],
        ["x", "x"], {}, {"x": 1}, {"file": "../x"}, {"file": "none"}, {"type": 5}, "../..", "a\x00b",
        "\u202e",
        "x" * 5000, [[[]]], {"steps": {}}, "tools.py:find_account", "data/kb", "ticket", "kind", "__class__",
        "{{ ticket.__class__ }}",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(places(WHOLE)), ODD, st.sampled_from(["set", "drop", "rename"])), max_size=4
    )
)
def test_no_mutation_crashes_the_check(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any, str]]
) -> None:
    """However wrong a recipe is, the answer is a list of problems with places in the file."""
    data = copy.deepcopy(WHOLE)
    for path, odd, kind in changes:
        holder: Any = data
        try:
            for part in path[:-1]:
                holder = holder[part]
            if kind == "set":
                holder[path[-1]] = copy.deepcopy(odd)
            else:
                value = holder.pop(path[-1])
                if kind == "rename" and isinstance(holder, dict):
                    holder[str(odd)[:70]] = value
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    target = write(tmp_path, "", **FILES)
    target.write_text(json.dumps(data, indent=1))
    for problem in check(target):
        assert problem.message
        assert problem.line >= (1 if problem.file == str(target) else 0)


TEXT = HEAD + EXAMPLE.lstrip("\n")
SPLICED = st.sampled_from(
    [
        "{", "}", "[", "]", ": ", "- ", "\n", "  ", "'", '"', "|", "{{ ", "}}", "{% for x in ", "%}", "#",
        "&a", "*a", "!", "5", "null", ".text", "item", "kind", "choose", "steps", "each: ", "gate: ", "\t",
        "é", "-1", "\u202e", "|join(",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 12), SPLICED), min_size=1, max_size=5))
def test_no_slip_of_the_pen_crashes_the_check(tmp_path: Path, slips: list[tuple[int, int, str]]) -> None:
    text = TEXT
    for at, removed, put in slips:
        text = text[:at] + put + text[at + removed :]
    target = write(tmp_path, "", **FILES)
    target.write_text(text, encoding="utf-8")
    lines = text.split("\n")
    for problem in check(target):
        if problem.file == str(target):
            assert 1 <= problem.line <= len(lines) + 1
            assert 1 <= problem.column <= max(map(len, lines)) + 2


def test_three_hundred_steps_load_soon(tmp_path: Path) -> None:
    steps = "".join(
        f"""
  step_{number}:
    if: kind.label != 'complaint'
    prompt: |
      Answer from these passages only.
      {{{{ kind.text }}}} {{{{ {f"step_{number - 1}" if number else "kind"}.text }}}}
    model: m
    gate: {{length: {{at_most: 1200}}}}
    on_fail: [revise, human]
"""
        for number in range(300)
    )
    path = write(
        tmp_path, "models: {m: a/b}\nsteps:\n  kind: {classify: x, into: [complaint, b], model: m}\n" + steps
    )
    began = time.process_time()
    loaded, problems = examine(path)
    assert loaded is not None
    assert problems == []
    assert time.process_time() - began < 10
