"""The decision order: who answers an inquiry, the bot or a person, and why. Pure, no clock.

The first rule that speaks decides; the reasons say which one it was and what it saw. Complexity is not
confidence and neither is risk: each can veto the bot by itself, and none can overrule another's veto.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.router.policy import Policy, TopicPolicy
from services.router.signals import Signals
from services.router.triage.language import UNDETERMINED
from services.runtime.conversation import Conversation
from warmline.events.decision import Decision, Mode, Reason, Route
from warmline.events.inquiry import Inquiry

VERSION = "4"
"""Raised with every change of the order or of a rule: it stands on each decision."""

ANGRY_PRIORITY_MIN = 10
URGENT_PRIORITY_MIN = 10
WISH_PRIORITY_MIN = 5

GUESS_MIN = 0.1
"""From here on a topic is worth a question that most topics would need answered."""

TELLING_WORDS = 4
"""From here on a message says which language a customer goes on in; a name or a number does not."""

_WORD = re.compile(r"(?<![\w@.-])[^\W\d_]{2,}(?![\w@-])")

_MAY_ASK_FIRST = frozenset(
    {"no_licence", "not_certified", "low_confidence", "complexity", "repeat_contact"}
)

_UNSOLVED = frozenset({"not_helped", "repeat_contact", "frustration", "explicit_wish"})
"""With these a customer comes back to what the bot had."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an inquiry goes. `mode` is set for the bot only; `continues` is the open matter it joins.
    `topic_guessed`: not sure enough for questions that only this topic needs. `beside`: the bot answers it
    without dropping the message before, which it has not read yet."""

    route: Route
    mode: Mode | None
    reasons: tuple[Reason, ...]
    threshold: float | None
    skills: dict[str, int]
    priority_min: int
    continues: str | None
    topic: str | None
    language: str
    topic_guessed: bool = False
    beside: bool = False


def decide(
    inquiry: Inquiry,
    conversation: Conversation,
    signals: Signals,
    policy: Policy,
    *,
    held_out: bool = False,
    unread: Decision | None = None,
) -> Verdict:
    """Who answers `inquiry`, in the order in which the rules below stand.

    `policy` is what the desk's file and the licence allow together. `held_out`: chance has put this
    conversation into the human comparison group, which changes only what the bot would answer alone.
    `unread` is the decision that the bot has not come to yet. Where it may answer both, each keeps its
    answer, or the one answer where both ask the same; whatever else comes second takes the first with it.
    """
    if conversation.awaits_answer:
        return _to_intake(inquiry, conversation, signals, policy)
    if _is_thanked(inquiry, conversation, signals):
        return _thanks(conversation, signals)
    signals = _as_meant(conversation, signals, policy)
    topic = policy.of(signals.topic)
    asked = asked_confidence(signals, policy, topic)
    against = list(vetoes(inquiry, conversation, signals, policy))
    if against and _may_ask_first(against, signals, topic):
        route, mode, reason = "bot", "intake", against[0]
    elif against:
        route, mode, reason = "human", None, against[0]
    elif topic is not None and topic.bot == "draft":
        route, mode = "bot", "draft"
        reason = Reason(code="draft", detail=f"{topic.id}: the bot proposes, a person answers")
    elif held_out:
        route, mode = "human", None
        reason = Reason(
            code="holdout", detail=f"{signals.topic}: the human comparison group, by chance"
        )
    else:
        route, mode = "bot", "answer"
        reason = Reason(
            code="licensed",
            detail=f"{signals.topic}: confidence {signals.confidence:.3f}, {asked or 0:.3f} asked",
        )
    beside = mode == "answer" and unread is not None and unread.mode == "answer"
    continues = _continues(inquiry, conversation, reason)
    if beside:
        continues = _asked_before(signals, unread)
    elif continues is not None and _is_on_the_matter(conversation, signals, reason, policy):
        signals = replace(signals, topic=conversation.topic)
    elif _is_risk_by_guess(signals, reason, policy):
        signals = replace(signals, topic=None)
    topic = policy.of(signals.topic)
    return Verdict(
        route=route,  # type: ignore[arg-type]
        mode=mode,  # type: ignore[arg-type]
        reasons=(reason, *_remarks(signals)),
        threshold=asked,
        skills=dict.fromkeys(topic.skills, 1) if topic is not None else {},
        priority_min=_priority_min(inquiry, signals, topic),
        continues=continues,
        topic=signals.topic,
        language=signals.language,
        topic_guessed=mode == "intake" and signals.confidence < policy.intake_threshold,
        beside=beside,
    )


def _is_thanked(inquiry: Inquiry, conversation: Conversation, signals: Signals) -> bool:
    """The bot's answer was the last word, and the customer only nods."""
    last = conversation.turns[-1] if conversation.turns else None
    if conversation.owner != "bot" or last is None or last.by != "bot" or last.article_id is None:
        return False
    return signals.says_thanks and not inquiry.wants_person


