"""The recipe's YAML as text to type in: coloured line by line, problems marked where they stand.

The widget shows a document that lives elsewhere: every key becomes an edit of it (``on_edit``), and what
changed otherwise is shown by ``show``, without moving the cursor from the words it stands at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.document._document import EditResult
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.document._wrapped_document import WrappedDocument
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from workbench.tui.compose_keys import SOURCE_KEYS
from workbench.tui.composing.highlighting import blocks, spans
from workbench.tui.composing.lines import Lines, newline_of, shown, typed
from workbench.tui.widgets.inked import Inked

Mark = tuple[int, int, str]
"""A marked part of a line: first and last column (exclusive, 0: to the end), and an ink."""
MARKS = ("bad", "warn")
INDENT = 2


class _Unwrapped(WrappedDocument):
    """Lines that are never wrapped: the height is their number.  (Counting it for each row drawn is slow.)"""

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.document.line_count


class SourceEditor(TextArea, Inked):
    """A text area for YAML."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"source--part"}
    BINDINGS: ClassVar[list[BindingType]] = [*SOURCE_KEYS]

    class Moved(Message):
        """The cursor went to another line, counted from 1."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    def __init__(
        self,
        on_edit: Callable[[int, int, str], None],
        popup: Callable[[str], bool] = lambda key: False,
        *,
        id: str | None = None,
    ) -> None:
        self._on_edit = on_edit
        self._popup = popup
        self._known = Lines.of("")
        self._marks: Mapping[int, Sequence[Mark]] = {}
        self._part = range(0)
        self._blocks: list[bool] | None = None
        self._following = True
        self._at_line = 1
        self._inks: dict[str, Style] = {}
        super().__init__(
            id=id, soft_wrap=False, tab_behavior="indent", show_line_numbers=True, max_checkpoints=1
        )
        self._following = False
        self.indent_width = INDENT

    # -- the document -------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The document, to the character."""
        return self._known.text

    def load(self, text: str) -> None:
        """Show another document from its beginning."""
        self._known = Lines.of(text)
        self._following = True
        self.load_text(shown(text))
        self._following = False

    def _set_document(self, text: str, language: str | None) -> None:
        self._blocks = None
        super()._set_document(text, language)
        self.wrapped_document = _Unwrapped(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def show(self, text: str) -> None:
        """Show the document after a change that was not typed here; only changed lines are drawn anew."""
        before, self._known = self.document.lines, Lines.of(text)
        after = shown(text).split("\n")
        top = _common(before, after)
        if top == len(before) == len(after):
            self._line_cache.clear()
            self.refresh()
            return
        room = min(len(before), len(after)) - top
        bottom = min(room, _common(before[::-1], after[::-1]))
        start, end = (top, 0), (len(before) - bottom, 0)
        words = "".join(f"{line}\n" for line in after[top : len(after) - bottom])
        if not bottom:  # nothing follows: the break before goes with it
            start = (top - 1, len(before[top - 1])) if top else (0, 0)
            end = (len(before) - 1, len(before[-1]))
            words = "\n".join(after[top - 1 if top else 0 :])[len(before[top - 1]) if top else 0 :]
        self._following = True
        cursor = self.cursor_location
        self.edit(Edit(words, start, end, maintain_selection_offset=True))
        self._following = False
        if not (cursor[0] < top or cursor[0] >= len(before) - bottom):
            row = min(cursor[0], len(after) - 1)
            self.move_cursor((row, min(cursor[1], len(after[row]))))

    def edit(self, edit: Edit) -> EditResult:
        """Take an edit of the view: it is done in the document first."""
        if not self._following:
            start = self._known.offset(*edit.top)
            end = self._known.offset(*edit.bottom)
            words = typed(edit.text, newline_of(self._known.text))
            edit.text = shown(words)
            self._on_edit(start, end, words)
            self._known = Lines.of(self._known.text[:start] + words + self._known.text[end:])
        self._blocks = None
        result = super().edit(edit)
        self.history.clear()
        return result

    @property
    def text(self) -> str:
        """What is shown.  (Drawing asks for it at every line: joining all lines each time would be slow.)"""
        return self._known.text

    @text.setter
    def text(self, value: str) -> None:
        self.load(value)

    def undo(self) -> None:
        """The document's own history is the one."""
        self.run_later("undo")

    def redo(self) -> None:
        """The document's own history is the one."""
        self.run_later("redo")

    def run_later(self, action: str) -> None:
        """Let the screen do an action."""
        self.call_later(self.screen.run_action, f"screen.{action}")

    @property
    def in_blocks(self) -> list[bool]:
        """For each line whether it stands in a block of text."""
        if self._blocks is None:
            self._blocks = blocks(self.document.lines)
        return self._blocks

    # -- drawing ------------------------------------------------------------------------------------

    def mark(self, marks: Mapping[int, Sequence[Mark]]) -> None:
        """Mark parts of lines (from 1): where problems stand."""
        if marks != self._marks:
            self._marks = marks
            self._line_cache.clear()
            self.refresh()

    def show_part(self, first: int, last: int) -> None:
        """Let the lines (from 1) of the part under the cursor stand out."""
        part = range(first - 1, last)
        if part != self._part:
            self._part = part
            self._line_cache.clear()
            self.refresh()

    def notify_style_update(self) -> None:
        """Other colours."""
        self._inks.clear()
        super().notify_style_update()

    def get_component_rich_style(
        self, *names: str, partial: bool = False, default: Style | None = None
    ) -> Style:
        """The line of the cursor changes its ground, never the colours of its words."""
        style = super().get_component_rich_style(*names, partial=partial, default=default)
        return Style(bgcolor=style.bgcolor) if "text-area--cursor-line" in names else style

    def _ink(self, name: str) -> Style:
        if name not in self._inks:
            if name == "part":
                style = Style(color=self.get_component_rich_style("source--part").color)
            elif name in MARKS:
                found = self.get_component_rich_style(f"ink--{name}")
                style = Style(color=found.color, underline=True)
            else:
                found = self.get_component_rich_style(f"ink--{name}")
                style = Style(color=found.color, italic=found.italic)
            self._inks[name] = style
        return self._inks[name]

    def get_line(self, line_index: int) -> Text:
        """A line in its colours."""
        line = super().get_line(line_index)
        block = line_index < len(self.in_blocks) and self.in_blocks[line_index]
        for start, end, name in spans(line.plain, block=block):
            line.stylize(self._ink(name), start, end)
        for start, end, name in self._marks.get(line_index + 1, ()):
            line.stylize(self._ink(name), start, end or len(line))
        return line

    def _render_line(self, y: int) -> Strip:
        strip = super()._render_line(y)
        row = y + self.scroll_offset.y
        if row not in self._part or row >= self.document.line_count or row == self.cursor_location[0]:
            return strip
        gutter, *rest = strip
        return Strip([Segment(gutter.text, self._ink("part") + Style(bgcolor=_ground(gutter))), *rest])

    # -- keys ---------------------------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        """Keys of an editor for YAML: completions come first, escape leaves, enter keeps the indent."""
        if event.key in ("enter", "tab", "escape") and self._popup(event.key):
            event.stop()
            event.prevent_default()
            return
        if event.key == "escape":  # the screen's; Textual's own way is to the next widget
            event.prevent_default()
            return
        if event.key == "enter" and not self.read_only:
            event.stop()
            event.prevent_default()
            self._replace_via_keyboard("\n" + " " * self._next_indent(), *self.selection)
            return
        await super()._on_key(event)

    def action_cursor_up(self, select: bool = False) -> None:
        """A line up, or a completion."""
        if select or not self._popup("up"):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """A line down, or a completion."""
        if select or not self._popup("down"):
            super().action_cursor_down(select)

    def _next_indent(self) -> int:
        row, column = min(self.selection)
        before = self.document.get_line(row)[:column]
        indent = len(before) - len(before.lstrip(" "))
        bare = before.split(" #")[0].rstrip()
        return indent + (INDENT if bare.endswith((":", "|", ">")) else 0)

    def action_outdent(self) -> None:
        """Take one level of indent away from the line."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        spare = min(INDENT, len(line) - len(line.lstrip(" ")))
        if spare:
            self.edit(Edit("", (row, 0), (row, spare), maintain_selection_offset=True))
            self.move_cursor((row, max(0, column - spare)))

    def _watch_selection(self, previous_selection: Selection, selection: Selection) -> None:
        super()._watch_selection(previous_selection, selection)
        line = selection.end[0] + 1
        if line != self._at_line:
            self._at_line = line
            if not self._following:
                self.post_message(self.Moved(line))

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor on a line and column, from 1, without telling anyone."""
        row = min(max(0, line - 1), self.document.line_count - 1)
        place = (row, min(max(0, column - 1), len(self.document.get_line(row))))
        if place == self.cursor_location:
            return
        self._following = True
        self.move_cursor(place)
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if height and not top <= row < top + height * 3 // 4:
            self.scroll_to(y=max(0, row - height // 4), animate=False, immediate=True)
        self._following = False


def _ground(segment: Segment) -> Color | None:
    return segment.style.bgcolor if segment.style is not None else None


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many items two sequences begin with alike."""
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return number
    return min(len(left), len(right))
