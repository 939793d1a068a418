"""Estimates, measures and staffing from what really happened on a desk, through the relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.agents.api_insights import InsightsApi
from services.agents.erlang import Load, people_needed
from services.agents.hours import DAYS
from services.agents.insights import Insights
from services.agents.problems import install
from services.agents.records import Records
from services.agents.relay import Relay
from services.agents.roster import Roster
from services.agents.rules import Rules
from services.agents.tally import HALF_HOUR_MS, half_hour
from services.runtime.handling import Output
from services.runtime.redis import RedisClients
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.unit.agents.build import configuration
from warmline.events.work import Drain

WEEK_MS = 7 * 24 * 60 * 60 * 1000


class Published:
    """Takes what the relay publishes."""

    async def publish(self, outputs: list[Output]) -> None:
        """Nobody reads it here."""


class Watched:
    """A desk, its insights, and their API."""

    def __init__(self, desk: DeskUnderTest) -> None:
        assert desk.redis is not None
        assert desk.keys is not None
        self.desk, self.redis, self.keys = desk, desk.redis, desk.keys
        self.insights = Insights(
            desk.redis,
            desk.keys,
            Records(desk.redis.commands, desk.keys),
            Rules(desk.configuration),
            lambda: datetime.fromtimestamp(desk.clock.ms / 1000, UTC),
        )
        app = FastAPI()
        app.include_router(InsightsApi(self.insights).routes())
        install(app)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://desk/v1"
        )

    async def relay(self, token: str = "relay") -> int:  # noqa: S107
        relay = Relay(self.redis, self.keys, token, 1.0, lambda: self.desk.configuration)
        return await relay.turn(Published())  # type: ignore[arg-type]

    async def handled(self, count: int, handle_s: float) -> None:
        """Ada handles so many inquiries of `general`, one after the other."""
        for number in range(count):
            name = f"done-{self.desk.clock.ms}-{number}"
            await self.desk.inquiry(name)
            await self.desk.accept("ada", name)
            self.desk.clock.advance(handle_s)
            await self.desk.complete("ada", name)


@pytest.fixture
async def watched(redis: RedisClients, unique_name: str) -> AsyncIterator[Watched]:
    quiet = {"heartbeat_s": 3600, "grace_s": 3600, "lapses_until_away": 100}
    built = configuration({"ada": {}, "bo": {}}, presence=quiet, offer_timeout_s=3600)
    watched = Watched(redis_desk(built, redis, unique_name))
    watched.desk.clock.ms = half_hour(watched.desk.clock.ms)
    yield watched
    await watched.client.aclose()


async def test_a_waiting_customer_learns_their_place_and_their_wait(watched: Watched) -> None:
    desk = watched.desk
    await desk.sign_in("ada")
    await watched.handled(6, handle_s=60)
    await watched.relay()
    for name in ("first", "second", "third"):
        await desk.inquiry(name)
        desk.clock.advance(1)
    await desk.inquiry("urgent", priority_min=30)
    places = {}
    for name in ("first", "second", "third", "urgent"):
        answer = (await watched.client.get(f"/inquiries/{name}/wait")).json()
        places[name] = (answer["position"], answer["expected_s"])
    assert places["urgent"] == (1, 60.0)
    assert places["second"] == (2, 120.0)
    assert places["third"] == (3, 180.0)
    assert places["first"][0] == 1  # on offer


@pytest.mark.parametrize("how", ["busy", "drained", "on a break with work in hand"])
async def test_who_takes_nothing_more_shortens_no_wait(watched: Watched, how: str) -> None:
    desk = watched.desk
    desk.configuration = configuration({"ada": {}, "bo": {}}, supervisors=("ada",))
    await desk.reconfigure(desk.configuration)
    await desk.sign_in("ada")
    await watched.handled(6, handle_s=60)
    await watched.relay()
    await desk.inquiry("held")
    await desk.accept("ada", "held")
    await desk.sign_in("bo")
    await desk.inquiry("bos")
    await desk.accept("bo", "bos")
    await desk.inquiry("waits")
    assert (await watched.client.get("/inquiries/waits/wait")).json()["expected_s"] == 30
    if how == "drained":
        await desk.act("ada", Drain(of_agent="bo", draining=True, reason="goes home"))
    else:
        await desk.set_presence("bo", "busy" if how == "busy" else "break")
    assert (await watched.client.get("/inquiries/waits/wait")).json()["expected_s"] == 60


async def test_who_serves_one_queue_alone_is_not_thought_to_work_for_the_others(
    watched: Watched,
) -> None:
    desk = watched.desk
    desk.configuration = configuration(
        {"ada": {"queues": ["general"]}, "bo": {}, "cy": {"queues": ["fraud"]}}
    )
    await desk.reconfigure(desk.configuration)
    watched.insights.rules.adopt(desk.configuration)
    await desk.sign_in("ada", "bo", "cy")
    for queue, handled in (("general", 10), ("fraud", 90)):
        handle_ms = str(handled * 60_000)
        counted: Any = {f"{queue}|handled": str(handled), f"{queue}|handle_ms": handle_ms}
        tally = watched.keys.tally(half_hour(desk.clock.ms))
        await watched.redis.commands.hset(tally, mapping=counted)
    outlook = (await watched.insights.outlooks(["general"]))["general"]
    assert outlook.people == 2
    assert outlook.share == pytest.approx((1 + 0.1) / 2)
    assert outlook.at(1).expected_s == pytest.approx(60 / 1.1, abs=0.1)


async def test_work_that_does_not_wait_has_no_wait(watched: Watched) -> None:
    desk = watched.desk
    await desk.sign_in("ada")
    await desk.inquiry("held")
    await desk.accept("ada", "held")
    answer = await watched.client.get("/inquiries/held/wait")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_waiting")
    assert (await watched.client.get("/inquiries/nobody/wait")).status_code == 404


async def test_nothing_is_promised_before_anything_is_known(watched: Watched) -> None:
    await watched.desk.inquiry("early")
    answer = (await watched.client.get("/inquiries/early/wait")).json()
    assert answer["expected_s"] is None
    assert "too few" in answer["basis"]


async def test_measures_count_each_step_once_also_when_it_is_published_twice(
    watched: Watched,
) -> None:
    desk = watched.desk
    await desk.sign_in("ada")
    await watched.handled(2, handle_s=90)
    await desk.set_presence("ada", "break")
    await desk.inquiry("late")
    desk.clock.advance(61)
    await desk.set_presence("ada", "available")
    await desk.accept("ada", "late")
    await desk.inquiry("gone")
    desk.clock.advance(10)
    await desk.leave("c-gone")

    await watched.redis.commands.set(watched.keys.relay(), "another")
    stale = Relay(watched.redis, watched.keys, "relay", 1.0, lambda: desk.configuration)
    entries = await stale._read()
    unpublished = await watched.redis.commands.xlen(watched.keys.outbox())
    await stale._trim(entries)  # it has lost the relay while it published
    assert await watched.redis.commands.xlen(watched.keys.outbox()) == unpublished > 0
    await watched.redis.commands.delete(watched.keys.relay())
    assert await watched.relay() == len(entries)
    assert await watched.redis.commands.xlen(watched.keys.outbox()) == 0

    general, fraud = (await watched.client.get("/measures?hours=1")).json()["queues"]
    counted = {name: general[name] for name in ("arrived", "accepted", "abandoned", "handled")}
    assert counted == {"arrived": 4, "accepted": 3, "abandoned": 1, "handled": 2}
    assert general["handle_s"] == 90
    assert general["service_level"] == pytest.approx(0.5)  # two of four within 60 s
    assert general["abandonment"] == pytest.approx(0.25)
    assert fraud["service_level"] is None


async def test_samples_tell_occupancy_and_adherence(watched: Watched) -> None:
    desk = watched.desk
    await desk.sign_in("ada", "bo")
    await desk.inquiry("one")
    holder = (await desk.work("one")).agent_id
    assert holder is not None
    await desk.accept(holder, "one")
    await watched.insights.sample(10_000)  # one of two works
    other = "bo" if holder == "ada" else "ada"
    await desk.set_presence(other, "break")
    await watched.insights.sample(10_000)  # one is on a break, the other works
    general, _ = (await watched.client.get("/measures")).json()["queues"]
    assert general["adherence"] == pytest.approx(3 / 4)
    assert (await watched.insights.measures(1))["general"].at_once == 1
    desk.configuration = configuration({"ada": {"capacity": 2}, "bo": {"capacity": 2}})
    await desk.reconfigure(desk.configuration)
    await desk.inquiry("two")
    await desk.accept(holder, "two")
    await watched.insights.sample(20_000)  # the one who works has two in hand
    assert (await watched.insights.measures(1))["general"].at_once == 1.5
    assert general["occupancy"] == pytest.approx(2 / 3)


async def test_adherence_is_of_what_the_roster_has_planned_where_there_is_one(
    watched: Watched,
) -> None:
    desk = watched.desk
    await desk.sign_in("ada")
    await watched.insights.sample(10_000)  # no roster yet
    general, _ = (await watched.client.get("/measures")).json()["queues"]
    assert (general["adherence"], general["adherence_to"]) == (1, "signed_in")
    day = DAYS[datetime.fromtimestamp(desk.clock.ms / 1000, UTC).weekday()]
    weeks = {each: {day: ["00:00-24:00"]} for each in ("ada", "bo")}
    roster = Roster.model_validate({"version": 1, "time_zone": "UTC", "weeks": weeks})
    watched.insights.rules.adopt(replace(desk.configuration, roster=roster))
    await watched.insights.sample(10_000)  # ada is there, bo has not come
    await desk.sign_in("bo")
    await desk.set_presence("ada", "break")
    await watched.insights.sample(10_000)  # bo is there, ada on a break
    await desk.set_presence("ada", "available")
    await watched.insights.sample(10_000)
    general, _ = (await watched.client.get("/measures")).json()["queues"]
    assert general["adherence_to"] == "roster"
    assert general["adherence"] == pytest.approx(4 / 6)


async def test_staffing_follows_the_same_half_hour_of_the_weeks_before(watched: Watched) -> None:
    today_ms = watched.desk.clock.ms - watched.desk.clock.ms % (48 * HALF_HOUR_MS)
    ten = today_ms + 20 * HALF_HOUR_MS
    for week, arrived in ((1, 90), (2, 110)):
        await watched.redis.commands.hset(
            watched.keys.tally(ten - week * WEEK_MS),
            mapping={
                "general|arrived": arrived,
                "general|handled": 100,
                "general|handle_ms": 18_000_000,
                "general|abandoned": 10,
                "general|wait_ms": 3_000_000,
            },
        )
    day = datetime.fromtimestamp(today_ms / 1000, UTC).date()
    path = f"/queues/general/staffing?day={day}&share=0.8&within_s=20"
    half_hours = (await watched.client.get(path)).json()["half_hours"]
    assert len(half_hours) == 48
    assert [each["people"] for each in half_hours if each["arrivals"]] == [
        people_needed(Load(100 / 1800, handle_s=180, patience_s=300), 0.8, 20)
    ]
    assert half_hours[20]["arrivals"] == 100
    assert half_hours[20]["within"] >= 0.8
    unknown = await watched.client.get("/queues/nowhere/staffing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_queue")
    for far in ("0001-01-01", "9999-12-31"):
        beyond = await watched.client.get(f"/queues/general/staffing?day={far}")
        assert (beyond.status_code, beyond.json()["code"]) == (422, "invalid")
    fraud = (await watched.client.get("/queues/fraud/staffing")).json()
    assert fraud["half_hours"] == []


async def test_staffing_of_a_queue_with_hours_goes_by_its_local_time(watched: Watched) -> None:
    office = {"id": "office", "time_zone": "Europe/Berlin", "open": {"mon": ["08:00-17:00"]}}
    watched.insights.rules.adopt(
        configuration(
            {"ada": {}}, queues={"general": {"hours": "office"}, "fraud": {}}, calendars=(office,)
        )
    )
    at = datetime(2026, 10, 19, 6, 30, tzinfo=UTC)  # half past eight in Berlin, in summer time
    await watched.redis.commands.hset(
        watched.keys.tally(int(at.timestamp() * 1000)),
        mapping={"general|arrived": 7, "general|handled": 9, "general|handle_ms": 900_000},
    )
    path = "/queues/general/staffing?day=2026-10-26"
    half_hours = (await watched.client.get(path)).json()["half_hours"]
    busy = [each["start"] for each in half_hours if each["arrivals"]]
    assert busy == ["2026-10-26T07:30:00Z"]  # half past eight in Berlin, in winter time
    assert len(half_hours) == 18  # nobody is needed while it is closed


async def test_nobody_is_suggested_for_the_night_but_for_its_callbacks_in_the_morning(
    watched: Watched,
) -> None:
    desk = watched.desk
    office = {"id": "office", "time_zone": "UTC", "open": {"mon": ["08:10-17:00"]}}
    desk.configuration = configuration(
        {"ada": {}}, queues={"general": {"hours": "office"}, "fraud": {}}, calendars=(office,)
    )
    await desk.reconfigure(desk.configuration)
    watched.insights.rules.adopt(desk.configuration)
    night = datetime(2026, 10, 19, 3, 20, tzinfo=UTC)
    desk.clock.ms = int(night.timestamp() * 1000)
    await desk.inquiry("i1")
    await desk.inquiry("i2")
    desk.clock.ms += 8 * 3_600_000
    await desk.pool.tick()
    await desk.sign_in("ada")
    for name in ("i1", "i2"):
        await desk.accept("ada", name)
        desk.clock.advance(300)
        await desk.complete("ada", name)
    await watched.relay()
    path = "/queues/general/staffing?day=2026-10-26"
    half_hours = (await watched.client.get(path)).json()["half_hours"]
    busy = {each["start"]: each["arrivals"] for each in half_hours if each["arrivals"]}
    assert busy == {"2026-10-26T08:00:00Z": 2}
    assert half_hours[0]["start"] == "2026-10-26T08:00:00Z"
