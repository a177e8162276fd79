"""What had arrived when an attempt was stopped from outside: by a person, a time limit, a failed sibling.

The cancellation itself carries it, since nothing else leaves a cancelled attempt.
"""

from __future__ import annotations

from asyncio import CancelledError

from workbench.providers.port import Reply

_NAME = "arrived_so_far"


def carry(stopped: CancelledError, partial: Reply | None) -> None:
    """Let a cancellation carry what had arrived."""
    setattr(stopped, _NAME, partial)


def carried(error: BaseException) -> Reply | None:
    """What had arrived before ``error``: a cancellation, or the TimeoutError made of it."""
    for each in (error, error.__cause__, error.__context__):
        partial = getattr(each, _NAME, None)
        if isinstance(partial, Reply):
            return partial
    return None
