"""Datasets: JSONL, CSV, TSV, or a folder of texts; read row by row, never held whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from workbench.errors import Problem, RecipeError, UsageError
from workbench.events import Json

LONGEST_LINE = 16 << 20
"""Bytes of one row; a longer one is a file of another kind."""
TEXTS = frozenset({".txt", ".md", ".markdown", ".rst", ".text"})
JSON_LINES = frozenset({".jsonl", ".ndjson"})
TABLES = {".csv": ",", ".tsv": "\t"}
KINDS = "a .jsonl, .csv or .tsv file, or a folder of .txt and .md files"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its columns, and where it stands."""

    position: int
    """From 1."""
    line: int
    file: str
    values: Mapping[str, Json]

    @property
    def key(self) -> str:
        """Names the row by its content and its position: another content there is another row."""
        content = json.dumps(self.values, sort_keys=True, ensure_ascii=True).encode()
        return f"{blake2b(content, digest_size=8).hexdigest()}:{self.position}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset on disk; ``rows`` reads it from its beginning each time."""

    path: Path

    def rows(self) -> Iterator[Row]:
        """All rows in order; RecipeError names the file and line that cannot be read."""
        suffix = self.path.suffix.lower()
        if self.path.is_dir():
            found = _folder(self.path)
        elif suffix in JSON_LINES:
            found = _json_lines(self.path)
        else:
            found = _table(self.path, TABLES[suffix])
        try:
            for position, (line, file, values) in enumerate(found, 1):
                yield Row(position, line, file, values)
        except OSError as error:
            raise _broken(str(error.filename or self.path), 0, _reason(error)) from error


def open_dataset(path: Path) -> Dataset:
    """The dataset at ``path``; UsageError when there is none."""
    if not path.exists():
        raise UsageError(f"there is no data at {path}")
    if not path.is_dir() and path.suffix.lower() not in (*JSON_LINES, *TABLES):
        raise UsageError(f"{path} is no dataset that can be read", hint=f"give {KINDS}")
    return Dataset(path.resolve())


def _json_lines(path: Path) -> Iterator[tuple[int, str, Mapping[str, Json]]]:
    name = str(path)
    with path.open("rb") as file:
        for line, text in _lines(file, name):
            if not text.strip():
                continue
            try:
                row = json.loads(text, parse_constant=_no_constant)
            except (ValueError, RecursionError) as error:
                raise _broken(name, line, f"not JSON: {getattr(error, 'msg', error)}") from None
            if not isinstance(row, dict):
                raise _broken(name, line, "each line must be one JSON object")
            yield line, name, row


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    line = 0
    while content := file.readline(LONGEST_LINE + 1):
        line += 1
        if len(content) > LONGEST_LINE:
            raise _broken(name, line, f"this line is longer than {LONGEST_LINE >> 20} MiB")
        try:
            yield line, content.decode("utf-8-sig" if line == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _broken(name, line, "not UTF-8 text") from None


def _table(path: Path, delimiter: str) -> Iterator[tuple[int, str, Mapping[str, Json]]]:
    name = str(path)
    csv.field_size_limit(LONGEST_LINE)
    with path.open("rb") as file:
        reader = csv.reader((text for _, text in _lines(file, name)), delimiter=delimiter, strict=True)
        header: list[str] = []
        begin = 1
        try:
            for cells in reader:
                line, begin = begin, reader.line_num + 1
                if not cells:
                    continue
                if not header:
                    header = _header(cells, name, line)
                    continue
                if len(cells) != len(header):
                    told = f"this row has {len(cells)} values, the first line names {len(header)}"
                    raise _broken(name, line, told, "put a value that holds a comma in quotes")
                yield line, name, dict(zip(header, cells, strict=True))
        except csv.Error as error:
            raise _broken(name, reader.line_num, f"cannot be read as a table: {error}") from None


def _header(cells: list[str], name: str, line: int) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = next((each for each in header if header.count(each) > 1), None)
    if twice is not None:
        raise _broken(name, line, f"the column {twice} is named twice")
    return header


def _folder(root: Path) -> Iterator[tuple[int, str, Mapping[str, Json]]]:
    """A row for each text: ``text``, ``name`` (without its ending) and ``path`` (within the folder)."""
    for path in sorted(each for each in root.rglob("*") if each.suffix.lower() in TEXTS):
        inner = path.relative_to(root)
        if path.is_dir() or any(part.startswith(".") for part in inner.parts):
            continue
        if path.stat().st_size > LONGEST_LINE:
            raise _broken(str(path), 0, f"this text is longer than {LONGEST_LINE >> 20} MiB")
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _broken(str(path), 0, "not UTF-8 text") from None
        yield 1, str(path), {"text": text, "name": path.stem, "path": inner.as_posix()}


def _reason(error: OSError) -> str:
    return f"cannot be read: {(error.strerror or str(error)).lower()}"


def _broken(name: str, line: int, message: str, suggestion: str = "") -> RecipeError:
    more: dict[str, Any] = {"suggestion": suggestion} if suggestion else {}
    return RecipeError([Problem(message, name, line, **more)])
