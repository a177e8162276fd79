"""Requests as the engine makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.providers.local.provider import LocalProvider
from workbench.providers.port import Examples, Message, ModelRequest, Reply, Segment

CARDS = {
    "kb-1": "New cards arrive within seven days. Open Cards, then Track delivery to find yours.",
    "kb-2": "A refund takes up to ten days. The shop must start the refund. Refunds go to the same card.",
    "kb-3": "You can change the PIN at any cash machine. Choose PIN services on its screen.",
}


async def ask(model: str, request: ModelRequest) -> Reply:
    """One answer of ``local/<model>``."""
    provider = LocalProvider()
    try:
        return await provider.reply(model, request, lambda piece: None)
    finally:
        await provider.close()


def question(
    text: str, passages: Mapping[str, str] | None = None, *, orders: str = "Answer from these passages only."
) -> ModelRequest:
    """A prompt with retrieved passages and a question."""
    whole, segments = f"{orders}\n", []
    for name, passage in (CARDS if passages is None else passages).items():
        segments.append(Segment(len(whole), len(whole) + len(passage), "passage", "search.text", name))
        whole += f"{passage}\n\n"
    whole += "Question: "
    segments.append(Segment(len(whole), len(whole) + len(text), "input", "question"))
    return ModelRequest("prompt", (Message("user", whole + text, tuple(segments)),))


def source(text: str, orders: str = "Sum this up.") -> ModelRequest:
    """A prompt over one input."""
    whole = f"{orders}\n{text}"
    segment = Segment(len(orders) + 1, len(whole), "input", "document")
    return ModelRequest("prompt", (Message("user", whole, (segment,)),))


def revised(request: ModelRequest, failed: str, *reasons: str) -> ModelRequest:
    """``request`` after its answer was sent back with reasons."""
    later = (Message("assistant", failed), Message("user", "That did not pass:\n" + "\n".join(reasons)))
    return ModelRequest("prompt", (*request.messages, *later))


def sort(
    text: str, labels: Mapping[str, str] | None = None, examples: Sequence[tuple[str, str]] = ()
) -> ModelRequest:
    """A classify request."""
    given = None
    if examples:
        texts, names = [one for one, _ in examples], [label for _, label in examples]
        given = Examples(texts, names, hash=str(list(examples)))
    return ModelRequest("classify", (Message("user", text),), text=text, labels=labels or {}, examples=given)


def some_examples(count: int) -> list[tuple[str, str]]:
    """``count`` examples for each of three labels."""
    shapes = {
        "refund": ("I want my money back for order {}", "please refund payment {}", "return the {} dollars"),
        "card": ("my card {} has not arrived", "where is the new card number {}", "card {} was swallowed"),
        "pin": ("I forgot pin {}", "how do I change the pin code {}", "pin entered wrong {} times"),
    }
    return [
        (shape[at % len(shape)].format(at), label) for at in range(count) for label, shape in shapes.items()
    ]
