"""Payload columns of many rows read together: their blobs are fetched in few queries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from workbench.events import Json
from workbench.ledger.blobs import read_blobs
from workbench.ledger.payload import PREFIX, WHOLE, Column, marks_in, parse


class PayloadReader:
    """Restores payloads of a page of rows: ``gather`` fetches for many columns, ``value`` restores one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._blobs: dict[int, str] = {}
        self._gathered: set[int] = set()

    def gather(self, columns: Iterable[Column]) -> None:
        """Fetch the blobs of payload columns, and those that they mention."""
        texts: list[str] = []
        whole: set[int] = set()
        for column in columns:
            if isinstance(column, int):
                whole.add(column)
            elif column is not None:
                texts.append(column)
        self.fetch(whole)
        texts += [self._blobs[key] for key in whole - self._gathered if key in self._blobs]
        self._gathered |= whole
        # only payloads mention blobs: a text that they mention may look like one, and is not
        self.fetch([mark for text in texts for mark in marks_in(text)])

    def gather_messages(self, columns: Iterable[Column]) -> None:
        """Fetch the blobs of messages columns."""
        lists = [column for column in columns if column is not None]
        texts = [column for column in lists if isinstance(column, str)]
        texts += self.fetch([column for column in lists if isinstance(column, int)])
        while texts:
            earlier: list[int] = []
            wanted: list[int] = []
            whole: list[int] = []
            for text in texts:
                for role, blob, *_ in json.loads(text):
                    (earlier if role == PREFIX else whole if role == WHOLE else wanted).append(blob)
            self.fetch(wanted)
            self.gather(whole)
            texts = self.fetch(earlier)

    def fetch(self, ids: Iterable[int]) -> list[str]:
        """The texts of those of ``ids`` that were not there yet."""
        new = read_blobs(self._connection, (key for key in ids if key not in self._blobs))
        self._blobs.update(new)
        return list(new.values())

    def blob(self, key: int | None) -> str | None:
        """The text of a fetched blob."""
        return None if key is None else self._blobs[key]

    def text(self, column: Column) -> str | None:
        """A plain text column."""
        return self._blobs[column] if isinstance(column, int) else column

    def value(self, column: Column) -> Json:
        """A payload column."""
        if column is None:
            return None
        return parse(self._blobs[column] if isinstance(column, int) else column, self._blobs)

    def messages(self, column: Column) -> list[Json] | None:
        """A messages column, as the request had it."""
        if column is None:
            return None
        text = self._blobs[column] if isinstance(column, int) else column
        found: list[Any] = []
        for role, blob, *segments in json.loads(text):
            if role == PREFIX:
                found.extend(self.messages(blob) or ())
            elif role == WHOLE:
                found.append(self.value(blob))
            else:
                message = {"role": role, "text": self._blobs[blob]}
                if segments:
                    message["segments"] = segments[0]
                found.append(message)
        return found
