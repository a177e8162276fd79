"""The run screen's playback: a past run plays at its own speed, four times as fast, or at once."""

from __future__ import annotations

from workbench.tui.pacing import Pace
from workbench.tui.screens.run_back import RunBack
from workbench.tui.timeline import AT_ONCE, speed_name


class RunPlaying(RunBack):
    """Speeds of playback."""

    @property
    def pace(self) -> Pace | None:
        """The pace of a playback that is under way here."""
        session = self.model.session
        return session.stepper.pace if session is not None and session.running else None

    def action_replay(self, speed: int) -> None:
        """Play this run; while it plays, play on at this speed."""
        if self.pace is None:
            super().action_replay(speed)
        else:
            self.pace.set_speed(speed)
            self._tell_speed(self.pace)

    def action_fast(self) -> None:
        """Play faster: 1x, 4x, at once."""
        if self.pace is not None:
            self.pace.faster()
            self._tell_speed(self.pace)

    def _tell_speed(self, pace: Pace) -> None:
        if pace.speed != AT_ONCE:
            self.workbench.tell(f"Playing {speed_name(pace.speed)}.")
