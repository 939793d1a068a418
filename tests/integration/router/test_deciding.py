"""The router's handlers on a real Redis: the first decision stands, whatever is repeated or races."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.bot.briefs import write_brief
from services.router.handlers import Router
from services.router.policy import Policy
from services.router.signals import Signals
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE, inquiry
from warmline import codec
from warmline.errors import InvalidEventError
from warmline.events import Decision, Event, Fact, Feedback, Handover, Inquiry, Turn
from warmline.events.base import TEXT_MAX_BYTES
from warmline.topics import HANDOFFS, ROUTED_BOT, ROUTED_HUMAN

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class SureReader:
    """Reads every text as the same licensed topic; what is tested here is what happens around it."""

    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [SURE for _ in texts]


@pytest.fixture
def router(redis: RedisClients, unique_name: str) -> Router:
    return router_on(redis, unique_name)


def router_on(redis: RedisClients, desk: str, policy: Policy = POLICY) -> Router:
    conversations = Conversations(redis.commands, Keys(desk))
    return router_of_licensed(
        conversations, SureReader(), policy, "p1", clock=lambda: datetime.now(UTC)
    )


def event(number: int, conversation: str = "c", text: str = "hello") -> Event[Inquiry]:
    data = inquiry(inquiry_id=f"i{number}", conversation_id=conversation, text=text)
    return Event(f"e{number}", "/test", AT, data)


def feedback(kind: str, number: int = 1, conversation: str = "c") -> Event[Feedback]:
    data = Feedback.model_validate(
        {"feedback_id": f"f{number}", "conversation_id": conversation, "kind": kind}
    )
    return Event(f"f{number}", "/test", AT, data)


async def decide(router: Router, *events: Event[Inquiry]) -> list[Decision]:
    return [output.event.data for (output,) in await router.inquiries(events)]  # type: ignore[misc]


async def test_a_repeated_inquiry_repeats_its_first_decision_byte_for_byte(router: Router) -> None:
    (first,) = await router.inquiries([event(1)])
    (again,) = await router.inquiries([event(1)])
    assert first == again
    assert first[0].event.data.model_dump_json() == again[0].event.data.model_dump_json()


async def test_each_message_of_a_batch_sees_what_the_one_before_it_changed(router: Router) -> None:
    first, other, second = await decide(router, event(1), event(2, "other"), event(3))
    assert (first.epoch, other.epoch) == (1, 1)
    assert (first.continues, other.continues, second.continues) == (None, None, "i1")
    assert [turn.text for turn in second.history] == ["hello"]


async def test_two_routers_racing_for_the_same_inquiries_decide_each_once(
    redis: RedisClients, unique_name: str
) -> None:
    events = [event(number, f"c{number % 7}") for number in range(60)]
    routers = [router_on(redis, unique_name) for _ in range(5)]
    decisions = await asyncio.gather(*(router.inquiries(events) for router in routers))
    assert all(answer == decisions[0] for answer in decisions)


async def test_an_id_used_for_another_message_is_refused(router: Router) -> None:
    await router.inquiries([event(1)])
    with pytest.raises(InvalidEventError, match="i1 was used before"):
        await router.inquiries([event(1, text="something else")])


@pytest.mark.parametrize("kind", ["not_helped", "wants_person"])
async def test_feedback_brings_a_person_in_with_the_next_epoch(router: Router, kind: str) -> None:
    (decision,) = await decide(router, event(1))
    assert decision.route == "bot"
    (output,) = await router.feedback(feedback(kind))
    handed = output.event.data
    assert isinstance(handed, Decision)
    assert output.topic is ROUTED_HUMAN
    assert handed.epoch == 2
    assert handed.inquiry == decision.inquiry
    (conversation,) = await router.conversations.read(["c"])
    assert conversation.owner == "queue"


@pytest.mark.parametrize("mark", ['"', "\x01", "😀"])
async def test_however_much_was_written_the_next_decision_fits_into_its_record(
    router: Router, mark: str
) -> None:
    """A refused record would keep the customer from people. Twice: a handover says it again in its brief."""
    longest = "a" + mark * ((TEXT_MAX_BYTES - 1) // len(mark.encode()))
    for number in range(1, 23):
        (decision,) = await decide(router, event(number, text=longest))
    assert decision.inquiry.text == longest
    assert 0 < len(decision.history) < 20
    brief = write_brief(decision, decision.history, None, None)
    handover = Handover(decision=decision, reason="policy", brief=brief)
    for topic, data in ((ROUTED_HUMAN, decision), (HANDOFFS, handover)):
        _, value, _ = codec.encode(topic, Event("e", "/test", AT, data))
        assert len(value) < topic.max_bytes


@pytest.mark.parametrize(
    ("spoken", "known"),
    [(["bot"], ["PL-20431"]), (["bot", "person"], []), (["person", "bot"], ["PL-20431"])],
)
async def test_facts_of_what_a_person_has_dealt_with_do_not_come_along(
    router: Router, redis: RedisClients, unique_name: str, spoken: list[str], known: list[str]
) -> None:
    """`left` closes a question of the bot too, and whoever comes back then repeats nothing."""
    await decide(router, event(1))
    keys, fact = Keys(unique_name), Fact(name="order", value="PL-20431", source="customer_said")
    closed: Any = {"owner": "closed", "agent_id": "ada", "facts": f"[{fact.model_dump_json()}]"}
    await redis.commands.hset(keys.conversation("c"), mapping=closed)
    for by in spoken:
        turn = Turn.model_validate({"by": by, "text": "so", "at": AT})
        await redis.commands.rpush(keys.turns("c"), turn.model_dump_json())
    (decision,) = await decide(router, event(2))
    assert [fact.value for fact in decision.facts] == known


async def test_a_button_after_a_person_has_closed_leads_to_that_person_first(
    router: Router, redis: RedisClients, unique_name: str
) -> None:
    await decide(router, event(1))
    conversation = Keys(unique_name).conversation("c")
    await redis.commands.hset(conversation, mapping={"owner": "closed", "agent_id": "ada"})
    (output,) = await router.feedback(feedback("wants_person"))
    handed = output.event.data
    assert isinstance(handed, Decision)
    assert handed.preferred_agent_id == "ada"


async def test_a_wish_by_button_counts_once_as_one_by_text_does(router: Router) -> None:
    def wishes() -> float:
        return REGISTRY.get_sample_value("warmline_router_wishes_total", {"language": "en"}) or 0.0

    before = wishes()
    await decide(router, event(1), event(2, "other"))
    await router.feedback(feedback("not_helped", 1))
    assert wishes() == before
    for _ in range(2):
        await router.feedback(feedback("wants_person", 2, "other"))
    assert wishes() == before + 1


async def test_repeated_feedback_repeats_its_decision_and_a_second_wish_changes_nothing(
    router: Router,
) -> None:
    await decide(router, event(1))
    first = await router.feedback(feedback("wants_person", 1))
    assert await router.feedback(feedback("wants_person", 1)) == first
    assert await router.feedback(feedback("wants_person", 2)) == []


async def test_praise_changes_nothing(router: Router) -> None:
    await decide(router, event(1))
    assert await router.feedback(feedback("helped")) == []


async def test_feedback_on_an_unknown_conversation_is_refused_with_what_to_do(
    router: Router,
) -> None:
    with pytest.raises(InvalidEventError, match="publish the inquiry first"):
        await router.feedback(feedback("wants_person", conversation="unheard-of"))


async def test_the_bot_may_speak_once_and_only_while_it_owns_the_conversation(
    router: Router,
) -> None:
    ((output,),) = await router.inquiries([event(1)])
    assert output.topic is ROUTED_BOT
    turn = {"by": "bot", "text": "answer", "at": AT}

    async def claim(reply_id: str, epoch: int) -> str:
        return await router.conversations.claim_answer(
            conversation_id="c",
            inquiry_id="i1",
            epoch=epoch,
            reply_id=reply_id,
            turn=Turn.model_validate(turn),
            at_ms=1,
        )

    assert await claim("r1", 1) == "speak"
    assert await claim("r1", 1) == "speak"
    assert await claim("r2", 1) == "answered"
    await router.feedback(feedback("wants_person"))
    assert await claim("r1", 1) == "overtaken"
