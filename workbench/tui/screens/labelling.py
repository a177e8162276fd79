"""Labels by hand on the run screen: of the chosen step, or on the tab ``Run`` of the run as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import WorkbenchError
from workbench.ledger.opinions import Label
from workbench.tui import presentation as show
from workbench.tui.ink import Line, ink, paragraphs
from workbench.tui.screens.editing import EditDialog
from workbench.tui.screens.run_base import RunBase


class Labelling(RunBase):
    """Says of a run that has ended what a person thinks of it."""

    def label_lines(self) -> list[Line]:
        """The labels of the run and its steps, for the tab ``Run``."""
        lines: list[Line] = []
        for each in self.labels:
            inked = (each.word, "good" if each.word == "good" else "bad")
            lines.append(ink(("label ", "key"), f"{each.path or 'the run'}: ", inked))
            if each.answer is not None:
                lines += [(("  ", ""), *line) for line in paragraphs(each.answer, "dim")]
        return [*lines, ()] if lines else []

    def label_of(self, path: str | None) -> Line:
        """The label of a step, for its frame."""
        word = next((each.word for each in self.labels if each.path == path and path), None)
        return ink((f"labelled {word}", word)) if word else ()

    def action_label(self, word: str) -> None:
        """Label what is looked at."""
        self._label(Label("good" if word == "good" else "bad", None, self._place()))

    def action_right_answer(self) -> None:
        """Label it as bad, with what it should have been."""
        path = self._place()
        outputs = self.model.state.outputs
        known = self.details.get(path) if path else None
        shown = next((show.value_text(value) for value in outputs.values()), "")
        if path is not None:
            output = known.output if known is not None else None
            text = output.get("text") if isinstance(output, dict) else None
            shown = show.value_text(text or output) if output is not None else ""

        def write(texts: Sequence[str] | None) -> None:
            if texts is not None:
                self._label(Label("bad", texts[0], path))

        title = f"What {path or 'the run'} should have come to"
        self.workbench.push_screen(EditDialog(title, [("answer", shown)]), write)

    def _place(self) -> str | None:
        return None if self.tab == "Run" else self.model.selected

    def _label(self, label: Label) -> None:
        run = self.model.state.id
        if not run or self.model.running or self.model.halt is not None:
            self.workbench.tell("A run is labelled when it has ended.")
            return
        try:
            self.workbench.bench.ledger.opinions().label(run, label)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        self.labels = (*(each for each in self.labels if each.path != label.path), label)
        self.workbench.tell(f"{label.path or 'The run'} is labelled {label.word}.")
        self.draw_all()
