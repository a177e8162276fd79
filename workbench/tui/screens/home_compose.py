"""Home's way to composing: open the chosen recipe, or make a new one from a pattern or a first step."""

from __future__ import annotations

from pathlib import Path

from textual import work

from workbench.errors import WorkbenchError
from workbench.ledger.rows import RunRow
from workbench.recipe.editing.patterns import patterns
from workbench.tui.composing.beginnings import VERBS
from workbench.tui.composing.naming import recipe_name_problem
from workbench.tui.composing.new_recipe import make_recipe
from workbench.tui.ink import ink
from workbench.tui.recipe_cards import Card
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.picking import AskDialog, Pick, PickDialog

FIRST_NAME = "my-first"


class HomeComposing(WorkbenchScreen):
    """Opens Compose."""

    cards: list[Card]

    def chosen_card(self) -> Card | None:
        """The chosen recipe, or the chosen run's."""
        raise NotImplementedError

    def chosen_run(self) -> RunRow | None:
        """The run at the cursor."""
        raise NotImplementedError

    def action_compose_recipe(self) -> None:
        """Compose the chosen recipe; where there is none, make one."""
        card = self.chosen_card()
        if card is not None:
            self.workbench.open_compose(card.path)
        elif self.cards:
            self.workbench.tell("Choose a recipe first: 1 goes to the recipes.")
        else:
            self.action_new_recipe()

    @work(exclusive=True, group="dialog")
    async def action_new_recipe(self) -> None:
        """Ask for a name and what to begin with, make the recipe, and compose it."""
        folder = self.workbench.bench.folder / "recipes"
        taken = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
        name = await self.workbench.push_screen_wait(
            AskDialog(
                "New recipe",
                FIRST_NAME if FIRST_NAME not in taken else "",
                "small letters, digits and dashes",
                lambda text: recipe_name_problem(text, taken),
            )
        )
        if not name:
            return
        picks = [
            Pick(f"pattern {each.name}", ink((f"{each.name:<23}", "accent"), f"  {each.about}"), each.words)
            for each in patterns()
        ]
        picks += [
            Pick(verb, ink((f"{verb:<23}", "key"), f"  one step: {about}"))
            for verb, (about, _) in VERBS.items()
            if verb not in ("choose", "steps")
        ]
        chosen = await self.workbench.push_screen_wait(PickDialog(f"{name} begins with", picks))
        if chosen:
            self._make(folder / name, chosen[0])

    def _make(self, folder: Path, chosen: str) -> None:
        try:
            path = make_recipe(folder, chosen, self.workbench.bench.providers)
        except WorkbenchError as error:
            self.workbench.tell(f"{error.message} {error.hint}", "error")
            return
        self.workbench.open_compose(path)
