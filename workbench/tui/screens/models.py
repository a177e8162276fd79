"""The models one can name: what can be had, at what price, and what the record says of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from workbench.errors import WorkbenchError
from workbench.study.models import ModelLook, Pinged, can_be_pinged, look_at_models, ping
from workbench.tui.ink import Line, ink, spread
from workbench.tui.keys import MODELS_KEYS
from workbench.tui.model_rows import heading, model_detail, model_row
from workbench.tui.screens.base import HELP, WorkbenchScreen
from workbench.tui.widgets.document import Document
from workbench.tui.widgets.inked import InkedBar, title
from workbench.tui.widgets.key_bar import Hint, KeyBar
from workbench.tui.widgets.virtual_list import VirtualList


class ModelsScreen(WorkbenchScreen):
    """All models, and one of them in full."""

    CSS_PATH = "models.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*MODELS_KEYS]
    HELP_TEXT = "What recipes can name. p makes one small call to a model, which is recorded like any other."

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[ModelLook] = []
        self.pinged: dict[str, Pinged] = {}
        self.asking: set[str] = set()

    def compose(self) -> ComposeResult:
        """Bar, list, the model at the cursor, hints."""
        yield InkedBar(self._bar, id="bar")
        yield VirtualList(self._row, heading, id="models")
        yield Document(id="detail")
        yield KeyBar(self.hints, id="keys")

    def on_mount(self) -> None:
        """Read what is known."""
        self.query_one("#models").border_title = title(ink("1 Models"))
        self.query_one("#detail").border_title = title(ink("2 Model"))
        self.query_one("#models").focus()
        self._load()

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        try:
            self.looks = await look_at_models(self.workbench.bench)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return
        if self.gone:
            return
        self.query_one("#models", VirtualList).set_count(len(self.looks))
        self.query_one("#bar").refresh()
        self._show()

    def _bar(self, width: int) -> Line:
        usable = sum(each.info.available for each in self.looks)
        left = ink(" ", ("models", "bold"), (f"  {usable} of {len(self.looks)} can be asked", "dim"))
        return spread(left, ink(("prices are for a million tokens ", "dim")), width)

    def _row(self, index: int, width: int) -> Line:
        look = self.looks[index]
        return model_row(look, width, look.info.name in self.asking)

    @property
    def chosen(self) -> ModelLook | None:
        """The model at the cursor."""
        cursor = self.query_one("#models", VirtualList).cursor
        return self.looks[cursor] if self.looks else None

    @on(VirtualList.Moved, "#models")
    def _show(self) -> None:
        look = self.chosen
        if look is not None:
            name = look.info.name
            lines = model_detail(look, self.pinged.get(name), name in self.asking)
            self.query_one("#detail", Document).show(lines)

    def hints(self) -> Sequence[Hint]:
        """Ping."""
        return (
            HELP,
            Hint("p", "ping", "ping"),
            Hint("r", "read again", "again"),
            Hint("y", "copy name", "app.copy"),
            Hint("esc", "back", "back"),
        )

    def action_ping(self) -> None:
        """Make one small call to the model at the cursor."""
        look = self.chosen
        if look is None or look.info.name in self.asking:
            return
        if not can_be_pinged(self.looks, look.info.name):
            self.workbench.tell(
                "This line stands for all models of a provider: name one with a price, or run one."
            )
            return
        self.asking.add(look.info.name)
        self._changed()
        self._ping(look.info.name)

    @work(group="ping")
    async def _ping(self, name: str) -> None:
        try:
            self.pinged[name] = await ping(self.workbench.bench, name)
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
        finally:
            self.asking.discard(name)
        self._load()

    def _changed(self) -> None:
        self.query_one("#models").refresh()
        self._show()

    def action_again(self) -> None:
        """Read anew what is known, and whether servers of this machine listen."""
        self._load()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss()

    def copy_text(self) -> str:
        """The name of the model at the cursor."""
        return self.chosen.info.name if self.chosen else ""

    def command(self) -> str:
        """The same on the command line."""
        return f"workbench models {self.copy_text()}".strip()
