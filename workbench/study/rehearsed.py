"""What a rehearsal came upon: the step instances it reached, and the steps that it could not reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.events import CallPlanned, Event, Json, RunStarted, StepFinished, StepStarted
from workbench.recipe.expressions import ExpressionError, evaluate
from workbench.recipe.graph import dependencies, in_order
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.study.paths import inner_steps, parts


@dataclass(slots=True)
class Instance:
    """What a rehearsal showed of one step instance."""

    path: str
    verb: str = ""
    status: str = ""
    reason: str = ""
    calls: list[CallPlanned] = field(default_factory=list)
    holds_others: bool = False

    @property
    def asks(self) -> int | None:
        """The place, among the instance's calls, of the one that would be made; None: all are recorded."""
        return next((place for place, call in enumerate(self.calls) if not call.reuse), None)


@dataclass(frozen=True, slots=True)
class Unreached:
    """A step that starts only when others are known."""

    path: str
    step: Step
    causes: tuple[str, ...]
    """The steps it waits for whose answers are not known yet, directly or not."""
    passes: int = 0
    """For the later passes of a ``repeat``: how many there may be at most."""
    lists: tuple[str, ...] = ()
    """The expressions of the lists for each of whose items it is done, the outermost first."""


def instances(events: Sequence[Event]) -> dict[str, Instance]:
    """Step instances in the order they were reached."""
    found: dict[str, Instance] = {}
    for event in events:
        if not isinstance(event, StepStarted | StepFinished | CallPlanned):
            continue
        each = found.setdefault(event.path, Instance(event.path))
        if isinstance(event, CallPlanned):
            each.calls.append(event)
        else:
            each.verb = event.verb
            if isinstance(event, StepFinished):
                each.status, each.reason = event.status, event.reason
    for path in found:
        for end in ("/", "[", "#"):
            holder = found.get(path.rpartition(end)[0])
            if holder is not None:
                holder.holds_others = True
    return found


def unreached(recipe: Recipe, seen: Mapping[str, Instance]) -> Iterator[Unreached]:
    """The steps of a recipe that a rehearsal did not reach, groups taken apart."""
    yield from _Level(recipe, seen).unreached(recipe.document.steps, "")


class _Level:
    def __init__(self, recipe: Recipe, seen: Mapping[str, Instance]) -> None:
        self._recipe = recipe
        self._seen = seen
        self._under: dict[str, list[Instance]] = {}
        """By step, without its own index and pass: its instances, and those within them."""
        self._inside: dict[str, dict[str, None]] = {}
        """By group instance: the inner steps that were reached."""
        for path, instance in seen.items():
            for holder, name in _along(path):
                self._under.setdefault(f"{holder}/{name}" if holder else name, []).append(instance)
                self._inside.setdefault(holder, {})[name] = None

    def unreached(self, steps: Mapping[str, Step], prefix: str) -> Iterator[Unreached]:
        waiting = dependencies(steps, self._recipe)
        causes: dict[str, tuple[str, ...]] = {}
        for name in in_order(waiting):
            under = self._under.get(prefix + name)
            if under is not None:
                causes[name] = (name,) if any(each.asks is not None for each in under) else ()
            else:
                causes[name] = tuple(
                    dict.fromkeys(each for before in waiting[name] for each in causes[before])
                )
        for name, step in steps.items():
            under = self._under.get(prefix + name)
            if under is None:
                yield from _apart(prefix + name, step, causes[name])
            else:
                yield from self._within(prefix + name, step, under)

    def _within(self, start: str, step: Step, under: Sequence[Instance]) -> Iterator[Unreached]:
        """What was not reached inside the instances of a step that was."""
        depth = len(parts(start))
        for instance in under:
            place = parts(instance.path)
            if len(place) != depth:
                continue
            whole = (place[-1].index is None) == (step.each is None)
            if whole and (place[-1].turn is None) == (step.repeat is None) and instance.verb == "steps":
                reached = self._inside.get(instance.path, {})
                yield from self.unreached(inner_steps(step, reached), instance.path + "/")
            if whole and place[-1].turn is not None:
                yield from self._later_passes(instance, step)

    def _within_of(self, instance: Instance) -> list[Instance]:
        """The instance and all within it."""
        inside = self._inside.get(instance.path, {})
        return [instance, *(each for name in inside for each in self._under[f"{instance.path}/{name}"])]

    def _later_passes(self, instance: Instance, step: Step) -> Iterator[Unreached]:
        """The passes that may come after one that asks something."""
        base, _, turn = instance.path.rpartition("#")
        following = f"{base}#{int(turn) + 1}"
        left = (step.repeat.at_most if step.repeat else 1) - int(turn)
        within = self._within_of(instance)
        asks = any(each.asks is not None for each in within)
        if asks and left > 0 and following not in self._seen:
            yield Unreached(following, step, (instance.path,), passes=left)


def _apart(
    path: str, step: Step, causes: tuple[str, ...], around: tuple[str, ...] = ()
) -> Iterator[Unreached]:
    """A step that was not reached; of a group, its inner steps."""
    lists = (*around, step.each) if step.each else around
    if not step.steps:
        yield Unreached(path, step, causes, lists=lists)
        return
    for name, inner in step.steps.items():
        yield from _apart(f"{path}/{name}", inner, causes, lists)


def values(events: Sequence[Event]) -> dict[str, Json]:
    """The inputs, and the outputs of the whole steps that a rehearsal could do."""
    names: dict[str, Json] = {}
    for event in events:
        if isinstance(event, RunStarted):
            names |= event.inputs
        elif isinstance(event, StepFinished) and event.status == "done" and len(parts(event.path)) == 1:
            names[event.path] = event.output
    return names


def items(lists: Sequence[str], names: Mapping[str, Json]) -> int | None:
    """How many items the lists have together; None while one of them is not known."""
    number = 1
    for expression in lists:
        try:
            found = evaluate(expression, names)
        except ExpressionError:
            return None
        if not isinstance(found, list):
            return None
        number *= len(found)
    return number


def _along(path: str) -> Iterator[tuple[str, str]]:
    """The steps an instance belongs to, outermost first: the instance that holds each, and its name."""
    holder = ""
    for text, part in zip(path.split("/"), parts(path), strict=True):
        yield holder, part.name
        holder = f"{holder}/{text}" if holder else text
