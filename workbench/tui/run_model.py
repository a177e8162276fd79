"""What a run screen shows, free of Textual: the run as it is now, or as it was at a step of its walk."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.control import AnswerStop, CallStop
from workbench.ledger.rows import StepRow
from workbench.recipe.recipe import Recipe
from workbench.tui import graph_drawing
from workbench.tui.graph_nodes import Graph, GraphNode, recipe_graph
from workbench.tui.paths import node
from workbench.tui.run_state import RunState, Totals
from workbench.tui.session import Session
from workbench.tui.step_tree import TreeRow, tree


class RunModel:
    """One run and the place someone looks at."""

    def __init__(self, session: Session | None) -> None:
        self.session = session
        self.state = session.state if session else RunState()
        self.graph = Graph()
        self.budget_usd: float | None = None
        self.selected: str | None = None
        """The chosen step instance, or a node that has none yet."""
        self.follow = True
        """The selection goes with the run, until someone selects a step."""
        self.walked: int | None = None
        """How many steps of the record the walk has come past; None is all."""
        self.toggled: set[str] = set()
        self._walk_state = RunState()
        self._rows: list[TreeRow] = []
        self._rows_of: tuple[int, int, frozenset[str]] | None = None
        self._nodes: dict[str, GraphNode] = {}
        if session is not None and session.recipe is not None:
            self.set_recipe(session.recipe)

    def set_recipe(self, recipe: Recipe) -> None:
        """Know the graph and the budget."""
        self.graph = recipe_graph(recipe)
        self._nodes = {each.path: each for each in self.graph.nodes}
        if recipe.document.budget is not None:
            self.budget_usd = recipe.document.budget.usd

    @property
    def halt(self) -> CallStop | AnswerStop | None:
        """Where the run stands still, if it does."""
        return self.session.stepper.halt if self.session else None

    @property
    def running(self) -> bool:
        """True while it runs in this program."""
        return self.session is not None and self.session.running

    # -- the walk -----------------------------------------------------------------------------------

    @property
    def shown(self) -> RunState:
        """The run as of the walk."""
        return self.state if self.walked is None else self._walk_state

    def walk(self, by: int) -> bool:
        """Walk the record by steps; False where there is no step further."""
        total = len(self.state.rows)
        here = total if self.walked is None else self.walked
        there = here + by
        if not 1 <= there <= total or not total:
            if there > total and self.walked is not None:
                self.walked = None
            return False
        self.walked = None if there == total else there
        self._walk_to(there)
        self.selected = list(self.state.rows)[there - 1]
        self.follow = False
        return True

    def walk_to(self, steps: int | None) -> None:
        """Show the run as of so many started steps; None is as it is now."""
        total = len(self.state.rows)
        self.walked = None if steps is None or steps >= total else max(0, steps)
        if self.walked is not None:
            self._walk_to(self.walked)

    def _walk_to(self, there: int) -> None:
        """Make the state as of the walk; going on only adds, going back starts again."""
        known = len(self._walk_state.rows)
        if there < known:
            self._walk_state, known = RunState(), 0
        walked, state = self._walk_state, self.state
        rows = list(state.rows.values())[known:there]
        walked.add_rows(rows)
        walked.id, walked.recipe, walked.mode, walked.status = (
            state.id,
            state.recipe,
            state.mode,
            state.status,
        )
        walked.started = state.started
        walked.finished = max((row.finished or 0 for row in walked.rows.values()), default=0) or None
        walked.totals = _sum(list(walked.rows.values()))

    # -- rows and nodes -----------------------------------------------------------------------------

    def rows(self) -> Sequence[TreeRow]:
        """The visible rows of the list of steps."""
        shown = self.shown
        key = (id(shown), shown.shape, frozenset(self.toggled))
        if key != self._rows_of:
            self._rows, self._rows_of = tree(shown.rows, self.toggled), key
        return self._rows

    def index_of(self, path: str) -> int | None:
        """Where a path is among the visible rows, or the nearest parent that is."""
        places = {row.path: index for index, row in enumerate(self.rows())}
        while path:
            if path in places:
                return places[path]
            path = path.rpartition("/")[0] or path.partition("[")[0].partition("#")[0]
            if path not in places and "/" not in path:
                return None
        return None

    def toggle_fold(self, path: str) -> None:
        """Fold or unfold a step's parts."""
        self.toggled ^= {path}

    def instance(self, path: str) -> str:
        """The step instance to look at for a node: itself, one that failed, or the latest."""
        shown = self.shown
        summed = shown.nodes.get(path)
        if summed is None or (path in shown.rows and not summed.instances):
            return path
        if summed.counts["failed"]:
            failed = (
                row.path for row in shown.rows.values() if row.status == "failed" and node(row.path) == path
            )
            return next(failed, path)
        return summed.last.path if summed.last is not None else path

    def look(self, path: str, width: int) -> graph_drawing.Look:
        """How a node's box looks now."""
        halt = self.halt
        return graph_drawing.look(
            self._nodes[path],
            self.shown.nodes.get(path),
            halt is not None and node(halt.path) == path,
            self.session is not None and self.session.stepper.has_breakpoint(path),
            width,
        )

    def latest(self) -> str | None:
        """The step to look at when nobody chose one: where it halts, asks, failed, or came to last."""
        if self.halt is not None:
            return self.halt.path
        if self.state.questions:
            return next(iter(self.state.questions))
        if self.state.error_path and not self.running:
            return self.state.error_path
        return next(reversed(self.state.rows), None)

    def _ended(self) -> tuple[int, int]:
        """How many of the recipe's steps have ended, of how many."""
        nodes = [self.state.nodes.get(path) for path in self.graph.paths()]
        ended = sum(each is not None and each.status not in ("running", "waiting") for each in nodes)
        return ended, len(nodes)

    def place(self) -> str:
        """Where we stand, in words."""
        total = len(self.state.rows)
        if self.walked is not None:
            return f"walk: step {self.walked:,} of {total:,}"
        if self.running:
            path = self.halt.path if self.halt else self.latest()
            if not path:
                return "starting"
            ended, steps = self._ended()
            where = f"at {path}" if ended < steps or self.halt else "waits for what late answers cost"
            return f"{ended} of {steps} steps · {where}"
        return f"{total:,} step{'' if total == 1 else 's'}"


def _sum(rows: list[StepRow]) -> Totals:
    totals = Totals()
    for row in rows:
        totals.cost_nano += row.cost_nano or 0
        totals.cost_known = totals.cost_known and row.cost_nano is not None
        totals.tokens_in += row.tokens_in
        totals.tokens_out += row.tokens_out
        totals.calls += row.attempts
        totals.reused += row.reused
    return totals
