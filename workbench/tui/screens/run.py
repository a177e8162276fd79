"""A run, live or past: the recipe as a graph or a list of steps, and the chosen step in tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from workbench.tui import commands, detail_text, run_rows
from workbench.tui.detail_text import TABS, tab_lines, tab_text
from workbench.tui.details import Details
from workbench.tui.ink import Line, fit, ink, join
from workbench.tui.keys import RUN_KEYS
from workbench.tui.live_detail import LiveDetail
from workbench.tui.overview import outputs_text, overview_lines
from workbench.tui.paths import node
from workbench.tui.run_model import RunModel
from workbench.tui.screens.labelling import Labelling
from workbench.tui.screens.run_hints import run_hints
from workbench.tui.screens.run_travel import RunTravel
from workbench.tui.session import Session
from workbench.tui.travel_keys import TRAVEL_KEYS
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.graph_view import GraphView
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.tab_row import TabRow
from workbench.tui.widgets.virtual_list import VirtualList

FRAME_SECONDS = 1 / 15
"""No more redraws than this, however fast events come."""
CLOCK_SECONDS = 1.0


class RunScreen(RunTravel, Labelling):
    """One run."""

    BINDINGS: ClassVar[list[BindingType]] = [*RUN_KEYS, *TRAVEL_KEYS]
    HELP_TEXT = (
        "The recipe as it runs, and the chosen step in full. While it stands still (‖) you can edit, "
        "skip, retry, swap the model, go on, or go back (⌫). A past run can be walked and replayed, run "
        "again with one thing changed (e), forked (f), compared (d), its steps tried alone (t), labelled "
        "as good or bad (+ -)."
    )

    def __init__(
        self, run: str | None, session: Session | None = None, at: tuple[str, str] | None = None
    ) -> None:
        super().__init__()
        self.run_id = run
        self.model = RunModel(session)
        self.details = Details()
        self.tab_chosen = False
        """Someone chose a tab; it stays."""
        self._redraw: Timer | None = None
        self._tab = 0
        self._at = at
        """The step and tab to begin with."""

    def compose(self) -> ComposeResult:
        """Bar; steps and detail; what it waits for; hints."""
        yield InkedBar(self._bar, id="bar")
        with Horizontal(id="panes"):
            with Vertical(id="steps-pane"):
                yield GraphView(self.model.look, id="graph")
                yield VirtualList(self._step_row, id="steps")
                yield Document(id="result")
            with Vertical(id="detail-pane"):
                yield TabRow(("Run", *TABS), id="tabs")
                yield Document(id="detail")
        yield InkedBar(self._notice, id="notice")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Start listening, or load the record."""
        self.query_one("#graph").border_title = title(ink("1 Graph"))
        self.query_one("#steps").border_title = title(ink("1 Steps"))
        self.query_one("#result").border_title = title(ink("Outputs"))
        session = self.model.session
        if session is not None:
            session.on_change = self.changed
            self.set_interval(CLOCK_SECONDS, self._tick)
        if session is None:
            self.load_record()
        self.show_view(graph=bool(self.model.graph.nodes))
        if self._at is not None:
            self.model.selected, tab = self._at
            self.model.follow = False
            self.set_tab(tab)
            self.action_pane(2)
        self.draw_all()

    def on_unmount(self) -> None:
        """Stop listening."""
        if self.model.session is not None:
            self.model.session.on_change = lambda: None

    # -- redrawing ----------------------------------------------------------------------------------

    def changed(self) -> None:
        """Something happened: draw soon, once for all that happens until then."""
        if self._redraw is None and self.is_mounted:
            self._redraw = self.set_timer(FRAME_SECONDS, self.draw_all)

    def _tick(self) -> None:
        """The clock of a run that runs."""
        if self.model.running and not self.gone:
            self.query_one("#bar").refresh()

    def draw_all(self) -> None:
        """Draw everything as it is now."""
        if self.gone:
            return
        if self._redraw is not None:
            self._redraw.stop()
            self._redraw = None
        model = self.model
        latest = model.latest()
        if model.follow and latest is not None and latest != model.selected:
            model.selected = latest
        self._draw_steps()
        self.draw_detail()
        self._draw_bars()
        self.after_draw()

    def _draw_bars(self) -> None:
        self.query_one("#bar").refresh()
        self.draw_result()
        notice = self.query_one("#notice")
        notice.set_class(bool(self._notice(80)), "-shown")
        notice.refresh()
        self.refresh_hints()

    def _draw_steps(self) -> None:
        model = self.model
        graph = self.query_one("#graph", GraphView)
        steps = self.query_one("#steps", VirtualList)
        if self.shows_graph:
            if model.selected is not None:
                graph.select(node(model.selected))
            graph.draw_again()
            return
        steps.set_count(len(model.rows()))
        if model.selected is not None:
            index = model.index_of(model.selected)
            if index is not None and index != steps.cursor:
                with steps.prevent(VirtualList.Moved):
                    steps.move_to(index)
        self._draw_place()

    def _draw_place(self) -> None:
        steps = self.query_one("#steps", VirtualList)
        place = f"{steps.cursor + 1:,} of {steps.count:,}" if steps.count else ""
        steps.border_subtitle = title(ink(place))

    # -- bars ---------------------------------------------------------------------------------------

    def _bar(self, width: int) -> Line:
        model = self.model
        return run_rows.run_bar(
            model.shown, width, self.workbench.now(), model.place(), model.budget_usd, paused=bool(model.halt)
        )

    def _notice(self, width: int) -> Line:
        """What it waits for, or why it ended."""
        model, session = self.model, self.model.session
        if model.halt is not None:
            line = (*self.travel_note(), *run_rows.halt_line(model.halt))
        elif session is not None and session.questions:
            question = session.questions[0]
            line = ink(("? ", "warn"), (question.path, "bold"), " asks a person: ", question.text)
        elif session is not None and session.problem is not None:
            line = ink(("✗ ", "bad"), session.problem.message)
        elif model.state.near and model.running:
            line = ink(("! ", "warn"), "a limit is near: ", model.state.near)
        elif model.state.error and not model.running:
            line = ink(("✗ ", "bad"), (model.state.error_path or "", "bold"), " ", model.state.error)
        else:
            return ()
        return fit((*ink(" "), *line), width)

    def hints(self) -> Sequence[Hint]:
        """For where the run stands."""
        return run_hints(
            self.model,
            graph=self.shows_graph,
            narrow=self.has_class("-narrow"),
            detail=self.has_class("-detail"),
        )

    def _step_row(self, index: int, width: int) -> Line:
        model = self.model
        row = model.rows()[index]
        session = model.session
        return run_rows.step_row(
            model.shown,
            row,
            width,
            paused=model.halt is not None and model.halt.path == row.path,
            breakpoint=session is not None and session.stepper.has_breakpoint(node(row.path)),
        )

    # -- the detail ---------------------------------------------------------------------------------

    @property
    def tab(self) -> str:
        """The name of the tab in view."""
        return ("Run", *TABS)[self._tab]

    def set_tab(self, name: str) -> None:
        """Show a tab."""
        self._tab = ("Run", *TABS).index(name)
        self.query_one("#tabs", TabRow).choose(self._tab)

    def draw_detail(self) -> None:
        """Show the chosen tab of the chosen step; loads what is not here yet."""
        detail = self.query_one("#detail", Document)
        model = self.model
        path = model.selected
        detail.border_title = title(ink(f"2 {path if path and self.tab != 'Run' else 'Run'}"))
        detail.border_subtitle = title(self._figures(path)) if self.tab != "Run" else None
        if self.tab == "Run":
            problem = model.session.problem if model.session else None
            lines = [*self.plan_lines(), *self.label_lines(), *overview_lines(model.state, problem)]
            detail.show(lines, keep=self.details.shown == (None, "Run"))
            self.details.shown = (None, "Run")
            return
        look = self.look()
        same = self.details.shown == (path, self.tab)
        self.details.shown = (path, self.tab)
        detail.show(tab_lines(self.tab, look), follow=same and bool(look.streamed), keep=same)

    def look(self) -> detail_text.Look:
        """What is known of the chosen step just now."""
        model, path = self.model, self.model.selected
        if path is None:
            return detail_text.Look(note="No step has started yet.")
        if path not in model.shown.rows:
            return detail_text.Look(note=f"{path} has not been reached yet.")
        halt = model.halt
        row = model.state.rows[path]
        live = model.state.details.get(path) if model.session else None
        if live is None and row.status in ("running", "waiting") and model.session:
            live = LiveDetail()
        question = model.state.questions.get(path)
        if live is not None:
            streamed = "".join(live.streamed)
            if not streamed and row.status == "running" and model.session and model.session.stepper.pace:
                streamed = " "
            here = halt if halt is not None and halt.path == path else None
            return detail_text.Look(live.as_detail(row), here, streamed, question)
        known = self.details.get(path)
        if known is None:
            self.load_detail(path)
            return detail_text.Look(question=question, note="…")
        here = halt if halt is not None and halt.path == path else None
        return detail_text.Look(known, here, "", question)

    def _figures(self, path: str | None) -> Line:
        row = self.model.state.rows.get(path or "")
        if row is None:
            return ()
        label = self.label_of(path)
        return join([*([label] if label else []), *map(ink, run_rows.figures(row))], (" · ", ""))

    # -- choosing -----------------------------------------------------------------------------------

    @on(GraphView.Moved)
    def _node_moved(self, event: GraphView.Moved) -> None:
        self.select_step(self.model.instance(event.path))

    @on(GraphView.Chosen)
    def _node_opened(self, event: GraphView.Chosen) -> None:
        summed = self.model.shown.nodes.get(event.path)
        if summed is not None and summed.instances > 1:
            self.show_view(graph=False)
            self.model.follow = False
        else:
            self.action_pane(2)

    @on(VirtualList.Moved, "#steps")
    def _row_moved(self, event: VirtualList.Moved) -> None:
        rows = self.model.rows()
        if event.index < len(rows):
            self.select_step(rows[event.index].path)
            self._draw_place()

    @on(VirtualList.Chosen, "#steps")
    def _row_opened(self, event: VirtualList.Chosen) -> None:
        row = self.model.rows()[event.index]
        if row.folded is not None:
            self.model.toggle_fold(row.path)
            self._draw_steps()
        else:
            self.action_pane(2)

    def select_step(self, path: str) -> None:
        """Look at a step; from now on the selection stays there."""
        self.model.follow = False
        self.model.selected = path
        if not self.tab_chosen and self.tab == "Run":
            self.set_tab("Answer" if path in self.model.state.rows else "Prompt")
        self.draw_detail()
        self._draw_bars()

    @on(TabRow.Picked)
    def _tab_picked(self, event: TabRow.Picked) -> None:
        self.tab_chosen = True
        self.set_tab(("Run", *TABS)[event.number])
        self.draw_detail()

    def action_tab(self, by: int) -> None:
        """Show the tab beside."""
        self.tab_chosen = True
        self.set_tab(("Run", *TABS)[(self._tab + by) % (len(TABS) + 1)])
        self.draw_detail()
        if self.has_class("-narrow"):
            self.action_pane(2)

    # -- panes --------------------------------------------------------------------------------------

    @property
    def shows_graph(self) -> bool:
        """True while steps are shown as a graph."""
        return bool(self.query_one("#graph").display)

    def show_view(self, *, graph: bool) -> None:
        """Show the steps as a graph or as a list."""
        focused = self.focused
        view, steps = self.query_one("#graph", GraphView), self.query_one("#steps", VirtualList)
        view.display, steps.display = graph, not graph
        if graph:
            view.set_graph(self.model.graph)
        if focused is None or focused in (view, steps):
            self.set_focus(view if graph else steps)
        self._draw_steps()

    def action_view(self) -> None:
        """The other way to see the steps."""
        if self.model.graph.nodes:
            self.show_view(graph=not self.shows_graph)
            self.refresh_hints()
        else:
            self.workbench.tell("The recipe of this run cannot be read any more: there is only the list.")

    def action_pane(self, number: int) -> None:
        """Go to a pane."""
        self.set_class(number == 2, "-detail")
        self.remove_class("-zoom-detail" if number == 1 else "-zoom-steps")
        steps = self.query_one("#graph" if self.shows_graph else "#steps")
        self.set_focus(steps if number == 1 else self.query_one("#detail"))
        self.refresh_hints()

    def action_zoom(self) -> None:
        """The focused pane alone, or both again."""
        detail = self.focused is not None and self.focused.id == "detail"
        name, other = ("-zoom-detail", "-zoom-steps") if detail else ("-zoom-steps", "-zoom-detail")
        self.remove_class(other)
        self.toggle_class(name)

    def action_walk(self, by: int) -> None:
        """Walk the record by a step."""
        if self.model.running or self.model.halt is not None:
            super().action_walk(by)
            return
        if not self.model.walk(by):
            self.workbench.tell("This is the last step." if by > 0 else "This is the first step.")
        elif self.tab == "Run":
            self.set_tab("Answer")
        self.draw_all()

    def action_back(self) -> None:
        """One level up: from the detail to the steps where they share the screen, else to all runs."""
        if self.has_class("-narrow") and self.has_class("-detail"):
            self.action_pane(1)
        else:
            self.dismiss()

    # -- copying ------------------------------------------------------------------------------------

    def copy_text(self) -> str:
        """The tab in view, in full."""
        if self.tab == "Run":
            return outputs_text(self.model.state)
        return tab_text(self.tab, self.look())

    def command(self) -> str:
        """Show this run, or the chosen step of it."""
        run = self.model.state.id
        if not run:
            return "workbench runs"
        return commands.show_command(run, None if self.tab == "Run" else self.model.selected)
