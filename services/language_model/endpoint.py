"""The endpoint: any server that speaks the chat completions protocol, by its official client.

The only importer of `openai` (extra `model`). One deadline covers a call with its repetitions, so a
server that drips an answer byte by byte costs no more than one that is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import openai
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, SecretStr

from services.runtime.telemetry import get_logger
from warmline.errors import UnavailableError

ANSWER_MAX_BYTES = 256 * 1024
TOKENS_MAX = 1_200
"""Of an answer."""

log = get_logger(__name__)


class Message(NamedTuple):
    role: str
    content: str


class Completion(NamedTuple):
    content: str
    tokens_in: int
    tokens_out: int


class EndpointError(UnavailableError):
    """No usable answer in time."""


class Endpoint:
    """Opens nothing until the first call. `key` None: the server asks for none."""

    def __init__(self, url: str, name: str, key: SecretStr | None, timeout_s: float) -> None:
        self.name = name
        self._timeout_s = timeout_s
        self._client = openai.AsyncOpenAI(
            base_url=url,
            api_key=key.get_secret_value() if key is not None else "none",
            timeout=timeout_s,
            max_retries=1,
            # A redirect could carry the key and the customer's words to a server that nobody chose.
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    async def complete(self, messages: Sequence[Message], answer: type[BaseModel]) -> Completion:
        """Raises EndpointError, and nothing else, within the time-out."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return _read(await self._ask(messages, answer))
        except TimeoutError:
            raise EndpointError("time-out") from None
        except Exception as error:  # also of the client's own transport, whichever it is
            raise EndpointError(type(error).__name__) from None

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, messages: Sequence[Message], answer: type[BaseModel]) -> bytes:
        schema = {"name": answer.__name__, "strict": True, "schema": answer.model_json_schema()}
        body: Any = {
            "model": self.name,
            "messages": [message._asdict() for message in messages],
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_tokens": TOKENS_MAX,
            "temperature": 0,
        }
        streaming = self._client.chat.completions.with_streaming_response
        async with streaming.create(**body) as response:
            received = bytearray()
            async for chunk in response.iter_bytes():
                received += chunk
                if len(received) > ANSWER_MAX_BYTES:
                    raise ValueError("the answer is too long")
            return bytes(received)


def _read(raw: bytes) -> Completion:
    completion = ChatCompletion.model_validate_json(raw)
    content = completion.choices[0].message.content if completion.choices else None
    if not content:
        raise ValueError("an empty answer")
    usage = completion.usage
    return Completion(
        content,
        max(0, usage.prompt_tokens) if usage is not None else 0,
        max(0, usage.completion_tokens) if usage is not None else 0,
    )
