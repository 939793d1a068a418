"""Logs, metrics and the health page of a service.

Personal data stays out: events are logged by ids of ours, never by text, name or customer id, and metric
labels hold only topics of the broker, stages and error classes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from services.runtime.settings import ServiceSettings
from warmline import __version__

RECORDS = Counter("warmline_records_total", "Records processed.", ["topic", "result"])
OUTPUTS = Counter("warmline_outputs_total", "Records written and acknowledged.", ["topic"])
RETRIES = Counter("warmline_retries_total", "Batches tried again after a passing fault.", ["topic"])
BATCH_S = Histogram(
    "warmline_batch_seconds",
    "From a batch in hand to its outputs acknowledged.",
    ["topic"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LAG = Gauge("warmline_lag_records", "Records waiting, by the committed offset.", ["topic"])

_SECRET_FIELDS = frozenset(
    {"text", "customer_id", "customer", "comment", "name", "email", "value", "token", "password"}
)


def _redact(_: Any, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Last line of defence: a field that by its name holds personal data never reaches a log."""
    for field in _SECRET_FIELDS & entry.keys():
        entry[field] = "[redacted]"
    return entry


def configure_logging(settings: ServiceSettings, service: str) -> None:
    """Structured lines on standard error, for our own loggers and for those of the libraries."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("aiokafka", "faust", "mode", "kafka", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(service=service, replica=settings.replica)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A structured logger; name the fields, do not format them into the message."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


Check = Callable[[], Awaitable[None]]


class HealthServer:
    """`/livez` (the process answers), `/readyz` (every dependency does, each named), `/metrics`, `/version`.
    `faults` are told on `/readyz`: it works, though not as somebody meant.

    Reads only, on an address of its own, loopback unless configured otherwise.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        service: str,
        ready: Mapping[str, Check],
        faults: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        self._faults = list(faults)
        self._service = service
        self._ready = ready
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/version", self._version)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.health_host, self._settings.health_port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        get_logger(__name__).info("health page", url=f"http://{host}:{port}/readyz")

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _livez(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _readyz(self, _: web.Request) -> web.Response:
        checks: dict[str, str] = {}
        for name, check in self._ready.items():
            try:
                await check()
                checks[name] = "ok"
            except Exception as error:
                checks[name] = f"{type(error).__name__}: {str(error)[:200]}"
        ready = all(result == "ok" for result in checks.values())
        body: dict[str, object] = {"status": "ready" if ready else "not ready", "checks": checks}
        if self._faults:
            body["faults"] = self._faults
        return web.json_response(body, status=200 if ready else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"service": self._service, "version": __version__})
