"""What the bot does with one inquiry: answer it, ask for a fact, or hand it over and why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

from services.bot.briefs import write_brief
from services.bot.knowing import informed, said_so_far
from services.bot.spoken import ANSWERS_MAX, articles, asked_before, before_saying, earlier
from services.bot.standing import Standing, begun, gone_on
from services.bot.texts import Texts
from services.intake.filling import (
    Question,
    confirmation,
    next_question,
    open_question,
)
from services.intake.forms import Forms
from services.knowledge.articles import Article
from services.knowledge.base import KnowledgeBase
from services.knowledge.choosing import Choice
from services.knowledge.suggesting import OWN_FROM, Suggester, references, tried
from services.language_model.source import Source
from services.runtime.conversation import Given
from warmline.events.decision import Decision, Fact, ReasonCode, Turn
from warmline.events.work import Brief, HandoverReason, LookupResult

MessageKind = Literal["answer", "question", "notice"]

_WHY_PEOPLE: Mapping[ReasonCode, HandoverReason] = {
    "no_licence": "no_licence",
    "low_confidence": "low_confidence",
    "complexity": "policy",
    "repeat_contact": "loop",
}


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that the bot may say; `texts` by language. `forms` None: it asks for nothing.
    `suggester` finds what else a person may want to read."""

    knowledge: KnowledgeBase
    texts: Mapping[str, Texts]
    forms: Forms | None = None
    suggester: Suggester | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said to the customer, if the bot still owns the conversation."""

    text: str
    article: Article
    discloses_ai: bool
    brief: Brief
    """For the person who takes over, should the answer be refused."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """`notice` tells the customer so; None where the bot must not speak or lacks the language.
    `standing` is the intake that went before, whose other messages are handed over as well."""

    reason: HandoverReason
    brief: Brief
    notice: str | None = None
    discloses_ai: bool = False
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for a fact. `otherwise` is for when the bot may not ask any more."""

    text: str
    discloses_ai: bool
    standing: Standing
    otherwise: HandOver


Step = Answer | Ask | HandOver


def decide(
    decision: Decision,
    library: Library,
    history: Sequence[Turn],
    day: date,
    *,
    said_before: MessageKind | None = None,
    answers: Sequence[Given] = (),
    standing: Standing | None = None,
    looked_up: Mapping[str, str] = MappingProxyType({}),
    lookups: Mapping[str, LookupResult] = MappingProxyType({}),
) -> Step:
    """The bot's step. `history` is the newest of the conversation as it stands now, `answers` all that the
    bot has given in it, `standing` its intake; `said_before` is what the bot has said to this very inquiry
    already: a redelivery is no repetition and gets the same step. `looked_up` is what other systems say
    of the matter, `lookups` what became of asking them.

    Answers only in the inquiry's own language, only in mode `answer`, never in a risk tier, and
    never answers the same topic twice in a conversation, in whatever words or with another article:
    who asks again was not helped.
    """
    looked_up = {**(standing.looked_up if standing is not None else {}), **looked_up}
    lookups = {**(standing.lookups if standing is not None else {}), **lookups}
    decision = informed(decision, library.knowledge, library.forms, day, looked_up)
    choice = _choice(decision, library.knowledge, day, standing)
    article = choice.article
    if said_before is not None:
        article_id = article.about.id if article and said_before == "answer" else None
        history = before_saying(article_id, history)
    texts = library.texts.get(decision.language)
    had = earlier(decision, answers)
    given = articles(had, history)
    answered = library.knowledge.topics_of(given) | {one.topic for one in had}
    reason = _reason_against(decision, article, texts, answered)
    if len(had) >= ANSWERS_MAX:
        reason = reason or "loop"
    first_contact = _is_first_contact(decision.language, library.texts, history)
    standing, question = _intake(decision, library, history, day, reason, standing, looked_up)
    if standing is not None:
        standing = standing.model_copy(update={"lookups": lookups})
    brief = _brief(decision, library, history, choice, standing, day, lookups, given)
    if reason is None and article is not None and texts is not None:
        body = article.text_for(decision.inquiry.attributes)
        text = answer_text(body, texts, first_contact)
        return Answer(text, article, first_contact, brief)
    assert reason is not None  # noqa: S101 - without an article or texts there is a reason
    if standing is not None and standing.answers:
        reason = reason if decision.wants_person or reason == "risk" else standing.reason
    notice = _notice(decision, library, standing, first_contact)
    before = asked_before(decision)
    if before is not None and all(one.inquiry_id != before for one in had):
        notice = None  # people have that one, and the customer was told so
    discloses_ai = first_contact and notice is not None
    hand_over = HandOver(reason, brief, notice, discloses_ai, standing)
    if question is None or standing is None or texts is None:
        return hand_over
    phrases = library.forms.texts[decision.language] if library.forms is not None else None
    text = _paragraphs(
        texts.disclosure if first_contact else None,
        phrases.lead_in if phrases is not None and not standing.answers else None,
        question.text,
    )
    asked = standing.model_copy(update={"intake": question.intake})
    return Ask(text, first_contact, asked, hand_over)


