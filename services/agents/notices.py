"""What a customer is told of their callback, in the desk's own words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.agents.config import Configuration, NoticeKind

TIME = "%Y-%m-%d %H:%M"


def notice(
    configuration: Configuration,
    kind: NoticeKind,
    queue_id: str,
    language: str,
    promised_ms: int | None,
) -> tuple[str, str] | None:
    """The text and its language; None where the desk has none for this. The moment is in the time zone of
    the queue's calendar, which is named."""
    texts = configuration.desk.callbacks.notices.get(kind)
    if not texts:
        return None
    spoken = language if language in texts else next(iter(texts))
    if promised_ms is None:
        return texts[spoken], spoken
    queue = configuration.queues.get(queue_id)
    calendar = None if queue is None else configuration.calendar_of(queue)
    zone = UTC if calendar is None else ZoneInfo(calendar.time_zone)
    at = datetime.fromtimestamp(promised_ms / 1000, zone)
    time = f"{at.strftime(TIME)} ({calendar.time_zone if calendar else 'UTC'})"
    return texts[spoken].replace("{time}", time), spoken


def lacks_language(configuration: Configuration, kind: NoticeKind, language: str) -> bool:
    """Whether the customer reads this in another language than theirs: a moment that they may not
    understand is still more than none, but nobody should have to find out from them."""
    texts = configuration.desk.callbacks.notices.get(kind)
    return texts is not None and language not in texts
