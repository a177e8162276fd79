"""What the decisions of a run rest on besides the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workbench.events import Json
from workbench.providers.rates import Rates
from workbench.routing.health import Health
from workbench.routing.learned import Router

Pace = Callable[[str, str], float | None]
"""From step instance and model to the seconds such a call takes by the record."""

Ahead = Callable[[str], tuple[int, float]]
"""From a step instance to what must follow it: steps that the record knows nothing of, and the seconds that
the others take by it."""

Learned = Callable[[str], Router | None]
"""From a role to what its record taught; None where nothing was learnt."""


@dataclass(slots=True)
class Around:
    """What decisions rest on besides the request."""

    run: str = ""
    inputs: Mapping[str, Json] = field(default_factory=dict)
    health: Health = field(default_factory=Health)
    pace: Pace = lambda path, model: None
    ahead: Ahead = lambda path: (0, 0.0)
    learned: Learned = lambda role: None
    rates: Rates = field(default_factory=Rates)
    slow: Pace = lambda path, model: None
    usual: Pace = lambda path, model: None
    """As ``pace``, for people: it may be some seconds old."""
    denied: Callable[[str, str], str] = lambda path, model: ""
    """From a step instance and a model to why the model must not see what the step sends."""
    session: str = ""
    """The session that the run belongs to."""
