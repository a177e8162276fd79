"""``extract`` and ``compose``: answers made of sentences of the sources, each with its citation."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.local.answer import Answer
from workbench.providers.local.demands import Demands, read_demands
from workbench.providers.local.ranking import Scored, is_heading, rank
from workbench.providers.local.reading import Passage, Reading
from workbench.words import sentences, without_citations

LEAST_SHARE = 0.12
"""Part of the question (by rarity of its words) that a source must share for an answer."""

_SENTENCES = 3
_NEAR_BEST = 0.6
_PASSAGES_READ = 5


def extract(reading: Reading, max_tokens: object = None) -> Answer:
    """The one sentence of the first passage that answers best."""
    ranked = rank(reading.passages[:1], reading.question)
    ranked = _allowed(ranked, reading, read_demands(reading.orders))
    best = _best_first(ranked)[:1]
    _refuse_unless_shared(best, reading)
    demands = read_demands(reading.orders, max_tokens)
    return write(best, reading, demands)


def compose(reading: Reading, max_tokens: object = None) -> Answer:
    """One to three sentences over the first passages, in reading order."""
    demands = read_demands(reading.orders, max_tokens)
    passages = reading.passages[:_PASSAGES_READ] if reading.retrieved else reading.passages
    ranked = _allowed(rank(passages, reading.question), reading, demands)
    best = _best_first(ranked)
    _refuse_unless_shared(best, reading)
    return write(_choose(best, reading, demands), reading, demands)


def _best_first(ranked: Sequence[Scored]) -> list[Scored]:
    whole = [one for one in ranked if not is_heading(one.text)] or ranked
    return sorted(whole, key=lambda one: (-round(one.score, 9), one.passage, one.position))


def _allowed(ranked: Sequence[Scored], reading: Reading, demands: Demands) -> list[Scored]:
    """Leave out what a check has called unsupported in the last answer, as long as something stays."""
    if not (reading.failed and demands.unsupported):
        return list(ranked)
    said = sentences(without_citations(reading.failed[-1]))
    bad = [said[number - 1] for number in demands.unsupported if number <= len(said)]
    return [one for one in ranked if one.text not in bad] or list(ranked)


def _refuse_unless_shared(best: Sequence[Scored], reading: Reading) -> None:
    share = max((one.share for one in best), default=0.0)
    if share < LEAST_SHARE:
        raise CallError(
            "refused",
            f"no sentence of the sources answers the question (best match {share:.2f}, needed {LEAST_SHARE})",
            hint="give better passages, or let a person answer: on_fail: human",
            sent=False,
        )


def _choose(best: Sequence[Scored], reading: Reading, demands: Demands) -> list[Scored]:
    wanted = demands.sentences or _SENTENCES
    chosen = [best[0]]
    for one in _mentioning(best, demands):
        if one not in chosen:
            chosen.append(one)
    for one in best[1:]:
        text = _draft([*chosen, one])
        short = demands.is_too_short(_draft(chosen))
        near = one.score >= _NEAR_BEST * best[0].score and one.passage == best[0].passage
        if one in chosen or not demands.fits(text) or one.text in (other.text for other in chosen):
            continue
        if short or (len(chosen) < wanted and (near or demands.sentences)):
            chosen.append(one)
    return _changed(chosen, best, reading, demands)


def _mentioning(best: Sequence[Scored], demands: Demands) -> list[Scored]:
    """For each demanded word, the best sentence that has it."""
    found = []
    for word in demands.mention:
        having = [one for one in best if word.lower() in one.text.lower()]
        found.extend(having[:1])
    return found


def _changed(
    chosen: list[Scored], best: Sequence[Scored], reading: Reading, demands: Demands
) -> list[Scored]:
    """A different choice than the answers already sent back: fewer sentences, then others."""
    failed = [without_citations(text).strip() for text in reading.failed]
    options = [chosen, chosen[:2], chosen[:1], *([one] for one in best[1:6])]
    for option in options:
        if demands.fits(_draft(option)) and _draft(option) not in failed:
            return option
    return chosen


def _draft(chosen: Sequence[Scored]) -> str:
    return " ".join(one.text for one in _in_order(chosen))


def _in_order(chosen: Sequence[Scored]) -> list[Scored]:
    return sorted(chosen, key=lambda one: (one.passage, one.position))


def write(chosen: Sequence[Scored], reading: Reading, demands: Demands) -> Answer:
    """The chosen sentences in reading order, with the id of the passage after the last of each run."""
    ordered = _in_order(chosen)
    kept = [one for at, one in enumerate(ordered) if at == 0 or demands.fits(_draft(ordered[: at + 1]))]
    pieces = []
    for at, one in enumerate(kept):
        last_of_run = at + 1 == len(kept) or kept[at + 1].passage != one.passage
        mark = f" [{reading.passages[one.passage].id}]" if reading.retrieved and last_of_run else ""
        pieces.append(f"{' ' if at else ''}{one.text}{mark}")
    picked = [_note(one, reading.passages) for one in kept]
    notes = {"question": reading.question[:500], "picked": picked}
    text = "".join(pieces)
    if demands.most_characters is not None and len(text) > demands.most_characters:
        return Answer((_cut(text, demands.most_characters),), finish="length", notes=notes)
    return Answer(tuple(pieces), notes=notes)


def _note(one: Scored, passages: Sequence[Passage]) -> dict[str, Json]:
    return {"id": passages[one.passage].id, "sentence": one.text, "score": round(one.score, 6)}


def _cut(text: str, most: int) -> str:
    """``text`` up to ``most`` characters, whole words where there is one."""
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0] if " " in text[:most] else text[:most]
