"""The part of the HTTP API that helps a person while they write."""

from __future__ import annotations

from fastapi import APIRouter

from services.agents.api import PROBLEMS
from services.agents.assist import Assist
from services.agents.bodies import InferredBody, SuggestionsBody, WrittenBody
from services.agents.inferring import Inferring
from services.agents.paths import Inquiry


class AssistApi:
    """The routes over one desk's work, one knowledge base and, where there is one, a language model."""

    def __init__(self, assist: Assist, inferring: Inferring) -> None:
        self._assist = assist
        self._inferring = inferring

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", responses=PROBLEMS)
        router.add_api_route(
            "/work/{inquiry_id}/suggestions", self.suggestions, methods=["POST"], tags=["work"]
        )
        router.add_api_route(
            "/work/{inquiry_id}/inferred", self.inferred, methods=["GET"], tags=["see"]
        )
        return router

    async def suggestions(self, inquiry_id: Inquiry, body: WrittenBody) -> SuggestionsBody:
        """At most three articles that fit what the customer wrote and the person has begun; none where
        the evidence is thin. Nothing of it is kept."""
        return await self._assist.suggestions(inquiry_id, body.text)

    async def inferred(self, inquiry_id: Inquiry) -> InferredBody:
        """A summary of a long conversation and the wish in the desk's language, as a language model has
        them: nobody has checked them. Takes as long as the model's time-out, once."""
        return await self._inferring.of(inquiry_id)
