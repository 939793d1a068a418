"""The intake on a real Redis: what is asked, who takes over, and what survives being cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from services.router.signals import Signals
from services.runtime.conversation import Conversation
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.bot.desk import WAIT_S, Desk, FeeReader, Published, handovers, ids, replies
from tests.integration.bot.desk import desk as desk
from tests.unit.bot.build import FORMS
from warmline.errors import InvalidEventError
from warmline.events import Decision, Event, Feedback, Inquiry
from warmline.topics import ROUTED_HUMAN


async def test_a_conversation_is_asked_answers_and_is_handed_over_as_one_matter(desk: Desk) -> None:
    [question] = replies(await desk.says("why this late fee?"))
    assert question.kind == "question"
    [question] = replies(await desk.says("PL-20431"))
    assert "amount" in question.text
    outputs = await desk.says("15 euros")
    assert ids(outputs) == ["i1", "i2", "i3"]
    assert {handover.decision.topic for handover in handovers(outputs)} == {"late_fee"}
    first, *others = handovers(outputs)
    assert first.brief.completeness == 1.0
    assert all(other.brief == first.brief for other in others), "late fees have no article"
    [notice] = replies(outputs)
    assert notice.kind == "notice"
    assert await desk.passes(10 * WAIT_S) == []


async def test_every_message_of_an_intake_may_come_again(desk: Desk) -> None:
    one = await desk.route("why this late fee?")
    first = await desk.bot.handle(one)
    assert await desk.bot.handle(one) == first
    two = await desk.route("PL-20431")
    second = await desk.bot.handle(two)
    assert await desk.bot.handle(one) == []
    assert await desk.bot.handle(two) == second
    three = await desk.route("15 euros")
    third = await desk.bot.handle(three)
    assert await desk.bot.handle(two) == []
    assert await desk.bot.handle(three) == third
    turns = (await desk.conversation()).turns
    assert [turn.by for turn in turns].count("bot") == 3


async def test_a_wish_for_a_person_in_the_middle_takes_the_facts_along(desk: Desk) -> None:
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    wish = await desk.route("a person please")
    assert wish.data.route == "human"
    assert [(fact.name, fact.value) for fact in wish.data.facts] == [("order_number", "PL-20431")]
    assert wish.data.continues == "i1"
    assert await desk.passes(2 * WAIT_S) == []


async def test_the_button_in_the_middle_does_the_same(desk: Desk) -> None:
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    pressed = Feedback(feedback_id="f1", conversation_id="c1", kind="wants_person")
    [output] = await desk.router.feedback(Event("f1", "/test", desk.clock(), pressed))
    decision = output.event.data
    assert isinstance(decision, Decision)
    assert (decision.route, decision.continues) == ("human", "i1")
    assert [fact.value for fact in decision.facts] == ["PL-20431"]
    assert await desk.passes(2 * WAIT_S) == []


@pytest.mark.parametrize("kind", ["not_helped", "wants_person"])
async def test_feedback_on_an_earlier_matter_brings_the_awaited_one_to_people_as_well(
    desk: Desk, kind: Literal["not_helped", "wants_person"]
) -> None:
    [answer] = replies(await desk.says("where is my refund?"))
    assert answer.kind == "answer"
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    said = Feedback(feedback_id="f1", conversation_id="c1", kind=kind, inquiry_id="i1")
    [output] = await desk.router.feedback(Event("f1", "/test", desk.clock(), said))
    decision = output.event.data
    assert isinstance(decision, Decision)
    assert (decision.inquiry.inquiry_id, decision.route, decision.facts) == ("i1", "human", ())
    outputs = await desk.passes(1)
    assert ids(outputs) == ["i2", "i3"]
    assert "PL-20431" in [fact.value for fact in handovers(outputs)[0].brief.facts]
    assert (await desk.conversation()).owner == "queue"
    assert await desk.passes(2 * WAIT_S) == []


async def test_an_answer_under_way_while_an_earlier_matter_goes_to_people_is_not_lost(
    desk: Desk,
) -> None:
    await desk.says("where is my refund?")
    await desk.says("why this late fee?")
    answer = await desk.route("PL-20431")
    said = Feedback(feedback_id="f1", conversation_id="c1", kind="not_helped", inquiry_id="i1")
    await desk.router.feedback(Event("f1", "/test", desk.clock(), said))
    outputs = await desk.bot.handle(answer)
    assert replies(outputs) == []
    assert ids(outputs) == ["i2", "i3"]
    assert {one.event.id for one in await desk.passes(1)} <= {one.event.id for one in outputs}


async def test_a_handover_cut_off_before_an_earlier_matter_goes_to_people_is_not_lost(
    desk: Desk,
) -> None:
    await desk.says("where is my refund?")
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    last = await desk.route("15 euros")
    await desk.bot.handle(last)  # and the process dies before this is published
    said = Feedback(feedback_id="f1", conversation_id="c1", kind="not_helped", inquiry_id="i1")
    await desk.router.feedback(Event("f1", "/test", desk.clock(), said))
    assert ids(await desk.bot.handle(last)) == ["i2", "i3", "i4"]


async def test_feedback_that_names_an_inquiry_of_another_conversation_is_refused(
    desk: Desk,
) -> None:
    await desk.says("where is my refund?")
    said = Feedback(feedback_id="f1", conversation_id="c2", kind="not_helped", inquiry_id="i1")
    with pytest.raises(InvalidEventError, match="i1, which belongs to another conversation"):
        await desk.router.feedback(Event("f1", "/test", desk.clock(), said))


async def test_who_fell_silent_and_was_given_up_meets_the_bot_again(
    desk: Desk, redis: RedisClients, unique_name: str
) -> None:
    await desk.says("why this late fee?")
    assert ids(await desk.passes(WAIT_S + 1)) == ["i1"]
    closed: Any = redis.commands.hset(
        Keys(unique_name).conversation("c1"), mapping={"owner": "closed", "epoch": 9}
    )
    await closed
    assert (await desk.route("where is my refund?")).data.route == "bot"


class _German(FeeReader):
    """Reads everything but the first question as German."""

    def _read(self, text: str) -> Signals:
        read = super()._read(text)
        return read if "fee" in text else replace(read, language="de")


async def test_who_changes_language_is_asked_and_handed_over_in_it_also_when_silent(
    desk: Desk,
) -> None:
    desk.router = replace(desk.router, reader=_German())
    [english] = replies(await desk.says("why this late fee?"))
    [german] = replies(await desk.says("Ich spreche nur Deutsch, PL-20431"))
    assert (english.language, german.language) == ("en", "de")
    assert "Betrag" in german.text
    outputs = await desk.passes(WAIT_S + 1)
    assert [handover.brief.language for handover in handovers(outputs)] == ["de", "de"]


async def test_who_does_not_answer_in_time_is_handed_over_with_what_is_known(desk: Desk) -> None:
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    assert await desk.passes(WAIT_S - 1) == []
    outputs = await desk.passes(2)
    assert ids(outputs) == ["i1", "i2"]
    assert handovers(outputs)[0].brief.completeness == 0.5
    conversation = await desk.conversation()
    assert conversation.owner == "queue"
    assert (await desk.route("15 euros")).data.route == "human"
    assert await desk.passes(WAIT_S) == []


async def test_a_handover_that_was_cut_off_is_published_with_the_same_ids_later(
    desk: Desk,
) -> None:
    await desk.says("why this late fee?")

    class Broken(Published):
        async def publish(self, outputs: Sequence[Output]) -> None:
            self.outputs += outputs
            raise ConnectionError("the broker is away")

    broken = Broken()
    desk.clock.now += timedelta(seconds=WAIT_S + 1)
    with pytest.raises(ConnectionError):
        await desk.silence.round(broken)
    assert await desk.passes(1) == []
    again = await desk.passes(60)
    assert [one.event.id for one in again] == [one.event.id for one in broken.outputs]
    assert await desk.passes(3600) == []


async def test_a_question_that_comes_too_late_is_not_asked(desk: Desk) -> None:
    """The customer has written twice before the bot came to the first message."""
    one = await desk.route("why this late fee?")
    two = await desk.route("I mean the fee of 15 euros")
    outputs = await desk.bot.handle(one)
    assert replies(outputs) == []
    assert ids(outputs) == ["i1"]
    [question] = replies(await desk.bot.handle(two))
    assert "number of your order" in question.text


async def test_a_question_that_others_have_overtaken_still_reaches_people(
    desk: Desk, redis: RedisClients, unique_name: str
) -> None:
    await desk.says("why this late fee?")
    key = Keys(unique_name).conversation("c1")
    taken: Any = redis.commands.hset(key, mapping={"owner": "person", "epoch": 9})
    await taken
    assert ids(await desk.passes(WAIT_S + 1)) == ["i1"]
    assert (await desk.conversation()).owner == "person"


async def test_a_question_asked_while_the_next_message_is_decided_is_not_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot speaks after the router has read the conversation and before it records its decision."""
    first = await desk.route("why this late fee?")
    asked: list[Output] = []

    async def read(conversation_ids: Sequence[str]) -> list[Conversation]:
        monkeypatch.undo()
        seen = await desk.conversations.read(conversation_ids)
        asked.extend(await desk.bot.handle(first))
        return seen

    monkeypatch.setattr(desk.conversations, "read", read)
    second = (await desk.route("what is this?")).data
    assert [reply.kind for reply in replies(asked)] == ["question"]
    assert (second.mode, second.continues) == ("intake", "i1")


