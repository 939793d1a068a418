"""Time passes at a desk: the bot answers at once, people work through one queue, customers wait,
leave, come back, complain and rate. Pure: the only chance is each inquiry's own luck."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

from services.quality.simulation.inquiries import (
    DAY_MIN,
    WEEK_H,
    Luck,
    SimulatedInquiry,
    week_profile,
)
from services.quality.simulation.policies import Policy, Route
from services.quality.simulation.results import Result
from services.quality.simulation.world import World

WEEK_MIN = 7 * DAY_MIN
SATISFIED = 4
_AUDIT_DELAY_MIN = 120.0


class Job(NamedTuple):
    """What waits for a person; `inquiry` None: an audit, for which nobody waits."""

    inquiry: SimulatedInquiry | None
    route: Route
    joined_min: float
    minutes: float
    audit: tuple[int, bool] | None = None


class Desk:
    """One policy's year. `run` once."""

    def __init__(self, world: World, policy: Policy) -> None:
        self._world = world
        self._policy = policy
        self.result = Result(policy.name, world)
        self._coming: list[tuple[float, int, str, Any]] = []
        self._order = count()
        self._waiting: deque[Job] = deque()
        self._busy = 0
        self._profile = week_profile()
        self._planned = self._expected_load()
        self._work = 0.0
        self._on_duty = 0

    def run(self, inquiries: Iterable[SimulatedInquiry]) -> Result:
        for hour in range(self._world.days * 24):
            self._at(hour * 60.0, "hour", hour)
        end_min = self._world.days * DAY_MIN
        for inquiry in inquiries:
            self._until(inquiry.at_min)
            self._receive(inquiry, inquiry.at_min)
        self._until(float(end_min))
        return self.result

    def _until(self, at_min: float) -> None:
        while self._coming and self._coming[0][0] <= at_min:
            when, _, what, about = heapq.heappop(self._coming)
            getattr(self, f"_on_{what}")(when, about)

    def _at(self, when: float, what: str, about: Any) -> None:
        heapq.heappush(self._coming, (when, next(self._order), what, about))

    # Customers

    def _receive(self, inquiry: SimulatedInquiry, now: float) -> None:
        topic = self._world.topics[inquiry.topic]
        clear = inquiry.luck[Luck.CLEAR] < topic.clear
        wish = inquiry.luck[Luck.WISH] < self._world.customers.wants_person
        if not inquiry.returned:
            self.result.at(now).inquiries += 1
        self._policy.hear(inquiry.topic, "reading", now, good=clear)
        route = "people" if inquiry.returned else self._policy.route(inquiry, clear, wish)
        if route == "bot":
            self._bot_answers(inquiry, now, clear, wish)
        else:
            self._queue(inquiry, route, now)

    def _bot_answers(self, inquiry: SimulatedInquiry, now: float, clear: bool, wish: bool) -> None:
        topic, customers = self._world.topics[inquiry.topic], self._world.customers
        row = self.result.at(now)
        row.bot_answers += 1
        right_share = self._world.bot_right(topic, now / DAY_MIN) if clear else topic.unclear_right
        right = inquiry.luck[Luck.BOT] < right_share
        row.wrong += not right
        row.wrong_by_bot += not right
        if self._policy.audits(inquiry):
            self._queue_audit(inquiry, now, right)
        if not right and inquiry.luck[Luck.NOTICE] < customers.notices:
            self._rate(inquiry, now, "bot", right=False, against_wish=wish, waited=0.0)
            self._queue(inquiry, "people", now, rated=True)
            return
        self._rate(inquiry, now, "bot", right=right, against_wish=wish, waited=0.0)
        self._afterwards(inquiry, now, "bot", right)

    def _afterwards(self, inquiry: SimulatedInquiry, now: float, by: str, right: bool) -> None:
        """Whether the customer comes back or complains within a week: known then."""
        customers = self._world.customers
        luck = inquiry.luck
        back = not right and luck[Luck.RETURN] < customers.returns and inquiry.returned < 2
        complains = not right and luck[Luck.COMPLAIN] < customers.complains
        at_min = now + (WEEK_MIN * luck[Luck.DELAY] if back or complains else WEEK_MIN)
        self._at(float(at_min), "afterwards", (inquiry, by, back, complains))

    def _on_afterwards(self, now: float, about: tuple[SimulatedInquiry, str, bool, bool]) -> None:
        inquiry, by, back, complains = about
        row = self.result.at(now)
        row.complaints += complains
        if by:
            self._policy.hear(inquiry.topic, "return", now, good=not back, by=by)
            self._policy.hear(inquiry.topic, "complaint", now, good=not complains, by=by)
        if back:
            row.returns += 1
            self._receive(_again(inquiry, now), now)

    def _rate(
        self,
        inquiry: SimulatedInquiry,
        now: float,
        by: str,
        *,
        right: bool,
        against_wish: bool,
        waited: float,
    ) -> None:
        customers, luck = self._world.customers, inquiry.luck
        if luck[Luck.RATE] >= customers.rates:
            return
        chance = customers.satisfied_right if right else customers.satisfied_wrong
        if against_wish:
            chance = min(chance, customers.satisfied_against_wish)
        if waited > customers.long_wait_min:
            chance = max(0.0, chance - customers.long_wait_costs)
        score = luck[Luck.SCORE]
        satisfied = luck[Luck.SATISFIED] < chance
        points = (5 if score < 0.6 else 4) if satisfied else 1 + int(score * 3)
        self.result.at(now).rate(points)
        if by:
            self._policy.hear(inquiry.topic, "csat", now, good=points >= SATISFIED, by=by)

    # People

    def _queue(
        self, inquiry: SimulatedInquiry, route: Route, now: float, *, rated: bool = False
    ) -> None:
        topic = self._world.topics[inquiry.topic]
        minutes = -math.log1p(-inquiry.luck[Luck.HANDLING]) * topic.minutes
        if rated:
            inquiry = inquiry._replace(luck=_unrated(inquiry))
        self._waiting.append(Job(inquiry, route, now, minutes))
        self._work += minutes
        self._start(now)

    def _queue_audit(self, inquiry: SimulatedInquiry, now: float, right: bool) -> None:
        mistaken = inquiry.luck[Luck.JUDGE] < self._world.practice.judges_wrongly
        judged = right != mistaken
        minutes = self._world.staffing.audit_min
        self._at(
            now + _AUDIT_DELAY_MIN,
            "audit",
            Job(None, "people", now, minutes, (inquiry.topic, judged)),
        )

    def _on_audit(self, now: float, job: Job) -> None:
        self._waiting.append(job)
        self._work += job.minutes
        self._start(now)

    def _start(self, now: float) -> None:
        while self._waiting and self._busy < self._on_duty:
            job = self._waiting.popleft()
            if job.inquiry is not None and now - job.joined_min > self._patience(job.inquiry):
                self._abandoned(job, now)
                continue
            self._busy += 1
            self._at(now + job.minutes, "done", (job, now - job.joined_min))

    def _on_done(self, now: float, about: tuple[Job, float]) -> None:
        job, waited = about
        self._busy -= 1
        row = self.result.at(now)
        row.person_min += job.minutes
        if job.audit is not None:
            topic, good = job.audit
            self._policy.hear(topic, "audit", now, good=good)
        elif job.inquiry is not None:
            self._person_answered(job.inquiry, job.route, now, waited)
        self._start(now)

    def _person_answered(
        self, inquiry: SimulatedInquiry, route: Route, now: float, waited: float
    ) -> None:
        world = self._world
        topic, row = world.topics[inquiry.topic], self.result.at(now)
        right = inquiry.luck[Luck.PERSON] < topic.people_right
        row.wrong += not right
        row.wait(waited)
        if route == "draft":
            self._judge_draft(inquiry, now)
        by = "person" if route == "holdout" else ""
        self._rate(inquiry, now, by, right=right, against_wish=False, waited=waited)
        self._afterwards(inquiry, now, by, right)

    def _judge_draft(self, inquiry: SimulatedInquiry, now: float) -> None:
        """The person who answers sees what the bot would have said."""
        topic = self._world.topics[inquiry.topic]
        row = self.result.at(now)
        row.drafts += 1
        right = inquiry.luck[Luck.BOT] < self._world.bot_right(topic, now / DAY_MIN)
        mistaken = inquiry.luck[Luck.JUDGE] < self._world.practice.judges_wrongly
        self._policy.hear(inquiry.topic, "draft", now, good=right != mistaken)

    def _abandoned(self, job: Job, now: float) -> None:
        if job.inquiry is None:
            return
        self.result.at(now).abandoned += 1
        self._rate(job.inquiry, now, "", right=False, against_wish=False, waited=0.0)
        self._afterwards(job.inquiry, now, "", right=False)

    def _patience(self, inquiry: SimulatedInquiry) -> float:
        mean = self._world.customers.patience_min
        return float(-math.log1p(-inquiry.luck[Luck.PATIENCE])) * mean

    # Staff

    def _on_hour(self, now: float, hour: int) -> None:
        if hour and hour % WEEK_H == 0:
            self._plan_week()
        load = self._planned * self._profile[hour % WEEK_H]
        self._on_duty = math.ceil(load + self._world.staffing.spare * math.sqrt(load))
        self.result.at(now).staffed_min += 60 * self._on_duty
        self._start(now)

    def _plan_week(self) -> None:
        """For as much work as the week that has passed brought, within what hiring and leaving
        allow."""
        staffing = self._world.staffing
        self._planned = min(
            max(self._work / WEEK_MIN, self._planned * (1 - staffing.leave_share)),
            self._planned * (1 + staffing.hire_share),
        )
        self._work = 0.0

    def _expected_load(self) -> float:
        """People at work at the same time in a mean week in which people do everything."""
        return sum(topic.per_day * topic.minutes for topic in self._world.topics) / DAY_MIN


def _again(inquiry: SimulatedInquiry, now: float) -> SimulatedInquiry:
    """The same customer with other luck: each number moves on by the golden ratio."""
    luck = [(number + 0.6180339887) % 1.0 for number in inquiry.luck]
    return SimulatedInquiry(now, inquiry.topic, luck, inquiry.returned + 1)


def _unrated(inquiry: SimulatedInquiry) -> Sequence[float]:
    """Who has rated the bot's answer does not rate again."""
    luck = list(inquiry.luck)
    luck[Luck.RATE] = 1.0
    return luck
