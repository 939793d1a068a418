from __future__ import annotations

from dataclasses import dataclass

from services.runtime.breaker import Breaker


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_with_the_first_failure_and_rests() -> None:
    clock = Clock()
    breaker = Breaker(10.0, 60.0, clock)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += 9.9
    assert not breaker.allows()
    clock.now += 0.1
    assert breaker.allows()
    assert not breaker.allows(), "one trial at a time"


def test_success_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(10.0, 60.0, clock)
    breaker.failed()
    clock.now += 10
    assert breaker.allows()
    breaker.worked()
    assert breaker.allows()
    assert breaker.allows()


def test_each_failed_trial_doubles_the_rest_up_to_a_limit() -> None:
    clock = Clock()
    breaker = Breaker(10.0, 60.0, clock)
    breaker.failed()
    for rest_s in (10, 20, 40, 60, 60):
        clock.now += rest_s - 0.1
        assert not breaker.allows()
        clock.now += 0.1
        assert breaker.allows()
        breaker.failed()


def test_calls_that_fail_together_count_as_one() -> None:
    clock = Clock()
    breaker = Breaker(10.0, 60.0, clock)
    for _ in range(20):
        breaker.failed()
    clock.now += 10
    assert breaker.allows()
