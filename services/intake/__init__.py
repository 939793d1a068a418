"""What people need to know of a topic, and what a customer's words already say of it. Pure.

Shared by the bot, which asks for the rest, and by the people's desk, whose briefs hold what was
written to them directly.
"""

from __future__ import annotations
