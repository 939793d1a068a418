"""Which topic goes to which handler."""

from __future__ import annotations

from services.router.handlers import Router
from services.runtime.handling import NoteApplied, Subscription, one_by_one
from warmline.topics import FEEDBACK, INQUIRIES


def subscriptions(router: Router, applied: NoteApplied) -> list[Subscription]:
    return [
        Subscription(INQUIRIES, router.inquiries, applied),
        Subscription(FEEDBACK, one_by_one(router.feedback), applied),
    ]
