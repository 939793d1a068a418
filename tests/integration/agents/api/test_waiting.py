"""A console that waits for something to happen."""

from __future__ import annotations

import asyncio

import pytest

from services.agents import wake
from tests.integration.agents.api.client import Desk
from tests.servers import eventually_async


async def test_waiting_ends_when_an_offer_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "LOOK_AGAIN_S", 60.0)
    await desk.post("agents/celine/sign-in")
    waiting = asyncio.create_task(desk.get("agents/celine/work?wait_s=30"))
    number = 0

    async def is_answered() -> bool:  # offers until the listener is there to hear of one
        nonlocal number
        number += 1
        await desk.inquiry(f"i{number}")
        await asyncio.sleep(0.1)
        return waiting.done()

    await eventually_async(is_answered, 15)
    assert waiting.result()["offers"]


async def test_waiting_for_a_change_ends_with_any_change(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    version = (await desk.get("agents/celine/work"))["version"]
    waiting = asyncio.create_task(desk.get(f"agents/celine/work?wait_s=20&since={version}"))
    await asyncio.sleep(0)
    await desk.post("agents/celine/presence", {"presence": "busy"})
    assert (await asyncio.wait_for(waiting, 15))["presence"] == "busy"


async def test_waiting_ends_after_its_time(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    assert (await desk.get("agents/celine/work?wait_s=0.2"))["offers"] == []
