"""What must follow a step, and how long it takes by the record: for steps that share the time of a run."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.ledger.reader import Reader
from workbench.recipe.graph import dependencies
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.study.history import place

Following = tuple[int, float]
"""Steps of which the record knows nothing, and the seconds that the others take."""
ALLOWANCE = 1.5
ASKS_NOBODY = ("set", "human", "steps", "choose")


class Ahead:
    """How long what must follow a step takes: the longest way from it to the end, by the record."""

    def __init__(self, reader: Reader, recipe: Recipe) -> None:
        self._reader = reader
        self._recipe = recipe
        self._tails: dict[str, Mapping[str, Following]] = {}
        """By place of a group: what follows each of its steps within it."""
        self._usual: Mapping[str, float] | None = None

    def __call__(self, path: str) -> Following:
        """What follows a step instance: how many unknown steps, and seconds for the others."""
        steps: Mapping[str, Step] | None = self._recipe.document.steps
        above, unknown, total = "", 0, 0.0
        for part in place(path).split("/"):
            if steps is None or part not in steps:
                break
            more, seconds = self._tail(above, steps)[part]
            unknown, total = unknown + more, total + seconds
            above, steps = f"{above}{part}/", steps[part].steps
        return unknown, total

    def _tail(self, above: str, steps: Mapping[str, Step]) -> Mapping[str, Following]:
        known = self._tails.get(above)
        if known is None:
            known = self._tails[above] = self._tails_of(above, steps)
        return known

    def _tails_of(self, above: str, steps: Mapping[str, Step]) -> dict[str, Following]:
        if self._usual is None:
            self._usual = usual_times(self._reader, self._recipe.document.name)
        before = dependencies(steps, self._recipe)
        tails: dict[str, Following] = dict.fromkeys(steps, (0, 0.0))
        waiting = {name: sum(name in each for each in before.values()) for name in steps}
        ready = [name for name, number in waiting.items() if not number]
        while ready:  # from the ends backwards
            name = ready.pop()
            seconds = self._usual.get(above + name)
            guessed = int(seconds is None and steps[name].verb not in ASKS_NOBODY)
            own = (tails[name][0] + guessed, tails[name][1] + (seconds or 0.0))
            for earlier in before[name]:
                tails[earlier] = max(tails[earlier], own)
                waiting[earlier] -= 1
                if not waiting[earlier]:
                    ready.append(earlier)
        return tails


def usual_times(reader: Reader, recipe: str) -> dict[str, float]:
    """Seconds to allow each step, by its place: what it took nine times in ten, and half as much."""
    found: dict[str, list[float]] = {}
    for path, seconds in reader.step_times(recipe):
        found.setdefault(place(path), []).append(seconds)
    return {where: ALLOWANCE * _ninth(times) for where, times in found.items()}


def _ninth(times: list[float]) -> float:
    return sorted(times)[-(-9 * len(times) // 10) - 1]
