"""What the API says about waits, measures and staffing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from services.agents.api import PROBLEMS
from services.agents.insights import FIRST_DAY, LAST_DAY, Insights
from services.agents.paths import Inquiry
from services.agents.tally import Counts
from services.agents.targets import QueueId
from services.runtime.clock import millis
from warmline.events.base import Id, Name, Part, Probability

HOURS_MAX = 24 * 7


class WaitBody(Part):
    """`expected_s` is absent where too little is known to say; `basis` says why, or from what it comes."""

    inquiry_id: Id
    queue: Name
    position: int = Field(ge=1)
    expected_s: float | None = Field(ge=0, examples=[84.0])
    basis: str = Field(examples=["6 people, 70% of their work, 240 s each, patience 310 s"])


class CallbacksBody(Part):
    """`kept`: somebody had it in hand in time; `missed`: nobody had; `late`: of those, taken in hand
    afterwards. The rest has its moment or its time still before it, or the customer has left."""

    promised: int
    kept: int
    missed: int
    late: int
    kept_share: float | None


class MeasureBody(Part):
    """Shares are absent where nothing was counted. `service_level` is of those who were accepted or gave
    up; `callbacks` are by the moment for which they were promised; `occupancy` of the time in which people
    were ready; `adherence` of the time that the roster has planned, or else of the time signed in, as
    `adherence_to` says."""

    queue: Name
    arrived: int
    accepted: int
    abandoned: int
    handled: int
    handle_s: float | None
    patience_s: float | None
    service_level: float | None
    target_share: Probability
    target_within_s: int
    abandonment: float | None
    callbacks: CallbacksBody
    occupancy: float | None
    adherence: float | None
    adherence_to: Literal["roster", "signed_in"]


class MeasuresBody(Part):
    hours: int
    queues: tuple[MeasureBody, ...]


class HalfHourBody(Part):
    """`arrivals` is the mean of the weeks that were seen, callbacks at their promised moment; `busy_s` how
    long each keeps people busy, wrap-up included, `at_once` how many a person has in hand at the same time;
    `within` what so many people reach."""

    start: datetime
    arrivals: float
    busy_s: float
    at_once: float
    patience_s: float | None
    people: int
    within: float
    occupancy: float
    weeks: int


class StaffingBody(Part):
    """Empty where nothing is known of the same weekday in the four weeks before. Half hours in which the
    queue is closed are left out."""

    queue: Name
    day: date
    half_hours: tuple[HalfHourBody, ...]


Queue = Annotated[QueueId, Path(examples=["general"])]


class InsightsApi:
    """Reads only."""

    def __init__(self, insights: Insights) -> None:
        self._insights = insights

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", responses=PROBLEMS, tags=["estimates"])
        router.add_api_route("/inquiries/{inquiry_id}/wait", self.wait, methods=["GET"])
        router.add_api_route("/measures", self.measures, methods=["GET"])
        router.add_api_route("/queues/{queue}/staffing", self.staffing, methods=["GET"])
        return router

    async def wait(self, inquiry_id: Inquiry) -> WaitBody:
        """The place in line of a waiting inquiry, and how long it will probably wait."""
        queue, wait = await self._insights.wait_of(inquiry_id)
        return WaitBody(
            inquiry_id=inquiry_id,
            queue=queue,
            position=wait.position,
            expected_s=wait.expected_s,
            basis=wait.basis,
        )

    async def measures(self, hours: Annotated[int, Query(ge=1, le=HOURS_MAX)] = 1) -> MeasuresBody:
        """Service level, abandonment, occupancy and adherence of each queue over the last hours."""
        counts = await self._insights.measures(hours)
        queues = self._insights.rules.configuration.queues
        return MeasuresBody(
            hours=hours,
            queues=tuple(
                _measure(
                    queue,
                    each,
                    queues[queue].service_level.share,
                    queues[queue].service_level.within_s,
                )
                for queue, each in counts.items()
            ),
        )

    async def staffing(
        self,
        queue: Queue,
        day: Annotated[
            date | None, Query(ge=FIRST_DAY, le=LAST_DAY, examples=["2026-11-30"])
        ] = None,
        share: Annotated[float | None, Query(gt=0, lt=1)] = None,
        within_s: Annotated[float | None, Query(gt=0, le=86_400)] = None,
    ) -> StaffingBody:
        """People needed in each half hour of a day (UTC; today where none is named) for a service level, from
        the same weekday of the four weeks before."""
        day = day or self._insights.clock().date()
        day_ms = millis(datetime.combine(day, time(), UTC))
        found = await self._insights.staffing_of(queue, day_ms, share, within_s)
        return StaffingBody(
            queue=queue,
            day=day,
            half_hours=tuple(
                HalfHourBody(
                    start=datetime.fromtimestamp(each.start_ms / 1000, UTC),
                    arrivals=each.arrivals,
                    busy_s=each.busy_s,
                    at_once=each.at_once,
                    patience_s=each.patience_s,
                    people=each.people,
                    within=each.within,
                    occupancy=each.occupancy,
                    weeks=each.weeks,
                )
                for each in found
            ),
        )


def _measure(queue: str, counts: Counts, share: float, within_s: int) -> MeasureBody:
    return MeasureBody(
        queue=queue,
        arrived=counts.arrived,
        accepted=counts.accepted,
        abandoned=counts.abandoned,
        handled=counts.handled,
        handle_s=counts.handle_s,
        patience_s=counts.patience_s,
        service_level=counts.service_level,
        target_share=share,
        target_within_s=within_s,
        abandonment=counts.abandonment,
        callbacks=CallbacksBody(
            promised=counts.promised,
            kept=counts.kept,
            missed=counts.missed,
            late=counts.late,
            kept_share=counts.kept_share,
        ),
        occupancy=counts.occupancy,
        adherence=counts.adherence,
        adherence_to=counts.adherence_to,
    )
