"""What customers send: inquiries, feedback, and the wish to be forgotten."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from warmline.events.base import Attributes, Id, Name, Note, Payload, Text

Channel = Literal["chat", "web", "email", "phone", "social", "app"]


class Inquiry(Payload):
    """One message of a customer. Every message is an inquiry and gets exactly one outcome.

    `inquiry_id` is the integrator's and makes publishing twice harmless. `conversation_id` ties the
    messages of one exchange together and is the record's key, so they are read in order.
    `wants_person` is the button "I want a person"; the same wish in the text is recognised as well.
    """

    KIND: ClassVar[str] = "inquiry"

    inquiry_id: Id
    conversation_id: Id
    customer_id: Id
    text: Text
    channel: Channel = "chat"
    locale: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
    market: Name | None = None
    attributes: Attributes = Field(default_factory=dict)
    wants_person: bool = False


FeedbackKind = Literal["helped", "not_helped", "wants_person", "csat", "left"]


class Feedback(Payload):
    """What the customer says of an answer, or does instead of saying it.

    `not_helped` and `wants_person` bring a person in at once; `left` ends what still waits for a person, and
    what the bot is asking about. `inquiry_id` None means the conversation's latest inquiry. `score` is CSAT
    from 1 to 5.
    """

    KIND: ClassVar[str] = "feedback"

    feedback_id: Id
    conversation_id: Id
    inquiry_id: Id | None = None
    kind: FeedbackKind
    score: int | None = Field(default=None, ge=1, le=5)
    comment: Note | None = None

    @model_validator(mode="after")
    def _csat_has_a_score(self) -> Self:
        if (self.kind == "csat") != (self.score is not None):
            raise ValueError("a score from 1 to 5 belongs to kind 'csat', and only to it")
        return self


class Erasure(Payload):
    """A customer's right to erasure (GDPR, Art. 17): every service forgets this person."""

    KIND: ClassVar[str] = "erasure"

    erasure_id: Id
    customer_id: Id
