"""What is owed to a customer: to know that a machine writes, a way to a person, no second answer to the
same question. The sample company's own texts, router and bot on a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.bot.app import load_library
from services.router.policy import load_policy
from services.router.signals import Signals
from tests.integration.bot.desk import Desk, desk_with, handovers, replies
from tests.unit.router.test_rules import SURE
from warmline.events import Feedback, Reply
from warmline.events.envelope import Event

COMPANY = Path("examples/paylater")
LIBRARY = load_library(COMPANY)
POLICY, _ = load_policy(COMPANY / "topics.yaml")
TOPICS = {
    "pay": "how_to_pay",
    "zahl": "how_to_pay",
    "parcel": "delivery_status",
    "paket": "delivery_status",
    "fee": "late_fee",
    "gebühr": "late_fee",
}


class Reader:
    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text.lower()) for text in texts]

    def _read(self, text: str) -> Signals:
        german = any(word in text for word in ("ich", "wie", "wo ", "warum", "mein"))
        topic = next((topic for word, topic in TOPICS.items() if word in text), None)
        return replace(
            SURE,
            topic=topic,
            language="de" if german else "en",
            confidence=0.99 if topic else 0.2,
            mood="angry" if "!!!" in text else "calm",
        )


@pytest.fixture
async def desk(redis_url: str, unique_name: str) -> AsyncIterator[Desk]:
    async with desk_with(redis_url, unique_name, LIBRARY, POLICY, Reader()) as made:
        yield made


FIRST = {
    ("en", "answer"): "how do I pay",
    ("de", "answer"): "wie kann ich zahlen",
    ("en", "question"): "why this late fee?",
    ("de", "question"): "warum diese Mahngebühr, wofür ist die?",
}


@pytest.mark.parametrize(("language", "kind"), FIRST)
async def test_the_first_message_says_in_the_customers_language_that_a_machine_writes(
    desk: Desk, language: str, kind: str
) -> None:
    [first] = replies(await desk.says(FIRST[language, kind]))
    texts = LIBRARY.texts[language]
    assert (first.language, first.kind, first.discloses_ai) == (language, kind, True)
    assert first.text.startswith(texts.disclosure)
    assert _way_to_a_person(first)


@pytest.mark.parametrize("language", ["en", "de"])
async def test_it_is_said_once_and_the_way_to_a_person_in_every_message(
    desk: Desk, language: str
) -> None:
    said = {
        "en": ["how do I pay", "and where is my parcel", "why this late fee?", "PL-20431"],
        "de": ["wie zahle ich", "wo ist mein Paket", "warum diese Mahngebühr, wie das", "PL-20431"],
    }[language]
    heard = [reply for text in said for reply in replies(await desk.says(text))]
    assert [reply.kind for reply in heard] == ["answer", "answer", "question", "question"]
    assert [reply.discloses_ai for reply in heard] == [True, False, False, False]
    disclosure = LIBRARY.texts[language].disclosure
    assert [disclosure in reply.text for reply in heard] == [True, False, False, False]
    assert all(map(_way_to_a_person, heard))


def _way_to_a_person(reply: Reply) -> bool:
    assert LIBRARY.forms is not None
    if reply.kind == "question":
        return LIBRARY.forms.texts[reply.language].person_hint in reply.text
    return LIBRARY.texts[reply.language].asks_for_person_hint in reply.text


@pytest.mark.parametrize(
    "again",
    [
        "how do I pay",
        "no really, how does paying work",
        "can my husband pay it from his account",
        "how do I pay!!!",
    ],
)
async def test_who_asks_on_the_same_topic_again_gets_a_person_and_no_second_answer(
    desk: Desk, again: str
) -> None:
    [first] = replies(await desk.says("how do I pay"))
    assert first.kind == "answer"
    decision = (await desk.route(again)).data
    assert decision.route == "human"
    assert decision.reasons[0].code in ("repeat_contact", "frustration")


@pytest.mark.parametrize("again", ["how do I pay", "can my husband pay it from his account"])
async def test_an_answer_to_another_question_in_between_makes_no_difference(
    desk: Desk, again: str
) -> None:
    await desk.says("how do I pay")
    [second] = replies(await desk.says("where is my parcel"))
    assert second.kind == "answer"
    outputs = await desk.says(again)
    assert [one.reason for one in handovers(outputs)] == ["loop"]
    assert all(reply.kind != "answer" for reply in replies(outputs))


async def test_anger_after_an_answer_and_in_the_middle_of_questions_brings_a_person(
    desk: Desk,
) -> None:
    await desk.says("how do I pay")
    assert (await desk.route("where is my parcel!!!")).data.reasons[0].code == "frustration"
    other = Feedback(feedback_id="f", conversation_id="c1", kind="not_helped")
    assert await desk.router.feedback(Event("f", "/test", desk.clock(), other)) == []
    assert (await desk.conversation()).owner == "queue", "they have it already"


async def test_who_is_angry_is_asked_nothing(desk: Desk) -> None:
    await desk.says("why this late fee?")
    decision = (await desk.route("just look it up!!!")).data
    assert (decision.route, decision.reasons[0].code) == ("human", "frustration")


async def test_two_deliveries_of_one_question_get_one_answer(desk: Desk) -> None:
    one = await desk.route("how do I pay")
    first = await desk.bot.handle(one)
    assert await desk.bot.handle(one) == first
    turns = (await desk.conversation()).turns
    assert [turn.by for turn in turns] == ["customer", "bot"]
