"""The inspector's form: the fields of the part under the cursor, what each may hold, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workbench.recipe.model import VERBS, Gate
from workbench.recipe.source import Path
from workbench.tui import presentation as show
from workbench.tui.composing.outline import Item

Control = Literal[
    "text", "line", "number", "toggle", "choice", "many", "names", "role", "models", "step", "data", "tool",
    "gate", "value",
]  # fmt: skip
"""How a field is edited: a longer text, a line, a number, on or off, one of its choices, several of them,
names typed with commas; a role, models, a step, a data source, a tool of the recipe; a gate; any value."""

TEXTS = frozenset(
    {"prompt", "agent", "system", "human", "classify", "extract", "retrieve", "judge", "rubric"}
)
POLICIES = ("fixed", "rules", "cheapest", "fastest", "cascade", "split", "learned")
FAIL_ACTIONS = ("retry", "revise", "escalate", "human", "continue", "fail")
TYPES = ("string", "number", "integer", "boolean", "list", "object")
SHORT = {"input": "type", "role": "candidates", "tool": "python"}
"""Parts that may be written as a bare value, and the key that it stands for."""

ABOUT: Mapping[str, str] = {
    "about": "what it is for",
    "prompt": "what the model is asked",
    "agent": "what the model is to find out with its tools",
    "judge": "the text to score",
    "rubric": "what a good text is like",
    "system": "the model's standing instruction",
    "tools": "the tools the model may call",
    "at_most": "how often it asks its model",
    "classify": "the text to sort",
    "into": "the labels, with what each means",
    "examples": "a table of labelled texts",
    "extract": "the text to read the fields from",
    "output": "the fields of the answer and their types",
    "retrieve": "what to look for",
    "from": "the data source to search",
    "top": "how many documents",
    "tool": "the function to call",
    "human": "what the person is asked",
    "choices": "the answers to choose from",
    "model": "the role that answers",
    "if": "only when this holds",
    "each": "once for each item of this list",
    "as": "the name of each item",
    "at_once": "items at the same time",
    "needs": "steps that must come first",
    "timeout": "the longest it may take, as 20s",
    "on_fail": "what to do, in order, when it fails",
    "repeat.until": "until this holds (default: its gates pass)",
    "repeat.at_most": "passes at most",
    "repeat.keep": "the pass to keep",
    "labels": "marks that travel with what comes of it",
    "effects": "it changes something: never done twice silently",
    "candidates": "the models that may serve the role, in order",
    "policy": "how one of them is chosen",
    "fallback.on": "the errors after which the next one is asked",
    "at_least.confidence": "how sure an answer must be",
    "fit": "what to leave out of a request that is too long",
    "fallback.cooldown": "how long a model that failed rests, as 30s",
    "at_least.chance": "how likely a good answer must be, by the record",
    "weights": "the shares of a split, by model",
    "rules": "conditions on the inputs, each with its model",
    "params": "temperature, max_tokens, top_p, seed, stop",
    "budget.usd": "dollars it may cost",
    "budget.seconds": "seconds it may take",
    "type": "what kind of value",
    "default": "when nothing is given",
    "folder": "a folder, one document a file",
    "file": "a CSV, JSONL or text file",
    "glob": "which files of the folder",
    "python": "file.py:function",
}

WANTED: Mapping[str, tuple[str, ...]] = {
    "prompt": ("model", "prompt", "system"), "classify": ("model", "classify", "into", "examples"),
    "agent": ("model", "agent", "tools", "system", "at_most"),
    "judge": ("model", "judge", "rubric"),
    "extract": ("model", "extract", "output"), "retrieve": ("retrieve", "from", "top"),
    "tool": ("tool", "with"), "human": ("human", "choices"), "set": ("set",), "choose": ("choose",),
    "steps": (),
}  # fmt: skip
"""What the form of a step shows first, also where it is not set."""
ALWAYS = ("if", "on_fail")
MORE = (
    "about", "each", "as", "at_once", "repeat.until", "repeat.at_most", "repeat.keep", "needs", "timeout",
    "output", "budget.usd", "labels", "effects",
)  # fmt: skip
PARTS: Mapping[str, tuple[str, ...]] = {
    "recipe": ("name", "about", "budget.usd", "budget.seconds"),
    "input": ("type", "about", "default", "choices", "labels"),
    "role": ("candidates", "policy", "at_least.confidence", "fallback.on"),
    "data": ("folder", "file", "glob"),
    "tool": ("python", "about"),
}
MORE_PARTS: Mapping[str, tuple[str, ...]] = {
    "role": ("fit", "fallback.cooldown", "at_least.chance", "weights", "rules", "params", "budget.usd"),
    "data": ("labels",),
}
"""What can be added to other parts."""
CHOICE_ABOUT: Mapping[str, Mapping[str, str]] = {
    "policy": {
        "fixed": "the first; the next when it cannot answer",
        "rules": "by conditions on the inputs",
        "cheapest": "the one that should cost least",
        "fastest": "the one that should answer soonest",
        "cascade": "one after the other, until an answer is good enough",
        "split": "by shares, to compare them",
        "learned": "by what the record says of requests like it",
    },
    "on_fail": {
        "retry": "ask the same once more",
        "revise": "ask again with the answer and what is wrong with it",
        "escalate": "ask the role's next candidate",
        "human": "a person answers",
        "continue": "go on without: .failed is true",
        "fail": "the run fails",
    },
    "fit": {
        "fail": "too long for every window: the step fails",
        "drop_oldest": "leave out what is oldest",
        "drop_lowest": "leave out what scored lowest",
        "summarise": "let a model sum up what is oldest",
    },
    "repeat.keep": {"last": "the last pass", "best": "the pass with the best checks"},
}
"""What each choice of a field means."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: its name in the form, where its value stands, how it is edited and what it holds."""

    label: str
    path: Path
    control: Control
    value: Any = None
    given: bool = True
    choices: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """A word about it."""
        return ABOUT.get(self.label, "")

    @property
    def text(self) -> str:
        """The value on one line."""
        return value_text(self.value) if self.given else ""


