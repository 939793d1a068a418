"""The model as the bot sees it: a text that the guard has let through, or nothing, and never a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from prometheus_client import Counter, Histogram
from pydantic import BaseModel, ConfigDict

from services.intake.facts.found import conventions_of
from services.language_model import briefing, wording
from services.language_model.calls import Calls
from services.language_model.endpoint import Completion, Endpoint, EndpointError, Message
from services.language_model.guard.rules import Rejection
from services.language_model.languages import speaks
from services.language_model.masking import Mask
from services.language_model.source import Source
from services.language_model.usage import Usage, at_most
from services.runtime.breaker import Breaker
from services.runtime.errors import fault
from services.runtime.telemetry import get_logger
from warmline.events import Decision, ModelCall, Turn
from warmline.events.envelope import event_id
from warmline.events.model_call import CallPurpose, CallResult

CALLS = Counter(
    "warmline_model_calls_total", "What became of calls of the model.", ["result", "reason"]
)
CALL_S = Histogram("warmline_model_call_seconds", "Until the model answered, or did not.")

_MILLION = 1_000_000

INTERRUPTED = "interrupted"
"""Why there is nothing where the process died during the call: it may have been paid for."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in and out."""

    tokens_in: Decimal
    tokens_out: Decimal
    currency: str

    def of(self, usage: Usage) -> Decimal:
        return (self.tokens_in * usage.tokens_in + self.tokens_out * usage.tokens_out) / _MILLION


class Said(BaseModel):
    """`text` None: there is nothing of the model's to use. `call` None: it was not asked, at no cost."""

    model_config = ConfigDict(frozen=True)

    text: str | None = None
    call: ModelCall | None = None


class _Task(NamedTuple):
    purpose: CallPurpose
    messages: list[Message]
    answer: type[BaseModel]
    judge: Callable[[str], str | Rejection]
    reader: wording.Reader | None = None
    """Of a wording: what was judged for one reader is never given to another."""

    @property
    def name(self) -> str:
        return self.purpose if self.reader is None else f"{self.purpose}-for-{self.reader}"


