"""Composing: a step for each item of a list, again until it is good, or as one of several ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import work

from workbench.recipe.editing.wrapping import wrap_step
from workbench.tui.composing.mentions import conditions_to_choose, lists_to_mention
from workbench.tui.composing.outline import Item
from workbench.tui.composing.values import parse_value
from workbench.tui.ink import ink
from workbench.tui.screens.compose_base import ComposeBase
from workbench.tui.screens.picking import AskDialog, Pick, PickDialog

WRAPS = {
    "each": "once for each item of a list",
    "repeat": "again until it is good",
    "choose": "one of several ways, by a condition",
}
CHECKS_PASS = "its checks pass"
TYPE_ONE = "or type one: an expression, as  "


class ComposeWrapping(ComposeBase):
    """Wrapping asks for what it needs."""

    @work(exclusive=True, group="dialog")
    async def action_wrap(self) -> None:
        """Let the selected step happen for each item, repeatedly, or as one of several ways."""
        item = self.step_item()
        if item is None:
            return
        picks = [Pick(how, ink((f"{how:<8}", "key"), f"  {about}")) for how, about in WRAPS.items()]
        chosen = await self.workbench.push_screen_wait(PickDialog(f"Wrap {item.name} in", picks))
        if not chosen:
            return
        how = chosen[0]
        ask = {"each": self._ask_list, "repeat": self._ask_until, "choose": self._ask_condition}[how]
        more = await ask(item)
        if more is not None:
            self.change(f"wrap in {how}", lambda text: wrap_step(text, item.step, how, **more))  # type: ignore[arg-type]

    async def _ask_list(self, item: Item) -> dict[str, Any] | None:
        """Which list; each of its items is ``item`` in the step's texts."""
        recipe = self.draft.recipe
        own = item.step.split("/")[0]
        known = lists_to_mention(recipe, own, self.given.outputs) if recipe is not None else {}
        told = "What it is done for, once each; its texts call the one  item.\n"
        over = await self._expression(f"For each item of: {item.name}", known, told, "search.documents")
        return {"over": over} if over else None

    async def _ask_until(self, item: Item) -> dict[str, Any] | None:
        """Until when, and how often at most."""
        checked = {CHECKS_PASS: "the checks of this step"}
        told = "It is done again until this holds; its own result goes by its name.\n"
        example = f"'done' in {item.name}.text"
        until = await self._expression(f"Repeat {item.name} until", checked, told, example)
        if not until:
            return None
        asked = AskDialog("Times at most", "3", "how often it may be done", _whole_number)
        times = await self.workbench.push_screen_wait(asked)
        if not times:
            return None
        return {"until": None if until == CHECKS_PASS else until, "at_most": int(times)}

    async def _ask_condition(self, item: Item) -> dict[str, Any] | None:
        """When it is taken; other ways are added in the source."""
        recipe = self.draft.recipe
        known = conditions_to_choose(recipe, item.step.split("/")[0]) if recipe is not None else {}
        told = "It is taken when this holds; further ways and  else:  stand beside it in the source.\n"
        when = await self._expression(f"{item.name} when", known, told, "kind.label == 'billing'")
        return {"when": when} if when else None

    async def _expression(self, heading: str, known: Mapping[str, str], told: str, example: str) -> str:
        picks = [Pick(text, ink(text, (f"  {about}", "dim"))) for text, about in known.items()]
        dialog = PickDialog(heading, picks, free="as typed", text=f"{told}{TYPE_ONE}{example}")
        chosen = await self.workbench.push_screen_wait(dialog)
        return chosen[0] if chosen else ""


def _whole_number(text: str) -> str | None:
    value, wrong = parse_value(text, number=True)
    return wrong or (None if isinstance(value, int) and value > 0 else "a whole number, 1 or more")
