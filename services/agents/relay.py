"""From the outbox to Kafka: in order, acknowledged before it is trimmed, by one process of a desk
at a time.

After a crash the entries that were not trimmed are published again with the same ids. A relay that
was paused and wakes up late can only repeat what was published before; it trims nothing that is
not. It stops where Redis no longer knows of what was published before.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import stamina
from prometheus_client import Counter, Histogram

from services.agents.config import Configuration, NoticeKind
from services.agents.notices import lacks_language
from services.agents.published import check_entry
from services.agents.records import Records
from services.agents.steps import Entry, outputs_of, steps_of
from services.agents.tally import KEPT_MS, increments, promise_of
from services.agents.wishes import measure_wishes
from services.runtime.conversations import TTL_MS
from services.runtime.handling import Publisher
from services.runtime.keys import Keys
from services.runtime.processing import is_passing
from services.runtime.redis import COMMAND_TIMEOUT_S, RedisClients, load_script
from services.runtime.telemetry import get_logger
from warmline.errors import ContractError, UnavailableError

log = get_logger(__name__)

BATCH = 500
WAIT_MS = 1000
LEASE_MS = 6000
STANDBY_S = 1.0

PUBLISHED = Counter("warmline_agents_steps_published_total", "Outbox entries published.")
SET_ASIDE = Counter("warmline_agents_steps_set_aside_total", "Entries that no topic can carry.")
CALLBACKS = Counter(
    "warmline_agents_callbacks_total",
    "Promises of callbacks: given, kept in time, missed, and late: taken in hand after they were missed.",
    ["promise"],
)
FOREIGN_NOTICES = Counter(
    "warmline_agents_notices_in_another_language_total",
    "Notices of a callback that desk.yaml does not have in the customer's language.",
    ["language"],
)
REPEATED = Counter(
    "warmline_agents_customer_had_to_repeat_total",
    "What people said at the end of the work; who did not say is not counted.",
    ["topic", "language", "repeated"],
)
AGE_S = Histogram("warmline_agents_outbox_seconds", "From a step to its publication acknowledged.")


class Relay:
    """`token` names this process; `retry_for_s` bounds how long a passing fault is waited out;
    `configuration` is asked for the service levels and the texts that count by then."""

    def __init__(
        self,
        clients: RedisClients,
        keys: Keys,
        token: str,
        retry_for_s: float,
        configuration: Callable[[], Configuration],
    ) -> None:
        self._clients = clients
        self._keys = keys
        self._token = token
        self._retry_for_s = retry_for_s
        self._configuration = configuration
        self._records = Records(clients.commands, keys)
        self._trimmed: str | None = None
        self._hold = load_script(clients.commands, "services.agents", "hold_relay")
        self._tally = load_script(clients.commands, "services.agents", "tally")

    async def run(self, publisher: Publisher) -> None:
        """Never ends. Raises what outlasts the retries: the process stops, nothing is trimmed."""
        while True:
            async for attempt in stamina.retry_context(
                on=is_passing, attempts=None, timeout=self._retry_for_s, wait_max=1.0
            ):
                with attempt:
                    await self.turn(publisher)

    async def turn(self, publisher: Publisher) -> int:
        """Publishes at most one batch, and waits for one if there is none; returns how many."""
        if not await self._hold(keys=[self._keys.relay()], args=[self._token, LEASE_MS]):
            await asyncio.sleep(STANDBY_S)
            return 0
        marks = self._keys.applied("desk")
        await check_entry(self._clients.commands, marks, self._trimmed)
        entries = await self._read()
        if entries:
            await self._publish(publisher, entries)
            await self._let_expire(entries)
            await self._trim(entries)
        return len(entries)

    async def _read(self) -> list[Entry]:
        """From the very first entry: what is in the stream is not published yet."""
        try:
            async with asyncio.timeout(WAIT_MS / 1000 + COMMAND_TIMEOUT_S):
                streams: Any = await self._clients.blocking.xread(
                    {self._keys.outbox(): "0"}, count=BATCH, block=WAIT_MS
                )
        except TimeoutError as error:  # a connection that is dead without having said so
            raise UnavailableError("Redis does not answer") from error
        if not streams:
            return []
        batches = streams.values() if isinstance(streams, dict) else [each[1] for each in streams]
        return _entries(next(iter(batches)))

    async def _publish(self, publisher: Publisher, entries: Sequence[Entry]) -> None:
        try:
            desk = self._configuration()
            outputs = [
                output
                for entry in entries
                for output in outputs_of(entry.fields, desk, entry.desk_order)
            ]
            await publisher.publish(outputs)
        except (ContractError, ValueError):
            for entry in entries:
                await self._publish_alone(publisher, entry)
        now_s = time.time()
        for entry in entries:
            AGE_S.observe(max(0.0, now_s - int(entry.fields["at_ms"]) / 1000))
            if "promised_ms" in entry.fields:
                CALLBACKS.labels(promise_of(entry.fields)).inc()
            self._tell_of_language(entry)
        PUBLISHED.inc(len(entries))
        steps = (entry.fields for entry in entries)
        await measure_wishes(self._clients.commands, self._keys, self._records, steps)

    def _tell_of_language(self, entry: Entry) -> None:
        kind, language = (
            cast(NoticeKind, entry.fields.get("notice")),
            entry.fields.get("language", ""),
        )
        if lacks_language(self._configuration(), kind, language):
            FOREIGN_NOTICES.labels(language).inc()
            log.warning("notice is not translated", notice=kind, language=language)

    async def _publish_alone(self, publisher: Publisher, entry: Entry) -> None:
        """An entry that no topic can carry must not stop the desk: it is kept beside the outbox."""
        try:
            outputs = outputs_of(entry.fields, self._configuration(), entry.desk_order)
            await publisher.publish(outputs)
        except (ContractError, ValueError) as error:
            SET_ASIDE.inc()
            log.error("outbox entry set aside", entry=entry.id, error=type(error).__name__)
            fields: dict[Any, Any] = {**entry.fields, "set_aside": type(error).__name__}
            await self._clients.commands.xadd(self._keys.set_aside(), fields)

    async def _let_expire(self, entries: Sequence[Entry]) -> None:
        """What customers wrote into work that has ended is kept no longer than its record. A script knows the
        key of the first message only, so that of each further one is left to this."""
        ended = {
            member
            for entry in entries
            if entry.fields.get("step") in ("completed", "abandoned")
            for member in json.loads(entry.fields["members"])
            if member != entry.fields["inquiry_id"]
        }
        if not ended:
            return
        open_again = {work.inquiry_id for work in await self._records.works(sorted(ended))}
        async with self._clients.commands.pipeline(transaction=False) as pipe:
            for member in ended - open_again:
                pipe.pexpire(self._keys.details(member), TTL_MS)
            await pipe.execute()

    async def _trim(self, entries: Sequence[Entry]) -> None:
        """Counts and takes out, together; not by a process that has lost the relay meanwhile."""
        milliseconds, number = entries[-1].id.split("-")
        counted = increments((entry.fields for entry in entries), self._configuration())
        starts = sorted({start_ms for start_ms, _, _ in counted})
        changes = [
            part
            for (start_ms, queue, what), amount in counted.items()
            for part in (starts.index(start_ms) + 1, f"{queue}|{what}", amount)
        ]
        keys = self._keys
        if await self._tally(
            keys=[keys.relay(), keys.outbox(), keys.applied("desk"), *map(keys.tally, starts)],
            args=[
                self._token,
                f"{milliseconds}-{int(number) + 1}",
                KEPT_MS,
                entries[-1].id,
                *changes,
            ],
        ):
            self._trimmed = entries[-1].id
            for fields in (entry.fields for entry in entries):  # taken out once, so counted once
                if fields.get("repeated"):
                    REPEATED.labels(fields["topic"], fields["language"], fields["repeated"]).inc()


def _entries(batch: Any) -> list[Entry]:
    """RESP3 wraps a stream's entries once more than RESP2."""
    if len(batch) == 1 and isinstance(batch[0], list):
        batch = batch[0]
    return steps_of((entry_id, fields) for entry_id, fields in batch)
