"""The files a recipe uses: on disk beside it, or out of the record when its folder is gone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

MAX_TEXT = 1 << 20
MAX_LISTED = 20_000


class FileError(ValueError):
    """A file that a recipe names cannot be used."""


class Files(Protocol):
    """Where the files beside a recipe come from.  Names are relative to the recipe's folder, with ``/``."""

    def kind(self, name: str) -> Literal["file", "folder"] | None:
        """What stands under ``name``."""

    def text(self, name: str) -> str:
        """The text of a small file; FileError when there is none."""

    def hash(self, name: str) -> str:
        """A hash of a file's bytes."""

    def list(self, folder: str, glob: str) -> list[str]:
        """Names of the files in ``folder`` that match, sorted."""


def content_hash(content: bytes) -> str:
    """The hash by which files are known: 32 hex digits."""
    return blake2b(content, digest_size=16).hexdigest()


@dataclass
class DiskFiles:
    """Files beside a recipe on disk.  Nothing outside the recipe's folder can be reached."""

    folder: Path
    _hashes: dict[str, str] = field(default_factory=dict)

    def kind(self, name: str) -> Literal["file", "folder"] | None:
        """What stands under ``name``; FileError when the name leads out of the folder."""
        path = self.resolve(name)
        try:
            if path.is_dir():
                return "folder"
            return "file" if path.is_file() else None
        except OSError:
            return None

    def text(self, name: str) -> str:
        """The text of a small file."""
        path = self.resolve(name)
        try:
            if path.stat().st_size > MAX_TEXT:
                raise FileError(f"{name} is larger than {MAX_TEXT >> 20} MiB")
            content = path.read_bytes()
        except OSError as error:
            raise FileError(f"{name} cannot be read: {_reason(error)}") from None
        self._hashes[name] = content_hash(content)
        try:
            return content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise FileError(f"{name} is not UTF-8 text") from None

    def hash(self, name: str) -> str:
        """A hash of a file's bytes."""
        if name not in self._hashes:
            digest = blake2b(digest_size=16)
            try:
                with self.resolve(name).open("rb") as opened:
                    while block := opened.read(1 << 20):
                        digest.update(block)
            except OSError as error:
                raise FileError(f"{name} cannot be read: {_reason(error)}") from None
            self._hashes[name] = digest.hexdigest()
        return self._hashes[name]

    def list(self, folder: str, glob: str) -> list[str]:
        """Names of the files in ``folder`` that match; hidden ones and links that lead out are left away."""
        return [f"{PurePosixPath(folder) / name}" for name in matching_files(self.resolve(folder), glob)]

    def resolve(self, name: str) -> Path:
        """The path of ``name``, or FileError when it leads out of the folder."""
        checked = checked_name(name)
        path = self.folder / checked
        root = os.path.realpath(self.folder)
        real = os.path.realpath(path)
        if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
            raise FileError(f"{name} leads out of the recipe's folder")
        return path


@dataclass
class ChangedFiles(DiskFiles):
    """Files beside a recipe of which some were changed and not saved yet."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def kind(self, name: str) -> Literal["file", "folder"] | None:
        """What stands under ``name``."""
        return "file" if checked_name(name) in self.texts else super().kind(name)

    def text(self, name: str) -> str:
        """The text of a small file, as it was changed."""
        changed = self.texts.get(checked_name(name))
        return super().text(name) if changed is None else changed.removeprefix("\ufeff").replace("\r\n", "\n")

    def hash(self, name: str) -> str:
        """A hash of a file's bytes."""
        changed = self.texts.get(checked_name(name))
        return super().hash(name) if changed is None else content_hash(changed.encode("utf-8"))


@dataclass(frozen=True)
class StoredFiles:
    """Files of a recipe as the record kept them."""

    texts: Mapping[str, str | None]
    hashes: Mapping[str, str]

    def kind(self, name: str) -> Literal["file", "folder"] | None:
        """What stood under ``name``."""
        clean = checked_name(name)
        if clean in self.hashes:
            return "file"
        return "folder" if any(known.startswith(f"{clean}/") for known in self.hashes) else None

    def text(self, name: str) -> str:
        """The kept text of a file."""
        kept = self.texts.get(checked_name(name))
        if kept is None:
            raise FileError(f"the record holds no text of {name}")
        return kept

    def hash(self, name: str) -> str:
        """The kept hash of a file."""
        try:
            return self.hashes[checked_name(name)]
        except KeyError:
            raise FileError(f"the record holds nothing of {name}") from None

    def list(self, folder: str, glob: str) -> list[str]:
        """The files of a folder that the record knows; it kept only those that matched."""
        clean = checked_name(folder)
        return sorted(name for name in self.hashes if name.startswith(f"{clean}/"))


def checked_name(name: str) -> str:
    """``name`` in its plainest form; FileError when it is absolute or climbs out."""
    if "\x00" in name or "\\" in name:
        raise FileError(f"{name!r} is not a file name; folders are parted by /")
    path = PurePosixPath(name)
    if path.is_absolute() or name.startswith("~") or ".." in path.parts:
        raise FileError(f"{name} leads out of the recipe's folder")
    return str(path)


def matching_files(folder: Path, glob: str) -> list[str]:
    """Names, relative to ``folder`` and sorted, of its files that match ``glob``, hidden ones apart."""
    if not glob or PurePosixPath(glob).is_absolute() or ".." in PurePosixPath(glob).parts:
        raise FileError(f"{glob!r} is not a pattern for files in a folder")
    root = os.path.realpath(folder)
    found = []
    try:
        for path in folder.glob(glob):
            name = path.relative_to(folder)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
            if hidden or not path.is_file() or not os.path.realpath(path).startswith(root + os.sep):
                continue
            found.append(name.as_posix())
            if len(found) > MAX_LISTED:
                raise FileError(f"{folder.name} holds more than {MAX_LISTED:,} files")
    except (OSError, NotImplementedError, IndexError) as error:
        raise FileError(f"{folder.name} cannot be listed: {error}") from None
    return sorted(found)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
