"""Redis loses everything in the middle of a conversation: what the topics tell brings it back as it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from services.bot.handlers import Bot
from services.bot.recalling import Recalling
from services.bot.silence import Silence
from services.runtime.applied import Applied
from services.runtime.conversation import Conversation
from services.runtime.conversations import Conversations
from services.runtime.errors import LostWritesError
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from services.runtime.retelling import Retelling
from services.runtime.settings import ServiceSettings
from tests.integration.bot.desk import (
    EXTEND,
    REFUND,
    WAIT_S,
    WITH_DRAFT,
    Clock,
    Desk,
    FeeReader,
    handovers,
    ids,
    replies,
)
from tests.integration.service_process import ServiceProcess
from tests.unit.bot.build import asking_library, library
from tests.unit.router.licensing import router_of_licensed
from warmline.events import Decision, Event, Feedback
from warmline.topics import FEEDBACK, ROUTED_BOT, ROUTED_HUMAN


@dataclass
class Told(Desk):
    """A desk whose outputs go to Kafka, and whose Redis can lose everything."""

    redis: RedisClients = field(kw_only=True)
    topics: ServiceProcess = field(kw_only=True)

    async def says(self, text: str) -> list[Output]:
        decided = await self.route(text)
        outputs = await self.bot.handle(decided)
        self.tell(outputs)
        return outputs

    async def route(self, text: str) -> Event[Decision]:
        event = await super().route(text)
        topic = ROUTED_BOT if event.data.route == "bot" else ROUTED_HUMAN
        self.topics.publish(topic, [event])
        return event

    def tell(self, outputs: list[Output]) -> None:
        self.topics.publish_all((output.topic, output.event) for output in outputs)

    async def complains(self, about: str) -> list[Output]:
        said = Feedback(feedback_id="f1", conversation_id="c1", inquiry_id=about, kind="not_helped")
        event = Event("f1", "/test", self.clock(), said)
        self.topics.publish(FEEDBACK, [event])
        outputs = await self.router.feedback(event)
        self.tell(outputs)
        return outputs

    async def wipe(self) -> None:
        pattern = Keys(self.topics.name).work().removesuffix("work") + "*"
        async for key in self.redis.commands.scan_iter(pattern):
            await self.redis.commands.delete(key)

    async def restore(self) -> int:
        settings = ServiceSettings(
            kafka_bootstrap=self.topics.kafka, topic_prefix=self.topics.prefix
        )
        keys = Keys(self.topics.name)
        found = await Retelling(settings, self.redis.commands, keys, self.clock).restore()
        recalling = Recalling(self.bot, self.conversations, self.clock, round(WAIT_S * 1000))
        await recalling.on_start()
        return found

    async def due_ms(self) -> float | None:
        return await self.redis.commands.zscore(Keys(self.topics.name).intake_due(), "c1")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    clients = connect(redis_url)
    yield clients
    await clients.aclose()


@pytest.fixture
def desk(redis: RedisClients, kafka: str, redis_url: str, unique_name: str, tmp_path: Path) -> Told:
    topics = ServiceProcess("bot", kafka, redis_url, unique_name, tmp_path / "bot.log")
    topics.create_topics()
    conversations = Conversations(redis.commands, Keys(unique_name))
    clock, library = Clock(), asking_library(EXTEND, REFUND)
    return Told(
        conversations=conversations,
        clock=clock,
        router=router_of_licensed(conversations, FeeReader(), WITH_DRAFT, "p1", clock),
        bot=Bot(library, conversations, clock, WAIT_S),
        silence=Silence(library, conversations, clock, retry_for_s=1.0),
        redis=redis,
        topics=topics,
    )


async def a_question(desk: Told) -> None:
    await desk.says("why this late fee?")


async def a_second_question(desk: Told) -> None:
    await desk.says("why this late fee?")
    desk.clock.now = desk.clock.now.replace(second=20)
    await desk.says("PL-20431")


async def an_answer_and_a_question(desk: Told) -> None:
    await desk.says("where is my refund?")
    desk.clock.now = desk.clock.now.replace(second=20)
    await desk.says("why this late fee?")


async def a_wish(desk: Told) -> None:
    await desk.says("why this late fee?")
    desk.clock.now = desk.clock.now.replace(second=20)
    await desk.says("a person please")


Scene = Callable[[Told], Awaitable[None]]


@pytest.mark.parametrize("scene", [a_question, a_second_question, an_answer_and_a_question, a_wish])
async def test_the_conversation_is_the_same_as_before(desk: Told, scene: Scene) -> None:
    await scene(desk)
    before, due_ms = await desk.conversation(), await desk.due_ms()
    assert before.owner != "nobody"
    await desk.wipe()
    assert await desk.conversation() == Conversation()
    assert await desk.restore() == 1
    assert await desk.conversation() == before
    if before.awaits_answer:
        assert await desk.due_ms() == due_ms


async def test_a_question_survives_and_its_answer_is_taken_as_one(desk: Told) -> None:
    await desk.says("why this late fee?")
    await desk.wipe()
    await desk.restore()
    desk.clock.now = desk.clock.now.replace(second=30)
    [question] = replies(await desk.says("PL-20431"))
    assert "amount" in question.text
    handed = await desk.passes(WAIT_S)
    assert ids(handed) == ["i1", "i2"]
    facts = {fact.name: fact.value for fact in handovers(handed)[0].brief.facts}
    assert facts["order_number"] == "PL-20431"


async def test_a_silent_customer_is_handed_over_when_the_time_is_over_and_not_before(
    desk: Told,
) -> None:
    await a_second_question(desk)
    await desk.wipe()
    await desk.restore()
    assert await desk.passes(WAIT_S - 1) == []
    assert ids(await desk.passes(1)) == ["i1", "i2"]


async def test_a_question_that_cannot_be_made_again_reaches_people_at_once(desk: Told) -> None:
    """For instance since its form is gone from the company's files."""
    await a_second_question(desk)
    await desk.wipe()
    desk.bot = Bot(library(EXTEND, REFUND), desk.conversations, desk.clock, WAIT_S)
    await desk.restore()
    assert ids(await desk.passes(0)) == ["i1", "i2"]


