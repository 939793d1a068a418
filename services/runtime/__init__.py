"""What every service shares to run: settings, streaming, Redis, telemetry, who owns a conversation."""

from __future__ import annotations
