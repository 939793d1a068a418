"""Every topic of the sample company in both languages, through Kafka: an inquiry in, and the right
answer out, or the right brief with a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bench.intake.openings import Opening, openings
from services.agents.records import Records
from services.agents.work import Details
from services.bot.app import load_library
from services.bot.rules import Library, answer_text
from services.intake.facts.found import conventions_of
from services.intake.filling import facts_said
from services.router.policy import Policy, TopicPolicy, load_policy
from services.runtime.clock import now
from services.runtime.keys import Keys
from services.runtime.redis import connect
from tests.integration.service_process import Beside, ServiceProcess, running_beside
from tests.servers import eventually
from warmline.client import Client
from warmline.events import Assignment, Event, Inquiry, Licence, Reply
from warmline.topics import ASSIGNMENTS, LICENCES, REPLIES

COMPANY = Path("examples/paylater")
ANSWERS = yaml.safe_load(Path("bench/intake/answers.yaml").read_text(encoding="utf-8"))["fields"]


@pytest.fixture
def services(router: ServiceProcess, tmp_path: Path) -> Iterator[ServiceProcess]:
    """Bot and people's desk beside the router; gives the router's process."""
    with running_beside(router, tmp_path, Beside("bot"), Beside("agents", ("worker",))):
        yield router


def grants(policy: Policy) -> Iterator[Event[Licence]]:
    """What the company's file allows, as if it had been earned in both languages."""
    for topic in policy.topics:
        for language in policy.languages:
            licence = Licence(
                topic=topic.id, language=language, state=topic.bot, version=1, reason="test"
            )
            yield Event(f"{topic.id}.{language}", "/test", now(), licence)


@dataclass
class Customers:
    """One conversation for each topic and language; they answer whatever the bot asks."""

    client: Client
    library: Library
    seen: dict[str, Reply] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)

    def open(self, conversation: str, text: str) -> None:
        self.say(conversation, 0, text)

    def say(self, conversation: str, number: int, text: str) -> None:
        inquiry = Inquiry(
            inquiry_id=f"{conversation}.{number}",
            conversation_id=conversation,
            customer_id=f"k.{conversation}",
            text=text,
        )
        self.client.publish(inquiry)

    def hear(self, replies: list[Reply]) -> None:
        for reply in replies:
            if reply.reply_id not in self.seen:
                self.seen[reply.reply_id] = reply
                if reply.kind == "question":
                    name = self._asked(reply)
                    asked = self.asked.setdefault(reply.conversation_id, [])
                    asked.append(name)
                    text = ANSWERS[name][reply.language][0]
                    self.say(reply.conversation_id, len(asked), text)

    def _asked(self, reply: Reply) -> str:
        assert self.library.forms is not None
        return next(
            name
            for name, one in self.library.forms.fields.items()
            if one.question[reply.language] in reply.text
        )

    def last(self, conversation: str) -> Reply | None:
        said = [one for one in self.seen.values() if one.conversation_id == conversation]
        return said[-1] if said else None


async def _details(service: ServiceProcess, inquiry_ids: list[str]) -> dict[str, Details]:
    redis = connect(service.redis_url)
    found = await Records(redis.commands, Keys(service.desk)).details(inquiry_ids)
    await redis.aclose()
    return {details.inquiry.inquiry_id: details for details in found}


def last_friday() -> str:
    today = now().date()
    return (today - timedelta(days=(today.weekday() - 4) % 7 or 7)).isoformat()


def heard(name: str, language: str) -> dict[str, str]:
    """The facts that a brief must hold after the answer to a question for `name`, in normal form."""
    dates = {"payment_date": "--04-28", "wished_date": "--06-15", "letter_date": "2026-05-03"}
    known = {
        **dates,
        "order_number": "PL-20431",
        "return_date": last_friday() if language == "en" else "--05-02",
        "amount": "49.90 EUR",
        "refund_expected": "118.00 EUR",
        "refund_received": "98.00 EUR",
        "email": "kim.lane@example.com" if language == "en" else "kim.lang@example.de",
    }
    facts = {name: known.get(name, ANSWERS[name][language][0])}
    if name == "wished_plan":
        facts["amount"] = "40.00 EUR"
    if name == "new_details" and language == "de":
        facts["phone"] = "+4915123456789"
    return facts


def reason_of(topic: TopicPolicy, too_complex: bool) -> str:
    """Every opening is sure enough, so what may be answered and is not was too complex."""
    if topic.harm == "risk":
        return "risk"
    if topic.bot == "human_only":
        return "no_licence"
    if too_complex:
        return "policy" if topic.intake else "complexity"
    return "draft" if topic.bot == "draft" else "should have been answered"


@dataclass(frozen=True)
class Expected:
    """What people must get of a conversation that the bot has not answered."""

    reason: str
    facts: dict[str, str]
    completeness: float