class LanguageModel:
    """Raises only the Redis client's errors; what the endpoint does wrong costs its wording."""

    def __init__(self, endpoint: Endpoint, calls: Calls, price: Price, breaker: Breaker) -> None:
        self._endpoint = endpoint
        self._calls = calls
        self._price = price
        self._breaker = breaker

    async def word(
        self, decision: Decision, source: Source, reader: wording.Reader, at: datetime
    ) -> Said:
        """Another wording of the article, judged for who reads it first."""
        if not speaks(source.language):
            return Said()
        mask = _mask(decision)
        messages = wording.request(source, decision.inquiry.text, mask, reader)

        def judge(said: str) -> str | Rejection:
            return wording.judge(said, source, mask, reader)

        task = _Task("wording", messages, wording.Worded, judge, reader)
        return await self._once(decision, task, at)

    async def summarise(
        self, decision: Decision, turns: Sequence[Turn], language: str, at: datetime
    ) -> Said:
        """The conversation in a few sentences, for the person who takes over."""
        if not speaks(language):
            return Said()
        mask = _mask(decision)
        messages = briefing.summary_request(turns, language, mask)

        def judge(said: str) -> str | Rejection:
            return briefing.judge_summary(said, turns, language, mask)

        return await self._once(decision, _Task("summary", messages, briefing.Written, judge), at)

    async def translate(self, decision: Decision, line: str, language: str, at: datetime) -> Said:
        """A line of the customer's in the desk's language."""
        spoken = decision.language
        if spoken == language or not (speaks(spoken) and speaks(language)):
            return Said()
        mask = _mask(decision)
        messages = briefing.translation_request(line, language, mask)

        def judge(said: str) -> str | Rejection:
            return briefing.judge_translation(said, line, spoken, language, mask)

        return await self._once(
            decision, _Task("translation", messages, briefing.Written, judge), at
        )

    async def _once(self, decision: Decision, task: _Task, at: datetime) -> Said:
        inquiry = decision.inquiry
        call_id = event_id(inquiry.inquiry_id, f"model-{task.name}")
        most = at_most(message.content for message in task.messages)

        def call(result: CallResult, reason: str | None, usage: Usage) -> ModelCall:
            return self._call(decision, call_id, task.purpose, result, reason, usage)

        lost = Said(call=call("failed", INTERRUPTED, most))
        begun = await self._begin(call_id, inquiry.conversation_id, most, lost, at)
        if begun is not None:
            return begun
        said, usage = await self._ask(task, call)
        record, unused = said.model_dump_json(), most.tokens - usage.tokens
        await self._calls.end(call_id, inquiry.conversation_id, record, unused, at)
        return said

    async def aclose(self) -> None:
        await self._endpoint.aclose()

    async def _begin(
        self, call_id: str, conversation_id: str, most: Usage, lost: Said, at: datetime
    ) -> Said | None:
        """None: ask now."""
        begun = await self._calls.begin(
            call_id, conversation_id, most.tokens, lost.model_dump_json(), at
        )
        if begun.verdict == "known":
            return Said.model_validate_json(begun.record) if begun.record else Said()
        if begun.verdict == "spent":
            CALLS.labels("skipped", "budget").inc()
            return Said()
        return None

    async def _ask(
        self, task: _Task, call: Callable[[CallResult, str | None, Usage], ModelCall]
    ) -> tuple[Said, Usage]:
        """What came of it, and what it has taken."""
        if not self._breaker.allows():
            CALLS.labels("failed", "breaker").inc()
            return Said(), Usage()
        answer = await self._completion(task)
        if isinstance(answer, EndpointError):
            CALLS.labels("failed", str(answer)).inc()
            return Said(call=call("failed", str(answer), answer.usage)), answer.usage
        judged = await self._judged(task, answer.content)
        if isinstance(judged, Rejection):
            CALLS.labels("rejected", judged.reason).inc()
            return Said(call=call("rejected", judged.reason, answer.usage)), answer.usage
        CALLS.labels("used", "").inc()
        return Said(text=judged, call=call("used", None, answer.usage)), answer.usage

    async def _judged(self, task: _Task, content: str) -> str | Rejection:
        """Beside the event loop: a long conversation must not hold up the others. A fault of the guard costs
        the wording; what was paid for it stays on the ledger."""
        try:
            return await asyncio.to_thread(task.judge, content)
        except Exception as error:
            log.error("the guard failed, so nothing of the model's is used", **fault(error))
            return Rejection("fault")

    async def _completion(self, task: _Task) -> Completion | EndpointError:
        started = time.monotonic()
        try:
            answer = await self._endpoint.complete(task.messages, task.answer)
        except EndpointError as error:
            self._breaker.failed()
            log.warning("the language model did not answer", why=str(error))
            return error
        finally:
            CALL_S.observe(time.monotonic() - started)
        self._breaker.worked()
        return answer

    def _call(
        self,
        decision: Decision,
        call_id: str,
        purpose: CallPurpose,
        result: CallResult,
        reason: str | None,
        usage: Usage,
    ) -> ModelCall:
        return ModelCall(
            call_id=call_id,
            inquiry_id=decision.inquiry.inquiry_id,
            conversation_id=decision.inquiry.conversation_id,
            topic=decision.topic,
            language=decision.language,
            model=self._endpoint.name,
            purpose=purpose,
            result=result,
            reason=reason,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            estimated=usage.estimated,
            cost=self._price.of(usage),
            currency=self._price.currency,
        )


def _mask(decision: Decision) -> Mask:
    inquiry = decision.inquiry
    conventions = conventions_of(decision.language, inquiry.locale, inquiry.market)
    return Mask({**inquiry.attributes, "customer_id": inquiry.customer_id}, conventions)