def value_text(value: Any) -> str:
    """A value as the form shows it: lists with commas, maps as ``name: value``."""
    if isinstance(value, str):
        return show.one_line(value, 400)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {value_text(inner)}" for name, inner in value.items()) or "yes"
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(str(each) for each in value)
    return show.one_line(value, 400)


def fields_of(item: Item, value: Any) -> list[FieldRow]:
    """The rows of the form for a part whose value in the document is ``value``."""
    if item.kind == "step":
        return _step_fields(item, value if isinstance(value, dict) else {})
    if item.kind == "output":
        return [FieldRow("value", item.path, "line", value)]
    if item.kind == "section":
        return []
    rows = {} if item.kind == "recipe" else _plain(item, value)
    data = value if isinstance(value, dict) else {}
    for label in PARTS.get(item.kind, ()):
        rows.setdefault(label, _field(item, label, _at(data, label)))
    extra = [] if item.kind == "recipe" else [label for label in _leaves(data) if label not in rows]
    for label in extra:
        rows[label] = _field(item, label, _at(data, label))
    order = {label: number for number, label in enumerate(PARTS.get(item.kind, ()))}
    return sorted(rows.values(), key=lambda row: order.get(row.label, 99))


class _Absent:
    """In place of a value that is not there."""


ABSENT = _Absent()


def _plain(item: Item, value: Any) -> dict[str, FieldRow]:
    """A part written as a bare value: the one field that it stands for."""
    if isinstance(value, dict) or value is None:
        return {}
    label = SHORT.get(item.kind) or ("folder" if item.kind == "data" else "value")
    control, choices = _control(label, item.kind)
    return {label: FieldRow(label, item.path, control, value, True, choices)}


def _step_fields(item: Item, step: Mapping[str, Any]) -> list[FieldRow]:
    verb = next((each for each in VERBS if each in step), "")
    first = WANTED.get(verb, ())
    labels = list(first)
    labels = [each for label in labels for each in _opened(step, label)]
    gates = [f"gate.{name}" for name in step.get("gate") or ()] if isinstance(step.get("gate"), dict) else []
    rest = [label for label in _leaves(step) if label not in labels and not label.startswith("gate.")]
    rest = [label for label in rest if label.split(".")[0] not in ("steps", "choose", "else", *labels)]
    ordered = [*labels, *gates, *(label for label in ALWAYS if label not in rest), *rest]
    return [_field(item, label, _at(step, label)) for label in dict.fromkeys(ordered)]


