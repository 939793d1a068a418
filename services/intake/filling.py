"""The intake: what is known of a topic's form, what is asked next, and what an answer says. Pure.

Nothing is asked that a system knows or the customer has written already. Whoever skips, or answers
twice with something else, is not asked again; a wish for a person is the router's to see, before
any of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from services.intake.answers import asks_back, corrects, denied, is_empty, skips
from services.intake.brief import VALUE_MAX, value_of
from services.intake.facts.found import Conventions, Found
from services.intake.facts.numbers import fits_masks, with_letters_of_mask
from services.intake.facts.recognise import read_as, recognise
from services.intake.facts.text import plain, use_up
from services.intake.facts.wording import readable
from services.intake.forms import QUESTIONS_MAX, Form, FormField, Forms
from warmline.events.base import Name, Part, Scalar
from warmline.events.decision import Fact, Turn

TRIES_MAX = 2
MENTIONED_MAX = 50
"""Of what belongs to no field, the newest: a person reads no more, and briefs must fit into a record."""
READ_MAX = 8_000
"""Characters of one message that are searched for facts: a novel must not hold up the others."""

_NUMBER = re.compile(r"(?<![\w-])[0-9]{1,30}(?![\w-])")


class Intake(Part):
    """Where the intake of one conversation stands; JSON in between. `tries` is how often `asked`
    has been asked, `messages` how many have asked for anything, `mentioned` what was recognised and belongs
    to no field. `guessed`: the topic is but a guess, so only what most topics need is asked."""

    topic: Name
    facts: tuple[Fact, ...] = ()
    mentioned: tuple[Fact, ...] = ()
    skipped: tuple[Name, ...] = ()
    asked: Name | None = None
    tries: int = 0
    messages: int = 0
    guessed: bool = False


class Question(NamedTuple):
    """`intake` is how it stands once the question has been said."""

    text: str
    intake: Intake


class _Said(NamedTuple):
    """A recognised value and up to 40 characters before it."""

    found: Found
    before: str


def since_person(history: Sequence[Turn]) -> Sequence[Turn]:
    """What was said before belongs to a matter that a person has dealt with."""
    last = max((n for n, turn in enumerate(history) if turn.by == "person"), default=-1)
    return history[last + 1 :]


def written_since_person(history: Sequence[Turn]) -> list[str]:
    return [turn.text for turn in since_person(history) if turn.by == "customer"]


def begin(
    forms: Forms,
    topic: str,
    attributes: Mapping[str, Scalar],
    texts: Iterable[str],
    conventions: Conventions,
    *,
    guessed: bool = False,
) -> Intake | None:
    """With what the integrator's systems know and the customer has written so far (`texts`, the newest last).
    None for a topic without a form."""
    form = forms.forms.get(topic)
    if form is None:
        return None
    intake = with_verified(forms, Intake(topic=topic, guessed=guessed), attributes)
    *earlier, newest = tuple(texts) or ("",)
    said = _recognised([newest], conventions, forms)
    return _with_said(forms, form, intake, said, _recognised(earlier, conventions, forms))


def with_verified(forms: Forms, intake: Intake, attributes: Mapping[str, Scalar]) -> Intake:
    """With what systems know by now: it counts more than what the customer said, and ends a question
    for it."""
    verified = [
        Fact(name=name, value=value, source="system_verified")
        for name in forms.forms[intake.topic].names
        if name in attributes and (value := value_of(attributes[name]))
    ]
    names = {fact.name for fact in verified}
    others = [fact for fact in intake.facts if fact.name not in names]
    after = intake.model_copy(update={"facts": (*verified, *others)})
    return _closed(after) if after.asked in names else after


def facts_said(
    forms: Forms, topic: str | None, texts: Iterable[str], conventions: Conventions
) -> tuple[Fact, ...]:
    """What the texts say, under the names of the topic's form where they can be meant for a field of
    it, else under the names of their kinds; not what they deny."""
    *earlier, newest = tuple(texts) or ("",)
    form = forms.forms.get(topic) if topic is not None else None
    said = _recognised([newest], conventions, forms)
    intake = _with_said(
        forms,
        form or Form(),
        Intake(topic=topic or "-"),
        said,
        _recognised(earlier, conventions, forms),
    )
    return (*intake.facts, *intake.mentioned)


def next_question(forms: Forms, intake: Intake, language: str) -> Question | None:
    """None: all is known or skipped, the topic asks nothing (or nothing that fits a guess), or not in
    this language, or the customer has been asked `QUESTIONS_MAX` times, a repetition counted."""
    form, phrases = forms.forms[intake.topic], forms.texts.get(language)
    done = {fact.name for fact in intake.facts} | set(intake.skipped)
    open_names = (name for name in form.required if name not in done)
    fitting = (name for name in open_names if forms.fields[name].any_topic or not intake.guessed)
    name = next(fitting, None)
    patient = intake.messages < QUESTIONS_MAX
    if not form.ask or phrases is None or name is None or not patient:
        return None
    tries = intake.tries + 1 if name == intake.asked else 1
    asked = {"asked": name, "tries": tries, "messages": intake.messages + 1}
    return open_question(forms, intake.model_copy(update=asked), language)


def open_question(forms: Forms, intake: Intake, language: str) -> Question | None:
    """The question that was asked last and not closed, in the same words; None if there is none."""
    phrases = forms.texts.get(language)
    if intake.asked is None or phrases is None:
        return None
    field = forms.fields[intake.asked]
    again = field.again.get(language) if intake.tries > 1 else None
    text = f"{again or field.question[language]}\n\n{phrases.skip_hint} {phrases.person_hint}"
    return Question(text, intake)


def read_answer(forms: Forms, intake: Intake, text: str, conventions: Conventions) -> Intake:
    """The answer to `asked`, and whatever else it says. What is no answer leaves the question open,
    until it has been asked `TRIES_MAX` times."""
    name = intake.asked
    if name is None:
        return intake
    form = forms.forms[intake.topic]
    skipped = skips(text, forms.texts.values()) or is_empty(text)
    value = None if skipped else _answer(forms, form, name, text, conventions)
    said = _recognised([text], conventions, forms)
    if value is not None:
        masks = forms.order_numbers
        said = [one for one in said if value not in _ways(str(one.found.value), masks)]
    intake = _corrected(forms, form, intake, text, said)
    if value is not None:
        fact = Fact(name=name, value=value, source="customer_said")
        intake = _closed(intake, facts=(*intake.facts, fact))
    elif intake.tries >= TRIES_MAX or skipped:
        intake = _closed(intake, skipped=(*intake.skipped, name))
    after = _with_said(forms, form, intake, said)
    known_now = after.asked is not None and any(fact.name == after.asked for fact in after.facts)
    return _closed(after) if known_now else after


def confirmation(forms: Forms, intake: Intake, language: str) -> str | None:
    """What the customer said, as it was understood; None if there is nothing to confirm."""
    phrases = forms.texts.get(language)
    said = [fact for fact in intake.facts if fact.source == "customer_said"]
    if phrases is None or not said:
        return None
    lines = [_line(forms.fields[fact.name], fact, language) for fact in said]
    return "\n".join([phrases.noted, *lines, "", phrases.correct_it])


def _line(field: FormField, fact: Fact, language: str) -> str:
    return f"- {field.label[language]}: {readable(field.kind, fact.value, language)}"


def _recognised(texts: Iterable[str], conventions: Conventions, forms: Forms) -> list[_Said]:
    conventions = replace(conventions, order_masks=forms.order_numbers)
    return [
        _Said(found, text[max(0, found.start - 40) : found.start])
        for text in (text[:READ_MAX] for text in texts)
        for found in recognise(text, conventions)
    ]


def _with_said(
    forms: Forms,
    form: Form,
    intake: Intake,
    said: Sequence[_Said],
    earlier: Sequence[_Said] = (),
) -> Intake:
    """Takes a value for a field only where it can be meant for no other; all others are kept as
    mentioned, for a person to judge, but for what the text denies ("not 40 euros"). `earlier` messages may
    have been on another matter, so they count for what the newest does not say."""
    known = {fact.name for fact in intake.facts} | set(intake.skipped)
    open_fields = {name: forms.fields[name] for name in form.names if name not in known}
    facts, used = list(intake.facts), set()
    for name, field in open_fields.items():
        if _mistakable(name, form, forms):
            continue
        values = _values(field, said, earlier, forms)
        if len(values) == 1 and values[0] not in used:
            used.add(values[0])
            facts.append(Fact(name=name, value=values[0], source="customer_said"))
    taken = {fact.value for fact in facts}
    mentioned = [
        Fact(name=one.found.kind, value=value, source="customer_said")
        for one in (*earlier, *said)
        if (value := str(one.found.value)[:VALUE_MAX]) and not denied(one.before)
    ]
    others = (one for one in (*intake.mentioned, *mentioned) if one.value not in taken)
    newest = tuple(dict.fromkeys(others))[-MENTIONED_MAX:]
    return intake.model_copy(update={"facts": tuple(facts), "mentioned": newest})


def _values(
    field: FormField, said: Sequence[_Said], earlier: Sequence[_Said], forms: Forms
) -> list[str]:
    """What may be meant for the field: of the newest message if it says anything, as fully as ever said."""
    every = _distinct(one for one in (*earlier, *said) if _fits(field, one, forms))
    newest = set(_distinct(one for one in said if _fits(field, one, forms)))
    return [one for one in every if newest & {one, *_less(one)}] or every


def _corrected(
    forms: Forms, form: Form, intake: Intake, text: str, said: Sequence[_Said]
) -> Intake:
    """With what the message takes back: "sorry, it is PL-20432" counts more than the number given before. A
    value that is denied is taken back as well."""
    back = {str(one.found.value) for one in said if denied(one.before)}
    if not corrects(text) and not back:
        return intake
    facts = []
    for fact in intake.facts:
        field = forms.fields[fact.name]
        values = _distinct(one for one in said if _fits(field, one, forms))
        meant = corrects(text) or fact.value in back
        sure = meant and len(values) == 1 and values[0] not in _less(fact.value)
        if sure and fact.source == "customer_said" and not _mistakable(fact.name, form, forms):
            fact = fact.model_copy(update={"value": values[0]})
        facts.append(fact)
    return intake.model_copy(update={"facts": tuple(facts)})


def _mistakable(name: str, form: Form, forms: Forms) -> bool:
    """A value for it could as well be meant for another field, and no words tell them apart."""
    field = forms.fields[name]
    rivals = (other for other in form.names if other != name)
    return not field.near and any(forms.fields[other].kind == field.kind for other in rivals)


def _fits(field: FormField, one: _Said, forms: Forms) -> bool:
    if one.found.kind != field.kind:
        return False
    if field.kind == "order_number" and not fits_masks(str(one.found.value), forms.order_numbers):
        return False
    if not field.near:
        return not denied(one.before)
    words = "|".join(map(re.escape, field.near))
    pattern = rf"(?<!\w)(?:{words})(?:\W{{1,3}}\w{{1,20}}){{0,2}}\W{{1,3}}$"
    return re.search(pattern, one.before, re.IGNORECASE) is not None


def _distinct(said: Iterable[_Said]) -> list[str]:
    """Without those that only say less of the same: a date without its year, a sum without its
    currency."""
    values = list(dict.fromkeys(str(one.found.value)[:VALUE_MAX] for one in said))
    less = {way for value in values for way in _less(value)}
    return [value for value in values if value not in less]


def _less(value: str) -> set[str]:
    """The ways of saying less of the same."""
    return {f"-{value[-6:]}", value.partition(" ")[0]} - {value}


def _answer(forms: Forms, form: Form, name: str, text: str, conventions: Conventions) -> str | None:
    kind = forms.fields[name].kind
    if kind == "text":
        return None if asks_back(text) else value_of(text) or None
    value = read_as(kind, text, replace(conventions, order_masks=forms.order_numbers))
    if kind == "order_number" and not fits_masks(str(value), forms.order_numbers):
        return _bare_order_number(text[:READ_MAX], conventions, forms.order_numbers)
    if value is None:
        return _left_over(forms, form, name, _recognised([text], conventions, forms))
    return str(value)[:VALUE_MAX]


def _bare_order_number(text: str, conventions: Conventions, masks: Sequence[str]) -> str | None:
    """The one that "66120" means for whoever was asked for it, if it is no part of a phone number or the
    like. They see what was noted, letters and all."""
    others = [one for one in recognise(text, conventions) if one.kind != "order_number"]
    rest = use_up(plain(text), [(one.start, one.end) for one in others])
    meant = {with_letters_of_mask(digits, masks) for digits in _NUMBER.findall(rest)} - {None}
    return meant.pop() if len(meant) == 1 else None


def _ways(value: str, masks: Sequence[str]) -> tuple[str | None, ...]:
    return value, with_letters_of_mask(value, masks)


def _left_over(forms: Forms, form: Form, name: str, said: Sequence[_Said]) -> str | None:
    """The value that belongs to no other field, where words tell whose the others are: "118 euros, but I
    only got 98 euros"."""
    kind = forms.fields[name].kind
    others = [forms.fields[other] for other in form.names if other != name]
    near = [field for field in others if field.kind == kind and field.near]
    told = [one for one in said if any(_fits(field, one, forms) for field in near)]
    rest = _distinct(one for one in said if one.found.kind == kind and one not in told)
    return rest[0] if told and len(rest) == 1 else None


def _closed(intake: Intake, **changes: tuple[object, ...]) -> Intake:
    return intake.model_copy(update={"asked": None, "tries": 0, **changes})
