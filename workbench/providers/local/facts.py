"""``facts``: fills a JSON schema from a text, by the kind of each field and the words of its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.local import candidates as find
from workbench.providers.local.answer import Answer
from workbench.providers.local.candidates import Candidate
from workbench.providers.local.reading import CHAT_HINT
from workbench.words import STOP_WORDS, listed, sentences, stem, words

_KINDS: tuple[tuple[str, frozenset[str], Callable[[str], Iterator[Candidate]]], ...] = (
    ("email", listed("email mail"), find.emails),
    ("link", listed("url link website homepage uri"), find.links),
    ("phone", listed("phone telephone mobile fax"), find.phones),
    ("date", listed("date day deadline birthday due until expiry expires"), find.dates),
    (
        "money",
        listed("money amount price cost total fee sum salary budget balance charge refund rent"),
        find.money,
    ),
    ("percent", listed("percent percentage rate share discount interest"), find.percentages),
    (
        "id",
        listed("id number no code reference ref sku serial order invoice account iban tracking"),
        find.ids,
    ),
)
_FINDERS = {kind: finder for kind, _, finder in _KINDS} | {"number": find.numbers, "name": find.names}
_FIELD_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_DENIED = re.compile(
    r"\b(?:no|not|never|none|without|isn't|wasn't|don't|doesn't|didn't|cannot|can't)\b", re.IGNORECASE
)
_LONG_TEXT = listed("summary description reason issue problem request note comment message topic subject")
_FIRM_WORDS = frozenset(
    stem(word) for word in ("company", "vendor", "supplier", "firm", "organisation", "seller")
)
_PERSON_WORDS = frozenset(
    stem(word) for word in ("name", "person", "contact", "customer", "author", "sender")
)
_FIRM = re.compile(
    r"\b(?:Inc|Corp|Corporation|Ltd|Limited|LLC|LLP|GmbH|AG|SA|SE|Co|Company|Bank|Group|Partners)\b"
)
_NEEDS_CUE = ("id",)
_NEAR = 60
_AFTER_PENALTY = 30
_LINE_PENALTY = 80


@dataclass(frozen=True, slots=True)
class Field:
    """One field to fill: what it may hold and the words that point to it."""

    name: str
    schema: Mapping[str, Json]
    cues: tuple[str, ...] = field(default=())

    @property
    def telling(self) -> tuple[str, ...]:
        """The words of the name before its last: ``due`` of ``due_date``."""
        parts = [part.lower() for part in _FIELD_WORD.findall(self.name.replace("_", " "))]
        return tuple(stem(part) for part in parts[:-1] if part not in STOP_WORDS)

    @property
    def types(self) -> tuple[str, ...]:
        """The JSON types it may have."""
        given = self.schema.get("type", "string")
        return tuple(given) if isinstance(given, list | tuple) else (str(given),)


def facts(text: str, schema: Mapping[str, Json]) -> Answer:
    """Fill ``schema`` from ``text``; what is not found is null where that is allowed, else left out."""
    if not isinstance(schema.get("properties"), Mapping):
        raise CallError(
            "bad_request",
            "local/facts fills the fields of an object, and the output schema names none",
            hint=f"list the fields under output:, or {CHAT_HINT}",
            sent=False,
        )
    data, notes = _fill(text, schema)
    return Answer(pieces=(), data=data, notes={"found": notes})


def _fill(text: str, schema: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    data: dict[str, Json] = {}
    notes: dict[str, Json] = {}
    for name, inner in schema["properties"].items():
        wanted = Field(name, inner, _cues(name, str(inner.get("description", ""))))
        found = _values(text, wanted)
        if found:
            data[name] = found[0].value
            notes[name] = {
                "start": found[0].start,
                "end": found[0].end,
                "text": text[found[0].start : found[0].end],
            }
        elif "null" in wanted.types:
            data[name] = None
    return data, notes


def _cues(name: str, about: str) -> tuple[str, ...]:
    parts = [part.lower() for part in _FIELD_WORD.findall(name.replace("_", " "))]
    return tuple(dict.fromkeys(stem(word) for word in parts + words(about) if word not in STOP_WORDS))


def _values(text: str, wanted: Field) -> list[Candidate]:
    types = [kind for kind in wanted.types if kind != "null"]
    kind = types[0] if types else "string"
    if kind == "object":
        inner, _ = _fill(text, wanted.schema if "properties" in wanted.schema else {"properties": {}})
        return [Candidate(0, 0, inner)] if inner else []
    if kind == "array":
        return _list(text, wanted)
    if choices := wanted.schema.get("enum"):
        return _choice(text, wanted, choices)
    if kind == "boolean":
        return _yes_or_no(text, wanted)
    found = _candidates(text, wanted, kind)
    if _kind_of(wanted) in _NEEDS_CUE and not _cue_places(text, wanted):
        return []
    ordered = _ordered(text, wanted, found)
    return [_typed(one, kind, text) for one in ordered]


def _candidates(text: str, wanted: Field, kind: str) -> list[Candidate]:
    named = _kind_of(wanted)
    if kind in ("number", "integer"):
        finders = [_FINDERS[named]] if named in ("money", "percent") else []
        for finder in [*finders, find.numbers]:
            found = [one for one in finder(text) if kind == "number" or float(one.value).is_integer()]
            if found:
                return found
        return []
    if named in _FINDERS:
        found = list(_FINDERS[named](text))
        if found or wanted.schema.get("format"):
            return found
    return _labelled(text, wanted) or _free_text(text, wanted)


def _kind_of(wanted: Field) -> str:
    declared = str(wanted.schema.get("format") or wanted.schema.get("x-type") or "")
    declared = {"uri": "link", "date-time": "date"}.get(declared, declared)
    if declared in _FINDERS:
        return declared
    name_words = [part.lower() for part in _FIELD_WORD.findall(wanted.name.replace("_", " "))]
    about = words(str(wanted.schema.get("description", "")))
    told = [kind for word in about if (kind := _kind_by_word(word)) != "id"]
    return next((kind for kind in (*map(_kind_by_word, name_words[::-1]), *told) if kind), "")


def _kind_by_word(word: str) -> str:
    return next((kind for kind, cues, _ in _KINDS if word in cues or word.removesuffix("s") in cues), "")


def _labelled(text: str, wanted: Field) -> list[Candidate]:
    """The rest of a line that begins with the field's name, as ``Customer name: Ada Lovelace``."""
    label = r"[\s_-]*".join(re.escape(part) for part in _FIELD_WORD.findall(wanted.name.replace("_", " ")))
    pattern = re.compile(
        rf"(?:^|(?<=[.!?;] ))[ \t>*#-]*{label}\**\s*[:=]\s*\**(\S[^\n]*)", re.IGNORECASE | re.MULTILINE
    )
    return [Candidate(match.start(1), match.end(1), match[1].strip(" *")) for match in pattern.finditer(text)]


