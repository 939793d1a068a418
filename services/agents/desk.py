"""What a person sees: their offers and open work, with the messages, the briefs and the history."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.agents.because import because
from services.agents.bodies import DeskBody, MessageBody, WorkBody
from services.agents.config import DeskLanguage
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rules import Rules
from services.agents.wake import Wake
from services.agents.work import Details, Work
from services.runtime.clock import Clock, millis
from services.runtime.conversations import Conversations


@dataclass(frozen=True)
class DeskView:
    """Reads only."""

    records: Records
    conversations: Conversations
    wake: Wake
    clock: Clock
    rules: Rules

    async def of(self, agent_id: str, *, wait_s: float, since: int | None) -> DeskBody:
        """At once if there is something new: since version `since`, or an offer where none is
        given. Otherwise when there is, or after `wait_s`. Raises ConflictError for who is not
        signed in."""
        deadline = time.monotonic() + wait_s
        while True:
            picture = await self.records.desk_of(agent_id)
            if picture is None:
                raise refuse("not_signed_in")
            person, held = picture
            new = "offered" in person.held.values() if since is None else person.version != since
            left_s = deadline - time.monotonic()
            if new or left_s <= 0:
                break
            await self.wake.change_of(agent_id, left_s)
        shown = await self._shown(held, person.now_ms)
        return DeskBody(
            agent_id=agent_id,
            presence=person.presence,
            reason=person.reason,
            silent=person.silent,
            drained=person.drained,
            capacity=person.capacity,
            version=person.version,
            offers=tuple(work for work in shown if work.state == "offered"),
            work=tuple(work for work in shown if work.state != "offered"),
        )

    async def inquiry(self, inquiry_id: str) -> WorkBody:
        """Raises NotFoundError where no human work is known for it."""
        work = await self.records.work(inquiry_id)
        if work is None:
            raise refuse("no_inquiry")
        (shown,) = await self.shown([work])
        return shown

    async def shown(self, works: Sequence[Work]) -> tuple[WorkBody, ...]:
        """With all that a person reads of them."""
        return tuple(await self._shown(works, millis(self.clock())))

    async def _shown(self, works: Sequence[Work], now_ms: int) -> list[WorkBody]:
        if not works:
            return []
        talks = await self.conversations.read([work.conversation_id for work in works])
        details = await self.records.details([each for work in works for each in work.members])
        by_id = {each.inquiry.inquiry_id: each for each in details}
        language = self.rules.configuration.desk.language
        return [
            WorkBody(
                inquiry_id=work.inquiry_id,
                conversation_id=work.conversation_id,
                state=work.state,
                epoch=work.epoch,
                queue=work.queue,
                topic=work.topic,
                language=work.language,
                priority_min=work.priority_min,
                waited_s=max(0, (work.taken_ms or now_ms) - work.arrival_ms) / 1000,
                agent_id=work.agent_id,
                seconds_left=_seconds_left(work, now_ms),
                promised_at=_promised_at(work),
                note=work.note,
                members=work.members,
                messages=tuple(
                    _message(by_id[each], language) for each in work.members if each in by_id
                ),
                history=talk.turns,
            )
            for work, talk in zip(works, talks, strict=True)
        ]


def _seconds_left(work: Work, now_ms: int) -> float | None:
    return None if work.until_ms is None else max(0, work.until_ms - now_ms) / 1000


def _promised_at(work: Work) -> str | None:
    if work.promised_ms is None:
        return None
    return datetime.fromtimestamp(work.promised_ms / 1000, UTC).isoformat()


def _message(details: Details, language: DeskLanguage) -> MessageBody:
    inquiry = details.inquiry
    return MessageBody(
        inquiry_id=inquiry.inquiry_id,
        customer_id=inquiry.customer_id,
        channel=inquiry.channel,
        text=inquiry.text,
        attributes=dict(inquiry.attributes),
        received_at=details.received_at.isoformat(),
        reason=details.reason,
        because=because(details.reason, language),
        why=details.why,
        brief=details.brief,
    )
