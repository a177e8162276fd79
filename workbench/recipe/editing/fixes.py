"""Problems that one key can mend: what to write instead, what to add, what to take out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from workbench.errors import Problem
from workbench.recipe.editing.beside import key_edit
from workbench.recipe.editing.form import key_order, kind_at
from workbench.recipe.editing.occurrences import document_of
from workbench.recipe.editing.outline import outline, place_in
from workbench.recipe.editing.places import document_path
from workbench.recipe.editing.steps import delete_step
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.editing.tree import Draft, EditError, draft
from workbench.recipe.editing.values import get_value, remove, set_value
from workbench.recipe.graph import waits
from workbench.recipe.recipe import Recipe
from workbench.recipe.shapes import COMMON
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean

FIRST_MODEL = "local/compose"
MEANT = re.compile(r"did you mean (.+)\?")
NAME = r"([A-Za-z][A-Za-z0-9_]*)"


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to mend a problem."""

    label: str
    edits: list[TextEdit]


PART = re.compile(r"\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)")
OF_STEPS = frozenset(
    {
        *COMMON, "text", "data", "label", "confidence", "scores", "documents", "result", "answer", "score",
        "reason", "outputs",
    }
)  # fmt: skip
"""What only steps leave behind."""


def fixes(text: str, problem: Problem, recipe: Recipe | None = None) -> list[Fix]:
    """The ways to mend a problem, the likeliest first; none when it takes thought.

    ``recipe`` is the last one that was read, if there is one.
    """
    found: list[Fix] = []
    for make in (_meant, _rules):
        try:
            found += make(text, problem)
        except (EditError, ValueError):
            continue
    if len(found) > 1 and _in_a_circle(text, problem):
        found.append(found.pop(0))
    return [fix for fix in found if fix.edits]


def _in_a_circle(text: str, problem: Problem) -> bool:
    """Whether the name that was perhaps meant is that of a step which waits for this one."""
    meant = MEANT.search(problem.suggestion)
    try:
        step = _step(text, problem)
        return meant is not None and len(step) > 1 and _waits_for(text, meant.group(1), str(step[1]))
    except EditError:
        return False


def _meant(text: str, problem: Problem) -> Iterator[Fix]:
    """Did-you-mean: the word that was meant in place of the one that stands there."""
    match = MEANT.search(problem.suggestion)
    if match is None or not problem.text or "\n" in problem.text:
        return
    start = _offset(text, problem.line, problem.column)
    wrong, right = problem.text.rpartition(".")[2], match.group(1)
    line_end = text.find("\n", start)
    at = text.find(wrong, start, line_end if line_end >= 0 else len(text))
    if at >= 0:
        yield Fix(f"write {right}", [TextEdit(at, at + len(wrong), right)])


def _rules(text: str, problem: Problem) -> Iterator[Fix]:
    for pattern, make in RULES:
        match = re.search(pattern, problem.message)
        if match is not None:
            yield from make(text, problem, match)


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return start + column - 1 + (text.startswith("\ufeff") and line == 1)


def _path(text: str, problem: Problem) -> Path:
    """The path of the key or value that stands where the problem is."""
    at: Draft = draft(text)
    offset = _offset(at.text, problem.line, problem.column)
    best: Path = ()
    for path, node in at.nodes.items():
        begin = node.key[0] if node.key is not None else node.start
        if begin <= offset <= max(node.end, begin) and len(path) >= len(best):
            best = path
    return best


def _step(text: str, problem: Problem) -> Path:
    place = place_in(outline(text), problem.line)
    return document_path(place.path) if place is not None else ()


def _misspelt(text: str, holder: Path, wanted: str) -> Iterator[Fix]:
    """A key that was meant to be the one that is missing."""
    at: Draft = draft(text)
    node = at.nodes.get(holder)
    for child in node.children if node is not None and node.kind == "mapping" else ():
        key = str(child.path[-1])
        if key not in key_order(kind_at(holder)) and did_you_mean(key, [wanted]):
            yield Fix(f"write {wanted}", at.original_edits([key_edit(at, child, wanted)]))


def _waits_for(text: str, name: str, other: str) -> bool:
    """Whether a step waits, over others too, for another one."""
    document = document_of(draft(text))
    waiting = waits(document.steps, {}) if document is not None else {}
    seen, ahead = set[str](), [name]
    while ahead:
        step = ahead.pop()
        if step == other:
            return True
        if step not in seen:
            seen.add(step)
            ahead += waiting.get(step, ())
    return False