def _thanks(conversation: Conversation, signals: Signals) -> Verdict:
    """Nobody's time is needed, and nothing is to be said: the matter stays as it is, with its epoch."""
    return Verdict(
        route="bot",
        mode="answer",
        reasons=(Reason(code="thanks", detail="thanks for the answer, and nothing else"),),
        threshold=None,
        skills={},
        priority_min=0,
        continues=conversation.inquiry_id,
        topic=None,
        language=conversation.language or signals.language,
        beside=True,
    )


def _as_meant(conversation: Conversation, signals: Signals, policy: Policy) -> Signals:
    """A number or a name is in no language: the customer goes on in the one that they have written in. And
    who says right after an answer of the bot that it did not help, if by a mere no, speaks of that matter,
    unless another topic is more than a guess."""
    if signals.language == UNDETERMINED and conversation.language is not None:
        signals = replace(signals, language=conversation.language)
    last = conversation.turns[-1] if conversation.turns else None
    if last is None or last.article_id is None:
        return signals
    guess = signals.says_not_helped and signals.confidence < policy.intake_threshold
    if signals.says_no or guess:
        return replace(signals, says_not_helped=True, topic=conversation.topic, confidence=0.0)
    return signals


def _language_of_answer(inquiry: Inquiry, conversation: Conversation, signals: Signals) -> str:
    """That of the conversation, unless the answer is a sentence in another."""
    spoken = conversation.language or signals.language
    telling = len(_WORD.findall(inquiry.text[:1000])) >= TELLING_WORDS
    return signals.language if telling and signals.language != UNDETERMINED else spoken


def _asked_before(signals: Signals, unread: Decision | None) -> str | None:
    """The message before, where it asks the same."""
    if unread is None or (signals.topic, signals.language) != (unread.topic, unread.language):
        return None
    return unread.inquiry.inquiry_id


def _to_intake(
    inquiry: Inquiry, conversation: Conversation, signals: Signals, policy: Policy
) -> Verdict:
    """What comes after a question of the bot is its answer, on the same matter, unless it says something
    that a person must hear at once."""
    topic = policy.of(conversation.topic)
    language = _language_of_answer(inquiry, conversation, signals)
    veto = next(_vetoes_of_answer(inquiry, signals, language, policy), None)
    detail = f"{conversation.topic}: the customer answers the bot's question"
    return Verdict(
        route="bot" if veto is None else "human",
        mode="intake" if veto is None else None,
        reasons=(veto or Reason(code="intake", detail=detail), *_remarks(signals)),
        threshold=None,
        skills=dict.fromkeys(topic.skills, 1) if topic is not None else {},
        priority_min=_priority_min(inquiry, signals, topic),
        continues=conversation.inquiry_id,
        topic=conversation.topic,
        language=language,
    )


def no_more_than_skipped(signals: Signals) -> Signals:
    """Of an answer that is one of the words which the bot itself has offered: "skip" says nothing else,
    whatever a model makes of a single word. The button for a person is not in a text, and counts as ever;
    so does anger."""
    return replace(signals, wants_person=False, risk_tier=None)


