"""Files beside a recipe that mention its names: the texts of its prompts, and its tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path as FilePath

from workbench.recipe.editing.places import place_of
from workbench.recipe.editing.saving import Opened, open_text
from workbench.recipe.editing.text_edit import TextEdit
from workbench.recipe.editing.tree import MARK, Draft, EditError, Node, draft
from workbench.recipe.editing.writing import key_text
from workbench.recipe.files import DiskFiles, FileError, StoredFiles
from workbench.recipe.identity import prompt_files
from workbench.recipe.short_forms import written_out
from workbench.recipe.source import Path
from workbench.recipe.tests_file import TESTS_NAME

Key = Callable[[str], str | None]
"""What a key of the tests becomes; None when it stays."""


def beside(text: str, folder: FilePath) -> dict[str, Opened]:
    """The files that a recipe's text names as prompts, and its tests; by name, those that can be read."""
    try:
        data = draft(text).data
    except EditError:
        return {}
    disk, found = DiskFiles(folder), {}
    full = written_out(data, StoredFiles({}, {})) if isinstance(data, dict) else {}
    for name in dict.fromkeys([*prompt_files(full), TESTS_NAME]):
        try:
            path = disk.resolve(name)
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = open_text(path)
        except (FileError, EditError, OSError):
            continue
    return found


def plain(text: str) -> str:
    """A file's text as a prompt: without a byte order mark, ``\\n`` as the line end."""
    return text.removeprefix(MARK).replace("\r\n", "\n")


def written_edits(text: str, offsets: Iterable[int], old: str, new: str) -> list[TextEdit]:
    """Edits of a file's own text that put ``new`` for ``old`` at offsets of its plain text."""
    places = sorted(set(offsets))
    found, at, count = [], int(text.startswith(MARK)), 0
    for place in places:
        while count < place:
            at += 2 if text.startswith("\r\n", at) else 1
            count += 1
        found.append(TextEdit(at, at + len(old), new))
    return found


def expected_step(path: Path, new: str) -> Key:
    """How expectations of a step are called after it has a new name: ``steps.kind.label``."""
    names = [part for part in place_of(path).split("/") if part != "else" and not part.startswith("choose[")]
    old = ".".join(("steps", *names))
    return _moved(old, f"{old.rpartition('.')[0]}.{new}")


def output_key(name: str, new: str) -> Key:
    """How expectations of an output are called after it has a new name."""
    return _moved(f"outputs.{name}", f"outputs.{new}")


def _moved(old: str, new: str) -> Key:
    return lambda key: new + key[len(old) :] if key == old or key.startswith(f"{old}.") else None


def tests_edits(text: str, section: str, renamed: Key) -> list[TextEdit]:
    """Edits of a tests.yaml that give keys of ``inputs`` or ``expect`` new names, in every case."""
    try:
        at: Draft = draft(text)
    except EditError:
        return []  # the tests cannot be read: the check says so
    edits = []
    for path, node in at.nodes.items():
        if len(path) == 4 and path[0] == "cases" and path[2] == section and node.key is not None:
            new = renamed(str(path[3]))
            if new is not None:
                edits.append(key_edit(at, node, new))
    return at.original_edits(edits)


def key_edit(at: Draft, node: Node, new: str) -> TextEdit:
    """The edit that gives an entry another key, in the quotes it has."""
    assert node.key is not None
    quote = at.text[node.key[0] : node.key[0] + 1]
    return TextEdit(*node.key, f"{quote}{new}{quote}" if quote in ("'", '"') else key_text(new))
