"""The timeline of a past run, and the place on it: pure, so that time can be anything.

A timeline says when each recorded answer came and in which pieces.  A playhead turns the time that passes
into time of the recording, at a speed that may change, and stands still when held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.ledger.read_rhythm import Beat

AT_ONCE = 0
SPEEDS = (1, 4, AT_ONCE)
"""The speeds of playback; 0 waits for nothing."""


def speed_name(speed: float) -> str:
    """A speed for people."""
    return f"{speed:g}x" if speed else "at once"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A piece of an answer: when it was there (seconds from the run's first call), and how much then."""

    moment: float
    characters: int | None
    """None: all of it."""


class Timeline:
    """When recorded answers arrive, by step instance; each is handed out once, in order."""

    def __init__(self, beats: Iterable[Beat]) -> None:
        rows = list(beats)
        first = min((beat.started for beat in rows), default=0)
        self._arrivals: dict[str, list[Sequence[Arrival]]] = {}
        self.seconds = 0.0
        """How long it all takes."""
        for beat in rows:
            begin = (beat.started - first) / 1e6
            pieces = [Arrival(begin + offset, characters) for offset, characters in beat.chunks]
            end = Arrival(begin + beat.seconds, None)
            self._arrivals.setdefault(beat.path, []).append((*pieces, end))
            self.seconds = max(self.seconds, end.moment)

    def next_answer(self, path: str) -> Iterator[Arrival]:
        """The pieces of a step's next answer; none where the recording has no more."""
        waiting = self._arrivals.get(path)
        return iter(waiting.pop(0) if waiting else ())


class Playhead:
    """Where on the timeline playback is."""

    def __init__(self, clock: Callable[[], float], speed: float = 1) -> None:
        self._clock = clock
        self._speed = speed
        self._held = 0
        self._from: float | None = None
        self._played = 0.0

    @property
    def speed(self) -> float:
        """How fast it plays; 0 is at once."""
        return self._speed

    @property
    def place(self) -> float:
        """Seconds of the recording that have been played; time begins to run at the first look."""
        now = self._clock()
        if self._from is None:
            self._from = now
        if not self._held:
            self._played += (now - self._from) * self._speed
        self._from = now
        return self._played

    def set_speed(self, speed: float) -> None:
        """Play on at another speed."""
        _ = self.place  # what was played so far was played at the old speed
        self._speed = speed

    def hold(self) -> None:
        """Stand still."""
        _ = self.place
        self._held += 1

    def release(self) -> None:
        """Go on."""
        _ = self.place
        self._held = max(0, self._held - 1)

    def wait_for(self, moment: float) -> float | None:
        """Seconds to wait until a moment is played: 0 when it is; None for as long as it is held."""
        if self._speed == AT_ONCE:
            return 0.0
        left = moment - self.place
        if left <= 0:
            return 0.0
        return None if self._held else left / self._speed
