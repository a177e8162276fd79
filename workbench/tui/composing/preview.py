"""The living preview: what the step under the cursor would be asked, with the values of a past run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.engine.scope import Scope
from workbench.errors import CallError, WorkbenchError
from workbench.events import Json
from workbench.guard.clearance import Clearances
from workbench.ledger.rows import ModelFigures
from workbench.providers.port import Message, ModelInfo
from workbench.providers.registry import Providers
from workbench.recipe.expressions import evaluate, is_true, render, render_value
from workbench.recipe.labels import label_flow
from workbench.recipe.model import FileText, Role, Step
from workbench.recipe.recipe import Recipe
from workbench.study.history import USUAL_TOKEN, History, Spread
from workbench.tui import presentation as show
from workbench.tui.composing.step_places import branch_of, step_of
from workbench.tui.ink import Line, ink, join, paragraphs
from workbench.tui.prompt_text import message_lines

MOST_NAME = 28
"""The widest column of model names."""


@dataclass(frozen=True, slots=True)
class Given:
    """The values that a preview is made with: inputs, what steps left behind, and where they are from."""

    inputs: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    told: str = ""
    run: str | None = None
    statuses: Mapping[str, str] = field(default_factory=dict)
    """The states of the run's steps."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one candidate would do with the prompt.  Costs in nano-dollars, time in seconds; None: unknown."""

    model: str
    cost: float | None
    time: Spread | None
    window: int | None
    reason: str = ""
    """Why it cannot be asked."""
    barred: str = ""
    """Why it must not see what it would be asked: a clearance."""
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """The rendered step."""

    path: str
    messages: tuple[Message, ...] = ()
    values: Mapping[str, Json] = field(default_factory=dict)
    tokens: int = 0
    offers: tuple[Offer, ...] = ()
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The labels of what it would be asked, each with the inputs, data and steps it comes from."""
    notes: tuple[tuple[str, str], ...] = ()
    """What else is to be said, each with its ink."""
    does: str = ""
    """What a step that asks no model does with its values."""


def role_name(recipe: Recipe, step: Step) -> str:
    """The role that serves a step, or the model it names itself; empty for none."""
    if step.model:
        return step.model
    asks = step.prompt or step.agent or step.classify or step.extract or step.judge
    roles = list(recipe.document.models)
    return roles[0] if asks is not None and len(roles) == 1 else ""


def preview(
    recipe: Recipe,
    path: str,
    given: Given,
    known: tuple[Providers, Clearances],
    history: History,
) -> Preview | None:
    """What the step would be asked, and who may be asked it; None where there is no such step."""
    step = step_of(recipe, path)
    if step is None:
        return None
    notes: list[tuple[str, str]] = []
    scope = _own_scope(step, scope_of(recipe, path, given, notes), given, notes)
    if step.if_ is not None:
        notes += _condition(step.if_, scope, given)
    step = _taken(step, scope, given, notes)
    messages, values = [], {}
    for role, text in _texts(step, recipe):
        try:
            rendered = render(text, dict(scope.values))
            messages.append(Message(role, rendered.text, scope.segments(rendered)))
        except WorkbenchError as error:
            notes.append((_why(error, given), "warn"))
            messages.append(Message(role, text))
    for name, value in {**step.with_, **(step.set or {})}.items():
        try:
            values[name] = render_value(value, dict(scope.values))
        except WorkbenchError as error:
            notes.append((_why(error, given), "warn"))
            values[name] = value
    characters = sum(len(each.text) for each in messages)
    tokens = round(characters / USUAL_TOKEN)
    labels = labels_of(recipe, path)
    offers = _offers(recipe, step, (path, frozenset(name for name, _ in labels)), characters, known, history)
    return Preview(
        path,
        tuple(messages),
        values,
        tokens,
        offers,
        labels,
        tuple(dict.fromkeys(notes)),
        _does(step, recipe),
    )


def _does(step: Step, recipe: Recipe) -> str:
    tool = recipe.document.tools.get(step.tool or "")
    if tool is not None and tool.python:
        return f"calls {tool.python}"
    if step.recipe is not None:
        return f"runs {step.recipe}"
    if step.human is not None:
        return "asks a person"
    if step.retrieve is not None:
        return f"searches {step.from_}"
    return f"calls {step.tool}" if step.tool else "works out" if step.set is not None else ""


def labels_of(recipe: Recipe, path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The labels that a step's call carries, each with where it comes from."""
    flow = label_flow(recipe)
    if not flow.steps:
        return ()
    return tuple(
        (label, tuple(name for name, own in flow.sources.items() if label in own))
        for label in sorted(flow.of(path))
    )


