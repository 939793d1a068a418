"""The knowledge base: the company's articles, checked, chosen and searched. Pure but for reading files.

Shared by the bot, which answers with an article, and by the people's desk, which suggests one.
"""

from __future__ import annotations
