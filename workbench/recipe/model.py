"""The shape of a recipe: what each part may hold.  The published JSON schema is made from it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from workbench.errors import ErrorClass
from workbench.recipe.gate_options import Injection, Pii
from workbench.recipe.inside import Inside

Verb = Literal[
    "prompt", "agent", "classify", "extract", "judge", "retrieve", "tool", "human", "set", "recipe", "steps",
    "choose",
]  # fmt: skip
VERBS: tuple[Verb, ...] = get_args(Verb)
MODEL_VERBS = frozenset[str]({"prompt", "agent", "classify", "extract", "judge"})
"""The verbs that ask a model."""
InputType = Literal["string", "number", "integer", "boolean", "list", "object"]
FailAction = Literal["fail", "continue", "retry", "revise", "escalate", "human"]
Policy = Literal["fixed", "rules", "cheapest", "fastest", "cascade", "split", "learned"]

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]
"""Names of steps, roles, inputs, data and tools: they are variables in expressions."""
Positive = Annotated[int, Field(ge=1)]


class Part(BaseModel):
    """A part of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FileText(Part):
    """A text that lives in a file beside the recipe."""

    file: str


Text = str | FileText
"""A template, here or in a file."""


class Input(Part):
    """One input of a recipe.  Without ``default`` it must be given."""

    type: InputType = "string"
    about: str = ""
    default: Any = None
    choices: tuple[Any, ...] = ()
    labels: tuple[Name, ...] = ()
    """Marks that travel with all that is derived from it; ``[clearances]`` say who may see them."""

    @property
    def required(self) -> bool:
        """True when a run cannot start without it."""
        return "default" not in self.model_fields_set


class Data(Part):
    """A data source: a folder of texts (one document a file), or a file (CSV, JSONL, Markdown or text)."""

    folder: str | None = None
    glob: str = "**/*"
    file: str | None = None
    labels: tuple[Name, ...] = ()


class Fallback(Part):
    """When a role's next candidate is tried: the error classes.

    With ``cooldown``, a model that failed ``failures`` times in a row rests so long: nobody asks it, in any
    run of the process, until one call has tried it and succeeded.
    """

    on: tuple[ErrorClass, ...] = ("timeout", "rate_limit", "quota", "server", "network", "refused")
    cooldown: float | str | None = None
    failures: Positive = 3


class Rule(Part):
    """The model for requests of which ``when`` holds; it sees the recipe's inputs and ``request``."""

    when: str
    model: str


class Sure(Part):
    """What is good enough (0..1).

    ``confidence``: how sure an answer says it is; a cascade asks its next model otherwise.  ``chance``: how
    likely a model is to pass the gates, by the record: ``learned`` asks the cheapest that is likely enough, a
    cascade reads the answer and asks its next model where it is not.  ``quality``: the share of the best
    model's passes that ``learned`` keeps, for the least money.
    """

    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    chance: Annotated[float, Field(ge=0, le=1)] | None = None
    quality: Annotated[float, Field(ge=0, le=1)] | None = None


class Budget(Part):
    """Limits of a run, a step, a role or a session; what could break one is not asked.

    ``on_exceed``: ``stop``, ``ask`` a person for more, or take the role's next ``cheaper`` candidate that
    fits.  ``unknown_price: allow`` lets models without a known price run under a limit of money.
    """

    usd: Annotated[float, Field(ge=0)] | None = None
    tokens: Positive | None = None
    calls: Positive | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None
    on_exceed: Literal["stop", "ask", "cheaper"] = "stop"
    unknown_price: Literal["refuse", "allow"] = "refuse"


class Shadow(Part):
    """A model that a share of a role's requests also goes to: its answer is kept and paid, never used."""

    model: str
    share: Annotated[float, Field(gt=0, le=1)]


class Hedge(Part):
    """When a second candidate is asked because the first is slow: after ``2s``, or ``p95`` of its past calls.

    The first good answer counts; the other call is stopped.
    """

    after: float | str


class Session(Part):
    """The session that a run belongs to; ``name`` is a template of the inputs.

    Its budget is shared by all runs of the session.
    """

    name: str
    budget: Budget | None = None


