"""What counts for and against a licence: judged answers, how they ended, and what people order."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from warmline.events.base import Id, Language, Name, Note, Part, Payload, Probability

EvidenceKind = Literal[
    "history", "draft", "audit", "complaint", "return", "csat", "reading", "drift", "order"
]


class LicenceOrder(Part):
    """What a person decides about a licence. `force` grants it without evidence and marks it for
    ever."""

    do: Literal["suspend", "grant"]
    state: Literal["draft", "licensed"] = "licensed"
    reason: Note = Field(min_length=1)
    by: Name
    force: bool = False


class Evidence(Payload):
    """One piece, for one topic in one language. Given twice under the same id it counts once.

    history: people have answered such an inquiry. draft, audit: a person judged an answer of the
    bot; `good` means right as it stood. complaint, return, csat: how an answered inquiry went on,
    for the bot (`by` bot) and for the human comparison group (`by` person); `good` means no
    complaint, no return within the window, satisfied. reading: the triage read an inquiry clearly.
    drift: in one window the topic's inquiries were worded as those that the thresholds are from.
    `confidence` is the triage's for the inquiry; a licence is proven for all from a threshold on.
    `harmful` goes with a bad audit. `seeded` evidence comes from a labelled history, not from this
    desk's own work; only there `count` may say that it stands for several alike. `order` belongs to
    kind order, and only to it.
    """

    KIND: ClassVar[str] = "evidence"

    evidence_id: Id
    topic: Name
    language: Language
    kind: EvidenceKind
    good: bool = True
    by: Literal["bot", "person"] = "bot"
    confidence: Probability = 1.0
    harmful: bool = False
    seeded: bool = False
    count: int = Field(default=1, ge=1, le=1_000_000)
    inquiry_id: Id | None = None
    at_ms: int = Field(ge=0)
    order: LicenceOrder | None = None

    @model_validator(mode="after")
    def _an_order_is_an_order(self) -> Self:
        if (self.kind == "order") != (self.order is not None):
            raise ValueError("an order belongs to kind 'order', and only to it")
        if self.count > 1 and not (self.seeded and self.kind in ("history", "draft")):
            raise ValueError(
                "only seeded evidence of kind history or draft may be counted together"
            )
        return self
