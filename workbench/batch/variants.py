"""Variants of a recipe in one batch: a grid over the models of its roles and over values within it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from workbench.errors import UsageError
from workbench.events import Json

MOST_VARIANTS = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of what varies: a role (``writer``), or a place in the recipe (``steps.x.prompt``)."""

    name: str
    value: Json
    told: str
    """The value as it was written."""

    @property
    def is_edit(self) -> bool:
        """True for a place in the recipe, False for a role."""
        return "." in self.name


@dataclass(frozen=True, slots=True)
class Variant:
    """One cell of the grid."""

    name: str
    models: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Json] = field(default_factory=dict)


def grid(choices: Iterable[Choice]) -> tuple[Variant, ...]:
    """All combinations of what varies, one value of each name; the last name varies fastest."""
    by_name: dict[str, list[Choice]] = {}
    for each in choices:
        others = by_name.setdefault(each.name, [])
        if any(other.value == each.value for other in others):
            raise UsageError(f"--variant gives {each.name}={each.told} twice")
        others.append(each)
    size = 1
    for values in by_name.values():
        size *= len(values)
    if size > MOST_VARIANTS:
        raise UsageError(f"that makes {size:,} variants, at most {MOST_VARIANTS:,} can be compared")
    return tuple(_cell(cell) for cell in product(*by_name.values())) if by_name else ()


def _cell(cell: Sequence[Choice]) -> Variant:
    return Variant(
        ", ".join(f"{each.name}={each.told}" for each in cell),
        {each.name: str(each.value) for each in cell if not each.is_edit},
        {each.name: each.value for each in cell if each.is_edit},
    )


# --- the keys of runs ------------------------------------------------------------------------------------


def variant_of(key: str) -> int:
    """The number of the variant in a run's key; 0 where there is none."""
    _, _, number = key.partition("@")
    return int(number) if number.isdigit() else 0


def without_variant(key: str) -> str:
    """The row and repeat in a run's key: what the runs of all variants share."""
    return key.partition("@")[0]


def case_of(key: str) -> str:
    """The case of a run's key: its row, without repeat and variant."""
    return without_variant(key).partition("#")[0]
