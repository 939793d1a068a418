"""What the bot has said in a conversation before a message, so that it says nothing twice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from services.knowledge.suggesting import tried
from services.runtime.conversation import Given
from warmline.events.decision import Decision, Turn

ANSWERS_MAX = 50
"""In one conversation, each on another topic; then people answer, so that none has to be forgotten."""


def earlier(decision: Decision, answers: Sequence[Given]) -> list[Given]:
    """What the bot had answered before this inquiry, also where it comes again."""
    own = decision.inquiry.inquiry_id
    return list(takewhile(lambda one: one.inquiry_id != own, answers))


def articles(answers: Sequence[Given], history: Sequence[Turn]) -> tuple[str, ...]:
    """Those that the customer has read, each once."""
    return tuple(dict.fromkeys((*(one.article_id for one in answers), *tried(history))))


def asked_before(decision: Decision) -> str | None:
    """The inquiry on the same topic a moment before, when the bot had not come to it yet."""
    return decision.continues if decision.mode == "answer" else None


def before_saying(article_id: str | None, history: Sequence[Turn]) -> Sequence[Turn]:
    """The conversation before the bot's last message with that article (None: without one)."""
    for position in range(len(history) - 1, -1, -1):
        turn = history[position]
        if turn.by == "bot" and turn.article_id == article_id:
            return history[:position]
    return history
