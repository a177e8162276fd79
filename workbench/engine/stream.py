"""The one stream of events of a run: numbers them, dates them, hands them to the record and to listeners."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.events import Event, Listener, Record, now


class Stream:
    """Numbers the events of one run from ``last_seq + 1`` on and hands each to every listener, in order."""

    def __init__(
        self, run: str, record: Record | None = None, listeners: Sequence[Listener] = (), last_seq: int = 0
    ) -> None:
        self.run = run
        self._record = record
        self._listening = bool(listeners)
        self._receivers = [each.receive for each in ((record, *listeners) if record else listeners)]
        self._seq = last_seq

    def emit(self, event: Event) -> None:
        """Send ``event`` on; it gets this run's id, the next number and the present time."""
        self._seq += 1
        # events are frozen for their readers; the stream is the one place that completes them
        put = object.__setattr__
        put(event, "run", self.run)
        put(event, "seq", self._seq)
        put(event, "at", now())
        for receive in self._receivers:
            receive(event)

    @property
    def listening(self) -> bool:
        """False where nobody looks."""
        return self._listening

    def show(self, event: Event) -> None:
        """Send on what only screens care for; dropped where nobody looks."""
        if self._listening:
            self.emit(event)

    async def durable(self) -> None:
        """Return when all events so far are on record; raises LedgerError when they cannot be."""
        if self._record is not None:
            await self._record.durable()
