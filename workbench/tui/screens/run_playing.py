"""The run screen's playback: a past run plays at its own speed, four times as fast, or at once."""

from __future__ import annotations

from workbench.study.pacing import Pace
from workbench.study.timeline import AT_ONCE, speed_name
from workbench.tui.overview import output_lines
from workbench.tui.screens.run_back import RunBack
from workbench.tui.widgets.document import Document


class RunPlaying(RunBack):
    """Speeds of playback, and what came of it in the end."""

    def draw_result(self) -> None:
        """The outputs beneath the steps once the run has ended: a narrow screen has no room beside them."""
        state, shown = self.model.state, self.query_one("#result", Document)
        ended = bool(state.outputs) and not self.model.running and self.model.halt is None
        self.set_class(ended, "-ended")
        if ended:
            shown.show(output_lines(state))

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
