"""A bundle: runs as one ``.jsonl.gz`` file that another machine can take into its record.

The first line says what it is, the last how many lines there are and what they hash to.  Between them stand
the events of each run, as told again by the record (see ``lines``), and what people and data said of them
(see ``said``).  Ids, hashes and times stay as they are.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.errors import RecipeError, UsageError
from workbench.events import Event, Json, RunFinished, RunStarted
from workbench.export.files import whole_file
from workbench.export.lines import LineReader, LineWriter, encode, strict_json
from workbench.export.said import SaidReader, said_line
from workbench.ledger.batch_rows import BatchRow
from workbench.ledger.opinions import Said
from workbench.ledger.reader import Reader
from workbench.recipe.files import content_hash
from workbench.recipe.load import load_snapshot

FORMAT = "workbench/bundle-v1"
LONGEST_LINE = 128 << 20
LARGEST = 8 << 30
"""Bytes that a bundle may unpack to; a small file can claim to hold any number."""
FREELY, DENSEST = 32 << 20, 100
"""Bytes that any file may unpack to, and those for each of its own; runs pack 4 to 20 in one."""
RUN_ID = re.compile(r"[0-9a-z]{6,32}")
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FOLDER = "(from a bundle)"
"""Where the recipe of an imported run is said to lie: nowhere, so that no file here is taken for it."""

Progress = Callable[[int], None]
"""Told how many runs are done."""


def _unheard(_: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read whole and found to be sound."""

    path: Path
    runs: tuple[str, ...]
    digests: tuple[str, ...]
    """What the events of each run hash to."""
    batch: BatchRow | None
    events: int
    keys: Mapping[str, str] = field(default_factory=dict)
    """The row of the batch that each run did."""
    said: tuple[Said, ...] = ()
    """Labels and expectations of its runs."""


def write_bundle(
    reader: Reader, runs: Sequence[str], path: Path, batch: BatchRow | None = None, heard: Progress = _unheard
) -> int:
    """Write ``runs`` to a new file at ``path``; its size in bytes."""
    refuse_running(reader, runs)
    with whole_file(path) as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        # no time and no name in the file's head: the same runs make the same bytes
        for line in _lines(reader, runs, batch, heard):
            packed.write(line)
    return path.stat().st_size


def refuse_running(reader: Reader, runs: Sequence[str]) -> None:
    """Only what has come to a stop can be told whole."""
    for run in runs:
        if reader.run(run).status == "running":
            raise UsageError(f"run {run} is running", hint="export it when it has ended")


def _lines(reader: Reader, runs: Sequence[str], batch: BatchRow | None, heard: Progress) -> Iterator[bytes]:
    digest, count = blake2b(digest_size=16), 0

    def line(text: str) -> bytes:
        nonlocal count
        data = text.encode() + b"\n"
        digest.update(data)
        count += 1
        return data

    head = {
        "bundle": FORMAT,
        "runs": list(runs),
        "batch": None if batch is None else asdict(replace(batch, number=0)),
    }
    yield line(encode(head))
    writer = LineWriter()
    for done, run in enumerate(runs, start=1):
        for event in told(reader, run, in_batch=batch is not None):
            for text in writer.lines(event):
                yield line(text)
        heard(done)
    for run in runs:
        for said in reader.said(run):
            yield line(encode(said_line(said)))
    yield encode({"lines": count, "digest": digest.hexdigest()}).encode() + b"\n"


def told(reader: Reader, run: str, *, in_batch: bool) -> Iterator[Event]:
    """The events of a run as a bundle has them: without where this machine keeps the recipe."""
    for event in reader.events(run):
        if isinstance(event, RunStarted):
            name = event.recipe if SAFE_NAME.fullmatch(event.recipe) else "recipe"
            path = str(PurePosixPath(FOLDER, name, "recipe.yaml"))
            # a session has a budget of its own on each machine
            event = replace(event, recipe_path=path, session=None)
            if not in_batch:
                event = replace(event, batch=None, batch_key=None)
        yield event


def run_digest(events: Iterator[Event]) -> str:
    """What the events of a run hash to; equal runs have equal ones."""
    digest = blake2b(digest_size=16)
    for event in events:
        for text in LineWriter().lines(event):
            digest.update(text.encode() + b"\n")
    return digest.hexdigest()


# --- reading -----------------------------------------------------------------------------------------------


def check_bundle(path: Path) -> Bundle:
    """Read all of a bundle and check it; raises UsageError with file and line for whatever is wrong."""
    digest, head, checks, end, number = blake2b(digest_size=16), None, None, None, 0
    said: list[Said] = []
    for number, data in enumerate(_raw_lines(path), start=1):
        try:
            if end is not None:
                raise UsageError("there is more after the last line")
            line = strict_json(data.decode("ascii"))
            if head is None:
                head = _head(line)
                checks = _Runs(head[0], head[1].id if head[1] is not None else None)
            elif "digest" in line:
                end = line
                if line.get("lines") != number - 1 or line["digest"] != digest.hexdigest():
                    raise UsageError("the bundle was changed or damaged on its way")
            elif checks is not None and "said" in line:
                said.append(checks.said(line))
            elif checks is not None:
                checks.take(line)
        except (UsageError, UnicodeDecodeError) as error:
            raise _at(path, number, error) from None
        digest.update(data)
    if head is None or checks is None or end is None:
        raise UsageError(f"{path}:{number}: the bundle ends too soon: it was cut on its way")
    checks.finish(path)
    return Bundle(path, head[0], tuple(checks.digests), head[1], checks.events, checks.keys, tuple(said))


