"""What happened more than once, or to two owners at the same time. Pure.

Deliveries may repeat, so everything here goes by event ids: the same id with the same content is the
same event. Each violation is a sentence that names the ids to look for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from tests.chaos.history import History, Written
from warmline.demo.lives import duplicates
from warmline.demo.tally import Tally
from warmline.events import Assignment, Reply
from warmline.events.envelope import event_id
from warmline.topics import ASSIGNMENTS

_ENDS_HOLD = frozenset({"completed", "requeued", "transferred"})


def violations(tally: Tally, history: History) -> list[str]:
    """Empty where everything happened at most once."""
    return [
        *_lives(tally),
        *_steps(history),
        *_holders(history),
        *_speakers(history),
        *_late_bot(history),
    ]


def _lives(tally: Tally) -> Iterator[str]:
    """One decision for each cause, one message of the bot and one outcome for each inquiry."""
    for inquiry_id, life in tally.lives.items():
        for _ in range(duplicates(inquiry_id, life)):
            caused = {event_id(cause, "decision") for cause in (inquiry_id, *life.feedback)}
            yield (
                f"{inquiry_id}: decisions {sorted(life.decisions)} (caused: {sorted(caused)}), "
                f"bot messages {sorted(life.bot_messages)}, "
                f"outcomes {[outcome.kind for outcome in life.outcomes.values()]}, "
                f"{life.contradictions} contents that differ under one id"
            )
        if life.asked is None:
            yield f"{inquiry_id}: was never published"
        if life.outcome is not None and life.dead is not None:
            yield f"{inquiry_id}: has an outcome and is a dead letter ({life.dead})"


def _steps(history: History) -> Iterator[str]:
    """The steps of an inquiry's human work are numbered from 1 without gaps, each number one
    content, in this order on the topic."""
    steps: dict[str, dict[int, Assignment]] = defaultdict(dict)
    for one in history.records:
        if one.topic != ASSIGNMENTS.name:
            continue
        step: Assignment = one.event.data
        known = steps[step.inquiry_id]
        if step.seq in known:
            if known[step.seq] != step:
                yield f"{step.inquiry_id}: two different steps {step.seq}"
        elif step.seq != len(known) + 1:
            yield f"{step.inquiry_id}: step {step.seq} follows step {len(known)}"
        known[step.seq] = step
    for inquiry_id, known in steps.items():
        epochs = [known[seq].epoch for seq in sorted(known)]
        if epochs != sorted(epochs):
            yield f"{inquiry_id}: the epoch falls: {epochs}"


def _holders(history: History) -> Iterator[str]:
    """In each conversation an epoch is accepted once, and nobody accepts what somebody holds."""
    for conversation_id, steps in _assignments(history).items():
        accepted: dict[int, Written] = {}
        holder: Assignment | None = None
        for one in steps:
            step: Assignment = one.event.data
            if step.step == "accepted":
                if step.epoch in accepted:
                    yield f"{conversation_id}: epoch {step.epoch} was accepted twice"
                if holder is not None:
                    yield (
                        f"{conversation_id}: {step.agent_id} accepted {step.inquiry_id} in epoch "
                        f"{step.epoch} while {holder.agent_id} held {holder.inquiry_id} in epoch "
                        f"{holder.epoch}"
                    )
                accepted[step.epoch] = one
                holder = step
            elif step.step in _ENDS_HOLD and holder and step.inquiry_id == holder.inquiry_id:
                holder = None


def _speakers(history: History) -> Iterator[str]:
    """In one epoch of a conversation only one owner speaks."""
    speakers: dict[tuple[str, int], set[tuple[str, str | None]]] = defaultdict(set)
    for one in history.records:
        match one.event.data:
            case Reply() as reply:
                speakers[reply.conversation_id, reply.epoch].add((reply.by, reply.agent_id))
    for (conversation_id, epoch), who in speakers.items():
        if len(who) > 1:
            yield f"{conversation_id}: in epoch {epoch} spoke {sorted(map(str, who))}"


def _late_bot(history: History) -> Iterator[str]:
    """The bot writes nothing once a person has accepted a later epoch."""
    accepted: dict[str, list[tuple[datetime, int]]] = {
        conversation_id: [
            (one.event.time, one.event.data.epoch)
            for one in steps
            if one.event.data.step == "accepted"
        ]
        for conversation_id, steps in _assignments(history).items()
    }
    for one in history.first_written():
        match one.event.data:
            case Reply(by="bot") as reply:
                for at, epoch in accepted.get(reply.conversation_id, ()):
                    if at < one.at and epoch > reply.epoch:
                        yield (
                            f"{reply.conversation_id}: the bot's {reply.kind} {reply.reply_id} of "
                            f"epoch {reply.epoch} was written at {one.at}, after a person had "
                            f"accepted epoch {epoch} at {at}"
                        )


def _assignments(history: History) -> dict[str, list[Written]]:
    """Each step once, by conversation, in the order in which they happened: the epoch grows with
    every change of the holder, and the number with every step."""
    found: dict[str, list[Written]] = defaultdict(list)
    for one in history.first_written():
        if one.topic == ASSIGNMENTS.name:
            found[one.event.data.conversation_id].append(one)
    for steps in found.values():
        steps.sort(key=lambda one: (one.event.time, one.event.data.epoch, one.event.data.seq))
    return found
