"""The recipes of a folder as cards: what they are for, or what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import Problem, RecipeError, WorkbenchError
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.tui import presentation as show
from workbench.tui.ink import Line, Piece, ink, paragraphs


@dataclass(frozen=True, slots=True)
class Card:
    """One recipe file: the recipe, or its problems."""

    path: Path
    name: str
    recipe: Recipe | None = None
    problems: tuple[Problem, ...] = ()
    place: str = ""
    """Its folder, where another recipe has the same name."""

    @property
    def reference(self) -> str:
        """How the command line names it."""
        return self.path.parent.name


def read_card(path: Path) -> Card:
    """Read a recipe; whatever is wrong with it becomes its card."""
    name = path.parent.name
    try:
        recipe = load(path)
    except RecipeError as error:
        return Card(path, name, None, tuple(error.problems))
    except WorkbenchError as error:
        return Card(path, name, None, (Problem(error.message),))
    except OSError as error:
        return Card(path, name, None, (Problem(f"cannot be read: {error.strerror or error}", str(path)),))
    return Card(path, recipe.name, recipe, recipe.warnings)


def told_apart(cards: Sequence[Card], folder: Path) -> list[Card]:
    """The cards; those of one name with their places in the folder."""
    often = Counter(each.name for each in cards)
    return [
        replace(each, place=_place(each.path.parent, folder)) if often[each.name] > 1 else each
        for each in cards
    ]


def _place(of: Path, folder: Path) -> str:
    return "this folder" if of == folder else of.name


def card_row(card: Card) -> Line:
    """A card as a row of the list; the folder, where it has one to tell, before the name."""
    name = (("", ""),) if card.place == card.name else ((f"  {card.name}", "dim"),)
    told = ink(card.place, *name) if card.place else ink(card.name)
    if card.recipe is None:
        return ink(("✗ ", "bad"), *told, (f"  {show.count(len(card.problems), 'problem')}", "bad"))
    return ink("  ", *told)


def card_of(cards: Sequence[Card], name: str, hash: str) -> Card | None:
    """The recipe that a run is of: of those of its name the one that is as it was, else the first."""
    named = [each for each in cards if each.name == name]
    same = (each for each in named if each.recipe is not None and each.recipe.hash == hash)
    return next(same, named[0] if named else None)


def card_lines(card: Card) -> list[Line]:
    """A card in full: purpose, inputs, steps, models; or every problem with its place."""
    if card.recipe is None:
        return _problem_lines(card)
    document = card.recipe.document
    lines: list[Line] = [ink((card.name, "bold"), (f"  {card.place}" if card.place else "", "dim"))]
    if document.about:
        lines += paragraphs(document.about)
    lines += _section(
        "inputs",
        [
            [(name, ""), (f"  {each.type}{'' if each.required else ', optional'}", "dim")]
            for name, each in document.inputs.items()
        ],
    )
    lines += _section(
        "steps",
        [[(name, ""), (f"  {step.verb}", "dim")] for name, step in document.steps.items()],
    )
    lines += _section(
        "models",
        [[(name, ""), (f"  {', '.join(role.candidates)}", "dim")] for name, role in document.models.items()],
    )
    lines += _section("warnings", [[(f"! {problem}", "warn")] for problem in card.problems])
    return lines


def _section(title: str, rows: Sequence[Sequence[Piece]]) -> list[Line]:
    return [(), ink((title, "dim")), *(ink(*row) for row in rows)] if rows else []


def _problem_lines(card: Card) -> list[Line]:
    lines: list[Line] = [
        ink((card.name, "bold")),
        ink((f"✗ cannot run: {show.count(len(card.problems), 'problem')}", "bad")),
    ]
    for problem in card.problems:
        place = f"line {problem.line}, column {problem.column}" if problem.line else problem.file
        lines += [(), ink((place, "dim"))] if place else [()]
        lines += paragraphs(problem.message)
        if problem.text:
            lines += [(("  ", ""), *line) for line in paragraphs(problem.text, "accent")]
        if problem.suggestion:
            lines.append(ink(("→ ", "good"), problem.suggestion))
    return lines
