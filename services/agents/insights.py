"""Reads what the estimates need from Redis, and answers with them. Changes nothing but the samples."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice
from zoneinfo import ZoneInfo

import stamina

from services.agents.config import Configuration, Person
from services.agents.estimates import (
    HalfHour,
    Outlook,
    Wait,
    staffing,
    unknown_waits,
    weeks_before,
    work_share,
)
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rules import Rules
from services.agents.tally import HALF_HOUR_MS, KEPT_MS, Counts, half_hour
from services.agents.work import SignedIn
from services.runtime.clock import Clock, millis
from services.runtime.keys import Keys
from services.runtime.processing import is_passing
from services.runtime.redis import RedisClients, load_script

SAMPLE_EVERY_S = 10.0
WEEKS = 4
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Of staffing: calendars end soon before and after."""
FOR_ONE = "it waits for one person alone"
READY = frozenset({"available", "busy"})


@dataclass(frozen=True)
class Insights:
    """Estimates and measures of one desk."""

    redis: RedisClients
    keys: Keys
    records: Records
    rules: Rules
    clock: Clock

    @property
    def _configuration(self) -> Configuration:
        return self.rules.configuration

    async def wait_of(self, inquiry_id: str) -> tuple[str, Wait]:
        """The queue and the expected wait of an inquiry. Raises NotFoundError where it is unknown,
        ConflictError where it does not wait."""
        work = await self.records.work(inquiry_id)
        if work is None:
            raise refuse("no_inquiry")
        if work.state not in ("waiting", "offered"):
            raise refuse("not_waiting")
        position = 1 if work.state == "offered" else await self.records.position(work)
        if work.state == "waiting" and work.direct is not None:
            return work.queue, next(islice(unknown_waits(FOR_ONE), position - 1, None))
        outlook = (await self.outlooks([work.queue]))[work.queue]
        return work.queue, outlook.at(position)

    async def outlooks(self, queues: Iterable[str]) -> dict[str, Outlook]:
        """What the waits of these queues follow from, now."""
        recent = await self._tallies(self._recent())
        known = self._configuration.people
        there = [each for each in await self.records.people() if each.agent_id in known]
        teams = Counter(
            frozenset(_queues_of(known[each.agent_id])) for each in there if takes_more(each)
        )
        busy_ms = {each: Counts.of(recent, each).busy_ms for each in frozenset().union(*teams)}
        found = {}
        for queue in queues:
            serving = {team: people for team, people in teams.items() if queue in team}
            people = sum(serving.values())
            shared = sum(
                number * work_share(queue, {each: busy_ms[each] for each in team})
                for team, number in serving.items()
            )
            share = shared / people if people else 0.0
            found[queue] = Outlook(people, share, Counts.of(recent, queue))
        return found

    async def measures(self, hours: int) -> dict[str, Counts]:
        """Every queue's counts over the last hours, the current half hour included."""
        now_ms = half_hour(millis(self.clock()))
        starts = [now_ms - number * HALF_HOUR_MS for number in range(2 * hours)]
        tallies = await self._tallies(starts)
        return {queue: Counts.of(tallies, queue) for queue in self._configuration.queues}

    async def staffing_of(
        self, queue: str, day_ms: int, share: float | None, within_s: float | None
    ) -> list[HalfHour]:
        """The 48 half hours of the (UTC) day that begins at `day_ms`, from the same half hours of the four
        weeks before, by the clock of the queue's calendar where it has one: customers keep to the time of day
        when clocks change. The queue's own service level unless another is given. Raises NotFoundError for an
        unknown queue. Half hours in which it is closed, or of which nothing is known, are left out."""
        if queue not in self._configuration.queues:
            raise refuse("no_queue")
        level = self._configuration.queues[queue].service_level
        calendar = self._configuration.calendar_of(self._configuration.queues[queue])
        zone = ZoneInfo("UTC" if calendar is None else calendar.time_zone)
        starts = [day_ms + number * HALF_HOUR_MS for number in range(48)]
        weeks = [
            [weeks_before(start, week, zone) for start in starts] for week in range(1, WEEKS + 1)
        ]
        tallies = [await self._tallies(some) for some in weeks]
        seen = [week for week in tallies if any(week)]
        overall = Counts.of([each for week in seen for each in week], queue)
        found = [
            staffing(
                start,
                [Counts.of([week[number]], queue) for week in seen],
                overall,
                level.share if share is None else share,
                level.within_s if within_s is None else within_s,
            )
            for number, start in enumerate(starts)
            if calendar is None or calendar.is_open_within(start, start + HALF_HOUR_MS)
        ]
        return [each for each in found if each is not None]

    def _recent(self) -> list[int]:
        """Half an hour to an hour back."""
        now_ms = half_hour(millis(self.clock()))
        return [now_ms, now_ms - HALF_HOUR_MS]

    async def _tallies(self, starts: list[int]) -> list[dict[str, str]]:
        async with self.redis.commands.pipeline(transaction=False) as pipe:
            for start_ms in starts:
                pipe.hgetall(self.keys.tally(start_ms))
            return list(await pipe.execute())

    async def sample(self, for_ms: int) -> None:
        """Adds `for_ms` to the time that people have spent present, ready and working, and that the roster
        has planned for them, by queue."""
        now_ms = millis(self.clock())
        there = {person.agent_id: person for person in await self.records.people()}
        roster = self._configuration.roster
        planned = set() if roster is None else roster.planned(now_ms)
        counted: Counter[str] = Counter()
        for agent_id in there.keys() | planned:
            known, person = self._configuration.people.get(agent_id), there.get(agent_id)
            ready = person is not None and is_ready(person)
            for queue in _queues_of(known) if known is not None else ():
                if person is not None:
                    counted[f"{queue}|present_ms"] += for_ms
                    counted[f"{queue}|ready_ms"] += for_ms * ready
                    counted[f"{queue}|working_ms"] += for_ms * is_working(person)
                    counted[f"{queue}|held_ms"] += for_ms * in_hand(person)
                if agent_id in planned:
                    counted[f"{queue}|planned_ms"] += for_ms
                    counted[f"{queue}|planned_ready_ms"] += for_ms * ready
        key = self.keys.tally(half_hour(now_ms))
        async with self.redis.commands.pipeline(transaction=True) as pipe:
            for field, amount in counted.items():
                pipe.hincrby(key, field, amount)
            pipe.pexpire(key, KEPT_MS)
            await pipe.execute()

    async def keep_sampling(self, token: str, retry_for_s: float) -> None:
        """Never ends. One process of a desk samples at a time; where it dies, another goes on."""
        hold = load_script(self.redis.commands, "services.agents", "hold_relay")
        lease_ms = int(SAMPLE_EVERY_S * 2500)
        while True:
            await asyncio.sleep(SAMPLE_EVERY_S)
            async for attempt in stamina.retry_context(
                on=is_passing, attempts=None, timeout=retry_for_s, wait_max=1.0
            ):
                with attempt:
                    if await hold(keys=[self.keys.sampler()], args=[token, lease_ms]):
                        await self.sample(int(SAMPLE_EVERY_S * 1000))


def _queues_of(person: Person) -> list[str]:
    return [each.queue for each in person.queues]


def in_hand(person: SignedIn) -> int:
    """How many conversations or wrap-ups of them; an offer is not work yet."""
    return sum(state in ("accepted", "wrapping") for state in person.held.values())


def is_working(person: SignedIn) -> bool:
    return in_hand(person) > 0


def takes_more(person: SignedIn) -> bool:
    """Whether the next in line may be theirs, now or once their hands are free."""
    return person.presence == "available" and not person.silent and not person.drained


def is_ready(person: SignedIn) -> bool:
    return not person.silent and (person.presence in READY or is_working(person))
