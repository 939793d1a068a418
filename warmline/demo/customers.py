"""Simulated customers: what they do once the bot has answered or asked, or while they wait for a
person.

Who does what follows from the inquiry's id, so that two runs on the same file behave alike.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from warmline.client import Client
from warmline.errors import UnavailableError
from warmline.events import Assignment, Decision, Event, Feedback, Inquiry, Payload, Reply
from warmline.events.envelope import event_id
from warmline.events.inquiry import FeedbackKind

T = TypeVar("T")

# Of a hundred whom the bot has answered; all others say nothing.
_SAYS: tuple[tuple[int, FeedbackKind], ...] = (
    (35, "helped"),
    (5, "not_helped"),
    (3, "wants_person"),
)
_SAYS_OF_A_WRONG_ANSWER: tuple[tuple[int, FeedbackKind], ...] = ((90, "not_helped"),)
_LEAVE_WHILE_WAITING = 2  # of a hundred

# Of a hundred whom the bot asks for a fact; all others say nothing.
_REPLIES: tuple[tuple[int, Mapping[str, str]], ...] = (
    (
        80,
        {
            "en": "Order PL-20431 of 28 April 2026, 49.90 euros, my address is kim@example.com.",
            "de": "Bestellung PL-20431 vom 28. April 2026, 49,90 Euro, kim@example.com.",
        },
    ),
    (8, {"en": "skip", "de": "weiter"}),
    (5, {"en": "person", "de": "Mensch"}),
)
_LEAVE_WHEN_ASKED = 3  # of the others

_THINKS_S = 0.3
_STOP_TIMEOUT_S = 10.0


class Customers(threading.Thread):
    """Give `see` as the `on_event` of a `Watch`; what they say is published in this thread.

    `worse`: topics on which the bot's answers have become wrong, on purpose, and customers say so.
    """

    def __init__(self, client: Client, worse: Container[str | None] = ()) -> None:
        super().__init__(name="simulated-customers", daemon=True)
        self.failure: Exception | None = None
        self._client = client
        self._worse = worse
        self._answered_wrongly: set[str] = set()
        self._saying: queue.SimpleQueue[tuple[float, Payload] | None] = queue.SimpleQueue()

    @property
    def planned(self) -> int:
        """What is still to be said."""
        return self._saying.qsize()

    def see(self, event: Event[Any]) -> None:
        match event.data:
            case Decision(mode="answer", topic=topic) as decision if topic in self._worse:
                self._answered_wrongly.add(decision.inquiry.inquiry_id)
            case Reply(by="bot", kind="answer") as reply:
                wrong = reply.inquiry_id in self._answered_wrongly
                kind = after_answer(reply.inquiry_id, wrong=wrong)
                if kind is not None:
                    self._say(kind, reply.conversation_id, reply.inquiry_id)
            case Reply(by="bot", kind="question") as reply:
                self._reply(reply)
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

    def _reply(self, question: Reply) -> None:
        text = after_question(question.inquiry_id, question.language)
        if text is None:
            if leaves_the_question(question.inquiry_id):
                self._say("left", question.conversation_id, question.inquiry_id)
            return
        said = Inquiry(
            inquiry_id=event_id(question.inquiry_id, "simulated-reply"),
            conversation_id=question.conversation_id,
            customer_id=question.customer_id,
            text=text,
        )
        self._saying.put((time.monotonic() + _THINKS_S, said))

    def _said(self) -> Iterator[Payload]:
        while (next_one := self._saying.get()) is not None:
            at, said = next_one
            time.sleep(max(0.0, at - time.monotonic()))
            yield said


def after_answer(inquiry_id: str, *, wrong: bool = False) -> FeedbackKind | None:
    """What the customer says of the bot's answer; None: nothing, which counts as assumed."""
    return _of_hundred(_share(inquiry_id, "answer"), _SAYS_OF_A_WRONG_ANSWER if wrong else _SAYS)


def after_question(inquiry_id: str, language: str) -> str | None:
    """What the customer writes when the bot asks for a fact; None: nothing, and a person takes over."""
    texts = _of_hundred(_share(inquiry_id, "question"), _REPLIES)
    return texts.get(language, texts["en"]) if texts is not None else None


def leaves_the_question(inquiry_id: str) -> bool:
    """Whether the customer goes away rather than say nothing; nobody takes over then."""
    answering = sum(share for share, _ in _REPLIES)
    return 0 <= _share(inquiry_id, "question") - answering < _LEAVE_WHEN_ASKED


def leaves(inquiry_id: str) -> bool:
    """Whether the customer gives up while waiting for a person."""
    return _share(inquiry_id, "wait") < _LEAVE_WHILE_WAITING


def _of_hundred(share: float, choices: Sequence[tuple[int, T]]) -> T | None:
    for upto, choice in choices:
        if share < upto:
            return choice
        share -= upto
    return None


def _share(inquiry_id: str, what: str) -> float:
    """From 0 up to 100, evenly over the inquiries."""
    digest = hashlib.blake2b(f"{inquiry_id}/{what}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32 * 100
