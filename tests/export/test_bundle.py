"""Bundles: what comes out of one record goes into another unchanged, and nothing else goes in."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.conftest import make_lab
from tests.study.kit import Lab
from workbench.errors import UsageError, WorkbenchError
from workbench.events import CallStarted, RunStarted
from workbench.export.bundle import FOLDER, check_bundle, told, write_bundle
from workbench.export.choice import choose
from workbench.export.lines import LineReader, LineWriter, encode
from workbench.export.taking_in import Imported, import_bundle
from workbench.ledger.opinions import Expected, Label
from workbench.ledger.read_payload import PayloadReader
from workbench.ledger.store import Ledger, open_ledger
from workbench.study.bench import Bench

PAYLOADS = {
    "inputs", "role_models", "edits", "outputs", "output", "request", "data", "chunks", "raw", "details",
    "price", "candidates",
}  # fmt: skip
OWN = {"recipe_path", "last_seq", "touched", "owner", "number", "batch", "session", "run", "id"}
"""Columns of this record alone: keys, bookkeeping, and where the recipe lies here."""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Ledger]:
    """The record of another machine."""
    ledger = open_ledger(tmp_path / "other.db")
    yield ledger
    ledger.close()


def all_runs(lab: Lab) -> list[str]:
    return [row.id for row in reversed(lab.reader.runs())]


def packed(lab: Lab, path: Path) -> Path:
    write_bundle(lab.reader, all_runs(lab), path)
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """All runs of a record, packed."""

    async def pack() -> bytes:
        lab = await make_lab(tmp_path_factory.mktemp("bundle"))
        whole = packed(lab, lab.folder / "b.jsonl.gz").read_bytes()
        await lab.close()
        return whole

    return asyncio.run(pack())


def rows(path: Path, run: str) -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of a run, with its texts in place."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    (number,) = connection.execute("SELECT number FROM runs WHERE id = ?", (run,)).fetchone()
    found = {"runs": [connection.execute("SELECT * FROM runs WHERE id = ?", (run,)).fetchone()]}
    for table in ("steps", "calls", "decisions", "gates"):
        found[table] = connection.execute(
            f"SELECT * FROM {table} WHERE run = ? ORDER BY id", (number,)
        ).fetchall()
    plain = {table: [_plain(connection, row) for row in each] for table, each in found.items()}
    connection.close()
    return plain


def _plain(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    connection.row_factory = None
    reader = PayloadReader(connection)
    shown: dict[str, Any] = {}
    for name in row.keys():  # noqa: SIM118 - a row is no mapping
        value = row[name]
        if name in OWN:
            continue
        if name == "messages":
            reader.gather_messages([value])
            value = reader.messages(value)
        elif name in PAYLOADS and (name != "output" or "verb" in row.keys()):  # noqa: SIM118 - of a step
            reader.gather([value])
            value = reader.value(value)
        elif isinstance(value, int) and name in ("error", "reason", "answer"):
            reader.fetch([value])
            value = reader.blob(value)
        shown[name] = value
    return shown


async def test_every_column_of_every_run_arrives(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    path = packed(lab, tmp_path / "b.jsonl.gz")
    taken = import_bundle(other, path)
    assert taken.new == tuple(all_runs(lab))
    kinds = {row.mode for row in other.reader().runs()} | {row.status for row in other.reader().runs()}
    assert kinds >= {"live", "rerun", "fork", "replay", "done", "waiting", "failed", "cancelled"}
    for run in taken.new:
        assert rows(other.path, run) == rows(lab.bench.ledger.path, run)
        assert list(told(other.reader(), run, in_batch=False)) == list(told(lab.reader, run, in_batch=False))


async def test_a_run_that_crashed_arrives_as_it_was(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    whole = list(lab.reader.events(lab.reader.runs()[-1].id))
    cut = max(place for place, event in enumerate(whole) if isinstance(event, CallStarted) and event.durable)
    crashed = open_ledger(tmp_path / "crashed.db")
    for event in whole[: cut + 1]:
        crashed.writer().receive(event)
    crashed.close()
    crashed = open_ledger(tmp_path / "crashed.db")
    run = crashed.reader().runs()[0]
    assert (run.status, run.cost_known) == ("crashed", False)
    write_bundle(crashed.reader(), [run.id], tmp_path / "b.jsonl.gz")
    import_bundle(other, tmp_path / "b.jsonl.gz")
    mine, theirs = rows(crashed.path, run.id), rows(other.path, run.id)
    for table in mine:
        for one, two in zip(mine[table], theirs[table], strict=True):
            different = {name for name in one if one[name] != two[name]}
            assert different <= {"duration", "model", "finish", "outputs"}, (
                "what was never known reads as none or nothing"
            )
            assert all(not one[name] and not two[name] for name in different)
    crashed.close()


async def test_the_same_runs_make_the_same_bytes_and_go_in_once(
    lab: Lab, other: Ledger, tmp_path: Path
) -> None:
    path, again = packed(lab, tmp_path / "b.jsonl.gz"), packed(lab, tmp_path / "c.jsonl.gz")
    assert path.read_bytes() == again.read_bytes()
    first = import_bundle(other, path)
    assert import_bundle(other, again) == Imported((), first.new, None)
    write_bundle(other.reader(), first.new, tmp_path / "d.jsonl.gz")
    assert (tmp_path / "d.jsonl.gz").read_bytes() == path.read_bytes()


async def test_replay_elsewhere_gives_the_same_outputs(lab: Lab, tmp_path: Path) -> None:
    done = [row.id for row in lab.reader.runs() if row.status == "done"]
    path = packed(lab, tmp_path / "b.jsonl.gz")
    there = tmp_path / "there"
    there.mkdir()
    bench = Bench.open(there)
    try:
        import_bundle(bench.ledger, path)
        for run in done:
            result = await bench.replay(run)
            assert result.status == "done"
            assert result.outputs == lab.reader.outputs(run)
            assert bench.reader.run(result.run).calls == 0
    finally:
        await bench.close()


async def test_no_path_of_this_machine_leaves(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    path = packed(lab, tmp_path / "b.jsonl.gz")
    assert str(tmp_path) not in gzip.decompress(path.read_bytes()).decode()
    run = import_bundle(other, path).new[0]
    assert other.reader().snapshot(run).recipe_path.startswith(FOLDER)


async def test_a_batch_goes_with_its_runs(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    from workbench.ledger.batches import NewBatch

    batches = lab.bench.ledger.batches()
    owner = batches.start(NewBatch("batch00001", "t", "0" * 32, "data.csv", "1" * 32, 2, 1, {"limit": 2}))
    recipe = lab.write("inputs: {w: string}\nsteps: {one: {prompt: '{{ w }}'}}\n")
    runs = []
    for key in ("1", "2"):
        started = await lab.run(recipe, w=key)
        with sqlite3.connect(lab.bench.ledger.path) as connection:
            connection.execute(
                "UPDATE runs SET batch = (SELECT max(number) FROM batches), batch_key = ? WHERE id = ?",
                (key, started.run),
            )
        connection.close()
        runs.append(started.run)
    batches.finish("batch00001", owner, "done")
    choice = choose(lab.bench.ledger, ["batch00001"])
    assert choice.runs == tuple(runs)
    write_bundle(choice.reader, choice.runs, tmp_path / "b.jsonl.gz", choice.batch)
    assert import_bundle(other, tmp_path / "b.jsonl.gz") == Imported(tuple(runs), (), "batch00001")
    assert import_bundle(other, tmp_path / "b.jsonl.gz") == Imported((), tuple(runs), "batch00001")
    there = other.batches().find("batch00001")
    assert there is not None
    assert choice.batch is not None
    assert replace(there, number=0) == replace(choice.batch, number=0)
    assert [run.key for run in other.batches().runs(there.number)] == ["1", "2"]


async def test_what_is_said_of_runs_goes_with_them(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    run, another = all_runs(lab)[:2]
    step = lab.reader.steps(run)[0].path
    mine, theirs = lab.bench.ledger.opinions(), other.opinions()
    labels = [Label("bad", "So \u202e<b>should</b> it be " * 100), Label("good", path=step)]
    for each in labels:
        mine.label(run, each)
    mine.expected(another, [Expected("outputs.x", "equals", passed=False, score=0.5, reason="other")])
    taken = import_bundle(other, packed(lab, tmp_path / "b.jsonl.gz"))
    assert taken.said == 3
    assert theirs.labels(run) == mine.labels(run) == labels
    assert theirs.expectations(another) == mine.expectations(another)
    theirs.label(run, Label("good"))
    mine.label(another, Label("good"))
    again = import_bundle(other, packed(lab, tmp_path / "c.jsonl.gz"))
    assert (again.new, again.said) == ((), 1), "what is said here stays, what is new comes in"
    assert [each.word for each in theirs.labels(run) if each.path is None] == ["good"]


# --- hostile bundles ---------------------------------------------------------------------------------------


def changed(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """A bundle whose lines were changed and whose digest is right again."""
    from hashlib import blake2b

    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()[:-1]]
    change(lines)
    texts = [encode(line) + "\n" for line in lines]
    digest = blake2b("".join(texts).encode(), digest_size=16).hexdigest()
    texts.append(encode({"lines": len(lines), "digest": digest}) + "\n")
    made = path.with_name("hostile.jsonl.gz")
    made.write_bytes(gzip.compress("".join(texts).encode()))
    return made


def first(lines: list[dict[str, Any]], event: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("event") == event)


HOSTILE: dict[str, tuple[Callable[[list[dict[str, Any]]], None], str]] = {
    "path": (lambda ls: first(ls, "RunStarted").update(recipe_path="/lib/recipe.yaml"), "no folder of"),
    "climb": (lambda ls: first(ls, "RunStarted").update(recipe_path=f"{FOLDER}/../r.yaml"), "no folder of"),
    "hash": (lambda ls: first(ls, "RunStarted").update(recipe_hash="0" * 32), "not what its hash says"),
    "files": (
        lambda ls: first(ls, "RunStarted")["files"].update({"recipe.yaml": "schema: workbench/v1"}),
        "not what its hash says",
    ),
    "session": (lambda ls: first(ls, "RunStarted").update(session="mine"), "no session"),
    "id": (lambda ls: ls[0].update(runs=["../../x"]), "not named as runs are"),
    "twice": (lambda ls: ls[0].update(runs=[ls[0]["runs"][0]] * 2), "named twice"),
    "foreign run": (lambda ls: first(ls, "StepStarted").update(run="another123"), "is expected here"),
    "order": (lambda ls: first(ls, "StepStarted").update(seq=77), "is expected here"),
    "negative call": (lambda ls: first(ls, "CallStarted").update(call=-5), "out of range"),
    "huge cost": (lambda ls: first(ls, "CallFinished").update(cost_nano=2**64), "out of range"),
    "endless time": (lambda ls: first(ls, "CallFinished").update(seconds=1e300), "no JSON"),
    "status": (lambda ls: first(ls, "RunFinished").update(status="excellent"), "status"),
    "running": (lambda ls: first(ls, "RunFinished").update(status="running"), "ends as running"),
    "event": (lambda ls: first(ls, "StepStarted").update(event="Exec"), "no event"),
    "field": (lambda ls: first(ls, "StepStarted").update(__class__="x"), "has no"),
    "text": (lambda ls: first_text(ls).update(text="other"), "not the one its hash names"),
    "no text": (lambda ls: ls.remove(first_text(ls)), "text is missing"),
    "batch": (lambda ls: ls[0].update(batch={"id": 1}), "batch is none"),
    "form": (lambda ls: ls[0].update(bundle="workbench/bundle-v9"), "no bundle"),
    "half": (lambda ls: ls.__delitem__(slice(len(ls) // 2, None)), "not whole"),
    "said of a stranger": (lambda ls: ls.append(label("stranger00")), "does not hold"),
    "word": (lambda ls: ls.append({**label(ls), "word": "fine"}), "good or bad"),
    "said otherwise": (lambda ls: ls.append({**label(ls), "sql": "x"}), "no form"),
    "said twice": (lambda ls: ls.extend([label(ls), label(ls)]), "said twice"),
    "said early": (lambda ls: ls.insert(1, label(ls)), "after all of them"),
    "said of no step": (lambda ls: ls.append({**label(ls), "path": "../x"}), "has not"),
    "long answer": (lambda ls: ls.append({**label(ls), "answer": "x" * (1 << 21)}), "are texts"),
    "said at no time": (lambda ls: ls.append({**label(ls), "at": -1}), "no time"),
    "expectation": (lambda ls: ls.append(expectation(ls, score="1; DROP TABLE runs")), "another form"),
    "deep": (lambda ls: first(ls, "StepFinished").update(output=nested(3000)), "nested"),
}  # fmt: skip


def label(lines: list[dict[str, Any]] | str) -> dict[str, Any]:
    run = lines if isinstance(lines, str) else lines[0]["runs"][0]
    return {"said": "label", "run": run, "at": 1, "path": None, "word": "good", "answer": None}


def expectation(lines: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    result = {"target": "x", "gate": "equals", "passed": True, "score": None, "reason": "", **changes}
    return {"said": "expected", "run": lines[0]["runs"][0], "at": 1, "results": [result]}


def first_text(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return next(line for line in lines if "text" in line)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(min(depth, 600)):
        value = [value]
    return value


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_leaves_nothing(bundle: bytes, other: Ledger, tmp_path: Path, name: str) -> None:
    change, message = HOSTILE[name]
    path = tmp_path / "b.jsonl.gz"
    path.write_bytes(bundle)
    path = changed(path, change)
    with pytest.raises(UsageError, match=message) as caught:
        import_bundle(other, path)
    assert "hostile.jsonl.gz" in str(caught.value)
    assert other.reader().count_runs() == 0


async def test_a_damaged_or_cut_bundle_is_refused(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    whole = packed(lab, tmp_path / "b.jsonl.gz").read_bytes()
    path = tmp_path / "x.jsonl.gz"
    lines = gzip.decompress(whole).splitlines(keepends=True)
    swapped = gzip.compress(b"".join([lines[0], *lines[2:]]))
    endless, more = gzip.compress(b"".join(lines[:-1])), gzip.compress(b"".join([*lines, lines[1]]))
    cut = (whole[:-20], whole[: len(whole) // 2])
    for data in (*cut, b"", b"no gzip", gzip.compress(b"\xff"), swapped, endless, more):
        path.write_bytes(data)
        with pytest.raises(UsageError):
            import_bundle(other, path)
    assert other.reader().count_runs() == 0


async def test_a_bundle_that_unpacks_without_end_is_stopped(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(lab, tmp_path / "b.jsonl.gz")
    with monkeypatch.context() as patch:
        patch.setattr("workbench.export.bundle.LARGEST", 1000)
        with pytest.raises(UsageError, match="unpacks to more"):
            check_bundle(path)
    monkeypatch.setattr("workbench.export.bundle.FREELY", 1000)
    check_bundle(path)
    with gzip.open(path, "ab") as file:
        file.write(b" " * (200 * path.stat().st_size))
    with pytest.raises(UsageError, match="unpacks to more"):
        check_bundle(path)


async def test_another_run_of_the_same_id_is_not_replaced(lab: Lab, other: Ledger, tmp_path: Path) -> None:
    path = packed(lab, tmp_path / "b.jsonl.gz")
    run = import_bundle(other, path).new[0]
    with sqlite3.connect(other.path) as connection:
        connection.execute(
            "UPDATE calls SET model = 'other' WHERE run = (SELECT number FROM runs WHERE id = ?)", (run,)
        )
    connection.close()
    with pytest.raises(UsageError, match="another content"):
        import_bundle(other, path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(-1e9, 1e9)
    | st.text() | st.text(min_size=401, max_size=450),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["a", "$text", "$plain", "\ud800"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_any_value_survives_its_lines(value: Any) -> None:
    event = RunStarted(
        run="r", seq=1, at=5, recipe="t", recipe_hash="h", recipe_path="p", files={}, file_hashes={},
        inputs={"x": value},
    )  # fmt: skip
    reader = LineReader()
    found = [reader.event(json.loads(line)) for line in LineWriter().lines(event)]
    assert found[-1] == event


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=8) | st.sampled_from(["event", "text", "hash", "run", "seq"]), JSON, max_size=5
    )
)
def test_any_line_is_an_event_or_refused(line: dict[str, Any]) -> None:
    try:
        LineReader().event({"event": "StepStarted", **line})
    except WorkbenchError as error:
        assert isinstance(error, UsageError)
