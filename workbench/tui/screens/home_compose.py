"""Home's way to composing: open the chosen recipe, or make a new one from what there is to begin with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual import work

from workbench.errors import WorkbenchError
from workbench.ledger.rows import RunFilter, RunRow
from workbench.recipe.editing.patterns import patterns
from workbench.study.making import Files, from_pattern, from_run, from_sentence, planned, write
from workbench.tui.composing.beginnings import VERBS
from workbench.tui.composing.naming import recipe_name_problem
from workbench.tui.composing.new_recipe import make_recipe
from workbench.tui.composing.preview import model_rows
from workbench.tui.ink import Line, ink
from workbench.tui.presentation import one_line
from workbench.tui.recipe_cards import Card
from workbench.tui.run_rows import inputs_row
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.picking import AskDialog, Pick, PickDialog
from workbench.tui.screens.waiting import WaitDialog

FIRST_NAME = "my-first"
SENTENCE, RUN, NOBODY = "sentence", "run", "by its words"
NEAREST = "a sentence: begin with what fits it"
NO_WRITERS = ("local/", "sim/", "ollama/*")
"""Models that cannot write a recipe, and a server that may not be there."""
WIDTH = 23
LOOKED_AT = 200


class HomeComposing(WorkbenchScreen):
    """Opens Compose."""

    cards: list[Card]
    made: Path | None = None
    """A new recipe, to be chosen when it is listed."""

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
                "its name: small letters, digits and dashes",
                lambda text: recipe_name_problem(text, taken),
            )
        )
        if not name:
            return
        chosen = await self.workbench.push_screen_wait(
            PickDialog(f"{name} begins with", self._beginnings(), free=NEAREST)
        )
        if not chosen:
            return
        try:
            path = await self._made(folder / name, chosen[0])
        except (WorkbenchError, OSError) as error:
            hint = error.hint if isinstance(error, WorkbenchError) else ""
            self.workbench.tell(f"{error} {hint}".strip(), "error")
            return
        if path is not None:
            self.made = path
            self.workbench.open_compose(path)

    def _beginnings(self) -> list[Pick]:
        """What a recipe can begin with: a pattern, one step, a sentence, a past run."""
        picks = [
            Pick(f"pattern {each.name}", _row(each.name, each.about, "accent"), each.words)
            for each in patterns()
        ]
        told = "say what it is for: the nearest pattern is found, or a model writes it"
        picks.append(Pick(SENTENCE, _row("a sentence", told)))
        if self.workbench.bench.reader.count_runs():
            picks.append(Pick(RUN, _row("a past run", "the recipe of a past run, as it was then")))
        picks += [
            Pick(verb, _row(verb, f"one step: {about}"))
            for verb, (about, _) in VERBS.items()
            if verb not in ("choose", "steps")
        ]
        return picks

    async def _made(self, folder: Path, chosen: str) -> Path | None:
        """The file of the new recipe; None when the person left."""
        kind, _, name = chosen.partition(" ")
        if kind == "pattern":
            return self._write(folder, from_pattern(folder.name, name))
        if chosen == SENTENCE:
            return await self._ask_sentence(folder)
        if chosen == RUN:
            return await self._from_run(folder)
        if chosen not in VERBS:
            return await self._from_sentence(folder, chosen)
        path = make_recipe(folder, chosen, self.workbench.bench.providers)
        if (folder / "data").is_dir():
            self.workbench.tell("data/ holds an example: put your own files beside it.")
        return path

    def _write(self, folder: Path, files: Files) -> Path:
        write(folder, files)
        return folder / "recipe.yaml"

    # -- from a past run ----------------------------------------------------------------------------

    async def _from_run(self, folder: Path) -> Path | None:
        reader, now = self.workbench.bench.reader, self.workbench.now()
        rows = await asyncio.to_thread(reader.runs, LOOKED_AT, 0, RunFilter())
        picks = [
            Pick(row.id, (*ink((f"{one_line(row.recipe, 18):<18} ", "bold")), *inputs_row(row, now)))
            for row in _first_of_each_recipe(rows)
        ]
        here = self.chosen_run()
        marked = [here.id] if here is not None else []
        dialog = PickDialog("The recipe of which run", picks, marked=marked)
        chosen = await self.workbench.push_screen_wait(dialog)
        if not chosen:
            return None
        return self._write(folder, await asyncio.to_thread(from_run, reader, folder.name, chosen[0]))

    # -- from a sentence ----------------------------------------------------------------------------

    async def _ask_sentence(self, folder: Path) -> Path | None:
        about = "as: answer questions of customers from our notes"
        sentence = await self.workbench.push_screen_wait(AskDialog("What it is for", "", about, _said))
        return await self._from_sentence(folder, sentence) if sentence else None

    async def _from_sentence(self, folder: Path, sentence: str) -> Path | None:
        """Found by its words, or written by a model that was chosen."""
        model = await self._who_writes()
        if model is None:
            return None
        if model == NOBODY:
            files, like = from_sentence(folder.name, sentence)
            told = f"It begins as the pattern {like}, found by its words: no model was asked."
        else:
            work = lambda: planned(self.workbench.bench, folder.name, sentence, model)  # noqa: E731
            dialog = WaitDialog("A recipe from a sentence", f"{model} writes it", work)
            made: tuple[Files, str] | WorkbenchError | None = await self.workbench.push_screen_wait(dialog)
            if made is None:
                self.workbench.tell("Stopped: nothing was made.")
                return None
            if isinstance(made, WorkbenchError):
                raise made
            files, like = made
            told = f"Written by {model}, with the pattern {like} to go by: read it before you trust it."
        path = self._write(folder, files)
        self.workbench.tell(told)
        return path

    async def _who_writes(self) -> str | None:
        """A model that can write, or nobody; not asked where there is none but the embedded ones."""
        bench = self.workbench.bench
        infos = [
            info
            for info in bench.providers.models()
            if info.available and "prompt" in info.tasks and not info.name.startswith(NO_WRITERS)
        ]
        if not infos:
            return NOBODY
        figures = {each.model: each for each in bench.reader.models()}
        names = [info.name for info in infos]
        nobody = ink((NOBODY, "accent"), "  the nearest pattern; nobody is asked")
        picks = [Pick(NOBODY, nobody)]
        rows = model_rows(names, bench.providers, figures)
        picks += [Pick(name, row) for name, row in zip(names, rows, strict=True)]
        dialog = PickDialog("Who writes it", picks, free="a model, as typed")
        chosen = await self.workbench.push_screen_wait(dialog)
        if not chosen or not chosen[0].endswith("*"):
            return chosen[0] if chosen else None
        asked = AskDialog("Which model", chosen[0].removesuffix("*"), "provider/model", _model_problem)
        return await self.workbench.push_screen_wait(asked)


def _row(name: str, about: str, colour: str = "key") -> Line:
    return ink((f"{name:<{WIDTH}}", colour), f"  {about}")


def _first_of_each_recipe(rows: Sequence[RunRow]) -> list[RunRow]:
    """The newest run of each version of each recipe."""
    found: dict[str, RunRow] = {}
    for row in rows:
        found.setdefault(row.recipe_hash, row)
    return list(found.values())


def _model_problem(text: str) -> str | None:
    provider, _, name = text.partition("/")
    return None if provider and name.strip(" *") else "provider/model, as it is called there"


def _said(text: str) -> str | None:
    return None if len(text.split()) > 1 else "a few words, please"
