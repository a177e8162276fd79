"""A role of a recipe, as people name it: ``RECIPE ROLE``, or ``ROLE`` alone where one recipe here has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.completion import recipe_names

if TYPE_CHECKING:
    from workbench.events import Json
    from workbench.recipe.model import Document, Role

FirstArgument = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE",
        help="A folder, a recipe.yaml, or a name under recipes/.",
        autocompletion=recipe_names,
    ),
]
RoleArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="ROLE", help="A role of its models. ROLE alone where one recipe here has it.",
    ),
]  # fmt: skip
PROMISED = 0.95
"""The share of the best model's passes that ``learned`` keeps where nothing else is said."""


def named_role(folder: Path, first: str, role: str | None) -> tuple[Path, str]:
    """The recipe.yaml and the role that the words mean; UsageError when they mean none, or several."""
    from workbench.errors import UsageError
    from workbench.recipe.load import find

    if role is not None:
        return find(first, folder), role
    known = dict(_roles(folder))
    having = [path for path, roles in known.items() if first in roles]
    if len(having) == 1:
        return having[0], first
    names = ", ".join(path.parent.name for path in having)
    if having:
        raise UsageError(f"several recipes have a role {first}", hint=f"say which: {names}")
    every = ", ".join(f"{path.parent.name} {each}" for path, roles in known.items() for each in roles)
    raise UsageError(f"no recipe here has a role {first}", hint=f"there are: {every}" if every else "")


def _roles(folder: Path) -> list[tuple[Path, tuple[str, ...]]]:
    from workbench.recipe.load import examine

    paths = [folder / "recipe.yaml", *sorted((folder / "recipes").glob("*/recipe.yaml"))]
    found = [(path, examine(path)[0]) for path in paths if path.is_file()]
    return [(path, tuple(recipe.document.models)) for path, recipe in found if recipe is not None]


def role_in(document: Document, role: str) -> Role:
    """A role of a recipe; UsageError when it has none of that name."""
    from workbench.errors import UsageError

    if role not in document.models:
        roles = ", ".join(document.models) or "none"
        raise UsageError(f"recipe {document.name} has no role {role}", hint=f"roles: {roles}")
    return document.models[role]


def with_policy(role: Role, policy: str) -> dict[str, Json]:
    """A role's candidates under another policy, with what that needs: for trying it on the record."""
    made: dict[str, Json] = {"candidates": list(role.candidates), "policy": policy}
    floors = role.at_least.model_dump(exclude_none=True) if role.at_least is not None else {}
    if policy == "learned":
        kept = {key: value for key, value in floors.items() if key != "confidence"}
        made["at_least"] = kept or {"quality": PROMISED}
    elif policy == "cascade" and "quality" not in floors and floors:
        made["at_least"] = floors
    elif policy == "split":
        made["weights"] = dict(role.weights) or dict.fromkeys(role.candidates, 1)
    return made