def _why(error: WorkbenchError, given: Given) -> str:
    """Why a text cannot be worked out: before the first run there are no values."""
    return error.message if given.run is not None else "as written: a run gives it values (F5)"


def scope_of(recipe: Recipe, path: str, given: Given, notes: list[tuple[str, str]] | None = None) -> Scope:
    """What a step sees, with the values of a past run; an empty path is the recipe itself.

    ``notes`` takes what is to be said of the groups around it: of which item, of which pass it is.
    """
    told = [] if notes is None else notes
    inputs = {name: each.default for name, each in recipe.document.inputs.items() if not each.required}
    scope = Scope.of_inputs({**inputs, **given.inputs})
    for name in recipe.document.steps:
        if name in given.outputs:
            scope.put(name, given.outputs[name])
    groups = path.split("/")[:-1]
    value: Any = given.outputs
    for number, group in enumerate(groups):
        around = step_of(recipe, "/".join(groups[: number + 1]))
        scope = _own_scope(around, scope, given, told) if around is not None else scope
        value = value.get(group) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            value = value[0] if value else None
        scope = scope.inner(group)
        for name, inner in value.items() if isinstance(value, Mapping) else ():
            scope.put(name, inner)
    return scope


def _own_scope(step: Step, scope: Scope, given: Given, notes: list[tuple[str, str]]) -> Scope:
    """The scope of the first item of an ``each``, and of the first pass of a ``repeat``."""
    if step.each is not None:
        scope = _item_scope(step, scope, given, notes)
    if step.repeat is not None:
        notes.append(("the first pass", "dim"))
        scope = scope.inner("", {"previous": None, "loop": {"index": 1}})
    return scope


def _item_scope(step: Step, scope: Scope, given: Given, notes: list[tuple[str, str]]) -> Scope:
    """The scope of the first item of an ``each``."""
    try:
        items = evaluate(_bare(step.each or ""), dict(scope.values))
    except WorkbenchError as error:
        notes.append((f"each: {error.message}" if given.run is not None else _why(error, given), "warn"))
        return scope
    if not isinstance(items, list) or not items:
        notes.append(("each has no items here", "warn"))
        return scope
    notes.append((f"the first of {show.count(len(items), 'item')}", "dim"))
    return scope.inner("", {step.as_: items[0], "loop": {"index": 1}})


def _bare(expression: str) -> str:
    text = expression.strip()
    return text[2:-2].strip() if text.startswith("{{") and text.endswith("}}") else text


def _taken(step: Step, scope: Scope, given: Given, notes: list[tuple[str, str]]) -> Step:
    """The branch of a ``choose`` that would be taken; the step itself where none is, or it has none."""
    for number, branch in enumerate(step.choose or ()):
        try:
            holds = is_true(_bare(branch.when), dict(scope.values))
        except WorkbenchError as error:
            notes.append((_why(error, given), "warn"))
            return step
        if holds:
            notes.append((f"takes choose[{number}]: {branch.when}", "good"))
            return branch_of(step, f"choose[{number}]") or step
    if step.choose is not None:
        notes.append(
            ("takes else", "good") if step.else_ else ("skipped: no branch's condition holds", "warn")
        )
    return (branch_of(step, "else") or step) if step.choose is not None else step


def _condition(condition: str, scope: Scope, given: Given) -> list[tuple[str, str]]:
    try:
        holds = is_true(_bare(condition), dict(scope.values))
    except WorkbenchError as error:
        return [(f"if: {error.message}" if given.run is not None else _why(error, given), "warn")]
    return [] if holds else [(f"skipped with these values: if {condition}", "warn")]


def _texts(step: Step, recipe: Recipe) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    if step.system is not None:
        found.append(("system", recipe.text(step.system)))
    if step.judge is not None and step.rubric is not None:
        found.append(("rubric", recipe.text(step.rubric)))
    for text in (step.judge, step.prompt, step.agent, step.classify, step.extract, step.retrieve, step.human):
        if isinstance(text, str | FileText):
            found.append(("user", recipe.text(text)))
    return found


