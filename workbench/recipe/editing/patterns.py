"""Patterns to start from: small recipes that run offline, and the verbs with a step to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.events import Json
from workbench.recipe.editing.places import all_steps, free_among, taken_names
from workbench.recipe.editing.renaming import rename_entry, rename_input, rename_step
from workbench.recipe.editing.steps import add_step
from workbench.recipe.editing.text_edit import TextEdit, apply
from workbench.recipe.editing.tree import EditError, draft
from workbench.recipe.editing.values import set_value
from workbench.recipe.model import MODEL_VERBS
from workbench.recipe.suggest import did_you_mean_or_list

FOLDER = Path(__file__).parent.parent / "patterns"
PLACEHOLDER = "pattern-name"
SHARED = ("inputs", "models", "data", "tools")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way to orchestrate, as a whole recipe that runs offline."""

    name: str
    about: str
    words: str
    """What people call it, for finding it by a description."""

    @property
    def folder(self) -> Path:
        """Where its files stand."""
        return FOLDER / self.name

    @property
    def text(self) -> str:
        """Its recipe."""
        return (self.folder / "recipe.yaml").read_text("utf-8")

    def files(self) -> dict[str, bytes]:
        """The files beside its recipe that its data sections name, by their name."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in found
            if path.parent != self.folder
        }


@dataclass(frozen=True, slots=True)
class VerbChoice:
    """A verb, what it does, and a step to begin with."""

    verb: str
    about: str
    step: Mapping[str, Json]


PATTERNS = (
    Pattern("sequence", "Steps one after the other, each reading the one before.",
            "sequence chain pipeline then after summarize shorten headline summary sum up"),
    Pattern("fan-out", "Several looks at one text at the same time, joined into one result.",
            "parallel fan out join at the same time several extract facts fields tone mood analyse review "
            "report combine"),
    Pattern("route", "Sort into a class, and go another way for each.",
            "route classify class sort triage branch conditional category kind intent ticket message mail "
            "email spam label"),
    Pattern("draft-check-revise", "Write, check, send back with the reasons, until it passes.",
            "draft check revise write improve loop iterate until good notice text edit rewrite quality "
            "letter post"),
    Pattern("delegate", "A plan of parts, a specialist for each, one answer from all.",
            "delegate plan specialists split parts subtasks questions research synthesis hierarchical team"),
    Pattern("retrieve-answer-verify", "Find passages, answer from them only, verify, or ask a person.",
            "retrieve search answer question knowledge base documents notes passages grounded verify rag faq "
            "human person support customer"),
)  # fmt: skip

VERBS = (
    VerbChoice("prompt", "Ask a model in words.", {"prompt": "Say what to do.\n\n{{ input }}\n"}),
    VerbChoice("agent", "A model that calls tools until it can answer.",
               {"agent": "{{ input }}", "tools": ["tool"]}),
    VerbChoice("classify", "Sort a text into labels.", {"classify": "{{ input }}", "into": ["yes", "no"]}),
    VerbChoice("extract", "Turn a text into fields.", {"extract": "{{ input }}", "output": {"date": "date"}}),
    VerbChoice("retrieve", "Find passages in a data source.",
               {"retrieve": "{{ input }}", "from": "data", "top": 3}),
    VerbChoice("judge", "Score a text by a rubric.",
               {"judge": "{{ input }}", "rubric": "It answers the question."}),
    VerbChoice("tool", "Call a function in tools.py.", {"tool": "tool", "with": {}}),
    VerbChoice("human", "Ask a person.",
               {"human": "Please decide.\n\n{{ input }}\n", "choices": ["yes", "no"]}),
    VerbChoice("set", "Work out values; asks nobody.", {"set": {"value": "{{ input }}"}}),
    VerbChoice("recipe", "Run another recipe as one step.", {"recipe": "part.yaml", "with": {}}),
    VerbChoice("steps", "A group of steps.", {"steps": {"first": {"set": {"value": "{{ input }}"}}}}),
    VerbChoice("choose", "One of several ways.",
               {"choose": [{"when": "true", "set": {"value": "{{ input }}"}}],
                "else": {"set": {"value": ""}}}),
)  # fmt: skip


def patterns() -> tuple[Pattern, ...]:
    """All patterns."""
    return PATTERNS


def pattern(name: str) -> Pattern:
    """The pattern of this name; EditError with the nearest otherwise."""
    for each in PATTERNS:
        if each.name == name:
            return each
    raise EditError(
        f"there is no pattern {name}", hint=did_you_mean_or_list(name, [each.name for each in PATTERNS])
    )


@cache
def known_verbs() -> frozenset[str]:
    """The verbs that the language has."""
    from workbench.recipe.model import VERBS as known

    return frozenset(known)


def palette(text: str = "", *, after: str | None = None) -> tuple[VerbChoice, ...]:
    """Every verb with a step to begin with, which fits the recipe: it reads what there is to read.

    It mentions the step ``after``, else the last input; sources, tools and roles are those there are.
    """
    data = _data(text)
    return tuple(
        VerbChoice(each.verb, each.about, _fitted(each, data, after))
        for each in VERBS
        if each.verb in known_verbs()
    )


def insert_pattern(text: str, name: str, *, after: str | None = None) -> list[TextEdit]:
    """The edits that add a pattern's steps, with the inputs, roles and sources they need.

    What the recipe has already is used: an input or a role of the same name, or the only one there is.
    ``pattern(name).files()`` are the files that new sources name.
    """
    at = draft(text)
    fitted, shared = _named_to_fit(pattern(name).text, at.data if isinstance(at.data, dict) else {})
    new, behind = at.text, after
    whole = draft(fitted).data
    for section in SHARED:
        for key, value in (whole.get(section) or {}).items():
            if (section, key) not in shared:
                new = apply(new, set_value(new, (section, key), value))
    for path, step in all_steps(whole):
        if len(path) == 2:
            key = str(path[1])
            new = apply(new, add_step(new, key, step, after=behind))
            behind = key
    if not (at.data or {}).get("outputs"):
        new = apply(new, set_value(new, ("outputs",), whole["outputs"]))
    return at.edits(new)


def _named_to_fit(fragment: str, data: Mapping[str, Any]) -> tuple[str, set[tuple[str, str]]]:
    """The pattern with names that are free, and which entries the recipe has already."""
    shared: set[tuple[str, str]] = set()
    own = draft(fragment).data
    taken = taken_names(data) | taken_names(own)
    steps = taken_names(data)
    for name in list(own["steps"]):
        if name in steps:
            free = free_among(taken, name)
            taken.add(free)
            fragment = apply(fragment, rename_step(fragment, name, free).edits)
    for section in SHARED:
        there = data.get(section)
        for name in list(own.get(section) or ()):
            target = _matching(name, there if isinstance(there, dict) else {}, section)
            if target is None:
                continue
            shared.add((section, target))
            if target != name and section == "inputs":
                fragment = apply(fragment, rename_input(fragment, name, target).edits)
            elif target != name and target not in draft(fragment).data[section]:
                fragment = apply(fragment, rename_entry(fragment, section, name, target))
    return fragment, shared


def _matching(name: str, there: Mapping[str, Any], section: str) -> str | None:
    """The entry to use in place of a pattern's: of the same name, or the only input of texts."""
    if name in there:
        return name
    texts = [key for key, value in there.items() if _is_text(value)]
    return texts[0] if section == "inputs" and len(texts) == 1 else None


