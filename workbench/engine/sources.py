"""Data sources as steps use them: examples to learn from, indexes to search.

Read once and kept for the process, by the content that the recipe was loaded with: many runs of one recipe
share them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar, cast

from workbench.providers.port import Examples
from workbench.recipe.data import documents
from workbench.recipe.data import examples as read_examples
from workbench.recipe.recipe import Recipe
from workbench.tools.retrieval import Index, index_of

T = TypeVar("T")
KEPT = 32

_kept: OrderedDict[tuple[str, ...], object] = OrderedDict()
_reading: dict[tuple[str, ...], asyncio.Future[object]] = {}


class Sources:
    """The data sources of one recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._hashes: dict[str, str] = {}

    def hash(self, name: str) -> str:
        """Hash of all files of a data source, as the recipe knew them; needs no file to be there."""
        if name not in self._hashes:
            data = self._recipe.document.data[name]
            place = (data.file or data.folder or "").rstrip("/")
            files = sorted(
                (path, digest)
                for path, digest in self._recipe.file_hashes.items()
                if path == place or path.startswith(place + "/")
            )
            self._hashes[name] = blake2b(repr(files).encode(), digest_size=16).hexdigest()
        return self._hashes[name]

    async def examples(self, name: str) -> Examples:
        """The labelled examples of a data source; RecipeError when its file is broken."""
        data, folder = self._recipe.document.data[name], self._recipe.folder
        key = ("examples", str(folder), name, self.hash(name))
        return await _once(key, lambda: read_examples(data, folder))

    async def index(self, name: str, examples: str | None) -> Index:
        """The index of a data source, with example questions where there are some."""
        data, folder = self._recipe.document.data[name], self._recipe.folder
        labelled = await self.examples(examples) if examples else None
        key = ("index", str(folder), name, self.hash(name), self.hash(examples) if examples else "")
        return await _once(key, lambda: index_of(documents(data, folder), labelled))


async def _once(key: tuple[str, ...], read: Callable[[], T]) -> T:
    """What ``read`` gives, read in a thread the first time only, also when several ask at once."""
    loop = asyncio.get_running_loop()
    while key not in _kept:
        reading = _reading.get(key)
        if reading is not None and reading.get_loop() is loop:
            await asyncio.wait([reading])
            continue
        mine = _reading[key] = loop.create_future()
        try:
            _kept[key] = await asyncio.to_thread(read)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        finally:
            if _reading.get(key) is mine:  # else another loop, of another thread, reads it as well
                del _reading[key]
            mine.set_result(None)
    _kept.move_to_end(key)
    return cast(T, _kept[key])
