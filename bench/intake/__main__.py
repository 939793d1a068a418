"""`python -m bench.intake`: how complete briefs are; JSON on the last line.

Conversations are decided by the real router with the sample company's trained model and answered by the
real bot, on a Redis of its own. What counts is the brief that people get in the end.

- `inquiries`: each inquiry of `inquiries.jsonl` on a topic with a form opens one, whatever the model makes
  of it. Who gets an answer writes another inquiry of the topic, as somebody whom it did not help.
- `scripted`: for every topic that the bot asks about, and both languages, the training sentence of which the
  model is surest opens thirty. Who gets an answer asks the same again.

The customer is simulated: of 20 questions, 12 are answered in a sentence, 5 with the bare value, 2 only at
the second try, and 1 is skipped. A question is needless if the inquiry's true topic does not require it.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any, Literal

import yaml

from bench.intake.openings import openings
from services.agents.brief import from_decision
from services.bot.app import load_library
from services.bot.handlers import Bot, standing_of
from services.bot.rules import Library
from services.intake.forms import Forms
from services.router.handlers import Router
from services.router.policy import Policy, load_policy
from services.router.reading import load_reader
from services.runtime.conversations import Conversations
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import connect
from tests.model import trained_model
from tests.servers import running_redis
from tests.unit.router.licensing import router_of_licensed
from warmline.events import Brief, Decision, Event, Handover, Inquiry, Reply

COMPANY = Path("examples/paylater")
AT = datetime(2026, 5, 10, 12, 0, tzinfo=UTC)
MESSAGES_MAX = 12
SCRIPTED_EACH = 30

Way = Literal["sentence", "value", "slip", "skip"]
WAYS: tuple[Way, ...] = (
    *("sentence", "value", "sentence", "slip", "sentence", "value", "sentence", "sentence"),
    *("value", "sentence", "sentence", "skip", "sentence", "value", "sentence", "slip"),
    *("sentence", "value", "sentence", "sentence"),
)


@dataclass
class Customer:
    """Answers what it is asked; `asked` counts its questions in all conversations of a run."""

    answers: dict[str, Any]
    asked: int = 0
    again: set[str] = field(default_factory=set)

    def answer(self, name: str, language: str, repeated: bool) -> str:
        way = WAYS[self.asked % len(WAYS)] if not repeated else "value"
        self.asked += 1
        if way == "skip":
            return str(self.answers[way][language])
        if way == "slip":
            slips = self.answers[way][language]
            return str(slips[self.asked // len(WAYS) % len(slips)])
        sentence, value = self.answers["fields"][name][language]
        return str(sentence if way == "sentence" else value)


@dataclass
class Played:
    """One conversation: who ended it, what the person got and what the customer was asked for."""

    topic: str
    ended: str
    asked: list[str]
    brief: Brief


@dataclass
class Company:
    """Router and bot over one Redis."""

    router: Router
    bot: Bot
    conversations: Conversations
    library: Library

    async def says(
        self, conversation: str, number: int, text: str
    ) -> tuple[Decision, list[Output]]:
        inquiry = Inquiry(
            inquiry_id=f"{conversation}-{number}",
            conversation_id=conversation,
            customer_id="k",
            text=text,
        )
        event = Event(inquiry.inquiry_id, "/bench", AT, inquiry)
        [[output]] = await self.router.inquiries([event])
        decision: Event[Decision] = output.event  # type: ignore[assignment]
        if decision.data.route == "human":
            return decision.data, []
        return decision.data, await self.bot.handle(decision)

    async def asked(self, conversation: str) -> tuple[str, bool]:
        """The field that the bot has asked for, and whether it was the second time."""
        [read] = await self.conversations.read([conversation])
        standing = standing_of(read)
        assert standing is not None
        assert standing.intake.asked is not None
        return standing.intake.asked, standing.intake.tries > 1


async def play(
    company: Company, customer: Customer, name: str, row: dict[str, Any], again: str
) -> Played:
    text, asked = row["text"], list[str]()
    for number in range(MESSAGES_MAX):
        decision, outputs = await company.says(name, number, text)
        if decision.route == "human":
            brief = from_decision(decision, company.library.forms)
            return Played(row["topic"], decision.reasons[0].code, asked, brief)
        handed = [one.event.data for one in outputs if isinstance(one.event.data, Handover)]
        if handed:
            return Played(row["topic"], f"bot/{handed[0].reason}", asked, handed[0].brief)
        [reply] = [one.event.data for one in outputs if isinstance(one.event.data, Reply)]
        if reply.kind == "answer":
            text = again
            continue
        field_name, repeated = await company.asked(name)
        asked.append(field_name)
        text = customer.answer(field_name, row["language"], repeated)
    raise AssertionError(f"{name} does not end")


async def run(redis_url: str, model: Path) -> dict[str, Any]:
    policy, version = load_policy(COMPANY / "topics.yaml")
    redis = connect(redis_url)
    conversations = Conversations(redis.commands, Keys("bench"))
    library = load_library(COMPANY)
    reader = load_reader(model, policy.languages)
    company = Company(
        router_of_licensed(conversations, reader, policy, version, lambda: AT, library.forms),
        Bot(library, conversations, clock=lambda: AT),
        conversations,
        library,
    )
    forms = library.forms
    assert forms is not None
    customer = Customer(yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text()))
    inquiries = [
        await play(company, customer, f"c{number}", row, again)
        for number, (row, again) in enumerate(_inquiries(forms))
    ]
    scripted = [
        await play(company, customer, f"s{number}", row, row["text"])
        for number, row in enumerate(_scripted(forms, policy, model))
    ]
    await redis.aclose()
    return {"inquiries": report(inquiries, forms), "scripted": report(scripted, forms)}


def _inquiries(forms: Forms) -> Iterator[tuple[dict[str, Any], str]]:
    """Each with what its customer writes if the bot answers."""
    rows = [json.loads(line) for line in (COMPANY / "inquiries.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["topic"] in forms.forms and not row["wants_person"]]
    others: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        others[row["topic"], row["language"]].append(row["text"])
    for number, row in enumerate(rows):
        same = [text for text in others[row["topic"], row["language"]] if text != row["text"]]
        yield row, same[number % len(same)] if same else row["text"]


def _scripted(forms: Forms, policy: Policy, model: Path) -> Iterator[dict[str, Any]]:
    for (topic, language), opening in sorted(openings(model, policy).items()):
        if topic in forms.forms and forms.forms[topic].ask:
            row = {"topic": topic, "language": language, "text": opening.text}
            yield from repeat(row, SCRIPTED_EACH)


def report(played: Sequence[Played], forms: Forms) -> dict[str, Any]:
    """Shares over all required fields of all conversations that people got."""
    by_topic: dict[str, list[Played]] = defaultdict(list)
    for one in played:
        by_topic[one.topic].append(one)
    asked = [one for one in played if one.asked]
    return {
        "conversations": len(played),
        "filled_share": _share(played, forms),
        "filled_share_topics_that_ask": _share(
            [one for one in played if forms.forms[one.topic].ask], forms
        ),
        "filled_share_where_asked": _share(asked, forms),
        "conversations_asked": len(asked),
        "questions": sum(len(one.asked) for one in asked),
        "questions_needless": sum(
            name not in forms.forms[one.topic].required for one in asked for name in one.asked
        ),
        "questions_median": statistics.median(len(one.asked) for one in asked),
        "questions_max": max(len(one.asked) for one in asked),
        "endings": dict(Counter(one.ended for one in played).most_common()),
        "filled_share_by_topic": {
            topic: _share(of_topic, forms) for topic, of_topic in sorted(by_topic.items())
        },
    }


def _share(played: Sequence[Played], forms: Forms) -> float | None:
    needed = filled = 0
    for one in played:
        known = {fact.name for fact in one.brief.facts if fact.value}
        required = forms.forms[one.topic].required
        needed += len(required)
        filled += sum(name in known for name in required)
    return round(filled / needed, 4) if needed else None


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as redis:
        result = asyncio.run(run(redis.url, trained_model()))
    print(json.dumps(result, ensure_ascii=False))
    scripted = result["scripted"]
    good = scripted["filled_share"] >= 0.9 and scripted["questions_median"] <= 2
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
