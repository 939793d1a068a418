"""Serves the API with uvicorn, and its health page beside it."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI

from services.agents.api import Api, build_app
from services.agents.api_assist import AssistApi
from services.agents.api_audits import AuditsApi
from services.agents.api_explain import ExplainApi
from services.agents.api_insights import InsightsApi
from services.agents.app import assemble, load_suggester
from services.agents.assist import Assist
from services.agents.auditing import Auditing
from services.agents.audits import AuditBoard
from services.agents.desk import DeskView
from services.agents.explaining import Explaining
from services.agents.inferring import Inferring
from services.agents.insights import Insights
from services.agents.recorded import Recorded
from services.agents.reload import reload_changes
from services.agents.settings import AgentsSettings
from services.agents.wake import Wake
from services.language_model.building import build_model
from services.runtime.clock import day_of, now
from services.runtime.conversations import Conversations
from services.runtime.settings import require
from services.runtime.telemetry import HealthServer, configure_logging


def build_api(settings: AgentsSettings) -> FastAPI:
    """Raises ConfigurationError where the desk's files cannot be used or the address needs a token."""
    require(
        settings.api_token is not None or _is_loopback(settings.api_host),
        f"WARMLINE_API_HOST={settings.api_host} is reachable by others: set WARMLINE_API_TOKEN "
        "(at least 16 characters), or listen on 127.0.0.1",
    )
    parts = assemble(settings)
    wake = Wake(parts.redis, parts.keys)
    conversations = Conversations(parts.redis.commands, parts.keys)
    view = DeskView(parts.records, conversations, wake, now, parts.pool.rules)
    model = build_model(settings, parts.redis.commands)
    auditing = Auditing(settings, AuditBoard(round(settings.audit_expires_s * 1000)), now)
    health = HealthServer(settings, "agents-api", {"redis": parts.redis_answers})

    @asynccontextmanager
    async def background() -> AsyncIterator[None]:
        running = (
            asyncio.create_task(wake.listen()),
            asyncio.create_task(reload_changes(parts.pool, settings.company)),
            asyncio.create_task(auditing.run()),
        )
        await health.start()
        try:
            yield
        finally:
            for task in running:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await health.stop()
            if model is not None:
                await model.aclose()
            await parts.redis.aclose()

    api = Api(parts.pool, parts.records, view, parts.pool.rules, settings.desk)
    insights = Insights(parts.redis, parts.keys, parts.records, parts.pool.rules, now)
    inferring = Inferring(
        parts.records,
        conversations,
        parts.redis.commands,
        parts.keys,
        parts.pool.rules,
        model,
        settings.model_summary_from,
        now,
    )
    explaining = Explaining(parts.records, parts.pool.rules, Recorded(settings), now)
    assist = Assist(
        parts.records, load_suggester(settings.company), lambda: day_of(now(), settings.zone)
    )
    return build_app(
        api,
        token=settings.api_token,
        body_max_bytes=settings.api_body_max_bytes,
        background=background,
        more=[
            InsightsApi(insights).routes(),
            ExplainApi(explaining).routes(),
            AssistApi(assist, inferring).routes(),
            AuditsApi(auditing, parts.records, parts.pool.rules, now).routes(),
        ],
    )


def serve(settings: AgentsSettings) -> None:
    """Until SIGTERM or SIGINT; requests in hand are finished. Exits with 0 then."""
    configure_logging(settings, "agents-api")
    for stop in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises the signal again when it is done
        signal.signal(stop, lambda *_: sys.exit(0))
    uvicorn.run(
        build_api(settings),
        host=settings.api_host,
        port=settings.api_port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
