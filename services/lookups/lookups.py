"""What a company's systems know of an inquiry, asked once and kept, so that a redelivery finds the same.

A system that fails costs its facts and, once, its time-out: the breaker leaves it alone afterwards. Neither a
value nor an address is logged.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from prometheus_client import Counter, Histogram
from pydantic import TypeAdapter
from redis.asyncio import Redis

from services.intake.facts.found import Conventions
from services.lookups.asking import address
from services.lookups.configuration import CUSTOMER, Lookup, Source
from services.lookups.fetching import Fetching, NoAnswerError
from services.lookups.reading import NotJsonError, read_answer
from services.runtime.breaker import Breaker
from services.runtime.keys import Keys
from services.runtime.telemetry import get_logger
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact
from warmline.events.work import LookupResult

TTL_MS = 24 * 60 * 60 * 1000

LOOKUPS = Counter("warmline_lookups_total", "Look-ups in other systems.", ["lookup", "result"])
DROPPED = Counter(
    "warmline_lookup_facts_dropped_total",
    "Fields of answers that are no fact.",
    ["lookup", "fact", "why"],
)
LOOKUP_S = Histogram("warmline_lookup_seconds", "Until a system answered, or did not.", ["lookup"])


class Found(NamedTuple):
    """Facts by name in their normal form, and what each system that was asked made of the question."""

    facts: dict[str, str]
    results: dict[str, LookupResult]


NOTHING = Found({}, {})
_FOUND = TypeAdapter(Found)

log = get_logger(__name__)


class Lookups:
    """Raises the Redis client's errors, and nothing for what another system does."""

    def __init__(self, source: Source, client: Redis, keys: Keys) -> None:
        self._source = source
        self._client = client
        self._keys = keys
        self._fetching = Fetching()
        self._breakers = {name: Breaker() for name in source.lookups.lookups}

    async def facts(
        self, decision: Decision, said: Sequence[Fact], conventions: Conventions
    ) -> Found:
        """Empty where nothing is configured for the topic. `said` is what the customer wrote; what the
        platform says of the inquiry counts more. All systems are asked at once."""
        lookups = self._source.lookups.of(decision.topic)
        if not lookups:
            return NOTHING
        key = self._keys.lookups(decision.inquiry.inquiry_id)
        kept = await self._client.get(key)
        if kept is not None:
            return _FOUND.validate_json(kept)
        known = _known(decision, said)
        answers = await asyncio.gather(
            *(self._ask(name, one, known, conventions) for name, one in lookups.items())
        )
        found = Found(
            {name: value for answer in answers for name, value in answer.facts.items()},
            {name: one.result for name, one in zip(lookups, answers, strict=True) if one.result},
        )
        if any(answer.was_asked for answer in answers):
            await self._client.set(key, _FOUND.dump_json(found), px=TTL_MS)
        return found

    async def aclose(self) -> None:
        await self._fetching.aclose()

    async def _ask(
        self, name: str, lookup: Lookup, known: Mapping[str, Scalar], conventions: Conventions
    ) -> _Answer:
        url = address(lookup, known, conventions)
        if url is None:
            LOOKUPS.labels(name, "not_enough_known").inc()
            return _Answer({}, None, was_asked=False)
        if not self._breakers[name].allows():
            LOOKUPS.labels(name, "breaker").inc()
            return _Answer({}, "no_answer", was_asked=False)
        try:
            with LOOKUP_S.labels(name).time():
                body = await self._fetching.get(lookup, url, self._source.headers[name])
            read = None
            if body is not None:
                read = read_answer(lookup, body, str(known[CUSTOMER]), conventions)
        except (NoAnswerError, NotJsonError) as error:
            why = "not JSON" if isinstance(error, NotJsonError) else str(error)
            self._breakers[name].failed()
            LOOKUPS.labels(name, "failed").inc()
            log.warning("a system did not answer a look-up", lookup=name, why=why)
            return _Answer({}, "no_answer")
        self._breakers[name].worked()
        LOOKUPS.labels(name, "nothing" if read is None else "answered").inc()
        for fact, reason in (read.dropped if read is not None else {}).items():
            DROPPED.labels(name, fact, reason).inc()
            log.info("a field of a look-up is no fact", lookup=name, fact=fact, why=reason)
        facts = read.facts if read is not None else {}
        return _Answer(facts, "answered" if facts else "nothing")


class _Answer(NamedTuple):
    """Of one system; `result` None: too little was known to ask."""

    facts: dict[str, str]
    result: LookupResult | None
    was_asked: bool = True


def _known(decision: Decision, said: Sequence[Fact]) -> dict[str, Scalar]:
    """What the customer said under one name only once, then what the platform says."""
    times = Counts(fact.name for fact in dict.fromkeys(said))
    once = {fact.name: fact.value for fact in said if times[fact.name] == 1}
    inquiry = decision.inquiry
    return {**once, **inquiry.attributes, CUSTOMER: inquiry.customer_id}
