"""Recipes within recipes: what goes in, what comes out, whose names hold where."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.recipe.editing.kit import done
from tests.recipe.kit import errors, recipe
from workbench.recipe.editing.extracting import extract_recipe
from workbench.recipe.editing.reading import read
from workbench.recipe.editing.tree import EditError
from workbench.recipe.load import load, load_snapshot
from workbench.study.bench import Bench

PART = """\
schema: workbench/v1
name: part
inputs: {question: {type: string, labels: [customer]}, top: {type: integer, default: 2}}
models: {writer: local/digest}
steps:
  gist: {prompt: "Sum this up in two sentences.\\n\\n{{ question }}"}
outputs: {answer: "{{ gist.text }}", top: "{{ top }}"}
"""
MAIN = """
inputs: {text: string, question: {type: string, default: none}}
models: {writer: local/lead}
steps:
  short: {recipe: part.yaml, with: {question: "{{ text }}"}}
  last: {prompt: "Sum this up in one sentence.\\n\\n{{ short.outputs.answer }}"}
outputs: {short: "{{ short.outputs.answer }}", last: "{{ last.text }}", top: "{{ short.outputs.top }}"}
"""
TEXT = "The shop is open on Monday. It closes at six in the evening. Dogs are welcome inside."


def test_a_part_is_recorded_under_its_step_and_uses_its_own_roles(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, MAIN, part_dot_yaml=PART)

    async def go() -> None:
        bench = Bench.open(tmp_path, tmp_path / "local.db", offline=True)
        try:
            result = await bench.run(loaded, {"text": TEXT})
            assert (result.status, result.outputs["top"]) == ("done", 2)
            rows = {row.path: row for row in bench.reader.steps(result.run)}
            assert set(rows) == {"short", "short/gist", "last"}
            assert str(rows["short/gist"].model).startswith("local/digest")
            assert str(rows["last"].model).startswith("local/lead")
            replayed = await bench.replay(result.run)
            assert replayed.outputs == result.outputs
            assert bench.reader.run(replayed.run).calls == 0 or bench.reader.run(replayed.run).cost_nano == 0
        finally:
            await bench.close()

    asyncio.run(go())


def test_the_part_belongs_to_the_identity_and_the_snapshot(tmp_path: Path) -> None:
    loaded = recipe(tmp_path, MAIN, part_dot_yaml=PART)
    assert loaded.files["part.yaml"] == PART
    again = load_snapshot(str(loaded.path), loaded.files, loaded.file_hashes)
    assert again.hash == loaded.hash and again.document == loaded.document
    (tmp_path / "part.yaml").write_text(PART.replace("two", "three"))
    assert load(loaded.path).hash != loaded.hash


@pytest.mark.parametrize(
    ("main", "part", "message"),
    [
        ("steps:\n  a: {recipe: part.yaml}\n", PART, "the input question of part is missing"),
        ("steps:\n  a: {recipe: part.yaml, with: {question: x, tpo: 1}}\n", PART, "part has no input tpo"),
        ("steps:\n  a: {recipe: other.yaml}\n", PART, "other.yaml cannot be read"),
        ("steps:\n  a: {recipe: ../part.yaml}\n", PART, "recipe cannot be"),
        ("steps:\n  a: {recipe: part.yaml, with: {question: x}}\noutputs: {o: '{{ a.outputs.anser }}'}\n",
         PART,
         "a.outputs has no anser (did you mean answer?)"),
        ("steps:\n  a: {recipe: part.yaml}\n",
         "schema: workbench/v1\nname: p\nsteps:\n  b: {recipe: recipe.yaml}\n",
         "these recipes run each other: recipe.yaml → part.yaml → recipe.yaml"),
        ("steps:\n  a: {recipe: part.yaml}\n", "schema: workbench/v1\nname: p\nsteps:\n  b: {humna: x}\n",
         "unknown key humna"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(main: str, part: str, message: str, tmp_path: Path) -> None:
    found = errors(tmp_path, main, part_dot_yaml=part)
    assert any(message in each for each in found), found


def test_parts_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    files = {}
    for level in range(12):
        name = f"p{level + 1}.yaml"
        steps = "".join(f"  s{number}: {{recipe: {name}}}\n" for number in range(10))
        files[f"p{level}_dot_yaml"] = f"schema: workbench/v1\nname: p\nsteps:\n{steps}"
    files["p12_dot_yaml"] = "schema: workbench/v1\nname: p\nsteps:\n  a: {set: {v: 1}}\n"
    begin = time.process_time()
    found = errors(tmp_path, "steps:\n  a: {recipe: p0.yaml}\n", **files)
    assert any("more than 5,000 steps" in each for each in found), found
    assert time.process_time() - begin < 10


def test_names_outside_do_not_reach_into_a_part(tmp_path: Path) -> None:
    # `question` is a step here and an input there: they wait for nothing of each other.
    main = MAIN.replace(", question: {type: string, default: none}", "").replace(
        "  last:", '  question: {set: {v: "{{ short.outputs.answer }}"}}\n  last:'
    )
    assert recipe(tmp_path, main, part_dot_yaml=PART).document.steps["short"].verb == "recipe"


WHOLE = """\
schema: workbench/v1
name: whole
inputs: {text: string}
models: {writer: local/lead}
steps:
  # first
  start: {set: {v: "{{ text }}"}}

  # to be taken out
  short:
    prompt: |   # the prompt
      Sum up in two sentences.

      {{ start.v }}
    gate: {length: {at_most: 500}}
    on_fail: continue
  head: {prompt: "Sum up in one sentence: {{ short.text }}"}

  end: {set: {v: "{{ head.text or short.text }}"}, needs: head}