@pytest.mark.parametrize("agent_id", ["ada", ""])
async def test_a_question_that_was_overtaken_reaches_people_though_the_customer_writes_meanwhile(
    desk: Desk, redis: RedisClients, unique_name: str, agent_id: str
) -> None:
    """A person has dealt with an earlier message, or its customer has given up waiting, before the
    customer answers the question about the later one."""
    await desk.says("why this late fee?")
    key = Keys(unique_name).conversation("c1")
    closed: Any = {"owner": "closed", "epoch": 9, "agent_id": agent_id, "inquiry_id": "i0"}
    taken: Any = redis.commands.hset(key, mapping=closed)
    await taken
    decision = (await desk.route("order AB-123456")).data
    assert (decision.route, decision.reasons[0].code) == ("human", "known_person")
    assert ids(await desk.passes(WAIT_S + 1)) == ["i1"]


async def test_a_proposal_is_made_once_for_a_matter_of_several_messages(desk: Desk) -> None:
    """Quality judges each proposal by what the person sends, and they answer the matter, not each
    message."""
    await desk.says("I would like to extend it")
    outputs = await desk.says("skip")
    while not handovers(outputs):
        outputs = await desk.says("skip")
    first, *others = handovers(outputs)
    assert first.reason == "draft"
    assert first.brief.suggested_reply == "Ask us before the due date."
    assert others
    assert all(other.brief.suggested_reply is None for other in others)
    assert all(other.brief.facts == first.brief.facts for other in others)


