"""Reading and saving a recipe's file without losing anybody's work, and what a crash leaves to recover."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex

from workbench.recipe.editing.tree import EditError
from workbench.recipe.source import MAX_BYTES

RECOVERY = Path(".workbench") / "recovery"
"""Where unsaved texts are kept, beside the record."""


class ChangedOnDisk(EditError):
    """The file is not as it was read: somebody else wrote it, made it or took it away."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's text, with its line ends and byte order mark, and a stamp of its bytes (empty: no file)."""

    path: Path
    text: str
    stamp: str


def open_text(path: Path) -> Opened:
    """Read a file as it is; a file that is not there is an empty text.  EditError when it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Opened(path, "", "")
    except OSError as error:
        raise EditError(f"{path} cannot be read: {_reason(error)}") from None
    if len(content) > MAX_BYTES:
        raise EditError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
    try:
        return Opened(path, content.decode("utf-8"), _stamp(content))
    except UnicodeDecodeError:
        raise EditError(f"{path} is not UTF-8 text") from None


def stamp_of(path: Path) -> str:
    """The stamp of the file as it is now; empty when there is none."""
    try:
        return _stamp(path.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise EditError(f"{path} cannot be read: {_reason(error)}") from None


def save(path: Path, text: str, stamp: str | None) -> Opened:
    """Write the text in one go: whoever reads the file sees the old text or the new one, never a part.

    ``stamp`` is that of the file when it was read; ChangedOnDisk when it differs now.  None overwrites
    whatever is there: ask before.
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EditError(f"the character {text[error.start]!r} cannot be saved") from None
    if stamp is not None and stamp_of(path) != stamp:
        what = "was changed on disk" if path.exists() else "is no longer there"
        raise ChangedOnDisk(f"{path} {what} since it was read", hint="read it again, or overwrite it")
    try:
        _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise EditError(f"{path} cannot be written: {_reason(error)}") from None
    return Opened(path, text, _stamp(content))


@dataclass(frozen=True, slots=True)
class Recovered:
    """An unsaved text that a crash left: of which file, over which saved state, from when (epoch seconds)."""

    path: Path
    text: str
    stamp: str
    saved_at: float
    files: Mapping[str, str] = field(default_factory=dict)
    """Unsaved texts of files beside it, by name."""


class Recovery:
    """Keeps unsaved texts beside the record, one for each file; ``keep`` is for every few seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / RECOVERY

    def keep(self, opened: Opened, text: str, files: Mapping[str, str] | None = None) -> None:
        """Keep an unsaved text, and those of files beside it; EditError when it cannot be."""
        value = {
            "path": str(opened.path.absolute()),
            "stamp": opened.stamp,
            "saved_at": time.time(),
            "text": text,
            "files": dict(files or {}),
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self._file(opened.path), json.dumps(value).encode(), 0o600)
        except OSError as error:
            raise EditError(f"the unsaved text cannot be kept: {_reason(error)}") from None

    def drop(self, path: Path) -> None:
        """Forget the unsaved text of a file: it was saved, or given up."""
        with contextlib.suppress(OSError):
            self._file(path).unlink(missing_ok=True)

    def offered(self, path: Path) -> Recovered | None:
        """The unsaved text of a file; None when there is none, or it is what the file holds."""
        found = _recovered(self._file(path))
        if found is None or found.path != path.absolute():
            return None
        with contextlib.suppress(EditError):
            beside = {path.parent / name: text for name, text in found.files.items()}
            if all(open_text(file).text == text for file, text in {path: found.text, **beside}.items()):
                self.drop(path)
                return None
        return found

    def all(self) -> list[Recovered]:
        """Every unsaved text that is worth offering, the latest first."""
        try:
            files = sorted(self.folder.glob("*.json"))
        except OSError:
            return []
        known = [found for found in map(_recovered, files) if found is not None]
        offered = [found for each in known if (found := self.offered(each.path)) is not None]
        return sorted(offered, key=lambda found: -found.saved_at)

    def _file(self, path: Path) -> Path:
        name = blake2b(str(path.absolute()).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        return self.folder / f"{name}.json"


def _recovered(file: Path) -> Recovered | None:
    """What a recovery file holds; None when it is none, or broken."""
    try:
        value = json.loads(file.read_text("utf-8"))
        files = {str(name): str(text) for name, text in value.get("files", {}).items()}
        path, saved_at = Path(value["path"]), float(value["saved_at"])
        return Recovered(path, str(value["text"]), str(value["stamp"]), saved_at, files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _replace(path: Path, content: bytes, rights: int = 0o666) -> None:
    """Put new bytes in place of a file, with its rights; they are on disk before the old ones go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{token_hex(4)}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _stamp(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
