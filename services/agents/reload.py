"""Takes a changed `desk.yaml`, `people.yaml` or `roster.yaml` into use without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from prometheus_client import Counter

from services.agents.config import Configuration
from services.agents.config_file import DESK_FILE, PEOPLE_FILE, ROSTER_FILE, load
from services.agents.pool import Pool
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger
from warmline.errors import ConfigurationError

log = get_logger(__name__)

LOOK_EVERY_S = 1.0

RELOADED = Counter(
    "warmline_agents_config_reloads_total",
    "Changes of the desk's files that were seen.",
    ["result"],
)

Stamp = tuple[tuple[int, int] | None, ...]


Before = Callable[[Configuration], Awaitable[None]]


async def reload_changes(
    pool: Pool, folder: Path, look_every_s: float = LOOK_EVERY_S, before: Before | None = None
) -> None:
    """Never ends. Files with a fault change nothing: it is logged, and the old ones stay in use.
    `before` is awaited before changed ones are taken into use. Where it fails, or Redis is away, the next
    look tries again."""
    seen = _stamp(folder)
    while True:
        await asyncio.sleep(look_every_s)
        stamp = _stamp(folder)
        if stamp == seen:
            continue
        try:
            await _reload(pool, folder, before)
            seen = stamp
        except Exception as fault:
            if not is_passing(fault):
                raise
            log.warning("a server is away, the desk's files wait", error=type(fault).__name__)


async def hold_configuration(pool: Pool, look_every_s: float = LOOK_EVERY_S) -> None:
    """Never ends. Says again and again which files this worker uses; warns where others use other ones."""
    told = None
    while True:
        await asyncio.sleep(look_every_s)
        try:
            other = await pool.configure()
        except Exception as fault:
            if not is_passing(fault):
                raise
            continue
        if other is not None and other != told:
            log.warning("other workers of the desk use other files", config_version=other)
        told = other


async def _reload(pool: Pool, folder: Path, before: Before | None) -> None:
    try:  # beside everything else: ten thousand people take ten seconds to read
        configuration = await asyncio.to_thread(load, folder)
    except ConfigurationError as fault:
        RELOADED.labels("refused").inc()
        log.error("the desk's files have a fault, the old ones stay in use", faults=str(fault))
        return
    if before is not None:
        await before(configuration)
    await pool.reconfigure(configuration)
    RELOADED.labels("taken").inc()
    log.info("the desk's files are in use", config_version=configuration.version)


def _stamp(folder: Path) -> Stamp:
    """Changes whenever a file does; an editor that replaces a file changes its time as well."""
    return tuple(_stamp_of(folder / name) for name in (DESK_FILE, PEOPLE_FILE, ROSTER_FILE))


def _stamp_of(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
