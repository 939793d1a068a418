"""What a person makes of a proposal: what is sent, and the verdict that counts for a licence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rapidfuzz.distance import Levenshtein

from services.agents.actions import reply_id_of
from services.agents.config import Configuration
from services.agents.refusals import refuse
from services.agents.work import Details
from services.intake.facts.found import conventions_of
from services.language_model.masking import Mask
from warmline.events.draft import DraftVerdict, Rejection, Sent
from warmline.events.envelope import event_id
from warmline.events.work import AcceptDraft, AgentCommand, EditDraft, RejectDraft

DraftAction = AcceptDraft | EditDraft | RejectDraft


@dataclass(frozen=True, slots=True)
class Judged:
    """`text` is what the customer gets, '' for nothing; `language` '' for the inquiry's."""

    proposal_of: str
    verdict: DraftVerdict
    text: str
    language: str


def check_draft_reason(action: DraftAction, configuration: Configuration) -> None:
    """Raises NotFoundError for a reason that is not among the desk's codes."""
    reasons = configuration.desk.drafts.reasons
    if isinstance(action, RejectDraft) and action.reason not in reasons:
        raise refuse("unknown_reason", known=f"for a rejected proposal: {', '.join(reasons)}")


def judge(
    command: AgentCommand, action: DraftAction, messages: Sequence[Details], day: date
) -> Judged | Literal["no_draft", "several_drafts", "expired_draft"]:
    """What follows from the command, or why there is nothing to judge. `messages` are the work's. What was
    proposed days ago is not sent as it stands once its article has expired."""
    proposals = [
        each
        for each in messages
        if each.brief.suggested_reply is not None
        and action.proposal_of in (None, each.inquiry.inquiry_id)
    ]
    if len(proposals) != 1:
        return "several_drafts" if proposals else "no_draft"
    (proposal,) = proposals
    inquiry, brief = proposal.inquiry, proposal.brief
    until = brief.suggested_until
    if isinstance(action, AcceptDraft) and until is not None and day > until:
        return "expired_draft"
    proposed = brief.suggested_reply or ""
    text = proposed if isinstance(action, AcceptDraft) else action.text or ""
    language = brief.language if isinstance(action, AcceptDraft) else action.language or ""
    sent = None
    if text:
        edits, share = edits_between(proposed, text)
        sent = Sent(reply_id=reply_id_of(command), edits=edits, share=share)
    rejection = None
    if isinstance(action, RejectDraft):
        rejection = Rejection(reason=action.reason, note=masked(action.note, proposal))
    verdict = DraftVerdict(
        proposal_id=event_id(inquiry.inquiry_id, "proposal"),
        inquiry_id=inquiry.inquiry_id,
        conversation_id=inquiry.conversation_id,
        article_id=brief.suggested_article,
        topic=proposal.topic,
        language=brief.language,
        given_for=proposal.reason,
        verdict=_VERDICTS[action.do],
        sent=sent,
        rejection=rejection,
        agent_id=command.agent_id,
        epoch=action.epoch,
    )
    return Judged(inquiry.inquiry_id, verdict, text, language)


_VERDICTS: dict[str, Literal["accepted", "edited", "rejected"]] = {
    "accept_draft": "accepted",
    "edit_draft": "edited",
    "reject_draft": "rejected",
}


def edits_between(proposed: str, sent: str) -> tuple[int, float]:
    """Characters to add, remove or change, blanks folded; and the same from 0 (alike) to 1."""
    one, other = (" ".join(text.split()) for text in (proposed, sent))
    edits = Levenshtein.distance(one, other)
    return edits, edits / max(len(one), len(other), 1)


def masked(note: str | None, proposal: Details) -> str | None:
    """Verdicts are kept for longer than what customers wrote, so a note names none of them."""
    if note is None:
        return None
    inquiry = proposal.inquiry
    conventions = conventions_of(proposal.brief.language, inquiry.locale, inquiry.market)
    known = {**inquiry.attributes, "customer_id": inquiry.customer_id}
    return Mask(known, conventions).mask(note)[:NOTE_MAX]


NOTE_MAX = 300
"""As in the contract: placeholders may be longer than what they stand for."""
