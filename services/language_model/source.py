"""What a model may word."""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """What may be said: the article as a customer would read it."""

    article_id: str
    language: str
    text: str
    title: str = ""
