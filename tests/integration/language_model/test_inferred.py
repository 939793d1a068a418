"""What a person gets of the model when they look at what went straight to people: the desk's API on a real
Redis, the model a real HTTP server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from services.agents.config_file import load
from services.agents.steps import outputs_of
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import COMPANY, Desk, served
from tests.integration.language_model.test_words import LINE, SAID, SUMMARY, WHOLE, answer
from tests.model_server import running_model
from tests.unit.agents.build import decision, new_work
from warmline.events import Fact, ModelCall, Turn
from warmline.topics import MODEL_CALLS


@asynccontextmanager
async def looking(
    redis_url: str, redis: RedisClients, name: str, **settings: Any
) -> AsyncIterator[Desk]:
    """A desk with one long conversation in German that went straight to people."""
    at = datetime.now(UTC)
    turns = tuple(Turn(by="customer", text=SAID, at=at) for _ in range(8))
    asked = {"inquiry_id": "i1", "conversation_id": "c1", "text": SAID}
    made = decision(asked, language="de", received_at=at, decided_at=at, history=turns)
    async with served(redis_url, redis, name, **settings) as desk:
        keys = Keys(name[-32:].strip("-"))
        await redis.commands.set(keys.decision("i1"), made.model_dump_json())
        await desk.pool.enqueue([new_work(desk.rules, made, arrival_ms=int(at.timestamp() * 1000))])
        yield desk


async def calls_in_the_outbox(redis: RedisClients, name: str) -> list[ModelCall]:
    entries: Any = await redis.commands.xrange(Keys(name[-32:].strip("-")).outbox())
    desk, found = load(COMPANY), []
    for _, entry in entries:
        if "model_call" in entry:
            (output,) = outputs_of(entry, desk)
            assert output.topic is MODEL_CALLS
            assert isinstance(output.event.data, ModelCall)
            found.append(output.event.data)
    return found


async def test_who_looks_gets_a_summary_and_the_wish_once_and_it_is_on_the_ledger(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    async with running_model(answer) as server:
        settings = {"model_url": server.url, "model_name": "small"}
        async with looking(redis_url, redis, unique_name, **settings) as desk:
            assert server.requests == [], "nothing was asked before somebody looked"
            first = await desk.get("work/i1/inferred")
            assert await desk.get("work/i1/inferred") == first
        assert len(server.requests) == 2
        assert "4711" not in server.sent
    assert first["summary"]["text"] == WHOLE[SUMMARY]
    assert first["wish_translated"]["text"] == WHOLE[LINE]
    assert {first["summary"]["language"], first["summary"]["source"]} == {"en", "model_inferred"}
    calls = await calls_in_the_outbox(redis, unique_name)
    assert sorted(call.purpose for call in calls) == ["summary", "translation"]
    assert {call.inquiry_id for call in calls} == {"i1"}


async def test_what_a_system_knows_of_the_customer_does_not_leave_either(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    """Such as a name that an answer has spoken, in the middle of a sentence."""
    at = datetime.now(UTC)
    known = Fact(name="customer_name", value="Anna Kowalski", source="system_verified")
    turns = tuple(Turn(by="bot", text="Anna Kowalski hat heute bezahlt", at=at) for _ in range(8))
    asked = {"inquiry_id": "i1", "conversation_id": "c1", "text": SAID}
    made = decision(asked, language="de", received_at=at, decided_at=at, history=turns)
    async with running_model(answer) as server:
        settings = {"model_url": server.url, "model_name": "small"}
        async with served(redis_url, redis, unique_name, **settings) as desk:
            keys = Keys(unique_name[-32:].strip("-"))
            await redis.commands.set(keys.decision("i1"), made.model_dump_json())
            work = new_work(desk.rules, made, arrival_ms=int(at.timestamp() * 1000))
            brief = work.details.brief.model_copy(update={"facts": (known,)})
            details = work.details.model_copy(update={"brief": brief})
            await desk.pool.enqueue([replace(work, details=details)])
            await desk.get("work/i1/inferred")
        assert "hat heute bezahlt" in server.sent
        assert "Kowalski" not in server.sent


async def test_whoever_looks_during_a_call_books_the_most_it_can_cost_until_its_end_is_known(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    """As they do where the process that had asked has died."""
    both_asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(request: web.Request, body: dict[str, Any]) -> str:
        if len(server.requests) == 2:
            both_asked.set()
        await go_on.wait()
        return answer(request, body)

    async with running_model(slowly) as server:
        settings = {"model_url": server.url, "model_name": "small", "model_timeout_s": 5.0}
        async with looking(redis_url, redis, unique_name, **settings) as desk:
            first = asyncio.create_task(desk.get("work/i1/inferred"))
            await both_asked.wait()
            nothing = {"summary": None, "wish_translated": None}
            assert await desk.get("work/i1/inferred") == nothing
            guessed = await calls_in_the_outbox(redis, unique_name)
            assert [(call.estimated, call.reason) for call in guessed] == [
                (True, "interrupted")
            ] * 2
            go_on.set()
            assert (await first)["summary"]["text"] == WHOLE[SUMMARY]
            await desk.get("work/i1/inferred")
    assert len(server.requests) == 2
    known = (await calls_in_the_outbox(redis, unique_name))[2:]
    assert {call.call_id for call in known} == {call.call_id for call in guessed}
    assert len(known) == 2
    assert all(not call.estimated and call.tokens_in == 200 for call in known)


async def test_a_model_that_lies_or_stalls_costs_only_itself(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    async def stall(*_: object) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    def lie(*_: object) -> str:
        return json.dumps({"text": SUMMARY.replace("49.90", "94.90")})

    for name, what in (("a", stall), ("b", lie)):
        async with running_model(what) as server:
            settings = {"model_url": server.url, "model_name": "small", "model_timeout_s": 0.5}
            where = f"{unique_name}{name}"
            async with looking(redis_url, redis, where, **settings) as desk:
                nothing = {"summary": None, "wish_translated": None}
                assert await desk.get("work/i1/inferred") == nothing
                assert (await desk.get("inquiries/i1"))["messages"][0]["text"] == SAID
        results = {call.result for call in await calls_in_the_outbox(redis, where)}
        assert results == ({"failed"} if what is stall else {"rejected"})


async def test_without_a_model_there_is_nothing_to_look_at(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    async with looking(redis_url, redis, unique_name) as desk:
        assert await desk.get("work/i1/inferred") == {"summary": None, "wish_translated": None}
        assert (await desk.client.get("/v1/work/nowhere/inferred")).status_code == 404
    assert await calls_in_the_outbox(redis, unique_name) == []
