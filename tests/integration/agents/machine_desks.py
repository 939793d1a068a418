"""Desks for the state machine: a plain one, and two that use everything and that replace each other, and
one that has stopped to."""

from __future__ import annotations

from typing import Any

from services.agents.config import Configuration
from tests.unit.agents.build import configuration

FRAUD: dict[str, Any] = {
    "name": "fraud",
    "when": {"topics": ["fraud"]},
    "queue": "fraud",
    "priority_min": 1,
}
PRESENCE: dict[str, Any] = {"heartbeat_s": 45, "grace_s": 20, "lapses_until_away": 2}
TIMES: dict[str, Any] = {"offer_timeout_s": 20, "reoffer_after_s": 10, "direct_s": 25}

PLAIN = configuration(
    {
        "ada": {"capacity": 1},
        "bob": {"capacity": 2, "languages": {"en": 5}, "skills": {"refunds": 3}},
        "cem": {"capacity": 3, "languages": {"de": 5}, "queues": ["fraud"]},
    },
    queues={"general": {}, "fraud": {"max_waiting": 2, "wrap_up_s": 15}},
    filters=(FRAUD,),
    presence=PRESENCE,
    **TIMES,
)


SHORT: dict[str, Any] = {
    "id": "short",
    "time_zone": "UTC",
    "open": {"mon": ["00:00-14:16", "14:18-14:25", "14:30-24:00"]},
}
"""The machine's clock begins on a Monday at 14:13:20."""


def _rich(
    order: str,
    people: dict[str, dict[str, Any]],
    overflow: dict[str, Any],
    auto_accept: dict[str, bool],
    **changes: Any,
) -> Configuration:
    return configuration(
        people,
        queues={
            "general": {
                "order": order,
                "auto_accept": auto_accept.get("general"),
                "overflow": {"unstaffed": "callback", "too_long": "callback", "too_long_s": 90},
            },
            "fraud": {
                "max_waiting": 2,
                "wrap_up_s": 15,
                "order": "most_spare",
                "hours": "short",
                "overflow": overflow,
                "auto_accept": auto_accept.get("fraud"),
            },
        },
        supervisors=("sue", "bob"),
        calendars=(SHORT,),
        callbacks={"after_s": 60, "attempts": 2, "retry_after_s": 70},
        filters=(
            {
                **FRAUD,
                "skills": {"refunds": 3},
                "for_s": 25,
                "skip_if": {"count": "available", "below": 1},
                "prefer": {"who": ["attribute", "previous"], "for_s": 22},
                "then": [
                    {"lower": {"refunds": 2}, "for_s": 30, "priority_min": 2},
                    {"relax": ["refunds"], "join": ["general"], "any_language": True},
                ],
            },
        ),
        default={
            "queue": "general",
            "any_of": [{"refunds": 2}, {"law": 1}],
            "for_s": 40,
            "skip_if": {"count": "away", "above": 0},
            "then": [{"any_of": []}],
        },
        presence={**PRESENCE, "sign_out": "transfer"},
        release_silent_after_s=60,
        **{**TIMES, **changes},
    )


RICH = _rich(
    "round_robin",
    {
        "ada": {"capacity": 2, "queues": [{"queue": "general", "priority": 2}, "fraud"]},
        "bob": {
            "capacity": 3,
            "languages": {"en": 5},
            "skills": {"refunds": 3},
            "limits": {"phone": 1},
        },
        "cem": {
            "capacity": 4,
            "auto_accept": True,
            "languages": {"de": 5},
            "skills": {"law": 2, "refunds": 1},
            "queues": ["fraud", {"queue": "general", "delay_s": 15}],
        },
    },
    {"full": "general", "unstaffed": "general", "too_long": "general", "too_long_s": 70},
    {},
    channels={"phone": {"units": 2, "interrupts": ["email"]}, "email": {}},
    offer_limit={"offers": 3, "within_s": 50},
)
CHANGED = _rich(
    "least_active",
    {
        "ada": {"capacity": 3, "queues": ["general"], "skills": {"refunds": 5}},
        "bob": {"capacity": 2, "skills": {"refunds": 2}, "auto_accept": True},
        "cem": {
            "capacity": 2,
            "queues": [
                {"queue": "fraud", "delay_s": 20},
                {"queue": "general", "priority": 3, "delay_s": 30},
            ],
        },
    },
    {
        "closed": "general",
        "full": "callback",
        "unstaffed": "general",
        "too_long": "callback",
        "too_long_s": 60,
    },
    {"general": True, "fraud": False},
    offer_limit={"offers": 2, "within_s": 120},
    channels={"phone": {"units": 1}, "email": {"units": 2}},
)
BARE = _rich(
    "longest_idle",
    {"ada": {"capacity": 2, "limits": {"phone": 1}}, "bob": {"limits": {"email": 1}}, "cem": {}},
    {},
    {"fraud": True},
)
"""It tells no channels apart any more."""
