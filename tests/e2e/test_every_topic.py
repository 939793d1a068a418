"""Every topic of the sample company in both languages, through Kafka: an inquiry in, and the right
answer out, or the right brief with a person."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.agents.records import Records
from services.agents.work import Details
from services.bot.app import load_library
from services.bot.rules import Library
from services.router.policy import Policy, load_policy
from services.router.reading import load_reader
from services.runtime.clock import now
from services.runtime.keys import Keys
from services.runtime.redis import connect
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from warmline.client import Client
from warmline.events import Event, Inquiry, Licence, Reply
from warmline.topics import ASSIGNMENTS, LICENCES, REPLIES

COMPANY = Path("examples/paylater")
ANSWERS = yaml.safe_load(Path("bench/intake/answers.yaml").read_text(encoding="utf-8"))["fields"]


@pytest.fixture
def services(router: ServiceProcess, tmp_path: Path) -> Iterator[ServiceProcess]:
    """Bot and people's desk beside the router; gives the router's process."""
    others = [
        ServiceProcess(
            name,
            router.kafka,
            router.redis_url,
            router.name,
            tmp_path / f"{name}.log",
            arguments=arguments,
        )
        for name, arguments in (("bot", ()), ("agents", ("worker",)))
    ]
    for other in others:
        other.start()
    yield router
    for other in others:
        other.end(signal.SIGKILL)


def grants(policy: Policy) -> Iterator[Event[Licence]]:
    """What the company's file allows, as if it had been earned in both languages."""
    for topic in policy.topics:
        for language in policy.languages:
            licence = Licence(
                topic=topic.id, language=language, state=topic.bot, version=1, reason="test"
            )
            yield Event(f"{topic.id}.{language}", "/test", now(), licence)


def openings(model: Path, policy: Policy) -> dict[tuple[str, str], str]:
    """For each topic and language the text that the model is surest of."""
    reader = load_reader(model, policy.languages)
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for row, read in zip(rows, reader.read([row["text"] for row in rows]), strict=True):
        right = (read.topic, read.language) == (row["topic"], row["language"])
        if right and not read.wants_person and read.risk_tier is None and read.mood == "calm":
            key = (row["topic"], row["language"])
            best[key] = max(best.get(key, (0.0, "")), (read.confidence, row["text"]))
    return {key: text for key, (_, text) in best.items()}


@dataclass
class Customers:
    """One conversation for each topic and language; they answer whatever the bot asks."""

    client: Client
    library: Library
    seen: dict[str, Reply] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)

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
                    count = self.questions.get(reply.conversation_id, 0) + 1
                    self.questions[reply.conversation_id] = count
                    text = ANSWERS[self._asked(reply)][reply.language][0]
                    self.say(reply.conversation_id, count, text)

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


def test_every_topic_ends_with_the_right_answer_or_the_right_brief(
    services: ServiceProcess, client: Client, model: Path
) -> None:
    policy, _ = load_policy(COMPANY / "topics.yaml")
    library = load_library(COMPANY)
    services.publish(LICENCES, grants(policy))
    texts = openings(model, policy)
    assert len(texts) >= 2 * len(policy.topics) - 12, "most topics can be read surely"
    customers = Customers(client, library)
    for (topic, language), text in texts.items():
        customers.open(f"{topic}.{language}", text)

    def all_have_ended() -> bool:
        customers.hear([event.data for event in services.read(REPLIES)])
        queued = {
            event.data.conversation_id
            for event in services.read(ASSIGNMENTS)
            if event.data.step == "enqueued"
        }
        return all(
            key in queued or (last is not None and last.kind == "answer")
            for key in (f"{topic}.{language}" for topic, language in texts)
            for last in (customers.last(key),)
        )

    eventually(all_have_ended, 120)
    details = asyncio.run(_details(services, [f"{topic}.{lang}.0" for topic, lang in texts]))
    needed = filled = 0
    wrong: list[Any] = []
    for topic, language in texts:
        key = f"{topic}.{language}"
        last = customers.last(key)
        if last is not None and last.kind == "answer":
            article = library.knowledge.find(topic, language, now().date())
            right = article is not None and last.article_id == article.about.id
            may = policy.of(topic)
            if not right or article is None or article.body not in last.text:
                wrong.append((key, "answer"))
            assert may is not None
            assert may.bot == "licensed"
            continue
        brief = details[f"{key}.0"].brief
        if brief.language != language:
            wrong.append((key, "language"))
        assert library.forms is not None
        form = library.forms.forms.get(topic)
        if form is not None and form.ask and customers.questions.get(key):
            known = {fact.name for fact in brief.facts}
            needed += len(form.required)
            filled += sum(name in known for name in form.required)
    assert wrong == []
    answered = [reply for reply in customers.seen.values() if reply.kind == "answer"]
    assert len(answered) > len([topic for topic in policy.topics if topic.bot == "licensed"])
    asked = sorted(customers.questions.values())
    assert filled / needed >= 0.9, json.dumps({"filled": filled, "needed": needed})
    assert asked[len(asked) // 2] <= 2
