"""How much of what people need to know the bot's questions bring in, and how many it asks."""

from __future__ import annotations