def _unknown_name(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    name = match.group(1)
    part = PART.match(text, _offset(text, problem.line, problem.column) + len(name))
    if part is not None and part.group(1) in OF_STEPS:
        return  # a step that is not there: an input of this name would have no such part
    kind = "object" if part is not None else "string"
    yield Fix(f"add the input {name}", set_value(text, ("inputs", name), {"type": kind}))


def _unknown_role(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    name = match.group(1)
    yield Fix(f"add the role {name}", set_value(text, ("models", name), {"candidates": [FIRST_MODEL]}))


def _which_model(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    roles = get_value(text, ("models",))
    step = _step(text, problem)
    yield from _misspelt(text, step, "model")
    for role in roles if isinstance(roles, dict) else ():
        yield Fix(f"model: {role}", set_value(text, (*step, "model"), role))
    if not isinstance(roles, dict):
        yield Fix("add the role writer", set_value(text, ("models", "writer"), {"candidates": [FIRST_MODEL]}))


def _no_candidates(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    path = _path(text, problem)
    if path[:1] == ("models",) and len(path) > 1:
        yield from _misspelt(text, path[:2], "candidates")
        new = set_value(text, (*path[:2], "candidates"), [FIRST_MODEL])
        yield Fix(f"candidates: [{FIRST_MODEL}]", new)


def _no_second(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    path = _path(text, problem)
    if path[:1] == ("models",) and len(path) > 2:
        yield Fix("take out fallback", remove(text, (*path[:2], "fallback")))


def _unused_entry(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    path = _path(text, problem)
    if len(path) >= 2:
        yield Fix(f"take out {path[1]}", remove(text, path[:2]))


def _unused_step(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    name = match.group(1)
    place = place_in(outline(text), problem.line)
    if place is not None:
        yield Fix(f"delete {name}", delete_step(text, place.path))
        if isinstance(get_value(text, (*document_path(place.path), "set")), dict):
            return
        yield Fix(f"add the output {name}", set_value(text, ("outputs", name), f"{{{{ {name}.text }}}}"))


def _without_on_fail(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    step = _step(text, problem)
    data: Any = get_value(text, step)
    actions = ["revise", "human"] if {"prompt", "extract"} & set(data) else ["human"]
    if "retrieve" in data or "set" in data or "steps" in data:
        actions = []
    if actions:
        yield Fix(f"on_fail: [{', '.join(actions)}]", set_value(text, (*step, "on_fail"), actions))
    yield Fix("on_fail: continue", set_value(text, (*step, "on_fail"), "continue"))


def _both_write(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    name, other = match.groups()
    step = _step(text, problem)
    needs = get_value(text, (*step, "needs"))
    known = needs if isinstance(needs, list) else [needs] if isinstance(needs, str) else []
    yield Fix(f"{name} after {other}", set_value(text, (*step, "needs"), [*known, other]))


def _unknown_key(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    path = _path(text, problem)
    if path and path[-1] == match.group(1):
        yield Fix(f"take out {match.group(1)}", remove(text, path))


def _no_schema(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    yield Fix("schema: workbench/v1", set_value(text, ("schema",), "workbench/v1"))


def _no_else(text: str, problem: Problem, match: re.Match[str]) -> Iterator[Fix]:
    step = _step(text, problem)
    yield Fix("add else", set_value(text, (*step, "else"), {"set": {"text": ""}}))


Make = Callable[[str, Problem, re.Match[str]], Iterator[Fix]]
RULES: tuple[tuple[str, Make], ...] = (
    (rf"^{NAME} is not known here: no input", _unknown_name),
    (rf"^there is no role {NAME}", _unknown_role),
    (r"does not say which model$", _which_model),
    (r"candidates is (missing|empty)", _no_candidates),
    (r"^there is no second candidate to fall back to$", _no_second),
    (r"is used nowhere$", _unused_entry),
    (rf"^nobody reads {NAME}$", _unused_step),
    (r"has a gate and no on_fail", _without_on_fail),
    (rf"^{NAME} and {NAME} both have effects", _both_write),
    (rf"^unknown key {NAME}", _unknown_key),
    (r"^schema (and \w+ )?(is|are) missing", _no_schema),
    (r"is skipped when no branch holds$", _no_else),
)
"""Which problem, by its message, and how it is mended."""
