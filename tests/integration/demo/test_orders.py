"""The sample company's order system, a process of its own, and what the bot makes of it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from services.bot.app import load_library
from services.bot.handlers import Bot
from services.bot.silence import Silence
from services.lookups.configuration import Source, load_lookups
from services.lookups.fetching import Fetching, NoAnswerError
from services.lookups.lookups import Lookups
from services.router.policy import load_policy
from services.router.signals import Signals
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.bot.desk import WAIT_S, Clock, Desk, handovers, replies
from tests.servers import eventually
from tests.system_server import running_system
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import SURE
from warmline.demo.company import AUTHORIZATION, CHECKOUT, ORDERS, copy_company
from warmline.demo.services import answers
from warmline.events import Event, Inquiry, Reply
from warmline.local.ports import free_port
from warmline.local.processes import Process

SECRET = "Bearer of this test"  # noqa: S105 - made up
DUE = "when is the payment for order 66120 due?"


class Reader:
    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        if "later" in text:
            return replace(SURE, topic="extend_due_date")
        return replace(SURE, topic="refund_status" if "refund" in text else "payment_due_date")


@pytest.fixture
def company(tmp_path: Path) -> Path:
    return copy_company(tmp_path / "company", orders_port=free_port())


@pytest.fixture
def orders(company: Path, tmp_path: Path) -> Iterator[Process]:
    port = _port(company)
    argv = [sys.executable, "-m", "warmline.demo.orders", str(port), str(company / ORDERS)]
    process = Process(
        "orders", argv, tmp_path, env={AUTHORIZATION: SECRET}, cwd=CHECKOUT, die_with_parent=True
    )
    process.start()
    eventually(lambda: answers(port, "/readyz"), timeout_s=30)
    yield process
    process.stop(5)


def _source(company: Path) -> Source:
    source = load_lookups(company, {AUTHORIZATION: SECRET})
    assert source is not None
    return source


def _port(company: Path) -> int:
    return urlsplit(_source(company).lookups.lookups["order"].url).port or 0


@asynccontextmanager
async def desk_of(company: Path, redis: RedisClients, name: str) -> AsyncIterator[Desk]:
    conversations, clock = Conversations(redis.commands, Keys(name)), Clock()
    lookups = Lookups(_source(company), redis.commands, Keys(name))
    library = load_library(company)
    policy, version = load_policy(company / "topics.yaml")
    yield Desk(
        conversations=conversations,
        clock=clock,
        router=router_of_licensed(conversations, Reader(), policy, version, clock),
        bot=Bot(library, conversations, clock, WAIT_S, lookups=lookups),
        silence=Silence(library, conversations, clock, retry_for_s=1.0),
    )
    await lookups.aclose()


@pytest.fixture
async def desk(redis: RedisClients, unique_name: str, company: Path) -> AsyncIterator[Desk]:
    async with desk_of(company, redis, unique_name) as one:
        yield one


async def asks(desk: Desk, text: str, customer_id: str = "c0015") -> list[Any]:
    desk.count += 1
    number = desk.count
    inquiry = Inquiry(
        inquiry_id=f"i{number}",
        conversation_id=f"c{number}",
        customer_id=customer_id,
        text=text,
    )
    [[output]] = await desk.router.inquiries([Event(f"e{number}", "/test", desk.clock(), inquiry)])
    return await desk.bot.handle(output.event)  # type: ignore[arg-type]


async def answer(desk: Desk, text: str, customer_id: str = "c0015") -> Reply:
    [reply] = replies(await asks(desk, text, customer_id))
    return reply


@pytest.mark.usefixtures("orders")
async def test_a_customer_reads_what_the_order_system_knows_of_their_order(desk: Desk) -> None:
    due = await answer(desk, DUE)
    assert due.article_id == "payment_due_date_order"
    assert "For order PL-66120, 49.90 EUR is still open. It is due on" in due.text
    paid = await answer(desk, "was the refund for PL-68850 sent?", "c0361")
    assert paid.article_id == "refund_status_paid"
    assert "35.50 EUR" in paid.text


@pytest.mark.usefixtures("orders")
async def test_nobody_reads_of_somebody_elses_order(desk: Desk) -> None:
    reply = await answer(desk, DUE, "c0361")
    assert reply.article_id == "payment_due_date"
    assert "49.90" not in reply.text


@pytest.mark.usefixtures("orders")
async def test_a_person_finds_what_the_system_knows_beside_what_the_customer_said(
    desk: Desk,
) -> None:
    await asks(desk, "can I pay PL-63318 later?", "c0067")
    desk.clock.now += timedelta(seconds=WAIT_S + 1)
    [brief] = [one.brief for one in handovers(await desk.passes(0))]
    sources = {fact.name: fact.source for fact in brief.facts}
    assert sources["open_amount"] == "system_verified"
    assert sources["order_number"] == "customer_said"


async def test_with_the_order_system_down_the_bot_answers_without_it(
    orders: Process, desk: Desk
) -> None:
    orders.stop(5)
    assert (await answer(desk, DUE)).article_id == "payment_due_date"


@pytest.mark.usefixtures("orders")
async def test_a_bot_without_the_secret_is_told_nothing(company: Path) -> None:
    fetching, lookup = Fetching(), _source(company).lookups.lookups["order"]
    url = lookup.url.format(order_number="PL-66120")
    with pytest.raises(NoAnswerError, match="401"):
        await fetching.get(lookup, url, {})
    assert await fetching.get(lookup, url, {"Authorization": SECRET}) is not None
    await fetching.aclose()


@pytest.mark.parametrize(
    "said",
    [
        {
            "number": "PL-66120",
            "customer": {"id": "c0015"},
            "invoice": {"due": "soon", "open": "?"},
        },
        {"number": "PL-66120", "customer": {"id": "c9999"}, "invoice": {"due": "2026-12-24"}},
        web.Response(text="<html>"),
    ],
)
async def test_a_lying_order_system_gets_no_word_into_an_answer(
    redis: RedisClients, unique_name: str, tmp_path: Path, said: Any
) -> None:
    async with running_system(lambda _: said) as server:
        copied = copy_company(tmp_path / "company", orders_port=server.port)
        async with desk_of(copied, redis, unique_name) as desk:
            reply = await answer(desk, DUE)
        assert (reply.article_id, len(server.requests)) == ("payment_due_date", 1)
