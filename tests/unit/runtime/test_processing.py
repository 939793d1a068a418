"""What happens inside a stream's body, fault by fault, without a broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from services.runtime.handling import Output, Subscription, one_by_one
from services.runtime.processing import EXIT_FAIL_STOP, Incoming, Processor
from services.runtime.producer import KafkaPublisher, Record
from warmline import codec, dead_letters
from warmline.errors import TooLargeError, UnavailableError
from warmline.events import Event, Feedback, Inquiry
from warmline.topics import FEEDBACK, INQUIRIES

AT = datetime(2026, 11, 22, tzinfo=UTC)


class Stopped(BaseException):
    """The process would have ended here."""


class RecordingPublisher:
    """Keeps what is written; `refuse` names the inquiry whose output the broker refuses."""

    def __init__(self, refuse: str = "", letters_fail: bool = False) -> None:
        self.written: list[str] = []
        self.letters: list[Record] = []
        self._refuse = refuse
        self._letters_fail = letters_fail

    async def publish(self, outputs: Sequence[Output]) -> None:
        ids = [cast(Feedback, output.event.data).feedback_id for output in outputs]
        if self._refuse in ids:
            raise TooLargeError("refused")
        self.written.extend(ids)

    async def send(self, records: Sequence[Record]) -> None:
        if self._letters_fail:
            raise UnavailableError("Kafka is away")
        self.letters.extend(records)


def incoming(number: int, text: str = "hello", value: bytes | None = None) -> Incoming:
    inquiry = Inquiry(inquiry_id=f"i{number}", conversation_id="c", customer_id="k", text=text)
    key, encoded, headers = codec.encode(INQUIRIES, Event(f"e{number}", "/t", AT, inquiry))
    return Incoming("p.inquiries", 0, number, AT, key, value or encoded, headers)


async def echo(event: Event[Inquiry]) -> list[Output]:
    if event.data.text == "raise":
        raise KeyError("no such thing")
    said = Feedback(feedback_id=event.data.inquiry_id, conversation_id="c", kind="helped")
    return [Output(FEEDBACK, Event(event.id, "/t", AT, said))]


def processor(
    publisher: RecordingPublisher,
    handle: Callable[[Event[Any]], Awaitable[Sequence[Output]]] = echo,
    retry_for_s: float = 0.05,
) -> Processor:
    def stop(code: int) -> None:
        raise Stopped(code)

    return Processor(
        Subscription(INQUIRIES, one_by_one(handle)),
        cast(KafkaPublisher, publisher),
        service="test",
        topic_prefix="p.",
        limits=codec.DEFAULT_LIMITS,
        retry_for_s=retry_for_s,
        clock=lambda: AT,
        stop=stop,
    )


async def test_a_batch_keeps_its_order() -> None:
    publisher = RecordingPublisher()
    await processor(publisher).process([incoming(number) for number in range(5)])
    assert publisher.written == ["i0", "i1", "i2", "i3", "i4"]


@pytest.mark.parametrize("bad", range(7))
async def test_the_one_bad_record_is_found_wherever_it_stands(bad: int) -> None:
    publisher = RecordingPublisher()
    records = [incoming(n, "raise" if n == bad else "hello") for n in range(7)]
    await processor(publisher).process(records)
    assert set(publisher.written) == {f"i{n}" for n in range(7) if n != bad}
    (letter,) = publisher.letters
    assert letter.topic == "p.dead-letters"
    assert letter.value == records[bad].value
    assert dict(letter.headers)[dead_letters.OFFSET] == str(bad).encode()
    assert dict(letter.headers)[dead_letters.STAGE] == b"handle"


async def test_a_refused_output_buries_only_its_own_input() -> None:
    publisher = RecordingPublisher(refuse="i2")
    await processor(publisher).process([incoming(number) for number in range(4)])
    assert set(publisher.written) == {"i0", "i1", "i3"}
    assert dict(publisher.letters[0].headers)[dead_letters.STAGE] == b"produce"


async def test_an_undecodable_record_never_reaches_the_handler() -> None:
    publisher = RecordingPublisher()
    await processor(publisher).process([incoming(0, value=b"{"), incoming(1)])
    assert publisher.written == ["i1"]
    assert publisher.letters[0].value == b"{"


async def test_a_passing_fault_is_tried_again_and_nothing_is_buried() -> None:
    publisher = RecordingPublisher()
    calls = 0

    async def flaky(event: Event[Inquiry]) -> Sequence[Output]:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise UnavailableError("Redis is away")
        return await echo(event)

    await processor(publisher, flaky, retry_for_s=5).process([incoming(0)])
    assert publisher.written == ["i0"]
    assert publisher.letters == []


async def test_a_passing_fault_that_stays_stops_the_process() -> None:
    async def never(_: Event[Inquiry]) -> Sequence[Output]:
        raise UnavailableError("Redis is away")

    publisher = RecordingPublisher()
    with pytest.raises(Stopped, match=str(EXIT_FAIL_STOP)):
        await processor(publisher, never).process([incoming(0)])
    assert publisher.letters == []


async def test_a_dead_letter_that_cannot_be_written_stops_the_process() -> None:
    publisher = RecordingPublisher(letters_fail=True)
    with pytest.raises(Stopped, match=str(EXIT_FAIL_STOP)):
        await processor(publisher).process([incoming(0, "raise")])


async def test_a_record_over_the_limit_is_buried_with_the_limit_named() -> None:
    publisher = RecordingPublisher()
    await processor(publisher).process([incoming(0, value=b"x" * (256 * 1024 + 1))])
    reason = dict(publisher.letters[0].headers)[dead_letters.REASON].decode()
    assert "262144" in reason
