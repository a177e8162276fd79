"""What could stand at the cursor: keys, names, models, and what templates may mention."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from workbench.errors import ERROR_CLASSES
from workbench.recipe.editing.form import in_order, kind_at
from workbench.recipe.editing.line_end import KEY, MODEL, last_chain, last_name, last_of
from workbench.recipe.editing.outline import outline, place_in
from workbench.recipe.editing.places import document_path
from workbench.recipe.model import VERBS, FailAction, InputType, Policy
from workbench.recipe.output_schema import TYPES
from workbench.recipe.recipe import Recipe
from workbench.recipe.shapes import COMMON, RESULTS, input_shape, result_shape, walk
from workbench.recipe.source import Path
from workbench.recipe.step_rules import BELONGS
from workbench.recipe.vocabulary import FILTERS
from workbench.recipe.wording import keys_at

EXPRESSIONS = ("if", "when", "until", "each", "expr")
KEY_LINE = re.compile(r"""( *+)((?:- ++)*+)["']?([^\s"'#:{}\[\],][^"'#:{}\[\],]*+)["']?\s*+:(?:\s+(.*)|$)""")
"""A key at the beginning of a line; nothing is read twice, however long the line is."""
MOST = 60


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that could stand here: it replaces the characters from ``start_column`` to the cursor."""

    text: str
    detail: str
    start_column: int


@dataclass(frozen=True)
class _Names:
    """What the text declares, by section; read line by line."""

    sections: dict[str, dict[str, str]]

    def of(self, section: str) -> Iterator[tuple[str, str]]:
        yield from self.sections.get(section, {}).items()


def complete(
    text: str, line: int, column: int, *, models: Sequence[str] = (), recipe: Recipe | None = None
) -> list[Completion]:
    """What could stand at a cursor; line and column count from 1, the cursor stands before ``column``.

    ``models`` are those to be had, as ``provider/model``; ``recipe`` the last one that was read: it knows
    what steps leave behind.  The text need not be good YAML.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not 1 <= line <= len(lines):
        return []
    before = lines[line - 1][: column - 1]
    path, in_value = _context(lines, line - 1, before)
    names = _names(lines, text)
    inside = _expression(lines, line - 1, before, path, in_value)
    if inside is not None:
        return _ranked(_mentions(inside, names, recipe, _own(text, line)), inside, column)
    if in_value:
        word = before[last_of(before, MODEL) :]
        return _ranked(_values(path, names, models), word, column)
    word = before[last_of(before, KEY) :]
    there = {each.strip() for each in before.split(":")}
    return _ranked(_keys(path, there), word, column)


def _ranked(found: Iterable[tuple[str, str]], typed: str, column: int) -> list[Completion]:
    """Those that begin with what is typed first, then those that hold it."""
    part = typed.rpartition(".")[2] if last_chain(typed) else typed
    known = dict(found)
    begin = [name for name in known if name.lower().startswith(part.lower())]
    hold = [name for name in known if part.lower() in name.lower() and name not in begin]
    return [Completion(name, known[name], column - len(part)) for name in (*begin, *hold)][:MOST]


def _context(lines: list[str], number: int, before: str) -> tuple[Path, bool]:
    """The path of the collection the cursor is in (or of the key whose value it is in), by indentation."""
    match = KEY_LINE.match(before)
    indent = len(before) - len(before.lstrip(" "))
    path: list[str | int] = []
    in_value = False
    column = indent
    if match is not None:
        column = len(match.group(1)) + len(match.group(2))
        path, in_value = _within(match.group(3).rstrip(), match.group(4) or "")
    elif before.strip().startswith("- "):
        column = indent + 2
        rest = before.strip()[2:]
        in_value = not (rest and last_name(rest) == rest) or bool(_section_of_items(lines, number, indent))
    outer: list[str | int] = []
    for above in range(number - 1, -1, -1):
        found = KEY_LINE.match(lines[above])
        if found is None:
            continue
        at = len(found.group(1)) + len(found.group(2))
        dash = bool(found.group(2))
        if at < column or (dash and len(found.group(1)) < column and at == column and match is None):
            outer.append(found.group(3).rstrip())
            column = len(found.group(1)) if dash else at
            if at == 0:
                break
    return (*reversed(outer), *path), in_value


def _section_of_items(lines: list[str], number: int, indent: int) -> str:
    """The key whose list item the cursor is in, when it is a list of words."""
    for above in range(number - 1, -1, -1):
        found = KEY_LINE.match(lines[above])
        if found is not None and len(found.group(1)) < indent + 1:
            return (
                found.group(3).rstrip()
                if found.group(3).rstrip() in ("candidates", "needs", "on_fail", "on")
                else ""
            )
    return ""


def _within(key: str, rest: str) -> tuple[list[str | int], bool]:
    """The path within a line behind its key, through brackets: ``gate: {grounded: {in: `` is a value."""
    path: list[str | int] = [key]
    stack: list[str] = []
    current = ""
    in_value = True
    quote = ""
    for character in rest:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not current:
            quote = character
        elif character in "{[":
            stack.append(character)
            in_value, current = character == "[", ""
        elif character in "}]" and stack:
            if stack.pop() == "{" and len(path) > len(stack) + 1:
                path.pop()
            current = ""
        elif character == ":" and stack and stack[-1] == "{" and not in_value:
            path.append(current.strip())
            current, in_value = "", True
        elif character == ",":
            if stack and stack[-1] == "{" and in_value:
                path.pop()
                in_value = False
            current = ""
        else:
            current += character
    return path, in_value


def _expression(lines: list[str], number: int, before: str, path: Path, in_value: bool) -> str | None:
    """What is typed of an expression so far, when the cursor stands in one."""
    open_at = max(before.rfind("{{"), before.rfind("{%"))
    if open_at >= 0 and not re.search(r"[%}]\}", before[open_at:]):
        return _chain(before[open_at + 2 :])
    if in_value and path and path[-1] in EXPRESSIONS:
        return _chain(before)
    return None


def _chain(before: str) -> str:
    chain = last_chain(before)
    return ".".join((*chain[0], chain[1])) if chain is not None else last_name(before)


def _own(text: str, line: int) -> str:
    place = place_in(outline(text), line)
    return place.path if place is not None else ""


def _names(lines: list[str], text: str) -> _Names:
    sections: dict[str, dict[str, str]] = {"steps": {}}
    section, indent = "", -1
    for line in lines:
        match = KEY_LINE.match(line)
        if match is None:
            continue
        at = len(match.group(1))
        if at == 0:
            section, indent = match.group(3).rstrip(), -1
            sections.setdefault(section, {})
            if (match.group(4) or "").startswith("{"):
                found = re.findall(r"[{,]\s*([A-Za-z_][A-Za-z0-9_]*)\s*:", match.group(4))
                sections[section].update(dict.fromkeys(found, section))
        elif section and section != "steps" and (indent < 0 or at == indent):
            indent = at
            sections[section][match.group(3).rstrip()] = (match.group(4) or "").strip()[:MOST]
    for step in outline(text):
        if "choose[" not in step.name and step.name != "else":
            sections["steps"][step.path] = step.verb
    return _Names(sections)


def _mentions(typed: str, names: _Names, recipe: Recipe | None, own: str) -> Iterator[tuple[str, str]]:
    """Names of inputs and steps, and behind a dot what they have."""
    chain = last_chain(typed)
    if chain is not None:
        yield from _parts(list(chain[0]), names, recipe)
        return
    for name, detail in names.of("inputs"):
        yield name, f"input {detail}".strip()
    inner = own.rpartition("/")[0]
    for path, verb in names.of("steps"):
        level, _, name = path.rpartition("/")
        if path != own and (not level or level == inner or inner.startswith(f"{level}/")):
            yield name, f"step, {verb}" if verb else "step"
    yield from _inner_names(recipe, own)
    for name in sorted(FILTERS):
        yield name, "filter"


def _inner_names(recipe: Recipe | None, own: str) -> Iterator[tuple[str, str]]:
    """What the items and passes of a step, and of the groups around it, bring."""
    steps = recipe.document.steps if recipe is not None else {}
    found: dict[str, str] = {}
    for name in own.split("/"):
        step = steps.get(name)
        if step is None:  # a step that was not read yet: all that it could have
            found = {"item": "inside each", "loop": "inside each and repeat", "previous": "inside repeat"}
            break
        if step.each is not None:
            found |= {step.as_: f"one of {step.each}"[:MOST], "loop": "loop.index, from 1"}
        if step.repeat is not None:
            found |= {"previous": "the pass before, or none", "loop": "loop.index, from 1"}
        steps = step.steps or {}
    yield from found.items()


def _parts(chain: list[str], names: _Names, recipe: Recipe | None) -> Iterator[tuple[str, str]]:
    step = recipe.document.steps.get(chain[0]) if recipe is not None else None
    if step is not None:
        shape = walk(result_shape(step), chain[1:]).shape
        yield from ((name, each.kind) for name, each in (shape.fields or {}).items())
        return
    spec = recipe.document.inputs.get(chain[0]) if recipe is not None else None
    if spec is not None:
        fields = walk(input_shape(spec), chain[1:]).shape.fields or {}
        yield from ((name, each.kind) for name, each in fields.items())
        return
    verb = dict(names.of("steps")).get(chain[0])
    if verb and len(chain) == 1:
        for name, each in {**RESULTS.get(verb, {}), **COMMON}.items():
            yield name, each.kind


def _keys(path: Path, there: set[str]) -> Iterator[tuple[str, str]]:
    """The keys that may stand in a collection; for a step, its verbs first."""
    kind = kind_at(path)
    if kind == "names":
        return
    for key in in_order(kind, keys_at(path)):
        if key not in there:
            yield key, _about_key(key) if kind == "step" else ""


def _about_key(key: str) -> str:
    """What a key of a step is: a verb, or of which verbs."""
    if key in VERBS:
        return "verb"
    owners = BELONGS.get(key, frozenset())
    return f"of {', '.join(sorted(owners))}" if 0 < len(owners) < len(VERBS) // 2 else ""


def _values(path: Path, names: _Names, models: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values that may stand behind a key."""
    key = str(path[-1]) if path else ""
    in_step = bool(path) and path[0] == "steps"
    fixed: dict[str, Iterable[Any]] = {
        "schema": ("workbench/v1",),
        "policy": get_args(Policy),
        "on_fail": get_args(FailAction),
        "keep": ("best", "last"),
        "on": ERROR_CLASSES,
        "on_exceed": ("stop", "ask", "cheaper"),
        "effects": ("true", "false"),
    }
    if key in fixed:
        yield from ((str(value), "") for value in fixed[key])
    elif key == "type" or (path[:1] == ("inputs",) and len(path) == 2):
        yield from ((value, "") for value in get_args(InputType))
    elif in_step and len(path) > 2 and path[-2] == "output":
        yield from ((value, "") for value in TYPES)
    elif key in ("candidates", "else") or (path[:1] == ("models",) and len(path) == 2):
        yield from ((model, "model") for model in models)
    elif in_step and key == "model":
        yield from ((name, f"role {detail}".strip()) for name, detail in names.of("models"))
        yield from ((model, "model") for model in models)
    elif in_step and key in ("from", "examples"):
        yield from ((name, f"data {detail}".strip()) for name, detail in names.of("data"))
    elif in_step and key in ("tool", "tools"):
        yield from ((name, "tool") for name, _ in names.of("tools"))
    elif in_step and key in ("needs", "in"):
        yield from ((path, f"step, {verb}") for path, verb in names.of("steps") if "/" not in path)
        if key == "in":
            yield from ((name, "input") for name, _ in names.of("inputs"))


def step_path_at(text: str, line: int) -> Path:
    """The path in the document of the step that holds a line; empty between steps."""
    place = place_in(outline(text), line)
    return document_path(place.path) if place is not None else ()
