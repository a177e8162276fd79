"""Compose: a recipe as an outline, as YAML and as a form, side by side and always in agreement."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from workbench.tui import commands
from workbench.tui.compose_keys import COMPOSE_KEYS
from workbench.tui.composing import compose_text, looking
from workbench.tui.composing.outline_rows import draw_row
from workbench.tui.graph_drawing import Look, look
from workbench.tui.graph_nodes import Graph, GraphNode, recipe_graph
from workbench.tui.ink import Line, ink
from workbench.tui.screens.compose_base import FORM, PREVIEW, SOURCE, STEPS
from workbench.tui.screens.compose_fields import ComposeFields
from workbench.tui.screens.compose_files import ComposeFiles
from workbench.tui.screens.compose_gestures import ComposeGestures
from workbench.tui.screens.compose_hints import compose_hints
from workbench.tui.screens.compose_running import ComposeRunning
from workbench.tui.screens.compose_source import ComposeSource
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.graph_view import GraphView
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.source_editor import SourceEditor
from workbench.tui.widgets.suggestions import Suggestions
from workbench.tui.widgets.tab_row import TabRow
from workbench.tui.widgets.virtual_list import VirtualList

TYPING_PAUSE = 0.35
"""Seconds without a key before what was typed is read."""
PANES = {STEPS: "#outline", SOURCE: "#source", FORM: "#form-rows", PREVIEW: "#preview"}
BROAD = 118


class ComposeScreen(ComposeGestures, ComposeFields, ComposeSource, ComposeFiles, ComposeRunning):
    """One recipe being composed."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BROAD, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*COMPOSE_KEYS]
    HELP_TEXT = (
        "The recipe as steps in the order they run, as its YAML, and as a form of the part under the cursor: "
        "moving in one moves the others. a adds a step or a whole pattern, enter edits a field, F5 runs what "
        "stands here, t tries one step beside its last answer, s saves. Nothing is lost: u undoes all."
    )
    _reading: Timer | None = None
    _looking: Timer | None = None
    graph_shown = False
    _graph = Graph()
    _drawn_recipe = ""
    _graph_nodes: Mapping[str, GraphNode] = {}

    def compose(self) -> ComposeResult:
        """Bar, tabs where it is narrow, three columns, what is wrong, hints."""
        yield InkedBar(self._bar, id="bar")
        yield TabRow(("1 Steps", "2 Source", "3 Form", "4 Preview"), id="compose-tabs")
        with Horizontal(id="panes"):
            with Vertical(id="compose-left"):
                yield VirtualList(self._outline_row, id="outline")
                yield GraphView(self.graph_look, id="compose-graph")
            with Vertical(id="compose-middle"):
                yield SourceEditor(self.typed, self.popup_key, id="source")
            with Vertical(id="compose-right"):
                yield VirtualList(self.form_row, id="form-rows")
                yield Document(id="preview")
        yield Suggestions(id="suggestions")
        yield InkedBar(self._notice, id="notice")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Show the text at once; read it, and look for values of past runs."""
        for pane, name in (
            (STEPS, "1 Steps"),
            (SOURCE, "2 Source"),
            (FORM, "3 Form"),
            (PREVIEW, "4 Preview"),
        ):
            self.query_one(PANES[pane]).border_title = title(ink(name))
        self.query_one("#compose-graph").border_title = title(ink("1 Graph"))
        self.query_one("#source", SourceEditor).load(self.draft.text)
        self.query_one("#notice").add_class("-shown")
        self.go(STEPS)
        self.read_text()
        self.load_given()
        self.watch_file()
        self.offer_recovery()

    def on_screen_resume(self) -> None:
        """After a run: its values are the newest."""
        if self.draft.rows:
            self.load_given()
            self.check_file()

    # -- reading ------------------------------------------------------------------------------------

    def typed(self, start: int, end: int, words: str) -> None:
        """The source editor typed."""
        self.draft.type(start, end, words)
        self.changed(typed=True)
        self.suggest_soon(words)

    def changed(self, *, typed: bool = False) -> None:
        """The text changed: show it, read it when the typing pauses."""
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
        if typed:
            self._reading = self.set_timer(TYPING_PAUSE, self.read_text)
        else:
            self.query_one("#source", SourceEditor).show(self.draft.text)
            self.read_text()
        self.query_one("#bar").refresh()
        self.query_one("#notice").refresh()
        self.keep_recovery()

    @work(exclusive=True, group="reading")
    async def read_text(self) -> None:
        """Read the text in a thread; what is read of an older text is thrown away."""
        draft = self.draft
        text = draft.text
        bench = self.workbench.bench
        findings = await asyncio.to_thread(
            looking.look, text, draft.path, bench.providers, bench.clearances, dict(draft.history.files)
        )
        if draft.text != text or self.gone:
            return
        draft.take(findings)
        self._draw_found()
        self.estimate_run()

    def _draw_found(self) -> None:
        draft = self.draft
        outline = self.query_one("#outline", VirtualList)
        with outline.prevent(VirtualList.Moved):
            outline.set_count(len(draft.rows))
        self._draw_graph()
        self.query_one("#source", SourceEditor).mark(compose_text.marks(draft))
        self.selected()
        self.query_one("#notice").refresh()

    def _draw_graph(self) -> None:
        """The graph, where it is shown."""
        recipe = self.draft.recipe
        if not self.graph_shown or recipe is None or self._drawn_recipe == recipe.hash:
            return
        self._drawn_recipe = recipe.hash
        self._graph = recipe_graph(recipe)
        self._graph_nodes = {node.path: node for node in self._graph.nodes}
        self.query_one("#compose-graph", GraphView).set_graph(self._graph)

    # -- agreement ----------------------------------------------------------------------------------

    def selected(self) -> None:
        """Let all panes show the selected part."""
        draft, item = self.draft, self.draft.item
        outline = self.query_one("#outline", VirtualList)
        row = draft.row_of(draft.selected)
        if row is not None and row != outline.cursor:
            with outline.prevent(VirtualList.Moved):
                outline.move_to(row)
            outline.call_after_refresh(outline.show_behind, row)
        outline.refresh()
        if item is not None:
            source = self.query_one("#source", SourceEditor)
            source.show_part(item.first, item.last)
            line = source.cursor_location[0] + 1
            if not item.first <= line <= item.last and not source.has_focus:
                source.go_to(item.first)
            if item.kind == "step" and self.graph_shown:
                self.query_one("#compose-graph", GraphView).select(item.step)
        self.draw_form()
        self._look_soon()
        self.query_one("#bar").refresh()
        self.query_one("#notice").refresh()
        self.refresh_hints()

    def _look_soon(self) -> None:
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(0.05, self.look_ahead)

    @on(VirtualList.Moved, "#outline")
    def _outline_moved(self, event: VirtualList.Moved) -> None:
        if event.index < len(self.draft.rows):
            self.select_part(self.draft.rows[event.index].item.path)

    @on(GraphView.Moved)
    def _graph_moved(self, event: GraphView.Moved) -> None:
        found = next((each for each in self.draft.items if each.step == event.path), None)
        if found is not None:
            self.select_part(found.path)

    def select_part(self, path: Sequence[str | int]) -> None:
        """Select a part, and show it everywhere."""
        if tuple(path) != self.draft.selected:
            self.draft.selected = tuple(path)
            self.query_one("#form-rows", VirtualList).move_to(0)
            item = self.draft.item
            if item is not None:
                self.query_one("#source", SourceEditor).go_to(item.first)
            self.selected()

    @on(SourceEditor.Moved)
    def _source_moved(self, event: SourceEditor.Moved) -> None:
        self.hide_suggestions()
        if self.draft.select_line(event.line):
            self.query_one("#form-rows", VirtualList).move_to(0)
            self.selected()
        self.query_one("#notice").refresh()

    # -- drawing ------------------------------------------------------------------------------------

    def _bar(self, width: int) -> Line:
        return compose_text.bar(self.draft, self.estimate, width)

    def _notice(self, width: int) -> Line:
        line = self.query_one("#source", SourceEditor).cursor_location[0] + 1
        return compose_text.notice(self.draft, line if self.pane == SOURCE else None, width)

    def graph_look(self, path: str, width: int) -> Look:
        """How a step shows in the graph: as it is, with the state of its last run."""
        shown = look(self._graph_nodes[path], None, paused=False, breakpoint=False, width=width)
        ran = self.given.statuses.get(path)
        return replace(shown, status=ran) if ran else shown

    def _outline_row(self, index: int, width: int) -> Line:
        row = self.draft.rows[index]
        ran = self.given.statuses.get(row.item.step, "") if row.item.step else ""
        return draw_row(row, width, wrong=compose_text.worst(self.draft, row.item), ran=ran)

    def hints(self) -> Sequence[Hint]:
        """For the pane that has the focus."""
        return compose_hints(self)

    # -- panes --------------------------------------------------------------------------------------

    def go(self, pane: int) -> None:
        """Go to a pane; where it is narrow it takes the whole screen."""
        self.pane = pane
        for number in PANES:
            self.set_class(number == pane, f"-pane-{number}")
        self.query_one("#compose-tabs", TabRow).choose(pane - 1)
        graph = pane == STEPS and self.graph_shown
        self.set_focus(self.query_one("#compose-graph" if graph else PANES[pane]))
        self.query_one("#notice").refresh()
        self.refresh_hints()

    def action_pane(self, number: int) -> None:
        """To a pane."""
        self.go(number)

    def action_part(self, by: int) -> None:
        """To the part before or after, from whichever pane."""
        place = self.draft.row_of(self.draft.selected)
        if place is not None and 0 <= place + by < len(self.draft.rows):
            self.select_part(self.draft.rows[place + by].item.path)

    def action_next_pane(self, by: int = 1) -> None:
        """To the next pane, or the one before."""
        self.go((self.pane - 1 + by) % len(PANES) + 1)

    @on(TabRow.Picked)
    def _tab_picked(self, event: TabRow.Picked) -> None:
        self.go(event.number + 1)

    def on_descendant_focus(self) -> None:
        """A click went to another pane."""
        focused = self.focused.id if self.focused is not None else None
        pane = next((number for number, name in PANES.items() if name == f"#{focused}"), self.pane)
        pane = STEPS if focused == "compose-graph" else pane
        if pane != self.pane:
            self.go(pane)
        self.refresh_hints()

    def action_view(self) -> None:
        """The steps as a graph, or as an outline."""
        self.graph_shown = not self.graph_shown
        self.set_class(self.graph_shown, "-graph")
        self._draw_graph()
        self.go(STEPS)
        self.selected()

    def action_zoom(self) -> None:
        """One pane alone, or all."""
        self.toggle_class("-zoom")

    def action_back(self) -> None:
        """From a pane to the outline, from there home."""
        if self.hide_suggestions():
            return
        if self.pane != STEPS:
            self.go(STEPS)
        else:
            self.leave()

    def copy_text(self) -> str:
        """What the step would be asked; else its lines."""
        if self.pane == PREVIEW and self.preview is not None:
            return "\n\n".join(each.text for each in self.preview.messages)
        item = self.draft.item
        lines = self.draft.lines()
        if item is None:
            return self.draft.text
        return self.draft.text[lines.starts[item.first - 1] : lines.ends[min(item.last, len(lines.ends)) - 1]]

    def command(self) -> str:
        """The run of this recipe as a command."""
        return commands.run_command(self.reference, self.given.inputs)
