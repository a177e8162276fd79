"""Events of steps and gates, as rows."""

from __future__ import annotations

from workbench.events import GateChecked, StepFinished, StepStarted
from workbench.ledger.batch import Batch
from workbench.ledger.columns import micros
from workbench.ledger.state import RunState, StepState


def start_step(batch: Batch, state: RunState, event: StepStarted) -> None:
    """A step instance begins; one that was done stays so while a resumed run goes over it again."""
    step = batch.found_step(state, event.path)
    if step is None:
        key = state.next_step(event.path)
        step = StepState(key, event.path, event.verb, event.role, "running", event.at)
    elif step.status not in ("done", "skipped"):
        step.start_again(event.at)
    state.open_steps[event.path] = step
    batch.change_step(step)


def finish_step(batch: Batch, state: RunState, event: StepFinished) -> None:
    """A step instance ended; gone over again with the same result, it keeps its time."""
    step = batch.found_step(state, event.path)
    if step is None:
        key = state.next_step(event.path)
        step = StepState(key, event.path, event.verb, None, "running", event.at)
    output = batch.payload.column(event.output)
    if step.finished is None or step.status != event.status or step.output != output:
        step.finished = event.at
    step.status = event.status
    step.output = output
    step.reason = batch.payload.text(event.reason or None)
    step.error = batch.payload.text(event.error)
    step.error_class = event.error_class
    batch.change_step(step)
    state.open_steps.pop(event.path, None)


def check_gate(batch: Batch, state: RunState, event: GateChecked) -> None:
    """An output, or an input, was checked."""
    step = batch.step(state, event.path)
    if step is not None:
        if event.passed:
            step.gates_passed += 1
        else:
            step.gates_failed += 1
    batch.gates.append(
        (
            state.next_gate(), event.path, event.call, event.gate, int(event.passed), event.score,
            batch.payload.text(event.reason), micros(event.seconds), event.cost_nano, event.input or None,
        )
    )  # fmt: skip
