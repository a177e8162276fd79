"""Runs as the reader shows them."""

from __future__ import annotations

import pytest

from tests.ledger.kit import START, Story, write
from workbench.errors import UsageError
from workbench.events import CallReused
from workbench.ledger.rows import RunFilter
from workbench.ledger.store import Ledger
from workbench.usage import Usage


def test_a_run_with_its_sums(ledger: Ledger) -> None:
    story = Story().start(mode="rerun", parent="run-0", models={"writer": "acme/big"})
    story.step("one", 1).step("two", 2)
    story.tell(
        CallReused(
            path="two", call=3, kind="model", target="acme/big", fingerprint="0" * 32, source=("run-0", 7, 1),
            answer={"text": "old", "data": None}, model="acme/old", saved_nano=50, seconds=2.0,
        )
    )  # fmt: skip
    write(ledger.writer(), story.finish(outputs={"reply": "Hello"}))
    run = ledger.reader().run("run-a")
    assert (run.status, run.mode, run.parent, run.recipe) == ("done", "rerun", "run-0", "triage")
    assert (run.cost_nano, run.cost_known, run.saved_nano) == (640_000, True, 50)
    assert (run.tokens_in, run.tokens_cached, run.tokens_out) == (200, 40, 100)
    assert (run.calls, run.reused, run.steps) == (2, 1, 2)
    assert run.models == ("acme/big-1", "acme/old")
    assert run.started == START + 1_000_000
    assert run.seconds == len(story.events) - 1
    assert run.inputs == {"ticket": "My invoice is wrong"}
    assert ledger.reader().outputs("run-a") == {"reply": "Hello"}


def test_sums_are_there_while_it_runs(ledger: Ledger) -> None:
    write(ledger.writer(), Story().start().step("one", 1).begin("two").ask("two", 2))
    run = ledger.reader().run("last")
    assert (run.status, run.finished, run.seconds) == ("running", None, None)
    assert (run.calls, run.cost_nano, run.steps, run.models) == (2, 320_000, 2, ("acme/big-1",))


def test_an_unknown_cost_is_known_to_be_unknown(ledger: Ledger) -> None:
    story = Story().start().step("one", 1).begin("two").ask("two", 2)
    story.answer("two", 2, status="error", answer=None, cost_nano=None, usage=Usage(), error_class="network")
    write(ledger.writer(), story.end("two", status="failed").finish("failed"))
    run = ledger.reader().run("run-a")
    assert (run.cost_nano, run.cost_known) == (320_000, False)
    assert [each.cost_nano for each in ledger.reader().steps("run-a")] == [320_000, None]


def test_retries_are_attempts_of_one_call(ledger: Ledger) -> None:
    story = Story().start().begin("one")
    story.ask("one", 1).answer("one", 1, status="error", answer=None, cost_nano=0, error="busy")
    story.ask("one", 1, attempt=2).answer("one", 1, attempt=2)
    write(ledger.writer(), story.end("one").finish())
    assert ledger.reader().run("run-a").calls == 1
    assert ledger.reader().steps("run-a")[0].attempts == 2
    assert [(each.call, each.attempt, each.error) for each in ledger.reader().recording("run-a")] == [
        (1, 1, "busy"),
        (1, 2, None),
    ]


@pytest.fixture
def three(ledger: Ledger) -> Ledger:
    """Three finished runs, with ids that share their beginning."""
    for name, recipe, status in (
        ("abc1", "triage", "done"),
        ("abc2", "review", "failed"),
        ("abd3", "triage", "done"),
    ):
        story = Story(name).start(recipe=recipe, inputs={"ticket": f'{name} said "50% off\n_now_"'})
        write(ledger.writer(), story.finish(status, error="broke" if status == "failed" else None))
    return ledger


