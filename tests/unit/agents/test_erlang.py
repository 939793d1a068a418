"""Waiting times against published values, against each other, and against a simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from services.agents.erlang import Load, people_needed, service, wait_at

HUNDRED_IN_HALF_AN_HOUR = Load(100 / 1800, handle_s=180, patience_s=None)


def test_erlang_c_gives_the_values_of_its_reference() -> None:
    """The example of R's ErlangC: 100 calls in 30 minutes, 180 s each, 14 people, 20 s."""
    found = service(HUNDRED_IN_HALF_AN_HOUR, 14, 20)
    assert HUNDRED_IN_HALF_AN_HOUR.erlangs == pytest.approx(10)
    assert found.waits == pytest.approx(0.17413, abs=5e-6)
    assert found.within == pytest.approx(0.88835, abs=5e-6)
    assert found.wait_s == pytest.approx(7.8359, abs=5e-5)
    assert found.occupancy == pytest.approx(0.71429, abs=5e-6)


def test_erlang_a_gives_its_exact_values_where_the_number_in_the_system_is_poisson() -> None:
    """Patience as long as the handling makes every departure rate the same for each customer there."""
    found = service(Load(100 / 1800, handle_s=180, patience_s=180), 10, 20)
    assert found.waits == pytest.approx(0.54207, abs=5e-6)
    assert found.abandons == pytest.approx(0.12511, abs=5e-6)
    assert found.wait_s == pytest.approx(22.520, abs=5e-4)


@given(
    arrivals=st.floats(0.001, 2),
    handle_s=st.floats(10, 600),
    people=st.integers(1, 200),
    within_s=st.floats(0, 300),
)
def test_erlang_a_with_endless_patience_is_erlang_c(
    arrivals: float, handle_s: float, people: int, within_s: float
) -> None:
    if arrivals * handle_s >= 0.95 * people:
        return
    patient = service(Load(arrivals, handle_s, 1e7), people, within_s)
    endless = service(Load(arrivals, handle_s, None), people, within_s)
    assert patient.waits == pytest.approx(endless.waits, abs=0.002)
    assert patient.within == pytest.approx(endless.within, abs=0.002)
    assert patient.occupancy == pytest.approx(endless.occupancy, abs=0.002)


@given(
    arrivals=st.floats(0.001, 5),
    handle_s=st.floats(10, 600),
    patience_s=st.floats(5, 2000),
    people=st.integers(1, 300),
    within_s=st.floats(0, 600),
)
def test_shares_are_shares_and_who_is_neither_answered_nor_gone_is_nowhere(
    arrivals: float, handle_s: float, patience_s: float, people: int, within_s: float
) -> None:
    load = Load(arrivals, handle_s, patience_s)
    found = service(load, people, within_s)
    for share in (found.waits, found.within, found.abandons, found.occupancy):
        assert -1e-9 <= share <= 1 + 1e-9
    assert found.within <= 1 - found.abandons + 1e-9
    assert service(load, people, 1e9).within == pytest.approx(1 - found.abandons, abs=1e-6)
    assert service(load, people + 1, within_s).within >= found.within - 1e-9


@pytest.mark.parametrize(
    ("load", "people", "within_s"),
    [
        (Load(0.5, handle_s=60, patience_s=90), 28, 20),
        (Load(0.5, handle_s=60, patience_s=300), 33, 10),
        (Load(0.9, handle_s=100, patience_s=45), 60, 30),
    ],
)
def test_erlang_a_agrees_with_a_simulation_of_every_single_customer(
    load: Load, people: int, within_s: float
) -> None:
    seen = simulate(load, people, within_s, customers=20_000)
    found = service(load, people, within_s)
    assert seen.share("waited") == pytest.approx(found.waits, abs=0.03)
    assert seen.share("abandoned") == pytest.approx(found.abandons, abs=0.015)
    assert seen.share("in_time") == pytest.approx(found.within, abs=0.03)
    assert seen.wait_s / seen.customers == pytest.approx(found.wait_s, rel=0.15)


def test_the_number_of_people_is_the_least_that_reaches_the_target() -> None:
    for load in (HUNDRED_IN_HALF_AN_HOUR, Load(0.5, 300, 120), Load(0.001, 30, None)):
        people = people_needed(load, 0.8, 20)
        assert service(load, people, 20).within >= 0.8
        assert people == 1 or service(load, people - 1, 20).within < 0.8


def test_erlang_c_asks_for_more_people_than_customers_with_patience_need() -> None:
    impatient = Load(100 / 1800, handle_s=180, patience_s=180)
    assert people_needed(impatient, 0.8, 20) < people_needed(HUNDRED_IN_HALF_AN_HOUR, 0.8, 20)


def test_edges() -> None:
    nobody_comes = Load(0, 180, 60)
    assert service(nobody_comes, 3, 20).within == 1.0
    assert people_needed(nobody_comes, 0.8, 20) == 0
    overloaded = service(Load(1, 180, None), 10, 20)
    assert overloaded.wait_s == math.inf
    assert overloaded.within == 0.0
    with pytest.raises(ValueError, match="at least one person"):
        service(HUNDRED_IN_HALF_AN_HOUR, 0, 20)
    with pytest.raises(ValueError, match="not even"):
        people_needed(Load(1000, 3600, None), 0.8, 20)


def test_the_wait_at_a_place_in_line_counts_the_departures_before_it() -> None:
    assert wait_at(0, people=10, handle_s=180, patience_s=None) == pytest.approx(18)
    assert wait_at(4, people=10, handle_s=180, patience_s=None) == pytest.approx(90)
    assert wait_at(4, people=10, handle_s=180, patience_s=300) < 90
    assert wait_at(0, people=0, handle_s=180, patience_s=300) == math.inf


@dataclass
class Seen:
    customers: int
    wait_s: float = 0.0
    counts: dict[str, int] = field(
        default_factory=lambda: {"waited": 0, "abandoned": 0, "in_time": 0}
    )

    def share(self, what: str) -> float:
        return self.counts[what] / self.customers


def simulate(load: Load, people: int, within_s: float, customers: int) -> Seen:
    """Event by event: knows nothing of formulas."""
    assert load.patience_s is not None
    chance, world, seen = random.Random(7), simpy.Environment(), Seen(customers)
    desk = simpy.Resource(world, people)

    def customer(patience_s: float, handle_s: float) -> Generator[Any, Any, None]:
        came = world.now
        with desk.request() as turn:
            waited = not turn.triggered
            yield turn | world.timeout(patience_s)
            wait_s = world.now - came
            seen.wait_s += wait_s
            seen.counts["waited"] += waited
            if not turn.triggered:
                seen.counts["abandoned"] += 1
                return
            seen.counts["in_time"] += wait_s <= within_s
            yield world.timeout(handle_s)

    def arrivals() -> Generator[Any, Any, None]:
        for _ in range(customers):
            yield world.timeout(chance.expovariate(load.arrivals_per_s))
            patience_s = chance.expovariate(1 / (load.patience_s or 1))
            world.process(customer(patience_s, chance.expovariate(1 / load.handle_s)))

    world.process(arrivals())
    world.run()
    return seen
