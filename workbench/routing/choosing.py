"""How a role's policy chooses among its candidates: a pure function of what is known of them.

Equal questions give equal decisions.  Every candidate leaves with the reason for it or against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from math import log

from workbench.capabilities import Capability
from workbench.events import Candidate
from workbench.providers.port import ModelInfo, Task
from workbench.recipe.model import Role
from workbench.routing.ability import cannot, unsure
from workbench.routing.learned import ENOUGH
from workbench.routing.policies import Decision
from workbench.usage import Price, money

USUAL_ANSWER = 400
"""Output tokens of a usual answer, where the record says nothing."""
CHARACTERS_PER_TOKEN = 4
EXPLORED = 0.1
"""The share of requests that goes to candidates whose time is unknown, where the fastest is asked."""
TOO_LONG = "the request is longer than its window"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one candidate for one request; None is unknown."""

    info: ModelInfo
    resting: str = ""
    """Why its breaker keeps it from being asked."""
    seconds: float | None = None
    """What such a call takes it by the record."""
    most_nano: int | None = None
    """The most the request may cost."""
    denied: str = ""
    """Why it must not see the request."""
    chance: float | None = None
    """How likely its answer passes, learnt from the record."""
    worth: float | None = None
    """The same less its price, as a promise of quality weighs them."""
    unlearnt: str = ""
    """Why the record says nothing of its chance, where a role goes by the record."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which candidate shall serve this request?"""

    name: str
    role: Role
    task: Task
    characters: int
    known: Mapping[str, Known]
    over: Mapping[str, str] = field(default_factory=dict)
    """Models passed over, and why: their answer was not good enough."""
    rule: int | None = None
    """The first rule that holds; None: none of them."""
    seed: str = ""
    """What the draw of a split is made from."""
    left_nano: int | None = None
    """Money left; None without a limit."""
    evidence: int = 0
    """Labelled calls that the chances were learnt from."""
    is_long: bool = False
    """Whether the request is longer than most: what a learned role goes by without evidence."""
    left_seconds: float | None = None
    """Time left for it; None without a limit."""
    allow_unknown: bool = False
    """Whether a model of unknown price may run under a limit of money."""
    needs: tuple[Capability, ...] = ()
    """What the request needs of a model besides the task."""


def decide(question: Question) -> Decision:
    """The decision of the role's policy."""
    against = {model: _against(question, model) for model in question.role.candidates}
    fit = [model for model in question.role.candidates if not against[model]]
    if not fit:
        return _last_resort(question, against)
    chosen, why, scores = POLICIES[question.role.policy](question, fit)
    reason = why
    if question.over:
        passed, cause = list(question.over.items())[-1]
        reason = f"escalated from {passed}: {cause}"
    return Decision(
        question.name, question.role.policy, chosen, reason,
        tuple(
            Candidate(
                model, model == chosen, against[model] or _noted(question, model, chosen, why),
                question.known[model].info.price, seconds=question.known[model].seconds,
                score=scores.get(model),
            )
            for model in question.role.candidates
        ),
    )  # fmt: skip


def _noted(question: Question, model: str, chosen: str, why: str) -> str:
    """Why a candidate that qualifies was chosen or not, and what of its abilities nobody knows."""
    known = question.known[model]
    told = (
        why
        if model == chosen
        else f"not weighed: {known.unlearnt}"
        if known.unlearnt
        else f"not chosen: {_instead(question, model, chosen, why)}"
    )
    note = unsure(question.needs, known.info)
    return f"{told}; {note}" if note else told


def _instead(question: Question, model: str, chosen: str, why: str) -> str:
    """Why a candidate that qualifies was not the one: by its own figure, where the policy goes by figures."""
    known, policy = question.known[model], question.role.policy
    if policy == "cheapest":
        price = known.info.price
        return (
            "its price is unknown" if price is None
            else f"about {money(round(_usual_cost(question, price)))} a call"
        )  # fmt: skip
    if policy == "fastest":
        return "not measured yet" if known.seconds is None else f"{known.seconds:.3g} s by the record"
    if policy in ("fixed", "cascade"):
        return f"comes after {chosen}"
    return "not drawn" if policy == "split" else f"{chosen}: {why}"


