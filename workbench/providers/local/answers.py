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
_OTHERS = 6


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
    said = [_plain(sentence, reading) for sentence in sentences(reading.failed[-1])]
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
        if one.text in [other.text for other in chosen] or not demands.fits(_text([*chosen, one], reading)):
            continue
        near = one.score >= _NEAR_BEST * best[0].score and one.passage == best[0].passage
        short = demands.is_too_short(_text(chosen, reading))
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
    """A choice that fits and is none of the answers already sent back: fewer sentences, then others."""
    failed = [_plain(text, reading) for text in reading.failed]
    others = [[one] for one in best[1:_OTHERS] if one.share >= _NEAR_BEST * best[0].share]
    for option in (chosen, chosen[:2], chosen[:1], *others):
        text = _text(option, reading)
        if demands.fits(text) and _plain(text, reading) not in failed:
            return option
    return chosen


def _plain(text: str, reading: Reading) -> str:
    return without_citations(text, [passage.id for passage in reading.passages]).strip()


def _text(chosen: Sequence[Scored], reading: Reading) -> str:
    return "".join(_pieces(chosen, reading))


def _pieces(chosen: Sequence[Scored], reading: Reading) -> list[str]:
    """Sentences in reading order, with the id of the passage after the last of each run."""
    ordered = sorted(chosen, key=lambda one: (one.passage, one.position))
    pieces = []
    for at, one in enumerate(ordered):
        last_of_run = at + 1 == len(ordered) or ordered[at + 1].passage != one.passage
        mark = f" [{reading.passages[one.passage].id}]" if reading.retrieved and last_of_run else ""
        pieces.append(f"{' ' if at else ''}{one.text}{mark}")
    return pieces


def write(chosen: Sequence[Scored], reading: Reading, demands: Demands) -> Answer:
    """The chosen sentences, as many as fit; the first is cut where it alone is too long."""
    kept = list(chosen)
    while len(kept) > 1 and not demands.fits(_text(kept, reading)):
        kept.pop()
    ordered = sorted(kept, key=lambda one: (one.passage, one.position))
    notes = {
        "question": reading.question[:500],
        "picked": [_note(one, reading.passages) for one in ordered],
    }
    text = _text(kept, reading)
    if demands.fits(text):
        return Answer(tuple(_pieces(kept, reading)), notes=notes)
    return Answer((_cut(text, demands),), finish="length", notes=notes)


def _note(one: Scored, passages: Sequence[Passage]) -> dict[str, Json]:
    return {"id": passages[one.passage].id, "sentence": one.text, "score": round(one.score, 6)}


def _cut(text: str, demands: Demands) -> str:
    """The beginning of ``text`` that fits, in whole words where there is one."""
    if demands.most_words is not None:
        text = " ".join(text.split()[: demands.most_words])
    if demands.most_characters is None or len(text) <= demands.most_characters:
        return text
    start = text[: demands.most_characters]
    return start.rsplit(" ", 1)[0] if " " in start else start
