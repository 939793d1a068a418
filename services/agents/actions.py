"""What actions of people mean, for both engines. Pure."""

from __future__ import annotations

from services.agents.config import Configuration
from services.agents.overflow import opening_ms
from services.agents.refusals import refuse
from services.agents.rings import Levels
from services.agents.rules import Rules, WorkClass
from warmline.events.envelope import event_id
from warmline.events.work import (
    AgentCommand,
    Complete,
    Decline,
    NotReached,
    SetPresence,
    Transfer,
    WrapUpDone,
)

FREES = (Complete, Decline, NotReached, Transfer, WrapUpDone)
"""What leaves a person room for more work, and tells what they are offered next."""

NOT_REACHED = "the customer was not reached"


def reply_id_of(command: AgentCommand) -> str:
    """Follows from the command alone, so that even a repeat after its result was forgotten is
    recognised."""
    return event_id(command.command_id, "reply")


def plain(text: str | None) -> str:
    """A note without control characters: the engine's records use some of them between fields."""
    if not text or text.isprintable():
        return text or ""
    return "".join(" " if ord(character) < 32 else character for character in text)


def repeated(action: Complete) -> str:
    """Whether the customer had to repeat what was known, as the outbox has it."""
    return {None: "", True: "yes", False: "no"}[action.customer_had_to_repeat]


def retry_ms(rules: Rules, queue_id: str, now_ms: int) -> int:
    """When a callback is tried again: after the desk's time, in the queue's hours."""
    configuration = rules.configuration
    queue = configuration.queues.get(queue_id)
    calendar = None if queue is None else configuration.calendar_of(queue)
    return opening_ms(calendar, now_ms + configuration.desk.callbacks.retry_after_s * 1000)


def check_reason(action: SetPresence, configuration: Configuration) -> None:
    """Raises NotFoundError for a reason that is not among the desk's codes for this presence."""
    if action.presence == "available":
        return
    codes = configuration.desk.presence.reasons.get(action.presence)
    if codes is not None and action.reason not in codes:
        raise refuse("unknown_reason", known=f"for {action.presence}: {', '.join(codes)}")


def check_transfer(command: AgentCommand, action: Transfer, rules: Rules) -> None:
    """Raises NotFoundError unless exactly one known queue or other person is named."""
    configuration = rules.configuration
    if (action.to_queue is None) == (action.to_agent is None):
        raise refuse("no_target")
    if action.to_agent == command.agent_id:
        raise refuse("no_target")
    if action.to_agent is not None and action.to_agent not in configuration.people:
        raise refuse("no_agent")
    if action.to_queue is not None and action.to_queue not in configuration.queues:
        raise refuse("no_queue")


def transfer_class(
    rules: Rules, queue: str, language: str, channel: str, required: Levels
) -> WorkClass:
    """The class in the target queue. The person has judged the matter, so what the filter asked for counts
    no longer; the language and the inquiry's own skills (`required`) still do."""
    return rules.reachable(WorkClass(queue, language, skills=required, channel=channel))[0]