def _free_text(text: str, wanted: Field) -> list[Candidate]:
    if not _LONG_TEXT.isdisjoint(words(wanted.name.replace("_", " "))):
        best = max(
            sentences(text),
            key=lambda sentence: len([word for word in words(sentence) if stem(word) in wanted.cues]),
            default="",
        )
        start = max(text.find(best), 0)
        return [Candidate(start, start + len(best), best)] if best else []
    names = [one for one in find.names(text) if str(one.value).lower() not in STOP_WORDS]
    names = [one for one in names if not _opens_line(text, one)] or names
    if _cue_places(text, wanted):
        return names
    if not _FIRM_WORDS.isdisjoint(wanted.cues):
        return [one for one in names if _FIRM.search(str(one.value))]
    if not _PERSON_WORDS.isdisjoint(wanted.cues):
        return [one for one in names if " " in str(one.value) and not _FIRM.search(str(one.value))]
    return []


def _opens_line(text: str, one: Candidate) -> bool:
    """True for a single capitalised word that may be capitalised only for its place."""
    before = text[: one.start].rstrip(" *>-")
    return " " not in str(one.value) and (not before or before[-1] in ".!?:\n")


def _ordered(text: str, wanted: Field, found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates by nearness to a cue word; those before it or on another line count as further off."""
    cues = _cue_places(text, wanted)
    return sorted(found, key=lambda one: (_distance(text, one, cues), one.start))


def _cue_places(text: str, wanted: Field) -> list[tuple[int, int]]:
    """Where the text says a word of the field; the telling words of its name go before the others."""
    said = [(stem(match[0].lower()), match.start(), match.end()) for match in re.finditer(r"[^\W_]+", text)]
    telling = wanted.telling if any(word in wanted.telling for word, _, _ in said) else wanted.cues
    return [(start, end) for word, start, end in said if word in telling]


def _distance(text: str, one: Candidate, cues: Sequence[tuple[int, int]]) -> int:
    best = 10 * _NEAR
    for start, end in cues:
        if start < one.end and end > one.start:
            gap = _AFTER_PENALTY
        elif end <= one.start:
            gap = one.start - end + _LINE_PENALTY * text.count("\n", end, one.start)
        else:
            gap = start - one.end + _AFTER_PENALTY + _LINE_PENALTY * text.count("\n", one.end, start)
        best = min(best, gap)
    return best


def _typed(one: Candidate, kind: str, text: str) -> Candidate:
    value = one.value
    if kind == "integer":
        value = int(value)
    elif kind == "number":
        value = int(value) if float(value).is_integer() else value
    elif not isinstance(value, str):
        value = text[one.start : one.end]
    return Candidate(one.start, one.end, value)


def _list(text: str, wanted: Field) -> list[Candidate]:
    inner = wanted.schema.get("items") or {"type": "string"}
    if inner.get("type") == "object":
        raise CallError(
            "bad_request",
            f"local/facts cannot fill a list of objects ({wanted.name})",
            hint=CHAT_HINT,
            sent=False,
        )
    item = Field(wanted.name, {"description": wanted.schema.get("description", ""), **inner}, wanted.cues)
    if inner.get("enum"):
        said = [choice for choice in inner["enum"] if _mentions(text, str(choice))]
        return [Candidate(0, 0, said)] if said else []
    if inner.get("type", "string") == "string" and not _kind_of(item):
        labelled = _labelled(text, item)
        if labelled:
            parts = re.split(r"\s*[;,]\s*", str(labelled[0].value))
            return [Candidate(labelled[0].start, labelled[0].end, [part for part in parts if part])]
    found = sorted(_candidates(text, item, str(inner.get("type", "string"))), key=lambda one: one.start)
    values = [_typed(one, str(inner.get("type", "string")), text).value for one in found]
    unique = list(dict.fromkeys(values))
    return [Candidate(found[0].start, found[-1].end, unique)] if unique else []


def _choice(text: str, wanted: Field, choices: Sequence[Json]) -> list[Candidate]:
    found = [
        Candidate(match.start(), match.end(), choice)
        for choice in choices
        if choice is not None
        for match in re.finditer(rf"\b{re.escape(str(choice).replace('_', ' '))}", text, re.IGNORECASE)
    ]
    return _ordered(text, wanted, found)


def _mentions(text: str, choice: str) -> bool:
    asked = [stem(word) for word in words(choice.replace("_", " "))]
    said = {stem(word) for word in words(text)}
    return bool(asked) and all(word in said for word in asked)


def _yes_or_no(text: str, wanted: Field) -> list[Candidate]:
    for one in _labelled(text, wanted):
        lowered = str(one.value).lower()
        if lowered.startswith(("yes", "true", "no", "false")):
            return [Candidate(one.start, one.end, lowered.startswith(("yes", "true")))]
    for sentence in sentences(text):
        if sentence.endswith("?"):
            continue
        said = {stem(word) for word in words(sentence)}
        if wanted.cues and any(cue in said for cue in wanted.cues):
            start = max(text.find(sentence), 0)
            return [Candidate(start, start + len(sentence), not _DENIED.search(sentence))]
    return []
