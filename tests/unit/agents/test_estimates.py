"""From counted half hours to what a customer is told and how many people are needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.agents.erlang import Load, people_needed, service
from services.agents.estimates import Outlook, staffing, weeks_before, work_share
from services.agents.tally import HALF_HOUR_MS, Counts, half_hour, increments
from services.runtime.clock import millis
from tests.unit.agents.build import configuration

BUSY = Counts(
    arrived=100,
    accepted=90,
    in_time=72,
    abandoned=10,
    wait_ms=3_000_000,
    handled=90,
    handle_ms=16_200_000,
)


def entry(step: str, **changes: object) -> dict[str, str]:
    made = {
        "step": step,
        "queue": "general",
        "at_ms": HALF_HOUR_MS + 5,
        "waited_ms": 0,
        "taken_ms": "",
    }
    return {name: str(value) for name, value in {**made, **changes}.items()}


def test_steps_are_counted_in_the_half_hour_in_which_they_happen() -> None:
    steps = [
        entry("enqueued", at_ms=HALF_HOUR_MS - 1),
        entry("enqueued"),
        entry("offered"),
        entry("accepted", waited_ms=60_000),  # the level of the test's queues is 60 s
        entry("accepted", waited_ms=60_001),
        entry("abandoned", waited_ms=90_000),
        entry("completed", taken_ms=5, at_ms=HALF_HOUR_MS + 30_005),
        entry("accepted", queue="closed-since"),
    ]
    counted = increments(steps, configuration())
    assert counted[(0, "general", "arrived")] == 1
    assert {
        what: n
        for (start, queue, what), n in counted.items()
        if (start, queue) == (HALF_HOUR_MS, "general")
    } == {
        "arrived": 1,
        "accepted": 2,
        "in_time": 1,
        "abandoned": 1,
        "wait_ms": 210_001,
        "handled": 1,
        "handle_ms": HALF_HOUR_MS + 30_000,
    }
    assert counted[(HALF_HOUR_MS, "closed-since", "in_time")] == 0


def test_half_hours_add_up_and_what_was_not_counted_is_unknown() -> None:
    tally = {f"general|{name}": str(value) for name, value in asdict(BUSY).items()}
    twice = Counts.of([tally, {}, tally], "general")
    assert twice.handled == 180
    assert twice.handle_s == 180
    assert twice.patience_s == 300
    assert twice.service_level == pytest.approx(0.72)
    assert twice.abandonment == pytest.approx(0.1)
    nothing = Counts.of([tally], "fraud")
    assert nothing == Counts()
    for known in (nothing.handle_s, nothing.patience_s, nothing.service_level, nothing.abandonment):
        assert known is None
    assert nothing.occupancy is None
    assert nothing.adherence is None


def test_occupancy_and_adherence_are_shares_of_ready_and_of_present_time() -> None:
    counts = Counts(present_ms=100, ready_ms=80, working_ms=60)
    assert counts.occupancy == 0.75
    assert counts.adherence == 0.8


def test_an_expected_wait_grows_with_the_line_and_shrinks_with_people_and_impatience() -> None:
    first = Outlook(people=10, share=1.0, recent=BUSY).at(1)
    assert first.expected_s == pytest.approx(18)
    fifth = Outlook(people=10, share=1.0, recent=BUSY).at(5).expected_s
    halved = Outlook(people=10, share=0.5, recent=BUSY).at(5).expected_s
    assert fifth is not None
    assert halved is not None
    assert 18 < fifth < 90 < halved
    assert "10 people, 100% of their work, 180 s each, patience 300 s" in first.basis


def test_where_nothing_is_known_nothing_is_promised() -> None:
    assert (
        Outlook(people=10, share=1.0, recent=Counts(handled=4, handle_ms=4)).at(3).expected_s
        is None
    )
    nobody = Outlook(people=0, share=1.0, recent=BUSY).at(3)
    assert nobody.expected_s is None
    assert "nobody" in nobody.basis


def test_people_share_their_time_as_they_lately_did() -> None:
    assert work_share("a", {"a": 300, "b": 100}) == 0.75
    assert work_share("a", {"a": 0, "b": 0}) == 0.5
    assert 0 < work_share("a", {"a": 0, "b": 1000}) < 0.02  # not for ever nothing


def test_a_half_hour_gets_the_people_that_its_service_level_needs() -> None:
    found = staffing(0, [Counts(arrived=90), Counts(arrived=110)], BUSY, share=0.8, within_s=20)
    assert found is not None
    assert found.arrivals == 100
    load = Load(100 / 1800, 180, 300)
    assert found.within == pytest.approx(service(load, found.people, 20).within, abs=1e-4)
    assert found.within >= 0.8 > service(load, found.people - 1, 20).within
    quiet = staffing(0, [Counts()], BUSY, share=0.8, within_s=20)
    assert quiet is not None
    assert quiet.people == 0
    assert staffing(0, [], BUSY, 0.8, 20) is None
    assert staffing(0, [Counts(arrived=5)], Counts(arrived=5), 0.8, 20) is None


def test_wrap_ups_and_turns_of_others_call_for_people_as_handling_does() -> None:
    more = replace(BUSY, besides_ms=90 * 60_000)
    (one, other) = (staffing(0, [each], each, 0.8, 20) for each in (BUSY, more))
    assert one is not None
    assert other is not None
    assert (one.busy_s, other.busy_s) == (180, 240)
    assert other.people > one.people
    waits = [Outlook(3, 1.0, each).at(1).expected_s for each in (BUSY, more)]
    assert waits == [60, 80]


def test_who_has_several_conversations_at_once_answers_as_many_more() -> None:
    several = replace(BUSY, working_ms=600_000, held_ms=1_500_000)
    assert (BUSY.at_once, several.at_once) == (1, 2.5)
    assert several.busy_s == BUSY.busy_s
    (one, other) = (Outlook(3, 1.0, each).at(1) for each in (BUSY, several))
    assert (one.expected_s, other.expected_s) == (60, 24)
    assert "180 s each, 2.5 at once, patience" in other.basis
    found = staffing(0, [several], several, 0.8, 20)
    assert found is not None
    assert found.people == people_needed(Load(100 / 1800, 180 / 2.5, 300), 0.8, 20)


def test_who_was_promised_a_callback_calls_for_people_at_its_moment() -> None:
    at_night, at_eight = HALF_HOUR_MS, 10 * HALF_HOUR_MS
    promise = {"promised_ms": at_eight + 1, "notice": "promised"}
    again = {"promised_ms": at_eight + 2, "notice": "retried"}
    counted = increments(
        [
            entry("enqueued", at_ms=at_night),
            entry("promised", at_ms=at_night, **promise),
            entry("enqueued", at_ms=at_eight),
            entry("promised", at_ms=at_eight - 1, **again),
        ],
        configuration(),
    )

    def to_serve(start_ms: int) -> int:
        tally = {
            f"{queue}|{what}": str(n) for (at, queue, what), n in counted.items() if at == start_ms
        }
        return Counts.of([tally], "general").to_serve

    assert [to_serve(each) for each in (at_night, at_eight - HALF_HOUR_MS, at_eight)] == [0, 0, 3]
    found = staffing(0, [Counts(arrived=9, put_off=9), Counts(promised=4)], BUSY, 0.8, 20)
    assert found is not None
    assert found.arrivals == 2


def test_weeks_before_is_the_same_time_of_day_where_clocks_have_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    winter = datetime(2026, 10, 26, 8, 30, tzinfo=berlin)  # the first Monday of winter time
    summer = datetime(2026, 10, 19, 8, 30, tzinfo=berlin)
    assert weeks_before(millis(winter), 1, berlin) == millis(summer)
    assert millis(winter) - millis(summer) == (7 * 24 + 1) * 3_600_000
    assert weeks_before(millis(winter), 1, ZoneInfo("UTC")) == millis(winter) - 7 * 24 * 3_600_000


def test_half_hours_begin_on_the_half_hour() -> None:
    assert half_hour(HALF_HOUR_MS * 7 + 1) == HALF_HOUR_MS * 7
    assert Counter([half_hour(HALF_HOUR_MS), half_hour(2 * HALF_HOUR_MS - 1)]) == {HALF_HOUR_MS: 2}