def qualifies(question: Question) -> bool:
    """True when at least one candidate does."""
    return not all(_against(question, model) for model in question.role.candidates)


def draw(seed: str) -> float:
    """A number in 0..1 that is always the same for a seed."""
    return int.from_bytes(blake2b(seed.encode("utf-8", "replace"), digest_size=8).digest()) / 2**64


def _against(question: Question, model: str) -> str:
    """Why a candidate does not qualify; empty when it does."""
    known, passed = question.known[model], question.over.get(model)
    if passed:
        return f"not asked again: {passed}"
    if known.denied:
        return known.denied
    if not known.info.available:
        return f"not available: {known.info.reason}"
    if known.resting:
        return known.resting
    if question.task not in known.info.tasks:
        return f"does no {question.task}"
    unable = cannot(question.needs, known.info)
    if unable:
        return unable
    if known.info.window is not None and question.characters / CHARACTERS_PER_TOKEN > known.info.window:
        return f"{TOO_LONG} of {known.info.window} tokens"
    if question.role.policy == "fixed" and model == question.role.candidates[0]:
        return _too_slow(question, known)  # of money, what the budget says for this case decides
    return _too_slow(question, known) or _too_dear(question, known)


def _too_slow(question: Question, known: Known) -> str:
    left = question.left_seconds
    if left is None or known.seconds is None or known.seconds <= left:
        return ""
    return f"usually takes {known.seconds:.2g} s and {max(left, 0.0):.2g} s is left"


def _too_dear(question: Question, known: Known) -> str:
    if question.left_nano is None or (known.info.price is not None and known.info.price.is_free):
        return ""
    if known.most_nano is None and question.allow_unknown:
        return ""
    if known.most_nano is None:
        return "its price is unknown, and there is a money budget"
    if known.most_nano > question.left_nano:
        return f"may cost {money(known.most_nano)} and {money(max(question.left_nano, 0))} is left"
    return ""


def _last_resort(question: Question, against: Mapping[str, str]) -> Decision:
    """None qualifies: the first that was not passed over is asked, and fails for its own reason."""
    role = question.role
    left = [model for model in role.candidates if model not in question.over] or [role.candidates[-1]]
    allowed = [model for model in left if not question.known[model].denied] or left
    wide = [model for model in allowed if TOO_LONG in against[model]]
    chosen = max(wide, key=lambda model: question.known[model].info.window or 0) if wide else allowed[0]
    candidates = tuple(
        Candidate(model, model == chosen, against[model], question.known[model].info.price)
        for model in role.candidates
    )
    reason = f"none of {len(role.candidates)} candidates qualifies; {chosen}: {against[chosen]}"
    return Decision(question.name, role.policy, chosen, reason, candidates)


Choice = tuple[str, str, Mapping[str, float]]
"""The model, why, and a score for each candidate where the policy has one."""


def _first(question: Question, fit: list[str]) -> Choice:
    return fit[0], "first that qualifies", {}


def _by_rules(question: Question, fit: list[str]) -> Choice:
    role = question.role
    rule = role.rules[question.rule] if question.rule is not None else None
    wanted = rule.model if rule is not None else role.else_ or fit[0]
    why = f"when: {rule.when}" if rule is not None else "else: no rule holds"
    return (wanted, why, {}) if wanted in fit else (fit[0], f"{why}, and {wanted} does not qualify", {})


def _cheapest(question: Question, fit: list[str]) -> Choice:
    prices = {model: price for model in fit if (price := question.known[model].info.price) is not None}
    if not prices:
        return fit[0], "no price is known: first that qualifies", {}
    costs = {model: _usual_cost(question, price) for model, price in prices.items()}
    chosen = min(costs, key=lambda model: costs[model])
    return chosen, f"cheapest: about {money(round(costs[chosen]))} a call", {}


