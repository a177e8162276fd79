"""What a screen does that is closed while it opens, or while something is worked out for it: nothing."""

from __future__ import annotations

from textual import events
from textual.screen import Screen, ScreenResultType

NEED_WIDGETS = (events.Mount, events.ScreenResume, events.DescendantFocus, events.DescendantBlur)
"""What only a screen with its widgets can take in."""


class GoingScreen(Screen[ScreenResultType]):
    """A screen that knows when it is gone."""

    @property
    def gone(self) -> bool:
        """True when it was left, or the app is: its widgets are no more."""
        return not self.is_attached or not self.children

    async def on_event(self, event: events.Event) -> None:
        """Take in what happens; what comes too late is let go."""
        if not (self.gone and isinstance(event, NEED_WIDGETS)):
            await super().on_event(event)
