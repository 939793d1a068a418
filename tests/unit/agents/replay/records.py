"""Recorded events for tests, as an export has them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.unit.agents.build import START, decision
from warmline.events.work import Assignment


def decided(name: str, at_s: float, **changes: Any) -> str:
    at = START + timedelta(seconds=at_s)
    made = decision(
        {"inquiry_id": name, "conversation_id": f"c-{name}"},
        received_at=at,
        decided_at=at,
        **changes,
    )
    return line(f"d-{name}", "warmline.decision.v1", at_s, made.model_dump(mode="json"))


def step(
    name: str, step_name: str, at_s: float, seq: int, agent: str | None = None, waited_s: float = 0
) -> str:
    made = Assignment.model_validate(
        {
            "inquiry_id": name,
            "conversation_id": f"c-{name}",
            "step": step_name,
            "seq": seq,
            "epoch": seq,
            "queue": "general",
            "agent_id": agent,
            "topic": None,
            "language": "en",
            "priority_min": 0,
            "waited_ms": round(waited_s * 1000),
            "members": (name,),
            "config_version": "1",
        }
    )
    data = made.model_dump(mode="json")
    return line(f"a-{name}-{seq}", "warmline.assignment.v1", at_s, data)


def person(agent: str, presence: str, at_s: float) -> str:
    """What the desk told of somebody."""
    at = (START + timedelta(seconds=at_s)).isoformat()
    data = {
        "agent_id": agent,
        "presence": presence,
        "capacity": 1,
        "idle_since": at,
        "config_version": "1",
    }
    return line(f"p-{agent}-{at_s}", "warmline.person_state.v1", at_s, data)


def line(event_id: str, type_name: str, at_s: float, data: Any) -> str:
    at = START + timedelta(seconds=at_s)
    return json.dumps({"id": event_id, "type": type_name, "time": at.isoformat(), "data": data})


def handled(name: str, at_s: float, wait_s: float, handle_s: float, agent: str) -> list[str]:
    """An inquiry with its whole life; the person lets the offer stand for two seconds."""
    taken = at_s + wait_s
    return [
        decided(name, at_s),
        step(name, "enqueued", at_s, 1),
        step(name, "offered", taken - 2, 2, agent),
        step(name, "accepted", taken, 3, agent, wait_s),
        step(name, "completed", taken + handle_s, 4, agent, wait_s),
    ]


def given_up(name: str, at_s: float, wait_s: float) -> list[str]:
    return [
        decided(name, at_s),
        step(name, "enqueued", at_s, 1),
        step(name, "abandoned", at_s + wait_s, 2, None, wait_s),
    ]
