"""How an inquiry ends, from what is known of its conversation. Pure.

An inquiry that the bot answered ends at the first of four moments: the customer says that it
helped (confirmed), leaves (assumed), has said nothing for `assume_after_ms` (assumed), or it went
to people. With people it ends when they complete the work (handed off) or the customer gives up
waiting (abandoned), as does what the bot was asking about when they left. The moments are those of
the events, not of their reading, so the order of reading does not matter; and nothing is concluded
until the conversation has been quiet for `settle_ms`, so that news on other topics which is already
under way is heard first.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Literal, NamedTuple

from services.quality.lives import CLOSED_KEPT, Conversation, End, Life, Said
from warmline.events.quality import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True)
class Timing:
    """`lease_ms`: how long whoever concluded an outcome has to publish it before it is published
    again."""

    assume_after_ms: int
    settle_ms: int
    lease_ms: int = 30_000


class Ending(NamedTuple):
    """How an inquiry ended or, if nothing else is heard, will end; `ready_ms`: when to conclude
    it."""

    ready_ms: int
    at_ms: int
    kind: OutcomeKind
    by: Literal["bot", "person", "nobody"]
    end: End | None


def conclude(
    conversation_id: str, conversation: Conversation, now_ms: int, timing: Timing
) -> Conversation:
    """The record with the outcome of every inquiry that has ended by `now_ms`, to be published now.
    An outcome that stands already is never changed."""
    lives = dict(conversation.lives)
    for inquiry_id, life in conversation.lives.items():
        if life.outcome is not None:
            lives[inquiry_id] = life.model_copy(update={"concluded_ms": now_ms})
    for inquiry_id in _open(conversation):
        ending = ending_of(conversation, inquiry_id, timing)
        if ending is not None and ending.ready_ms <= now_ms:
            news = {
                "outcome": _outcome(conversation_id, conversation, inquiry_id, ending),
                "ended_ms": ending.at_ms,
                "concluded_ms": now_ms,
            }
            lives[inquiry_id] = lives[inquiry_id].model_copy(update=news)
    return conversation.model_copy(update={"lives": lives})


def close(conversation: Conversation, inquiry_ids: Set[str]) -> Conversation:
    """The record after these outcomes were published."""
    published = {"outcome": None, "closed": True}
    lives = {
        inquiry_id: life.model_copy(update=published) if inquiry_id in inquiry_ids else life
        for inquiry_id, life in conversation.lives.items()
    }
    closed = [inquiry_id for inquiry_id, life in lives.items() if life.closed]
    for inquiry_id in closed[:-CLOSED_KEPT]:
        del lives[inquiry_id]
    return conversation.model_copy(update={"lives": lives})


def next_look_ms(conversation: Conversation, timing: Timing) -> int | None:
    """When something is to be concluded or published; None: not before further news."""
    looks = [
        life.concluded_ms + timing.lease_ms
        for life in conversation.lives.values()
        if life.outcome is not None
    ]
    endings = (ending_of(conversation, inquiry_id, timing) for inquiry_id in _open(conversation))
    looks += [ending.ready_ms for ending in endings if ending is not None]
    return min(looks, default=None)


def is_open(conversation: Conversation) -> bool:
    """Whether an inquiry that was decided upon has not ended: such a record must not expire."""
    return any(life.asked is not None and not life.closed for life in conversation.lives.values())


def ending_of(conversation: Conversation, inquiry_id: str, timing: Timing) -> Ending | None:
    """None while nothing known so far will end the inquiry."""
    life = conversation.lives[inquiry_id]
    people_ms = with_people_ms(conversation, inquiry_id)
    told = _by_customer(conversation, inquiry_id, timing)
    left_ms = left_the_question_ms(conversation, inquiry_id)
    others = [ms for ms in (people_ms, told[0] if told is not None else None) if ms is not None]
    if left_ms is not None and all(left_ms <= ms for ms in others):
        ready_ms = _ready_ms(conversation, life, left_ms, timing)
        return Ending(ready_ms, left_ms, "abandoned", "nobody", None)
    if told is not None and (people_ms is None or told[0] < people_ms):
        at_ms, kind = told
        return Ending(_ready_ms(conversation, life, at_ms, timing), at_ms, kind, "bot", None)
    end = _end_by_people(conversation, life, people_ms)
    if end is None:
        return None
    by: Literal["person", "nobody"] = "person" if end.kind == "handed_off" else "nobody"
    ready_ms = _ready_ms(conversation, life, end.at_ms, timing)
    return Ending(ready_ms, end.at_ms, end.kind, by, end)


def _open(conversation: Conversation) -> Iterator[str]:
    for inquiry_id, life in conversation.lives.items():
        if life.outcome is None and not life.closed:
            yield inquiry_id


def _ready_ms(conversation: Conversation, life: Life, at_ms: int, timing: Timing) -> int:
    """Without its decision an inquiry's topic is unknown, so that is waited for much longer."""
    quiet_ms = timing.settle_ms if life.asked is not None else timing.assume_after_ms
    return max(at_ms, conversation.changed_ms + quiet_ms)


