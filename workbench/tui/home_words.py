"""What the first screen says while there is nothing to show."""

from __future__ import annotations

NO_RECIPES = (
    "No recipes here yet.",
    "n makes one, from a",
    "pattern or a sentence.",
    "",
    "(workbench new my-first)",
)
NO_RUNS = (
    "No runs yet.",
    "",
    "Choose a recipe (1) and press n: its inputs come first, then it runs here.",
    "C composes it: its steps, prompts and models, before and after it runs.",
    "Or run all samples at once:  workbench demo",
)

NOTHING = (
    "Nothing here yet.",
    "",
    "n makes your first recipe: name it, choose what it begins with,",
    "see what each step would be asked, run it, change it,",
    "keep the run as a test.",
    "",
    "Or run the samples:  workbench demo",
)
