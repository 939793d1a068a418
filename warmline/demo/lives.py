"""What is known of one inquiry, and whether anything happened to it twice. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from warmline.events import Decision, Outcome, Reply
from warmline.events.envelope import event_id


@dataclass(slots=True)
class Life:
    """`decisions` and `outcomes` are by event id, `bot_messages` by reply id; another content under
    an id that is there already is a contradiction. `asked` None: nobody published it."""

    asked: datetime | None = None
    decisions: dict[str, Decision] = field(default_factory=dict)
    bot_messages: dict[str, Reply] = field(default_factory=dict)
    answers: list[tuple[datetime, str]] = field(default_factory=list)
    feedback: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    contradictions: int = 0
    handed_over: bool = False
    dead: str | None = None

    @property
    def outcome(self) -> Outcome | None:
        return next(iter(self.outcomes.values()), None)

    @property
    def ended(self) -> bool:
        return bool(self.outcomes) or self.dead is not None

    @property
    def answered_by_bot(self) -> bool:
        return any(message.kind == "answer" for message in self.bot_messages.values())

    def first_decision(self, inquiry_id: str) -> Decision | None:
        return self.decisions.get(event_id(inquiry_id, "decision"))

    def went_to_people(self, inquiry_id: str) -> bool:
        decision = self.first_decision(inquiry_id)
        return self.handed_over or (decision is not None and decision.route == "human")

    def first_answer_s(self) -> tuple[float, str] | None:
        """Seconds from the inquiry to its first answer, and who gave it (`bot` or `person`)."""
        if self.asked is None or not self.answers:
            return None
        at, by = min(self.answers)
        return max(0.0, (at - self.asked).total_seconds()), by


def duplicates(inquiry_id: str, life: Life) -> int:
    """How often something happened that may happen only once.

    Deliveries may repeat: the same id with the same content is the same event. One decision follows
    from the inquiry and one from each feedback event on it; any other has no cause.
    """
    caused = {event_id(cause, "decision") for cause in (inquiry_id, *life.feedback)}
    return (
        life.contradictions
        + len(life.decisions.keys() - caused)
        + max(0, len(life.bot_messages) - 1)
        + max(0, len(life.outcomes) - 1)
    )


def wishes_kept(lives: Iterable[tuple[str, Life, bool]]) -> tuple[int, int]:
    """Of (id, life, whether the text asks for a person): how many wished for one, and how many of
    these wishes were kept.

    A wish in the text is kept if the bot never answered and people had the inquiry. One by the
    button is kept if it brought people in, or they had the inquiry already.
    """
    wished = kept = 0
    for inquiry_id, life, in_text in lives:
        pressed = [id_ for id_, kind in life.feedback.items() if kind == "wants_person"]
        if in_text:
            wished += 1
            kept += not life.answered_by_bot and life.went_to_people(inquiry_id)
        elif pressed:
            wished += 1
            brought = any(event_id(id_, "decision") in life.decisions for id_ in pressed)
            kept += brought or life.went_to_people(inquiry_id)
    return wished, kept


def route_of(decision: Decision) -> str:
    """`bot`, `draft` (the bot proposes, a person answers), `intake` (the bot asks for what a person
    will need) or `human`."""
    return decision.mode if decision.mode in ("draft", "intake") else decision.route
