"""Which labels travel where: what a step sees has the labels of all that it mentions, and so has its result.

Labels come from inputs, data and steps that declare them.  They go through every verb, people and tools too.
Only ``declassify`` takes one away, from a step's result: what the step itself sees keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.recipe.graph import in_order, waits
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.recipe.step_texts import inner_steps, step_texts, value_texts

Labels = frozenset[str]
NONE: Labels = frozenset()


@dataclass(slots=True)
class LabelFlow:
    """The labels of every step by its place in the recipe (``group/inner``), and of every output."""

    steps: dict[str, Labels] = field(default_factory=dict)
    outputs: dict[str, Labels] = field(default_factory=dict)
    sources: dict[str, Labels] = field(default_factory=dict)
    """The inputs and data that declare labels."""
    taken_off: dict[str, Labels] = field(default_factory=dict)
    """By step: the labels that its result has no longer."""

    def of(self, path: str) -> Labels:
        """The labels of all that a step instance (``reviews[3]/tone#2``) may send; all if it is unknown."""
        place = re.sub(r"\[\d+\]|#\d+", "", path)
        while place:
            found = self.steps.get(place)
            if found is not None:
                return found
            place = place.rpartition("/")[0]
        return NONE.union(*self.steps.values(), *self.sources.values())

    @property
    def labels(self) -> list[str]:
        """All labels there are, sorted."""
        return sorted(NONE.union(*self.steps.values(), *self.sources.values()))


def label_flow(recipe: Recipe) -> LabelFlow:
    """Where the labels of a recipe go."""
    document = recipe.document
    flow = LabelFlow()
    inputs = {name: frozenset(given.labels) for name, given in document.inputs.items()}
    data = {name: frozenset(given.labels) for name, given in document.data.items()}
    flow.sources = {name: labels for name, labels in {**data, **inputs}.items() if labels}
    if not flow.sources and not any(_declares(step) for step in document.steps.values()):
        return flow
    names = _Walk(recipe, data, flow).group(document.steps, "", inputs, NONE)
    for name, value in document.outputs.items():
        roots = {str(mention.path[0]) for text in value_texts(value, (name,)) for mention in text.mentions()}
        flow.outputs[name] = NONE.union(*(names.get(root, NONE) for root in roots))
    return flow


def _declares(step: Step) -> bool:
    return bool(step.labels) or any(_declares(inner) for _, inner, _ in inner_steps(step))


@dataclass(slots=True)
class _Walk:
    recipe: Recipe
    data: Mapping[str, Labels]
    flow: LabelFlow

    def group(
        self, steps: Mapping[str, Step], prefix: str, names: Mapping[str, Labels], around: Labels
    ) -> dict[str, Labels]:
        """The labels of all that can be seen after these steps, by name."""
        seen = dict(names)
        for name in in_order(waits(steps, self.recipe.files)):
            seen[name] = self.step(steps[name], prefix + name, seen, around)
        return seen

    def step(self, step: Step, path: str, names: Mapping[str, Labels], around: Labels) -> Labels:
        """The labels of one step, kept in the flow; ``around`` are those of what holds it."""
        roots = {
            str(mention.path[0])
            for text in step_texts(step, self.recipe.files)
            for mention in text.mentions()
        }
        sources = [self.data.get(name, NONE) for name in (step.from_, step.examples) if name]
        found = around.union(frozenset(step.labels), *sources, *(names.get(root, NONE) for root in roots))
        inside = NONE
        named: dict[str, Step] = {}
        for inner_path, inner, is_named in inner_steps(step):
            if is_named:
                named[str(inner_path[-1])] = inner
            else:
                inside |= self.step(inner, path, names, found)
        if named:
            after = self.group(named, f"{path}/", names, found)
            inside |= NONE.union(*(after[name] for name in named))
        self.flow.steps[path] = self.flow.steps.get(path, NONE) | found | inside
        if step.declassify:
            self.flow.taken_off[path] = frozenset(step.declassify) & self.flow.steps[path]
        return self.flow.steps[path] - frozenset(step.declassify)
