"""The relay's mark among those of the desk: the last step that was published and taken out of the outbox."""

from __future__ import annotations

from redis.asyncio import Redis

from services.runtime.applied import Applied, lost_writes

OUTBOX = "outbox"


async def note_published(applied: Applied, now_ms: int) -> None:
    """Everything that is on the topics is known here."""
    await applied.note_once(OUTBOX, f"{now_ms}-0")


async def check_entry(client: Redis, key: str, noted: str | None) -> None:
    """`noted` is the last entry that this process has taken out of the outbox. Raises LostWritesError."""
    if noted is not None:
        now = await client.hget(key, OUTBOX)
        if now is None or entry_number(str(now)) < entry_number(noted):
            raise lost_writes("the outbox")


def entry_number(entry_id: str) -> tuple[int, int]:
    """For comparing: milliseconds, and the number among equals."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