def _fastest(question: Question, fit: list[str]) -> Choice:
    seconds = {model: known for model in fit if (known := question.known[model].seconds) is not None}
    if not seconds:
        return fit[0], "none is measured yet: first that qualifies", {}
    unknown = [model for model in fit if model not in seconds]
    if unknown and draw(f"{question.seed}/unmeasured") < EXPLORED:
        return unknown[0], "its time is not known yet: asked one time in ten to learn it", {}
    chosen = min(seconds, key=lambda model: seconds[model])
    return chosen, f"fastest: {seconds[chosen]:.3g} s by the record", {}


def _cascade(question: Question, fit: list[str]) -> Choice:
    chosen = next(model for model in cascade_order(question) if model in fit)
    return chosen, "cheapest first" if not question.over else "next of the cascade", {}


def _split(question: Question, fit: list[str]) -> Choice:
    weights = {model: question.role.weights.get(model, 0.0) for model in fit}
    total = sum(weights.values())
    if not total:
        return fit[0], "no candidate with a weight qualifies: first that does", {}
    chances = {model: weight / total for model, weight in weights.items()}
    # each model draws for itself, and the first to arrive is taken: when one cannot serve, only its own
    # requests go elsewhere
    arrival = {
        model: -log(1 - draw(f"{question.seed}\0{model}")) / chance
        for model, chance in chances.items()
        if chance
    }
    chosen = min(arrival, key=lambda model: arrival[model])
    told = "kept to, " if question.role.sticky is not None else ""
    return chosen, f"{told}drawn with a chance of {chances[chosen]:.3g}", chances


def _learned(question: Question, fit: list[str]) -> Choice:
    """The cheapest that is likely enough, else the likeliest; the length rule without evidence."""
    order = [model for model in cascade_order(question) if model in fit]
    chances = {model: chance for model in order if (chance := question.known[model].chance) is not None}
    if question.evidence < ENOUGH or not chances:
        chosen = order[-1] if question.is_long else order[0]
        told = f"not enough evidence ({question.evidence} of {ENOUGH} labelled calls)"
        return chosen, f"{told}: {'long requests to the dearest' if question.is_long else 'cheapest'}", {}
    worth = {model: value for model in chances if (value := question.known[model].worth) is not None}
    if worth:
        best = max(worth, key=lambda model: worth[model])
        kept = question.role.at_least.quality if question.role.at_least is not None else None
        return best, f"keeps {kept or 0:.0%} of the best model's passes: {chances[best]:.2f}", chances
    floor = (question.role.at_least.chance if question.role.at_least is not None else None) or 0.0
    likely = next((model for model in order if chances.get(model, 0.0) >= floor), None)
    if likely is not None:
        return likely, f"cheapest with a chance of at least {floor:g}: {chances[likely]:.2f}", chances
    best = max(chances, key=lambda model: chances[model])
    return best, f"none has a chance of {floor:g}; the best has {chances[best]:.2f}", chances


POLICIES: Mapping[str, Callable[[Question, list[str]], Choice]] = {
    "fixed": _first, "rules": _by_rules, "cheapest": _cheapest, "fastest": _fastest, "cascade": _cascade,
    "split": _split, "learned": _learned,
}  # fmt: skip


def cascade_order(question: Question) -> list[str]:
    """Candidates from cheap to dear; as written where a price is unknown, or equal."""
    candidates = list(question.role.candidates)
    prices = {model: question.known[model].info.price for model in candidates}
    known = {model: _usual_cost(question, price) for model, price in prices.items() if price is not None}
    return sorted(candidates, key=lambda model: known[model]) if len(known) == len(candidates) else candidates


def _usual_cost(question: Question, price: Price) -> float:
    limit = question.role.params.get("max_tokens")
    output = min(limit, USUAL_ANSWER) if isinstance(limit, int) else USUAL_ANSWER
    return (question.characters / CHARACTERS_PER_TOKEN * price.input + output * price.output) / 1e6
