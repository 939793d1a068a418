"""What helps a person while they write: articles, and how a begun sentence goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from prometheus_client import Counter

from services.agents.bodies import SuggestionBody, SuggestionsBody
from services.agents.records import Records
from services.agents.refusals import refuse
from services.knowledge.suggesting import Suggester, completion, last_sentence

SUGGESTED = Counter(
    "warmline_agents_suggestions_total",
    "Requests for suggestions, by how many there were.",
    ["suggestions"],
)


@dataclass(frozen=True)
class Assist:
    """Reads only, and keeps nothing of what is written."""

    records: Records
    suggester: Suggester
    today: Callable[[], date]

    async def suggestions(self, inquiry_id: str, typed: str) -> SuggestionsBody:
        """For the work that an inquiry is part of. Raises NotFoundError where none is known. As in the
        brief, the human comparison group gets none."""
        work = await self.records.work(inquiry_id)
        if work is None:
            raise refuse("no_inquiry")
        messages = await self.records.details(work.members)
        if any(each.reason == "holdout" for each in messages):
            return SuggestionsBody(suggestions=())
        newest_first = "\n".join(each.inquiry.text for each in reversed(messages))
        known = {
            name: value for each in messages for name, value in each.inquiry.attributes.items()
        }
        found = self.suggester.suggest(
            [newest_first, typed, last_sentence(typed)],
            work.language,
            self.today(),
            topic=work.topic,
            confidence=max(
                (each.confidence for each in messages if each.topic == work.topic), default=0.0
            ),
            known=known,
        )
        SUGGESTED.labels(str(len(found))).inc()
        return SuggestionsBody(
            suggestions=tuple(
                SuggestionBody(
                    article_id=one.article.about.id,
                    title=one.article.about.title,
                    text=one.text,
                    score=round(one.score, 3),
                )
                for one in found
            ),
            completion=completion(typed, found),
        )
