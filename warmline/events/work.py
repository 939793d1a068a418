"""Between bot, people and customers: handovers, replies, commands and the life of human work."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from warmline.events.base import Id, Language, Name, Note, Part, Payload, Probability, Text, Why
from warmline.events.decision import Decision, Fact, Turn
from warmline.events.desk import DeskOrder

HandoverReason = Literal[
    "explicit_wish",
    "risk",
    "low_confidence",
    "no_licence",
    "loop",
    "frustration",
    "bot_error",
    "policy",
    "holdout",
    "no_answer",
    "not_helped",
    "draft",
]


class Inferred(Part):
    """What a language model made of the customer's words. Nobody has checked it: show it as such."""

    text: Note
    language: Language
    source: Literal["model_inferred"] = "model_inferred"


class ArticleRef(Part):
    """An article of the knowledge base that a person may want to read."""

    article_id: Id
    title: Note


LookupResult = Literal["answered", "nothing", "no_answer"]
"""What one of the company's systems said: facts, nothing of this matter, or nothing in time."""


class Brief(Part):
    """What a person needs so that the customer repeats nothing. `lookups` names the company's systems that
    were asked: what one did not answer is not known to be so or otherwise. `article_why` says how the
    article was chosen, or why none was; `suggested_until` is its last day. Where a language model has
    worded `suggested_reply`, `suggested_source` says so: compare it with its article. `similar` are
    articles that deal with much the same, the likeliest first. `summary` is of a long conversation,
    `wish_translated` the wish in the desk's language; both only where a language model is used."""

    wish: Annotated[str, Field(max_length=300)]
    facts: tuple[Fact, ...] = ()
    said: tuple[Turn, ...] = ()
    tried: tuple[Id, ...] = ()
    lookups: dict[Name, LookupResult] = Field(default_factory=dict)
    language: Language
    mood: Literal["calm", "worried", "angry"] = "calm"
    suggested_reply: Text | None = None
    suggested_article: Id | None = None
    suggested_until: date | None = None
    suggested_source: Literal["knowledge_base", "model_inferred"] = "knowledge_base"
    similar: Annotated[tuple[ArticleRef, ...], Field(max_length=5)] = ()
    article_why: Note | None = None
    completeness: Probability
    answer_by: AwareDatetime | None = None
    summary: Inferred | None = None
    wish_translated: Inferred | None = None


class Handover(Payload):
    """The bot gives an inquiry to people."""

    KIND: ClassVar[str] = "handover"

    decision: Decision
    reason: HandoverReason
    brief: Brief


class Reply(Payload):
    """A message to the customer. Platforms send it once per `reply_id` and only if no later
    `epoch` of the conversation has spoken: whoever owned it before may have been overtaken.
    """

    KIND: ClassVar[str] = "reply"

    reply_id: Id
    inquiry_id: Id
    conversation_id: Id
    customer_id: Id
    by: Literal["bot", "person"]
    kind: Literal["answer", "question", "notice"]
    text: Text
    language: Language
    epoch: int = Field(ge=1)
    agent_id: Id | None = None
    article_id: Id | None = None
    article_why: Note | None = None
    discloses_ai: bool = False


class SignIn(Part):
    do: Literal["sign_in"] = "sign_in"


class SignOut(Part):
    do: Literal["sign_out"] = "sign_out"


class SetPresence(Part):
    do: Literal["set_presence"] = "set_presence"
    presence: Literal["available", "busy", "break", "away"]
    reason: Note | None = None


class Heartbeat(Part):
    do: Literal["heartbeat"] = "heartbeat"


class Accept(Part):
    do: Literal["accept"] = "accept"
    inquiry_id: Id
    epoch: int = Field(ge=1)


class Decline(Part):
    do: Literal["decline"] = "decline"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    reason: Note | None = None


class SendReply(Part):
    do: Literal["reply"] = "reply"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    text: Text
    language: Language | None = None


DraftReason = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""Why a proposal was rejected, as reports count it; the desk's file lists its codes."""

DraftNote = Annotated[str, StringConstraints(max_length=300)]
"""What was wrong with a proposal, never who the customer is: figures, names of accounts and addresses
are masked before it is published."""


class AcceptDraft(Part):
    """Sends what is proposed, as it stands. `proposal_of` is the message whose brief proposes it; needed
    only where the work's messages have several proposals."""

    do: Literal["accept_draft"] = "accept_draft"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    proposal_of: Id | None = None


class EditDraft(Part):
    """Sends what the person has made of the proposal."""

    do: Literal["edit_draft"] = "edit_draft"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    proposal_of: Id | None = None
    text: Text
    language: Language | None = None


class RejectDraft(Part):
    """Says why the proposal is of no use. With `text` the person's own reply is sent in the same step."""

    do: Literal["reject_draft"] = "reject_draft"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    proposal_of: Id | None = None
    reason: DraftReason
    note: DraftNote | None = None
    text: Text | None = None
    language: Language | None = None


