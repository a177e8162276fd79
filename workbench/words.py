"""Words and sentences of a text: what embedded models, gates and retrieval count."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MARK = re.compile(r"(?:(?<!\s)\s+)?\[([^\[\]\n]{1,80})\]")


def listed(text: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(text.split())


STOP_WORDS = listed(
    """
        a about above after again against all also am an and any are aren't as at be because been
        before being below between both but by can can't cannot could couldn't did didn't do does
        doesn't doing don't down during each few for from further get gets got had hadn't has hasn't
        have haven't having he her here hers herself him himself his how i i'd i'll i'm i've if in
        into is isn't it it's its itself just let like me more most much my myself no nor not of off
        on once only or other our ours ourselves out over own please same shall she should shouldn't
        so some such than that that's the their theirs them themselves then there these they this
        those through to too under until up upon us very was wasn't we we're we've were weren't what
        what's when where which while who whom whose why will with won't would wouldn't yes you
        you'd you'll you're you've your yours yourself yourselves hello hi thanks
        thank now want need know tell
    """
)
"""Words that say nothing of what a text is about."""

_NO_SENTENCE_END = listed(
    """
        mr mrs ms dr prof st jr sr vs e.g i.e eg ie etc cf al fig figs eq no nos vol pp ch sec art
        approx dept est inc ltd co corp gen col sgt lt capt rev hon jan feb mar apr jun jul aug sep
        sept oct nov dec ca resp
    """
)
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•#>|]|\d{1,2}[.)]\s))")
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]*[^\W_a-zß-öø-ÿ]|\s*\[|\s*$)")
_LAST_WORD = re.compile(r"(\S+?)[.!?…]+[\"'”’)\]]*$")
_SHORT_LINE = 50


def words(text: str) -> list[str]:
    """The words of ``text``, in lower case."""
    return _WORD.findall(text.lower())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """``word`` without the commonest English endings, so that ``refunds`` meets ``refunded``."""
    for ending in ("'s", "’s"):
        word = word.removesuffix(ending)
    if len(word) <= 3 or word[0].isdigit():
        return word
    word = _singular(word)
    for ending in ("edly", "ingly", "ing", "ed", "ly", "ment"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and re.search("[aeiouy]", rest):
            return _tidy(rest)
    return _tidy(word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _tidy(rest: str) -> str:
    if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "aeiouls":
        rest = rest[:-1]
    if rest.endswith("y") and len(rest) > 3:
        return rest[:-1] + "i"
    return rest[:-1] if rest.endswith("e") and len(rest) > 3 else rest


def content_stems(text: str) -> list[str]:
    """The stems of the words of ``text`` that say what it is about, in order, repeats kept."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def without_citations(text: str, ids: Collection[str] = ()) -> str:
    """``text`` without marks like ``[kb-001]``: those of ``ids``, and those of a single word."""
    return _MARK.sub(lambda mark: "" if mark[1] in ids or " " not in mark[1] else mark[0], text)


def sentences(text: str) -> list[str]:
    """The sentences of ``text``: headings, list items and short lines count as sentences too."""
    found: list[str] = []
    for block in _BREAK.split(text):
        for line in _join_wrapped(block):
            found.extend(_split_line(line))
    return found


def _join_wrapped(block: str) -> list[str]:
    joined: list[str] = []
    goes_on = False
    for line in block.splitlines():
        stripped = line.strip()
        if not stripped:
            continue
        if goes_on:
            joined[-1] = f"{joined[-1]} {stripped}"
        else:
            joined.append(stripped)
        goes_on = len(stripped) >= _SHORT_LINE and not stripped.startswith("#")
    return joined


def _split_line(line: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _END.finditer(line):
        end = match.end()
        if end < len(line) and _is_abbreviation(line[start:end]):
            continue
        citation = _MARK.match(line, end)
        while citation:
            end = citation.end()
            citation = _MARK.match(line, end)
        if end > start and (part := line[start:end].strip()):
            parts.append(part)
            start = end
    if tail := line[start:].strip():
        parts.append(tail)
    return parts


def _is_abbreviation(piece: str) -> bool:
    match = _LAST_WORD.search(piece)
    if not match or not piece.endswith("."):
        return False
    last = match.group(1).lstrip("(\"'“‘").lower()
    return (
        last in _NO_SENTENCE_END
        or (len(last) == 1 and last.isalpha())
        or bool(re.fullmatch(r"(\w\.)+\w", last))
    )