class Role(Part):
    """Which models may serve a role, in order, and how one is chosen."""

    candidates: Annotated[tuple[str, ...], Field(min_length=1)]
    policy: Policy = "fixed"
    rules: tuple[Rule, ...] = ()
    else_: str | None = Field(default=None, alias="else")
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    at_least: Sure | None = None
    fallback: Fallback | None = None
    sticky: str | None = None
    """Of a split: an expression; requests for which it has the same value go to the same candidate."""
    shadow: Shadow | None = None
    hedge: Hedge | None = None
    fit: Literal["fail", "drop_oldest", "drop_lowest", "summarise"] = "fail"
    """What becomes of a request that is too long for every candidate's window: what is left out first."""
    summarise_by: str | None = None
    """With ``fit: summarise``: the role, or the model, that sums up; without it the role itself."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Sampling parameters sent with each request: temperature, max_tokens, top_p, seed, stop."""
    budget: Budget | None = None
    """Of all its calls in a run."""


class Tool(Part):
    """A tool: a Python function in the recipe's folder, as ``tools.py:function``."""

    python: Annotated[str, Field(pattern=r"^[^:]+\.py:[A-Za-z_][A-Za-z0-9_]*$")]
    about: str = ""


class Repeat(Part):
    """Do a step again until ``until`` holds (default: its gates pass), at most ``at_most`` times."""

    until: str | None = None
    at_most: Positive = 3
    keep: Literal["best", "last"] = "last"


class Bounds(Part):
    """A number must lie between these, ends included."""

    at_least: float | None = None
    at_most: float | None = None


class Grounded(Part):
    """Every sentence must be supported by the text of ``in`` (a step or an input)."""

    in_: str = Field(alias="in")
    at_least: Annotated[float, Field(ge=0, le=1)] = 0.6


class Similar(Part):
    """The text must resemble ``to`` (0..1): by shared words and their order, or by meaning.

    ``model``, a role or a model that gives embeddings, compares their meaning.
    """

    to: str
    at_least: Annotated[float, Field(ge=0, le=1)] = 0.8
    model: str | None = None


class Toxicity(Part):
    """How likely the text is abusive (0..1, by learnt words) must not exceed ``at_most``."""

    at_most: Annotated[float, Field(ge=0, le=1)] = 0.5


class Rubric(Part):
    """A judge scores the text (0..1) by ``ask``, a template; ``model`` is a role, or a model."""

    ask: str
    model: str | None = None
    at_least: Annotated[float, Field(ge=0, le=1)] = 0.7


class Dollars(Part):
    """What the output cost must not exceed ``at_most`` dollars."""

    at_most: Annotated[float, Field(ge=0)]


class Latency(Part):
    """The answer must have come within ``at_most``: 2s, 500ms or a number of seconds."""

    at_most: float | str


class Check(Part):
    """A function of the recipe's folder says whether the text is good; ``with`` are further arguments."""

    call: Annotated[str, Field(pattern=r"^[^:]+\.py:[A-Za-z_][A-Za-z0-9_]*$")]
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    at_least: Annotated[float, Field(ge=0, le=1)] = 0.5
    """What a function must reach that returns a number."""


class Gate(Part):
    """Checks of a step's output; all given ones must pass.

    ``equals``, ``contains``, ``starts_with``, ``similar.to``, ``rubric.ask`` and ``python.with`` are
    templates; ``expr`` is a condition.
    """

    equals: Any = None
    contains: str | tuple[str, ...] | None = None
    contains_any: tuple[str, ...] | None = None
    starts_with: str | None = None
    regex: str | None = None
    is_json: Literal[True] | None = None
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    length: Bounds | None = None
    words: Bounds | None = None
    similar: Similar | None = None
    grounded: Grounded | None = None
    pii: Pii | None = None
    injection: Injection | None = None
    toxicity: Toxicity | None = None
    score: Bounds | None = None
    cost: Dollars | None = None
    latency: Latency | None = None
    expr: str | None = None
    rubric: Rubric | None = None
    python: Check | None = None

    def given(self) -> dict[str, Any]:
        """The checks that were asked for, by their name in the recipe, in the order written."""
        fields, given = type(self).model_fields, self.model_fields_set
        return {
            (field.alias or name): getattr(self, name)
            for name, field in fields.items()
            if name in given and name != "in_"
        }


