"""The router's decision on one inquiry, with everything needed to explain and to replay it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from warmline.events.base import Id, Language, Name, Note, Part, Payload, Probability, Text
from warmline.events.inquiry import Inquiry

Route = Literal["bot", "human"]
Mode = Literal["answer", "draft", "intake"]
"""What the bot may do with it: answer the customer, propose an answer to a person, or only ask for
the facts that a person will need."""

RiskTier = Literal[
    "fraud",
    "dispute",
    "hardship",
    "complaint",
    "bereavement",
    "threat_or_self_harm",
    "legal_right",
    "data_protection",
    "vulnerable",
]

ReasonCode = Literal[
    "owned_by_person",
    "explicit_wish",
    "risk",
    "repeat_contact",
    "not_helped",
    "unknown_language",
    "unknown_topic",
    "not_certified",
    "low_confidence",
    "complexity",
    "no_licence",
    "draft",
    "holdout",
    "remark",
    "licensed",
    "intake",
    "known_person",
    "thanks",
    "frustration",
]


class Reason(Part):
    """Why a step of the decision order spoke, for people: no customer text in it."""

    code: ReasonCode
    detail: Note


class Score(Part):
    """A number from 0 to 1 and what it is made of."""

    value: Probability
    reasons: tuple[Note, ...] = ()


class Turn(Part):
    """One message of the conversation so far."""

    by: Literal["customer", "bot", "person"]
    text: Text
    at: AwareDatetime
    article_id: Id | None = None


class Fact(Part):
    """Something known about the matter, and who says so."""

    name: Name
    value: Annotated[str, Field(max_length=500)]
    source: Literal["customer_said", "system_verified", "model_inferred"]


class Versions(Part):
    """What the decision was made with; the same inputs and versions give the same decision."""

    rules: str
    model: str
    policy: str
    licence: str | None = None
    certificate: str | None = None
    """The thresholds of `warmline certify` that belonged to the model; None: it had none."""


class Decision(Payload):
    """The first decision for an inquiry; a redelivered inquiry repeats it byte for byte.

    `epoch` is the conversation owner's fencing number that this decision took: an answer that
    carries an older one is dropped. `continues` names the open inquiry that this message belongs to.
    `priority_min` counts as minutes already waited. `threshold` is the confidence that was asked for.
    `facts` is what the bot's questions have brought to light in this matter so far.
    `preferred_agent_id` is the person who has closed this conversation before: they know it.
    `topic_guessed`: the topic is the likeliest, but too unsure for questions that only it needs.
    """

    KIND: ClassVar[str] = "decision"

    inquiry: Inquiry
    received_at: AwareDatetime
    decided_at: AwareDatetime
    route: Route
    mode: Mode | None = None
    topic: Name | None
    topic_guessed: bool = False
    language: Language
    confidence: Probability
    threshold: Probability | None = None
    complexity: Score
    risk_tier: RiskTier | None = None
    wants_person: bool = False
    mood: Literal["calm", "worried", "angry"] = "calm"
    reasons: tuple[Reason, ...] = Field(min_length=1)
    skills: dict[Name, int] = Field(default_factory=dict)
    priority_min: int = Field(default=0, ge=0, le=100_000)
    epoch: int = Field(ge=1)
    continues: Id | None = None
    history: tuple[Turn, ...] = ()
    facts: tuple[Fact, ...] = ()
    preferred_agent_id: Id | None = None
    versions: Versions
