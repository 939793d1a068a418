"""Which topic goes to which handler."""

from __future__ import annotations

from services.agents.handlers import Intake
from services.runtime.handling import Subscription, one_by_one
from warmline.topics import AGENTS_COMMANDS, FEEDBACK, HANDOFFS, ROUTED_HUMAN


def subscriptions(intake: Intake) -> list[Subscription]:
    return [
        Subscription(ROUTED_HUMAN, intake.routed),
        Subscription(HANDOFFS, intake.handed_over),
        Subscription(AGENTS_COMMANDS, one_by_one(intake.command)),
        Subscription(FEEDBACK, one_by_one(intake.feedback)),
    ]