def _vetoes_of_answer(
    inquiry: Inquiry, signals: Signals, language: str, policy: Policy
) -> Iterator[Reason]:
    """The short answer to a question fits no topic, so only a sure one counts."""
    topic = policy.of(signals.topic) if signals.confidence >= policy.threshold else None
    yield from _wish(inquiry, signals)
    yield from _risk(signals, topic)
    if signals.mood == "angry":
        yield Reason(code="frustration", detail="the customer has no patience for questions")
    yield from _foreign(language, policy)


def _may_ask_first(against: list[Reason], signals: Signals, topic: TopicPolicy | None) -> bool:
    """People answer, but they will need facts that the bot may ask for while the customer is here.
    A needless question does less harm than a wrong answer, so less confidence is asked for; never
    where the customer is angry or another rule wants a person now."""
    return (
        topic is not None
        and topic.intake
        and signals.confidence >= GUESS_MIN
        and signals.mood != "angry"
        and {veto.code for veto in against} <= _MAY_ASK_FIRST
    )


def leaving(conversation: Conversation, left_at: datetime) -> Literal["ends", "will_end"] | None:
    """What becomes of the bot's question once the customer has left: no person's time is spent on it. It
    ends, or will end as soon as it is asked, where the bot has not come to the last message yet.

    The bot only ever asks about what no rule wants a person for now: a risk, a wish, an angry customer are
    never in its hands. None: there is no such question, people have it, or the customer has written since.
    """
    if conversation.owner != "bot" or not conversation.turns:
        return None
    written = [turn.at for turn in conversation.turns if turn.by == "customer"]
    if written and written[-1] > left_at:
        return None
    if conversation.turns[-1].by == "customer":
        return "will_end"
    return "ends" if conversation.intake_state == "asking" else None


def asked_confidence(signals: Signals, policy: Policy, topic: TopicPolicy | None) -> float | None:
    """The confidence from which the bot may speak: the strictest of what is asked. None: people only.

    A proposal to a person needs no certificate; it is how evidence for one is gathered.
    """
    if topic is None or topic.bot == "human_only":
        return None
    if topic.bot == "draft":
        return policy.threshold
    return None if signals.threshold is None else max(policy.threshold, signals.threshold)


def vetoes(
    inquiry: Inquiry, conversation: Conversation, signals: Signals, policy: Policy
) -> Iterator[Reason]:
    """Every rule that keeps the bot out, in the order in which they count."""
    topic = policy.of(signals.topic)
    if conversation.owner in ("person", "queue"):
        holder = "a person has" if conversation.owner == "person" else "people have"
        yield Reason(code="owned_by_person", detail=f"{holder} this conversation already")
    if conversation.owner == "bot" and conversation.intake_state == "over":
        yield Reason(code="owned_by_person", detail="people are being brought in already")
    yield from _wish(inquiry, signals)
    yield from _risk(signals, topic)
    if conversation.owner == "closed" and conversation.agent_id is not None:
        yield Reason(code="known_person", detail="a person has closed this conversation before")
    if conversation.owner == "closed" and conversation.intake_state in ("asking", "silent"):
        yield Reason(code="known_person", detail="people get what the bot had asked about here")
    yield from _repeats(conversation, signals)
    yield from _doubts(signals, policy, topic)


def _wish(inquiry: Inquiry, signals: Signals) -> Iterator[Reason]:
    if inquiry.wants_person:
        yield Reason(code="explicit_wish", detail="the customer pressed the button for a person")
    if signals.wants_person:
        yield Reason(code="explicit_wish", detail="the customer asks for a person")


def _risk(signals: Signals, topic: TopicPolicy | None) -> Iterator[Reason]:
    if signals.risk_tier is not None:
        yield Reason(code="risk", detail=f"risk tier {signals.risk_tier}: people only")
    if topic is not None and topic.harm == "risk":
        yield Reason(code="risk", detail=f"{topic.id} is a risk topic: people only")