def give_up(decision: Decision) -> HandOver:
    """The handover that needs no knowledge base: whatever is broken, a person gets the inquiry."""
    history = decision.history
    brief = write_brief(decision, history, None, None, given=tried(history), said=decision.facts)
    return HandOver("bot_error", brief)


def silent(
    decision: Decision,
    library: Library,
    history: Sequence[Turn],
    day: date,
    standing: Standing,
    answers: Sequence[Given] = (),
) -> HandOver:
    """The handover of a customer who has not answered the bot's question; `decision` began it."""
    looked_up = standing.looked_up
    decision = informed(decision, library.knowledge, library.forms, day, looked_up)
    choice = _choice(decision, library.knowledge, day, standing)
    given = articles(answers, history)
    brief = _brief(decision, library, history, choice, standing, day, standing.lookups, given)
    return HandOver(standing.reason, brief, standing=standing)


def _intake(
    decision: Decision,
    library: Library,
    history: Sequence[Turn],
    day: date,
    reason: HandoverReason | None,
    standing: Standing | None,
    looked_up: Mapping[str, str],
) -> tuple[Standing | None, Question | None]:
    """What is known of the topic's form, and what to ask next: nothing where a person is needed at
    once, where the bot has an answer, or where the customer has no patience left."""
    forms = library.forms
    if forms is None or reason is None:
        return None, None
    if standing is not None:
        read_already = decision.inquiry.inquiry_id == standing.through
        standing = gone_on(standing, decision, forms, day, looked_up)
    else:
        read_already = False
        standing = begun(decision, forms, history, reason, day, looked_up)
    needs_person = reason in ("explicit_wish", "risk") or decision.mood == "angry"
    not_helped = reason == "loop" and decision.mode == "answer"
    if standing is None or needs_person or not_helped:
        return standing, None
    ask = open_question if read_already else next_question
    return standing, ask(forms, standing.intake, decision.language)


def _brief(
    decision: Decision,
    library: Library,
    history: Sequence[Turn],
    choice: Choice,
    standing: Standing | None,
    day: date,
    lookups: Mapping[str, LookupResult],
    given: tuple[str, ...],
) -> Brief:
    brief = write_brief(
        decision,
        history,
        choice.article,
        library.forms,
        given=given,
        needed=library.knowledge.facts_needed(decision.topic),
        wish=standing.wish if standing is not None else None,
        said=_said(decision, library.forms, history, standing, day),
    )
    brief = brief.model_copy(update={"article_why": choice.why, "lookups": dict(lookups)})
    if library.suggester is None:
        return brief
    return _with_similar(brief, decision, _confidence(decision, standing), library.suggester, day)


def _said(
    decision: Decision,
    forms: Forms | None,
    history: Sequence[Turn],
    standing: Standing | None,
    day: date,
) -> tuple[Fact, ...]:
    """The record of an intake has read the message already."""
    if standing is not None:
        return standing.facts
    return said_so_far(decision, forms, history, None, day)


def _with_similar(
    brief: Brief, decision: Decision, sure: float, suggester: Suggester, day: date
) -> Brief:
    """What else deals with much the same, but for what is suggested or was tried already."""
    inquiry = decision.inquiry
    found = suggester.suggest(
        [brief.wish, inquiry.text],
        decision.language,
        day,
        topic=decision.topic,
        confidence=sure,
        known=inquiry.attributes,
    )
    known = {brief.suggested_article, *brief.tried}
    similar = references(one for one in found if one.article.about.id not in known)
    return brief.model_copy(update={"similar": similar})


