"""Retrieval: documents in a full-text index in memory, found by the words of a question."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.recipe.data import LabelledExamples, SourceDocument
from workbench.recipe.data import documents as read_documents
from workbench.recipe.data import examples as read_examples
from workbench.recipe.model import Data
from workbench.words import STOP_WORDS, words

_MOST_QUERY_WORDS = 120
_KEPT_INDEXES = 16
_COLUMN_WEIGHTS = "3.0, 1.0, 2.0"


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found.

    ``score`` (0..1) is the part of the question, by rarity of its words, that the document holds; hits are
    ordered by BM25, which also looks at how often and where.
    """

    id: str
    text: str
    score: float
    source: str
    title: str


class Index:
    """A full-text index over documents; may be used from several threads.

    The title counts three times, the questions that a document is known to answer (``examples``, whose label
    is the document's id) twice.
    """

    def __init__(self, documents: Iterable[SourceDocument], examples: LabelledExamples | None = None) -> None:
        self._documents = list(documents)
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._database.close)
        self._database.execute(
            "CREATE VIRTUAL TABLE found USING fts5(title, body, examples, content='', "
            "tokenize='porter unicode61 remove_diacritics 2')"
        )
        asked = _by_label(examples)
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO found(rowid, title, body, examples) VALUES (?, ?, ?, ?)",
            (
                (number, document.title, document.text, asked.get(document.id, ""))
                for number, document in enumerate(self._documents, start=1)
            ),
        )
        self._database.execute("COMMIT")

    def __len__(self) -> int:
        return len(self._documents)

    def search(self, query: str, top: int = 5) -> list[Hit]:
        """The ``top`` documents for ``query``, best first; none when no word is shared."""
        asked = query_words(query)
        if not asked or top < 1:
            return []
        with self._lock:
            rows = self._best(asked, top)
            shares = self._shares(asked, rows)
        return [self._hit(row, shares[row]) for row in rows]

    def candidates(self, query: str, most: int) -> list[Hit]:
        """What may answer ``query``: all documents, or those that share most words where there are more."""
        if len(self._documents) > most:
            return self.search(query, most)
        return [self._hit(row, 0.0) for row in range(1, len(self._documents) + 1)]

    def _best(self, asked: Sequence[str], top: int) -> list[int]:
        expression = " OR ".join(f'"{word}"' for word in asked)
        rows = self._database.execute(
            "SELECT rowid FROM found WHERE found MATCH ? "
            f"ORDER BY bm25(found, {_COLUMN_WEIGHTS}), rowid LIMIT ?",
            (expression, top),
        )
        return [int(row) for (row,) in rows]

    def _shares(self, asked: Sequence[str], rows: Sequence[int]) -> dict[int, float]:
        """Per row, the part of the question that it holds."""
        held = dict.fromkeys(rows, 0.0)
        whole = 0.0
        among = ",".join(str(row) for row in rows)
        for word in asked:
            quoted = f'"{word}"'
            count = self._count(quoted)
            rarity = math.log(1 + len(self._documents) / (count + 0.5))
            whole += rarity
            if count:
                statement = f"SELECT rowid FROM found WHERE found MATCH ? AND rowid IN ({among})"
                for (row,) in self._database.execute(statement, (quoted,)):
                    held[row] += rarity
        return {row: round(share / whole, 6) for row, share in held.items()}

    def _count(self, quoted: str) -> int:
        count = self._counts.get(quoted)
        if count is None:
            found = self._database.execute("SELECT count(*) FROM found WHERE found MATCH ?", (quoted,))
            count = self._counts[quoted] = int(found.fetchone()[0])
        return count

    def _hit(self, row: int, score: float) -> Hit:
        document = self._documents[row - 1]
        return Hit(document.id, document.text, score, document.source, document.title)


def query_words(query: str) -> list[str]:
    """The words of ``query`` worth looking for, each once; all of them when every one is a stop word."""
    found = words(query)
    telling = [word for word in found if word not in STOP_WORDS] or found
    plain = (word.replace("’", "'").split("'")[0] for word in telling)
    return list(dict.fromkeys(word for word in plain if word))[:_MOST_QUERY_WORDS]


def _by_label(examples: LabelledExamples | None) -> dict[str, str]:
    if examples is None:
        return {}
    asked: dict[str, list[str]] = {}
    for text, label in zip(examples.texts, examples.labels, strict=True):
        asked.setdefault(label, []).append(text)
    return {label: "\n".join(texts) for label, texts in asked.items()}


class _Indexes:
    """Built indexes by the hash of their content; the least recently used are dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._built: OrderedDict[str, Index] = OrderedDict()
        self._building: dict[str, threading.Lock] = {}

    def get(self, documents: Sequence[SourceDocument], examples: LabelledExamples | None) -> Index:
        key = _content_hash(documents, examples)
        with self._lock:
            mine = self._building.setdefault(key, threading.Lock())
        with mine:
            with self._lock:
                found = self._built.get(key)
                if found is not None:
                    self._built.move_to_end(key)
                    return found
            index = Index(documents, examples)
            with self._lock:
                self._built[key] = index
                while len(self._built) > _KEPT_INDEXES:
                    old, _ = self._built.popitem(last=False)
                    self._building.pop(old, None)
            return index


_INDEXES = _Indexes()


def index_of(documents: Sequence[SourceDocument], examples: LabelledExamples | None = None) -> Index:
    """The index over ``documents``, built once per content.  Takes time: call it in a thread."""
    return _INDEXES.get(documents, examples)


def index_for(data: Data, folder: Path, examples: Data | None = None) -> Index:
    """The index over a recipe's data source.  ``examples`` are questions labelled with document ids.

    Reads files and takes time: call it in a thread.  Built once per content, however often it is asked for.
    """
    labelled = None if examples is None else read_examples(examples, folder)
    return index_of(read_documents(data, folder), labelled)


def _content_hash(documents: Sequence[SourceDocument], examples: LabelledExamples | None) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for document in documents:
        digest.update(json.dumps([document.id, document.title, document.text, document.source]).encode())
    if examples is not None:
        for text, label in zip(examples.texts, examples.labels, strict=True):
            digest.update(json.dumps([text, label]).encode())
    return digest.hexdigest()
