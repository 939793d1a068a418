"""What a company's systems know of an inquiry, asked once and kept, so that a redelivery finds the same.

A system that fails costs its facts and, once, its time-out: the breaker leaves it alone afterwards. Neither a
value nor an address is logged.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Mapping, Sequence

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

TTL_MS = 24 * 60 * 60 * 1000

LOOKUPS = Counter("warmline_lookups_total", "Look-ups in other systems.", ["lookup", "result"])
DROPPED = Counter(
    "warmline_lookup_facts_dropped_total",
    "Fields of answers that are no fact.",
    ["lookup", "fact", "why"],
)
LOOKUP_S = Histogram("warmline_lookup_seconds", "Until a system answered, or did not.", ["lookup"])

_FACTS = TypeAdapter(dict[str, str])

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
    ) -> dict[str, str]:
        """By name, in their normal form; empty where nothing is configured for the topic. `said` is
        what the customer wrote; what the platform says of the inquiry counts more. All systems are
        asked at once."""
        lookups = self._source.lookups.of(decision.topic)
        if not lookups:
            return {}
        key = self._keys.lookups(decision.inquiry.inquiry_id)
        kept = await self._client.get(key)
        if kept is not None:
            return _FACTS.validate_json(kept)
        known = _known(decision, said)
        answers = await asyncio.gather(
            *(self._ask(name, one, known, conventions) for name, one in lookups.items())
        )
        facts = {name: value for answer in answers for name, value in (answer or {}).items()}
        if any(answer is not None for answer in answers):
            await self._client.set(key, _FACTS.dump_json(facts), px=TTL_MS)
        return facts

    async def aclose(self) -> None:
        await self._fetching.aclose()

    async def _ask(
        self, name: str, lookup: Lookup, known: Mapping[str, Scalar], conventions: Conventions
    ) -> dict[str, str] | None:
        """None where nobody was asked."""
        url = address(lookup, known, conventions)
        if url is None or not self._breakers[name].allows():
            LOOKUPS.labels(name, "not_enough_known" if url is None else "breaker").inc()
            return None
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
            return {}
        self._breakers[name].worked()
        LOOKUPS.labels(name, "nothing" if read is None else "answered").inc()
        for fact, reason in (read.dropped if read is not None else {}).items():
            DROPPED.labels(name, fact, reason).inc()
            log.info("a field of a look-up is no fact", lookup=name, fact=fact, why=reason)
        return read.facts if read is not None else {}


def _known(decision: Decision, said: Sequence[Fact]) -> dict[str, Scalar]:
    """What the customer said under one name only once, then what the platform says."""
    times = Counts(fact.name for fact in dict.fromkeys(said))
    once = {fact.name: fact.value for fact in said if times[fact.name] == 1}
    inquiry = decision.inquiry
    return {**once, **inquiry.attributes, CUSTOMER: inquiry.customer_id}