def _choice(
    decision: Decision, knowledge: KnowledgeBase, day: date, standing: Standing | None
) -> Choice:
    """By the question that began the matter, not by the answer to a question of the bot. A topic that is
    but a guess must be as sure as any article that people are shown."""
    if decision.topic is None:
        return Choice(None, "no topic")
    guessed = standing.intake.guessed if standing is not None else decision.topic_guessed
    if guessed and _confidence(decision, standing) < OWN_FROM:
        return Choice(None, "the topic is but a guess")
    known = decision.inquiry.attributes
    question = standing.wish if standing is not None else decision.inquiry.text
    return knowledge.choose(decision.topic, decision.language, day, known, question)


def _confidence(decision: Decision, standing: Standing | None) -> float:
    """In the topic; the answer to a question says nothing of it."""
    return standing.confidence if standing is not None else decision.confidence


def is_covered(
    decision: Decision,
    library: Library,
    day: date,
    answers: Sequence[Given],
    standing: Standing | None,
    looked_up: Mapping[str, str],
) -> bool:
    """Whether the customer had asked much the same a moment before, and has got what the bot would say
    again: the same article, or a question after which the intake has read this message too."""
    before = asked_before(decision)
    if before is None:
        return False
    if standing is not None and standing.matter == before:
        return True
    decision = informed(decision, library.knowledge, library.forms, day, looked_up)
    article = _choice(decision, library.knowledge, day, None).article
    given = [one.article_id for one in answers if one.inquiry_id == before]
    return article is not None and article.about.id in given


def _is_first_contact(language: str, texts: Mapping[str, Texts], history: Sequence[Turn]) -> bool:
    """The bot has said nothing yet, or has told only in another language that a machine writes."""
    said = [turn.text for turn in history if turn.by == "bot"]
    told = {each for each, own in texts.items() if any(own.disclosure in text for text in said)}
    return not said or (bool(told) and language not in told)


def _reason_against(
    decision: Decision,
    article: Article | None,
    texts: Texts | None,
    answered: Collection[str],
) -> HandoverReason | None:
    """Why the bot must not answer; the first that applies, the customer's wish before all. `answered` are
    the topics that it has answered here."""
    if decision.wants_person:
        return "explicit_wish"
    if decision.risk_tier is not None or (article is not None and article.people_only):
        return "risk"
    if decision.mode == "intake":
        return _WHY_PEOPLE.get(decision.reasons[0].code, "policy")
    if decision.mode != "answer":
        return "draft"
    if article is None or texts is None:
        return "no_answer"
    if article.about.topic in answered:
        return "loop"
    return None


def _notice(
    decision: Decision, library: Library, standing: Standing | None, first_contact: bool
) -> str | None:
    """That people take over, and what they are told. In draft the customer hears of the bot only if
    it had to ask for something."""
    texts = library.texts.get(decision.language)
    silent_draft = decision.mode not in ("answer", "intake")
    if texts is None or silent_draft:
        return None
    noted = None
    if standing is not None and library.forms is not None:
        noted = confirmation(library.forms, standing.intake, decision.language)
    disclosure = texts.disclosure if first_contact else None
    return _paragraphs(disclosure, noted, texts.handing_over)


def answer_text(body: str, texts: Texts, first_contact: bool) -> str:
    """Word for word what the customer reads. The disclosure and the way to a person stand around the
    `body`, whoever has worded it."""
    return _paragraphs(
        texts.disclosure if first_contact else None,
        body,
        texts.helped_question,
        texts.asks_for_person_hint,
    )


def to_word(step: Answer | HandOver) -> Source | None:
    """What a language model may word: an answer, or a proposal to a person who would judge it. None
    where a person is wanted or needed: nothing may come between."""
    brief = step.brief
    if brief.suggested_reply is None or brief.suggested_article is None:
        return None
    if isinstance(step, HandOver) and step.reason != "draft":
        return None
    title = step.article.about.title if isinstance(step, Answer) else ""
    return Source(brief.suggested_article, brief.language, brief.suggested_reply, title)


def with_wording(
    step: Answer | HandOver, wording: str, texts: Mapping[str, Texts]
) -> Answer | HandOver:
    """The same step in other words. Who gets to read them as a proposal is told whose they are."""
    news = {"suggested_reply": wording, "suggested_source": "model_inferred"}
    brief = step.brief.model_copy(update=news)
    if isinstance(step, Answer):
        text = answer_text(wording, texts[brief.language], step.discloses_ai)
        return replace(step, text=text, brief=brief)
    return replace(step, brief=brief)


def _paragraphs(*parts: str | None) -> str:
    return "\n\n".join(part for part in parts if part)
