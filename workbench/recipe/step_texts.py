"""Every text of a step that mentions names: the one list that the graph and the check read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workbench.recipe.files import checked_name
from workbench.recipe.mentions import Mention
from workbench.recipe.model import FileText, Gate, Instead, Step
from workbench.recipe.source import Path
from workbench.recipe.template_syntax import Template, read_expression, read_template
from workbench.recipe.tokens import ExpressionSyntaxError

TEXT_KEYS = ("prompt", "agent", "classify", "extract", "judge", "rubric", "retrieve", "human", "system")
GATE_TEMPLATES = ("equals", "contains", "contains_any", "starts_with")

Files = Mapping[str, str | None]
"""Texts of a recipe's files by name."""
When = Literal["before", "item", "during", "until", "after"]
"""When a text is worked out: ``before`` the step; for an ``item`` of ``each``, before its passes; ``during``
a pass; ``until`` a pass was good, and ``after`` one: these two see the step's own result."""


@dataclass(frozen=True, slots=True)
class StepText:
    """One text: where it stands (``path`` from the step on), what it is, and which names it can see."""

    path: Path
    kind: Literal["template", "expression", "name"]
    text: str
    when: When = "during"
    file: str = ""
    """The file it was read from, when it does not stand in the recipe itself."""

    def read(self) -> Template | None:
        """The text taken apart; None for a bare name.  May raise ExpressionSyntaxError."""
        if self.kind == "name":
            return None
        return read_template(self.text) if self.kind == "template" else read_expression(self.text)

    def mentions(self) -> tuple[Mention, ...]:
        """What it mentions; nothing when it cannot be read (the check reports that)."""
        try:
            read = self.read()
        except ExpressionSyntaxError:
            return ()
        if read is None:
            return (self._named(),)
        return read.mentions

    def _named(self) -> Mention:
        """A bare name, or a dotted one, as a mention."""
        parts = tuple(self.text.split("."))
        offsets = tuple(len(".".join(parts[:number])) + (number > 0) for number in range(len(parts)))
        return Mention(parts, offsets, len(self.text))


def step_texts(step: Step, files: Files) -> Iterator[StepText]:
    """The texts of one step, without those of steps inside it."""
    for key in TEXT_KEYS:
        text = getattr(step, key)
        if isinstance(text, FileText):
            yield StepText((key, "file"), "template", _file_text(text.file, files), file=text.file)
        elif isinstance(text, str):
            yield StepText((key,), "template", text)
    if step.set is not None:
        yield from value_texts(step.set, ("set",))
    yield from value_texts(step.with_, ("with",))
    yield from value_texts(step.attach, ("attach",))
    if step.if_ is not None:
        yield StepText(("if",), "expression", step.if_, "item")
    if step.each is not None:
        yield StepText(("each",), "expression", step.each, "before")
    if step.repeat is not None and step.repeat.until is not None:
        yield StepText(("repeat", "until"), "expression", step.repeat.until, "until")
    for number, name in enumerate(step.needs):
        yield StepText(("needs", number), "name", name, "before")
    yield from _checks(step)
    for number, action in enumerate(step.fail_actions):
        if isinstance(action, Instead):
            yield from value_texts(action.fallback, ("on_fail", number, "fallback"))
    when = getattr(step, "when", None)
    if isinstance(when, str):
        yield StepText(("when",), "expression", when, "before")


def value_texts(value: Any, path: Path) -> Iterator[StepText]:
    """The templates within a value, as in ``set``, ``with`` and ``outputs``."""
    if isinstance(value, str):
        yield StepText(path, "template", value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from value_texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from value_texts(item, (*path, number))


def _checks(step: Step) -> Iterator[StepText]:
    for number, guard in enumerate(step.guard):
        yield from gate_texts(guard, ("guard", number), "during")
        if guard.in_ is not None:
            yield StepText(("guard", number, "in"), "name", guard.in_)
    if step.gate is not None:
        yield from gate_texts(step.gate, ("gate",), "after")


def gate_texts(gate: Gate, at: Path, when: When) -> Iterator[StepText]:
    """The texts of a gate; those of an output's gate are worked out ``after``, and see the step's result."""
    values: dict[Path, Any] = {(key,): getattr(gate, key) for key in GATE_TEMPLATES}
    values[("similar", "to")] = gate.similar.to if gate.similar is not None else None
    values[("rubric", "ask")] = gate.rubric.ask if gate.rubric is not None else None
    values[("python", "with")] = gate.python.with_ if gate.python is not None else None
    for keys, value in values.items():
        if value is None:
            continue
        for text in value_texts(value, (*at, *keys)):
            yield StepText(text.path, text.kind, text.text, when)
    if gate.grounded is not None:
        named: When = "before" if when == "after" else when
        yield StepText((*at, "grounded", "in"), "name", gate.grounded.in_, named)
    if gate.expr is not None:
        yield StepText((*at, "expr"), "expression", gate.expr, when)


def inner_steps(step: Step) -> Iterator[tuple[Path, Step, bool]]:
    """Steps inside a step: their path from it, and whether they have names of their own there."""
    for name, inner in (step.steps or {}).items():
        yield ("steps", name), inner, True
    for number, branch in enumerate(step.choose or ()):
        yield ("choose", number), branch, False
    if step.else_ is not None:
        yield ("else",), step.else_, False


def own_names(step: Step, when: When = "during") -> frozenset[str]:
    """Names that exist only inside a step: those of its items and passes."""
    names: set[str] = set()
    if step.each is not None and when != "before":
        names |= {step.as_, "loop"}
    if step.repeat is not None and when in ("during", "until", "after"):
        names |= {"previous", "loop"}
    return frozenset(names)


def _file_text(name: str, files: Files) -> str:
    try:
        return files.get(checked_name(name)) or ""
    except ValueError:
        return ""
