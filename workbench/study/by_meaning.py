"""What a ``retrieve`` with a model would compare by meaning, before it does."""

from __future__ import annotations

from workbench.engine.verbs.retrieve import CANDIDATES, whole_text
from workbench.errors import WorkbenchError
from workbench.providers.comparing import LONGEST
from workbench.recipe.data import documents
from workbench.recipe.model import Step
from workbench.recipe.recipe import Recipe
from workbench.tools.retrieval import index_for


def compared_texts(recipe: Recipe, step: Step, question: str) -> list[str]:
    """The texts that one call would hold: the question, and the documents it is compared with.

    The question alone where its data are not there any more.
    """
    data = recipe.document.data
    source, examples = data.get(step.from_ or ""), data.get(step.examples or "")
    if source is None:
        return [question]
    try:
        hits = index_for(source, recipe.folder, examples).candidates(question, CANDIDATES)
    except (WorkbenchError, OSError):
        return [question]
    return [question, *(whole_text(hit)[:LONGEST] for hit in hits)]


def left_out(recipe: Recipe, step: Step) -> str:
    """That not all documents are compared, in words; empty where all are, or nothing is known of them."""
    source = recipe.document.data.get(step.from_ or "")
    if step.verb != "retrieve" or step.model is None or source is None:
        return ""
    try:
        number = len(documents(source, recipe.folder))
    except (WorkbenchError, OSError):
        return ""
    if number <= CANDIDATES:
        return ""
    return (
        f"of {number:,} documents only the {CANDIDATES} that share most words with the question are compared"
    )
