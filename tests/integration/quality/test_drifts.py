"""Windows of the router on Kafka lower a licensed topic to draft, once each, whatever is killed."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta

from tests.integration.quality.test_licences import (
    CELL,
    a_life,
    company,
    latest,
    offset,
    quality,
)
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from warmline.events import Drift, Event, Evidence
from warmline.events.drift import Shift
from warmline.topics import DRIFT, EVIDENCE

__all__ = ["company", "quality"]

AT = datetime(2026, 9, 21, 8, 0, tzinfo=UTC)
WINDOWS = 12


def window(number: int, topic: str | None = CELL.topic, changed: bool = True) -> Event[Drift]:
    until = AT + timedelta(minutes=5 * number)
    shift = Shift(
        measure="unknown_words",
        expected=0.05,
        seen=0.5 if changed else 0.05,
        distance=0.9 if changed else 0.01,
        chance=1e-12 if changed else 0.4,
        drifted=changed,
    )
    drift = Drift(
        topic=topic,
        language=CELL.language,
        since=until - timedelta(minutes=5),
        until=until,
        inquiries=80,
        of=400,
        drifted=changed,
        shifts=(shift,),
        model="m",
        certificate="c",
        replica="0",
    )
    return Event(f"{topic}-{number}", "/warmline/router", until, drift)


def told(quality: ServiceProcess) -> set[str]:
    """Distinct pieces of evidence from windows."""
    events = quality.read(EVIDENCE)
    return {
        event.id
        for event in events
        if isinstance(event.data, Evidence) and event.data.kind == "drift"
    }


def test_changed_inquiries_lower_a_licence_to_draft_though_the_service_dies_in_between(
    quality: ServiceProcess, redis_url: str
) -> None:
    life = a_life()[:-1]
    quality.publish(EVIDENCE, life)
    quality.start()
    eventually(lambda: (one := latest(quality).get(CELL)) and one.state == "licensed", 60)

    whole = [window(number, topic=None) for number in range(WINDOWS)]
    quality.publish(DRIFT, [*whole, window(0)])
    eventually(lambda: offset(quality, redis_url) >= len(life) + 1, 60)
    quality.end(signal.SIGKILL)
    assert latest(quality)[CELL].state == "licensed"

    # All of them again, as after a crash of the router, and those that came meanwhile.
    windows = [window(number) for number in range(WINDOWS)]
    quality.publish(DRIFT, [*windows, *windows])
    quality.start()
    eventually(lambda: latest(quality)[CELL].state == "draft", 60)
    assert "inquiries have changed" in latest(quality)[CELL].reason
    eventually(lambda: len(told(quality)) == WINDOWS, 60)

    quality.publish(DRIFT, [window(WINDOWS + number, changed=False) for number in range(5)])
    eventually(lambda: latest(quality)[CELL].bot["drift"].good == 5, 60)
    lowered = latest(quality)[CELL]
    assert (lowered.state, lowered.sample, lowered.attempt) == ("draft", 0, 2)
    assert quality.end() == 0