class Complete(Part):
    """Ends the work; wrap-up follows where the desk's configuration asks for it.
    `customer_had_to_repeat` is what the person is asked at the end; None: they did not say."""

    do: Literal["complete"] = "complete"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    customer_had_to_repeat: bool | None = None


class NotReached(Part):
    """A callback's customer did not answer: it is promised again for later, or ends after the last
    attempt."""

    do: Literal["not_reached"] = "not_reached"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    reason: Note | None = None


class WrapUpDone(Part):
    do: Literal["wrap_up_done"] = "wrap_up_done"
    inquiry_id: Id


class Transfer(Part):
    """To a queue or to a person; the inquiry keeps its age."""

    do: Literal["transfer"] = "transfer"
    inquiry_id: Id
    epoch: int = Field(ge=1)
    to_queue: Name | None = None
    to_agent: Id | None = None
    note: Note | None = None


class Push(Part):
    """A supervisor's order: offers work that nobody has accepted to one person, whatever they have
    in hand."""

    do: Literal["push"] = "push"
    inquiry_id: Id
    to_agent: Id
    reason: Why


class Pull(Part):
    """A supervisor takes work that nobody has accepted; it is theirs at once."""

    do: Literal["pull"] = "pull"
    inquiry_id: Id
    reason: Why


class Reprioritise(Part):
    """A supervisor's order: how many minutes the work counts as having waited."""

    do: Literal["reprioritise"] = "reprioritise"
    inquiry_id: Id
    priority_min: int = Field(ge=0, le=100_000)
    reason: Why


class Requeue(Part):
    """A supervisor's order: back into a queue at its age, out of whoever's hands. None: where it is."""

    do: Literal["requeue"] = "requeue"
    inquiry_id: Id
    to_queue: Name | None = None
    reason: Why


class Drain(Part):
    """A supervisor's order: no more offers for a person, or again."""

    do: Literal["drain"] = "drain"
    of_agent: Id
    draining: bool = True
    reason: Why


class CloseQueue(Part):
    """A supervisor's order: the queue's work goes where it goes when the queue is full."""

    do: Literal["close_queue"] = "close_queue"
    queue: Name
    reason: Why


class OpenQueue(Part):
    do: Literal["open_queue"] = "open_queue"
    queue: Name
    reason: Why


Action = Annotated[
    SignIn
    | SignOut
    | SetPresence
    | Heartbeat
    | Accept
    | Decline
    | SendReply
    | AcceptDraft
    | EditDraft
    | RejectDraft
    | Complete
    | NotReached
    | WrapUpDone
    | Transfer
    | Push
    | Pull
    | Reprioritise
    | Requeue
    | Drain
    | CloseQueue
    | OpenQueue,
    Field(discriminator="do"),
]


class AgentCommand(Payload):
    """What a person at the desk does, or a supervisor orders; `command_id` makes sending it twice
    harmless. `agent_id` is who does it."""

    KIND: ClassVar[str] = "agent_command"

    command_id: Id
    agent_id: Id
    action: Action


AssignmentStep = Literal[
    "enqueued",
    "joined",
    "widened",
    "promised",
    "missed",
    "reprioritised",
    "offered",
    "accepted",
    "declined",
    "lapsed",
    "cancelled",
    "rescinded",
    "requeued",
    "replied",
    "paused",
    "resumed",
    "transferred",
    "completed",
    "wrapped_up",
    "abandoned",
]


class Assignment(Payload):
    """One step in the life of a piece of human work.

    `seq` counts the steps of one inquiry from 1 without gaps, so a reader can tell what it missed.
    `epoch` grows with every new holder. `members` are all inquiries that this work ends, itself included.
    `by` is the supervisor who has ordered the step. `promised_at`, on a promised step: when a person
    will get in touch; the customer should be told. It is on the accepted step that answers a promise, too,
    and `promise` says whether that was in time; a missed step says that by then nobody had it in hand.
    `waits`, on a promised step: it waits for people meanwhile, and whoever comes earlier keeps the promise.
    `work_class` names who is asked (as the desk's own table of classes says), `direct` the one person that it
    waits for, where it does.
    """

    KIND: ClassVar[str] = "assignment"

    inquiry_id: Id
    conversation_id: Id
    step: AssignmentStep
    seq: int = Field(ge=1)
    epoch: int = Field(ge=0)
    queue: Name
    agent_id: Id | None = None
    topic: Name | None = None
    language: Language = "und"
    priority_min: int = 0
    waited_ms: int = Field(default=0, ge=0)
    reason: Note | None = None
    members: tuple[Id, ...] = ()
    config_version: str | None = None
    by: Id | None = None
    promised_at: AwareDatetime | None = None
    promise: Literal["kept", "late"] | None = None
    waits: Literal[True] | None = None
    customer_had_to_repeat: bool | None = None
    work_class: Name | None = None
    direct: Id | None = None
    desk_order: DeskOrder | None = None


class DeskChange(Payload):
    """A supervisor has changed the desk: `subject` is the person or the queue."""

    KIND: ClassVar[str] = "desk_change"

    change: Literal["drained", "undrained", "queue_closed", "queue_opened"]
    subject: Id
    by: Id
    reason: Note
    config_version: str
