"""The part of the HTTP API that helps a person while they write."""

from __future__ import annotations

from fastapi import APIRouter

from services.agents.api import PROBLEMS, Inquiry
from services.agents.assist import Assist
from services.agents.bodies import SuggestionsBody, WrittenBody


class AssistApi:
    """The routes over one desk's work and one knowledge base."""

    def __init__(self, assist: Assist) -> None:
        self._assist = assist

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", responses=PROBLEMS)
        router.add_api_route(
            "/work/{inquiry_id}/suggestions", self.suggestions, methods=["POST"], tags=["work"]
        )
        return router

    async def suggestions(self, inquiry_id: Inquiry, body: WrittenBody) -> SuggestionsBody:
        """At most three articles that fit what the customer wrote and the person has begun; none where
        the evidence is thin. Nothing of it is kept."""
        return await self._assist.suggestions(inquiry_id, body.text)
