"""What quality decides: how inquiries ended, and what the bot may do."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from warmline.events.base import Id, Language, Name, Note, Part, Payload, Probability

OutcomeKind = Literal["confirmed", "assumed", "handed_off", "abandoned"]


class Outcome(Payload):
    """How an inquiry ended. The four kinds sum to all inquiries.

    confirmed: the customer said that the bot's answer helped. assumed: the bot answered and the
    customer left without a word. handed_off: a person finished it. abandoned: nobody answered before
    the customer left. `first_answer_ms` runs from the inquiry's time to the first answer.

    A correction has the same inquiry and a higher `revision`; the highest counts. `reversed_by` is
    the inquiry with which the customer came back on the same topic within the window: the kind stays,
    so that the four still sum to all, but this end was not kept, and `by` is who is debited.
    `arm`: the bot was licensed to answer this inquiry, and chance gave it to the bot or to the human
    comparison group, whoever finished it then; None outside the comparison.
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
    arm: Literal["bot", "people"] | None = None
    revision: int = Field(default=0, ge=0)
    reversed_by: Id | None = None


LicenceState = Literal["human_only", "draft", "licensed", "suspended"]


class Tally(Part):
    good: int = Field(ge=0)
    bad: int = Field(ge=0)


class Licence(Payload):
    """What the bot may do for one topic in one language, and the evidence for it.

    `version` grows with every change; a decision names it. `threshold` is the calibrated confidence
    from which the bot may answer. `lower_bound` is the proven precision (at all times, for all
    licences of the desk together wrong with a probability of at most `error`), `sample` the judged
    answers behind it, `wrong` how many of them were not right, `seeded` how many come from a labelled
    history. `missing` says about how many more would prove `target`; None: at this quality none would.
    `pooled`: proven for the topic's languages together, and here for at most twice the errors.
    `bot` and `people` are how answered inquiries went on, by kind of evidence.
    `held`: suspended by a person until a person lets it go on. `forced` marks, for ever, a grant
    without evidence. `answers` is the last order that was heard, `refused` why it was not followed.
    """

    KIND: ClassVar[str] = "licence"

    topic: Name
    language: Language
    state: LicenceState
    version: int = Field(default=0, ge=0)
    attempt: int = Field(default=1, ge=1)
    threshold: Probability | None = None
    target: Probability | None = None
    lower_bound: Probability | None = None
    error: Probability | None = None
    sample: int = Field(default=0, ge=0)
    wrong: int = Field(default=0, ge=0)
    seeded: int = Field(default=0, ge=0)
    pooled: bool = False
    missing: int | None = Field(default=None, ge=0)
    labels_per_day: float = Field(default=0.0, ge=0)
    compared_with_people: Literal["no_data", "not_worse", "worse"] = "no_data"
    bot: dict[Name, Tally] = Field(default_factory=dict)
    people: dict[Name, Tally] = Field(default_factory=dict)
    reason: Note
    held: bool = False
    forced: bool = False
    answers: Id | None = None
    refused: Note | None = None
