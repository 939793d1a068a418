"""What people need to know, topic by topic, and how the bot asks for it: `intake.yaml`.

Such as:

    version: 1
    order_numbers: ["PL-#####"]
    texts:
      en:
        lead_in: A colleague will look after this. One question first.
        skip_hint: You need not answer; write "skip".
        skip_words: [skip, don't know]
        person_hint: Would you rather talk to a person? Just write "person".
        noted: "Thank you. This is what I have noted:"
        correct_it: If something is wrong, just say so.
    fields:
      order_number:
        kind: order_number
        label: {en: Order number}
        question: {en: What is the number of your order?}
        again: {en: An order number looks like PL-12345. Could you look again?}
    forms:
      refund_status: {required: [order_number]}
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.intake.facts.found import Kind
from services.intake.facts.typed import ValueKind
from services.runtime.yaml_file import read_yaml
from warmline.errors import ConfigurationError
from warmline.events.base import Language, Name
from warmline.events.decision import RiskTier

QUESTIONS_MAX = 3
"""More is an interrogation, and whoever would need it is better served by a person."""

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_Mask = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9#@/_-]{3,40}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FormField(_Model):
    """One thing to know. `near` tells it from others of its kind in a free text: one of these words
    must stand at most three words before it. `again` is said after an answer that is none.
    `any_topic`: most topics need it, so it is asked even where the topic is but a guess."""

    kind: Kind | Literal["text"]
    label: dict[Language, _Sentence]
    question: dict[Language, _Sentence]
    again: dict[Language, _Sentence] = Field(default_factory=dict)
    near: tuple[_Word, ...] = ()
    any_topic: bool = False


class Form(_Model):
    """`required` is asked for in this order and counts for completeness; `optional` is kept when
    the customer says it. With `ask: false` nothing is asked: the topic belongs to people at once."""

    required: tuple[Name, ...] = Field(default=(), max_length=QUESTIONS_MAX)
    optional: tuple[Name, ...] = Field(default=(), max_length=10)
    ask: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return self.required + self.optional


class Phrases(_Model):
    """`lead_in` stands above the first question, both hints below every one. An answer of nothing but
    a skip word is one."""

    lead_in: _Sentence
    skip_hint: _Sentence
    skip_words: tuple[_Word, ...] = Field(min_length=1)
    person_hint: _Sentence
    noted: _Sentence
    correct_it: _Sentence


class Forms(_Model):
    """`order_numbers` are masks: `#` is a digit, `@` a letter, all else stands for itself.
    `deadlines_days`: by when the law, or the company, wants an answer, by risk tier;
    `topic_deadlines_days` the same by topic, for words in which no risk was heard."""

    version: Literal[1]
    order_numbers: tuple[_Mask, ...] = ()
    deadlines_days: dict[RiskTier, Annotated[int, Field(ge=1, le=365)]] = Field(
        default_factory=dict
    )
    topic_deadlines_days: dict[Name, Annotated[int, Field(ge=1, le=365)]] = Field(
        default_factory=dict
    )
    texts: dict[Language, Phrases] = Field(min_length=1)
    fields: dict[Name, FormField]
    forms: dict[Name, Form]

    def kinds(self, topic: str | None) -> dict[str, ValueKind]:
        """Of each field of the topic's form: a system's value of another kind is none."""
        form = self.forms.get(topic) if topic is not None else None
        return {name: self.fields[name].kind for name in form.names} if form is not None else {}

    def answer_by(
        self, tier: RiskTier | None, topic: str | None, received_at: datetime
    ) -> datetime | None:
        """When the clock of an invoked right runs out, the earliest where there are two; it began when
        the customer wrote."""
        clocks = [
            days
            for days in (
                self.deadlines_days.get(tier) if tier is not None else None,
                self.topic_deadlines_days.get(topic) if topic is not None else None,
            )
            if days is not None
        ]
        return received_at + timedelta(days=min(clocks)) if clocks else None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        faults = [*self._faults_of_forms(), *self._faults_of_languages()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults_of_forms(self) -> list[str]:
        faults = []
        for topic, form in self.forms.items():
            faults += [
                f"forms.{topic}: no field {name!r} (add it under fields)"
                for name in form.names
                if name not in self.fields
            ]
            if len(set(form.names)) < len(form.names):
                faults.append(f"forms.{topic}: a field is named twice")
        return faults

    def _faults_of_languages(self) -> list[str]:
        faults = []
        for name, field in self.fields.items():
            said = {"label": field.label, "question": field.question}
            if field.kind != "text":
                said["again"] = field.again
            faults += [
                f"fields.{name}.{what}: missing in {language}"
                for what, texts in said.items()
                for language in sorted(self.texts.keys() - texts.keys())
            ]
        return faults


def load_forms_of(company: Path) -> Forms | None:
    """Those in the company's folder; None for one without: nothing is asked there."""
    file = company / "intake.yaml"
    return load_forms(file) if file.exists() else None


def check_forms_of(company: Path) -> tuple[Forms | None, list[str]]:
    """The same for whoever goes on without: None also where the file has faults, and every one of them."""
    try:
        return load_forms_of(company), []
    except ConfigurationError as error:
        return None, str(error).splitlines()


def load_forms(file: Path) -> Forms:
    """Raises ConfigurationError with every fault."""
    return read_yaml(file, Forms)[0]
