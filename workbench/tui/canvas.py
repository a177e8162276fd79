"""A grid of characters to draw boxes and lines on; lines that meet join with the right corner."""

from __future__ import annotations

from itertools import groupby

from workbench.tui.ink import Line

UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8

_JOINTS = {
    UP | DOWN: "│",
    LEFT | RIGHT: "─",
    DOWN | RIGHT: "╭",
    DOWN | LEFT: "╮",
    UP | RIGHT: "╰",
    UP | LEFT: "╯",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴",
    UP | DOWN | LEFT | RIGHT: "┼",
    UP: "│",
    DOWN: "│",
    LEFT: "─",
    RIGHT: "─",
}

_TEES = {"─": "┬", "╌": "┬", "━": "┯", "═": "╤"}

Frame = tuple[str, str, str, str, str, str]
LIGHT: Frame = ("╭", "╮", "╰", "╯", "─", "│")
HEAVY: Frame = ("┏", "┓", "┗", "┛", "━", "┃")
DOUBLE: Frame = ("╔", "╗", "╚", "╝", "═", "║")
DASHED: Frame = ("╭", "╮", "╰", "╯", "╌", "╎")


class Canvas:
    """Characters and inks by row and column."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._text = [[" "] * width for _ in range(height)]
        self._ink = [[""] * width for _ in range(height)]
        self._lines: dict[tuple[int, int], int] = {}
        self._solid: set[tuple[int, int]] = set()

    def put(self, x: int, y: int, text: str, ink: str = "") -> None:
        """Write ``text``, whose characters are one cell wide, at a place; what lies outside is left out."""
        if not 0 <= y < self.height:
            return
        for offset, letter in enumerate(text):
            if 0 <= x + offset < self.width:
                self._text[y][x + offset] = letter
                self._ink[y][x + offset] = ink

    def vertical(self, x: int, top: int, bottom: int) -> None:
        """A line down column ``x`` that enters at ``top`` and leaves at ``bottom``."""
        for y in range(top, bottom + 1):
            self._join(x, y, (UP if y > top else 0) | (DOWN if y < bottom else 0))

    def horizontal(self, y: int, left: int, right: int) -> None:
        """A line along row ``y``."""
        for x in range(left, right + 1):
            self._join(x, y, (LEFT if x > left else 0) | (RIGHT if x < right else 0))

    def frame(self, x: int, y: int, width: int, height: int, style: Frame, ink: str) -> None:
        """A box."""
        corner1, corner2, corner3, corner4, across, down = style
        self._solid.update((x + column, y + row) for column in range(width) for row in range(height))
        self.put(x, y, corner1 + across * (width - 2) + corner2, ink)
        for row in range(y + 1, y + height - 1):
            self.put(x, row, down + " " * (width - 2) + down, ink)
        self.put(x, y + height - 1, corner3 + across * (width - 2) + corner4, ink)

    def tee(self, x: int, y: int) -> None:
        """Let a line start from the lower edge of a box."""
        if 0 <= y < self.height and 0 <= x < self.width:
            self._text[y][x] = _TEES.get(self._text[y][x], self._text[y][x])

    def tees(self, x: int, y: int, width: int) -> list[int]:
        """The columns of a lower edge from which lines start."""
        return [column for column in range(x, x + width) if self._text[y][column] in _TEES.values()]

    def lines(self) -> list[Line]:
        """The drawing, row by row; lines show where nothing else stands."""
        for (x, y), joint in self._lines.items():
            if (
                joint
                and (x, y) not in self._solid
                and 0 <= x < self.width
                and 0 <= y < self.height
                and self._text[y][x] == " "
            ):
                self._text[y][x] = _JOINTS[joint]
                self._ink[y][x] = "dim"
        return [self.line(y) for y in range(self.height)]

    def line(self, y: int) -> Line:
        """One row as it is now."""
        row: list[tuple[str, str]] = []
        letters, start = "".join(self._text[y]), 0
        for name, cells in groupby(self._ink[y]):
            end = start + len(list(cells))
            row.append((letters[start:end], name))
            start = end
        return tuple(row)

    def _join(self, x: int, y: int, directions: int) -> None:
        self._lines[x, y] = self._lines.get((x, y), 0) | directions
