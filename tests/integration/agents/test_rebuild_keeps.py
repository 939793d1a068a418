"""What a rebuilt desk still knows of work that somebody has had, or that was given on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.runtime.redis import connect
from tests.integration.agents.desks import redis_desk
from tests.integration.agents.lost_desk import LosableDesk
from tests.unit.agents.build import configuration

LONG = {"heartbeat_s": 3600}
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["general"], "skills": {"law": 2}},
    "bob": {"skills": {"law": 1}},
    "cem": {"queues": ["fraud"], "skills": {"law": 2}},
}
DESK = configuration(
    PEOPLE,
    queues={"general": {"overflow": {"too_long": "callback", "too_long_s": 300}}, "fraud": {}},
    supervisors=("sue",),
    presence=LONG,
)


@pytest.fixture
async def lost(redis_url: str, unique_name: str) -> AsyncIterator[LosableDesk]:
    """In a database of its own, since it is emptied. ada has `i1` in hand after it had waited for 10 s."""
    clients = connect(redis_url.rsplit("/", 1)[0] + "/8")
    desk = LosableDesk(redis_desk(DESK, clients, unique_name), unique_name)
    await desk.inquiry("i1", "c1", skills={"law": 1})
    await desk.d.after(10)
    await desk.d.sign_in("ada")
    await desk.d.accept("ada", "i1")
    await desk.d.after(100)
    yield desk
    await clients.commands.flushdb()
    await clients.aclose()


async def test_its_own_skills_are_asked_for_where_it_was_given_to_another_queue(
    lost: LosableDesk,
) -> None:
    await lost.inquiry("i2", "c1", skills={"law": 2})  # joins it
    await lost.d.transfer("ada", "i1", to_queue="fraud")
    await lost.lose_everything()
    await lost.d.sign_in("bob")
    assert await lost.d.held("bob") == {}
    await lost.d.sign_in("cem")
    assert await lost.d.held("cem") == {"i1": "offered"}
