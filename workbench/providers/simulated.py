"""The simulator's own words: answers that say that they are simulated and vary with the input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from workbench.events import Json
from workbench.providers.port import ModelRequest
from workbench.providers.profiles import Draws

MARK = "[simulated]"
CHARACTERS_PER_TOKEN = 4
MOST_WORDS = 4000
DEEPEST_SCHEMA = 8


def estimate_tokens(text: str) -> int:
    """About how many tokens ``text`` has."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def input_tokens(request: ModelRequest) -> int:
    """About how many tokens a request has."""
    return sum(estimate_tokens(message.text) + 4 for message in request.messages)


def asked(request: ModelRequest) -> str:
    """What the request is about: the last user message, or the bare text."""
    for message in reversed(request.messages):
        if message.role == "user":
            return message.text
    return request.text


def write_prose(request: ModelRequest, draws: Draws, tokens: int) -> str:
    """Sentences of about ``tokens`` tokens, made of words of the input."""
    words = re.findall(r"\w[\w'-]*", asked(request))[:MOST_WORDS] or ["nothing"]
    length = tokens * CHARACTERS_PER_TOKEN
    text, sentence = MARK, 0
    while len(text) < length or not sentence:
        size = 5 + int(draws.uniform(f"sentence {sentence}") * 10)
        drawn = [draws.pick(f"word {sentence} {index}", words) for index in range(size)]
        text += " " + drawn[0].capitalize() + " " + " ".join(drawn[1:]) + "."
        sentence += 1
    return text


def choose_label(labels: Mapping[str, str], draws: Draws) -> dict[str, Json]:
    """A label by chance, with scores that add up to 1."""
    names = list(labels)
    label = draws.pick("label", names)
    confidence = round(0.4 + 0.59 * draws.uniform("confidence"), 6)
    others = [name for name in names if name != label]
    weights = [draws.uniform(f"score {name}") for name in others]
    total = sum(weights) or 1.0
    rest = {
        name: round((1 - confidence) * weight / total, 6)
        for name, weight in zip(others, weights, strict=True)
    }
    scores = {label: confidence, **rest} if others else {label: 1.0}
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:10]
    return {"label": label, "confidence": scores[label], "scores": dict(best)}


def fill_schema(
    schema: Mapping[str, Json], draws: Draws, words: str, place: str = "", depth: int = 0
) -> Json:
    """Something that fits the usual JSON schemas: types, enum, const, properties, items, lengths, bounds."""
    if "const" in schema:
        return schema["const"]
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return draws.pick(place, choices)
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        if isinstance(options, list) and options and depth < DEEPEST_SCHEMA:
            return fill_schema(options[0], draws, words, place, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind == "object":
        inner = schema.get("properties", {}) if depth < DEEPEST_SCHEMA else {}
        return {
            name: fill_schema(each, draws, words, f"{place}.{name}", depth + 1)
            for name, each in inner.items()
        }
    if kind == "array":
        return list(_items(schema, draws, words, place, depth))
    return _scalar(str(kind), schema, draws, words, place)


def _items(schema: Mapping[str, Json], draws: Draws, words: str, place: str, depth: int) -> Iterator[Json]:
    """The items of an array: as few as allowed, at most three."""
    least = int(schema.get("minItems", 0))
    count = max(least, min(1 + int(draws.uniform(f"{place}#") * 3), int(schema.get("maxItems", 3))))
    for index in range(count if depth < DEEPEST_SCHEMA else least):
        yield fill_schema(schema.get("items", {}), draws, words, f"{place}[{index}]", depth + 1)


def _scalar(kind: str, schema: Mapping[str, Json], draws: Draws, words: str, place: str) -> Json:
    """A text, number, boolean or null."""
    if kind in ("integer", "number"):
        low = schema.get("minimum", 0)
        high = schema.get("maximum", low + 100)
        value = low + (high - low) * draws.uniform(place)
        return round(value) if kind == "integer" else round(value, 2)
    if kind == "boolean":
        return draws.uniform(place) < 0.5
    if kind == "null":
        return None
    found = re.findall(r"\w+", words)[:MOST_WORDS] or ["nothing"]
    dated = {"date": "2000-01-01", "date-time": "2000-01-01T00:00:00Z", "email": "simulated@example.com"}
    text = dated.get(str(schema.get("format", "")), f"{MARK} {draws.pick(place, found)}")
    text = text.ljust(int(schema.get("minLength", 0)), ".")
    return text[: int(schema["maxLength"])] if "maxLength" in schema else text


def spoil_json(text: str) -> str:
    """JSON as a model breaks it: the end is missing."""
    return text.rstrip()[: max(1, len(text) * 2 // 3)].rstrip("}]") + ","


def fence(text: str) -> str:
    """JSON as chat models like to give it."""
    return f"Here is the JSON you asked for:\n```json\n{text}\n```"


def as_json_text(value: Json) -> str:
    """A value as a model would write it."""
    return json.dumps(value, ensure_ascii=False)
