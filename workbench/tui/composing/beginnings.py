"""What a new step starts as: a step that works where it is put, with the input, role and data it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.recipe.editing.places import free_among, free_name
from workbench.recipe.source import Path

VERBS: Mapping[str, tuple[str, str]] = {
    "prompt": ("ask a model in your own words", "answer"),
    "agent": ("a model that calls your functions until it can answer", "helper"),
    "classify": ("sort a text into labels", "kind"),
    "extract": ("read typed fields out of a text", "facts"),
    "retrieve": ("find documents in a folder or table", "search"),
    "judge": ("score a text by a rubric", "score"),
    "tool": ("call a Python function of yours", "call"),
    "human": ("ask a person", "person"),
    "set": ("work values out, without a model", "values"),
    "choose": ("take one of several branches", "choice"),
    "steps": ("a group of steps", "group"),
}
"""The verbs of the palette: what each does, and what its step is called at first."""

EXAMPLE_DOCUMENT = """\
# Opening hours

The shop is open from Monday to Friday, 9:00 to 18:00, and on Saturday from 10:00 to 14:00.
Returns are free within 30 days. Refunds arrive within two working days.
"""
EXAMPLE_TOOL = '''\
"""Tools of this recipe."""


def {name}(text: str) -> str:
    """What the step leaves behind as its result."""
    return text.strip()
'''
OFFLINE = {"prompt": "local/extract", "classify": "local/blend", "extract": "local/facts",
           "agent": "sim/calm", "judge": "sim/calm"}  # fmt: skip
"""Models that do each task without a server, for a recipe that has no role for it yet."""
ROLES = {"prompt": "writer", "classify": "sorter", "extract": "reader", "agent": "caller", "judge": "judge"}
PLAYED = ("agent", "judge")
"""What embedded models cannot do."""
RUBRIC = "It answers what was asked, and says nothing that nobody told it."
SIMULATED = "{model} only plays at it, no embedded model can: choose a real one for {role} with m."

Able = Callable[[str, str], bool]
"""Whether a model can do a task."""


@dataclass(slots=True)
class Beginning:
    """A new step, what else has to be set for it (path and value, in order), and files to make beside it."""

    name: str
    step: dict[str, Any]
    sets: list[tuple[Path, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    """What to know of it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a step is to be put: the document as it is, and the steps that come before, nearest first."""

    data: Mapping[str, Any]
    before: Sequence[str]

    def section(self, name: str) -> Mapping[str, Any]:
        """A section; empty where there is none."""
        found = self.data.get(name)
        return found if isinstance(found, Mapping) else {}

    def step(self, name: str) -> Mapping[str, Any]:
        """A step of the top level."""
        found = self.section("steps").get(name)
        return found if isinstance(found, Mapping) else {}

    def nearest(self, *verbs: str) -> str | None:
        """The nearest step before that has one of these verbs."""
        return next((name for name in self.before if any(verb in self.step(name) for verb in verbs)), None)

    def free(self, wanted: str) -> str:
        """``wanted``, numbered when it is taken."""
        return free_name(self.data, wanted)


def beginning(verb: str, spot: Spot, able: Able) -> Beginning:
    """A step of ``verb`` that works at a spot."""
    made = Beginning(spot.free(VERBS[verb][1]), {})
    subject = _subject(spot, made)
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "prompt": lambda: {"prompt": _question(spot, subject)},
        "agent": lambda: {"agent": f"{{{{ {subject} }}}}", "tools": [_tool(spot, made)]},
        "classify": lambda: {"classify": f"{{{{ {subject} }}}}", "into": ["first", "second"]},
        "extract": lambda: {"extract": f"{{{{ {subject} }}}}", "output": {"name": "string"}},
        "retrieve": lambda: {"retrieve": f"{{{{ {subject} }}}}", "from": _source(spot, made), "top": 3},
        "judge": lambda: {"judge": f"{{{{ {_written(spot, subject)} }}}}", "rubric": RUBRIC},
        "tool": lambda: {"tool": _tool(spot, made), "with": {"text": f"{{{{ {subject} }}}}"}},
        "human": lambda: _human(spot, subject, made),
        "set": lambda: {"set": {"text": f"{{{{ {subject} }}}}"}},
        "choose": lambda: _choose(subject),
        "steps": lambda: {"steps": {"first": {"set": {"text": f"{{{{ {subject} }}}}"}}}},
    }
    made.step = makers[verb]()
    if verb in OFFLINE:
        made.step["model"] = _role(verb, spot, made, able)
    _output(verb, spot, made)
    return made


def _subject(spot: Spot, made: Beginning) -> str:
    """What the step works on: the recipe's first text input, made when there is none."""
    for name, spec in spot.section("inputs").items():
        kind = spec.get("type", "string") if isinstance(spec, Mapping) else spec
        if kind == "string":
            return name
    if spot.before:
        return f"{spot.before[0]}.text"
    made.sets.append((("inputs", "question"), {"type": "string", "about": "what you want to know"}))
    return "question"