@pytest.mark.parametrize(
    ("reference", "id"),
    [("abc1", "abc1"), ("abd", "abd3"), ("last", "abd3"), ("last~1", "abc2"), ("last~2", "abc1")],
)
def test_references(three: Ledger, reference: str, id: str) -> None:
    assert three.reader().run(reference).id == id


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("abc", r"several runs begin with abc: abc2 \(review, failed\), abc1 \(triage, done\)"),
        ("zzz", "no run is named zzz"),
        ("", "an empty text"),
        ("last~3", "the ledger holds 3 runs"),
        ("last~x", "names no run"),
        ("last~-1", "names no run"),
        ("%", "no run is named %"),
        ("\ud800", "no run is named"),
    ],
)
def test_references_that_name_no_run(three: Ledger, reference: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        three.reader().run(reference)


def test_last_of_an_empty_ledger(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="no runs yet"):
        ledger.reader().run("last")


def test_pages_newest_first(three: Ledger) -> None:
    reader = three.reader()
    assert [each.id for each in reader.runs()] == ["abd3", "abc2", "abc1"]
    assert [each.id for each in reader.runs(limit=1, offset=1)] == ["abc2"]
    assert reader.runs(offset=3) == []


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        (RunFilter(recipe="triage"), ["abd3", "abc1"]),
        (RunFilter(status="failed"), ["abc2"]),
        (RunFilter(status="running"), []),
        (RunFilter(recipe="triage", text="abc1"), ["abc1"]),
        (RunFilter(text="BROKE"), ["abc2"]),
        (RunFilter(text="50% off"), ["abd3", "abc2", "abc1"]),
        (RunFilter(text="50%%off"), []),
        (RunFilter(text='said "50'), ["abd3", "abc2", "abc1"]),
        (RunFilter(text="off\n_now_"), ["abd3", "abc2", "abc1"]),
        (RunFilter(text="off_"), []),
        (RunFilter(text="!"), []),
        (RunFilter(text="review"), ["abc2"]),
        (RunFilter(text="\ud800'); DROP TABLE runs"), []),
    ],
)
def test_filters(three: Ledger, where: RunFilter, ids: list[str]) -> None:
    assert [each.id for each in three.reader().runs(where=where)] == ids
    assert three.reader().count_runs(where) == len(ids)


def test_the_filter_looks_into_long_inputs(ledger: Ledger) -> None:
    long = "word " * 1000 + "needle" + " word" * 1000
    write(ledger.writer(), Story().start(inputs={"deep": [{"ticket": long}]}).finish())
    assert ledger.reader().count_runs(RunFilter(text="needle")) == 1
    assert ledger.reader().count_runs(RunFilter(text="haystack")) == 0
    assert ledger.reader().run("last").inputs == {"deep": [{"ticket": long}]}


def test_last_inputs(three: Ledger) -> None:
    assert three.reader().last_inputs("triage") == {"ticket": 'abd3 said "50% off\n_now_"'}
    assert three.reader().last_inputs("never") is None


def test_the_snapshot_holds_what_a_replay_needs(ledger: Ledger) -> None:
    files = {"recipe.yaml": "name: x\n" * 500, "data/kb.bin": None, "größe.md": "ü"}
    story = Story().start(files=files, edits={"steps.draft.prompt": "new $blob", "$key": 1}, parent="p")
    write(ledger.writer(), story.finish(outputs={"a": [1, None, "x" * 500]}))
    found = ledger.reader().snapshot("last")
    assert found.files == files
    assert found.file_hashes == {"recipe.yaml": "cd" * 16}
    assert found.edits == {"steps.draft.prompt": "new $blob", "$key": 1}
    assert found.outputs == {"a": [1, None, "x" * 500]}
    assert (found.recipe_path, found.parent, found.status) == ("recipes/triage/recipe.yaml", "p", "done")


def test_unfinished_runs_are_neither_done_nor_replays(ledger: Ledger) -> None:
    for number, (status, mode) in enumerate(
        [
            ("done", "live"),
            ("failed", "live"),
            ("waiting", "live"),
            ("failed", "replay"),
            ("over_budget", "fork"),
        ]
    ):
        write(ledger.writer(), Story(f"run-{number}").start(mode=mode).finish(status))
    write(ledger.writer(), Story("run-9").start())
    assert [each.id for each in ledger.reader().unfinished()] == ["run-4", "run-2", "run-1"]


def test_the_data_version_changes_with_every_commit(ledger: Ledger) -> None:
    reader = ledger.reader()
    before = reader.data_version()
    assert reader.data_version() == before
    reader.runs()
    assert reader.data_version() == before
    write(ledger.writer(), Story().start())
    assert reader.data_version() != before
