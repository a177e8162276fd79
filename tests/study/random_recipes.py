"""Random recipes and random edits of them, for properties that must hold of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from hypothesis import strategies as st

from workbench.providers.port import ModelRequest, Reply
from workbench.usage import Usage

WORDS = ("yes", "no", "maybe")
KINDS = ("prompt", "each", "repeat", "choose", "group", "if", "set", "each_group", "retry")


def answer(model: str, request: ModelRequest) -> Reply:
    """One of three words, by the model and the prompt alone: changes are often cut off early."""
    digest = blake2b(f"{model} {request.messages[-1].text}".encode(), digest_size=4).digest()
    return Reply(WORDS[digest[0] % 3], usage=Usage(input=2, output=1, state="reported"))


@dataclass(frozen=True)
class Piece:
    """One step: what kind, which earlier steps it mentions, its wording."""

    kind: str
    mentions: tuple[int, ...]
    wording: str = "a"
    model: str = "m"


@dataclass(frozen=True)
class Sketch:
    """A recipe in short, with its inputs."""

    pieces: tuple[Piece, ...]
    word: str = "w"
    items: tuple[str, ...] = ("p", "q")
    models: tuple[str, str] = ("fake/a", "fake/b")

    @property
    def inputs(self) -> dict[str, object]:
        return {"word": self.word, "items": list(self.items)}

    def text(self) -> str:
        """The recipe."""
        lines = [
            f"models: {{m: {self.models[0]}, n: {self.models[1]}}}",
            "inputs: {word: string, items: list}",
            "steps:",
        ]
        for number, piece in enumerate(self.pieces):
            lines += [f"  s{number}:", *(f"    {line}" for line in _step(number, piece, self.pieces))]
        names = range(len(self.pieces))
        lines += ["outputs:", *(f"  o{number}: '{{{{ s{number} }}}}'" for number in names)]
        return "\n".join(lines)

    def cone(self, changed: set[str]) -> set[str]:
        """The steps that a change of these steps and inputs can reach."""
        reached = set(changed)
        for number, piece in enumerate(self.pieces):
            mentions = {f"s{each}" for each in piece.mentions} | _inputs_of(piece)
            if mentions & reached:
                reached.add(f"s{number}")
        return reached


def _inputs_of(piece: Piece) -> set[str]:
    items = {"items"} if piece.kind in ("each", "each_group") else set()
    return items if piece.mentions else items | {"word"}


def _value(number: int, piece: Piece) -> str:
    """An expression for a step's answer as a text."""
    name = f"s{number}"
    match piece.kind:
        case "each":
            return f"{name}|map(attribute='text')|join(' ')"
        case "each_group":
            return f"{name}|map(attribute='b')|map(attribute='text')|join(' ')"
        case "group":
            return f"{name}.b.text"
        case _:
            return f"{name}.text"


def _step(number: int, piece: Piece, pieces: tuple[Piece, ...]) -> list[str]:
    mentioned = " ".join(f"{{{{ {_value(each, pieces[each])} }}}}" for each in piece.mentions)
    asked = f"{piece.wording} {mentioned or '{{ word }}'}"
    model = f"model: {piece.model}"
    condition = (
        f"{_value(piece.mentions[0], pieces[piece.mentions[0]])} == 'yes'" if piece.mentions else "true"
    )
    match piece.kind:
        case "each":
            return ["each: items", f'prompt: "{asked} {{{{ item }}}}"', model]
        case "repeat":
            until = f"s{number}.text == 'yes'"
            return [
                f'repeat: {{at_most: 3, until: "{until}"}}',
                f'prompt: "{asked} {{{{ loop.index }}}}"',
                model,
            ]
        case "choose":
            return [
                "choose:", f'  - {{when: "{condition}", prompt: "if {asked}"}}',
                f'else: {{prompt: "else {asked}"}}', model,
            ]  # fmt: skip
        case "group":
            return ["steps:", *_inner(asked, model)]
        case "each_group":
            return ["each: items", "steps:", *_inner(f"{asked} {{{{ item }}}}", model)]
        case "if":
            return [f'if: "{condition}"', f'prompt: "{asked}"', model]
        case "set":
            return [f'set: {{text: "{asked}"}}']
        case "retry":
            gate = "gate: {equals: 'yes'}"
            return [f'prompt: "{asked}"', gate, "on_fail: [revise, continue]", model]
        case _:
            return [f'prompt: "{asked}"', model]


def _inner(asked: str, model: str) -> list[str]:
    return [
        f'  a: {{prompt: "a {asked}", {model}}}',
        f'  b: {{prompt: "b {{{{ a.text }}}}", {model}}}',
        f'  c: {{prompt: "c {{{{ a.text }}}} {{{{ b.text }}}}", {model}}}',
    ]


@st.composite
def sketches(draw: st.DrawFn, most: int = 7) -> Sketch:
    """Recipes of a few steps, each mentioning some of the earlier ones."""
    number = draw(st.integers(1, most))
    pieces = []
    for place in range(number):
        mentions = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        kind, model = draw(st.sampled_from(KINDS)), draw(st.sampled_from("mn"))
        pieces.append(Piece(kind, tuple(sorted(mentions)), draw(st.sampled_from("ab")), model))
    items = draw(st.lists(st.sampled_from("pqrs"), max_size=4, unique=True))
    return Sketch(tuple(pieces), draw(st.sampled_from("vw")), tuple(items))


@st.composite
def edited(draw: st.DrawFn, sketch: Sketch) -> tuple[Sketch, set[str]]:
    """The recipe with one to three things changed, and what was changed."""
    changed: set[str] = set()
    for _ in range(draw(st.integers(1, 3))):
        what = draw(st.sampled_from(("wording", "wording", "word", "items", "model", "role")))
        sketch, names = _edit(draw, sketch, what)
        changed |= names
    return sketch, changed


def _edit(draw: st.DrawFn, sketch: Sketch, what: str) -> tuple[Sketch, set[str]]:
    if what == "word":
        return replace(sketch, word=draw(st.sampled_from("vwx"))), {"word"}
    if what == "items":
        items = draw(st.lists(st.sampled_from("pqrs"), max_size=5, unique=True))
        return replace(sketch, items=tuple(items)), {"items"}
    if what == "model":
        users = {f"s{number}" for number, piece in enumerate(sketch.pieces) if piece.model == "m"}
        return replace(sketch, models=("fake/c", sketch.models[1])), users
    place = draw(st.integers(0, len(sketch.pieces) - 1))
    change: Mapping[str, str] = {"wording": draw(st.sampled_from("abcd"))}
    if what == "role":
        change = {"model": draw(st.sampled_from("mn"))}
    pieces = list(sketch.pieces)
    pieces[place] = replace(pieces[place], **change)  # type: ignore[arg-type]
    return replace(sketch, pieces=tuple(pieces)), {f"s{place}"}
