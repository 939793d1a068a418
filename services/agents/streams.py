"""Which topic goes to which handler."""

from __future__ import annotations

from services.agents.handlers import Intake
from services.runtime.handling import NoteApplied, Subscription, one_by_one
from warmline.topics import AGENTS_COMMANDS, FEEDBACK, HANDOFFS, ROUTED_HUMAN


def subscriptions(intake: Intake, applied: NoteApplied) -> list[Subscription]:
    return [
        Subscription(ROUTED_HUMAN, intake.routed, applied),
        Subscription(HANDOFFS, intake.handed_over, applied),
        Subscription(AGENTS_COMMANDS, one_by_one(intake.command), applied),
        Subscription(FEEDBACK, one_by_one(intake.feedback), applied),
    ]