def expected(
    topic: TopicPolicy,
    language: str,
    opening: Opening,
    asked: Sequence[str],
    library: Library,
    policy: Policy,
) -> Expected:
    """Facts of the opening, as the rules read it, and of the answers, as they are written here."""
    assert library.forms is not None
    writing = conventions_of(language, today=now().date())
    said = facts_said(library.forms, topic.id, [opening.text], writing)
    facts = {fact.name: fact.value for fact in said}
    for name in asked:
        facts |= heard(name, language)
    form = library.forms.forms.get(topic.id)
    if form is None:
        complete = (3 + bool(facts)) / 4
    elif form.required:
        complete = sum(name in facts for name in form.required) / len(form.required)
    else:
        complete = 1.0
    too_complex = opening.complexity > policy.max_complexity
    return Expected(reason_of(topic, too_complex), facts, complete)


def faults_of_answer(reply: Reply, topic: TopicPolicy, text: str, library: Library) -> list[str]:
    """An answer must be the very article that this question chooses, word for word."""
    language = reply.language
    article, why = library.knowledge.choose(topic.id, language, now().date(), {}, text)
    if article is None or topic.bot != "licensed":
        return [f"answered though {topic.bot}, {why}"]
    right = answer_text(article.body, library.texts[language], reply.discloses_ai)
    checks = {
        "article": reply.article_id == article.about.id,
        "why": reply.article_why == why,
        "text": reply.text == right,
        "disclosure": reply.discloses_ai and library.texts[language].disclosure in reply.text,
    }
    return [name for name, good in checks.items() if not good]


def faults_of_brief(details: Details, work: Assignment, want: Expected, key: str) -> list[str]:
    brief = details.brief
    facts = {fact.name: fact.value for fact in reversed(brief.facts)}  # what counts most is first
    checks = {
        "topic": f"{work.topic}.{brief.language}" == key,
        "reason": details.reason == want.reason,
        "facts": facts == want.facts,
        "sources": {fact.source for fact in brief.facts} <= {"customer_said"},
        "wish": brief.wish == " ".join(details.inquiry.text.split())[:300],
        "completeness": abs(brief.completeness - want.completeness) < 1e-6,
    }
    shown = f"{details.reason}, {facts}, {brief.completeness}"
    return [f"{name}: {want}, got {shown}" for name, good in checks.items() if not good]


def test_every_topic_ends_with_the_right_answer_or_the_right_brief(
    services: ServiceProcess, client: Client, model: Path
) -> None:
    policy, _ = load_policy(COMPANY / "topics.yaml")
    library = load_library(COMPANY)
    services.publish(LICENCES, grants(policy))
    texts = openings(model, policy)
    assert len(texts) >= 2 * len(policy.topics) - 12, "most topics can be read surely"
    customers = Customers(client, library)
    for (topic, language), opening in texts.items():
        customers.open(f"{topic}.{language}", opening.text)

    def enqueued() -> dict[str, Assignment]:
        return {
            event.data.conversation_id: event.data
            for event in services.read(ASSIGNMENTS)
            if event.data.step == "enqueued"
        }

    def all_have_ended() -> bool:
        customers.hear([event.data for event in services.read(REPLIES)])
        queued = enqueued()
        return all(
            key in queued or (last is not None and last.kind == "answer")
            for key in (f"{topic}.{language}" for topic, language in texts)
            for last in (customers.last(key),)
        )

    eventually(all_have_ended, 120)
    works = enqueued()
    details = asyncio.run(_details(services, [f"{topic}.{lang}.0" for topic, lang in texts]))
    wrong: dict[str, list[str]] = {}
    needed = filled = 0
    for (topic_id, language), opening in texts.items():
        key = f"{topic_id}.{language}"
        may, last = policy.of(topic_id), customers.last(key)
        assert may is not None
        if last is not None and last.kind == "answer":
            wrong[key] = faults_of_answer(last, may, opening.text, library)
            continue
        asked = customers.asked.get(key, [])
        want = expected(may, language, opening, asked, library, policy)
        wrong[key] = faults_of_brief(details[f"{key}.0"], works[key], want, key)
        assert library.forms is not None
        form = library.forms.forms.get(topic_id)
        if form is not None and form.ask and asked:
            known = {fact.name for fact in details[f"{key}.0"].brief.facts}
            needed += len(form.required)
            filled += sum(name in known for name in form.required)
    faults = {key: what for key, what in wrong.items() if what}
    assert faults == {}, json.dumps(faults, indent=1)
    answered = [reply for reply in customers.seen.values() if reply.kind == "answer"]
    assert len(answered) > len([topic for topic in policy.topics if topic.bot == "licensed"])
    asked_count = sorted(len(asked) for asked in customers.asked.values())
    assert filled / needed >= 0.9, json.dumps({"filled": filled, "needed": needed})
    assert asked_count[len(asked_count) // 2] <= 2
