"""Circuit breakers: closed, open, half-open, and closed again."""

from __future__ import annotations

from workbench.errors import CallError
from workbench.routing.health import Health


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def server(retry_after: float | None = None) -> CallError:
    return CallError("server", "down", retry_after=retry_after)


def test_it_opens_rests_tries_once_and_closes() -> None:
    clock = Clock()
    health = Health(clock)
    for _ in range(2):
        health.failed("a", server(), 3, 30)
    assert health.state("a") == "closed"
    health.failed("a", server(), 3, 30)
    assert health.state("a") == "open"
    assert health.resting("a") == "rests 30.0 s more: failed 3 times in a row, last with server"
    clock.now += 31
    assert health.state("a") == "half-open"
    assert not health.resting("a")
    assert health.asked("a") == "trial"
    assert health.resting("a").startswith("another call tries")
    health.succeeded("a")
    assert health.state("a") == "half-open", "who left before it opened says nothing"
    health.succeeded("a", "trial")
    assert health.state("a") == "closed"
    assert not health.resting("a")


def came_back(clock: Clock) -> Health:
    health = Health(clock)
    health.failed("a", server(), 1, 10)
    clock.now += 11
    health.succeeded("a", health.asked("a"))
    return health


def test_who_came_back_is_asked_by_more_and_more() -> None:
    health = came_back(Clock())
    assert (health.state("a"), health.word("a"), health.returning("a")) == ("closed", "comes back", "")
    assert [health.asked("a"), health.asked("a")] == ["return", "return"]
    assert health.returning("a").startswith("comes back, and is asked by 2 at once: failed with server")
    assert not health.resting("a"), "where nobody else can be asked, it is"
    health.succeeded("a")  # it left before the breaker opened
    assert health.returning("a")
    health.succeeded("a", "return")
    assert [health.asked("a") for _ in range(2)] == ["return"] * 2
    assert "asked by 3 at once" in health.returning("a")
    health.failed("a", server(), 3, 10, "return")
    assert "asked by 2 at once" in health.returning("a"), "half as many, and so many ask it"
    health.released("a", "return")
    assert (health.returning("a"), health.asked("a")) == ("", "return")
    while health.word("a") == "comes back":
        health.succeeded("a", "return")
    assert (health.word("a"), health.asked("a"), health.states()) == ("well", "", {})


def test_who_fails_again_after_coming_back_rests_again() -> None:
    health = came_back(Clock())
    health.failed("a", server(), 2, 10, health.asked("a"))
    assert health.state("a") == "closed"
    health.failed("a", server(), 2, 10, health.asked("a"))
    assert (health.state("a"), health.returning("a")) == ("open", "")


def test_a_failed_trial_opens_it_again() -> None:
    clock = Clock()
    health = Health(clock)
    health.failed("a", server(), 1, 10)
    clock.now += 11
    health.asked("a")
    health.failed("a", server(), 5, 10, asked="trial")
    assert health.state("a") == "open"


def test_successes_between_failures_keep_it_closed() -> None:
    health = Health(Clock())
    for _ in range(10):
        health.failed("a", server(), 2, 10)
        health.succeeded("a")
    assert health.state("a") == "closed"


def test_it_rests_as_long_as_the_other_side_asks() -> None:
    clock = Clock()
    health = Health(clock)
    health.failed("a", server(retry_after=300), 1, 10)
    clock.now += 299
    assert health.state("a") == "open"


def test_a_bad_request_says_nothing_of_health_and_frees_the_trial() -> None:
    clock = Clock()
    health = Health(clock)
    health.failed("b", CallError("bad_request", "no"), 1, 10)
    assert health.state("b") == "closed"
    health.failed("a", server(), 1, 10)
    clock.now += 11
    health.asked("a")
    health.failed("a", CallError("bad_request", "no"), 1, 10, asked="trial")
    assert not health.resting("a")


def test_a_trial_that_never_reports_is_lost_after_a_while() -> None:
    clock = Clock()
    health = Health(clock)
    health.failed("a", server(), 1, 10)
    clock.now += 11
    health.asked("a")
    clock.now += 121
    assert not health.resting("a")


def test_failures_of_calls_that_left_before_it_opened_do_not_lengthen_the_rest() -> None:
    clock = Clock()
    health = Health(clock)
    health.failed("a", server(), 1, 10)
    clock.now += 9
    health.failed("a", server(), 1, 10)
    clock.now += 2
    assert health.asked("a")
    health.failed("a", server(), 1, 10)
    assert health.resting("a").startswith("another call tries"), "nor do they end a trial"


def test_a_server_that_asks_for_ever_is_asked_again_after_the_cooldown() -> None:
    clock = Clock()
    health = Health(clock)
    health.failed("a", server(retry_after=float("inf")), 1, 10)
    clock.now += 11
    assert health.state("a") == "half-open"
