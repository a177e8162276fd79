"""Which runs came of one another, and the rhythm in which a run's answers came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.study.kit import Lab
from workbench.errors import UsageError
from workbench.providers.port import Reply
from workbench.study.change import Change

TEXT = """
inputs: {word: string}
steps:
  one: {prompt: "one {{ word }}"}
  two: {prompt: "two {{ one.text }}"}
outputs: {said: "{{ two.text }}"}
"""


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    made = Lab(tmp_path / "lab")
    yield made
    await made.close()


async def test_the_family_is_the_same_from_each_of_its_runs(lab: Lab) -> None:
    other = await lab.run(TEXT, word="other")
    first = await lab.run(TEXT, word="x")
    second = await lab.bench.fork(first.run, "two", Change())
    third = await lab.bench.rerun(second.run, Change(inputs={"word": "y"}))
    fourth = await lab.bench.fork(first.run, "one", Change())
    family = [first.run, second.run, third.run, fourth.run]
    for run in family:
        assert [row.id for row in lab.reader.family(run)] == family
    assert [row.id for row in lab.reader.family(other.run)] == [other.run]


async def test_a_large_family_is_cut_but_keeps_the_run_itself(lab: Lab) -> None:
    first = await lab.run(TEXT, word="x")
    last = [await lab.bench.fork(first.run, "two", Change()) for _ in range(4)][-1]
    assert [row.id for row in lab.reader.family(last.run, 2)][::2] == [first.run, last.run]


async def test_a_run_that_is_not_there_has_no_family(lab: Lab) -> None:
    with pytest.raises(UsageError):
        lab.reader.family("nothing")


async def test_the_rhythm_of_a_replay_is_that_of_the_run_it_replayed(lab: Lab) -> None:
    lab.fake.script = lambda model, request: Reply("hello", chunks=((0.25, 2), (0.5, 5)))
    first = await lab.run(TEXT, word="x")
    replay = await lab.bench.replay(first.run)
    again = await lab.bench.replay(replay.run)
    rhythm = lab.reader.rhythm(first.run)
    assert [beat.path for beat in rhythm] == ["one", "two"]
    assert rhythm[0].chunks == ((0.25, 2), (0.5, 5))
    assert rhythm[0].started <= rhythm[1].started
    assert lab.reader.rhythm(replay.run) == lab.reader.rhythm(again.run) == rhythm
