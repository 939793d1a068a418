"""A server that speaks the chat completions protocol, and lies, stalls or breaks as a test asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request, dict[str, Any]], Any]


@dataclass
class ModelServer:
    """`answer` makes what the model says of a request: a text, a response, or anything that raises."""

    url: str
    answer: Answer
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body | {"authorization": request.headers.get("Authorization")})
        said = self.answer(request, body)
        if asyncio.iscoroutine(said):
            said = await said
        return said if isinstance(said, web.StreamResponse) else completion(said)

    @property
    def sent(self) -> str:
        """Everything that has left for the model."""
        return json.dumps(self.requests, ensure_ascii=False)


def completion(content: str, **usage: int) -> web.Response:
    return web.json_response(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": "small",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": content},
                }
            ],
            "usage": {"prompt_tokens": 200, "completion_tokens": 100, "total_tokens": 300} | usage,
        }
    )


def worded(text: str, *article_ids: str) -> str:
    return json.dumps({"text": text, "article_ids": list(article_ids)})


@asynccontextmanager
async def running_model(answer: Answer) -> AsyncIterator[ModelServer]:
    server = ModelServer("", answer)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