outputs: {v: "{{ end.v }}", h: "{{ head.text }}"}
"""


def test_steps_taken_out_do_the_same_as_before(tmp_path: Path) -> None:
    taken = extract_recipe(WHOLE, ["short", "head"], "shorten")
    new = done(WHOLE, taken.edits)
    assert "# to be taken out\n  short:\n    prompt: |   # the prompt" in taken.text
    assert "# first" in new and "# to be taken out" not in new
    (tmp_path / taken.file).write_text(taken.text)
    reading = read(new, tmp_path)
    assert reading.recipe is not None and not reading.errors, reading.errors

    async def outputs(text: str) -> object:
        (tmp_path / "recipe.yaml").write_text(text)
        bench = Bench.open(tmp_path, tmp_path / "local.db", offline=True)
        try:
            return (await bench.run(load(tmp_path / "recipe.yaml"), {"text": TEXT})).outputs
        finally:
            await bench.close()

    assert asyncio.run(outputs(WHOLE)) == asyncio.run(outputs(new))


GROUPED = """\
schema: workbench/v1
name: grouped
inputs: {text: string}
steps:
  first: {set: {words: "{{ text | upper }}"}}
  g:
    steps:
      # the inner ones
      one: {set: {x: "{{ first.words }}!"}}
      two:
        set: {y: "{{ one.x }} {{ text }}"}   # both
  over:
    each: "[1, 2]"
    steps:
      show: {set: {z: "{{ item }} {{ g.two.y }}"}}
      plain: {set: {z: "{{ text }}"}}
      last: {set: {z: "{{ plain.z }} {{ show.z }}"}}
  pick:
    choose:
      - when: first.words
        steps:
          deep: {set: {v: "{{ g.one.x }}"}}
          deeper: {set: {v: "{{ deep.v }}?"}}
    else: {set: {v: none}}
outputs:
  all: "{{ g.two.y }} {{ over[1].last.z }} {{ pick.deeper.v }} {{ g.one.x }}"
