"""Builds up again from Kafka what Redis has lost of a desk.

Redis may have lost everything (a wiped disk) or its last moments (append-only file by the second, a
fail-over). Whatever was published stands: accepted work stays with its person, what was on offer is offered
again under a new epoch, promises keep their moment, ended work is known as ended, and epochs only grow.
What came in and left no published step is taken in again. Work that Redis knows as well or better is not
touched, so a rebuild may run twice, and while the desk is at work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from services.agents.actions import transfer_class
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.history import History, decision_of
from services.agents.lives import Life
from services.agents.overflow import Overflow
from services.agents.restoring import LostWork, Outcome
from services.agents.rules import Stage, WorkClass
from services.agents.work import NewWork, required_of
from services.runtime.conversations import TTL_MS
from services.runtime.errors import ConflictError
from warmline.events.work import AgentCommand, SignIn

AT_ONCE = 100


@dataclass
class Rebuilt:
    """`works` were put back and how; `taken_in` are inquiries that came in and left no step;
    `without_text` are open and cannot be put back: their text is on no topic any more."""

    works: list[tuple[str, Outcome]] = field(default_factory=list)
    taken_in: list[str] = field(default_factory=list)
    without_text: list[str] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)


async def rebuild(
    pool: RedisPool, intake: Intake, history: History, now_ms: int, *, mend: bool
) -> Rebuilt:
    """Without `mend` nothing changes, and the answer is what would. `take_in` is what remains to do."""
    report = Rebuilt()
    lives = history.lives.works.values()
    over = [each for each in lives if not each.is_open and each.newest_ms >= now_ms - TTL_MS]
    for start in range(0, len(over), AT_ONCE):
        some = over[start : start + AT_ONCE]
        outcomes = await asyncio.gather(
            *(pool.restore(_ended(each, history), mend=mend) for each in some)
        )
        _note(report, some, outcomes)
    held_first = sorted(
        (each for each in lives if each.is_open),
        key=lambda life: (life.agent_id is None, life.arrival_ms),
    )
    for life in held_first:
        await _put_back(pool, intake, history, life, report, mend=mend)
    if mend:
        await pool.raise_epochs(history.lives.epochs)
    report.taken_in += [decision_of(event).inquiry.inquiry_id for event in history.lost]
    return report


async def take_in(intake: Intake, history: History) -> None:
    """What came in and left no step, once the rest is back: it may belong to that."""
    for event in history.lost:
        try:
            await intake.take(event)
        except ConflictError:
            continue  # a flood is refused as it was the first time


async def _put_back(
    pool: RedisPool,
    intake: Intake,
    history: History,
    life: Life,
    report: Rebuilt,
    *,
    mend: bool,
) -> None:
    lost = _open(pool, intake, history, life)
    if lost is None:
        if await pool.work(life.newest.inquiry_id) is None:
            report.without_text.append(life.newest.inquiry_id)
        return
    outcome = await pool.restore(lost, mend=False)
    if outcome == "known":
        return
    holder = life.agent_id
    if holder is not None and await _has_gone(pool, holder):
        outcome = "kept" if outcome == "waiting" else outcome
        report.signed_in.append(holder)
        if mend:
            again = AgentCommand(command_id=f"rebuild-{uuid4()}", agent_id=holder, action=SignIn())
            await pool.act(again)
    if mend:
        outcome = await pool.restore(lost, mend=True)
    _note(report, [life], [outcome])


async def _has_gone(pool: RedisPool, agent_id: str) -> bool:
    """Whether Redis has forgotten that they are signed in."""
    return agent_id in pool.rules.configuration.people and await pool.person(agent_id) is None


def _note(report: Rebuilt, lives: Sequence[Life], outcomes: Sequence[Outcome]) -> None:
    report.works += [
        (life.newest.inquiry_id, outcome)
        for life, outcome in zip(lives, outcomes, strict=True)
        if outcome != "known"
    ]


def _ended(life: Life, history: History) -> LostWork:
    conversation_id = life.newest.conversation_id
    return LostWork(
        life,
        WorkClass(life.newest.queue, life.newest.language),
        customer_id="",
        epoch=history.lives.epochs.get(conversation_id, 0),
        newest_arrival_ms=life.arrival_ms,
        causes=history.causes,
        last_person=history.lives.persons.get(conversation_id, ""),
    )


def _open(pool: RedisPool, intake: Intake, history: History, life: Life) -> LostWork | None:
    """None where nobody could read what it is about."""
    newest = life.newest
    members = newest.members or (newest.inquiry_id,)
    works = [
        intake.new(history.asked[member][-1], life.entered_ms)
        for member in members
        if member in history.asked
    ]
    if newest.inquiry_id not in history.asked:
        return None
    first = works[members.index(newest.inquiry_id)] if len(works) == len(members) else works[0]
    stays = newest.queue in {
        stage.work_class.queue for stage in first.placement.stages if stage.closing is None
    }
    stages = first.placement.stages if stays else _moved_to(pool, life, first, works)
    if life.place == "promised":  # then the people of the widest ring are asked
        stages = tuple(stage for stage in stages if not stage.is_overflow)[-1:]
    return LostWork(
        life,
        stages[0].work_class,
        customer_id=first.details.inquiry.customer_id,
        epoch=history.lives.epochs.get(newest.conversation_id, 0),
        newest_arrival_ms=max(work.arrival_ms for work in works),
        stages=stages,
        details=tuple(work.details for work in works),
        causes=history.causes,
        last_person=history.lives.persons.get(newest.conversation_id, ""),
    )


def _moved_to(
    pool: RedisPool, life: Life, first: NewWork, works: Sequence[NewWork]
) -> tuple[Stage, ...]:
    """Somebody gave it to that queue, or its own was full, closed or unstaffed."""
    required = required_of(work.details for work in works)
    language, channel = first.language, first.work_class.channel
    work = transfer_class(pool.rules, life.newest.queue, language, channel, required)
    return Overflow(pool.rules).moved(work, life.entered_ms, required)
