"""The bot: answers from the knowledge base where it may, and hands over all else with a brief."""

from __future__ import annotations
