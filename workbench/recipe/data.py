"""Data sources: documents to search in, and labelled examples to learn from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from workbench.errors import Problem, RecipeError
from workbench.recipe.files import DiskFiles, FileError, matching_files
from workbench.recipe.model import Data

MAX_FILE = 64 << 20
MAX_ROWS = 1_000_000
MAX_FIELD = 1 << 20
TEXT_KINDS = frozenset({".md", ".txt", ".markdown", ".rst", ".text"})
TABLE_KINDS = frozenset({".csv", ".tsv", ".jsonl", ".ndjson"})
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document of a data source.  ``source`` is the file it came from (and its line, for tables)."""

    id: str
    title: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class LabelledExamples:
    """Texts and their labels; ``hash`` identifies the content."""

    texts: Sequence[str]
    labels: Sequence[str]
    hash: str


def documents(data: Data, folder: Path) -> list[SourceDocument]:
    """The documents of a data source, in a stable order; RecipeError when its files are broken."""
    if data.folder is not None:
        found = _folder_documents(data, folder)
    else:
        found = _file_documents(str(data.file), folder)
    _refuse_twins(found)
    return found


def examples(data: Data, folder: Path) -> LabelledExamples:
    """The labelled examples of a CSV, TSV or JSONL file with ``text`` and ``label``."""
    if data.file is None or _suffix(data.file) not in TABLE_KINDS:
        raise _broken(
            data.file or data.folder or "", 0, "examples are a CSV or JSONL file with text and label"
        )
    texts: list[str] = []
    labels: list[str] = []
    problems: list[Problem] = []
    for line, row in _rows(data.file, folder, ("text", "label")):
        text, label = (_cell(row.get(key)) for key in ("text", "label"))
        if not text or not label:
            missing = "text" if not text else "label"
            problems.append(Problem(f"this example has no {missing}", data.file, line))
            if len(problems) >= MOST_PROBLEMS:
                break
        texts.append(text)
        labels.append(label)
    if problems:
        raise RecipeError(problems)
    if not texts:
        raise _broken(data.file, 0, "the file holds no examples")
    digest = blake2b(json.dumps([texts, labels]).encode(), digest_size=16).hexdigest()
    return LabelledExamples(texts, labels, digest)


def _folder_documents(data: Data, folder: Path) -> list[SourceDocument]:
    name = str(data.folder)
    try:
        root = DiskFiles(folder).resolve(name)
        if not root.is_dir():
            raise FileError(f"there is no folder {name}")
        names = matching_files(root, data.glob)
    except FileError as error:
        raise _broken(name, 0, str(error)) from None
    found: list[SourceDocument] = []
    for inner in names:
        whole = f"{name.rstrip('/')}/{inner}"
        if _suffix(inner) in TABLE_KINDS:
            found.extend(_table_documents(whole, folder))
        else:
            found.append(_text_document(whole, folder, str(Path(inner).with_suffix("")).replace("\\", "/")))
    if not found:
        raise _broken(name, 0, f"no file in {name} matches {data.glob}")
    return found


def _file_documents(name: str, folder: Path) -> list[SourceDocument]:
    if _suffix(name) in TABLE_KINDS:
        return _table_documents(name, folder)
    return [_text_document(name, folder, Path(name).stem)]


def _text_document(name: str, folder: Path, identifier: str) -> SourceDocument:
    text = _read(name, folder)
    title = next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")), "")
    return SourceDocument(identifier, title or Path(name).stem, text, name)


def _table_documents(name: str, folder: Path) -> list[SourceDocument]:
    found: list[SourceDocument] = []
    for line, row in _rows(name, folder, ("text|body",)):
        text = _cell(row.get("text")) or _cell(row.get("body"))
        identifier = _cell(row.get("id")) or f"{Path(name).stem}-{len(found) + 1}"
        found.append(SourceDocument(identifier, _cell(row.get("title")), text, f"{name}:{line}"))
    if not found:
        raise _broken(name, 0, "the file holds no documents")
    return found


def _refuse_twins(found: list[SourceDocument]) -> None:
    seen: dict[str, str] = {}
    for document in found:
        if document.id in seen:
            place, _, line = document.source.partition(":")
            message = f"the id {document.id} stands here twice (first in {seen[document.id]})"
            raise _broken(place, int(line or 0), message)
        seen[document.id] = document.source


def _rows(name: str, folder: Path, needed: Sequence[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows of a table with their line numbers.  ``a|b`` asks for one of two columns."""
    text = _read(name, folder)
    rows = _json_rows(text, name) if _suffix(name) in (".jsonl", ".ndjson") else _csv_rows(text, name)
    for number, (line, row) in enumerate(rows):
        if number >= MAX_ROWS:
            raise _broken(name, line, f"the file holds more than {MAX_ROWS:,} rows")
        for column in needed:
            if not any(key in row for key in column.split("|")):
                shown = ", ".join(str(key) for key in list(row)[:8])
                wanted = column.replace("|", " or ")
                raise _broken(name, line, f"there is no column {wanted}", f"there is: {shown}")
        yield line, row


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    delimiter = "\t" if _suffix(name) == ".tsv" else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    begin = 1
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            if not cells:
                continue
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                continue
            if len(cells) != len(header):
                message = f"this row has {len(cells)} values, the first line names {len(header)}"
                raise _broken(name, line, message, "put a value that holds a comma in quotes")
            yield line, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise _broken(name, reader.line_num, f"not CSV: {error}") from None


def _json_rows(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _broken(name, line, f"not JSON: {getattr(error, 'msg', 'nested too deep')}") from None
        if not isinstance(row, dict):
            raise _broken(name, line, "each line must be one JSON object")
        yield line, row


def _read(name: str, folder: Path) -> str:
    try:
        path = DiskFiles(folder).resolve(name)
        if path.stat().st_size > MAX_FILE:
            raise FileError(f"the file is larger than {MAX_FILE >> 20} MiB")
        content = path.read_bytes()
    except OSError as error:
        raise _broken(name, 0, f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    except FileError as error:
        raise _broken(name, 0, str(error)) from None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _broken(name, line, "the file is not UTF-8 text") from None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _broken(name: str, line: int, message: str, suggestion: str = "") -> RecipeError:
    return RecipeError([Problem(message, name, line, suggestion=suggestion)])
