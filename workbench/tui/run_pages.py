"""Past runs by page: only the pages that are looked at are read from the record."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunFilter, RunRow

PAGE = 200
KEPT_PAGES = 8


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was read at one moment."""

    filter: RunFilter
    version: int
    count: int
    pages: dict[int, list[RunRow]]


class RunPages:
    """The runs that match a filter, newest first.  ``want`` is told which page is missing."""

    def __init__(self, reader: Reader, want: Callable[[int], None]) -> None:
        self._reader = reader
        self._want = want
        self._pages: OrderedDict[int, list[RunRow]] = OrderedDict()
        self._asked: set[int] = set()
        self.filter = RunFilter()
        self.count = 0
        self.version = -1

    def row(self, index: int) -> RunRow | None:
        """The run at a place; None while its page is being read."""
        number, place = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            if number not in self._asked:
                self._asked.add(number)
                self._want(number)
            return None
        self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    def read(self, filter: RunFilter, pages: list[int]) -> Fresh:
        """The count, the record's version and some pages as they are now (for a thread)."""
        version = self._reader.data_version()
        count = self._reader.count_runs(filter)
        rows = {number: self._reader.runs(PAGE, number * PAGE, filter) for number in pages}
        return Fresh(filter, version, count, rows)

    def replace(self, fresh: Fresh) -> None:
        """Show what was read in place of all that was known."""
        self._pages.clear()
        self._asked.clear()
        self.filter, self.version, self.count = fresh.filter, fresh.version, fresh.count
        self._pages.update(fresh.pages)

    def read_page(self, number: int) -> Fresh:
        """One page more (for a thread)."""
        rows = self._reader.runs(PAGE, number * PAGE, self.filter)
        return Fresh(self.filter, self.version, self.count, {number: rows})

    def add(self, fresh: Fresh) -> None:
        """Show a page more, unless what is shown has changed meanwhile."""
        if (fresh.filter, fresh.version) != (self.filter, self.version):
            return
        self._asked.difference_update(fresh.pages)
        self._pages.update(fresh.pages)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