def _is_text(spec: Any) -> bool:
    return spec == "string" or (isinstance(spec, dict) and spec.get("type", "string") == "string")


def _data(text: str) -> dict[str, Any]:
    try:
        data = draft(text).data
    except EditError:
        return {}
    return data if isinstance(data, dict) else {}


def _fitted(choice: VerbChoice, data: Mapping[str, Any], after: str | None) -> dict[str, Json]:
    inputs = list(data.get("inputs") or ())
    step = {str(path[-1]): value for path, value in all_steps(data)}.get(str(after).rpartition("/")[2])
    mention = _mention(str(after).rpartition("/")[2], step) if step else inputs[-1] if inputs else "input"
    fitted: dict[str, Json] = _replaced(dict(choice.step), mention)
    for key, section in (("from", "data"), ("tool", "tools"), ("tools", "tools")):
        there = list(data.get(section) or ())
        if key in fitted and there:
            fitted[key] = there if key == "tools" else there[0]
    roles = list(data.get("models") or ())
    if choice.verb in MODEL_VERBS and len(roles) > 1:
        fitted["model"] = roles[-1]
    return fitted


def _mention(name: str, step: Mapping[str, Any]) -> str:
    """What to read of a step: its text, or all of it."""
    texts = ("prompt", "agent", "classify", "extract", "retrieve", "tool", "human", "judge")
    return f"{name}.text" if any(verb in step for verb in texts) and "each" not in step else name


def _replaced(value: Any, mention: str) -> Any:
    if isinstance(value, str):
        return value.replace("{{ input }}", f"{{{{ {mention} }}}}")
    if isinstance(value, Mapping):
        return {key: _replaced(item, mention) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [_replaced(item, mention) for item in value]
    return value
