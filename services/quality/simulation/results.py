"""What is counted in a simulated year, by week. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from services.quality.estimates import Estimate, mean_of
from services.quality.simulation.inquiries import DAY_MIN
from services.quality.simulation.world import World
from services.quality.statistics import Sample

LATE_MIN = 5.0


@dataclass(slots=True)
class Week:
    """`wrong`: answers that were wrong, by the bot or a person. `person_min`: in which people worked,
    `staffed_min`: for which they were paid. `late`: waited longer than `LATE_MIN` for a person."""

    inquiries: int = 0
    bot_answers: int = 0
    drafts: int = 0
    wrong: int = 0
    wrong_by_bot: int = 0
    returns: int = 0
    complaints: int = 0
    abandoned: int = 0
    answered_by_people: int = 0
    late: int = 0
    waited_min: float = 0.0
    person_min: float = 0.0
    staffed_min: float = 0.0
    scores: int = 0
    score_sum: int = 0
    score_squares: int = 0

    def rate(self, points: int) -> None:
        self.scores += 1
        self.score_sum += points
        self.score_squares += points * points

    def wait(self, minutes: float) -> None:
        self.answered_by_people += 1
        self.waited_min += minutes
        self.late += minutes > LATE_MIN

    def plus(self, other: Week) -> Week:
        return Week(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass
class Result:
    policy: str
    world: World
    weeks: list[Week] = field(default_factory=list)

    def at(self, at_min: float) -> Week:
        number = int(at_min // (7 * DAY_MIN))
        while len(self.weeks) <= number:
            self.weeks.append(Week())
        return self.weeks[number]

    def total(self, since_week: int = 0) -> Week:
        whole = Week()
        for week in self.weeks[since_week:]:
            whole = whole.plus(week)
        return whole

    def cost(self, week: Week) -> float:
        """Paid hours, calls for answers and drafts, complaints."""
        prices = self.world.prices
        return (
            week.staffed_min / 60 * float(prices.person_hour)
            + (week.bot_answers + week.drafts) * float(prices.model_call)
            + week.complaints * float(prices.complaint)
        )

    def people(self, week: Week, weeks: float = 1) -> float:
        """Employed, so that the paid hours are worked."""
        return week.staffed_min / 60 / self.world.staffing.week_h / weeks


def csat(week: Week, error: float = 0.05) -> Estimate:
    return mean_of(scores(week), error)


def scores(week: Week) -> Sample:
    size = week.scores
    mean = week.score_sum / size if size else 0.0
    variance = (week.score_squares - size * mean * mean) / (size - 1) if size > 1 else 0.0
    return Sample(mean, variance, size)
