"""What the record hands out about batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workbench.errors import ErrorClass
from workbench.events import Json, RunStatus

BatchStatus = Literal["running", "done", "cancelled", "over_budget", "failed", "crashed", "pruned"]
"""``failed``: the machinery failed, not a run of it; a batch whose runs all ended is done.

``pruned``: it had not ended, and runs of it were deleted since.
"""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch: a recipe over a dataset."""

    number: int
    id: str
    recipe: str
    recipe_hash: str
    data: str
    data_hash: str
    status: BatchStatus
    started: int
    finished: int | None
    rows: int
    """Rows of the dataset that it covers; each is run ``repeat`` times."""
    repeat: int
    options: Mapping[str, Json] = field(default_factory=dict)
    """How it was asked for: column mapping, models, edits, limit, part."""

    @property
    def whole(self) -> int:
        """Runs that the batch comes to, the other parts of it too."""
        return self.rows * self.repeat * max(1, len(self.options.get("variants") or ()))

    @property
    def told_rows(self) -> str:
        """How many rows, with the part of them that is done here."""
        shard = self.options.get("shard")
        return f"{self.rows:,}" + (f" (part {shard})" if shard else "")


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One run of a batch."""

    run: str
    key: str
    status: RunStatus
    cost_nano: int
    cost_known: bool
    seconds: float | None
    error_class: ErrorClass | None = None
    saved_nano: int = 0
    """What its reused answers cost when they were made."""
    reused: int = 0


@dataclass(frozen=True, slots=True)
class RunEnding:
    """What one run came to."""

    status: str
    outputs: Mapping[str, Json]
    error: str
    """Empty where there is none."""


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One attempt at a call in a batch; one that was reused as when it was made.  None is unknown."""

    run: str
    path: str
    reused: bool
    cost_nano: int | None
    seconds: float
    tokens_in: int | None
    tokens_out: int | None
    is_model: bool
    waited: float = 0.0
    """Seconds of its run in which it waited for the answer that it reused."""


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """Single figures of a batch's latest runs that ended, for charts."""

    costs: tuple[float, ...]
    """Nano-dollars of a run, where known."""
    seconds: tuple[float, ...]
    gates: tuple[tuple[str, bool, float | None], ...]
    """Step and gate, whether it passed, its score."""


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """Sums over the runs of a batch."""

    by_status: Mapping[str, int]
    cost_nano: int
    cost_known: bool
    saved_nano: int
    tokens_in: int
    tokens_out: int
    calls: int
    reused: int
