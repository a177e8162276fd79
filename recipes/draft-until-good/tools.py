"""The tools of this recipe: find the notes to write from."""

import re
from pathlib import Path

NOTES = Path(__file__).parent / "data" / "notes"


def read_notes(notes: str) -> str:
    """The text of the notes.  ``notes`` is the text itself, or the name of a file in data/notes."""
    name = notes.strip()
    if not re.fullmatch(r"[\w-]{1,60}", name):
        return notes
    file = NOTES / f"{name}.md"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    known = ", ".join(sorted(each.stem for each in NOTES.glob("*.md")))
    raise ValueError(f"there are no notes {name!r}; there are {known}; or give the text itself")
