"""Why a text is decided as it is, and what would have changed the decision.

What would have changed it is tried, not guessed: the text is judged again without each of its words,
by the same reading and the same rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.router import rules
from services.router.policy import Policy
from services.router.reading import TextReader
from services.router.signals import Signals
from services.router.triage.model import Neighbour
from services.router.triage.triager import EXPLAINED_WORDS, Weight
from services.runtime.conversation import Conversation
from warmline.events import Inquiry, Reason


@dataclass(frozen=True)
class Change:
    """Without `word` the text would be decided otherwise; `reason` is what decides then."""

    word: str
    route: str
    topic: str | None
    reason: Reason


@dataclass(frozen=True)
class Why:
    """`vetoes`: every rule that keeps the bot out, the deciding one first; all of them would have to
    fall. `missing`: the confidence that is lacking, where that is a matter of confidence alone."""

    words: tuple[Weight, ...]
    neighbours: tuple[Neighbour, ...]
    vetoes: tuple[Reason, ...]
    missing: float | None
    changes: tuple[Change, ...]


def explain(reader: TextReader, policy: Policy, text: str) -> Why:
    """Holds the customer's words: not for logs."""
    explained = reader.explain(text)
    (signals,) = reader.read([text])
    inquiry = _inquiry(text)
    vetoes = tuple(rules.vetoes(inquiry, Conversation(), signals, policy))
    return Why(
        words=explained.words,
        neighbours=explained.neighbours,
        vetoes=vetoes,
        missing=_missing(vetoes, signals, policy),
        changes=tuple(_changes(reader, policy, text, signals)),
    )


def _missing(vetoes: Sequence[Reason], signals: Signals, policy: Policy) -> float | None:
    if [veto.code for veto in vetoes] != ["low_confidence"]:
        return None
    asked = rules.asked_confidence(signals, policy, policy.of(signals.topic))
    return None if asked is None else asked - signals.confidence


def _changes(reader: TextReader, policy: Policy, text: str, signals: Signals) -> list[Change]:
    words = text.split()[:EXPLAINED_WORDS]
    kept = text.split()[EXPLAINED_WORDS:]
    shorter = [(w, " ".join([*words[:i], *words[i + 1 :], *kept])) for i, w in enumerate(words)]
    shorter = [(word, rest) for word, rest in shorter if rest.strip()]
    now = rules.decide(_inquiry(text), Conversation(), signals, policy)
    changes = []
    for (word, rest), other in zip(
        shorter, reader.read([rest for _, rest in shorter]), strict=True
    ):
        then = rules.decide(_inquiry(rest), Conversation(), other, policy)
        same = (then.route, then.mode, then.reasons[0].code) == (
            now.route, now.mode, now.reasons[0].code,
        )  # fmt: skip
        if not same or other.topic != signals.topic:
            changes.append(Change(word, then.route, other.topic, then.reasons[0]))
    return changes


def _inquiry(text: str) -> Inquiry:
    return Inquiry(inquiry_id="i", conversation_id="c", customer_id="c", text=text)
