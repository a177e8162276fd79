"""What servers bill above what was reckoned before their calls: later calls to the same model reckon with it.

A server may count tokens that nobody sees (a system text of its own, what it makes of tools), write more than
it was allowed, or charge more than its price says.
"""

from __future__ import annotations

from workbench.guard.fitting import Wanted
from workbench.guard.limits import Amounts
from workbench.usage import Usage

CAREFUL = 4
"""How many times its most a call keeps from others while it is not known how its model is billed."""


class Billing:
    """What is known by model; shared by all runs of a process."""

    def __init__(self) -> None:
        self._above: dict[str, Amounts] = {}

    def above(self, target: str) -> Amounts | None:
        """What to reckon with besides the most that a call seems to take; None when none has answered yet."""
        return self._above.get(target)

    def learn(self, wanted: Wanted, answer: int | None, usage: Usage, cost: int | None) -> None:
        """Compare what an answer was billed with the most that one of its length should have been.

        ``answer`` is the most tokens it might have; ``cost`` in nano-dollars, None where it is unknown.
        """
        above = self._above.setdefault(wanted.target, Amounts())
        if usage.output is None or usage.input_total is None:
            return
        length = min(usage.output, wanted.tokens_out if answer is None else answer)
        above.tokens = max(above.tokens, usage.input_total + usage.output - wanted.tokens_in - length)
        if cost is not None and wanted.price is not None:
            above.nano = max(above.nano, cost - wanted.price.most(wanted.tokens_in, length))