class Guard(Gate):
    """Checks of what goes into a step, before anybody is asked.

    ``in`` names what is checked, a step or an input; without it, it is the text that the step would send.
    """

    in_: str | None = Field(default=None, alias="in")


class Instead(Part):
    """A value to go on with when a step failed; its texts are templates."""

    fallback: Any


class Step(Part):
    """One step: exactly one verb (``recipe`` runs a file beside this one), its own keys, any modifiers."""

    # verbs
    prompt: Text | None = None
    agent: Text | None = None
    classify: Text | None = None
    extract: Text | None = None
    judge: Text | None = None
    retrieve: Text | None = None
    tool: str | None = None
    human: Text | None = None
    set: dict[str, Any] | None = None
    recipe: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.ya?ml$")] | None = None
    steps: dict[Name, Step] | None = None
    choose: tuple[Branch, ...] | None = None

    # keys of one verb
    system: Text | None = None
    into: dict[str, str] | tuple[str, ...] | None = None
    examples: str | None = None
    rubric: Text | None = None
    from_: str | None = Field(default=None, alias="from")
    top: Positive = 5
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    choices: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()
    """Files that go with the prompt (pictures, sounds, PDFs, texts); each is a template."""
    tools: tuple[str, ...] = ()
    """Tools the model may ask for."""
    at_most: Positive = 8
    """How often an agent asks its model."""
    else_: Step | None = Field(default=None, alias="else")

    # modifiers
    about: str = ""
    if_: str | None = Field(default=None, alias="if")
    each: str | None = None
    as_: Name = Field(default="item", alias="as")
    at_once: Positive = 8
    repeat: Repeat | None = None
    needs: tuple[str, ...] = ()
    model: str | None = None
    output: dict[str, Any] | None = None
    timeout: float | str | None = None
    guard: tuple[Guard, ...] = ()
    gate: Gate | None = None
    on_fail: FailAction | Instead | tuple[FailAction | Instead, ...] = ()
    effects: bool = False
    labels: tuple[Name, ...] = ()
    """Labels of its result besides those of what it mentions."""
    declassify: tuple[Name, ...] = ()
    """Labels that its result has no longer: a person gave it, or a ``pii`` or ``python`` gate checked it."""
    budget: Budget | None = None
    """Of all it does in a run: its items, passes and inner steps included."""
    optional: bool = False
    """The run goes on without it when it fails, or when budget or time do not suffice."""

    _inside: Inside | None = PrivateAttr(default=None)

    @property
    def inside(self) -> Inside | None:
        """Of a step that runs a recipe: what that takes and gives."""
        return self._inside

    @cached_property
    def verb(self) -> Verb:
        """The step's one verb."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def fail_actions(self) -> tuple[FailAction | Instead, ...]:
        """What to try, in order, when the step fails; ends with ``fail`` unless it continues."""
        return self.on_fail if isinstance(self.on_fail, tuple) else (self.on_fail,)


class Branch(Step):
    """A step taken when its condition is the first that holds."""

    when: str


class Document(Part):
    """A whole recipe file."""

    schema_: Literal["workbench/v1"] = Field(alias="schema")
    name: str
    about: str = ""
    inputs: dict[Name, Input] = Field(default_factory=dict)
    data: dict[Name, Data] = Field(default_factory=dict)
    models: dict[Name, Role] = Field(default_factory=dict)
    tools: dict[Name, Tool] = Field(default_factory=dict)
    budget: Budget | None = None
    session: Session | None = None
    steps: Annotated[dict[Name, Step], Field(min_length=1)]
    outputs: dict[Name, Any] = Field(default_factory=dict)


Step.model_rebuild()
Branch.model_rebuild()
Document.model_rebuild()
