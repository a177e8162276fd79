"""One input of a form: its name, what is wanted, the control, and what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select, TextArea

from workbench.safe_text import safe_line
from workbench.tui.forms import FieldSpec
from workbench.tui.ink import Line, fit, ink, paragraphs
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar


class Field(Vertical):
    """A field of the inputs form."""

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec

    def compose(self) -> ComposeResult:
        """Label, control, place for an error."""
        yield InkedBar(self._label)
        yield self._control()
        error = Document(classes="error")
        error.can_focus = False
        yield error

    def _label(self, width: int) -> Line:
        must = "" if not self.spec.input.required else " *"
        return fit(ink((self.spec.name, "bold"), (must, "warn"), (f"  {self.spec.about}", "dim")), width)

    def _control(self) -> Widget:
        spec = self.spec
        match spec.control:
            case "choice":
                options = [(Content(safe_line(choice)), choice) for choice in spec.choices]
                if spec.first:
                    return Select[str](options, value=spec.first, allow_blank=not spec.input.required)
                return Select[str](options, prompt="choose", allow_blank=True)
            case "line":
                return Input(spec.first, type="number" if spec.input.type == "number" else "text")
            case "json":
                return TextArea(spec.first, tab_behavior="focus")
            case _:
                area = TextArea(spec.first, tab_behavior="focus", soft_wrap=True)
                area.move_cursor(area.document.end)
                return area

    @property
    def text(self) -> str:
        """What the control holds, as text."""
        control = self.query("Input, Select, TextArea").first()
        match control:
            case TextArea():
                return control.text
            case Input():
                return control.value
            case Select():
                return control.value if isinstance(control.value, str) else ""
            case _:
                return ""

    def show_error(self, message: str | None) -> None:
        """Say what is wrong, right beneath the control; None takes it away."""
        self.set_class(message is not None, "-wrong")
        error = self.query_one(".error", Document)
        if message is not None:
            lines = paragraphs(f"✗ {message}", "bad")
            error.styles.height = len(lines)
            error.show(lines)

    def focus_control(self) -> None:
        """Put the cursor here; typing replaces what was filled in."""
        control = self.query("Input, Select, TextArea").first()
        control.focus()
        if isinstance(control, TextArea):
            control.select_all()
