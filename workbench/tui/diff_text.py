"""Two texts as lines of a diff: side by side, or one beneath the other; the changed words stand out.

Signs at the left (``-`` and ``+``) say the same as the colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from workbench.study.word_diff import Run, word_diff
from workbench.tui.ink import Line, Piece, fit, ink, paragraphs, wrap

LONGEST = 60_000
"""Characters of a text that are compared; what follows is counted."""
LONGEST_STRETCH = 6_000
"""Characters of changed lines in a row that are compared word by word."""
AROUND = 2
"""Equal lines kept around a change."""
FOLDED_FROM = 7
"""Equal lines in a row from which on the middle is folded."""
ALIKE = 0.25
"""Share of equal characters below which two stretches are shown as replaced, not as edited."""
BETWEEN: Piece = (" │ ", "dim")

Block = tuple[list[Line], list[Line], bool]
"""Lines of the left, of the right, and whether they are equal."""


def side_by_side(left: str, right: str, width: int) -> list[Line]:
    """The texts in two columns; every line is ``width`` cells at most."""
    column = max(8, (width - 3) // 2)
    lines: list[Line] = []
    for ours, theirs, same in blocks(left, right):
        if same:
            lines += _folded(_beside(ours, theirs, column, "  ", "  "), width)
        else:
            lines += _beside(ours, theirs, column, "- ", "+ ")
    return lines


def unified(left: str, right: str, width: int) -> list[Line]:
    """The texts in one column: what is gone above what has come."""
    lines: list[Line] = []
    for ours, theirs, same in blocks(left, right):
        if same:
            lines += _folded(_signed(ours, "  ", "", width), width)
        else:
            lines += _signed(ours, "- ", "bad", width) + _signed(theirs, "+ ", "add", width)
    return lines


def blocks(left: str, right: str) -> list[Block]:
    """Stretches of whole lines, equal or not; in those that are not, the words that differ are inked."""
    notes = [_cut_note(text) for text in (left, right)]
    ours, theirs = (text[:LONGEST].split("\n") for text in (left, right))
    found: list[Block] = []
    for tag, a, b, c, d in _opcodes(ours, theirs):
        before, after = "\n".join(ours[a:b]), "\n".join(theirs[c:d])
        if tag == "equal":
            same = paragraphs(before)
            found.append((same, same, True))
        elif tag == "delete":
            found.append((paragraphs(before, "drop"), [], False))
        elif tag == "insert":
            found.append(([], paragraphs(after, "add"), False))
        else:
            found.append((*_words(before, after), False))
    if any(notes):
        found.append((notes[0], notes[1], True))
    return found


def _opcodes(ours: list[str], theirs: list[str]) -> list[tuple[str, int, int, int, int]]:
    """What became of which lines; the common beginning and end are found first, which costs little."""
    most = min(len(ours), len(theirs))
    head = next((at for at in range(most) if ours[at] != theirs[at]), most)
    tail = next((at for at in range(most - head) if ours[-1 - at] != theirs[-1 - at]), most - head)
    left, right = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    # lines that come many times over are not aligned one by one: the cost would grow with the square
    found = SequenceMatcher(None, left, right, autojunk=True).get_opcodes()
    codes = [("equal", 0, head, 0, head)] if head else []
    codes += [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in found]
    if tail:
        codes.append(("equal", len(ours) - tail, len(ours), len(theirs) - tail, len(theirs)))
    return codes


def _cut_note(text: str) -> list[Line]:
    rest = len(text) - LONGEST
    return [ink((f"… {rest:,} more characters are not compared", "dim"))] if rest > 0 else []


def _words(before: str, after: str) -> tuple[list[Line], list[Line]]:
    if max(len(before), len(after)) > LONGEST_STRETCH:
        return paragraphs(before, "drop"), paragraphs(after, "add")
    runs = word_diff(before, after)
    equal = sum(len(run.left) for run in runs if run.same)
    if equal < ALIKE * max(len(before), len(after), 1):
        runs = [Run(before, after)]
    ours = ((run.left, "" if run.same else "drop") for run in runs)
    theirs = ((run.right, "" if run.same else "add") for run in runs)
    return _lines(ours), _lines(theirs)


def _lines(pieces: Iterable[Piece]) -> list[Line]:
    """Inked pieces of foreign text, broken where the text has line ends."""
    lines: list[Line] = []
    current: list[Piece] = []
    for text, name in pieces:
        if not text:
            continue
        first, *rest = paragraphs(text, name)
        current.extend(first)
        for line in rest:
            lines.append(tuple(current))
            current = list(line)
    return [*lines, tuple(current)]


def _beside(ours: Sequence[Line], theirs: Sequence[Line], column: int, minus: str, plus: str) -> list[Line]:
    room = column - len(minus)
    left = [((minus, "bad" if minus.strip() else ""), *row) for line in ours for row in wrap(line, room)]
    right = [((plus, "add" if plus.strip() else ""), *row) for line in theirs for row in wrap(line, room)]
    return [(*fit(one or (), column), BETWEEN, *(other or ())) for one, other in zip_longest(left, right)]


def _signed(lines: Sequence[Line], sign: str, name: str, width: int) -> list[Line]:
    return [((sign, name), *row) for line in lines for row in wrap(line, max(8, width - len(sign)))]


def _folded(rows: list[Line], width: int) -> list[Line]:
    """Equal rows with their middle left out where there are many."""
    if len(rows) < FOLDED_FROM:
        return rows
    hidden = len(rows) - 2 * AROUND
    note = fit(ink((f"  ⋯ {hidden:,} equal lines", "dim")), width)
    return [*rows[:AROUND], note, *rows[-AROUND:]]
