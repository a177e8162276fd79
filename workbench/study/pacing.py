"""Playing at the speed a run had, or faster: answers come when they came, in the rhythm they streamed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from workbench.ledger.read_rhythm import Beat
from workbench.study.timeline import AT_ONCE, SPEEDS, Playhead, Timeline

LONGEST_WAIT = 600.0


class Pace:
    """Plays recorded answers on the clock of the recording.

    ``say`` gets each piece of text as it arrives.  All times are counted from the recording's first call, so
    that calls which overlapped then overlap now.
    """

    def __init__(
        self,
        beats: Iterable[Beat],
        say: Callable[[str, str], None],
        speed: float = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeline = Timeline(beats)
        self._head = Playhead(clock, speed)
        self._say = say
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        """How fast it plays; 0 is at once."""
        return self._head.speed

    def set_speed(self, speed: float) -> None:
        """Play on at another speed."""
        self._head.set_speed(speed)
        self._wake()

    def faster(self) -> float:
        """The next speed up: 1x, 4x, at once."""
        place = SPEEDS.index(int(self.speed)) if self.speed in SPEEDS else 0
        self.set_speed(SPEEDS[min(place + 1, len(SPEEDS) - 1)])
        return self.speed

    def hurry(self) -> None:
        """Wait no more."""
        self.set_speed(AT_ONCE)

    def hold(self) -> None:
        """Stand still, while the run does."""
        self._head.hold()

    def release(self) -> None:
        """Play on."""
        self._head.release()
        self._wake()

    async def play(self, path: str, text: str) -> None:
        """Return when the step's next recorded answer was complete."""
        shown = 0
        for arrival in self._timeline.next_answer(path):
            await self._until(arrival.moment)
            if arrival.characters is not None and self.speed != AT_ONCE:
                self._say(path, text[shown : arrival.characters])
                shown = arrival.characters

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, moment: float) -> None:
        while (wait := self._head.wait_for(moment)) != 0:
            try:
                await asyncio.wait_for(self._changed.wait(), min(LONGEST_WAIT, wait or LONGEST_WAIT))
            except TimeoutError:
                continue
