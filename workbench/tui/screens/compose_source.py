"""Composing in the source: completion as one types, problems and their fixes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial

from textual import work
from textual.timer import Timer

from workbench.errors import Problem, WorkbenchError
from workbench.recipe.editing.completing import complete
from workbench.recipe.editing.fixes import Fix, fixes
from workbench.tui.composing.compose_text import problem_at, problem_line
from workbench.tui.ink import ink
from workbench.tui.screens.compose_base import SOURCE, ComposeBase
from workbench.tui.screens.picking import Pick, PickDialog
from workbench.tui.widgets.source_editor import SourceEditor
from workbench.tui.widgets.suggestions import Suggestion, Suggestions

KEYS = {"up": -1, "down": 1}
LONGEST_WORD = 80
LONG_WORD = re.compile(rf"[^\s]{{{LONGEST_WORD}}}\Z")
"""No name is so long: looking for one like it would take long, too."""
WORD = re.compile(r"[\w./-]")
COMPLETING_PAUSE = 0.15
"""Seconds without a key before completions are looked for."""


class ComposeSource(ComposeBase):
    """Completion and fixes."""

    _asking: Timer | None = None

    # -- completion ---------------------------------------------------------------------------------

    @property
    def _editor(self) -> SourceEditor:
        return self.query_one("#source", SourceEditor)

    def hide_suggestions(self) -> bool:
        """Hide the completions; True when they were shown."""
        return self.query_one("#suggestions", Suggestions).hide()

    def popup_key(self, key: str) -> bool:
        """Let a key choose among the completions; True when it did."""
        popup = self.query_one("#suggestions", Suggestions)
        if not popup.open:
            return False
        if key in KEYS:
            popup.move(KEYS[key])
        elif key in ("enter", "tab"):
            self._take(popup.rows[popup.chosen])
        elif key == "escape":
            popup.hide()
        else:
            return False
        return True

    def suggest_soon(self, words: str) -> None:
        """After a key: narrow the completions that are shown, or look for some when the typing pauses."""
        if self._asking is not None:
            self._asking.stop()
        popup = self.query_one("#suggestions", Suggestions)
        if len(words) != 1 or not words.isprintable() or self._in_prose():
            popup.hide()
            return
        if WORD.search(words):
            self._asking = self.set_timer(COMPLETING_PAUSE, lambda: self.action_complete(False))
        else:
            popup.hide()

    def _in_prose(self) -> bool:
        """True in a block of text, but for its templates: there one writes words, not keys."""
        row, column = self._editor.cursor_location
        before = self._editor.document.get_line(row)[:column]
        return self._editor.in_blocks[row] and max(before.rfind("{{"), before.rfind("{%")) <= before.rfind(
            "}"
        )

    def _take(self, chosen: Suggestion) -> None:
        self.hide_suggestions()
        row, column = self._editor.cursor_location
        self._editor.replace(
            chosen.text, (row, chosen.column), (row, column), maintain_selection_offset=False
        )

    @work(exclusive=True, group="completing")
    async def action_complete(self, asked: bool = True) -> None:
        """Show what could stand at the cursor; unasked only what goes on with the word that was begun."""
        editor = self._editor
        place, text = editor.cursor_location, self.draft.text
        before = editor.document.get_line(place[0])[: place[1]]
        if LONG_WORD.search(before[-LONGEST_WORD:]):
            return
        models = [info.name for info in self.workbench.bench.providers.models()]
        work = partial(complete, text, place[0] + 1, place[1] + 1, models=models, recipe=self.draft.recipe)
        found = await asyncio.to_thread(work)
        if self.gone or editor.cursor_location != place or not editor.has_focus:
            return
        rows = [Suggestion(each.text, each.detail, each.start_column - 1) for each in found]
        line = editor.document.get_line(place[0])
        if not asked and rows and rows[0].text == line[rows[0].column : place[1]]:
            rows = []
        self.query_one("#suggestions", Suggestions).show(rows, editor.cursor_screen_offset)

    # -- problems -----------------------------------------------------------------------------------

    def _fixes(self, problem: Problem) -> Sequence[Fix]:
        try:
            return fixes(self.draft.text, problem, self.draft.recipe)
        except WorkbenchError:
            return ()

    def go_to_problem(self, problem: Problem) -> None:
        """Put the cursor where a problem stands."""
        if problem.file not in ("", str(self.draft.path)):
            self.workbench.tell(f"It stands in {problem.file}.")
            return
        self._editor.go_to(problem.line, problem.column)
        self.draft.select_line(problem.line)
        self.selected()

    @work(exclusive=True, group="dialog")
    async def action_fix(self) -> None:
        """Mend the problem under the cursor: at once where there is one way, else by choice."""
        line = self._editor.cursor_location[0] + 1 if self.pane == SOURCE else None
        problem = problem_at(self.draft, line) or next(iter(self.draft.findings.problems), None)
        if problem is None:
            self.workbench.tell("Nothing to mend: the recipe is valid.")
            return
        await self._mend(problem)

    async def _mend(self, problem: Problem) -> None:
        ways = self._fixes(problem)
        if not ways:
            self.go_to_problem(problem)
            told = f": {problem.suggestion}" if problem.suggestion else ""
            self.workbench.tell(f"No fix is certain here{told}", "warning")
            return
        chosen = ways[0]
        if len(ways) > 1 and not problem.suggestion.startswith("did you mean"):
            picks = [Pick(str(number), ink(way.label)) for number, way in enumerate(ways)]
            number = await self.workbench.push_screen_wait(PickDialog("Mend", picks, text=problem.message))
            if not number:
                return
            chosen = ways[int(number[0])]
        if self.change(chosen.label, lambda text: chosen.edits):
            self.workbench.tell(f"Mended: {chosen.label}  (u takes it back)")

    @work(exclusive=True, group="dialog")
    async def action_problems(self) -> None:
        """All problems; choosing one mends it where that is certain, and goes there."""
        problems = self.draft.findings.problems
        if not problems:
            self.workbench.tell("There are no problems.")
            return
        picks = []
        for number, problem in enumerate(problems):
            sure = ink(("⚒", "good")) if self._fixes(problem) else ink(" ")
            picks.append(Pick(str(number), (*sure, *problem_line(problem, self.draft))))
        chosen = await self.workbench.push_screen_wait(
            PickDialog("Problems  (⚒ enter mends it)", picks, wide=True)
        )
        if chosen:
            await self._mend(problems[int(chosen[0])])
