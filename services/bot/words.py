"""A step of the bot in the words of a language model, where one is configured.

Whatever the model does costs its words only: the step stays what it was. Nothing is asked where a
customer wants or needs a person, so that nothing comes between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.bot.rules import Answer, HandOver, to_word, with_wording
from services.bot.texts import Texts
from services.language_model.masking import with_known
from services.language_model.model import LanguageModel, Said
from services.runtime.errors import fault
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger
from warmline.events.decision import Decision
from warmline.events.model_call import ModelCall
from warmline.events.work import Inferred

AT_ONCE = frozenset({"explicit_wish", "risk"})
"""Reasons for a handover that waits for nothing."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """Conversations of `summary_from` messages and more are summarised. `desk_language`: what wishes
    are translated into; None: they are not. Proposals to people are worded; with `answers` what goes to
    customers is as well, by the strict check of what nobody reads first."""

    model: LanguageModel
    texts: Mapping[str, Texts]
    summary_from: int
    desk_language: str | None
    answers: bool

    async def of(
        self, decision: Decision, step: Answer | HandOver, at: datetime
    ) -> tuple[Answer | HandOver, list[ModelCall]]:
        """All that is asked for is asked at once: the step waits for one time-out at most. Raises the
        Redis client's errors."""
        decision = with_known(decision, step.brief.facts)
        asked = await asyncio.gather(
            self._wording(decision, step, at),
            self._summary(decision, step, at),
            self._translation(decision, step, at),
            return_exceptions=True,
        )
        wording, summary, translation = (_said(decision, one) for one in asked)
        if wording.text is not None:
            step = with_wording(step, wording.text, self.texts)
        if isinstance(step, HandOver):
            news = {
                "summary": _inferred(summary, self._summary_language(decision)),
                "wish_translated": _inferred(translation, self.desk_language),
            }
            step = replace(step, brief=step.brief.model_copy(update=news))
        calls = [said.call for said in (wording, summary, translation) if said.call is not None]
        return step, calls

    async def _wording(self, decision: Decision, step: Answer | HandOver, at: datetime) -> Said:
        source = to_word(step)
        unread = isinstance(step, Answer)
        if source is None or (unread and not self.answers):
            return Said()
        return await self.model.word(decision, source, "customer" if unread else "person", at)

    async def _summary(self, decision: Decision, step: Answer | HandOver, at: datetime) -> Said:
        turns = step.brief.said
        if not _may_wait(step) or len(turns) < self.summary_from:
            return Said()
        return await self.model.summarise(decision, turns, self._summary_language(decision), at)

    async def _translation(self, decision: Decision, step: Answer | HandOver, at: datetime) -> Said:
        if not _may_wait(step) or self.desk_language is None:
            return Said()
        return await self.model.translate(decision, step.brief.wish, self.desk_language, at)

    def _summary_language(self, decision: Decision) -> str:
        return self.desk_language or decision.language


def _may_wait(step: Answer | HandOver) -> bool:
    return isinstance(step, HandOver) and step.reason not in AT_ONCE


def _inferred(said: Said, language: str | None) -> Inferred | None:
    if said.text is None or language is None:
        return None
    return Inferred(text=said.text, language=language)


def _said(decision: Decision, asked: Said | BaseException) -> Said:
    if isinstance(asked, Said):
        return asked
    if not isinstance(asked, Exception) or is_passing(asked):
        raise asked
    inquiry_id = decision.inquiry.inquiry_id
    log.error("nothing of the model's after a fault", inquiry_id=inquiry_id, **fault(asked))
    return Said()