async def test_of_a_guessed_topic_only_what_most_topics_need_is_asked(desk: Desk) -> None:
    decision = (await desk.route("maybe a fee?")).data
    assert (decision.mode, decision.topic_guessed) == ("intake", True)
    [question] = replies(await desk.bot.handle(Event("d", "/test", desk.clock(), decision)))
    assert "number of your order" in question.text
    outputs = await desk.says("PL-20431")
    assert ids(outputs) == ["i1", "i2"]
    brief = handovers(outputs)[0].brief
    assert [(fact.name, fact.value) for fact in brief.facts] == [("order_number", "PL-20431")]
    assert handovers(outputs)[0].reason == "no_licence"


class Suspicious(FeeReader):
    """Hears a wish for a person and a risk in every answer."""

    def _read(self, text: str) -> Signals:
        read = super()._read(text)
        suspect = read.topic is None
        return replace(read, wants_person=suspect, risk_tier="complaint" if suspect else None)


@pytest.fixture
def suspicious(desk: Desk) -> Desk:
    desk.router = replace(desk.router, reader=Suspicious(), forms=FORMS)
    return desk


@pytest.mark.parametrize("word", ["skip", "Skip!", "none", "no idea, sorry", "weiter"])
async def test_a_word_that_the_bot_has_offered_is_no_wish_and_no_risk(
    suspicious: Desk, word: str
) -> None:
    await suspicious.says("why this late fee?")
    decided = await suspicious.route(word)
    assert (decided.data.route, decided.data.wants_person) == ("bot", False)
    [question] = replies(await suspicious.bot.handle(decided))
    assert "amount" in question.text


@pytest.mark.parametrize("text", ["skip this and get me a person", "person", "skip the robot"])
async def test_whatever_says_more_than_that_word_is_heard_as_ever(
    suspicious: Desk, text: str
) -> None:
    await suspicious.says("why this late fee?")
    assert (await suspicious.route(text)).data.route == "human"


async def test_such_a_word_is_heard_as_ever_where_nothing_was_asked(suspicious: Desk) -> None:
    assert (await suspicious.route("none")).data.route == "human"


async def test_the_button_counts_beside_such_a_word(suspicious: Desk) -> None:
    await suspicious.says("why this late fee?")
    pressed = Inquiry(
        inquiry_id="i9", conversation_id="c1", customer_id="k1", text="skip", wants_person=True
    )
    [[output]] = await suspicious.router.inquiries(
        [Event("e9", "/test", suspicious.clock(), pressed)]
    )
    assert output.topic is ROUTED_HUMAN