"""


@pytest.mark.parametrize("taken", [["g/one"], ["g/two"], ["g/one", "g/two"], ["over/plain"],
                                   ["pick/choose[0]/deep"], ["over"], ["g"]])  # fmt: skip
def test_steps_are_taken_out_of_groups_too(taken: list[str], tmp_path: Path) -> None:
    made = extract_recipe(GROUPED, taken, "apart")
    (tmp_path / made.file).write_text(made.text)

    async def outputs(text: str) -> object:
        (tmp_path / "recipe.yaml").write_text(text)
        bench = Bench.open(tmp_path, tmp_path / "local.db", offline=True)
        try:
            return (await bench.run(load(tmp_path / "recipe.yaml"), {"text": TEXT})).outputs
        finally:
            await bench.close()

    assert asyncio.run(outputs(done(GROUPED, made.edits))) == asyncio.run(outputs(GROUPED))


def test_what_cannot_be_taken_out_says_why() -> None:
    with pytest.raises(EditError, match="there is no step nothing"):
        extract_recipe(WHOLE, ["nothing"], "x")
    with pytest.raises(EditError, match="they use item, known only inside over"):
        extract_recipe(GROUPED, ["over/show"], "x")
    with pytest.raises(EditError, match="stand side by side"):
        extract_recipe(GROUPED, ["over/show", "g"], "x")
    with pytest.raises(EditError, match="a branch cannot"):
        extract_recipe(GROUPED, ["pick/choose[0]"], "x")
    with pytest.raises(EditError, match="cannot be its name"):
        extract_recipe(WHOLE, ["short"], "head")


FILES = {
    "prompts/head.md": "Sum up in one sentence: {{ short.text }}\n",
    "prompts/end.md": "Say it again:\r\n{{ short.text }} {{ start.v }} shortly\r\n",
    "tests.yaml": "cases:\n  - name: one\n    inputs: {text: hi}\n    expect:\n"
    "      steps.short.text: {contains: hi}  # of the part\n      'steps.head.status': {equals: done}\n"
    "      steps.end.text: {contains: hi}\n",
}
IN_FILES = """\
schema: workbench/v1
name: whole
inputs: {text: string}
models: {writer: local/lead}
steps:
  start: {set: {v: "{{ text }}"}}
  short: {prompt: "Sum up: {{ start.v }}"}
  head: {prompt: {file: prompts/head.md}}
  end: {prompt: {file: prompts/end.md}}
"""


def test_prompts_in_files_and_tests_follow_steps_that_are_taken_out() -> None:
    made = extract_recipe(IN_FILES, ["short"], "part", FILES)
    assert made.text.rstrip().endswith('outputs:\n  short: "{{ short }}"')
    files = {name: done(FILES[name], edits) for name, edits in made.files.items()}
    assert files == {
        "prompts/head.md": "Sum up in one sentence: {{ part.outputs.short.text }}\n",
        "prompts/end.md": "Say it again:\r\n{{ part.outputs.short.text }} {{ start.v }} shortly\r\n",
        "tests.yaml": FILES["tests.yaml"].replace("steps.short.text", "steps.part.outputs.short.text"),
    }


def test_what_only_a_file_mentions_becomes_an_input_or_an_output_of_the_part() -> None:
    made = extract_recipe(IN_FILES, ["head", "end"], "part", FILES)
    assert "inputs:\n  start: {type: object}\n  short: {type: object}\n" in made.text
    assert 'head: "{{ head }}"' in made.text and 'end: "{{ end }}"' in made.text  # the tests expect them
    tests = done(FILES["tests.yaml"], made.files["tests.yaml"])
    assert "'steps.part.outputs.head.status'" in tests and " steps.part.outputs.end.text" in tests
    assert set(made.files) == {"tests.yaml"}


def test_a_prompt_that_both_sides_read_and_that_mentions_a_step_is_not_torn_apart() -> None:
    both = IN_FILES.replace("prompts/end.md", "prompts/head.md")
    with pytest.raises(EditError, match=r"prompts/head\.md is read on both sides"):
        extract_recipe(both, ["short", "head"], "part", FILES)
