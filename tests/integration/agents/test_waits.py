"""Customers who wait hear of it: on Redis alone with a clock to turn, and from the real worker on Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.agents.insights import FOR_ONE, Insights
from services.agents.records import Records
from services.agents.rules import Rules
from services.agents.tally import half_hour
from services.agents.waits import TELL_EVERY_S, Waits
from services.runtime.handling import Output
from services.runtime.redis import RedisClients
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.integration.agents.service_desk import routed, serve_until_empty
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from tests.unit.agents.build import configuration
from warmline.events import Wait
from warmline.topics import ROUTED_HUMAN, WAITS

QUIET = {"heartbeat_s": 3600, "grace_s": 3600, "lapses_until_away": 100}


class Heard:
    """What customers have heard, newest last: inquiry, place, expected seconds."""

    def __init__(self) -> None:
        self.all: list[Wait] = []

    async def publish(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            assert output.topic is WAITS
            told: Any = output.event.data
            self.all.append(told)

    def take(self) -> list[tuple[str, int, float | None]]:
        taken = [(each.inquiry_id, each.position, each.expected_s) for each in self.all]
        self.all.clear()
        return taken


@pytest.fixture
def desk(redis: RedisClients, unique_name: str) -> DeskUnderTest:
    built = configuration(
        {"ada": {}, "bo": {}}, presence=QUIET, offer_timeout_s=3600, channels={"phone": {}}
    )
    desk = redis_desk(built, redis, unique_name)
    desk.clock.ms = half_hour(desk.clock.ms)
    return desk


def waits(desk: DeskUnderTest, token: str = "this") -> Waits:  # noqa: S107
    assert desk.redis is not None
    assert desk.keys is not None
    insights = Insights(
        desk.redis,
        desk.keys,
        Records(desk.redis.commands, desk.keys),
        Rules(desk.configuration),
        lambda: datetime.fromtimestamp(desk.clock.ms / 1000, UTC),
    )
    return Waits(insights, token)


async def known(desk: DeskUnderTest, handle_s: int) -> None:
    """The desk has handled enough to say how long one takes."""
    assert desk.redis is not None
    assert desk.keys is not None
    counted = {"general|handled": 10, "general|handle_ms": 10 * handle_s * 1000}
    await desk.redis.commands.hset(desk.keys.tally(half_hour(desk.clock.ms)), mapping=counted)  # type: ignore[arg-type]


async def test_who_begins_to_wait_hears_their_place_and_nobody_who_is_on_offer(
    desk: DeskUnderTest,
) -> None:
    await known(desk, handle_s=60)
    await desk.sign_in("ada")
    for name in ("i1", "i2", "i3"):
        await desk.inquiry(name)
        desk.clock.advance(1)
    await desk.inquiry("urgent", priority_min=5, language="de")
    heard, teller = Heard(), waits(desk)
    assert await teller.look(heard) == 3
    assert heard.take() == [("urgent", 1, 60.0), ("i2", 2, 120.0), ("i3", 3, 180.0)]
    await desk.inquiry("i4", "c-i4")
    assert await teller.look(heard) == 1
    (told,) = heard.all
    assert (told.inquiry_id, told.conversation_id, told.queue) == ("i4", "c-i4", "general")
    assert (told.position, told.members, told.waited_ms) == (4, ("i4",), 0)
    assert told.config_version == desk.configuration.version


async def test_who_waits_hears_again_when_it_has_changed_and_not_at_once(
    desk: DeskUnderTest,
) -> None:
    await known(desk, handle_s=60)
    await desk.sign_in("ada")
    for name in ("i1", "i2", "i3"):
        await desk.inquiry(name)
        desk.clock.advance(1)
    heard, teller = Heard(), waits(desk)
    await teller.look(heard)
    heard.take()
    await desk.leave("c-i2")
    desk.clock.advance(TELL_EVERY_S - 1)
    assert await teller.look(heard) == 0
    desk.clock.advance(1)
    assert await teller.look(heard) == 1
    assert heard.take() == [("i3", 1, 60.0)]
    desk.clock.advance(TELL_EVERY_S)
    await teller.look(heard)
    await desk.accept("ada", "i1")
    await desk.complete("ada", "i1")
    desk.clock.advance(TELL_EVERY_S)
    heard.take()
    assert await teller.look(heard) == 0  # it is on offer


async def test_where_nobody_can_say_how_long_the_place_is_told_without_a_number(
    desk: DeskUnderTest,
) -> None:
    await desk.inquiry("i1")
    heard, teller = Heard(), waits(desk)
    await teller.look(heard)
    assert heard.all[0].basis.startswith("too few handled lately")
    assert heard.take() == [("i1", 1, None)]
    await known(desk, handle_s=60)
    desk.clock.advance(TELL_EVERY_S)
    assert await teller.look(heard) == 0  # known, but nobody is there
    await desk.sign_in("ada")
    await desk.sign_in("bo")
    await desk.set_presence("ada", "break")
    await desk.set_presence("bo", "break")
    await desk.inquiry("i2")
    assert await teller.look(heard) == 1
    assert heard.all[0].basis == "nobody who serves this queue takes more now"


async def test_who_waits_for_one_person_alone_has_a_place_in_their_line_and_no_number(
    desk: DeskUnderTest,
) -> None:
    await known(desk, handle_s=60)
    await desk.sign_in("ada", "bo")
    holders = {}
    for name, channel in (("i1", "chat"), ("i2", "phone")):
        await desk.inquiry(name, channel=channel)
        holders[name] = str((await desk.work(name)).agent_id)
        await desk.accept(holders[name], name)
        desk.clock.advance(1)
    await desk.set_presence(holders["i1"], "break")
    await desk.transfer(holders["i2"], "i2", to_agent=holders["i1"])
    heard, teller = Heard(), waits(desk)
    await teller.look(heard)
    assert heard.all[0].basis == FOR_ONE
    assert heard.take() == [("i2", 1, None)]
    queue, wait = await teller.insights.wait_of("i2")
    assert (queue, wait.position, wait.expected_s) == ("general", 1, None)


async def test_one_process_of_a_desk_tells_and_another_goes_on(desk: DeskUnderTest) -> None:
    await desk.inquiry("i1")
    heard, first, second = Heard(), waits(desk, "first"), waits(desk, "second")
    assert await first.look(heard) == 1
    assert await second.look(heard) == 0
    assert desk.redis is not None
    assert desk.keys is not None
    assert 0 < await desk.redis.commands.pttl(desk.keys.teller()) <= 15_000
    await desk.redis.commands.delete(desk.keys.teller())
    assert await second.look(heard) == 1  # it cannot know what the first has told
    assert await first.look(heard) == 0
    assert await second.look(heard) == 0


async def test_long_lines_are_read_in_pieces_and_in_order(desk: DeskUnderTest) -> None:
    for number in range(1203):
        await desk.inquiry(f"i{number}", language=("en", "de")[number % 2])
        desk.clock.advance(0.001)
    records = waits(desk).insights.records
    assert (await records.lines(10_000))["general"] == [f"i{number}" for number in range(1203)]
    assert len((await records.lines(501))["general"]) == 1002


def test_the_worker_tells_it_on_the_topic(worker: ServiceProcess, api: httpx.Client) -> None:
    worker.start()
    worker.publish(ROUTED_HUMAN, [routed(n) for n in range(7)])

    def told() -> dict[str, Wait]:
        return {event.data.inquiry_id: event.data for event in worker.read(WAITS)}

    first = eventually(lambda: len(found := told()) == 7 and found, 60)
    assert isinstance(first, dict)
    by_queue: dict[str, list[int]] = {}
    for wait in first.values():
        assert wait.expected_s is None
        assert wait.basis.startswith("too few handled lately")
        by_queue.setdefault(wait.queue, []).append(wait.position)
    for places in by_queue.values():
        assert sorted(places) == list(range(1, len(places) + 1))
    serve_until_empty(api, 7)
    worker.publish(ROUTED_HUMAN, [routed(n) for n in range(100, 130)])  # more than they may hold

    def told_later() -> list[Wait]:
        return [wait for inquiry_id, wait in told().items() if inquiry_id not in first]

    later = eventually(told_later, 30)
    assert all(wait.expected_s is not None and wait.expected_s >= 0 for wait in later)
