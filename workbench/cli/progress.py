"""What a run is doing, folded from its events: the state behind the progress on stderr."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.events import (
    BudgetLine,
    BudgetUsed,
    CallFinished,
    CallReused,
    CallStarted,
    Event,
    GateChecked,
    HumanAsked,
    RouteDecided,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
)


@dataclass(slots=True)
class StepProgress:
    """One step that is running, or the summary of one that ended."""

    path: str
    verb: str
    started: int
    model: str = ""
    attempts: int = 0
    in_flight: int = 0
    """Calls that have not come back, those of gates too."""
    reused: int = 0
    cost_nano: int = 0
    cost_known: bool = True
    gates_failed: list[str] = field(default_factory=list)
    """Failed gates since the last attempt, each with its reason."""


@dataclass(slots=True)
class Progress:
    """A run so far."""

    run: str = ""
    recipe: str = ""
    started: int = 0
    now: int = 0
    running: dict[str, StepProgress] = field(default_factory=dict)
    done: int = 0
    late: int = 0
    """Calls that have not come back although their steps are done."""
    calls: int = 0
    reused: int = 0
    cost_nano: int = 0
    cost_known: bool = True
    status: str = "running"
    missing: tuple[str, ...] = ()
    """The steps that the run did without."""
    budgets: tuple[BudgetLine, ...] = ()
    """What limits the run, as it was told last."""
    told: int = 0
    """When."""

    def receive(self, event: Event) -> StepProgress | None:
        """Take one event; the step it speaks of, when it speaks of one."""
        self.now = event.at or self.now
        self.run = event.run or self.run
        match event:
            case RunStarted(recipe=recipe):
                self.recipe, self.started = recipe, event.at
                self.budgets, self.told = event.budgets, event.at
            case RunResumed():
                self.started = self.started or event.at
                self.budgets, self.told = event.budgets, event.at
            case BudgetUsed():
                self.budgets, self.told = event.lines, event.at
            case RunFinished(status=status):
                self.status = status
                self.missing = tuple(each.path for each in event.missing)
            case StepStarted(path=path, verb=verb):
                self.running[path] = StepProgress(path, verb, event.at)
            case StepFinished(path=path, verb=verb):
                self.done += 1
                step = self.running.pop(path, None) or StepProgress(path, verb, event.at)
                step.cost_known &= step.in_flight <= 0  # what a late call cost is told after its step
                self.late += max(0, step.in_flight)
                return step
            case _:
                return self._within_step(event)
        return None

    def _within_step(self, event: Event) -> StepProgress | None:
        step = self.running.get(getattr(event, "path", ""))
        match event:
            case RouteDecided(chosen=chosen, gate="") if step:
                step.model = chosen
            case CallStarted(gate=gate, target=target) if step:
                step.in_flight += 1
                if gate:
                    return step
                step.attempts += 1
                step.model = target
                step.gates_failed.clear()
            case CallFinished():
                self._pay(event, step)
            case CallReused():
                self._reuse(event, step)
            case GateChecked(label=gate, passed=False, reason=reason) if step:
                step.gates_failed.append(f"{gate}: {reason}" if reason else gate)
            case HumanAsked() if step:
                step.model = "a person"
        return step

    def _pay(self, event: CallFinished, step: StepProgress | None) -> None:
        self.calls += event.attempt == 1
        self.cost_known &= event.cost_nano is not None
        self.cost_nano += event.cost_nano or 0
        if step:
            step.in_flight -= 1
            step.cost_known &= event.cost_nano is not None
            step.cost_nano += event.cost_nano or 0
            step.model = event.own_model or step.model
        elif self.late:
            self.late -= 1

    def _reuse(self, event: CallReused, step: StepProgress | None) -> None:
        self.reused += 1
        if step:
            step.reused += 1
            step.model = event.model or event.target

    def of_run(self, measure: str) -> BudgetLine | None:
        """The run's own limit of a measure, and what was used of it."""
        found = (each for each in self.budgets if (each.level, each.measure) == ("run", measure))
        return next(found, None)

    @property
    def seconds(self) -> float:
        """Seconds since the run began, by its own events."""
        return max(0.0, (self.now - self.started) / 1e6) if self.started else 0.0
