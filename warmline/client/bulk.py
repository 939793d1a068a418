"""Publishing many events: several at a time, in bounded memory, each with its own outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from warmline.client.publishing import Delivery, Pending, Publisher
from warmline.errors import UnavailableError, WarmlineError
from warmline.events import Payload

_FAILURES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that was not published, and why. Nothing of it is in Kafka, except after an
    UnavailableError: then it may be, and publishing it again does no harm."""

    payload: Payload = field(repr=False)
    error: WarmlineError


@dataclass(frozen=True, slots=True)
class Report:
    """What became of many. `failures` keeps the first hundred of `failed`."""

    delivered: int
    failed: int
    failures: tuple[Failure, ...]


class PublishingStoppedError(UnavailableError):
    """Kafka stopped answering in the middle; `report` tells what was delivered until then.

    Publish all of it again: events keep their ids, so what arrived already counts once.
    """

    def __init__(self, report: Report, cause: UnavailableError) -> None:
        super().__init__(f"{cause} (delivered before: {report.delivered})")
        self.report = report


def publish_all(
    publisher: Publisher,
    payloads: Iterable[Payload],
    on_delivery: Callable[[Delivery | Failure], None] | None,
    max_in_flight: int,
) -> Report:
    """Keeps at most `max_in_flight` unacknowledged; see `Client.publish_many`."""
    delivered = failed = 0
    failures: list[Failure] = []
    stopped: UnavailableError | None = None
    waiting: deque[Pending] = deque()

    def settle_oldest() -> bool:
        pending = waiting.popleft()
        try:
            return settle(pending.wait())
        except WarmlineError as error:
            return settle(Failure(pending.payload, error))

    def settle(outcome: Delivery | Failure) -> bool:
        nonlocal delivered, failed, stopped
        if isinstance(outcome, Delivery):
            delivered += 1
        else:
            failed += 1
            if len(failures) < _FAILURES_KEPT:
                failures.append(outcome)
            if isinstance(outcome.error, UnavailableError):
                stopped = stopped or outcome.error
        if on_delivery is not None:
            on_delivery(outcome)
        return isinstance(outcome, Delivery)

    for payload in payloads:
        well = True
        try:
            waiting.append(publisher.send(payload))
        except WarmlineError as error:
            well = settle(Failure(payload, error))
        if len(waiting) >= max_in_flight:
            well = settle_oldest()
        while waiting and not well:  # none may overtake those that are tried again
            settle_oldest()
        if stopped is not None:
            break
    while waiting:
        settle_oldest()
    report = Report(delivered, failed, tuple(failures))
    if stopped is not None:
        raise PublishingStoppedError(report, stopped)
    return report
