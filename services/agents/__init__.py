"""The agents service: human work in queues, offered to people. Agents are people here, never
programs."""

from __future__ import annotations
