"""The tools of this recipe: cut a document into clauses, and sum the checks up to a verdict."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DOCUMENTS = Path(__file__).parent / "data" / "documents"
_CLAUSE = re.compile(
    r"^(?P<number>\d{1,2})\.\s+(?:(?P<title>[A-Z][^.\n]{2,40})\.\s+)?(?P<text>\S.*)$", re.DOTALL
)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[A-Z(])")
_SHORT = 25

ORDINARY = "ordinary"
EXPECTED = ("payment", "term", "termination", "liability", "data_protection", "law")
WEIGHTS = {
    "unlimited_liability": 3,
    "broad_indemnity": 3,
    "one_sided_termination": 2,
    "one_sided_change": 2,
    "data_sharing": 3,
    "rights_grab": 3,
    "automatic_renewal": 1,
    "penalty": 1,
    "lock_in": 2,
}
"""How bad a kind of risk is, from 1 (ask about it) to 3 (do not sign)."""


def read_document(document: str) -> str:
    """The text of a document.  ``document`` is the text itself, or the name of a file in data/documents."""
    name = document.strip()
    if not re.fullmatch(r"[\w-]{1,60}", name):
        return document
    file = DOCUMENTS / f"{name}.md"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    known = ", ".join(sorted(each.stem for each in DOCUMENTS.glob("*.md")))
    raise ValueError(f"there is no document {name!r}; there are {known}; or give the text itself")


def split(text: str) -> dict[str, object]:
    """The clauses of a document (number, title, text), their sentences (clause, text), and its plain text."""
    clauses = [_clause(number, part) for number, part in enumerate(_paragraphs(text), start=1)]
    sentences = [
        {"clause": clause["number"], "text": sentence}
        for clause in clauses
        for sentence in _sentences(clause["text"])
    ]
    plain = "\n\n".join(clause["text"] for clause in clauses)
    return {"clauses": clauses, "sentences": sentences, "plain": plain}


def weigh(
    sentences: Sequence[Mapping[str, str]],
    risks: Sequence[Mapping[str, Any]],
    kinds: Sequence[Mapping[str, Any]],
    sure: float,
) -> dict[str, object]:
    """The verdict: ``sign``, ``negotiate`` or ``do not sign``, with the findings that led to it."""
    found = [
        {
            "clause": sentence["clause"],
            "risk": risk["label"],
            "confidence": round(float(risk["confidence"] or 0), 2),
            "text": sentence["text"],
        }
        for sentence, risk in zip(sentences, risks, strict=True)
        if risk["label"] != ORDINARY and float(risk["confidence"] or 0) >= sure
    ]
    present = {str(kind["label"]) for kind in kinds}
    missing = [name for name in EXPECTED if name not in present]
    score = sum({str(each["risk"]): WEIGHTS.get(str(each["risk"]), 1) for each in found}.values())
    verdict = "do not sign" if score >= 8 else "negotiate" if score >= 1 or len(missing) > 3 else "sign"
    return {"verdict": verdict, "score": score, "findings": found, "missing": missing}


def _paragraphs(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=\d{1,2}\.\s)", text))
    return [part for part in parts if len(part) >= _SHORT and not part.startswith(("#", "Signed"))]


def _clause(position: int, paragraph: str) -> dict[str, str]:
    match = _CLAUSE.match(paragraph)
    if match is None:
        return {"number": f"§{position}", "title": "", "text": paragraph}
    return {"number": match["number"], "title": match["title"] or "", "text": match["text"]}


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if len(part) >= _SHORT] or [text]
