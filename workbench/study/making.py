"""New recipes: from a pattern, from a past run, from a sentence.  Nothing is written before all is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import UsageError
from workbench.recipe.editing.patterns import PLACEHOLDER, Pattern, pattern, patterns
from workbench.recipe.editing.text_edit import apply
from workbench.recipe.editing.values import set_value

if TYPE_CHECKING:
    from workbench.ledger.reader import Reader
    from workbench.study.bench import Bench

Files = dict[str, bytes]
WORD = re.compile(r"[a-z]{3,}")
FENCE = re.compile(r"^```[\w-]*[ \t]*\r?\n(.*?)^```", re.DOTALL | re.MULTILINE)
LONGEST_ANSWER = 100_000
PLANNER = """\
schema: workbench/v1
name: planner
about: Writes a recipe from one sentence.
inputs: {sentence: string, like: string}
models: {planner: {candidates: [MODEL]}}
steps:
  plan:
    prompt: |
      Write a recipe for this job, as YAML in the language of the example, and nothing else.
      Use only the verbs, models, data and files of the example.

      The job: {{ sentence }}

      The example:
      {{ like }}
outputs: {text: "{{ plan.text }}"}
"""


def from_pattern(name: str, wanted: str) -> Files:
    """The files of a pattern, under the new name."""
    return _files(pattern(wanted), name)


def _files(found: Pattern, name: str) -> Files:
    paths = sorted(path for path in found.folder.rglob("*") if path.is_file())
    files = {path.relative_to(found.folder).as_posix(): path.read_bytes() for path in paths}
    text = files["recipe.yaml"].decode().replace(PLACEHOLDER, name)
    return {**files, "recipe.yaml": text.encode()}


def from_run(reader: Reader, name: str, reference: str) -> Files:
    """The recipe of a past run as it was; its data files come from its folder, which must still have them."""
    snapshot = reader.snapshot(reader.run(reference).id)
    folder = Path(snapshot.recipe_path).parent
    own = Path(snapshot.recipe_path).name
    files: Files = {}
    missing = []
    for file, text in snapshot.files.items():
        path = folder / file
        if text is not None:
            files["recipe.yaml" if file == own else file] = text.encode()
        elif path.is_file():
            files[file] = path.read_bytes()
        else:
            missing.append(file)
    if missing:
        raise UsageError(f"the data of run {snapshot.run} is gone: {', '.join(sorted(missing)[:5])}")
    text = files["recipe.yaml"].decode()
    return {**files, "recipe.yaml": apply(text, set_value(text, ("name",), name)).encode()}


def nearest(sentence: str) -> Pattern:
    """The pattern whose words a sentence shares most; UsageError when it shares none."""
    said = {_stem(word) for word in WORD.findall(sentence.lower())}
    scored = [(len(said & {_stem(word) for word in each.words.split()}), each) for each in patterns()]
    score, best = max(scored, key=lambda pair: pair[0])
    if not score:
        known = "; ".join(f"{each.name}: {each.about}" for each in patterns())
        raise UsageError("no pattern fits this sentence", hint=f"choose one with --pattern. {known}")
    return best


def _stem(word: str) -> str:
    return re.sub(r"(ing|ed|es|s|e)$", "", word)


def from_sentence(name: str, sentence: str) -> tuple[Files, str]:
    """The files of the pattern nearest to a sentence, and that pattern's name; nobody is asked."""
    found = nearest(sentence)
    files = _files(found, name)
    text = files["recipe.yaml"].decode()
    about = " ".join(sentence.split())
    return {**files, "recipe.yaml": apply(text, set_value(text, ("about",), about)).encode()}, found.name


async def planned(bench: Bench, name: str, sentence: str, model: str) -> tuple[Files, str]:
    """What a model made of a sentence, with the nearest pattern to go by; checked as any other recipe.

    The call is on record as a run of its own, so that what came is kept in any case; nothing of it is run.
    UsageError when the answer is no recipe that loads.
    """
    import tempfile

    from workbench.recipe.load import examine_text, load

    files, like = from_sentence(name, sentence)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        path.write_text(PLANNER.replace("MODEL", model), "utf-8")
        example = files["recipe.yaml"].decode()
        result = await bench.run(load(path), {"sentence": sentence, "like": example})
        if result.status != "done":
            raise UsageError(f"{model} gave no plan: {result.error}", hint=f"see workbench show {result.run}")
        kept = f"what came is kept: workbench show {result.run} plan"
        text = _answer(str(result.outputs.get("text") or ""), kept)
        for file, content in files.items():
            (Path(folder) / file).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / file).write_bytes(content)
        _, problems = examine_text(text, path)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        first = f"line {errors[0].line}: {errors[0].message}"
        raise UsageError(f"what {model} wrote is no recipe: {first}", hint=kept)
    return {**files, "recipe.yaml": apply(text, set_value(text, ("name",), name)).encode()}, like


def _answer(text: str, kept: str) -> str:
    """The recipe within an answer: the first fenced part that begins as one does, else all of it."""
    parts = FENCE.findall(text)
    found: str = next((part for part in parts if "schema:" in part), parts[0] if parts else text)
    if len(found) > LONGEST_ANSWER:
        raise UsageError("the answer is too long to be a recipe", hint=kept)
    return found


def write(folder: Path, files: Files) -> list[str]:
    """Write the files into ``folder``, which must not be there yet; their names."""
    try:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except FileExistsError:
        raise UsageError(
            f"{folder} is there already", hint="take another name; nothing was changed"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot make {folder}: {error.strerror}") from error
    return sorted(files)