def events_of(bundle: Bundle, runs: frozenset[str]) -> Iterator[Event]:
    """The events of some runs of a bundle that was checked."""
    reader = LineReader()
    for number, data in enumerate(_raw_lines(bundle.path), start=1):
        line = strict_json(data.decode("ascii"))
        if number > 1 and "digest" not in line and "said" not in line:
            event = reader.event(line)
            if event is not None and event.run in runs:
                yield event


class _Runs:
    """Checks that the events are those of the runs named, each whole and in order."""

    def __init__(self, runs: tuple[str, ...], batch: str | None) -> None:
        self._said = SaidReader(runs)
        self._waiting = list(reversed(runs))
        self._batch = batch
        self.keys: dict[str, str] = {}
        """The row of the batch that each run did."""
        self._reader = LineReader()
        self._hash = blake2b(digest_size=16)
        self._run: str | None = None
        self._seq = 0
        self.events = 0
        self.digests: list[str] = []

    def take(self, line: dict[str, Json]) -> None:
        """One line between the first and the last."""
        event = self._reader.event(line)
        if event is None:
            return
        self.events += 1
        if self._run is None:
            self._begin(event)
        self._seq += 1
        if event.run != self._run or event.seq != self._seq:
            raise UsageError(f"event {self._seq} of run {self._run} is expected here")
        for text in LineWriter().lines(event):
            self._hash.update(text.encode() + b"\n")
        if isinstance(event, RunFinished):
            if event.status == "running":
                raise UsageError(f"run {event.run} ends as running")
            self.digests.append(self._hash.hexdigest())
            self._run, self._hash = None, blake2b(digest_size=16)

    def said(self, line: dict[str, Json]) -> Said:
        """One line after all runs."""
        if self._run is not None or self._waiting:
            raise UsageError("what is said of runs comes after all of them")
        return self._said.read(line)

    def _begin(self, event: Event) -> None:
        if not self._waiting or event.run != self._waiting[-1] or not isinstance(event, RunStarted):
            named = self._waiting[-1] if self._waiting else "no further run"
            raise UsageError(f"the start of {named} is expected here")
        self._run, self._seq = self._waiting.pop(), 0
        _check_start(event, self._batch)
        if event.batch_key is not None:
            self.keys[event.run] = event.batch_key

    def finish(self, path: Path) -> None:
        """All runs were there, to their ends."""
        if self._run is not None or self._waiting:
            raise UsageError(f"{path}: run {self._run or self._waiting[-1]} is not whole")


def _check_start(event: RunStarted, batch: str | None) -> None:
    """A recipe is what its hash says, and is said to lie nowhere on this machine."""
    if (
        PurePosixPath(event.recipe_path).parts[:1] != (FOLDER,)
        or ".." in PurePosixPath(event.recipe_path).parts
    ):
        raise UsageError("a recipe of a bundle lies in no folder of this machine")
    if event.batch is not None and event.batch != batch:
        raise UsageError("this bundle holds no such batch")
    if event.session is not None:
        raise UsageError("runs of a bundle belong to no session")
    for name, text in event.files.items():
        if text is not None and content_hash(text.encode("utf-8", "surrogatepass")) != event.file_hashes.get(
            name
        ):
            raise UsageError(f"{name} of recipe {event.recipe} is not what its hash says")
    try:
        recipe = load_snapshot(event.recipe_path, event.files, event.file_hashes, edits=event.edits)
    except RecipeError as error:
        raise UsageError(f"this version cannot read recipe {event.recipe}: {error}") from None
    if recipe.hash != event.recipe_hash:
        told = "it was changed on its way, or written by another version: export it anew with this one"
        raise UsageError(f"recipe {event.recipe} is not what its hash says; {told}")


def _head(line: dict[str, Json]) -> tuple[tuple[str, ...], BatchRow | None]:
    if line.get("bundle") != FORMAT:
        raise UsageError(f"this is no bundle, or not of the form {FORMAT}")
    runs = line.get("runs")
    if not isinstance(runs, list) or not all(isinstance(run, str) and RUN_ID.fullmatch(run) for run in runs):
        raise UsageError("the runs of the bundle are not named as runs are")
    if len(set(runs)) != len(runs):
        raise UsageError("a run is named twice")
    batch = line.get("batch")
    return tuple(runs), None if batch is None else _batch(batch)


def _batch(given: Json) -> BatchRow:
    from pydantic import TypeAdapter, ValidationError

    try:
        batch: BatchRow = TypeAdapter(BatchRow).validate_python(given)
    except ValidationError:
        raise UsageError("the batch is none that this version knows") from None
    whole = (batch.started, batch.finished or 0, batch.rows, batch.repeat)
    if not RUN_ID.fullmatch(batch.id) or batch.status == "running" or not all(0 <= n < 2**53 for n in whole):
        raise UsageError("the batch is none that this version knows")
    return replace(batch, number=0)


def _raw_lines(path: Path) -> Iterator[bytes]:
    """The lines of a packed file, within the limits."""
    seen = 0
    try:
        most = min(LARGEST, FREELY + DENSEST * path.stat().st_size)
        with gzip.open(path, "rb") as packed:
            lines: Any = io.BufferedReader(packed, 1 << 16)
            while data := lines.readline(min(LONGEST_LINE, most) + 1):
                seen += len(data)
                if len(data) > LONGEST_LINE or seen > most:
                    raise UsageError(f"{path}: it unpacks to more than a bundle may hold")
                yield data
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UsageError(f"{path} is no whole bundle: {error}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _at(path: Path, line: int, error: Exception) -> UsageError:
    text = error if isinstance(error, UsageError) else "there are bytes that are no ASCII"
    return UsageError(f"{path}:{line}: {text}")
