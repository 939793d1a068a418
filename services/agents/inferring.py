"""What a language model makes of a conversation for the person who has it: a summary, and the wish in the
desk's language. Asked for only when somebody looks, so that no offer waits for it.

What the bot has brought with its brief is not asked for again. Each call's cost goes through the outbox to
`model.calls`; a process that dies between the call and the outbox lets the next reader write it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from services.agents.bodies import InferredBody
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rules import Rules
from services.agents.work import Details
from services.language_model.masking import with_known
from services.runtime.clock import Clock, millis
from services.runtime.conversations import TTL_MS, Conversations
from services.runtime.keys import Keys
from warmline.events.decision import Decision
from warmline.events.model_call import ModelCall
from warmline.events.work import Inferred

if TYPE_CHECKING:  # needs the extra `model`
    from services.language_model.model import LanguageModel, Said


@dataclass(frozen=True)
class Inferring:
    """`model` None: there is nothing but what the bot has brought."""

    records: Records
    conversations: Conversations
    client: Redis
    keys: Keys
    rules: Rules
    model: LanguageModel | None
    summary_from: int
    clock: Clock

    async def of(self, inquiry_id: str) -> InferredBody:
        """For the work that an inquiry is part of. Raises NotFoundError where none is known."""
        work = await self.records.work(inquiry_id)
        if work is None:
            raise refuse("no_inquiry")
        messages = await self.records.details(work.members)
        summary = next((one for each in messages if (one := each.brief.summary)), None)
        wish = next((one for each in messages if (one := each.brief.wish_translated)), None)
        if self.model is None or not messages or (summary is not None and wish is not None):
            return InferredBody(summary=summary, wish_translated=wish)
        [recorded] = await self.conversations.recorded([messages[-1].inquiry.inquiry_id])
        if recorded is None:
            return InferredBody(summary=summary, wish_translated=wish)
        facts = [fact for each in messages for fact in each.brief.facts]
        decision = with_known(Decision.model_validate_json(recorded), facts)
        found = await self._asked(self.model, decision, messages[-1], summary, wish)
        return InferredBody(summary=found[0], wish_translated=found[1])

    async def _asked(
        self,
        model: LanguageModel,
        decision: Decision,
        message: Details,
        summary: Inferred | None,
        wish: Inferred | None,
    ) -> tuple[Inferred | None, Inferred | None]:
        """Both at once: whoever looks waits for one time-out at most."""
        language, at = self.rules.configuration.desk.language, self.clock()
        turns = message.brief.said
        asked = []
        if summary is None and len(turns) >= self.summary_from:
            asked.append(model.summarise(decision, turns, language, at))
        if wish is None:
            asked.append(model.translate(decision, message.brief.wish, language, at))
        for said in await asyncio.gather(*asked):
            if said.call is None:
                continue
            await self._put_on_the_ledger(said.call, at)
            if said.call.purpose == "summary":
                summary = _inferred(said, language)
            else:
                wish = _inferred(said, language)
        return summary, wish

    async def _put_on_the_ledger(self, call: ModelCall, at: datetime) -> None:
        kind = "estimate" if call.estimated else "model"
        told = self.keys.seen(f"{kind}/{call.call_id}")
        if await self.client.get(told) is None:
            entry = {"model_call": call.model_dump_json(), "at_ms": str(millis(at))}
            await self.client.xadd(self.keys.outbox(), entry)  # type: ignore[arg-type]
            await self.client.set(told, "1", px=TTL_MS)


def _inferred(said: Said, language: str) -> Inferred | None:
    return Inferred(text=said.text, language=language) if said.text is not None else None
