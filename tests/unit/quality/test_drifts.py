"""What the router says of its windows becomes evidence, once each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.quality.drifts import drifts
from warmline.events import Drift, Event
from warmline.events.drift import Shift
from warmline.topics import EVIDENCE

AT = datetime(2026, 9, 21, 8, 30, tzinfo=UTC)


def window(topic: str | None, measure: Any, expected: float, seen: float, drifted: bool) -> Any:
    shift = Shift(
        measure=measure, expected=expected, seen=seen, distance=0.4, chance=1e-9, drifted=drifted
    )
    drift = Drift(
        topic=topic,
        language="en",
        since=AT,
        until=AT,
        inquiries=60,
        of=400,
        drifted=drifted,
        shifts=(shift,),
        model="m",
        certificate="c",
        replica="0",
    )
    return Event(f"{topic}-{measure}-{seen}", "/router", AT, drift)


@pytest.mark.parametrize(
    ("measure", "expected", "seen", "drifted", "good"),
    [
        ("unknown_words", 0.05, 0.4, True, False),
        ("confidence", 0.9, 0.5, True, False),
        ("confidence", 0.9, 0.5, False, True),
        ("confidence", 0.7, 0.95, True, True),
        ("unknown_words", 0.4, 0.05, True, True),
        ("share", 0.1, 0.6, True, True),
    ],
)
async def test_new_words_and_unclear_texts_speak_against_a_topic_and_nothing_else_does(
    measure: str, expected: float, seen: float, drifted: bool, good: bool
) -> None:
    [[output]] = await drifts([window("refund_status", measure, expected, seen, drifted)])
    evidence: Any = output.event.data
    assert output.topic is EVIDENCE
    assert (evidence.kind, evidence.topic, evidence.language) == ("drift", "refund_status", "en")
    assert evidence.good is good


async def test_the_same_window_gives_the_same_evidence_and_another_one_other() -> None:
    first = window("refund_status", "confidence", 0.9, 0.5, True)
    other = window("refund_status", "confidence", 0.9, 0.4, True)
    ids = [some[0].event.id for some in await drifts([first, first, other])]
    assert ids[0] == ids[1] != ids[2]


async def test_a_language_as_a_whole_speaks_against_no_topic() -> None:
    assert await drifts([window(None, "unknown_words", 0.05, 0.4, True)]) == [[]]
