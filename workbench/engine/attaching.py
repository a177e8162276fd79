"""Images and files that go with a prompt: found, read, known by their content.

A file lies in the recipe's folder, or, where an input of the run names it, in the folder one works in.  What
a model or a tool names can thus never be a file that the recipe's author did not put beside the recipe.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.engine.running import Work
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.attachments import MOST_BYTES, Attachment, media_type_of
from workbench.recipe.expressions import render


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a prompt; ``content`` is None when only a recording still knows it."""

    name: str
    media_type: str
    hash: str
    content: Attachment | None = None

    @property
    def identity(self) -> list[Json]:
        """What the fingerprint covers."""
        return [self.name, self.media_type, self.hash]


async def attached(work: Work) -> tuple[Attached, ...]:
    """The files of a step's ``attach:``; CallError for one that cannot be used."""
    return tuple([await _attached(work, template) for template in work.step.attach])


def contents(files: tuple[Attached, ...]) -> tuple[Attachment, ...]:
    """What is to be sent; CallError when a file is gone."""
    for each in files:
        if each.content is None:
            raise CallError("bad_request", f"{each.name}, which is to be attached, is not there", sent=False)
    return tuple(each.content for each in files if each.content is not None)


async def _attached(work: Work, template: str) -> Attached:
    rendered = render(template, work.scope.values)
    by_inputs = all(each.kind == "input" for each in work.scope.segments(rendered))
    running = work.running
    folders = [running.recipe.folder, *([running.folder] if by_inputs else [])]
    path = _find(rendered.text.strip(), folders)
    if path is None:
        return _recorded(work, rendered.text.strip()) or _missing(rendered.text, by_inputs)
    content = await asyncio.to_thread(_read, path)
    media_type = media_type_of(content)
    if not media_type:
        raise _bad(f"{path.name} is neither a picture, a sound, a PDF nor a text", "attach one of these")
    found = Attachment(media_type, content, name=path.name)
    return Attached(path.name, media_type, found.hash, found)


def _find(name: str, folders: list[Path]) -> Path | None:
    """The file of that name in the first folder that has it, wherever links lead inside it."""
    if not name or "\x00" in name:
        raise _bad("attach names no file")
    for folder in folders:
        root = Path(os.path.realpath(folder))
        path = Path(os.path.realpath(root / name))
        if not path.is_relative_to(root):
            continue
        if any(part.startswith(".") for part in path.relative_to(root).parts):
            raise CallError("denied", f"{name} is hidden; hidden files are not attached", sent=False)
        if path.is_file():
            return path
    return None


def _missing(name: str, by_inputs: bool) -> Attached:
    where = "the recipe's folder" + (" and the folder you work in" if by_inputs else "")
    raise _bad(f"{name.strip()!r}, which is to be attached, is not there", f"looked in {where}")


def _recorded(work: Work, name: str) -> Attached | None:
    """The file as the recording of this step has it: a replay needs no file."""
    request = work.running.door.recorded_request(work.path)
    for each in _files_of(request):
        if each.get("name") == PurePosixPath(name).name:
            return Attached(str(each["name"]), str(each.get("type")), str(each.get("hash")))
    return None


def _files_of(request: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    for message in request.get("messages") or ():
        if isinstance(message, Mapping):
            yield from (each for each in message.get("attachments") or () if isinstance(each, Mapping))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _bad(f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > MOST_BYTES:
        raise _bad(f"{path.name} is larger than {MOST_BYTES >> 20} MB", "no provider takes more at once")
    if not content:
        raise _bad(f"{path.name} is empty")
    return content


def _bad(message: str, hint: str = "") -> CallError:
    return CallError("bad_request", message, hint=hint, sent=False)
