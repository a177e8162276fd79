"""Does the steps of a group: conditions, choices, items of an ``each``, passes of a ``repeat``."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Final

from workbench.engine import instance
from workbench.engine.ask import StepFailed
from workbench.engine.instance import WAITING, Waits
from workbench.engine.results import complete, empty, empty_fields, mean_gate_score
from workbench.engine.running import Running, Work
from workbench.engine.schedule import run_all, run_each
from workbench.engine.scope import Scope
from workbench.events import Json, Missing, StepFinished, StepStarted
from workbench.guard.limits import Limits
from workbench.providers.port import Message
from workbench.recipe.durations import seconds
from workbench.recipe.expressions import ExpressionError, evaluate, expression_mentions, is_true
from workbench.recipe.graph import dependencies
from workbench.recipe.model import Instead, Step

_INHERITED: Final[tuple[str, ...]] = ("model", "guard", "gate", "on_fail", "timeout", "output", "effects")
"""What a branch takes from its ``choose`` step where it has none of its own."""


class Steps:
    """Does steps of one run."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._emit = running.stream.emit
        self._dependencies: dict[int, Mapping[str, tuple[str, ...]]] = {}

    async def group(self, steps: Mapping[str, Step], scope: Scope) -> bool:
        """Do all steps; their results are put into ``scope``.  False when one waits for a person."""
        before = self._dependencies.get(id(steps))
        if before is None:
            before = self._dependencies[id(steps)] = dependencies(steps, self._running.recipe)

        async def perform(name: str) -> bool:
            result = await self._step(name, steps[name], scope)
            if isinstance(result, Waits):
                return False
            scope.put(name, result)
            return True

        return await run_all(before, perform)

    async def _step(self, name: str, step: Step, scope: Scope) -> Json | Waits:
        path = scope.prefix + name
        budget = self._running.door.budget
        if step.optional or any(isinstance(each, Instead) for each in step.fail_actions):
            budget.may_fail(path)
        if step.if_ is not None and not self._of_item(step) and not self._holds(step, step.if_, path, scope):
            return self._skip(step, path, f"if: {step.if_}")
        if step.budget is not None:
            budget.open_step(path, Limits.of(**step.budget.model_dump()))
        doing = self._each if step.each is not None else self._one
        try:
            return await self._or_empty(step, doing(name, step, path, scope))
        finally:
            budget.close_step(path)

    def _or_empty(
        self, step: Step, done: Coroutine[None, None, Json | Waits], *, of_item: bool = False
    ) -> Coroutine[None, None, Json | Waits]:
        """The result; an empty, failed one where an optional step fails."""
        return self._optional(step, done, of_item) if step.optional else done

    async def _optional(
        self, step: Step, done: Coroutine[None, None, Json | Waits], of_item: bool
    ) -> Json | Waits:
        try:
            return await done
        except StepFailed as error:
            self._running.lost.append(Missing(error.path, error.message, error.error_class))
            return empty(step.model_copy(update={"each": None}) if of_item else step, "failed")

    def _of_item(self, step: Step) -> bool:
        """True when the step's condition is asked for each item, since it mentions the item."""
        if step.each is None or step.if_ is None:
            return False
        roots = {mention.split(".", 1)[0] for mention in expression_mentions(step.if_)}
        return bool(roots & {step.as_, "loop"})

    async def _each(self, name: str, step: Step, path: str, scope: Scope) -> Json | Waits:
        assert step.each is not None
        items = self._evaluate(step, step.each, path, scope)
        if not isinstance(items, list | tuple):
            raise self._failed(step, path, f"each: needs a list, not {type(items).__name__}")
        self._emit(StepStarted(path=path, verb=step.verb))
        origin = scope.origin_of(expression_mentions(step.each))
        results: list[Json] = [None] * len(items)

        async def item(index: int) -> bool:
            inner = scope.inner(scope.prefix, {step.as_: items[index]}, origin)
            inner.values["loop"] = {"index": index + 1}
            at = f"{path}[{index}]"
            if self._of_item(step) and not self._holds(step, step.if_ or "", at, inner):
                results[index] = self._skip(step.model_copy(update={"each": None}), at, f"if: {step.if_}")
                return True
            result = await self._or_empty(step, self._one(name, step, at, inner), of_item=True)
            if isinstance(result, Waits):
                return False
            results[index] = result
            return True

        with instance.failure_on_record(self._running.stream, path, step):
            try:
                all_done = await run_each(len(items), step.at_once, item)
            except StepFailed as error:
                undone = sum(result is None for result in results)
                told = f"{undone:,} of {len(items):,} items not done"
                self._running.lost.append(Missing(path, told, error.error_class))
                raise
        if not all_done:
            self._emit(StepFinished(path=path, verb=step.verb, status="waiting"))
            return WAITING
        self._emit(StepFinished(path=path, verb=step.verb, status="done", reason=f"{len(items)} items"))
        return results

    async def _one(self, name: str, step: Step, path: str, scope: Scope) -> Json | Waits:
        if step.repeat is not None and not self._running.door.hands.gives(path):
            return await self._repeat(name, step, path, scope)
        return await self._chosen(name, step, path, scope, ())

    async def _chosen(
        self, name: str, step: Step, path: str, scope: Scope, corrections: tuple[Message, ...]
    ) -> Json | Waits:
        """Do the step, or the branch of it whose condition holds."""
        reasons: list[str] = []
        while step.choose is not None:
            taken = self._branch(step, path, scope)
            if taken is None:
                return self._skip(step, path, "no branch's condition holds")
            step, reason = taken
            reasons.append(reason)
        timeout = seconds(step.timeout) if step.timeout is not None else None
        work = Work(self._running, step, path, scope, timeout, corrections)
        return await instance.perform(work, name, self.group, ", ".join(reasons))

    def _branch(self, step: Step, path: str, scope: Scope) -> tuple[Step, str] | None:
        """The first branch whose condition holds, and why it was taken."""
        for branch in step.choose or ():
            if self._holds(step, branch.when, path, scope):
                return _inherit(branch, step), f"when: {branch.when}"
        return (_inherit(step.else_, step), "else") if step.else_ is not None else None

    # --- repeat --------------------------------------------------------------------------------------

    async def _repeat(self, name: str, step: Step, path: str, scope: Scope) -> Json | Waits:
        self._emit(StepStarted(path=path, verb=step.verb, role=step.model))
        with instance.failure_on_record(self._running.stream, path, step):
            passes = await self._passes(name, step, path, scope)
            kept = self._keep(step, passes) if not isinstance(passes, Waits) else 0
            result = passes if isinstance(passes, Waits) else passes[kept]
            if not isinstance(result, Waits) and result["failed"]:
                result = await instance.mend(Work(self._running, step, path, scope), result)
        if isinstance(passes, Waits) or isinstance(result, Waits):
            self._emit(StepFinished(path=path, verb=step.verb, status="waiting"))
            return WAITING
        reason = f"kept pass {kept + 1} of {len(passes)}"
        if result["failed"]:
            self._running.lost.append(Missing(path, "no pass was good", "gate"))
        self._emit(
            StepFinished(path=path, verb=step.verb, status=result["status"], output=result, reason=reason)
        )
        return result

    async def _passes(self, name: str, step: Step, path: str, scope: Scope) -> list[Json] | Waits:
        """The results of the passes made, the last of which may be good."""
        assert step.repeat is not None
        one_pass = step.model_copy(update={"repeat": None, "if_": None, "each": None, "on_fail": "continue"})
        results: list[Json] = []
        for number in range(1, step.repeat.at_most + 1):
            previous = results[-1] if results else None
            inner = scope.inner(scope.prefix, {"previous": previous, "loop": {"index": number}})
            corrections = instance.corrections_for(previous) if "revise" in step.fail_actions else ()
            result = await self._chosen(name, one_pass, f"{path}#{number}", inner, corrections)
            if isinstance(result, Waits):
                return WAITING
            results.append(result)
            if self._is_good(name, step, path, inner, result):
                break
        return results

    def _is_good(self, name: str, step: Step, path: str, scope: Scope, result: Json) -> bool:
        assert step.repeat is not None
        if step.repeat.until is None:
            return not result["failed"]
        return self._holds(step, step.repeat.until, path, scope.inner(scope.prefix, {name: result}))

    def _keep(self, step: Step, results: list[Json]) -> int:
        assert step.repeat is not None
        last = len(results) - 1
        if step.repeat.keep == "last":
            return last
        # among equals the later pass wins
        return max(range(len(results)), key=lambda number: (mean_gate_score(results[number]), number))

    # --- small things --------------------------------------------------------------------------------

    def _evaluate(self, step: Step, expression: str, path: str, scope: Scope) -> Json:
        try:
            return evaluate(expression, scope.values)
        except ExpressionError as error:
            raise self._failed(step, path, error.message) from error

    def _holds(self, step: Step, condition: str, path: str, scope: Scope) -> bool:
        try:
            return is_true(condition, scope.values)
        except ExpressionError as error:
            raise self._failed(step, path, error.message) from error

    def _failed(self, step: Step, path: str, message: str) -> StepFailed:
        """A failure before the step began, put on record as its end."""
        output = complete(empty_fields(step), "failed")
        self._emit(
            StepFinished(
                path=path, verb=step.verb, status="failed", output=output, error=message,
                error_class="bad_request",
            )
        )  # fmt: skip
        return StepFailed(path, "bad_request", message)

    def _skip(self, step: Step, path: str, reason: str) -> Json:
        result = empty(step, "skipped")
        self._emit(StepFinished(path=path, verb=step.verb, status="skipped", output=result, reason=reason))
        return result


def _inherit(branch: Step, step: Step) -> Step:
    """A branch with the modifiers of its ``choose`` step where it has none of its own."""
    given = {
        key: getattr(step, key)
        for key in _INHERITED
        if key in step.model_fields_set and key not in branch.model_fields_set
    }
    return branch.model_copy(update=given) if given else branch
