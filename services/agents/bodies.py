"""What the API takes and gives."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.agents.targets import AgentId, Minutes
from services.agents.work import Presence, State
from warmline.events.base import Id, Language, Name, Note, Part, Text, Why
from warmline.events.decision import Turn
from warmline.events.work import Brief, DraftNote, DraftReason, Inferred


class PresenceBody(Part):
    presence: Presence = Field(examples=["break"])
    reason: Note | None = Field(default=None, examples=["lunch"])


class Held(Part):
    """Who acts, and the epoch that came with the offer."""

    agent_id: AgentId = Field(examples=["ada"])
    epoch: int = Field(ge=1, examples=[2])


class DeclineBody(Held):
    reason: Note | None = Field(default=None, examples=["not my product"])


class ReplyBody(Held):
    text: Text = Field(examples=["Your refund left us on Monday; banks need two to three days."])
    language: Language | None = Field(default=None, examples=["en"])


class DraftBody(Held):
    """`proposal_of` names the message whose brief proposes; needed where the work has several."""

    proposal_of: Id | None = Field(default=None, examples=["inq-2041"])


class EditedDraftBody(DraftBody):
    text: Text = Field(examples=["Your refund left us on Monday; banks need two to three days."])
    language: Language | None = Field(default=None, examples=["en"])


class RejectedDraftBody(DraftBody):
    """`reason` is one of the desk's codes. With `text` the person's own reply is sent as well."""

    reason: DraftReason = Field(examples=["incomplete"])
    note: DraftNote | None = Field(default=None, examples=["says nothing of part refunds"])
    text: Text | None = Field(default=None, examples=["We have refunded the second parcel only."])
    language: Language | None = Field(default=None, examples=["en"])


class WrittenBody(Part):
    """What a person has written so far; empty before the first word."""

    text: str = Field(default="", max_length=8000, examples=["Your refund left us"])


class SuggestionBody(Part):
    """An article as this customer would read it. `score` is the evidence for it, see docs/bot.md."""

    article_id: Id
    title: str
    text: str
    score: float = Field(ge=0, le=1)


class SuggestionsBody(Part):
    """The conversation's own topic first. `completion` is how the sentence that is begun goes on in one of
    them."""

    suggestions: tuple[SuggestionBody, ...] = Field(max_length=3)
    completion: str | None = None


class InferredBody(Part):
    """What a language model made of the conversation; nothing where none is configured or it failed."""

    summary: Inferred | None = None
    wish_translated: Inferred | None = None


class CompleteBody(Held):
    """`customer_had_to_repeat` is asked of the person; leave it out where they did not say."""

    customer_had_to_repeat: bool | None = Field(default=None, examples=[False])


class WrapUpBody(Part):
    agent_id: AgentId = Field(examples=["ada"])


class TransferBody(Held):
    """Exactly one of `to_queue` and `to_agent`."""

    to_queue: Name | None = Field(default=None, examples=["fraud"])
    to_agent: AgentId | None = Field(default=None, examples=["bruno"])
    note: Note | None = Field(default=None, examples=["the card was charged twice"])


class Order(Part):
    """Which supervisor orders it, and why; both are on the event."""

    by: AgentId = Field(examples=["greta"])
    reason: Why = Field(examples=["the customer has called a third time"])


class PushBody(Order):
    to_agent: AgentId = Field(examples=["bruno"])


class PriorityBody(Order):
    priority_min: Minutes = Field(examples=[60])


class RequeueBody(Order):
    """Without `to_queue` it stays in its queue."""

    to_queue: Name | None = Field(default=None, examples=["fraud"])


class DrainBody(Order):
    draining: bool = Field(default=True)


class CommandBody(Part):
    """What became of a command, as long as that is remembered."""

    command_id: Id
    result: str = Field(examples=["ok", "stale", "lapsed"])
    message: str


class MessageBody(Part):
    """One inquiry of a piece of work, in the customer's words. `because` says in the desk's language what
    `reason` means, `why` how the queue was chosen."""

    inquiry_id: Id
    customer_id: Id
    channel: str
    text: str
    attributes: dict[str, Any]
    received_at: str
    reason: str
    because: str
    why: str
    brief: Brief


class WorkBody(Part):
    """A piece of work. `seconds_left` is for offers: after that it is offered to somebody else."""

    inquiry_id: Id
    conversation_id: Id
    state: State
    epoch: int
    queue: Name
    topic: str | None
    language: str
    priority_min: int
    waited_s: float
    agent_id: str | None
    seconds_left: float | None = None
    promised_at: str | None = None
    note: str | None = None
    members: tuple[Id, ...]
    messages: tuple[MessageBody, ...] = ()
    history: tuple[Turn, ...] = ()


class DoneBody(Part):
    """A command that was carried out. `epoch` is the work's afterwards, 0 where no work was touched.
    `next` is what the person was offered as it left them room, with all that they read of it, or has
    already, where their offers are accepted at once. It is told once: who has missed it reads
    `/v1/agents/{agent_id}/work`."""

    command_id: Id = Field(examples=["7b0c5f1e-3d55-4a0e-9f0d-2f6f1b1f2a10"])
    epoch: int = Field(ge=0, examples=[2])
    next: tuple[WorkBody, ...] = ()


class DeskBody(Part):
    """What a person has in front of them. Send `version` back as `since` to wait for a change."""

    agent_id: Id
    presence: Presence
    reason: str
    silent: bool
    drained: bool
    capacity: int
    version: int
    offers: tuple[WorkBody, ...]
    work: tuple[WorkBody, ...]


class QueueBody(Part):
    """`removed`: no longer in the desk's files. What waits there is served by the people of the default
    queue; such a queue has no target, and its id for a title."""

    id: Name
    title: Name
    waiting: int
    oldest_s: float | None
    closed: bool
    removed: bool
    target_share: float | None
    target_within_s: int | None


class QueuesBody(Part):
    desk: str
    config_version: str
    queues: tuple[QueueBody, ...]


class Problem(Part):
    """RFC 9457. `detail` says what is wrong and what to do."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["ConflictError"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["the offer has lapsed; the inquiry is offered to somebody else"])
    code: str | None = Field(default=None, examples=["lapsed"])
    retriable: bool = False


ProblemStatus = Literal[400, 401, 404, 409, 413, 422, 503]
