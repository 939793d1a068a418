"""The moments of an inquiry at which people were asked, or it was put in line because nobody could: who was
there then, and why each was chosen or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.agents.explain import Asked, Candidate, Rank, candidates, in_order, rank
from services.agents.lives import LEADS_TO
from services.agents.past import Past, Told
from services.agents.rings import WorkClass
from services.agents.rules import Rules
from services.agents.there import There, told_within_ms
from warmline.events.work import Assignment, AssignmentStep

FIRST_RING = "ring 1"


@dataclass(frozen=True, slots=True)
class Moment:
    """`step` and `seq` are the step of the inquiry that it is about. `agent_id` is who was offered the
    work, None where it was put in line. The candidates are as of `at_ms`; there are none where `not_known`
    says why."""

    at_ms: int
    seq: int
    step: AssignmentStep
    queue: str
    ring: str
    needs: str
    agent_id: str | None
    by: str | None
    reason: str | None
    waited_ms: int
    priority_min: int
    config_version: str
    not_known: str | None = None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to judge by: `rules` by version, `classes` by id. Of people everything is known from
    `people_from_ms` on (None: nothing); where `people_whole`, of earlier times nothing has been dropped."""

    rules: Mapping[str, Rules]
    classes: Mapping[str, WorkClass]
    people_from_ms: int | None
    people_whole: bool

    def lacks(self, step: Assignment, at_ms: int) -> str | None:
        """Why nobody can be judged for a step; None where they can."""
        if step.desk_order is None or step.work_class is None:
            return "an older version of Warmline wrote this step, without what it asked for"
        version = step.config_version or ""
        if version not in self.rules:
            return f"the configuration {version} is not known any more: nobody can be judged by it"
        if step.work_class not in self.classes:
            return f"what it asked for (class {step.work_class}) is not known any more"
        within_ms = told_within_ms(self.rules[version].configuration)
        needed_ms = at_ms if self.people_whole else at_ms - within_ms
        if self.people_from_ms is None or needed_ms < self.people_from_ms:
            return "who was at the desk then was not published, or is not kept any more"
        return None


Asking = tuple[int, Assignment, str]
"""When, the step, and the ring of then."""


def askings(steps: Sequence[tuple[int, Assignment]]) -> Iterator[Asking]:
    """Of an inquiry's own steps, each with its time: those that are a moment. What happens in the same
    millisecond is one: an inquiry that comes and is offered at once was never in line."""
    ring, queue, asked_for = FIRST_RING, "", None
    for number, (at_ms, step) in enumerate(steps):
        if step.step == "widened":
            ring = step.reason or ring
        elif step.queue != queue or step.step == "enqueued":
            ring = FIRST_RING
        more_urgent = step.step == "joined" and step.work_class != asked_for
        queue, asked_for = step.queue, step.work_class
        goes_on = number + 1 < len(steps) and steps[number + 1][0] == at_ms
        in_line = LEADS_TO.get(step.step) == "waiting" or more_urgent
        if step.step == "offered" or (in_line and not goes_on):
            yield at_ms, step, ring


def judge(asked: Sequence[Asking], told: Iterable[Told], known: Known) -> list[Moment]:
    """`told` is what was published around these moments, in the order of the desk."""
    past = Past(known.rules)
    found: list[Moment] = []
    for each in told:
        while len(found) < len(asked) and _is_over(asked[len(found)], each):
            found.append(_judged(past, asked[len(found)], known))
        past.tell(each)
    return found + [_judged(past, each, known) for each in asked[len(found) :]]


def _is_over(asking: Asking, told: Told) -> bool:
    """Whether it must be judged before `told`: an offer just before it was made, the line once all that
    happened in that millisecond is done."""
    at_ms, step, _ = asking
    if step.step != "offered":
        return told.at_ms > at_ms
    what = told.what
    is_it = isinstance(what, Assignment) and (what.inquiry_id, what.seq) == (
        step.inquiry_id,
        step.seq,
    )
    return is_it or told.at_ms > at_ms


def _judged(past: Past, asking: Asking, known: Known) -> Moment:
    at_ms, step, ring = asking
    blank = Moment(
        at_ms=at_ms,
        seq=step.seq,
        step=step.step,
        queue=step.queue,
        ring=ring,
        needs="",
        agent_id=step.agent_id if step.step == "offered" else None,
        by=step.by,
        reason=step.reason,
        waited_ms=step.waited_ms,
        priority_min=step.priority_min,
        config_version=step.config_version or "",
    )
    lacks = known.lacks(step, at_ms)
    if lacks is not None:
        return replace(blank, not_known=lacks)
    rules = known.rules[blank.config_version]
    wanted = rules.served_as(known.classes[step.work_class or ""])
    asked = Asked(step.inquiry_id, wanted, "waiting", direct=step.direct)
    people = past.signed_in(at_ms, told_within_ms(rules.configuration))
    found = candidates(asked, people, rules, at_ms)
    if blank.agent_id is not None:
        found = in_order(list(_compared(found, blank, asked, people, rules)))
    return replace(blank, needs=wanted.needs, candidates=tuple(found))


def _compared(
    found: Sequence[Candidate],
    moment: Moment,
    asked: Asked,
    people: Mapping[str, There],
    rules: Rules,
) -> Iterator[Candidate]:
    """Who was offered it is told why, and who could have been why not."""
    ranks = {
        each.agent_id: rank(asked, people[each.agent_id], rules) for each in found if each.could
    }
    for each in found:
        if each.agent_id == moment.agent_id:
            yield replace(each, has_it=True, why=_why_chosen(each, moment, asked, ranks))
        elif each.could and moment.by is None:
            yield replace(
                each, why=(_why_not(each.agent_id, moment.agent_id or "", ranks), *each.why[1:])
            )
        else:
            yield each


def _why_not(agent_id: str, chosen: str, ranks: Mapping[str, tuple[Rank, str]]) -> str:
    mine, in_words = ranks[agent_id]
    if chosen in ranks and ranks[chosen][0] < mine:
        return f"could have had it, but {chosen} came first ({ranks[chosen][1]}): {in_words}"
    return f"could have had it ({in_words}), but {chosen} had just become free"


def _why_chosen(
    chosen: Candidate, moment: Moment, asked: Asked, ranks: Mapping[str, tuple[Rank, str]]
) -> tuple[str, ...]:
    if moment.by is not None:
        against = () if chosen.could else chosen.why
        return (f"by order of {moment.by}", *against)
    if not chosen.could:
        return (f"was offered it although: {'; '.join(chosen.why)}",)
    if asked.direct is not None:
        return ("it waited for them alone", *chosen.why[1:])
    if len(ranks) == 1:
        return ("nobody else could take it then", *chosen.why[1:])
    first = f"first of {len(ranks)} who could: {ranks[chosen.agent_id][1]}"
    return (first, *chosen.why[1:])