def _repeats(conversation: Conversation, signals: Signals) -> Iterator[Reason]:
    """The bot never answers the same question twice."""
    if conversation.answered_ms is None:
        return
    if signals.says_not_helped:
        yield Reason(code="not_helped", detail="the customer says that the answer did not help")
    if signals.mood == "angry":
        yield Reason(code="frustration", detail="the customer is angry after the bot's answer")
    if signals.topic is not None and signals.topic == conversation.topic:
        yield Reason(code="repeat_contact", detail="the bot has answered this topic here already")


def _doubts(signals: Signals, policy: Policy, topic: TopicPolicy | None) -> Iterator[Reason]:
    yield from _foreign(signals.language, policy)
    if topic is None:
        yield Reason(code="unknown_topic", detail="no topic of this desk fits")
        return
    if topic.bot == "human_only":
        yield Reason(code="no_licence", detail=f"{topic.id}: people answer this topic")
    asked = asked_confidence(signals, policy, topic)
    if topic.bot == "licensed" and asked is None:
        yield Reason(
            code="not_certified",
            detail=f"{topic.id}/{signals.language}: no threshold could be certified",
        )
    elif asked is not None and signals.confidence < asked:
        yield Reason(
            code="low_confidence",
            detail=f"{topic.id}: {signals.confidence:.3f} is below {asked:.3f}",
        )
    if signals.complexity.value > policy.max_complexity:
        yield Reason(
            code="complexity",
            detail=f"{signals.complexity.value:.2f} is above {policy.max_complexity:.2f}",
        )


def _foreign(language: str, policy: Policy) -> Iterator[Reason]:
    if language not in policy.languages:
        yield Reason(code="unknown_language", detail=f"language {language}")


def _is_risk_by_guess(signals: Signals, reason: Reason, policy: Policy) -> bool:
    """A mere "person" looks a little like many a topic; those who deal with risks are not for all of them."""
    topic = policy.of(signals.topic)
    guess = signals.confidence < policy.intake_threshold and signals.risk_tier is None
    mere_wish = reason.code == "explicit_wish" and guess
    return mere_wish and topic is not None and topic.harm == "risk"


def _remarks(signals: Signals) -> Iterator[Reason]:
    """What else was seen, for whoever asks why; it decided nothing."""
    for remark in signals.because:
        yield Reason(code="remark", detail=remark)


def _priority_min(inquiry: Inquiry, signals: Signals, topic: TopicPolicy | None) -> int:
    """Minutes that this inquiry counts as having waited. Mood, urgency and wish move it, never the route."""
    minutes = topic.priority_min if topic is not None else 0
    if signals.mood == "angry":
        minutes += ANGRY_PRIORITY_MIN
    if signals.urgent:
        minutes += URGENT_PRIORITY_MIN
    if inquiry.wants_person or signals.wants_person:
        minutes += WISH_PRIORITY_MIN
    return minutes


def _continues(inquiry: Inquiry, conversation: Conversation, reason: Reason) -> str | None:
    """The matter that this message belongs to: what people hold, or what the bot did not solve."""
    open_matter = conversation.inquiry_id
    if open_matter is None or open_matter == inquiry.inquiry_id:
        return None
    if conversation.owner in ("person", "queue") or reason.code == "owned_by_person":
        return open_matter
    unsolved = conversation.owner == "bot" and reason.code in _UNSOLVED
    return open_matter if unsolved else None


def _is_on_the_matter(
    conversation: Conversation, signals: Signals, reason: Reason, policy: Policy
) -> bool:
    """Asking for "a person, please" has no topic of its own: those who know the bot's matter take it."""
    sure = policy.of(signals.topic) is not None and signals.confidence >= policy.threshold
    unsolved = conversation.owner == "bot" and reason.code in _UNSOLVED
    return unsolved and conversation.topic is not None and not sure
