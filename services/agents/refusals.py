"""The engine's result codes, and the error each of them is. The one table of them."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client import Counter

from services.runtime.errors import ConflictError, NotFoundError, RefusedError, StaleEpochError

REFUSED = Counter(
    "warmline_agents_refused_total", "Commands that the state did not allow.", ["code"]
)


class Refusal(NamedTuple):
    error: type[RefusedError]
    message: str


TABLE: dict[str, Refusal] = {
    "stale": Refusal(
        StaleEpochError,
        "this offer or this work has moved on: its epoch is {epoch} now. Read your work again",
    ),
    "lapsed": Refusal(
        ConflictError, "the offer has lapsed; the inquiry is being offered to somebody else"
    ),
    "not_offered": Refusal(ConflictError, "this work is not on offer; it was accepted already"),
    "not_accepted": Refusal(
        ConflictError, "this work is not in your hands: accept its offer first"
    ),
    "no_draft": Refusal(
        ConflictError, "nothing is proposed for this work: write a reply of your own"
    ),
    "several_drafts": Refusal(
        ConflictError,
        "several of the work's messages have a proposal: name one of them in proposal_of",
    ),
    "expired_draft": Refusal(
        ConflictError,
        "the article of this proposal has expired: edit the proposal, or reject it",
    ),
    "judged": Refusal(
        ConflictError, "this proposal has been accepted, edited or rejected already: write a reply"
    ),
    "no_callback": Refusal(
        ConflictError, "this work is no callback: reply, complete or transfer it"
    ),
    "not_wrapping": Refusal(ConflictError, "this work is not in wrap-up"),
    "elsewhere": Refusal(ConflictError, "this work is offered to or held by another person"),
    "not_signed_in": Refusal(ConflictError, "this person is not signed in: sign in first"),
    "open_work": Refusal(
        ConflictError, "open conversations are left: complete or transfer them, then sign out"
    ),
    "target_absent": Refusal(
        ConflictError, "that person is not there to take it: choose another one, or a queue"
    ),
    "not_waiting": Refusal(
        ConflictError, "this inquiry does not wait: a person has it, or it has ended"
    ),
    "ended": Refusal(ConflictError, "this work has ended already"),
    "part_of_other": Refusal(
        ConflictError, "this inquiry is part of other open work: use that work's inquiry id"
    ),
    "flood": Refusal(
        ConflictError,
        "the conversation has too many unanswered inquiries: complete its open work first",
    ),
    "in_hands": Refusal(
        ConflictError, "somebody has accepted this work: re-queue it first, or wait until it ends"
    ),
    "already_theirs": Refusal(ConflictError, "this work is on offer to that person already"),
    "no_supervisor": Refusal(
        ConflictError,
        "only a supervisor may order this: people.yaml lists the supervisors",
    ),
    "no_overflow": Refusal(
        ConflictError,
        "this queue overflows into itself, so it cannot be closed: give it overflow.full first",
    ),
    "no_inquiry": Refusal(NotFoundError, "no human work is known for this inquiry"),
    "no_agent": Refusal(NotFoundError, "no such person: the desk's people.yaml does not name them"),
    "no_command": Refusal(
        NotFoundError, "no result of this command is known: not carried out yet, or long ago"
    ),
    "no_audit": Refusal(
        NotFoundError, "nobody asked for this audit, or not lately: read your next one"
    ),
    "marked_before": Refusal(
        ConflictError, "you have marked this answer otherwise before: your first mark counts"
    ),
    "audited": Refusal(ConflictError, "this answer has all the marks that were asked for"),
    "other_command": Refusal(
        ConflictError,
        "another command was sent under this id before: give each command (Idempotency-Key) its own",
    ),
    "no_queue": Refusal(NotFoundError, "no such queue: the desk's desk.yaml does not name it"),
    "unknown_reason": Refusal(
        NotFoundError, "this desk knows no such reason: desk.yaml lists {known}"
    ),
    "no_target": Refusal(
        NotFoundError, "name exactly one of a queue and another person to transfer to"
    ),
}


def refuse(code: str, epoch: int = 0, known: str = "") -> RefusedError:
    """The error for a code; counted. `known` is what would have been accepted."""
    REFUSED.labels(code).inc()
    error = TABLE[code].error(explain(code, epoch, known))
    error.add_note(code)
    return error


def explain(code: str, epoch: int = 0, known: str = "") -> str:
    """What a result means, for people."""
    return "carried out" if code == "ok" else TABLE[code].message.format(epoch=epoch, known=known)
