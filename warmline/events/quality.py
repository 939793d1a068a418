"""What quality decides: how inquiries ended, and what the bot may do."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from warmline.events.base import Id, Language, Name, Note, Payload, Probability

OutcomeKind = Literal["confirmed", "assumed", "handed_off", "abandoned"]


class Outcome(Payload):
    """How an inquiry ended. The four kinds sum to all inquiries.

    confirmed: the customer said that the bot's answer helped. assumed: the bot answered and the
    customer left without a word. handed_off: a person finished it. abandoned: nobody answered before
    the customer left. `first_answer_ms` runs from the inquiry's time to the first answer.
    """

    KIND: ClassVar[str] = "outcome"

    inquiry_id: Id
    conversation_id: Id
    kind: OutcomeKind
    by: Literal["bot", "person", "nobody"]
    topic: Name | None = None
    language: Language = "und"
    channel: str | None = None
    agent_id: Id | None = None
    first_answer_ms: int | None = Field(default=None, ge=0)


LicenceState = Literal["human_only", "draft", "licensed", "suspended"]


class Licence(Payload):
    """What the bot may do for one topic in one language, and the evidence for it.

    `threshold` is the calibrated confidence from which the bot may answer; `lower_bound` is the proven
    precision and `sample` the number of judged answers behind it. `forced` marks a grant without evidence.
    """

    KIND: ClassVar[str] = "licence"

    topic: Name
    language: Language
    state: LicenceState
    threshold: Probability | None = None
    target: Probability | None = None
    lower_bound: Probability | None = None
    sample: int = Field(default=0, ge=0)
    reason: Note
    forced: bool = False
