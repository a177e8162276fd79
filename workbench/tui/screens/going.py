"""What a screen does that is closed while it opens, or while something is worked out for it: nothing."""

from __future__ import annotations

from textual import events
from textual.messages import Prune
from textual.screen import Screen, ScreenResultType

NEED_WIDGETS = (events.Mount, events.ScreenResume, events.DescendantFocus, events.DescendantBlur)
"""What only a screen with its widgets can take in."""


class GoingScreen(Screen[ScreenResultType]):
    """A screen that knows when it is gone."""

    @property
    def gone(self) -> bool:
        """True when it was left, or the app is: its widgets go, or are gone, one after the other."""
        return not (self.is_attached and self.display and self.children)

    async def on_event(self, event: events.Event) -> None:
        """Take in what happens; what comes too late is let go."""
        if not (self.gone and isinstance(event, NEED_WIDGETS)):
            await super().on_event(event)

    async def on_prune(self, event: Prune) -> None:
        """Stop its work before the widgets go, one after the other, that it would draw on."""
        self.workers.cancel_node(self)