def _by_customer(
    conversation: Conversation, inquiry_id: str, timing: Timing
) -> tuple[int, OutcomeKind] | None:
    """The first of: helped, left, silent for long enough; None while the bot has not answered. Thanks are
    over as they come."""
    thanked_ms = conversation.lives[inquiry_id].thanked_ms
    if thanked_ms is not None:
        return thanked_ms, "confirmed"
    answered_ms = bot_answered_ms(conversation, inquiry_id)
    if answered_ms is None:
        return None
    moments: list[tuple[int, OutcomeKind]] = [(answered_ms + timing.assume_after_ms, "assumed")]
    for said in heard(conversation, inquiry_id):
        if said.kind == "helped":
            moments.append((max(said.at_ms, answered_ms), "confirmed"))
        elif said.kind == "left":
            moments.append((max(said.at_ms, answered_ms), "assumed"))
    return min(moments, key=lambda moment: (moment[0], moment[1] != "confirmed"))


def bot_answered_ms(conversation: Conversation, inquiry_id: str) -> int | None:
    """When the bot answered it; or what the customer had asked a moment before, and asked again on the same
    matter before the answer came: the one answer is the answer to both."""
    life = conversation.lives[inquiry_id]
    if life.bot_answer_ms is not None or life.continues is None or life.work_ms is not None:
        return life.bot_answer_ms
    matter_ms = conversation.life(life.continues).bot_answer_ms
    if matter_ms is None or life.asked is None or matter_ms < life.asked.received_ms:
        return None
    return matter_ms


def left_the_question_ms(conversation: Conversation, inquiry_id: str) -> int | None:
    """When the customer left what the bot was asking, or about to ask, on this inquiry's matter."""
    life = conversation.lives[inquiry_id]
    matter = life.continues or inquiry_id
    asked_ms = [
        other.bot_asked_ms
        for id_, other in conversation.lives.items()
        if matter in (id_, other.continues) and other.bot_asked_ms is not None
    ]
    if not asked_ms or life.asked is None:
        return None
    written_ms = life.asked.received_ms
    left = [said.at_ms for said in conversation.said if said.kind == "left"]
    return min((max(at_ms, min(asked_ms)) for at_ms in left if at_ms >= written_ms), default=None)


def with_people_ms(conversation: Conversation, inquiry_id: str) -> int | None:
    """Since when people have it: by its own decision or handover, because the customer said so, or
    because a further message on the same matter went to people: one that continues it, or, for the
    answer to a question of the bot, the matter itself or another such answer."""
    life = conversation.lives[inquiry_id]
    moments = [life.work_ms, life.end.at_ms if life.end is not None else None]
    moments += [
        said.at_ms
        for said in heard(conversation, inquiry_id)
        if said.kind in ("not_helped", "wants_person")
    ]
    moments += [
        other.work_ms for other in conversation.lives.values() if other.continues == inquiry_id
    ]
    if life.work_ms is None and life.continues is not None and life.asked is not None:
        moments += [
            max(other.work_ms, life.asked.received_ms)
            for other_id, other in conversation.lives.items()
            if life.continues in (other_id, other.continues) and other.work_ms is not None
        ]
    return min((moment for moment in moments if moment is not None), default=None)


def _end_by_people(conversation: Conversation, life: Life, people_ms: int | None) -> End | None:
    """The end of its own work. Until it has work of its own, the next end of any work of the
    conversation is its end too: a conversation has one piece of open work at a time."""
    ends = [life.end] if life.end is not None else []
    if people_ms is not None:
        ends += [
            other.end
            for other in conversation.lives.values()
            if other.end is not None
            and other.end.at_ms >= people_ms
            and (life.work_ms is None or other.end.at_ms < life.work_ms)
        ]
    return min(ends, key=lambda end: (end.at_ms, end.kind, end.lead), default=None)


def heard(conversation: Conversation, inquiry_id: str) -> Iterator[Said]:
    """What the customer said of this inquiry, in the order of time."""
    for said in conversation.said:
        if (said.inquiry_id or _newest(conversation, said.at_ms)) == inquiry_id:
            yield said


def _newest(conversation: Conversation, at_ms: int) -> str | None:
    """The newest inquiry at that moment; the first of all where the clocks disagree."""
    received = sorted(
        (life.asked.received_ms, inquiry_id)
        for inquiry_id, life in conversation.lives.items()
        if life.asked is not None
    )
    before = [inquiry_id for received_ms, inquiry_id in received if received_ms <= at_ms]
    if before:
        return before[-1]
    return received[0][1] if received else None


def _outcome(
    conversation_id: str, conversation: Conversation, inquiry_id: str, ending: Ending
) -> Outcome:
    asked = conversation.lives[inquiry_id].asked
    return Outcome(
        inquiry_id=inquiry_id,
        conversation_id=conversation_id,
        kind=ending.kind,
        by=ending.by,
        topic=asked.topic if asked else None,
        language=asked.language if asked else "und",
        channel=asked.channel if asked else None,
        agent_id=ending.end.agent_id if ending.end and ending.by == "person" else None,
        first_answer_ms=_first_answer_ms(conversation, inquiry_id, ending),
        arm=asked.arm if asked else None,
    )


def _first_answer_ms(conversation: Conversation, inquiry_id: str, ending: Ending) -> int | None:
    """From the inquiry to the first answer; where people ended several inquiries at once, their
    answer stands on the one that the work was filed under."""
    life = conversation.lives[inquiry_id]
    if life.asked is None:
        return None
    received_ms = life.asked.received_ms
    answers = [bot_answered_ms(conversation, inquiry_id), life.person_answer_ms]
    if ending.end is not None:
        lead_ms = conversation.life(ending.end.lead).person_answer_ms
        answers.append(lead_ms if lead_ms is not None and lead_ms >= received_ms else None)
    first = min((answer for answer in answers if answer is not None), default=None)
    return max(0, first - received_ms) if first is not None else None