def _offers(
    recipe: Recipe,
    step: Step,
    asked: tuple[str, frozenset[str]],
    characters: int,
    known: tuple[Providers, Clearances],
    history: History,
) -> tuple[Offer, ...]:
    name = role_name(recipe, step)
    role: Role | None = recipe.document.models.get(name)
    models = role.candidates if role is not None else ((name,) if "/" in name else ())
    path, labels = asked
    providers, clearances = known
    return tuple(
        replace(_offer(model, path, characters, providers, history), barred=clearances.against(model, labels))
        for model in models
    )


def _offer(model: str, path: str, characters: int, providers: Providers, history: History) -> Offer:
    info = info_of(model, providers)
    if info is None or not info.available:
        return Offer(model, None, None, None, info.reason if info else "no provider serves it")
    expected = history.cost(path, model, info.price, characters)
    fits = info.window is None or characters / USUAL_TOKEN <= info.window
    cost = expected.spread.p50 if expected is not None else None
    return Offer(model, cost, history.time(path, model), info.window, fits=fits)


def info_of(model: str, providers: Providers) -> ModelInfo | None:
    """What is known of a model; None where no provider serves it."""
    try:
        provider, name = providers.provider(model)
        return provider.info(name)
    except CallError:
        return None


def preview_lines(shown: Preview, given: Given) -> list[Line]:
    """A preview as lines: figures first, then the candidates, then the text in the inks of its origins."""
    lines: list[Line] = []
    if shown.does:
        lines.append(ink((shown.does, "bold"), (f"  with {given.told}", "dim")))
    elif shown.messages:
        lines.append(ink((f"≈ {show.tokens(shown.tokens)} tokens", "bold"), (f"  with {given.told}", "dim")))
    for note, name in shown.notes:
        lines += paragraphs(note, name)
    lines += [_offer_line(each, shown.tokens) for each in shown.offers]
    lines += _label_lines(shown)
    if shown.messages:
        lines += [(), *message_lines(shown.messages, roles=len(shown.messages) > 1)]
    for name, value in shown.values.items():
        lines += [(), ink((name, "bold")), *paragraphs(show.value_text(value))]
    return lines or [ink(("This step asks nothing that could be shown.", "dim"))]


def _label_lines(shown: Preview) -> list[Line]:
    """The labels that the call would carry; the models say above which of them may see it."""
    lines = []
    for label, sources in shown.labels:
        told = f" of {', '.join(sources)}" if sources else ""
        lines.append(ink(("carries ", "dim"), (label, "accent"), (told, "dim")))
    if shown.labels and shown.offers and not any(each.barred for each in shown.offers):
        lines.append(ink(("all of its models may see that", "good")))
    return lines


def _offer_line(offer: Offer, tokens: int) -> Line:
    name = ink(("◦ ", "dim"), show.short_model(offer.model))
    if offer.reason:
        return (*name, *ink((f"  {offer.reason}", "warn")))
    if offer.barred:
        return (*name, *ink((f"  ✗ {offer.barred}", "bad")))
    figures = []
    if offer.cost is not None:
        figures.append(ink("free" if not offer.cost else f"≈ {show.cost(round(offer.cost))}"))
    else:
        figures.append(ink(("cost unknown", "warn")))
    if offer.time is not None:
        figures.append(ink((show.seconds(offer.time.p50), "dim")))
    if offer.window:
        share = tokens / offer.window
        told = f"{share:.0%} of {show.tokens(offer.window)}" if offer.fits else "too long for its window"
        figures.append(ink((told, "dim" if offer.fits else "bad")))
    return (*name, ("  ", ""), *join(figures, (" · ", "dim")))


def model_rows(names: Sequence[str], providers: Providers, figures: Mapping[str, ModelFigures]) -> list[Line]:
    """Models to choose from, each with its price and what the record says of its time."""
    rows = []
    room = min(MOST_NAME, max(map(len, names), default=0))
    for name in names:
        info, past = info_of(name, providers), figures.get(name)
        rows.append((*ink(f"{name:<{room}}"), ("  ", ""), *_price(info), *_past(past)))
    return rows


def _price(info: ModelInfo | None) -> Line:
    if info is None:
        return ink(("no provider serves it", "warn"))
    if not info.available:
        return ink((info.reason or "not available", "warn"))
    if info.price is None:
        return ink(("price unknown", "warn"))
    if info.price.is_free:
        return ink(("free", "good"))
    return ink((f"${info.price.input / 1e9:g} in, ${info.price.output / 1e9:g} out / M", "dim"))


def _past(past: ModelFigures | None) -> Line:
    if past is None or past.seconds is None:
        return ()
    return ink((f" · {show.seconds(past.seconds[0])}, {show.count(past.calls, 'call')}", "dim"))
