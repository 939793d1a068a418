"""Quality: how each inquiry ended, and what that says about bot and people."""

from __future__ import annotations