def _question(spot: Spot, subject: str) -> str:
    search = spot.nearest("retrieve")
    if search is not None:
        return (
            f"Answer from these passages only.\n\n{{{{ {search}.text }}}}\n\nQuestion: {{{{ {subject} }}}}\n"
        )
    last = spot.nearest("prompt", "agent", "classify", "extract", "tool", "human")
    earlier = f"\n\n{{{{ {last}.text }}}}" if last is not None and subject != f"{last}.text" else ""
    return f"Answer briefly: {{{{ {subject} }}}}{earlier}\n"


def _written(spot: Spot, subject: str) -> str:
    """What there is to judge: the nearest answer, else what the recipe is given."""
    last = spot.nearest("prompt", "agent")
    return f"{last}.text" if last is not None else subject


def _source(spot: Spot, made: Beginning) -> str:
    """A data source to search: the first that is a folder, made when there is none."""
    for name, spec in spot.section("data").items():
        path = spec.get("folder") if isinstance(spec, Mapping) else spec
        if path and "." not in str(path).rsplit("/", 1)[-1]:
            return str(name)
    made.sets.append((("data", "kb"), {"folder": "data/kb", "glob": "*.md"}))
    made.files["data/kb/opening-hours.md"] = EXAMPLE_DOCUMENT
    return "kb"


def _tool(spot: Spot, made: Beginning) -> str:
    tools = spot.section("tools")
    if tools:
        return str(next(iter(tools)))
    made.sets.append((("tools", "clean"), {"python": "tools.py:clean"}))
    made.files["tools.py"] = EXAMPLE_TOOL.format(name="clean")
    return "clean"


def _human(spot: Spot, subject: str, made: Beginning) -> dict[str, Any]:
    """A person; after a step whose gates can fail, only when they did."""
    checked = next((name for name in spot.before if "gate" in spot.step(name)), None)
    step = {"human": f"Please answer this yourself: {{{{ {subject} }}}}\n"}
    if checked is None:
        return step
    if "on_fail" not in spot.step(checked):
        made.sets.append((("steps", checked, "on_fail"), ["revise", "continue"]))
    for name, value in spot.section("outputs").items():
        if isinstance(value, str) and value.replace(" ", "") == f"{{{{{checked}.text}}}}":
            made.sets.append((("outputs", name), f"{{{{ {made.name}.text or {checked}.text }}}}"))
    return {"if": f"{checked}.failed", **step}


def _choose(subject: str) -> dict[str, Any]:
    short = {"when": f"({subject} | length) < 200", "set": {"text": f"{{{{ {subject} }}}}"}}
    return {"choose": [short], "else": {"set": {"text": "too long"}}}


def _role(verb: str, spot: Spot, made: Beginning, able: Able) -> str:
    """A role whose first model can do the task, made when there is none."""
    roles = spot.section("models")
    for name, spec in roles.items():
        models = spec.get("candidates", ()) if isinstance(spec, Mapping) else spec
        first = models if isinstance(models, str) else next(iter(models or ()), "")
        embedded = verb in PLAYED and str(first).startswith("local/")
        if not embedded and able(str(first), "prompt" if verb in PLAYED else verb):
            return str(name)
    name = free_among(set(roles), ROLES[verb])
    made.sets.append((("models", name), {"candidates": [OFFLINE[verb]]}))
    if verb in PLAYED:
        made.remark = SIMULATED.format(model=OFFLINE[verb], role=name)
    return name


def _output(verb: str, spot: Spot, made: Beginning) -> None:
    """The first answer of a recipe is its output."""
    last = {
        "prompt": "text",
        "agent": "text",
        "classify": "label",
        "extract": "data",
        "retrieve": "text",
    }.get(verb)
    outputs = spot.section("outputs")
    only = next(iter(outputs.values()), None) if len(outputs) == 1 else None
    found = isinstance(only, str) and only.endswith(".text }}") and "retrieve" in spot.step(only[3:-8])
    if last and (not outputs or (found and verb != "retrieve")):
        name = next(iter(outputs), "answer")
        made.sets.append((("outputs", name), f"{{{{ {made.name}.{last} }}}}"))
