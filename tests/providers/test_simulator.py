"""The simulator: says what it is, draws the same whatever the order, fails in every class it names."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import fastjsonschema
import pytest

from tests.providers.kit import question, unheard
from workbench.errors import CallError
from workbench.providers.port import Message, ModelInfo, ModelRequest, OnDelta, Provider, Reply
from workbench.providers.profiles import PROFILES, Draws
from workbench.providers.simulator import Simulator
from workbench.settings import ProviderSettings
from workbench.usage import Usage

pytestmark = pytest.mark.usefixtures("leaping_clock")

FAST = "speed=100000"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 3, "maxLength": 12},
        "age": {"type": "integer", "minimum": 18, "maximum": 30},
        "price": {"type": ["number", "null"]},
        "day": {"type": "string", "format": "date"},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4},
        "inner": {"type": "object", "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]},
    },
    "required": ["name", "age", "price", "day", "kind", "tags", "inner"],
    "additionalProperties": False,
}


class True_:
    """A model whose answers are known."""

    name = "true"

    async def reply(self, model: str, request: ModelRequest, on_delta: OnDelta) -> Reply:
        on_delta("not now")
        return Reply("the true answer", usage=Usage(), model="true/m")

    def info(self, model: str) -> ModelInfo:
        return ModelInfo(f"true/{model}", tasks=("prompt",), window=99)


def resolve(name: str) -> tuple[Provider, str]:
    if not name.startswith("true/"):
        raise CallError("bad_request", f"no provider for {name}", sent=False)
    return True_(), name.removeprefix("true/")  # type: ignore[return-value]


@pytest.fixture
def sim() -> Simulator:
    return Simulator(ProviderSettings("sim", "sim"), resolve)


async def outcome(sim: Simulator, model: str, request: ModelRequest) -> Reply | CallError:
    try:
        reply = await sim.reply(model, request, unheard)
    except CallError as error:
        return error
    return replace(reply, first_token=None, chunks=())


async def outcomes(sim: Simulator, model: str, count: int, **more: Any) -> list[Reply | CallError]:
    requests = [question("What is a refund and when does it come?", key=str(n), **more) for n in range(count)]
    return await asyncio.gather(*(outcome(sim, model, each) for each in requests))


async def test_answers_say_that_they_are_simulated(sim: Simulator) -> None:
    pieces: list[str] = []
    reply = await sim.reply(f"calm?{FAST}", question("Where is my card?", key="1"), pieces.append)
    assert reply.text == "".join(pieces)
    assert reply.text.startswith("[simulated] ")
    assert {"where", "is", "my", "card"} >= set(reply.text.lower().replace(".", "").split()[1:])
    assert reply.model == f"sim/calm?{FAST}"
    assert reply.usage.state == "reported"
    assert reply.raw is not None
    assert reply.raw["simulated"]["profile"] == "calm"


async def test_the_same_draws_in_any_order(sim: Simulator) -> None:
    requests = [question(f"Question {n}", key=f"k{n}") for n in range(60)]
    model = f"bad-day?{FAST}"
    once = [await outcome(sim, model, each) for each in requests]
    order = list(range(60))
    random.Random(1).shuffle(order)
    again = dict(zip(order, [await outcome(sim, model, requests[n]) for n in order], strict=True))
    assert [repr(each) for each in once] == [repr(again[n]) for n in range(60)]
    other = [await outcome(sim, f"{model}&seed=1", each) for each in requests]
    assert [repr(each) for each in once] != [repr(each) for each in other]


async def test_answers_vary_with_the_input_and_the_key(sim: Simulator) -> None:
    model = f"calm?{FAST}"
    texts = [
        (await sim.reply(model, question(text, key=key), unheard)).text
        for text, key in (("One two three", "a"), ("One two three", "b"), ("Four five six", "a"))
    ]
    assert len(set(texts)) == 3


@pytest.mark.parametrize("profile", [name for name in PROFILES if name not in ("throttled", "hang")])
async def test_failures_come_as_often_as_the_profile_says(profile: str) -> None:
    failures = PROFILES[profile].failures
    drawn = Counter(Draws(0, profile, str(n)).failure(failures) for n in range(20_000))
    for error_class, share in failures.items():
        assert drawn[error_class] / 20_000 == pytest.approx(share, abs=0.012)


@pytest.mark.parametrize(
    ("profile", "classes"),
    [("outage", {"server", "timeout", "network"}), ("bad-day", {"rate_limit", "server"})],
)
async def test_failures_are_call_errors(sim: Simulator, profile: str, classes: set[str]) -> None:
    found = [each for each in await outcomes(sim, f"{profile}?{FAST}", 400) if isinstance(each, CallError)]
    assert classes <= {error.error_class for error in found}
    assert all("[simulated]" in error.message for error in found)
    assert all(error.retry_after is not None for error in found if error.error_class == "rate_limit")


async def test_time_is_real_divided_by_speed(sim: Simulator) -> None:
    began = time.perf_counter()
    reply = await sim.reply("calm?speed=10", question(key="x"), unheard)
    took = time.perf_counter() - began
    assert reply.raw is not None
    assert took == pytest.approx(reply.raw["simulated"]["seconds"] / 10, abs=0.01)
    assert reply.first_token == pytest.approx(reply.raw["simulated"]["first_token"] / 10, abs=0.01)
    assert reply.chunks[-1][1] == len(reply.text)


async def test_times_are_as_published(sim: Simulator) -> None:
    drawn = sorted(Draws(0, "typical", str(n)).between("first token", (0.65, 1.1)) for n in range(4000))
    assert drawn[2000] == pytest.approx(0.65, rel=0.03)
    assert drawn[3800] == pytest.approx(1.1, rel=0.05)


async def test_throttling_is_a_mechanism(sim: Simulator) -> None:
    found = await outcomes(sim, f"throttled?{FAST}", 1)
    sim = Simulator(ProviderSettings("sim", "sim", speed=20.0), resolve)
    found = await outcomes(sim, "throttled", 8)
    limited = [each for each in found if isinstance(each, CallError) and each.error_class == "rate_limit"]
    assert len(limited) == 3
    wait = limited[0].retry_after
    assert wait is not None
    assert 0 < wait <= 1 / 20
    await asyncio.sleep(wait + 0.01)
    assert isinstance((await outcomes(sim, "throttled", 1))[0], Reply)


async def test_hanging_can_be_cancelled(sim: Simulator) -> None:
    hanging = next(str(n) for n in range(99) if Draws(0, "hang", str(n)).uniform("hang") < 0.25)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await sim.reply("hang", question(key=hanging), unheard)


async def test_structured_answers_fit_their_schema(sim: Simulator) -> None:
    validate = fastjsonschema.compile(SCHEMA)
    found = await outcomes(sim, f"flaky-json?{FAST}", 200, schema=SCHEMA)
    replies = [each for each in found if isinstance(each, Reply)]
    for reply in replies:
        validate(reply.data)
    fenced = sum(reply.text.startswith("Here is") for reply in replies)
    malformed = [each for each in found if isinstance(each, CallError) and each.error_class == "malformed"]
    assert 90 < fenced < 160
    assert 8 < len(malformed) < 40
    assert all(error.partial is not None and error.partial.usage.output for error in malformed)


async def test_classification_by_chance(sim: Simulator) -> None:
    labels = {"a": "", "b": "", "c": ""}
    requests = [
        ModelRequest("classify", (Message("user", "x"),), labels=labels, key=str(n)) for n in range(300)
    ]
    found = [await outcome(sim, f"calm?{FAST}", each) for each in requests]
    data = [each.data for each in found if isinstance(each, Reply)]
    assert all(80 < count < 120 for count in Counter(each["label"] for each in data).values())
    assert all(each["scores"][each["label"]] == each["confidence"] for each in data)
    assert all(sum(each["scores"].values()) == pytest.approx(1, abs=1e-4) for each in data)


async def test_a_limit_of_tokens(sim: Simulator) -> None:
    reply = await sim.reply(f"calm?{FAST}", question(params={"max_tokens": 8}, key="1"), unheard)
    assert reply.finish == "length"
    assert len(reply.text) < 200


async def test_over_another_model(sim: Simulator) -> None:
    model = f"over:true/m?profile=bad-day&{FAST}"
    pieces: list[str] = []
    reply = await sim.reply(model, question(key="3"), pieces.append)
    assert reply.text == "the true answer" == "".join(pieces)
    assert reply.usage.state == "estimated"
    info = sim.info(model)
    assert (info.simulated, info.tasks, info.window) == (True, ("prompt",), 99)
    assert info.price == PROFILES["bad-day"].price
    found = [each for each in await outcomes(sim, model, 300) if isinstance(each, CallError)]
    assert 5 < len(found) < 45


async def test_echo(sim: Simulator) -> None:
    pieces: list[str] = []
    reply = await sim.reply("echo", question("x" * 3000 + "end"), pieces.append)
    assert reply.text == pieces[0] == "x" * 1997 + "end"
    price = sim.info("echo").price
    assert price is not None
    assert price.is_free
    assert price.cost(reply.usage) == 0
    request = ModelRequest("classify", (Message("user", "abc"),), labels={"a": "", "b": ""}, key="1")
    first = await sim.reply("echo", request, unheard)
    assert first.data == (await sim.reply("echo", replace(request, key="2"), unheard)).data


@pytest.mark.parametrize(
    ("model", "said", "hint"),
    [
        ("typcal", "no profile 'typcal'", "did you mean typical?"),
        ("typical?sped=3", "no option 'sped'", "did you mean speed?"),
        ("typical?speed=fast", "speed=fast is not a number", ""),
        ("typical?speed=-1", "is not a number of 0 or more", ""),
        ("typical?speed=0", "would never answer", ""),
        ("typical?seed=inf", "is not a number", ""),
        ("typical?profile=calm", "is a profile already", ""),
        ("over:sim/calm", "another provider's model", ""),
        ("over:x", "another provider's model", ""),
        ("over:none/x", "no provider for none/x", ""),
        ("over:true/m?profile=x", "no profile 'x'", "there are: "),
    ],
)
async def test_names_that_mean_nothing(sim: Simulator, model: str, said: str, hint: str) -> None:
    with pytest.raises(CallError) as caught:
        await sim.reply(model, question(key="1"), unheard)
    assert (caught.value.error_class, caught.value.sent) == ("bad_request", False)
    assert said in caught.value.message
    assert hint in caught.value.hint
    info = sim.info(model)
    assert not info.available
    assert said in info.reason


def test_all_profiles_are_listed(sim: Simulator) -> None:
    assert [each.name for each in sim.models()] == [f"sim/{name}" for name in (*PROFILES, "echo")]
    assert all(each.simulated and each.price is not None and each.available for each in sim.models())


@pytest.mark.parametrize("limit", [1, 7, 30, 100])
async def test_no_answer_is_longer_than_allowed(sim: Simulator, limit: int) -> None:
    for number in range(40):
        asked = replace(question(key=str(number)), params={"max_tokens": limit})
        reply = await sim.reply(f"calm?{FAST}", asked, unheard)
        assert reply.usage.output is not None
        assert reply.usage.output <= limit