async def test_a_question_that_a_complaint_has_overtaken_reaches_people_at_once(desk: Told) -> None:
    await an_answer_and_a_question(desk)
    await desk.complains("i1")
    await desk.wipe()
    await desk.restore()
    assert ids(await desk.passes(0)) == ["i2"]


async def test_decisions_and_answers_are_repeated_and_not_made_again(desk: Told) -> None:
    decided = await desk.route("where is my refund?")
    answered = await desk.bot.handle(decided)
    desk.tell(answered)
    complained = await desk.complains("i1")
    await desk.wipe()
    await desk.restore()
    desk.count = 0
    desk.clock.now = desk.clock.now.replace(second=30)
    assert await desk.route("where is my refund?") == decided
    assert await desk.complains("i1") == complained
    assert await desk.conversations.answer_given("i1") == replies(answered)[0].reply_id


async def test_what_redis_knows_better_than_the_topics_stays(desk: Told) -> None:
    await a_second_question(desk)
    before, due_ms = await desk.conversation(), await desk.due_ms()
    assert await desk.restore() == 0
    assert replace(await desk.conversation(), asked=None) == before
    assert await desk.due_ms() == due_ms


async def test_an_answer_that_redis_has_lost_is_known_again_beside_those_that_the_topics_have_dropped(
    desk: Told,
) -> None:
    await desk.says("where is my refund?")
    [given] = (await desk.conversation()).answers
    assert (given.topic, given.article_id) == ("refund", "refund")
    older = given.model_copy(update={"inquiry_id": "i0", "topic": "due_date"})
    for kept in ([older], [older, given]):
        known = json.dumps([one.model_dump() for one in kept])
        await desk.redis.commands.hset(Keys(desk.topics.name).conversation("c1"), "answers", known)
        assert await desk.restore() == 0
        assert (await desk.conversation()).answers == (older, given)


async def test_nobody_decides_or_speaks_while_redis_is_empty(desk: Told) -> None:
    keys = Keys(desk.topics.name)
    applied = Applied(desk.redis.commands, keys.applied("conversations"))
    await applied.begin()
    guarded = Conversations(desk.redis.commands, keys, applied)
    router = replace(desk.router, conversations=guarded)
    bot = Bot(asking_library(EXTEND, REFUND), guarded, desk.clock, WAIT_S)
    decided = await desk.route("where is my refund?")
    [conversation] = await guarded.read(["c1"])
    proposal = router._proposal("i1", conversation, decided.data, None)
    await desk.wipe()
    with pytest.raises(LostWritesError):
        await guarded.record([proposal])
    with pytest.raises(LostWritesError):
        await bot.handle(decided)
    said = Feedback(feedback_id="f1", conversation_id="c1", inquiry_id="i1", kind="not_helped")
    with pytest.raises(LostWritesError):
        await router.feedback(Event("f1", "/test", desk.clock(), said))
    with pytest.raises(LostWritesError):
        await applied.note("inquiries", {0: 7})
    assert [key async for key in desk.redis.commands.scan_iter(f"*{desk.topics.name}*")] == []
