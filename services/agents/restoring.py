"""One piece of work that Redis may have lost, put back by `lua/restore.lua`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from services.agents.actions import plain
from services.agents.lives import Life
from services.agents.rings import classes_of
from services.agents.rules import Stage, WorkClass
from services.agents.scripts import Scripts
from services.agents.work import Details
from services.runtime.coalescing import CoalescingRedis
from services.runtime.conversations import TTL_MS
from services.runtime.keys import Keys

Outcome = Literal["known", "ended", "kept", "promised", "waiting", "joined", "unknown_class"]
"""`known`: Redis has it as it was published, or newer. `kept` is accepted work with its person, `joined`
went into newer work of its conversation."""


@dataclass(frozen=True, slots=True)
class LostWork:
    """`stages` are the rings of the queue in which it is; none where it is over. `epoch` is the highest known
    of the conversation, `causes` the events that brought each member here, `last_person` who had the
    conversation last."""

    life: Life
    work_class: WorkClass
    customer_id: str
    epoch: int
    newest_arrival_ms: int
    stages: tuple[Stage, ...] = ()
    details: tuple[Details, ...] = ()
    causes: Mapping[str, Sequence[str]] | None = None
    last_person: str = ""

    @property
    def classes(self) -> tuple[WorkClass, ...]:
        return (self.work_class, *classes_of(self.stages))

    def causes_of(self, inquiry_id: str) -> str:
        """As the engine's records have them."""
        return "".join(f"{plain(cause)}\x1e" for cause in (self.causes or {}).get(inquiry_id, ()))


async def restore(
    client: CoalescingRedis,
    keys: Keys,
    run: Scripts,
    settings: str,
    lost: LostWork,
    rings: tuple[str, str, str],
    *,
    mend: bool,
) -> Outcome:
    """Details come first: nobody is offered what they cannot read. What else joined the work points to
    it afterwards."""
    newest = lost.life.newest
    if mend:
        for details in lost.details:
            key = keys.details(details.inquiry.inquiry_id)
            await client.set(key, details.model_dump_json(), nx=True)
    (outcome,) = await run(
        "restore",
        [
            keys.conversation(newest.conversation_id),
            keys.ended(newest.inquiry_id),
            keys.details(newest.inquiry_id),
            keys.classes(),
        ],
        [settings, "mend" if mend else "look", newest.inquiry_id, _fields(lost, rings)],
    )
    if mend and outcome not in ("known", "unknown_class"):
        for member in newest.members:
            if member != newest.inquiry_id:
                pointer = ("joined", newest.inquiry_id, "0", "0", lost.causes_of(member), "")
                await client.set(keys.ended(member), "\x1f".join(pointer), px=TTL_MS)
    return cast(Outcome, outcome)


def _fields(lost: LostWork, rings: tuple[str, str, str]) -> str:
    life, newest = lost.life, lost.life.newest
    until_s, skip, plan = rings
    fields: tuple[object, ...] = (
        life.place,
        newest.conversation_id,
        lost.customer_id,
        lost.work_class.queue,
        lost.work_class.id,
        newest.language,
        newest.topic or "",
        newest.priority_min,
        life.arrival_ms,
        max(life.arrival_ms, lost.newest_arrival_ms),
        life.agent_id or lost.last_person,
        newest.epoch,
        newest.seq,
        lost.epoch,
        json.dumps(list(newest.members or (newest.inquiry_id,)), separators=(",", ":")),
        lost.causes_of(newest.inquiry_id),
        life.entered_ms,
        until_s,
        skip,
        plan,
        "" if life.promised_ms is None else f"{'-' if life.missed else ''}{life.promised_ms}",
        "" if life.taken_ms is None else life.taken_ms,
        life.attempts,
        plain(life.note),
        "" if life.had_ms is None else life.had_ms,
    )
    return "".join(f"{field}\x1f" for field in fields)
