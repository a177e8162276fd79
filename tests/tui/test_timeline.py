"""Playback: the pure timeline and playhead, and the pace that waits for them."""

from __future__ import annotations

import asyncio

import pytest

from workbench.ledger.read_rhythm import Beat
from workbench.study.pacing import Pace
from workbench.study.timeline import AT_ONCE, Arrival, Playhead, Timeline, speed_name

pytestmark = pytest.mark.usefixtures("leaping_clock")

SECOND = 1_000_000


class Clock:
    """Time that passes by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_answers_arrive_in_pieces_counted_from_the_first_call() -> None:
    beats = [
        Beat("a", 50 * SECOND, 2.0, ((0.5, 3), (1.0, 7))),
        Beat("b", 51 * SECOND, 0.5),
        Beat("a", 53 * SECOND, 1),
    ]
    timeline = Timeline(beats)
    assert timeline.seconds == 4.0
    assert list(timeline.next_answer("a")) == [Arrival(0.5, 3), Arrival(1.0, 7), Arrival(2.0, None)]
    assert list(timeline.next_answer("a")) == [Arrival(4.0, None)]
    assert list(timeline.next_answer("a")) == []
    assert list(timeline.next_answer("b")) == [Arrival(1.5, None)]


def test_a_playhead_runs_at_its_speed_and_stands_still_when_held() -> None:
    clock = Clock()
    head = Playhead(clock)
    assert head.place == 0
    clock.now += 2
    assert head.place == 2
    head.set_speed(4)
    clock.now += 1
    assert head.place == 6
    head.hold()
    clock.now += 100
    assert head.place == 6
    assert head.wait_for(8) is None
    head.release()
    assert head.wait_for(8) == 0.5
    assert head.wait_for(5) == 0
    head.set_speed(AT_ONCE)
    assert head.wait_for(1e9) == 0


def test_speeds_have_names() -> None:
    assert [speed_name(speed) for speed in (1, 4, 0)] == ["1x", "4x", "at once"]


@pytest.mark.parametrize(("speed", "took"), [(1, 0.08), (4, 0.02), (0, 0.0)])
async def test_text_comes_in_the_rhythm_it_came_in(speed: int, took: float) -> None:
    said: list[str] = []
    clock = asyncio.get_running_loop().time
    beat = Beat("a", 0, 0.08, ((0.02, 2), (0.06, 5)))
    pace = Pace([beat], lambda path, text: said.append(text), speed, clock)
    start = clock()
    await pace.play("a", "hello")
    assert clock() - start == pytest.approx(took, abs=0.01)
    assert "".join(said) == ("hello" if speed else "")


async def test_hurrying_ends_the_wait() -> None:
    pace = Pace([Beat("a", 0, 500.0)], lambda path, text: None, clock=asyncio.get_running_loop().time)
    playing = asyncio.create_task(pace.play("a", "x"))
    await asyncio.sleep(0.01)
    assert pace.faster() == 4
    pace.hold()
    assert not playing.done()
    pace.release()
    assert pace.faster() == AT_ONCE
    await asyncio.wait_for(playing, 60)
