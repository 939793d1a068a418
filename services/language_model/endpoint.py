"""The endpoint: any server that speaks the chat completions protocol, by its official client.

The only importer of `openai` (extra `model`). One deadline covers a call with its repetitions, so a
server that drips an answer byte by byte costs no more than one that is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx
import openai
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, SecretStr

from services.language_model.usage import TOKENS_MAX, Usage, at_most, uncounted
from warmline.errors import UnavailableError

ANSWER_MAX_BYTES = 256 * 1024
COUNT_MAX = 1_000_000

_GAVE_UP = frozenset({408, 502, 504})
"""Of a gateway that waited for the model in vain: what the model had done by then is paid for."""


class Message(NamedTuple):
    role: str
    content: str


class Completion(NamedTuple):
    content: str
    usage: Usage


class EndpointError(UnavailableError):
    """No usable answer in time. `usage` is what was taken all the same."""

    def __init__(self, why: str, usage: Usage) -> None:
        super().__init__(why)
        self.usage = usage


@dataclass
class _Requests:
    """Of one call: how many began to leave, and how many were refused, which nobody is billed for."""

    sent: int = 0
    refused: int = 0

    @property
    def billed(self) -> int:
        return self.sent - self.refused


_REQUESTS: ContextVar[_Requests] = ContextVar("requests")


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
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False,
                event_hooks={"request": [_count_when_sent], "response": [_count_if_refused]},
            ),
        )

    async def complete(self, messages: Sequence[Message], answer: type[BaseModel]) -> Completion:
        """Raises EndpointError, and nothing else, within the time-out."""
        prompt = [message.content for message in messages]
        requests = _Requests()
        _REQUESTS.set(requests)
        try:
            async with asyncio.timeout(self._timeout_s):
                completion = ChatCompletion.model_validate_json(await self._ask(messages, answer))
        except TimeoutError:
            raise EndpointError("time-out", at_most(prompt, requests.billed)) from None
        except Exception as error:  # also of the client's own transport, whichever it is
            why = type(error).__name__
            raise EndpointError(why, at_most(prompt, requests.billed)) from None
        content = completion.choices[0].message.content if completion.choices else None
        broken_off = at_most(prompt, requests.billed - 1)
        usage = _usage(completion, prompt, content or "").plus(broken_off)
        if not content:
            raise EndpointError("empty", usage)
        return Completion(content, usage)

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


def _usage(completion: ChatCompletion, prompt: Sequence[str], content: str) -> Usage:
    """A count that cannot be one is none: zero for something, or more than any call takes."""
    counted = completion.usage
    least_out = 1 if content else 0
    if (
        counted is None
        or not 1 <= counted.prompt_tokens <= COUNT_MAX
        or not least_out <= counted.completion_tokens <= COUNT_MAX
    ):
        return uncounted(prompt, content)
    return Usage(counted.prompt_tokens, counted.completion_tokens)


async def _count_when_sent(request: httpx.Request) -> None:
    """A server that nobody could connect to has cost nothing."""
    requests = _REQUESTS.get()

    async def trace(event: str, _: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            requests.sent += 1

    request.extensions["trace"] = trace


async def _count_if_refused(response: httpx.Response) -> None:
    if not response.is_success and response.status_code not in _GAVE_UP:
        _REQUESTS.get().refused += 1
