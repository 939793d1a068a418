"""Errors of the API as RFC 9457 problems; a faulty value is never repeated in them."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.agents.bodies import Problem
from services.runtime.errors import NotFoundError, RefusedError
from services.runtime.redis import PASSING_FAULTS
from services.runtime.telemetry import get_logger
from warmline.errors import UnavailableError, WarmlineError

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1


def problem(
    status: int,
    title: str,
    detail: str,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    body = Problem(
        type=f"urn:warmline:problem:{code}" if code else "about:blank",
        title=title,
        status=status,
        detail=detail,
        code=code,
        retriable=status == 503,
    )
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes every error of the API a problem."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(UnavailableError, _unavailable)
    for fault in PASSING_FAULTS:
        app.add_exception_handler(fault, _unavailable)
    app.add_exception_handler(Exception, _unexpected)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    status = 404 if isinstance(error, NotFoundError) else 409
    code = next(iter(getattr(error, "__notes__", [])), None)
    return problem(status, type(error).__name__, str(error), code)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    faults = [
        f"{'.'.join(str(part)[:60] for part in fault['loc'])}: {str(fault['msg'])[:200]}"
        for fault in error.errors()[:5]
    ]
    return problem(422, "Invalid request", "; ".join(faults), "invalid")


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, str(error.detail), str(error.detail), headers=headers)


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.warning("request failed, a server is away", error=type(error).__name__)
    detail = str(error) if isinstance(error, WarmlineError) else "Redis does not answer: try again"
    return problem(503, "Unavailable", detail, "unavailable", {"Retry-After": str(RETRY_AFTER_S)})


async def _unexpected(_: Request, error: Exception) -> JSONResponse:
    log.error("request failed", error=type(error).__name__, exc_info=error)
    return problem(500, "Internal error", "an unexpected error; the log has more", "internal")


class BodyLimit:
    """Refuses a request body over `max_bytes`, whether its length was declared or not."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._max_bytes:
            await self._refuse()(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_bytes:
                await self._refuse()(scope, receive, send)
                return
        await self._app(scope, _once(body, receive), send)

    def _refuse(self) -> JSONResponse:
        return problem(413, "Too large", f"the body may have {self._max_bytes} bytes", "too_large")


def _once(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then whatever else comes (the disconnect)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
