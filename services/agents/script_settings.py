"""What the scripts are told of the configuration: ARGV[1] without the clock, see `lua/shared/desk.lua`."""

from __future__ import annotations

from services.agents.config import Configuration
from services.runtime.conversations import TTL_MS

COMMAND_MEMORY_MS = 60 * 60 * 1000
"""How long a command's result is remembered. Later, epochs and reply ids still make it harmless."""


def settings_of(configuration: Configuration) -> str:
    desk = configuration.desk
    values: tuple[object, ...] = (
        configuration.version,
        desk.offer_timeout_s * 1000,
        desk.reoffer_after_s * 1000,
        desk.presence.heartbeat_s * 1000,
        desk.presence.grace_s * 1000,
        desk.presence.lapses_until_away,
        COMMAND_MEMORY_MS,
        TTL_MS,
        "" if desk.release_silent_after_s is None else desk.release_silent_after_s * 1000,
        "" if desk.offer_limit is None else desk.offer_limit.offers,
        "" if desk.offer_limit is None else desk.offer_limit.within_s * 1000,
        _channels(configuration),
        desk.callbacks.within_s * 1000,
        _auto_accept(configuration),
    )
    return "".join(f"{value}|" for value in values)


def _channels(configuration: Configuration) -> str:
    return "".join(
        f"{channel}={its.units}={','.join(its.interrupts)};"
        for channel, its in configuration.desk.channels.items()
    )


def _auto_accept(configuration: Configuration) -> str:
    return "".join(
        f"{queue.id}={int(queue.auto_accept)},"
        for queue in configuration.desk.queues
        if queue.auto_accept is not None
    )
