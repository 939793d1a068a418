"""`python -m bench.intake`: the sample company's inquiries as conversations; JSON on the last line.

Each inquiry of `inquiries.jsonl` on a topic with a form opens a conversation, decided by the real
router with the sample company's trained model and answered by the real bot, on a Redis of its own.
The customer is simulated: of 20 questions, 12 are answered in a sentence, 5 with the bare value, 2
only at the second try, and 1 is skipped. Who gets an answer writes another inquiry of the topic, as
somebody whom it did not help. What counts is the brief that people get in the end.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from services.agents.brief import from_decision
from services.bot.app import load_library
from services.bot.handlers import Bot, standing_of
from services.bot.rules import Library
from services.intake.forms import Forms
from services.router.handlers import Router
from services.router.policy import load_policy
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
        if way in ("slip", "skip"):
            return str(self.answers[way][language])
        sentence, value = self.answers["fields"][name][language]
        return str(sentence if way == "sentence" else value)


@dataclass
class Played:
    """One conversation: who ended it, what the person got and how often the customer was asked."""

    topic: str
    language: str
    ended: str
    questions: int
    brief: Brief | None
    asked_about: str | None = None


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
    text, questions, language = row["text"], 0, row["language"]
    for number in range(MESSAGES_MAX):
        decision, outputs = await company.says(name, number, text)
        if decision.route == "human":
            brief = from_decision(decision, company.library.forms)
            return Played(row["topic"], language, decision.reasons[0].code, questions, brief)
        handed = [one.event.data for one in outputs if isinstance(one.event.data, Handover)]
        if handed:
            first = handed[0]
            about = first.decision.topic if questions else None
            ended = f"bot/{first.reason}"
            return Played(row["topic"], language, ended, questions, first.brief, about)
        [reply] = [one.event.data for one in outputs if isinstance(one.event.data, Reply)]
        if reply.kind == "answer":
            text = again
            continue
        questions += 1
        text = customer.answer(*await _question(company, name, language))
    raise AssertionError(f"{name} does not end")


async def _question(company: Company, name: str, language: str) -> tuple[str, str, bool]:
    field_name, repeated = await company.asked(name)
    return field_name, language, repeated


async def run(redis_url: str, model: Path) -> dict[str, Any]:
    policy, version = load_policy(COMPANY / "topics.yaml")
    redis = connect(redis_url)
    conversations = Conversations(redis.commands, Keys("bench"))
    library = load_library(COMPANY)
    reader = load_reader(model, policy.languages)
    company = Company(
        router_of_licensed(conversations, reader, policy, version, lambda: AT),
        Bot(library, conversations, clock=lambda: AT),
        conversations,
        library,
    )
    assert library.forms is not None
    customer = Customer(yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text()))
    rows = [json.loads(line) for line in (COMPANY / "inquiries.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["topic"] in library.forms.forms and not row["wants_person"]]
    others: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        others[row["topic"], row["language"]].append(row["text"])
    played = []
    for number, row in enumerate(rows):
        same = [text for text in others[row["topic"], row["language"]] if text != row["text"]]
        again = same[number % len(same)] if same else row["text"]
        played.append(await play(company, customer, f"c{number}", row, again))
    await redis.aclose()
    return report(played, library.forms)


def report(played: Sequence[Played], forms: Forms) -> dict[str, Any]:
    """Shares over all required fields of all conversations that people got."""
    asking = [one for one in played if forms.forms[one.topic].ask]
    through_bot = [one for one in asking if one.ended.startswith("bot/")]
    by_topic: dict[str, list[Played]] = defaultdict(list)
    for one in played:
        by_topic[one.topic].append(one)
    endings: dict[str, int] = defaultdict(int)
    for one in played:
        endings[one.ended] += 1
    return {
        "conversations": len(played),
        "filled_share_asked": _share(through_bot, forms),
        "filled_share_topics_that_ask": _share(asking, forms),
        "filled_share_all": _share(played, forms),
        "questions_median": statistics.median(one.questions for one in through_bot),
        "questions_mean": round(statistics.mean(one.questions for one in through_bot), 2),
        "asked_on_a_wrong_topic": sum(
            one.asked_about is not None and one.asked_about != one.topic for one in played
        ),
        "conversations_asked": sum(one.questions > 0 for one in played),
        "questions_max": max(one.questions for one in played),
        "endings": dict(sorted(endings.items(), key=lambda item: -item[1])),
        "filled_share_by_topic": {
            topic: _share(of_topic, forms) for topic, of_topic in sorted(by_topic.items())
        },
        "asked_share_by_topic_asked_only": {
            topic: _share([one for one in some if one.ended.startswith("bot/")], forms)
            for topic, some in sorted(by_topic.items())
        },
    }


def _share(played: Sequence[Played], forms: Forms) -> float | None:
    needed = filled = 0
    for one in played:
        known = {fact.name for fact in one.brief.facts if fact.value} if one.brief else set()
        required = forms.forms[one.topic].required
        needed += len(required)
        filled += sum(name in known for name in required)
    return round(filled / needed, 4) if needed else None


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as redis:
        result = asyncio.run(run(redis.url, trained_model()))
    print(json.dumps(result, ensure_ascii=False))
    good = (result["filled_share_asked"] or 0.0) >= 0.9 and result["questions_median"] <= 2
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
