"""Ids in paths of the API. An id may hold a slash (`order/17`), which a client sends as `%2F`. Servers decode
that before anybody looks for a route, and so would cut the id in two."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import Path
from pydantic import BeforeValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from warmline.events.base import Id

_SLASH = "\u2215"
"""Stands for a slash within an id until its route is found. Ids are ASCII, so none has it."""

IdInPath = Annotated[Id, BeforeValidator(lambda part: part.replace(_SLASH, "/"))]
Inquiry = Annotated[IdInPath, Path(examples=["inq-2041"])]


class SlashesInIds:
    """Keeps `%2F` within a part of the path apart from the slashes between parts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: bytes = scope.get("raw_path") or b""
        if b"%2f" in path.lower():
            kept = re.sub("%2f", _SLASH, path.decode("latin-1"), flags=re.IGNORECASE)
            scope = {**scope, "path": unquote(kept)}
        await self._app(scope, receive, send)
