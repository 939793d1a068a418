"""What a company's systems say, in answers, questions and briefs: bot, router and Redis as they run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from services.bot.handlers import Bot
from services.bot.silence import Silence
from services.lookups.configuration import Lookups as File
from services.lookups.configuration import Source
from services.lookups.lookups import Lookups
from services.router.signals import Signals
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from tests.integration.bot.desk import WAIT_S, Clock, Desk, handovers, replies
from tests.system_server import Answer, SystemServer, running_system
from tests.unit.bot.build import article, asking_library
from tests.unit.lookups.build import ORDER
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE
from warmline.events import Event

KNOWN = article(
    "It is due on {{ due_date }}.",
    id="due_date_known",
    topic="due_date",
    slots={"due_date": "date"},
)
GENERAL = article("See your invoice.", id="due_date", topic="due_date")
ORDER_FACTS = {
    "due_date": {"field": "due", "kind": "date"},
    "amount": {"field": "fee", "kind": "amount", "currency": "EUR"},
}
GOOD = {"customer": {"id": "k1"}, "due": "2026-12-24", "fee": 15}


class Reader:
    version = "test"

    def read(self, texts: Any) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        if "fee" in text:
            return replace(SURE, topic="late_fee")
        if "due" in text:
            return replace(SURE, topic="due_date")
        return replace(SURE, topic=None, confidence=0.2, wants_person="person" in text)


def desk_on(redis: RedisClients, name: str, server: SystemServer) -> tuple[Desk, Lookups]:
    asked = ORDER | {
        "topics": ["due_date", "late_fee"],
        "url": server.url + "/{order_number}",
        "private_hosts": ["127.0.0.1"],
        "facts": ORDER_FACTS,
        "timeout_s": 5,
    }
    file = File.model_validate({"version": 1, "lookups": {"order": asked}})
    lookups = Lookups(Source(file, {"order": {}}), redis.commands, Keys(name))
    conversations = Conversations(redis.commands, Keys(name))
    clock, library = Clock(), asking_library(KNOWN, GENERAL)
    desk = Desk(
        conversations=conversations,
        clock=clock,
        router=router_of_licensed(conversations, Reader(), POLICY, "p1", clock),
        bot=Bot(library, conversations, clock, WAIT_S, lookups=lookups),
        silence=Silence(library, conversations, clock, retry_for_s=1.0),
    )
    return desk, lookups


@pytest.fixture
async def with_system(redis: RedisClients, unique_name: str) -> AsyncIterator[Callable[..., Any]]:
    ends: list[Any] = []

    async def started(answer: Answer) -> tuple[Desk, SystemServer]:
        running = running_system(answer)
        server = await running.__aenter__()
        desk, lookups = desk_on(redis, unique_name, server)
        ends.append((running, lookups))
        return desk, server

    yield started
    for running, lookups in ends:
        await lookups.aclose()
        await running.__aexit__(None, None, None)


async def test_a_slot_is_filled_with_what_the_system_says(with_system: Callable[..., Any]) -> None:
    desk, server = await with_system(lambda _: GOOD)
    one = await desk.route("when is PL-20431 due?")
    [reply] = replies(await desk.bot.handle(one))
    assert "It is due on 24 December 2026." in reply.text
    assert replies(await desk.bot.handle(one)) == [reply]
    assert len(server.requests) == 1


async def test_when_the_system_fails_the_article_without_the_fact_is_given(
    with_system: Callable[..., Any],
) -> None:
    desk, server = await with_system(lambda _: web.Response(status=500))
    [reply] = replies(await desk.says("when is PL-20431 due?"))
    assert "See your invoice." in reply.text
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["soon", "{{ due_date }}", "2026-12-24<script>", None, 7])
async def test_a_lying_system_gets_no_word_into_an_answer(
    with_system: Callable[..., Any], value: Any
) -> None:
    desk, _ = await with_system(lambda _: GOOD | {"due": value})
    [reply] = replies(await desk.says("when is PL-20431 due?"))
    assert "See your invoice." in reply.text


async def test_what_a_system_knows_is_not_asked_and_is_verified_in_the_brief(
    with_system: Callable[..., Any],
) -> None:
    desk, server = await with_system(lambda _: GOOD)
    [question] = replies(await desk.says("why this late fee?"))
    assert "number of your order" in question.text
    assert server.requests == []
    outputs = await desk.says("PL-20431")
    brief = handovers(outputs)[0].brief
    assert [(fact.name, fact.value, fact.source) for fact in brief.facts] == [
        ("due_date", "2026-12-24", "system_verified"),
        ("amount", "15 EUR", "system_verified"),
        ("order_number", "PL-20431", "customer_said"),
    ]
    assert brief.completeness == 1.0
    assert brief.lookups == {"order": "answered"}
    assert all(one.decision.inquiry.attributes == {} for one in handovers(outputs))


async def test_when_the_system_fails_the_fact_is_asked_for(
    with_system: Callable[..., Any],
) -> None:
    desk, _ = await with_system(lambda _: web.Response(status=500))
    await desk.says("why this late fee?")
    [question] = replies(await desk.says("PL-20431"))
    assert "amount" in question.text


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (lambda _: web.Response(status=500), "no_answer"),
        (lambda _: web.Response(text="<html>"), "no_answer"),
        (lambda _: web.Response(status=404), "nothing"),
        (lambda _: GOOD | {"customer": {"id": "somebody else"}}, "nothing"),
    ],
)
async def test_the_brief_says_what_became_of_asking_a_system(
    with_system: Callable[..., Any], says: Any, told: str
) -> None:
    desk, _ = await with_system(says)
    await desk.says("why this late fee for PL-20431?")
    brief = handovers(await desk.says("skip"))[0].brief
    assert brief.lookups == {"order": told}
    assert {fact.source for fact in brief.facts} == {"customer_said"}


async def test_the_brief_of_a_silent_customer_says_so_as_well(
    with_system: Callable[..., Any],
) -> None:
    desk, _ = await with_system(lambda _: web.Response(status=500))
    await desk.says("why this late fee for PL-20431?")
    assert handovers(await desk.passes(WAIT_S + 1))[0].brief.lookups == {"order": "no_answer"}


async def test_facts_of_a_silent_customers_matter_reach_people_with_their_source(
    with_system: Callable[..., Any],
) -> None:
    desk, _ = await with_system(lambda _: {"customer": {"id": "k1"}, "due": "2026-12-24"})
    await desk.says("why this late fee for PL-20431?")
    outputs = await desk.passes(WAIT_S + 1)
    facts = handovers(outputs)[0].brief.facts
    assert ("due_date", "2026-12-24", "system_verified") in [
        (fact.name, fact.value, fact.source) for fact in facts
    ]


async def test_a_wish_for_a_person_waits_for_no_system(with_system: Callable[..., Any]) -> None:
    desk, server = await with_system(lambda _: GOOD)
    routed = (await desk.route("when is PL-20431 due?")).data
    wish = routed.model_copy(update={"wants_person": True})
    outputs = await desk.bot.handle(Event("e", "/test", desk.clock(), wish))
    assert [one.reason for one in handovers(outputs)] == ["explicit_wish"]
    assert server.requests == []


async def test_the_service_reads_the_file_of_its_company(tmp_path: Path) -> None:
    from services.bot.app import build_lookups
    from services.bot.settings import BotSettings
    from tests.unit.lookups.build import write

    company = BotSettings(company=tmp_path)
    redis = connect("redis://127.0.0.1:1/0")
    assert build_lookups(company, redis.commands) == (None, [])
    write(tmp_path)
    lookups, faults = build_lookups(company, redis.commands)
    assert isinstance(lookups, Lookups)
    assert faults == []
    await lookups.aclose()
    await redis.aclose()
