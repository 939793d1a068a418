"""Opening hours across days, holidays, time zones and the change of the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.agents.hours import DAYS, Calendar

BERLIN = ZoneInfo("Europe/Berlin")
AROUND_THE_CLOCK = {day: ["00:00-24:00"] for day in DAYS}
WEEK = {day: ["08:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def calendar(**changes: Any) -> Calendar:
    return Calendar.model_validate(
        {"id": "office", "time_zone": "Europe/Berlin", "open": WEEK, **changes}
    )


def ms(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-25T08:00", True),
        ("2026-11-25T07:59", False),
        ("2026-11-25T11:59", True),
        ("2026-11-25T12:00", False),
        ("2026-11-25T17:59", True),
        ("2026-11-25T18:00", False),
        ("2026-11-28T10:00", False),  # a Saturday
    ],
)
def test_a_calendar_is_open_in_its_spans(at: str, open_: bool) -> None:
    assert calendar().is_open(ms(at)) is open_


def test_the_time_zone_is_the_calendars() -> None:
    tokyo = calendar(time_zone="Asia/Tokyo")
    assert tokyo.is_open(ms("2026-11-25T09:00", ZoneInfo("Asia/Tokyo")))
    assert not tokyo.is_open(ms("2026-11-25T11:00"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-25T12:30", "2026-11-25T13:00"),
        ("2026-11-25T09:00", "2026-11-25T09:00"),
        ("2026-11-27T18:00", "2026-11-30T08:00"),  # over the weekend
        ("2026-12-23T20:00", "2026-12-28T08:00"),  # over the holidays
    ],
)
def test_it_opens_again_on_the_next_open_day(at: str, opens: str) -> None:
    holidays = calendar(closed=["2026-12-24", "2026-12-25"])
    assert holidays.opens_ms(ms(at)) == ms(opens)


def test_the_clock_that_is_put_back_makes_the_night_longer() -> None:
    daily = calendar(open={day: ["06:00-22:00"] for day in ("sat", "sun")})
    closed_at, opens_at = ms("2026-10-24T22:00"), daily.opens_ms(ms("2026-10-24T22:00"))
    assert opens_at - closed_at == 9 * 3_600_000


def test_spans_that_touch_close_once() -> None:
    night = calendar(open={"mon": ["20:00-24:00"], "tue": ["00:00-06:00", "06:00-09:00"]})
    assert night.closes_ms(ms("2026-11-23T21:00")) == ms("2026-11-24T09:00")
    assert night.is_open(ms("2026-11-24T00:00"))


def test_what_is_open_around_the_clock_does_not_close() -> None:
    always = calendar(open=AROUND_THE_CLOCK)
    assert always.closes_ms(ms("2026-11-23T21:00")) is None
    until_a_holiday = calendar(open=AROUND_THE_CLOCK, closed=["2026-12-01"])
    assert until_a_holiday.closes_ms(ms("2026-11-23T21:00")) == ms("2026-12-01T00:00")


def test_a_calendar_that_never_opens_says_so() -> None:
    once = calendar(open={"wed": ["08:00-09:00"]}, closed=[f"2026-{m:02}-01" for m in range(1, 13)])
    assert once.opens_ms(ms("2026-11-25T10:00")) == ms("2026-12-02T08:00")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"time_zone": "Europe/Berlln"}, "no time zone 'Europe/Berlln'"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"open": {"mon": ["18:00-08:00"]}}, "ends before it begins"),
        ({"open": {"mon": ["08:00-25:00"]}}, "should match pattern"),
        ({"open": {"mon": ["08:00-12:00", "11:00-13:00"]}}, "overlap or are not in order"),
        ({"open": {"mon": []}}, "no hours at all"),
        ({"open": {"monday": ["08:00-12:00"]}}, "Input should be 'mon'"),
    ],
)
def test_hours_that_cannot_be_are_refused(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        calendar(**change)


@given(st.integers(ms("2026-01-01T00:00"), ms("2027-12-31T00:00")))
def test_the_next_opening_is_open_and_nothing_before_it_is(at_ms: int) -> None:
    office = calendar()
    opens = office.opens_ms(at_ms)
    assert opens >= at_ms
    assert office.is_open(opens)
    assert opens == at_ms or not office.is_open((at_ms + opens) // 2)
    closes = office.closes_ms(opens)
    assert closes is not None
    assert not office.is_open(closes)


@pytest.mark.parametrize(
    ("start", "is_open"),
    [
        ("07:30", False),
        ("07:31", True),
        ("11:45", True),
        ("12:00", False),
        ("17:59", True),
        ("18:00", False),
    ],
)
def test_a_half_hour_is_open_where_any_moment_of_it_is(start: str, is_open: bool) -> None:
    start_ms = ms(f"2026-11-25T{start}")
    assert calendar().is_open_within(start_ms, start_ms + 1_800_000) is is_open
