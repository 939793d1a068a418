"""What the API says of one inquiry: why it is where it is, and why whom it was offered to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import Field

from services.agents.api import PROBLEMS
from services.agents.explain import Candidate
from services.agents.explaining import Explaining, Explanation
from services.agents.moments import Moment
from services.agents.paths import Inquiry
from warmline.events.base import Id, Name, Note, Part
from warmline.events.work import Assignment, AssignmentStep

PEOPLE_MAX = 100
"""Of each moment: who has it, who could, and then by name."""


class CandidateBody(Part):
    """`why` has every reason for or against this person, at that moment."""

    agent_id: Id
    has_it: bool
    could: bool
    why: tuple[str, ...] = Field(examples=[["language de: has none, needs 1", "not signed in"]])


class StepBody(Part):
    """A step of the inquiry, as it is on `assignments`."""

    at: datetime
    seq: int
    step: AssignmentStep
    agent_id: Id | None
    queue: Name
    waited_s: float
    by: Id | None
    reason: Note | None
    config_version: str | None


class MomentBody(Part):
    """People were asked for the work, or nobody could take it and it was put in line: `at`, by the
    configuration of that version. `agent_id` is who was offered it. `ring` is which of the queue's rings of
    people was asked, `needs` what it asked for. Where there are no candidates, `not_known` says why.
    `more_people` were judged and are not shown."""

    at: datetime
    seq: int
    step: AssignmentStep
    agent_id: Id | None
    queue: Name
    ring: str
    needs: str
    waited_s: float
    priority_min: int
    by: Id | None
    reason: Note | None
    config_version: str
    not_known: str | None
    candidates: tuple[CandidateBody, ...]
    more_people: int


class ExplanationBody(Part):
    """`why` is the rule that chose the queue; `reason` why a person is needed at all. `candidates` are
    judged as of `at`, by the configuration in use now; they are absent where the work is over. `moments`
    are each judged as of their own time; `moments_left_out` are earlier ones."""

    inquiry_id: Id
    at: datetime
    state: str
    queue: Name
    needs: str
    why: str
    reason: str
    config_version: str
    candidates: tuple[CandidateBody, ...]
    more_people: int
    steps: tuple[StepBody, ...]
    moments: tuple[MomentBody, ...]
    moments_left_out: int


class ExplainApi:
    """Reads only."""

    def __init__(self, explaining: Explaining) -> None:
        self._explaining = explaining

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", responses=PROBLEMS, tags=["estimates"])
        router.add_api_route("/inquiries/{inquiry_id}/explanation", self.explain, methods=["GET"])
        return router

    async def explain(self, inquiry_id: Inquiry, past: bool = True) -> ExplanationBody:
        """Why an inquiry is where it is. For each moment at which it was offered or put in line, and for
        now: why each person had it, could have had it, or not, as of then. `past=false` needs no Kafka and
        tells of now only."""
        return body_of(await self._explaining.explained(inquiry_id, past=past))


def body_of(found: Explanation) -> ExplanationBody:
    """The command line prints the same."""
    shown, more = _people(found.candidates)
    return ExplanationBody(
        inquiry_id=found.work.inquiry_id,
        at=_moment(found.at_ms),
        state=found.work.state,
        queue=found.work.queue,
        needs=found.needs,
        why=found.why,
        reason=found.reason,
        config_version=found.config_version,
        candidates=shown,
        more_people=more,
        steps=tuple(_step(at_ms, step) for at_ms, step in found.steps),
        moments=tuple(map(_moment_body, found.moments)),
        moments_left_out=found.left_out,
    )


def _step(at_ms: int, step: Assignment) -> StepBody:
    return StepBody(
        at=_moment(at_ms),
        seq=step.seq,
        step=step.step,
        agent_id=step.agent_id,
        queue=step.queue,
        waited_s=step.waited_ms / 1000,
        by=step.by,
        reason=step.reason,
        config_version=step.config_version,
    )


def _moment_body(moment: Moment) -> MomentBody:
    shown, more = _people(moment.candidates)
    return MomentBody(
        at=_moment(moment.at_ms),
        seq=moment.seq,
        step=moment.step,
        agent_id=moment.agent_id,
        queue=moment.queue,
        ring=moment.ring,
        needs=moment.needs,
        waited_s=moment.waited_ms / 1000,
        priority_min=moment.priority_min,
        by=moment.by,
        reason=moment.reason,
        config_version=moment.config_version,
        not_known=moment.not_known,
        candidates=shown,
        more_people=more,
    )


def _people(candidates: Sequence[Candidate]) -> tuple[tuple[CandidateBody, ...], int]:
    shown = tuple(
        CandidateBody(agent_id=each.agent_id, has_it=each.has_it, could=each.could, why=each.why)
        for each in candidates[:PEOPLE_MAX]
    )
    return shown, len(candidates) - len(shown)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