def _opened(step: Mapping[str, Any], label: str) -> list[str]:
    """``with`` and ``set`` by their names; all else as it is."""
    inner = step.get(label)
    if label in ("with", "set") and isinstance(inner, Mapping) and inner:
        return [f"{label}.{name}" for name in inner]
    return [label]


def _field(item: Item, label: str, value: Any) -> FieldRow:
    control, choices = _control(label, item.kind)
    given = value is not ABSENT
    path = (*item.path, *label.split("."))
    return FieldRow(label, path, control, value if given else None, given, choices)


def _control(label: str, kind: str) -> tuple[Control, tuple[str, ...]]:
    if label.startswith("gate."):
        return "gate", ()
    if label in TEXTS:
        return "text", ()
    chosen: dict[str, tuple[Control, tuple[str, ...]]] = {
        "model": ("role", ()), "from": ("data", ()), "examples": ("data", ()), "tool": ("tool", ()),
        "needs": ("step", ()), "on_fail": ("many", FAIL_ACTIONS), "policy": ("choice", POLICIES),
        "type": ("choice", TYPES), "candidates": ("models", ()), "choices": ("names", ()),
        "effects": ("toggle", ()), "top": ("number", ()), "at_once": ("number", ()),
        "repeat.at_most": ("number", ()), "repeat.keep": ("choice", ("last", "best")),
        "budget.usd": ("number", ()), "budget.seconds": ("number", ()),
        "at_least.confidence": ("number", ()), "output": ("value", ()), "into": ("value", ()),
        "fallback.on": ("names", ()), "fit": ("choice", tuple(CHOICE_ABOUT["fit"])),
        "weights": ("value", ()), "rules": ("value", ()), "params": ("value", ()),
        "at_least.chance": ("number", ()), "labels": ("names", ()), "default": ("value", ()),
    }  # fmt: skip
    if kind == "step" and label == "type":
        return "line", ()
    return chosen.get(label, ("line", ()))


def _at(value: Any, label: str) -> Any:
    for part in label.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return ABSENT
        value = value[part]
    return value


def _leaves(value: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The dotted names of all that is set, opened as far as the form opens it."""
    for name, inner in value.items():
        label = f"{before}{name}"
        if isinstance(inner, Mapping) and inner and label in ("repeat", "gate", "with", "set", "at_least",
                                                              "fallback", "budget"):  # fmt: skip
            yield from _leaves(inner, f"{label}.")
        else:
            yield label


def gate_names() -> list[str]:
    """The gates there are, by their names in a recipe."""
    return [field.alias or name for name, field in Gate.model_fields.items()]


GATE_DEFAULTS: Mapping[str, Any] = {
    "length": {"at_most": 1200}, "words": {"at_most": 200}, "score": {"at_least": 0.2}, "pii": {},
    "injection": {}, "is_json": True, "contains": "", "contains_any": [""], "starts_with": "",
    "regex": "", "equals": "", "expr": "",
}  # fmt: skip
"""What a gate is set to when it is added; those that need a step are filled in by it."""
GATE_ABOUT: Mapping[str, str] = {
    "grounded": "every sentence is supported by what a step found",
    "length": "characters, at least and at most",
    "words": "words, at least and at most",
    "pii": "no card numbers, ibans, social security numbers",
    "injection": "no instructions to a model hidden in it",
    "contains": "these words occur",
    "contains_any": "one of these words occurs",
    "starts_with": "it begins so",
    "regex": "a pattern is found in it",
    "equals": "it is exactly this",
    "is_json": "it is JSON",
    "schema": "its data fits a JSON schema",
    "similar": "it resembles a text",
    "score": "a score between two numbers",
    "expr": "a condition holds",
    "rubric": "a judge finds it good, by your words",
    "python": "a function of yours says so, as checks.py:name",
    "toxicity": "no sentence of it is abusive",
    "latency": "it came soon enough, as at_most: 2s",
    "cost": "it cost no more, in dollars, as at_most: 0.01",
}
