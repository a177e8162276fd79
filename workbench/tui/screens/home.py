"""Home: the recipes of the folder on the left, all past runs on the right, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from workbench.errors import WorkbenchError
from workbench.ledger.rows import RunRow
from workbench.tui import presentation as show
from workbench.tui import run_rows
from workbench.tui.home_words import NO_RECIPES, NO_RUNS, NOTHING
from workbench.tui.ink import Line, ink, join, spread
from workbench.tui.keys import HOME_KEYS
from workbench.tui.recipe_cards import Card, card_lines, card_of, card_row, read_card, told_apart
from workbench.tui.run_pages import PAGE, RunPages
from workbench.tui.screens.base import HELP
from workbench.tui.screens.batch_form import BatchFormScreen
from workbench.tui.screens.home_compose import HomeComposing
from workbench.tui.screens.home_filter import FILTERING, Filtering
from workbench.tui.screens.marking import SEARCH, Marking
from workbench.tui.screens.models import ModelsScreen
from workbench.tui.screens.routes import RoutesScreen
from workbench.tui.travel_keys import MARK_KEYS
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

POLL_SECONDS = 1.0


class HomeScreen(HomeComposing, Filtering, Marking):
    """Recipes and runs."""

    BINDINGS: ClassVar[list[BindingType]] = [*HOME_KEYS, *MARK_KEYS]
    HELP_TEXT = (
        "Recipes on the left, their runs on the right. Choosing a recipe shows only its runs. "
        "n runs it, enter opens what is chosen. / filters the runs, s searches all texts on record."
    )

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[Card] = []
        self.pages: RunPages | None = None
        self._loaded = False

    def compose(self) -> ComposeResult:
        """Bar, two panes, hints."""
        yield InkedBar(self._bar, id="bar")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield VirtualList(self._card_row, id="recipes")
                yield Document(id="about")
            with Vertical(id="right"):
                yield Input(placeholder="text in id, recipe, state, inputs or error", id="filter")
                yield VirtualList(self._run_row, self._run_heading, id="runs")
                yield Document(id="no-runs")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Load both sides, then watch the record."""
        self.query_one("#recipes").border_title = title(ink("1 Recipes"))
        self.query_one("#runs").border_title = title(ink("2 Runs"))
        self.query_one("#no-runs").border_title = title(ink("2 Runs"))
        self.pages = RunPages(self.workbench.bench.reader, self._load_page)
        self.query_one("#runs", VirtualList).focus()
        self.load_cards()
        self.load_runs()
        self.set_interval(POLL_SECONDS, self._poll)

    def on_screen_resume(self) -> None:
        """Show what happened meanwhile."""
        if self._loaded:
            self.load_runs()
            self.load_cards()

    # -- drawing ------------------------------------------------------------------------------------

    def _bar(self, width: int) -> Line:
        folder = self.workbench.bench.folder
        running = sum(session.running for session in self.workbench.sessions)
        right = join(
            [
                ink((f"▶ {show.count(running, 'run')} here", "live")) if running else (),
                ink((show.count(self.pages.count if self.pages else 0, "run"), "dim")),
            ],
            (" · ", "dim"),
        )
        return spread(ink(" ", ("workbench", "key"), (f"  {folder}", "dim")), (*right, (" ", "")), width)

    def _card_row(self, index: int, width: int) -> Line:
        return ink("  All recipes") if index == 0 else card_row(self.cards[index - 1])

    def _run_heading(self, width: int) -> Line:
        one = bool(self.filter.recipe)
        if not self.marks:
            return run_rows.run_heading(width, one)
        return (("  ", ""), *run_rows.run_heading(width - 2, one))

    def _run_row(self, index: int, width: int) -> Line:
        row = self.pages.row(index) if self.pages else None
        if row is None:
            return ink(("…", "dim"))
        room = width - 2 if self.marks else width
        one = bool(self.filter.recipe)
        return self.marked(row, run_rows.run_row(row, room, self.workbench.now(), one))

    def hints(self) -> Sequence[Hint]:
        """For the pane that has the focus."""
        if isinstance(self.focused, Input):
            return FILTERING
        new = Hint("n", "new run" if self.cards else "new recipe", "new")
        if self.focused is not None and self.focused.id == "recipes":
            return (
                HELP,
                Hint("enter", "new run" if self.cards else "new recipe", "new"),
                Hint("C", "compose", "compose_recipe"),
                Hint("N", "new recipe", "new_recipe"),
                Hint("2", "runs", "pane(2)"),
                Hint("M", "models", "models"),
                Hint("q", "quit", "app.quit"),
            )
        if self.marks:
            return self.mark_hints()
        chosen = self.chosen_run()
        if chosen is None:
            compose = (Hint("C", "compose", "compose_recipe"),) if self.cards else ()
            return (HELP, new, *compose, Hint("1", "recipes", "pane(1)"), Hint("q", "quit", "app.quit"))
        again = Hint("R", "resume", "resume") if _can_resume(chosen) else Hint("p", "replay", "replay")
        return (
            HELP,
            Hint("enter", "open", "open"),
            new,
            again,
            Hint("C", "compose", "compose_recipe"),
            Hint("1", "recipes", "pane(1)") if self.has_class("-narrow") else SEARCH,
            Hint("/", "filter", "filter"),
            Hint("q", "quit", "app.quit"),
        )

    def action_models(self) -> None:
        """Show the models."""
        self.workbench.push_screen(ModelsScreen())

    def action_routes(self) -> None:
        """Show the routes."""
        self.workbench.push_screen(RoutesScreen())

    # -- loading ------------------------------------------------------------------------------------

    @work(exclusive=True, group="cards")
    async def load_cards(self) -> None:
        """Read all recipes of the folder."""
        paths = await asyncio.to_thread(self.workbench.bench.recipe_paths)
        read = [await asyncio.to_thread(read_card, path) for path in paths]
        cards = told_apart(read, self.workbench.bench.folder)
        if cards != self.cards or not self._loaded:
            self.cards = cards
            recipes = self.query_one("#recipes", VirtualList)
            recipes.set_count(len(cards) + 1 if cards else 0)
            made = next((number for number, card in enumerate(cards, 1) if card.path == self.made), 0)
            if made:
                self.made = None
                recipes.move_to(made)
            self._show_card()
            self.refresh_hints()
        first, self._loaded = not self._loaded, True
        if first and self.pages is not None and not self.pages.count:
            self._show_counts()

    @work(exclusive=True, group="runs")
    async def load_runs(self) -> None:
        """Read the runs in view again, and how many there are."""
        pages = self.pages
        assert pages is not None
        runs = self.query_one("#runs", VirtualList)
        same = self.filter == pages.filter
        chosen = pages.row(runs.cursor) if same and runs.count else None
        places = {(runs.cursor if same else 0) // PAGE, (runs.scroll_offset.y if same else 0) // PAGE}
        try:
            fresh = await asyncio.to_thread(pages.read, self.filter, sorted(places))
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        grown = fresh.count - pages.count
        pages.replace(fresh)
        runs.set_count(fresh.count)
        if not same:
            runs.move_to(0)
        elif chosen is not None and runs.cursor and grown > 0:
            runs.move_to(runs.cursor + grown)
        self._show_counts()

    @work(group="pages")
    async def _read_page(self, number: int) -> None:
        assert self.pages is not None
        fresh = await asyncio.to_thread(self.pages.read_page, number)
        self.pages.add(fresh)
        self.query_one("#runs").refresh()

    def _load_page(self, number: int) -> None:
        self._read_page(number)

    def _poll(self) -> None:
        """Read again when any process wrote."""
        if self.pages is None or self.workbench.screen is not self:
            return
        if self.workbench.bench.reader.data_version() != self.pages.version:
            self.load_runs()

    def _show_counts(self) -> None:
        assert self.pages is not None
        empty = self.pages.count == 0
        self.query_one("#runs").display = not empty
        nothing = self.query_one("#no-runs", Document)
        nothing.display = empty
        if empty:
            words: Sequence[str] = NO_RUNS if self.cards or not self._loaded else NOTHING
            if self.filter.text:
                words = ("Nothing matches.", "", "esc clears the filter; f3 searches all texts.")
            elif self._broken():
                words = (
                    f"{self.filter.recipe} cannot run yet.",
                    "",
                    "What is wrong stands with the recipe (1).",
                )
            elif self.filter.recipe:
                words = (f"No runs of {self.filter.recipe} yet.", "", "n runs it: its inputs come first.")
            nothing.show([ink(word) if index else ink((word, "bold")) for index, word in enumerate(words)])
        self._place()
        self.query_one("#bar").refresh()
        self.refresh_hints()

    def _broken(self) -> bool:
        """True when the runs shown are those of a recipe with problems."""
        return any(card.name == self.filter.recipe and card.recipe is None for card in self.cards)

    def _place(self) -> None:
        """Say in the border which of how many runs is chosen."""
        assert self.pages is not None
        runs = self.query_one("#runs", VirtualList)
        told = " · ".join(each for each in (self.filter.recipe, self.filter.text) if each)
        runs.border_title = title(ink(f"2 Runs{' of ' + told if told else ''}"))
        if self.pages.count:
            runs.border_subtitle = title(ink(f"{runs.cursor + 1:,} of {self.pages.count:,}"))

    # -- what is chosen -----------------------------------------------------------------------------

    def draw_marks(self) -> None:
        """Draw the runs with their marks."""
        self.query_one("#runs").refresh()
        self.refresh_hints()

    def chosen_run(self) -> RunRow | None:
        """The run at the cursor."""
        runs = self.query_one("#runs", VirtualList)
        return self.pages.row(runs.cursor) if self.pages is not None and self.pages.count else None

    def _chosen_card(self) -> Card | None:
        recipes = self.query_one("#recipes", VirtualList)
        return self.cards[recipes.cursor - 1] if self.cards and recipes.cursor else None

    def chosen_card(self) -> Card | None:
        """The chosen recipe, or the chosen run's, or the only one there is."""
        card, row = self._chosen_card(), self.chosen_run()
        if card is None and row is not None:
            return card_of(self.cards, row.recipe, row.recipe_hash)
        return self.cards[0] if card is None and len(self.cards) == 1 else card

    def _show_card(self) -> None:
        about = self.query_one("#about", Document)
        card = self._chosen_card()
        if card is not None:
            about.show(card_lines(card))
        elif self.cards:
            about.show([ink(("Choose a recipe: what it is for stands here, and n runs it.", "dim"))])
        else:
            about.show([ink(line) for line in NO_RECIPES])

    @on(VirtualList.Moved, "#recipes")
    def _card_moved(self) -> None:
        self._show_card()
        card = self._chosen_card()
        self.set_filter(recipe=card.name if card else "")

    @on(VirtualList.Moved, "#runs")
    def _run_moved(self) -> None:
        self._place()
        self.refresh_hints()

    def on_descendant_focus(self) -> None:
        """Other keys matter now."""
        self.refresh_hints()

    # -- actions ------------------------------------------------------------------------------------

    @on(VirtualList.Chosen, "#runs")
    def action_open(self) -> None:
        """Open the chosen run."""
        row = self.chosen_run()
        if row is not None:
            self.workbench.open_run(row.id)

    @on(VirtualList.Chosen, "#recipes")
    def action_new(self) -> None:
        """Open the inputs of the chosen recipe, or of the chosen run's; where there is none, make one."""
        if not self.cards:
            self.action_new_recipe()
            return
        card = self._card_to_run()
        if card is not None:
            self.workbench.open_inputs(card)

    def action_batch(self) -> None:
        """A batch of the chosen recipe, or of the chosen run's."""
        card = self._card_to_run()
        if card is not None:
            self.workbench.push_screen(BatchFormScreen(card))

    def _card_to_run(self) -> Card | None:
        """The recipe chosen, or the chosen run's; None, and told why, where none can run."""
        card = self.chosen_card()
        if card is None:
            choose = "Choose a recipe first: 1 goes to the recipes."
            self.workbench.tell(choose if self.cards else NO_RECIPES[0])
            self.action_pane(1)
        elif card.recipe is None:
            self.workbench.tell(f"{card.name} cannot run: its problems are shown on the left.", "warning")
            self._reveal(card)
            return None
        return card

    def _reveal(self, card: Card) -> None:
        recipes = self.query_one("#recipes", VirtualList)
        recipes.move_to(self.cards.index(card) + 1)
        self.action_pane(1)

    def action_replay(self) -> None:
        """Replay the chosen run."""
        row = self.chosen_run()
        if row is not None:
            self.workbench.replay(row.id, speed=1)

    def action_resume(self) -> None:
        """Go on with the chosen run."""
        row = self.chosen_run()
        if row is not None and _can_resume(row):
            self.workbench.resume(row.id)
        elif row is not None:
            self.workbench.tell(f"This run is {show.word(row.status)}: there is nothing to resume.")

    def action_pane(self, number: int) -> None:
        """Go to a pane; on a narrow screen it takes the other's place."""
        self.set_class(number == 1, "-left")
        self.set_focus(self.query_one("#recipes" if number == 1 else "#runs"))


def _can_resume(row: RunRow) -> bool:
    return row.status in ("waiting", "failed", "cancelled", "crashed", "over_budget")
