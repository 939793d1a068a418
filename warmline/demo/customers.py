"""Simulated customers: what they do once the bot has answered, or while they wait for a person.

Who does what follows from the inquiry's id, so that two runs on the same file behave alike.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

from warmline.client import Client
from warmline.errors import UnavailableError
from warmline.events import Assignment, Event, Feedback, Reply
from warmline.events.envelope import event_id
from warmline.events.inquiry import FeedbackKind

# Of a hundred whom the bot has answered; all others say nothing.
_SAYS: tuple[tuple[int, FeedbackKind], ...] = (
    (35, "helped"),
    (12, "not_helped"),
    (5, "wants_person"),
)
_LEAVE_WHILE_WAITING = 2  # of a hundred

_THINKS_S = 0.3
_STOP_TIMEOUT_S = 10.0


class Customers(threading.Thread):
    """Give `see` as the `on_event` of a `Watch`; what they say is published in this thread."""

    def __init__(self, client: Client) -> None:
        super().__init__(name="simulated-customers", daemon=True)
        self.failure: Exception | None = None
        self._client = client
        self._saying: queue.SimpleQueue[tuple[float, Feedback] | None] = queue.SimpleQueue()

    @property
    def planned(self) -> int:
        """What is still to be said."""
        return self._saying.qsize()

    def see(self, event: Event[Any]) -> None:
        match event.data:
            case Reply(by="bot", kind="answer") as reply:
                kind = after_answer(reply.inquiry_id)
                if kind is not None:
                    self._say(kind, reply.conversation_id, reply.inquiry_id)
            case Assignment(step="enqueued", seq=1) as step if leaves(step.inquiry_id):
                self._say("left", step.conversation_id, step.inquiry_id)

    def run(self) -> None:
        try:
            self._client.publish_many(self._said())
        except UnavailableError as error:
            self.failure = error

    def stop(self) -> None:
        self._saying.put(None)
        if self.is_alive():
            self.join(_STOP_TIMEOUT_S)

    def _say(self, kind: FeedbackKind, conversation_id: str, inquiry_id: str) -> None:
        said = Feedback(
            feedback_id=event_id(inquiry_id, f"simulated-{kind}"),
            conversation_id=conversation_id,
            inquiry_id=inquiry_id,
            kind=kind,
        )
        self._saying.put((time.monotonic() + _THINKS_S, said))

    def _said(self) -> Iterator[Feedback]:
        while (next_one := self._saying.get()) is not None:
            at, said = next_one
            time.sleep(max(0.0, at - time.monotonic()))
            yield said


def after_answer(inquiry_id: str) -> FeedbackKind | None:
    """What the customer says of the bot's answer; None: nothing, which counts as assumed."""
    share = _share(inquiry_id, "answer")
    for upto, kind in _SAYS:
        if share < upto:
            return kind
        share -= upto
    return None


def leaves(inquiry_id: str) -> bool:
    """Whether the customer gives up while waiting for a person."""
    return _share(inquiry_id, "wait") < _LEAVE_WHILE_WAITING


def _share(inquiry_id: str, what: str) -> float:
    """From 0 up to 100, evenly over the inquiries."""
    digest = hashlib.blake2b(f"{inquiry_id}/{what}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32 * 100
