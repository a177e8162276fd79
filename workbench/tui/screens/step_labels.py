"""The steps of one run with what came of them: a person says of each whether that is good or bad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.ledger.opinions import Label, Opinions
from workbench.ledger.rows import StepRow
from workbench.tui import presentation as show
from workbench.tui.ink import Line, fit, ink, paragraphs
from workbench.tui.keys import STEP_LABEL_KEYS
from workbench.tui.screens.dialogs import Dialog
from workbench.tui.screens.editing import EditDialog
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList

MOST = 10
"""Steps that are seen at once."""
NAME = 22


class StepLabelsDialog(Dialog[bool]):
    """Labels the steps of a run that has ended; the result is whether any was."""

    BINDINGS: ClassVar[list[BindingType]] = [*STEP_LABEL_KEYS]
    HELP_TEXT = "The steps of a run: + good, - bad, e what it should have been. Gates are held against it."

    def __init__(
        self,
        run: str,
        steps: Sequence[StepRow],
        outputs: Mapping[str, Json],
        opinions: Opinions,
        given: str = "",
    ) -> None:
        super().__init__()
        self.run_id = run
        self._steps = steps
        self._answers = {path: _answer(output) for path, output in outputs.items()}
        self._opinions = opinions
        self._given = given
        self._labels = {each.path: each for each in opinions.labels(run)}
        self._labelled = False

    def compose(self) -> ComposeResult:
        """Steps, the answer of the chosen one, hints."""
        with Vertical(id="dialog", classes="-large") as box:
            box.border_title = title(ink("Labels of steps"))
            box.border_subtitle = title(ink(show.one_line(self._given, 60)))
            yield VirtualList(self._row, id="choices")
            yield Document(id="answer")
            yield KeyBar(self.hints, id="dialog-keys")

    def on_mount(self) -> None:
        """Begin at the last answer of a model."""
        choices = self.query_one("#choices", VirtualList)
        choices.styles.height = min(len(self._steps), MOST)
        choices.set_count(len(self._steps))
        asked = [place for place, each in enumerate(self._steps) if each.model]
        choices.focus()
        choices.action_move(asked[-1] if asked else 0)
        self._show()

    def on_virtual_list_moved(self) -> None:
        """Show what came of another step."""
        self._show()

    @property
    def _chosen(self) -> StepRow:
        return self._steps[self.query_one("#choices", VirtualList).cursor]

    def _row(self, index: int, width: int) -> Line:
        step = self._steps[index]
        label = self._labels.get(step.path)
        inked = (f"{label.word if label else '':<5}", label.word if label else "")
        name = fit(ink((step.path, "bold")), NAME)
        answer = show.one_line(self._answers.get(step.path, ""), 200)
        return fit((*ink(inked), *name, *ink(" ", (answer, "dim"))), width)

    def _show(self) -> None:
        path = self._chosen.path
        lines = paragraphs(self._answers.get(path, "") or "This step left nothing.")
        label = self._labels.get(path)
        if label is not None and label.answer is not None:
            lines = [*lines, (), ink(("it should have been", "key")), *paragraphs(label.answer)]
        self.query_one("#answer", Document).show(lines)

    def hints(self) -> Sequence[Hint]:
        """Good, bad, another answer."""
        return (
            Hint("+", "good", "label('good')"),
            Hint("-", "bad", "label('bad')"),
            Hint("e", "right answer", "answer"),
            Hint("esc", "back", "back"),
        )

    def action_label(self, word: str) -> None:
        """Label the chosen step and go on to the next."""
        if self._label(Label("good" if word == "good" else "bad", None, self._chosen.path)):
            self.query_one("#choices", VirtualList).action_move(1)

    def action_answer(self) -> None:
        """Label the chosen step as bad, with what it should have been."""
        path = self._chosen.path

        def write(texts: Sequence[str] | None) -> None:
            if texts is not None:
                self._label(Label("bad", texts[0], path))

        heading = f"What {path} should have come to"
        self.app.push_screen(EditDialog(heading, [("answer", self._answers.get(path, ""))]), write)

    def _label(self, label: Label) -> bool:
        try:
            self._opinions.label(self.run_id, label)
        except WorkbenchError as error:
            self.app.notify(error.message, severity="error", markup=False)
            return False
        self._labels[label.path] = label
        self._labelled = True
        self.query_one("#choices").refresh()
        self._show()
        return True

    def action_back(self) -> None:
        """Back to the batch."""
        self.dismiss(self._labelled)

    def copy_text(self) -> str:
        """The answer of the chosen step."""
        return self._answers.get(self._chosen.path, "")


def _answer(output: Json) -> str:
    """What a step came to, as a person reads it."""
    text = output.get("text") if isinstance(output, dict) else None
    return show.value_text(text or output) if output is not None else ""
